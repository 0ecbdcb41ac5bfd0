#ifndef NUTHATCH_LINEAR_HPP
#define NUTHATCH_LINEAR_HPP

#include "nuthatch/view.hpp"

namespace nuthatch::detail {

/// Defined in open.cpp, the one file that sees the FlatBuffer.
Status read_linear(const Structure& file, ModelView& view);

/// Invariants I15 and I16 for int8 and int16 weights, I17 for float32 (SPEC.md).
Status prove_linear(ModelView& view);
Status prove_linear_float32(ModelView& view);

/// schema::Predictor's number of the `linear` kind.
constexpr std::uint8_t kLinearKind = 1;

}  // namespace nuthatch::detail

#endif
