// Armv7E-M: two codes at a time. A saturated difference keeps its sign.
#include <arm_acle.h>

#include "watch.hpp"

namespace nuthatch::kernels {
namespace {

using Pair [[gnu::may_alias]] = std::uint32_t;

constexpr std::uint32_t kSigns = 0x80008000;

/// The bounds of two features, as they lie in the file.
struct [[gnu::may_alias]] Bounds {
  std::uint32_t first;  // low in the low half, high in the high half
  std::uint32_t second;
};

/// The signs of both codes' distances to their ends. GCC does not find the pack instructions by itself.
[[gnu::always_inline]] inline std::uint32_t distances(std::uint32_t codes, Bounds bounds) {
  std::int32_t lows;
  std::int32_t highs;
  __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(lows) : "r"(bounds.first), "r"(bounds.second));
  __asm__("pkhtb %0, %2, %1, asr #16" : "=r"(highs) : "r"(bounds.first), "r"(bounds.second));
  const auto both = static_cast<std::int32_t>(codes);
  return static_cast<std::uint32_t>(__qsub16(both, lows) | __qsub16(highs, both));
}

}  // namespace

bool any_outside(const std::int16_t* codes, const Range* ranges, std::size_t count) {
  const auto* pair = reinterpret_cast<const Pair*>(codes);
  const auto* bounds = reinterpret_cast<const Bounds*>(ranges);
  std::uint32_t signs = 0;
  std::size_t left = count;
  for (; left >= 8; left -= 8, pair += 4, bounds += 4) {
    signs |= distances(pair[0], bounds[0]) | distances(pair[1], bounds[1]);
    signs |= distances(pair[2], bounds[2]) | distances(pair[3], bounds[3]);
  }
  for (; left >= 2; left -= 2, ++pair, ++bounds) signs |= distances(*pair, *bounds);
  if (left != 0) {
    const std::int32_t code = codes[count - 1];
    const Range& range = ranges[count - 1];
    if (code < range.low || code > range.high) return true;
  }
  return (signs & kSigns) != 0;
}

}  // namespace nuthatch::kernels
