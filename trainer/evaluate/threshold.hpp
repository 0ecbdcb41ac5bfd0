#ifndef NUTHATCH_TRAINER_EVALUATE_THRESHOLD_HPP
#define NUTHATCH_TRAINER_EVALUATE_THRESHOLD_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// From which score on a row is of the second of two classes: `--threshold-for`.
namespace nuthatch::evaluate {

/// What a threshold is chosen for.
struct ThresholdGoal {
  enum class Kind { kRecall, kPrecision, kCost };

  Kind kind = Kind::kRecall;
  double at = 0;     ///< the least recall or precision of the positive class
  double miss = 0;   ///< kCost: of a row of the positive class that is answered otherwise
  double alarm = 0;  ///< kCost: of another row that is answered with the positive class
};

/// "recall=0.9", "precision=0.9" or "cost=10:1" (a miss : a false alarm). Throws std::invalid_argument, the rest of a
/// sentence.
ThresholdGoal threshold_goal(const std::string& text);

/// Rows with the score of class 1, and whether they are of the positive class.
struct RankedRows {
  std::vector<double> scores;         ///< of the answered rows
  std::vector<bool> positive;         ///< of the answered rows
  std::size_t refused_positives = 0;  ///< rows of the positive class that the model refused: never found
  std::size_t refused_others = 0;
  bool positive_is_class_1 = true;  ///< else positive rows are those with low scores
};

/// One way to cut the rows in two: those with a score greater than t are class 1, for any t of [low, high).
struct Cut {
  double low = 0;             ///< -inf: all rows are class 1
  double high = 0;            ///< inf: none is
  std::size_t found = 0;      ///< rows of the positive class that are answered with it
  std::size_t alarms = 0;     ///< others that are
  std::size_t positives = 0;  ///< all rows of the positive class, refused ones included
  std::size_t others = 0;     ///< all others, likewise
  std::size_t refused_others = 0;

  /// A fraction of nothing is 0.
  double recall() const;
  double precision() const;
  /// The mean of a row; a refused row costs what a wrong answer does.
  double cost(double miss, double alarm) const;
  /// In the middle between the scores on both sides, which is least sensitive to either; 0 where it may be 0, for there
  /// the answer without a threshold changes.
  double threshold() const;
};

/// From all rows class 1 to none. Rows of equal scores stay together. Nothing of no rows.
std::vector<Cut> cuts_of(const RankedRows& rows);

/// The cut that serves the goal best: with the recall that was asked for, the most precise, then the one that finds
/// most; with the precision that was asked for, the one that finds most, then the most precise; or that of least cost.
/// Among equals the one whose threshold is nearest to 0. Nothing where no cut reaches the goal, or there is no row of
/// the positive class.
std::optional<Cut> best_cut(const RankedRows& rows, const ThresholdGoal& goal);

/// The score word that a score word must exceed where scores are words * 2^-fraction_bits, for it to exceed
/// `threshold`.
std::int32_t threshold_word(double threshold, int fraction_bits);

}  // namespace nuthatch::evaluate

#endif
