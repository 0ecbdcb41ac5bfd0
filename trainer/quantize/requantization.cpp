#include <algorithm>
#include <cmath>

#include "quantize/quantized.hpp"

namespace nuthatch::quantize {

Requantization requantization_of(double real, double bias) {
  constexpr double kMostInt32 = 2147483647.0;
  Requantization result;
  result.bias = static_cast<std::int32_t>(std::nearbyint(bias));
  if (real == 0) return result;
  int exponent = 0;
  std::frexp(real, &exponent);
  const int shift = std::clamp(31 - exponent, 1, 62);
  const double multiplier = std::min(std::nearbyint(std::ldexp(real, shift)), kMostInt32);
  result.shift = static_cast<std::uint8_t>(shift);
  result.multiplier = static_cast<std::int32_t>(multiplier);
  return result;
}

}  // namespace nuthatch::quantize
