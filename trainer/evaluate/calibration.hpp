#ifndef NUTHATCH_TRAINER_EVALUATE_CALIBRATION_HPP
#define NUTHATCH_TRAINER_EVALUATE_CALIBRATION_HPP

#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

/// How well probabilities fit what happened.
namespace nuthatch::evaluate {

/// Of a p of 2^-17, half of a probability word's unit: what a p of 0 costs.
inline constexpr double kMostLogLoss = 17 * std::numbers::ln2;

struct ProbabilityScore {
  double log_loss =
      0;             ///< mean of -ln p of the true class; a p of 0 counts as 2^-17, half of a probability word's unit
  double brier = 0;  ///< mean of (p - truth)^2 of class 1 of two; of more, summed over the classes
};

/// truth: class indices, of one row or more; probabilities: rows x classes.
ProbabilityScore score_probabilities(const std::vector<std::int32_t>& truth, const std::vector<double>& probabilities,
                                     std::size_t classes);

/// The mean log loss of softmax(scale * scores), for each scale 2^-4, 2^-3, ..., 2^8, so that models with probabilities
/// and models with mere scores can be compared at the scale that suits each (temperature scaling: Guo et al., 2017).
/// truth: class indices, -1 of a class that has no score (counts as a p of 0, 2^-17); scores: rows x classes; a row
/// whose scores are all equal counts as one without an opinion.
std::vector<double> log_losses(const std::vector<std::int32_t>& truth, const std::vector<double>& scores,
                               std::size_t classes);

/// Rows whose probabilities are near one another.
struct ReliabilityBin {
  double mean_predicted = 0;  ///< of their probabilities
  double fraction = 0;        ///< of them, for which it happened
  std::size_t rows = 0;
};

enum class Binning {
  kUniform,   ///< bins of the same width in [0, 1]
  kQuantile,  ///< bins of about as many rows
};

/// The bins that have rows, of `bins` in all, from low to high: scikit-learn's calibration_curve. A probability at an
/// edge belongs to the bin below it.
std::vector<ReliabilityBin> reliability(const std::vector<bool>& happened, const std::vector<double>& probabilities,
                                        std::size_t bins, Binning binning);

/// Expected calibration error: the mean over the rows of |mean_predicted - fraction| of their bin (Naeini, Cooper and
/// Hauskrecht 2015); 0 of no rows.
double calibration_error(const std::vector<ReliabilityBin>& bins);

}  // namespace nuthatch::evaluate

#endif
