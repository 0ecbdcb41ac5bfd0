#include "layout.hpp"
#include "watch.hpp"

namespace nuthatch::detail {
namespace {

constexpr std::uint32_t kMostChiSquare = 1U << 23;  // then rows * (rows * 2^10 + chi_square) fits 32 bits
constexpr std::int32_t kMostSum = 1 << 23;          // of a window's codes, in size

/// The cells are in the feature's range, so that a code of a cell is never out of range, and lead to bins.
bool is_sound(const ModelView& view, const Histogram& histogram, const std::uint8_t* bins) {
  if ((std::uint32_t{histogram.last} * histogram.scale) >> 15 >= kCells) return false;
  const CodeRange& range = view.ranges[histogram.feature];
  if (histogram.low < range.low || histogram.low + histogram.last > range.high) return false;
  for (std::size_t cell = 0; cell < kCells; ++cell) {
    if (bins[cell] >= kBins) return false;
  }
  return true;
}

bool is_sound(const DriftTest& test) {
  constexpr std::uint8_t kMostShift = 31;
  return test.statistical <= kMostChiSquare && test.material <= kMostChiSquare && test.sum >= -kMostSum &&
         test.sum <= kMostSum && test.shift <= kMostShift;
}

/// Ranks below `chosen` are of as many histograms.
bool chooses(const WatchView& watch) {
  std::size_t chosen = 0;
  for (std::size_t i = 0; i < watch.histogram_count; ++i) chosen += watch.ranks[i] < watch.chosen ? 1 : 0;
  return chosen == watch.chosen;
}

bool are_sound(const ModelView& view, const WatchView& watch) {
  for (std::size_t i = 0; i < watch.histogram_count; ++i) {
    const Histogram& histogram = watch.histograms[i];
    if (histogram.feature >= view.features) return false;
    if (i > 0 && histogram.feature <= watch.histograms[i - 1].feature) return false;
    if (!is_sound(view, histogram, watch.cell_bins + kCells * i)) return false;
  }
  for (std::size_t i = 0; i < watch.histogram_count + std::size_t{2}; ++i) {
    if (!is_sound(watch.tests[i])) return false;
  }
  for (std::size_t k = 0; watch.class_bins != nullptr && k < view.classes; ++k) {
    if (watch.class_bins[k] >= kBins) return false;
  }
  for (std::size_t i = 2; i < watch.output_bins; ++i) {
    if (watch.output_edges[i - 1] <= watch.output_edges[i - 2]) return false;
  }
  return true;
}

/// As many histograms as the words hold; nothing at all where they do not even hold the output's bins.
void choose(const ModelView& view, std::size_t words, WatchView& watch) {
  while (watch.chosen > 0 && monitor_words(view, watch) > words) --watch.chosen;
  if (monitor_words(view, watch) <= words) return;
  watch.output_bins = 0;
  watch.histogram_count = 0;
}

}  // namespace

Status attach_watch(const ModelView& view, std::size_t words, WatchView& watch) {
  const Status status = read_watch(view, watch);
  if (status != Status::kOk || !is_on(watch)) return status;
  if (!are_sound(view, watch)) return Status::kNumber;
  watch.chosen = watch.histogram_count;
  if (monitor_words(view, watch) != view.monitor_words) return Status::kBudget;
  choose(view, words, watch);
  watch.waiting = static_cast<std::uint32_t>(waiting_word(view, watch));
  return chooses(watch) ? Status::kOk : Status::kNumber;
}

}  // namespace nuthatch::detail
