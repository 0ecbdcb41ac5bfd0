#ifndef NUTHATCH_TRAINER_REPORT_METRICS_HPP
#define NUTHATCH_TRAINER_REPORT_METRICS_HPP

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <vector>

#include "data/csv.hpp"
#include "export/loaded_model.hpp"

namespace nuthatch::report {

/// How well probabilities fit the labels, over the answered rows.
struct ProbabilityScore {
  double log_loss =
      0;             ///< mean of -ln p of the true class; a p of 0 counts as 2^-17, half of a probability word's unit
  double brier = 0;  ///< mean of (p - truth)^2 of class 1 of two; of more, summed over the classes
};

/// truth: class indices; words: rows x classes of 2^-16.
ProbabilityScore score_probabilities(const std::vector<std::int32_t>& truth, const std::vector<std::int32_t>& words,
                                     std::size_t classes);

/// How well predictions fit the labels.
struct Score {
  const char* metric = "accuracy";  ///< or "r2"
  double value = 0;                 ///< accuracy: refused rows count as wrong. r2: over the answered rows
  double mean_squared_error = 0;    ///< regression only
  std::size_t rows = 0;
  std::size_t refused = 0;
  std::optional<ProbabilityScore> probabilities = {};  ///< classifiers that have them
};

/// Scores against the target column of `dataset`. Throws data::DataError on labels the model cannot have.
Score score(const exporting::LoadedModel& model, const data::Dataset& dataset,
            const exporting::Predictions& predictions, bool decimal_comma);

/// The same for scores in floating point, rows x outputs, that no file holds; `classes` empty: regression.
Score score(const Eigen::MatrixXd& scores, const data::Dataset& dataset, const std::vector<std::string>& classes,
            bool decimal_comma);

/// Fraction of equal labels.
double accuracy(const std::vector<std::int32_t>& truth, const std::vector<std::int32_t>& predicted);
/// Coefficient of determination, 1 - sum of squared errors / sum of squares about the mean; as scikit-learn: for a
/// constant truth 1 if every error is 0 (to float32's precision), else 0.
double r2(const std::vector<double>& truth, const std::vector<double>& predicted);

}  // namespace nuthatch::report

#endif
