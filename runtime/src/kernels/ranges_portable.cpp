#include "watch.hpp"

namespace nuthatch::kernels {

bool any_outside(const std::int16_t* codes, const Range* ranges, std::size_t count) {
  std::int32_t sign = 0;  // negative as soon as a difference was
#pragma GCC unroll 4
  for (std::size_t i = 0; i < count; ++i) sign |= (codes[i] - ranges[i].low) | (ranges[i].high - codes[i]);
  return sign < 0;
}

}  // namespace nuthatch::kernels
