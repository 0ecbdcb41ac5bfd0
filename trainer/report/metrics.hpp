#ifndef NUTHATCH_TRAINER_REPORT_METRICS_HPP
#define NUTHATCH_TRAINER_REPORT_METRICS_HPP

#include <cstdint>
#include <vector>

#include "data/csv.hpp"
#include "export/loaded_model.hpp"

namespace nuthatch::report {

/// How well predictions fit the labels.
struct Score {
  const char* metric = "accuracy";  ///< or "r2"
  double value = 0;                 ///< accuracy: refused rows count as wrong. r2: over the answered rows
  double mean_squared_error = 0;    ///< regression only
  std::size_t rows = 0;
  std::size_t refused = 0;
};

/// Scores against the target column of `dataset`. Throws data::DataError on labels the model cannot have.
Score score(const exporting::LoadedModel& model, const data::Dataset& dataset,
            const exporting::Predictions& predictions, bool decimal_comma);

/// Fraction of equal labels.
double accuracy(const std::vector<std::int32_t>& truth, const std::vector<std::int32_t>& predicted);
/// Coefficient of determination, 1 - sum of squared errors / sum of squares about the mean; as scikit-learn: for a
/// constant truth 1 if every error is 0, else 0.
double r2(const std::vector<double>& truth, const std::vector<double>& predicted);

}  // namespace nuthatch::report

#endif
