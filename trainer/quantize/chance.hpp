#ifndef NUTHATCH_TRAINER_QUANTIZE_CHANCE_HPP
#define NUTHATCH_TRAINER_QUANTIZE_CHANCE_HPP

#include <functional>

/// Distributions that thresholds and p-values need.
namespace nuthatch::quantize {

/// The chance that a chi-square variable of `degrees` degrees of freedom is larger than `value`: the regularized upper
/// incomplete gamma function Q(degrees / 2, value / 2).
double chi_square_tail(double value, double degrees);

/// The same of a noncentral one: central ones of degrees + 2 j, weighted by Poisson's chances of j around
/// noncentrality / 2 (Abramowitz and Stegun 26.4.25).
double noncentral_tail(double value, double degrees, double noncentrality);

/// The value that a noncentral chi-square variable exceeds with chance `tail`, 0 < tail < 1.
double noncentral_quantile(double tail, double degrees, double noncentrality);

/// The value that a standard normal variable is below with chance `share`, 0 < share < 1.
double normal_quantile(double share);

/// The chance that a Brownian bridge leaves [-value, value]: Kolmogorov's distribution, that of root(n) times the
/// largest distance of n rows' distribution function from the true one, for many rows.
double kolmogorov_tail(double value);

/// Where a function of x >= 0 that never rises, and reaches nothing above `level` in the end, falls to `level`.
double root_of_falling(const std::function<double(double)>& function, double level);

}  // namespace nuthatch::quantize

#endif
