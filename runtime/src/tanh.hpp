#ifndef NUTHATCH_TANH_HPP
#define NUTHATCH_TANH_HPP

#include <cstdint>

namespace nuthatch::detail {

/// high * tanh(x), rounded; `exponent` is x * 2 * log2(e) * 2^12, above -2^31; 1 <= high. Off by less than 2^-15 of
/// `high` before it is rounded (tests/unit, all arguments).
std::int16_t tanh_of(std::int32_t exponent, std::int16_t high);

}  // namespace nuthatch::detail

#endif
