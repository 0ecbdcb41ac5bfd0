#ifndef NUTHATCH_EXPONENTIAL_HPP
#define NUTHATCH_EXPONENTIAL_HPP

#include <cstdint>

namespace nuthatch::detail {

/// What exp2_negative calls 1.
constexpr std::uint32_t kExpOne = std::uint32_t{1} << 27;
/// From here on it is 0.
constexpr std::uint32_t kExpReach = std::uint32_t{28} << 16;

/// (1 - 2^(-i / 64)) * 2^17, rounded; the last, 65536, is short of one.
extern const std::uint16_t kExpDrop[65];

/// exp2_negative for x < kExpReach, in place: for loops of which it is most of the work.
inline std::uint32_t exp2_negative_near(std::uint32_t x) {
  const std::uint16_t* const drops = kExpDrop + ((x & 0xFFFF) >> 10);
  const std::uint32_t drop = (std::uint32_t{drops[0]} << 10) + (drops[1] - std::uint32_t{drops[0]}) * (x & 0x3FF);
  return (kExpOne - drop) >> (x >> 16);
}

/// 2^27 * 2^(-x / 65536), from a table of 64 steps with straight lines between them. Exact for whole exponents below
/// 28, 0 from there on; never rises; else off by less than 2^-15 of its value and one unit (tests/unit, all fractions).
std::uint32_t exp2_negative(std::uint32_t x);

}  // namespace nuthatch::detail

#endif
