#ifndef NUTHATCH_TESTS_GOLDEN_PROBABILITY_HPP
#define NUTHATCH_TESTS_GOLDEN_PROBABILITY_HPP

#include <algorithm>
#include <cmath>
#include <vector>

namespace nuthatch::golden {

/// How far a probability may be from the formula: what Probability promises (SPEC.md, "Probabilities") of the link's
/// own exponents, and 2^-17, more than what their rounding to 2^-16 of a power of two, bias and product, can do to a
/// share.
inline double probability_bound(std::size_t classes) {
  return 0x1p-14 + static_cast<double>(classes) * 0x1p-27 + 0x1p-17;
}

/// The softmax; of one log-odds the sigmoid, class 0 first.
inline std::vector<double> shares_of(std::vector<double> logarithms) {
  if (logarithms.size() == 1) logarithms.insert(logarithms.begin(), 0);
  const double most = *std::max_element(logarithms.begin(), logarithms.end());
  double sum = 0;
  for (double& each : logarithms) sum += each = std::exp(each - most);
  for (double& each : logarithms) each /= sum;
  return logarithms;
}

}  // namespace nuthatch::golden

#endif
