#ifndef NUTHATCH_WATCH_HPP
#define NUTHATCH_WATCH_HPP

#include "nuthatch/view.hpp"

namespace nuthatch::detail {

/// What an open model's monitor counts in bins; defined in open.cpp, the one file that sees the FlatBuffer.
/// Structure only: kOk, kStructure, kShape.
Status read_watch(const ModelView& view, WatchView& watch);

/// Its numbers (SPEC.md, I90 to I92): kOk, kNumber.
Status prove_watch(const ModelView& view, const WatchView& watch);

}  // namespace nuthatch::detail

#endif
