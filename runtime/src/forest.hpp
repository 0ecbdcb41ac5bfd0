#ifndef NUTHATCH_FOREST_HPP
#define NUTHATCH_FOREST_HPP

#include "nuthatch/view.hpp"

namespace nuthatch::detail {

/// Defined in open.cpp, the one file that sees the FlatBuffer.
Status read_forest(const Structure& file, ModelView& view);

/// The numbers of the `forest` kind (SPEC.md).
Status prove_forest(ModelView& view);

/// schema::Predictor's number of the `forest` kind.
constexpr std::uint8_t kForestKind = 4;

}  // namespace nuthatch::detail

#endif
