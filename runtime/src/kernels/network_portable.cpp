#include "network.hpp"

namespace nuthatch::kernels {
namespace {

/// The doubling high product rounds half up, the shift to the right half away from 0. Neither needs TensorFlow Lite's
/// saturation: x is above -2^31.
std::int32_t multiply(std::int32_t x, std::int32_t multiplier, std::int32_t shift) {
  if (shift > 0) x *= std::int32_t{1} << shift;
  constexpr std::int64_t kHalf = std::int64_t{1} << 30;
  x = static_cast<std::int32_t>((std::int64_t{x} * multiplier + kHalf) >> 31);
  if (shift >= 0) return x;
  x += x >> 31;
  return ((x >> (-shift - 1)) + 1) >> 1;
}

}  // namespace

void requantize(std::uint32_t count, const UnitScales& scales, std::int32_t* sums) {
  for (std::uint32_t k = 0; k < count; ++k) {
    sums[k] = multiply(sums[k] + scales.bias[k], scales.multipliers[k], scales.shifts[k]);
  }
}

}  // namespace nuthatch::kernels
