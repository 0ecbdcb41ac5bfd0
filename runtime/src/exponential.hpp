#ifndef NUTHATCH_EXPONENTIAL_HPP
#define NUTHATCH_EXPONENTIAL_HPP

#include <cstdint>

namespace nuthatch::detail {

/// What exp2_negative calls 1.
constexpr std::uint32_t kExpOne = std::uint32_t{1} << 27;

/// 2^27 * 2^(-x / 65536), from a table of 64 steps with straight lines between them. Exact for whole exponents below
/// 28, 0 from there on; never rises; else off by less than 2^-15 of its value and one unit (tests/unit, all fractions).
std::uint32_t exp2_negative(std::uint32_t x);

}  // namespace nuthatch::detail

#endif
