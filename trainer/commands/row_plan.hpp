#ifndef NUTHATCH_TRAINER_COMMANDS_ROW_PLAN_HPP
#define NUTHATCH_TRAINER_COMMANDS_ROW_PLAN_HPP

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commands/training.hpp"
#include "learn/row_plan.hpp"

namespace CLI {
class App;
}

/// `--folds` and `--group`: which rows may be parted from which. All that `train` and `tune` hold out goes by them.
namespace nuthatch::commands {

/// --folds and --group, into plan.split.
void add_row_plan_flags(CLI::App& command, TrainingPlan& plan);

/// Before anything is read. A group is no feature: the model's lineage names its column as dropped. Throws
/// CLI::ValidationError where the flags do not go together.
void check_row_plan(TrainingPlan& plan);

/// The same of what only the data tell: values have no classes to stratify by.
void check_row_plan_task(const TrainingPlan& plan);

/// As asked for; else by the column of groups, the classes, or nothing. plan.classifies is decided by now.
learn::Drawing drawing_of(const TrainingPlan& plan);

/// "stratified", "plain", "grouped" or "time".
std::string drawing_name(const TrainingPlan& plan);

/// Of the rows of `dataset`, which may be some of all.
learn::RowPlan row_plan_of(const TrainingPlan& plan, const data::Dataset& dataset);

/// Which rows of `dataset` are held out, rising: `fraction` of them as far as the plan allows. Throws data::DataError
/// where none is left to learn from or to test, and where the rows left lack a class.
std::vector<std::uint64_t> places_to_hold_out(const TrainingPlan& plan, const data::Dataset& dataset, double fraction);

/// What was held out, for people: rows, of how many, and of which groups.
HeldOutRows describe_held_out(const TrainingPlan& plan, const data::Dataset& all,
                              const std::vector<std::uint64_t>& places);

/// "rows 81 to 100, the last in the file"
std::string text_of(const HeldOutRows& held_out);
nlohmann::ordered_json to_json(const HeldOutRows& held_out);

}  // namespace nuthatch::commands

#endif
