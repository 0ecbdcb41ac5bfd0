#include "quantize/chance.hpp"

#include <cmath>
#include <numbers>
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
  return root_of_falling([&](double value) { return noncentral_tail(value, degrees, noncentrality); }, tail);
}

double normal_quantile(double share) {
  // By the tail on the share's side, where no digits are lost.
  if (share > 0.5) return -normal_quantile(1 - share);
  return -root_of_falling([](double x) { return std::erfc(x / std::numbers::sqrt2) / 2; }, share);
}

double kolmogorov_tail(double value) {
  if (value <= 0) return 1;
  double sum = 0;
  if (value < 1) {  // as a theta function, whose terms vanish where those below do not
    const double unit = std::numbers::pi * std::numbers::pi / (8 * value * value);
    for (int k = 1; k <= 9; k += 2) sum += std::exp(-unit * k * k);
    return 1 - std::sqrt(2 * std::numbers::pi) / value * sum;
  }
  for (int k = 1; k <= 9; ++k) sum += (k % 2 == 1 ? 2 : -2) * std::exp(-2 * k * k * value * value);
  return sum;
}

double root_of_falling(const std::function<double(double)>& function, double level) {
  double low = 0;
  double high = 1;
  while (function(high) > level) high *= 2;
  while (high - low > 1e-14 * high) {
    const double middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    (function(middle) > level ? low : high) = middle;
  }
  return high;
}

}  // namespace nuthatch::quantize
