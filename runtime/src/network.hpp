#ifndef NUTHATCH_NETWORK_HPP
#define NUTHATCH_NETWORK_HPP

#include "bits.hpp"
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

}  // namespace nuthatch::detail

#endif
