#ifndef NUTHATCH_TRAINER_EVALUATE_METRIC_HPP
#define NUTHATCH_TRAINER_EVALUATE_METRIC_HPP

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/answers.hpp"

/// What models are judged by where one has to be chosen: `--metric`. Metrics know no model.
namespace nuthatch::evaluate {

struct Metric {
  enum class Kind {
    kAccuracy,
    kBalancedAccuracy,
    kF1,
    kAveragePrecision,
    kRocAuc,
    kLogLoss,
    kRecallAtPrecision,
    kPrecisionAtRecall,
    kCost,
    kR2,
    kRmse,
    kMae
  };

  Kind kind = Kind::kAccuracy;
  double at = 0;     ///< the least precision, or recall
  double miss = 0;   ///< kCost: of a row of the positive class that is answered otherwise
  double alarm = 0;  ///< kCost: of another row that is answered with the positive class

  /// Errors and costs: the less the better.
  bool lower_is_better() const;
  /// How good a value is, so that more is better: the value, or what is left of 0 by it.
  double merit(double value) const { return lower_is_better() ? -value : value; }
  /// The value of a merit; the same back.
  double value(double merit) const { return lower_is_better() ? -merit : merit; }
  /// Of answers: it depends on the threshold. The others look at the order of scores, at probabilities, or at values.
  bool is_of_answers() const { return kind <= Kind::kF1; }
  /// Of the best threshold that the very rows have, which flatters: recall at a precision, precision at a recall, cost.
  bool is_of_best_threshold() const { return kind >= Kind::kRecallAtPrecision && kind <= Kind::kCost; }
  /// "recall_at_precision=0.9": the key that `evaluate --json` has it under, where it has it.
  std::string name() const;
  /// For people: "recall at a precision of 0.9".
  std::string words() const;
};

/// What is judged by where nobody says otherwise: accuracy, or R2.
Metric usual_metric(bool classifies);

/// "f1", "balanced-accuracy", "recall-at-precision=0.9", "cost=10:1"; also with underscores. Throws
/// std::invalid_argument, the rest of a sentence, where it is none or does not fit the task; it lists those that do.
Metric metric_of(const std::string& text, bool classifies);

/// The value over the answers. F1, average precision, ROC AUC, precision and recall are of the class `positive`, or,
/// where there is none, of each class against the rest, averaged over the classes that have rows. Ranking and log loss
/// are over the answered rows, as `evaluate` has them; elsewhere a refused row counts as wrong. Nothing where it is not
/// defined: no rows, no rows of a class, no probabilities. kCost is the mean cost a row at the best threshold that
/// these very rows have; kRecallAtPrecision, kPrecisionAtRecall likewise, 0 where no threshold reaches `at`.
std::optional<double> score(const Metric& metric, const ClassAnswers& answers, std::optional<std::size_t> positive);
std::optional<double> score(const Metric& metric, const ValueAnswers& answers);

/// What is known of the rows learned from by somebody who looks at no feature.
struct Guess {
  std::vector<std::size_t> class_rows;  ///< by class index
  double mean = 0;                      ///< of values
};

/// What such a guess scores on other rows: always the commonest class, with the classes' shares for probabilities and
/// one score for all rows; or always the mean.
std::optional<double> guessing_score(const Metric& metric, const Guess& guess, const std::vector<std::int32_t>& truth,
                                     std::optional<std::size_t> positive);
std::optional<double> guessing_score(const Metric& metric, const Guess& guess, const std::vector<double>& truth);

/// 0 of no values.
double mean_of(const std::vector<double>& values);

/// How many rows each class has. truth: class indices below `classes`.
std::vector<std::size_t> class_counts(const std::vector<std::int32_t>& truth, std::size_t classes);
/// The first of the commonest.
std::size_t commonest_class(const std::vector<std::size_t>& counts);
/// Of two classes the one with fewer rows; of equal ones, or where one has none, the second. Nothing of more.
std::optional<std::size_t> rarer_class(const std::vector<std::size_t>& counts);

}  // namespace nuthatch::evaluate

#endif
