#ifndef NUTHATCH_TRAINER_QUANTIZE_AUTOCORRELATION_HPP
#define NUTHATCH_TRAINER_QUANTIZE_AUTOCORRELATION_HPP

#include <Eigen/Core>

/// Rows that depend on the one before them, as if by x = phi x' + e.
namespace nuthatch::quantize {

/// Autocorrelation of consecutive rows, 0 to 0.98: within time-ordered blocks, each about its own mean, so that slow
/// changes between blocks do not count; with the first-order correction of its bias, (1 + 3 phi) / rows of a block.
/// Less than three standard errors (1 / sqrt(rows)) is 0, and so is a negative one.
double autocorrelation(const Eigen::VectorXd& values);

/// How much a sum of `rows` rows varies more than that of independent ones: 1 + 2 sum over k < rows of
/// (1 - k / rows) phi^k. So the mean of `rows` is worth that of rows / inflation independent ones.
double inflation(double phi, double rows);

/// phi by the logarithm of its time scale, of which thresholds depend evenly: ln((1 + phi) / (1 - phi)), and back.
double place_of(double phi);
double phi_at(double place);

}  // namespace nuthatch::quantize

#endif
