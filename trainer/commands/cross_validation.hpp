#ifndef NUTHATCH_TRAINER_COMMANDS_CROSS_VALIDATION_HPP
#define NUTHATCH_TRAINER_COMMANDS_CROSS_VALIDATION_HPP

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "commands/training.hpp"
#include "evaluate/folds.hpp"

namespace CLI {
class App;
}

/// `train --cross-validate`: how good such a model is on rows that it has not learned from, and how much that varies.
namespace nuthatch::commands {

struct FoldPlan {
  std::size_t folds = 0;                  ///< 0: none are asked for
  const char* flag = "--cross-validate";  ///< that asks for them
};

struct CrossValidation {
  std::string kind;
  std::string metric;          ///< accuracy: refused rows count as wrong, and classes that a fold did not learn; or r2
  std::vector<double> scores;  ///< one a fold
  double mean = 0;
  double deviation = 0;  ///< the sample standard deviation, with folds - 1
  std::size_t refused = 0;
};

void add_fold_flags(CLI::App& command, FoldPlan& plan);

/// Learns from each fold's training rows a model as train_model would write it, and scores what it answers to the
/// fold's test rows. Nothing if no folds are asked for. Throws std::runtime_error where folds cannot be made, or one
/// cannot be learned from.
std::optional<CrossValidation> cross_validate(const FoldPlan& folds, const TrainingPlan& plan,
                                              const data::Dataset& rows);

/// So many folds of the rows, by the plan's split. Throws data::DataError where the rows are too few for them.
std::vector<evaluate::Fold> make_folds(const FoldPlan& folds, const TrainingPlan& plan, const data::Dataset& rows);

/// The score, accuracy or R2, of what the model answered to rows that it was not learned from. names: the classes of
/// all rows; one that the model has not met counts as wrong.
double score_on_fold(const TrainingPlan& plan, const exporting::LoadedModel& model, const data::Dataset& test,
                     const exporting::Predictions& predictions, const std::vector<std::string>& names);

/// evaluate::log_losses of the same; empty of values. From the model's probabilities where it has them, else from its
/// scores.
std::vector<double> log_losses_on_fold(const TrainingPlan& plan, const exporting::LoadedModel& model,
                                       const data::Dataset& test, const exporting::Predictions& predictions,
                                       const std::vector<std::string>& names);

nlohmann::ordered_json to_json(const CrossValidation& found);
void print(const CrossValidation& found);

}  // namespace nuthatch::commands

#endif
