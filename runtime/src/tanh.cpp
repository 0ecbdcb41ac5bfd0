#include "tanh.hpp"

#include "exponential.hpp"

namespace nuthatch::detail {

std::int16_t tanh_of(std::int32_t exponent, std::int16_t high) {
  constexpr std::uint32_t kAll = 28U << 12;  // 2^-28 is 0 to exp2_negative
  const std::uint32_t size = static_cast<std::uint32_t>(exponent < 0 ? -exponent : exponent);
  // tanh(x) = (1 - e) / (1 + e) with e = exp(-2 x); 17 bits of each leave room for `high`'s 15.
  const std::uint32_t e = exp2_negative((size < kAll ? size : kAll) << 4);
  const std::uint32_t below = (kExpOne - e) >> 11;
  const std::uint32_t above = (kExpOne + e) >> 11;
  const auto value = static_cast<std::int32_t>((below * static_cast<std::uint32_t>(high) + above / 2) / above);
  return static_cast<std::int16_t>(exponent < 0 ? -value : value);
}

}  // namespace nuthatch::detail
