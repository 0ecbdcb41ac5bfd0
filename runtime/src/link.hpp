#ifndef NUTHATCH_LINK_HPP
#define NUTHATCH_LINK_HPP

#include "nuthatch/probability.hpp"

namespace nuthatch::detail {

/// Finds the link's fields in an open model's bytes; kOk, kStructure or kNumber (a link that is none we know). Defined
/// in open.cpp, the one file that sees the FlatBuffer.
Status read_link(const ModelView& view, LinkView& link);

}  // namespace nuthatch::detail

#endif
