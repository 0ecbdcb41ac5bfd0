// What the monitor counts in bins: rows wait until there are kBatch of them, then each histogram counts them all.
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

// The kernels see the file's histograms and ranges as they are.
static_assert(sizeof(Histogram) == sizeof(kernels::CellGrid), "kernels::CellGrid");
static_assert(sizeof(detail::CodeRange) == sizeof(kernels::Range), "kernels::Range");

}  // namespace

detail::Waiting& Monitor::waiting() const {
  return *reinterpret_cast<Waiting*>(words_ + detail::counter_words(model_->view(), watch_));
}

void Monitor::let_wait(const std::int16_t* codes, bool outside, Span<const std::int32_t> outputs) {
  Waiting& rows = waiting();
  const std::size_t row = rows.rows;
  if (outside) rows.outside = static_cast<std::uint16_t>(rows.outside | 1U << row);
  std::uint8_t bin = 0;
  if (watch_.output_bins != 0) {
    const std::int32_t value = measure(model_->view(), outputs.data());
    while (bin + 1 < watch_.output_bins && value >= watch_.output_edges[bin]) ++bin;
  }
  rows.output_bins[row] = bin;
  const std::size_t stride = detail::waiting_stride(watch_);
  std::int16_t* const to = reinterpret_cast<std::int16_t*>(&rows + 1) + row * stride;
  if (watch_.histogram_count == model_->view().features) {
    copy_pairs(codes, to, stride / 2);
  } else {
    const Histogram* const histograms = watch_.histograms;
    for (std::size_t i = 0; i < watch_.histogram_count; ++i) to[i] = codes[histograms[i].feature];
  }
  rows.rows = static_cast<std::uint16_t>(row + 1);
  if (rows.rows == kBatch) settle();
}

void Monitor::settle() const {
  if (!detail::is_on(watch_)) return;
  const ModelView& view = model_->view();
  Waiting& rows = waiting();
  const bool all = watch_.histogram_count == view.features;
  const kernels::CodeBatch batch = {reinterpret_cast<const kernels::CellGrid*>(watch_.histograms),
                                    watch_.cell_bins,
                                    watch_.histogram_count,
                                    reinterpret_cast<const std::int16_t*>(&rows + 1),
                                    detail::waiting_stride(watch_),
                                    rows.rows,
                                    rows.rows == kBatch,
                                    all ? reinterpret_cast<const kernels::Range*>(view.ranges) : nullptr,
                                    words_ + detail::range_word(view),
                                    words_ + detail::histogram_word(view, watch_)};
  const std::uint32_t outside = rows.outside | kernels::count_batch(batch);
  std::uint32_t* const counters = words_ + detail::watch_word(view);
  for (std::size_t row = 0; row < rows.rows; ++row) {
    if ((outside >> row & 1) != 0) {
      ++counters[detail::kOutsideWord];
    } else if (watch_.output_bins != 0) {
      ++counters[detail::kOutputWords + rows.output_bins[row]];
    }
  }
  rows.rows = 0;
  rows.outside = 0;
}

}  // namespace nuthatch
