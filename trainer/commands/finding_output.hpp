#ifndef NUTHATCH_TRAINER_COMMANDS_FINDING_OUTPUT_HPP
#define NUTHATCH_TRAINER_COMMANDS_FINDING_OUTPUT_HPP

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "commands/training.hpp"
#include "prepare/findings.hpp"

/// What `train` and `tune` say about the data before they say how good a model is.
namespace nuthatch::commands {

/// Of all rows of --data, and of those of --test. The plan's task is decided.
std::vector<prepare::Finding> find_in(const TrainingPlan& plan, const Rows& rows);

/// Of the rows once they are split: the classes that no test row is of.
void add_unscored_classes(const TrainingPlan& plan, const Rows& rows, std::vector<prepare::Finding>& findings);

/// Of the columns as they were learned from: what the family's codes do about one that codes over the whole range would
/// blur, and where the device's numbers cannot tell a column's values apart at all.
void add_encoding_findings(const prepare::Preparation& preparation, const learn::Family& family, quantize::Input input,
                           std::vector<prepare::Finding>& findings);

nlohmann::ordered_json findings_json(const std::vector<prepare::Finding>& findings);
/// A line each.
void print_findings(const std::vector<prepare::Finding>& findings);

}  // namespace nuthatch::commands

#endif
