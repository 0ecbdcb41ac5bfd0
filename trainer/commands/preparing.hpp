#ifndef NUTHATCH_TRAINER_COMMANDS_PREPARING_HPP
#define NUTHATCH_TRAINER_COMMANDS_PREPARING_HPP

#include <string>
#include <vector>

#include "commands/training.hpp"

namespace CLI {
class App;
}

/// What `train` and `tune` have in common about `--prepare`.
namespace nuthatch::commands {

void add_prepare_flag(CLI::App& command, TrainingPlan& plan);

/// Reads and parses the file that the flag names, if it was given. Throws data::DataError.
void read_prepare(TrainingPlan& plan);

/// Which features of the CSV are text: those that have an encoding, and those that are mostly no numbers.
void find_text(const TrainingPlan& plan, data::CsvOptions& options);

/// That the columns which were chosen for are features. Throws data::DataError.
void check_prepare(const TrainingPlan& plan, const data::Dataset& rows);

/// The names of features that are text.
std::vector<std::string> text_features(const data::Dataset& rows);

}  // namespace nuthatch::commands

#endif
