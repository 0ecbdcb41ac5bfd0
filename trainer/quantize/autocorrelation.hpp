#ifndef NUTHATCH_TRAINER_QUANTIZE_AUTOCORRELATION_HPP
#define NUTHATCH_TRAINER_QUANTIZE_AUTOCORRELATION_HPP

#include <Eigen/Core>

/// Rows that depend on the one before them, as if by x = phi x' + e.
namespace nuthatch::quantize {

/// The phi, 0 to 0.98, of which windows vary as much as windows of `values` do. Measured within time-ordered blocks,
/// each about its own mean, so that slow changes between blocks do not count. As a rule the autocorrelation of
/// consecutive rows, with the first-order correction of its bias, (1 + 3 phi) / rows of a block; less than three
/// standard errors (1 / sqrt(rows)) is 0, and so is a negative one. Where the second partial autocorrelation is above
/// three standard errors, the memory is longer than neighbours tell, as of a slow signal with noise of its own: then by
/// the slow part's share and decay, fitted to the autocorrelations of many lags.
double autocorrelation(const Eigen::VectorXd& values);

/// Likewise of a process of which only `indicators`, 0 or 1 a row, are seen, whether it is above some level: a half's
/// correlate by 2 / pi * asin(phi) (Sheppard 1899).
double autocorrelation_behind(const Eigen::VectorXd& indicators);

/// How much a sum of `rows` rows varies more than that of independent ones: 1 + 2 sum over k < rows of
/// (1 - k / rows) phi^k. So the mean of `rows` is worth that of rows / inflation independent ones.
double inflation(double phi, double rows);

/// phi by the logarithm of its time scale, of which thresholds depend evenly: ln((1 + phi) / (1 - phi)), and back.
double place_of(double phi);
double phi_at(double place);

}  // namespace nuthatch::quantize

#endif
