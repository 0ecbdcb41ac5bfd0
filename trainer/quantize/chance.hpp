#ifndef NUTHATCH_TRAINER_QUANTIZE_CHANCE_HPP
#define NUTHATCH_TRAINER_QUANTIZE_CHANCE_HPP

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

}  // namespace nuthatch::quantize

#endif
