#ifndef NUTHATCH_TRAINER_EVALUATE_REGRESSION_HPP
#define NUTHATCH_TRAINER_EVALUATE_REGRESSION_HPP

#include <vector>

namespace nuthatch::evaluate {

/// Coefficient of determination, 1 - sum of squared errors / sum of squares about the mean; as scikit-learn: for a
/// constant truth 1 if every error is 0 (to float32's precision), else 0. 0 of no rows.
double r2(const std::vector<double>& truth, const std::vector<double>& predicted);

/// Mean of the squared errors, in squares of the target's unit; 0 of no rows.
double mean_squared_error(const std::vector<double>& truth, const std::vector<double>& predicted);
/// Mean of the errors' sizes, in the target's unit; 0 of no rows.
double mean_absolute_error(const std::vector<double>& truth, const std::vector<double>& predicted);

/// Between the two values around place `share` (0 to 1) of an ascending, non-empty `sorted`, linearly: NumPy's default.
double quantile(const std::vector<double>& sorted, double share);

/// Of truth - predicted, in the target's unit.
struct Residuals {
  double minimum = 0;
  double p05 = 0;
  double p25 = 0;
  double p50 = 0;
  double p75 = 0;
  double p95 = 0;
  double maximum = 0;
};

/// Of one row or more.
Residuals residuals(const std::vector<double>& truth, const std::vector<double>& predicted);

}  // namespace nuthatch::evaluate

#endif
