#ifndef NUTHATCH_BAYES_HPP
#define NUTHATCH_BAYES_HPP

#include "nuthatch/view.hpp"

namespace nuthatch::detail {

/// Defined in open.cpp, the one file that sees the FlatBuffer.
Status read_bayes(const Structure& file, ModelView& view);

/// Invariants I41 to I43 (SPEC.md).
Status prove_bayes(ModelView& view);

/// schema::Predictor's number of the `bayes` kind.
constexpr std::uint8_t kBayesKind = 3;

}  // namespace nuthatch::detail

#endif
