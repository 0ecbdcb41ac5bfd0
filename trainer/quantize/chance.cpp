#include "quantize/chance.hpp"

#include <cmath>
#include <unsupported/Eigen/SpecialFunctions>

namespace nuthatch::quantize {

double chi_square_tail(double value, double degrees) {
  return value <= 0 ? 1 : Eigen::numext::igammac(degrees / 2, value / 2);
}

double noncentral_tail(double value, double degrees, double noncentrality) {
  const double mean = noncentrality / 2;
  if (mean <= 0) return chi_square_tail(value, degrees);
  // Ten deviations and a few on both sides of the mean hold all but 1e-20 of Poisson's weight.
  const double reach = 10 * std::sqrt(mean) + 20;
  double sum = 0;
  const auto first = static_cast<int>(std::max(0.0, std::floor(mean - reach)));
  for (int j = first; j <= mean + reach; ++j) {
    const double weight = std::exp(j * std::log(mean) - mean - std::lgamma(j + 1));
    sum += weight * chi_square_tail(value, degrees + 2 * j);
  }
  return sum;
}

double noncentral_quantile(double tail, double degrees, double noncentrality) {
  double low = 0;
  double high = degrees + noncentrality + 1;
  while (noncentral_tail(high, degrees, noncentrality) > tail) high *= 2;
  while (high - low > 1e-12 * high) {
    const double middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    (noncentral_tail(middle, degrees, noncentrality) > tail ? low : high) = middle;
  }
  return high;
}

}  // namespace nuthatch::quantize
