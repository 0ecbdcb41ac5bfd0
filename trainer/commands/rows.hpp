#ifndef NUTHATCH_TRAINER_COMMANDS_ROWS_HPP
#define NUTHATCH_TRAINER_COMMANDS_ROWS_HPP

#include <cstdint>
#include <string>
#include <vector>

#include "commands/training.hpp"

/// The rows that `train` and `tune` learn from and score on, and what tells later which they were.
namespace nuthatch::commands {

/// The plan's data, with its column of groups if there is one, and, if it names one, its test file. Throws
/// data::DataError.
Rows read_rows(const TrainingPlan& plan);

/// Whether the target's labels look like values, which they never do with --labels text. Throws data::DataError where
/// only the user can tell, and --labels does not: they are values in another notation than the plan's, or a few numbers
/// of which two are one in two spellings.
bool looks_continuous(const TrainingPlan& plan, const data::Dataset& rows);

/// What is wrong with the classes that --class-weight names, or empty. Says on stderr which it names by their number.
std::string why_no_weights(const CsvFlags& flags, const std::string& class_weight,
                           const std::vector<std::string>& names);

/// Makes labels classes or values, as the plan says by now: those of --data as prepare::settle_labels does, those of
/// --test by what they match. Throws data::DataError.
void settle_target(const TrainingPlan& plan, Rows& rows);

/// Holds rows out, if asked to and they are not a file of their own, by the plan's split. classifies and family are
/// decided by now.
Rows split_rows(const TrainingPlan& plan, Rows rows);

/// The SHA-256 of the model that the new one replaces; empty of an empty path. Throws where it predicts something else.
std::vector<std::uint8_t> parent_of(const std::string& path, const std::string& target);

}  // namespace nuthatch::commands

#endif
