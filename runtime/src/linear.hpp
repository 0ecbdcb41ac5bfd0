#ifndef NUTHATCH_LINEAR_HPP
#define NUTHATCH_LINEAR_HPP

#include "nuthatch/view.hpp"

namespace nuthatch::detail {

/// Defined in open.cpp, the one file that sees the FlatBuffer.
Status read_linear(const Structure& structure, ModelView& view);

/// schema::Predictor's number of the `linear` kind.
constexpr std::uint8_t kLinearKind = 1;

}  // namespace nuthatch::detail

#endif
