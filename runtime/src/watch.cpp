// The part `Histograms`: rows wait until there are kBatch of them, then each histogram counts them all. Whoever looks
// before has those that wait counted, but they stay, so that blocks and windows begin where they would have begun
// anyway.
#include "watch.hpp"

#include "kernels/watch.hpp"
#include "layout.hpp"
#include "nuthatch/monitor.hpp"

namespace nuthatch {
namespace {

using detail::Histogram;
using detail::kBatch;
using detail::ModelView;
using detail::Waiting;

using Pair [[gnu::may_alias]] = std::uint32_t;

struct Output {
  std::size_t best;
  std::int32_t value;
};

std::int32_t distance(std::int32_t high, std::int32_t low) {
  const std::uint32_t distance = static_cast<std::uint32_t>(high) - static_cast<std::uint32_t>(low);
  return distance > INT32_MAX ? INT32_MAX : static_cast<std::int32_t>(distance);
}

/// The class, and what the output's bins are of: a regression's score, a classifier's margin.
Output read_output(const ModelView& view, const std::int32_t* scores) {
  std::int32_t highest = scores[0];
  if (view.classes == 0) return {0, highest};
  if (view.outputs == 1) {
    const std::int32_t threshold = view.threshold;
    return highest > threshold ? Output{1, distance(highest, threshold)} : Output{0, distance(threshold, highest)};
  }
  std::size_t best = 0;
  std::int32_t next = INT32_MIN;
  for (std::size_t k = 1; k < view.outputs; ++k) {
    const std::int32_t score = scores[k];
    if (score > highest) {
      next = highest;
      highest = score;
      best = k;
    } else if (score > next) {
      next = score;
    }
  }
  return {best, distance(highest, next)};
}

std::uint8_t output_bin(const detail::WatchView& watch, std::int32_t value) {
  const std::int32_t* edge = watch.output_edges;
  const std::int32_t* const end = watch.output_bins == 0 ? edge : edge + watch.output_bins - 1;
  while (edge != end && value >= *edge) ++edge;
  return static_cast<std::uint8_t>(edge - watch.output_edges);
}

// NOLINTNEXTLINE(readability-non-const-parameter): what is found there is written
Waiting& waiting(std::uint32_t* words, const detail::WatchView& watch) {
  return *reinterpret_cast<Waiting*>(words + watch.waiting);
}

/// The waiting rows' codes lie behind.
std::int16_t* codes_of(Waiting& rows) { return reinterpret_cast<std::int16_t*>(&rows + 1); }

/// Codes two a word: both lie at a multiple of 4, and scratch has a word where an odd one would have half.
void copy_pairs(const std::int16_t* codes, std::int16_t* to, std::size_t pairs) {
  const auto* from = reinterpret_cast<const Pair*>(codes);
  auto* into = reinterpret_cast<Pair*>(to);
#pragma GCC unroll 8
  for (std::size_t i = 0; i < pairs; ++i, into += kBatch) *into = from[i];
}

void copy_chosen(const detail::WatchView& watch, const std::int16_t* codes, std::int16_t* to) {
  std::size_t slot = 0;
  for (std::size_t i = 0; i < watch.histogram_count; ++i) {
    if (watch.ranks[i] >= watch.chosen) continue;
    to[slot / 2 * (2 * kBatch) + slot % 2] = codes[watch.histograms[i].feature];
    ++slot;
  }
}

// The kernels see the file's histograms and ranges as they are.
static_assert(sizeof(Histogram) == sizeof(kernels::CellGrid), "kernels::CellGrid");
static_assert(sizeof(detail::CodeRange) == sizeof(kernels::Range), "kernels::Range");
static_assert(detail::kBins == kernels::kBins && detail::kCells == kernels::kCells && kBatch == kernels::kBlockRows &&
                  detail::kHistogramWords == kernels::kGridWords,
              "kernels/watch.hpp");

}  // namespace

void Histograms::let_wait(const Monitor& monitor, const std::int16_t* codes, bool outside, const std::int32_t* scores) {
  const ModelView& view = monitor.model_->view();
  const detail::WatchView& watch = monitor.watch_;
  Waiting& rows = waiting(monitor.words_, watch);
  // Words that were kept over a reset are another model's, if its file forged this one's identity: whatever they say,
  // the rows that wait are in bounds.
  const std::size_t row = rows.rows % kBatch;
  if (row == 0) rows.counted = 0;
  if (outside) rows.outside = static_cast<std::uint8_t>(rows.outside | 1U << row);
  const Output output = read_output(view, scores);
  if (view.classes != 0) ++monitor.words_[detail::kClassWords + output.best];
  rows.output_bins[row] = output_bin(watch, output.value);
  std::int16_t* const to = codes_of(rows) + 2 * row;
  if (watch.chosen == view.features) {
    copy_pairs(codes, to, (watch.chosen + std::size_t{1}) / 2);
  } else {
    copy_chosen(watch, codes, to);
  }
  rows.rows = static_cast<std::uint8_t>(row + 1);
  if (rows.rows == kBatch) settle(monitor);
}

void Histograms::settle(const Monitor& monitor) {
  const ModelView& view = monitor.model_->view();
  const detail::WatchView& watch = monitor.watch_;
  std::uint32_t* const words = monitor.words_;
  Waiting& rows = waiting(words, watch);
  if (rows.rows > kBatch) rows.rows = kBatch;
  if (rows.rows <= rows.counted) return;
  // Histograms of all features see what is out of range; of some, observe() does.
  const bool all = watch.chosen == view.features;
  const kernels::CodeBatch batch = {reinterpret_cast<const kernels::CellGrid*>(watch.histograms),
                                    watch.cell_bins,
                                    watch.ranks,
                                    watch.histogram_count,
                                    watch.chosen,
                                    codes_of(rows),
                                    all ? reinterpret_cast<const kernels::Range*>(view.ranges) : nullptr,
                                    words + detail::range_word(view),
                                    words + detail::histogram_word(view, watch)};
  const bool whole = rows.counted == 0 && rows.rows == kBatch;
  const std::uint32_t outside =
      rows.outside | (whole ? kernels::count_batch(batch) : kernels::count_rows(batch, rows.counted, rows.rows));
  std::uint32_t* const counters = words + detail::watch_word(view, watch);
  for (std::size_t row = rows.counted; row < rows.rows; ++row) {
    if ((outside >> row & 1) != 0) {
      ++counters[detail::kOutsideWord];
    } else if (rows.output_bins[row] < watch.output_bins) {
      ++counters[detail::kOutputWords + rows.output_bins[row]];
    }
  }
  rows.counted = rows.rows;
  if (rows.rows < kBatch) return;
  rows = {};
  auto& window = *reinterpret_cast<detail::Window*>(words + detail::counter_words(view, watch));
  window.rows = static_cast<std::uint16_t>(window.rows + kBatch);
  if (window.rows == detail::kWindowRows) detail::close_window(view, watch, words);
}

const detail::WatchPart Histograms::part = {detail::attach_watch, let_wait, settle, diagnose};

}  // namespace nuthatch
