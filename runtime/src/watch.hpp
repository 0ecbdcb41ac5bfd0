#ifndef NUTHATCH_WATCH_HPP
#define NUTHATCH_WATCH_HPP

#include "nuthatch/view.hpp"

namespace nuthatch::detail {

/// What an open model's monitor counts in bins; defined in open.cpp, the one file that sees the FlatBuffer.
/// Structure only: kOk, kStructure, kShape.
Status read_watch(const ModelView& view, WatchView& watch);

/// The same, and all that its numbers and the model's monitor_words must be (SPEC.md, I90 to I94); also kNumber,
/// kBudget. A model without histograms and output edges has none to count: kOk, and is_on says no.
Status attach_watch(const ModelView& view, WatchView& watch);

}  // namespace nuthatch::detail

#endif
