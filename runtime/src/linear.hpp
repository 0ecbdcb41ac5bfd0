#ifndef NUTHATCH_LINEAR_HPP
#define NUTHATCH_LINEAR_HPP

#include "nuthatch/view.hpp"

namespace nuthatch::detail {

/// Defined in open.cpp, the one file that sees the FlatBuffer.
Status read_linear(const Structure& file, ModelView& view);

/// Invariants I15 and I16 for int8 and int16 weights, I17 for float32 (SPEC.md).
Status prove_linear(ModelView& view);
Status prove_linear_float32(ModelView& view);

/// A sum of products in units of the score, before the bias.
inline std::int64_t scale_sum(std::int32_t sum, const Requantization& how) {
  const std::int64_t half = std::int64_t{1} << (how.shift - 1);
  return (std::int64_t{sum} * how.multiplier + half) >> how.shift;
}

inline std::int32_t narrow(std::int64_t sum, std::uint8_t shift) {
  const std::uint32_t half = (std::uint32_t{1} << shift) >> 1;  // 0 for no shift; shift <= 31
  return static_cast<std::int32_t>((sum + half) >> shift);
}

/// schema::Predictor's number of the `linear` kind.
constexpr std::uint8_t kLinearKind = 1;

}  // namespace nuthatch::detail

#endif
