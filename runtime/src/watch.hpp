#ifndef NUTHATCH_WATCH_HPP
#define NUTHATCH_WATCH_HPP

#include "nuthatch/view.hpp"

namespace nuthatch::detail {

/// How many latency buckets the model has counted; the same file, likewise: kOk, kStructure, kNumber.
Status read_latency(const ModelView& view, WatchView& watch);

/// What an open model's monitor counts in bins; defined in open.cpp, the one file that sees the FlatBuffer.
/// Structure only: kOk, kStructure, kShape.
Status read_watch(const ModelView& view, WatchView& watch);

/// The same, and all that its numbers and the model's monitor_words must be (SPEC.md, I90 to I98); also kNumber,
/// kBudget. `chosen`: as many histograms as `words` hold. A model without histograms and output edges has none to
/// count, and less words than those without histograms need choose the same: kOk, and is_on says no.
Status attach_watch(const ModelView& view, std::size_t words, WatchView& watch);

/// A window is full: decides on each test, and begins the next one.
void close_window(const ModelView& view, const WatchView& watch, std::uint32_t* words);

}  // namespace nuthatch::detail

#endif
