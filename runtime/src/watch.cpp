// The part `Histograms`: rows wait until there are kBatch of them, then each histogram counts them all.
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

std::int32_t distance(std::int32_t high, std::int32_t low) {
  const std::uint32_t distance = static_cast<std::uint32_t>(high) - static_cast<std::uint32_t>(low);
  return distance > INT32_MAX ? INT32_MAX : static_cast<std::int32_t>(distance);
}

/// What the output's bins are of: a regression's score, a classifier's margin.
std::int32_t measure(const ModelView& view, const std::int32_t* scores) {
  if (view.classes == 0) return scores[0];
  if (view.outputs == 1) return scores[0] < 0 ? distance(0, scores[0]) : scores[0];
  std::int32_t best = scores[0] > scores[1] ? scores[0] : scores[1];
  std::int32_t next = scores[0] > scores[1] ? scores[1] : scores[0];
  for (std::size_t k = 2; k < view.outputs; ++k) {
    if (scores[k] > best) {
      next = best;
      best = scores[k];
    } else if (scores[k] > next) {
      next = scores[k];
    }
  }
  return distance(best, next);
}

/// Codes two a word: both lie at a multiple of 4, and scratch has a word where an odd one would have half.
void copy_pairs(const std::int16_t* codes, std::int16_t* to, std::size_t pairs) {
  const auto* from = reinterpret_cast<const Pair*>(codes);
  auto* into = reinterpret_cast<Pair*>(to);
  for (std::size_t i = 0; i < pairs; ++i) into[i] = from[i];
}

std::uint8_t output_bin(const detail::WatchView& watch, std::int32_t value) {
  std::uint8_t bin = 0;
  while (bin + 1 < watch.output_bins && value >= watch.output_edges[bin]) ++bin;
  return bin;
}

// NOLINTNEXTLINE(readability-non-const-parameter): what is found there is written
Waiting& waiting(std::uint32_t* words, const ModelView& view, const detail::WatchView& watch) {
  return *reinterpret_cast<Waiting*>(words + detail::counter_words(view, watch));
}

/// The waiting rows' codes lie behind.
std::int16_t* codes_of(Waiting& rows) { return reinterpret_cast<std::int16_t*>(&rows + 1); }

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
  Waiting& rows = waiting(monitor.words_, view, watch);
  const std::size_t row = rows.rows;
  if (outside) rows.outside = static_cast<std::uint16_t>(rows.outside | 1U << row);
  rows.output_bins[row] = watch.output_bins == 0 ? std::uint8_t{0} : output_bin(watch, measure(view, scores));
  const std::size_t stride = detail::waiting_stride(watch);
  std::int16_t* const to = codes_of(rows) + row * stride;
  if (watch.histogram_count == view.features) {
    copy_pairs(codes, to, stride / 2);
  } else {
    for (std::size_t i = 0; i < watch.histogram_count; ++i) to[i] = codes[watch.histograms[i].feature];
  }
  rows.rows = static_cast<std::uint16_t>(row + 1);
  if (rows.rows == kBatch) settle(monitor);
}

void Histograms::settle(const Monitor& monitor) {
  const ModelView& view = monitor.model_->view();
  const detail::WatchView& watch = monitor.watch_;
  std::uint32_t* const words = monitor.words_;
  Waiting& rows = waiting(words, view, watch);
  // Histograms of all features see what is out of range; of some, observe() does.
  const bool all = watch.histogram_count == view.features;
  const kernels::CodeBatch batch = {reinterpret_cast<const kernels::CellGrid*>(watch.histograms),
                                    watch.cell_bins,
                                    watch.histogram_count,
                                    codes_of(rows),
                                    detail::waiting_stride(watch),
                                    rows.rows,
                                    rows.rows == kBatch,
                                    all ? reinterpret_cast<const kernels::Range*>(view.ranges) : nullptr,
                                    words + detail::range_word(view),
                                    words + detail::histogram_word(view, watch)};
  const std::uint32_t outside = rows.outside | kernels::count_batch(batch);
  std::uint32_t* const counters = words + detail::watch_word(view);
  for (std::size_t row = 0; row < rows.rows; ++row) {
    if ((outside >> row & 1) != 0) {
      ++counters[detail::kOutsideWord];
    } else if (watch.output_bins != 0) {
      ++counters[detail::kOutputWords + rows.output_bins[row]];
    }
  }
  rows.rows = 0;
  rows.outside = 0;
}

const detail::WatchPart Histograms::part = {detail::attach_watch, let_wait, settle};

}  // namespace nuthatch
