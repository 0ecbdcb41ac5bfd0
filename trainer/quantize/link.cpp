#include "quantize/link.hpp"

#include <algorithm>
#include <cmath>

namespace nuthatch::quantize {

Link link_of(const learn::LogisticLink& link, int fraction_bits) {
  Link result;
  if (link.slope.empty()) return result;
  result.kind = LinkKind::kLogistic;
  constexpr double kMostInt32 = 2147483647.0;
  constexpr double kUnit = 65536 / 0.693147180559945309417;  // of 2^-16 in one
  for (std::size_t k = 0; k < link.slope.size(); ++k) {
    const double offset = std::clamp(link.offset[k] * kUnit, -kMostInt32, kMostInt32);
    result.scale.push_back(requantization_of(std::ldexp(link.slope[k] * kUnit, -fraction_bits), offset));
  }
  return result;
}

}  // namespace nuthatch::quantize
