#include "layout.hpp"
#include "watch.hpp"

namespace nuthatch::detail {
namespace {

/// The cells are in the feature's range, so that a code of a cell is never out of range, and lead to bins.
bool is_sound(const ModelView& view, const Histogram& histogram, const std::uint8_t* bins) {
  constexpr std::uint8_t kMostShift = 15;
  if (histogram.shift > kMostShift || histogram.cells < 1 || histogram.cells > kCells) return false;
  const CodeRange& range = view.ranges[histogram.feature];
  const std::int32_t behind = histogram.low + (std::int32_t{histogram.cells} << histogram.shift);
  if (histogram.low < range.low || behind > range.high + 1) return false;
  for (std::size_t cell = 0; cell < kCells; ++cell) {
    if (bins[cell] >= kBins) return false;
  }
  return true;
}

Status prove(const ModelView& view, const WatchView& watch) {
  for (std::uint32_t i = 0; i < watch.histogram_count; ++i) {
    const Histogram& histogram = watch.histograms[i];
    if (histogram.feature >= view.features) return Status::kNumber;
    if (i > 0 && histogram.feature <= watch.histograms[i - 1].feature) return Status::kNumber;
    if (!is_sound(view, histogram, watch.cell_bins + kCells * i)) return Status::kNumber;
  }
  for (std::uint32_t i = 2; i < watch.output_bins; ++i) {
    if (watch.output_edges[i - 1] <= watch.output_edges[i - 2]) return Status::kNumber;
  }
  return view.monitor_words == monitor_words(view, watch) ? Status::kOk : Status::kBudget;
}

}  // namespace

Status attach_watch(const ModelView& view, WatchView& watch) {
  const Status status = read_watch(view, watch);
  return status == Status::kOk ? prove(view, watch) : status;
}

}  // namespace nuthatch::detail
