// Armv7E-M: two codes at a time. A saturated difference keeps its sign.
#include <arm_acle.h>

#include "watch.hpp"

namespace nuthatch::kernels {
namespace {

using Pair [[gnu::may_alias]] = std::uint32_t;

constexpr std::uint32_t kSigns = 0x80008000;

/// The bounds of two features, as they lie in the file: low in the low half of a word, high in the high half.
struct [[gnu::may_alias]] Bounds {
  std::uint32_t first;
  std::uint32_t second;
};

/// The signs of both codes' distances to their ends; goes on to the next bounds. GCC finds neither the load of two
/// words nor the pack instructions by itself.
[[gnu::always_inline]] inline std::uint32_t distances(std::uint32_t codes, const Bounds*& bounds) {
  std::uint32_t first;
  std::uint32_t second;
  std::int32_t lows;
  std::int32_t highs;
  __asm__("ldrd %0, %1, [%2], #8" : "=&r"(first), "=&r"(second), "+r"(bounds) : "m"(*bounds));
  __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(lows) : "r"(first), "r"(second));
  __asm__("pkhtb %0, %2, %1, asr #16" : "=r"(highs) : "r"(first), "r"(second));
  const auto both = static_cast<std::int32_t>(codes);
  return static_cast<std::uint32_t>(__qsub16(both, lows) | __qsub16(highs, both));
}

}  // namespace

bool any_outside(const std::int16_t* codes, const Range* ranges, std::size_t count) {
  const auto* pair = reinterpret_cast<const Pair*>(codes);
  const auto* bounds = reinterpret_cast<const Bounds*>(ranges);
  std::uint32_t signs = 0;
  std::size_t left = count;
  for (; left >= 8; left -= 8, pair += 4) {
    signs |= distances(pair[0], bounds);
    signs |= distances(pair[1], bounds);
    signs |= distances(pair[2], bounds);
    signs |= distances(pair[3], bounds);
  }
  for (; left >= 2; left -= 2, ++pair) signs |= distances(*pair, bounds);
  if (left != 0) {
    const std::int32_t code = codes[count - 1];
    const Range& range = ranges[count - 1];
    if (code < range.low || code > range.high) return true;
  }
  return (signs & kSigns) != 0;
}

}  // namespace nuthatch::kernels
