#ifndef NUTHATCH_NETWORK_HPP
#define NUTHATCH_NETWORK_HPP

#include "nuthatch/view.hpp"

namespace nuthatch::detail {

/// Defined in open.cpp, the one file that sees the FlatBuffer.
Status read_network(const Structure& file, ModelView& view);

/// Invariants I60 to I65 (SPEC.md); sets scratch_words.
Status prove_network(ModelView& view);

/// schema::Predictor's number of the `network` kind.
constexpr std::uint8_t kNetworkKind = 5;

/// schema::Activation: `none` and `relu` are what a layer's limits make of it.
constexpr std::uint8_t kTanh = 2;

/// Elements that rows and vectors of `count` elements take: kernels load four at a time.
constexpr std::uint32_t padded(std::uint32_t count) { return (count + 3) & ~std::uint32_t{3}; }

}  // namespace nuthatch::detail

#endif
