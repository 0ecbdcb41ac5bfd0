#ifndef NUTHATCH_TRAINER_COMMANDS_CROSS_VALIDATION_HPP
#define NUTHATCH_TRAINER_COMMANDS_CROSS_VALIDATION_HPP

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "commands/judging.hpp"
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

/// A class that some folds have no row of, so that their scores say nothing of it.
struct UnscoredClass {
  std::string name;
  std::size_t folds = 0;  ///< that have none
};

struct CrossValidation {
  std::string kind;
  std::string metric;          ///< evaluate::Metric::name; of classes, those that a fold did not learn count as wrong
  std::vector<double> scores;  ///< one a fold
  double mean = 0;
  double deviation = 0;  ///< the sample standard deviation, with folds - 1
  std::size_t refused = 0;
  double guessing_score = 0;  ///< of looking at no feature, the mean of the folds
  std::string words;          ///< the metric for people, with what it speaks of
  std::vector<UnscoredClass> unscored = {};
  std::string threshold_from = {};  ///< that each fold was judged at: "other folds" or "own fold"; empty: none
};

/// What models that were learned without a fold answered to it.
struct FoldRun {
  std::string kind;
  std::vector<FoldAnswers> answers;
  std::size_t refused = 0;
};

void add_fold_flags(CLI::App& command, FoldPlan& plan);

/// So many folds of the rows, by the plan's split. Throws data::DataError where the rows are too few for them, or where
/// what is left without one has one class only.
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

/// Learns from each fold's training rows a model as train_model would write it, and asks it for the fold's test rows;
/// five folds or fewer where none are asked for, for a threshold. Throws std::runtime_error where folds cannot be made,
/// or one cannot be learned from.
FoldRun run_folds(const FoldPlan& folds, const Judge& judge, const TrainingPlan& plan, const data::Dataset& rows);

/// The scores of the folds by the judge's metric.
CrossValidation cross_validation(const Judge& judge, FoldRun run);

nlohmann::ordered_json to_json(const CrossValidation& found);
void print(const CrossValidation& found);

}  // namespace nuthatch::commands

#endif
