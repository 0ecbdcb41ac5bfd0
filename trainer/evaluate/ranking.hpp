#ifndef NUTHATCH_TRAINER_EVALUATE_RANKING_HPP
#define NUTHATCH_TRAINER_EVALUATE_RANKING_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

/// How well scores put the rows of a class before the others, whatever threshold a product will choose.
namespace nuthatch::evaluate {

/// Of the rows with a score of at least `threshold`. Rows of equal scores are one point.
struct RocPoint {
  double threshold = 0;  ///< infinite at the first point, which no row reaches
  double false_positive_rate = 0;
  double true_positive_rate = 0;
};

struct PrecisionRecallPoint {
  double threshold = 0;
  double precision = 0;
  double recall = 0;
};

/// The points of all distinct scores, from the highest, after (0, 0): scikit-learn's roc_curve with
/// drop_intermediate=False. positive, scores: a row each. Empty unless there are rows of both kinds.
std::vector<RocPoint> roc_curve(const std::vector<bool>& positive, const std::vector<double>& scores);
/// The points of all distinct scores, from the highest: scikit-learn's precision_recall_curve in the other order and
/// without its last point (precision 1, recall 0). Empty where no row is positive.
std::vector<PrecisionRecallPoint> precision_recall_curve(const std::vector<bool>& positive,
                                                         const std::vector<double>& scores);

/// The area under the ROC curve: how often a positive row scores higher than another, ties counting half. Nothing
/// unless there are rows of both kinds.
std::optional<double> roc_auc(const std::vector<bool>& positive, const std::vector<double>& scores);
/// Precision averaged over the steps of recall, without interpolation. Nothing where no row is positive.
std::optional<double> average_precision(const std::vector<bool>& positive, const std::vector<double>& scores);

struct Ranking {
  std::optional<double> roc_auc;
  std::optional<double> average_precision;
};

/// Of the class `positive`, by its column of `scores`. Where there is none: each class against the rest by its own
/// column, averaged over the classes that have rows, each counting alike (scikit-learn's multi_class="ovr",
/// average="macro", which refuses truths that lack a class). truth: class indices; scores: rows x classes.
Ranking rank_classes(const std::vector<std::int32_t>& truth, const std::vector<double>& scores, std::size_t classes,
                     std::optional<std::size_t> positive);

}  // namespace nuthatch::evaluate

#endif
