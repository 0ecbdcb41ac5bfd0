#ifndef NUTHATCH_TRAINER_EVALUATE_CLASSIFICATION_HPP
#define NUTHATCH_TRAINER_EVALUATE_CLASSIFICATION_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

/// How good predictions are, as numbers that agree with scikit-learn's. What is not defined is no value, never NaN.
namespace nuthatch::evaluate {

/// What stands for the class of a row that the model refused: no class, so always wrong.
inline constexpr std::int32_t kNoAnswer = -1;

/// Fraction of equal labels; 0 of no rows.
double accuracy(const std::vector<std::int32_t>& truth, const std::vector<std::int32_t>& predicted);

/// Of one class. A fraction of nothing is 0, as scikit-learn's with zero_division=0; recall without `support`, and F1
/// of a class that does not appear, are shown as undefined.
struct ClassScore {
  double precision = 0;       ///< of the rows that were answered with it, those that are of it
  double recall = 0;          ///< of its rows, those that were answered with it; a refused row was not
  double f1 = 0;              ///< harmonic mean of the two
  std::size_t support = 0;    ///< its rows, refused ones included
  std::size_t predicted = 0;  ///< the rows that were answered with it
  std::size_t refused = 0;    ///< its rows that were not answered

  /// Whether any row is of it or was answered with it; F1 is defined where it is.
  bool appears() const { return support > 0 || predicted > 0; }
};

/// The classes that no row is of, so that no score tells how they are found.
std::vector<std::size_t> unscored_classes(const std::vector<ClassScore>& classes);

struct Average {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};

/// Precision, recall and F1 by class index. truth, predicted: class indices below `classes`, a row each; of predictions
/// also kNoAnswer.
std::vector<ClassScore> score_classes(const std::vector<std::int32_t>& truth,
                                      const std::vector<std::int32_t>& predicted, std::size_t classes);

/// Mean over the classes that appear, each counting alike (scikit-learn's average="macro").
Average macro_average(const std::vector<ClassScore>& classes);
/// Mean over the classes, each counting as often as it has rows (average="weighted").
Average weighted_average(const std::vector<ClassScore>& classes);
/// Mean recall of the classes that have rows; 0 of no rows.
double balanced_accuracy(const std::vector<ClassScore>& classes);

/// classes x classes, row by row: how many rows of a class (the matrix's row) were answered with which (its column).
/// Refused rows are in none.
std::vector<std::size_t> confusion(const std::vector<std::int32_t>& truth, const std::vector<std::int32_t>& predicted,
                                   std::size_t classes);

}  // namespace nuthatch::evaluate

#endif
