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

void add(std::uint32_t* words, std::int64_t summand) {
  const std::uint64_t sum = (words[0] | std::uint64_t{words[1]} << 32) + static_cast<std::uint64_t>(summand);
  words[0] = static_cast<std::uint32_t>(sum);
  words[1] = static_cast<std::uint32_t>(sum >> 32);
}

}  // namespace

detail::Waiting& Monitor::waiting() const {
  return *reinterpret_cast<Waiting*>(words_ + detail::counter_words(model_->view(), watch_));
}

std::int16_t* Monitor::waiting_codes() const { return reinterpret_cast<std::int16_t*>(&waiting() + 1); }

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
  std::int16_t* to = waiting_codes() + row * detail::waiting_stride(watch_);
  const Histogram* const histograms = watch_.histograms;
  for (std::size_t i = 0; i < watch_.histogram_count; ++i) to[i] = codes[histograms[i].feature];
  rows.rows = static_cast<std::uint16_t>(row + 1);
  if (rows.rows == kBatch) settle();
}

void Monitor::settle() const {
  if (!detail::is_on(watch_)) return;
  Waiting& rows = waiting();
  for (std::size_t i = 0; i < watch_.histogram_count; ++i) count_histogram(i);
  std::uint32_t* const counters = words_ + detail::watch_word(model_->view());
  for (std::size_t row = 0; row < rows.rows; ++row) {
    if ((rows.outside >> row & 1) != 0) {
      ++counters[detail::kOutsideWord];
    } else if (watch_.output_bins != 0) {
      ++counters[detail::kOutputWords + rows.output_bins[row]];
    }
  }
  rows.rows = 0;
  rows.outside = 0;
}

void Monitor::count_histogram(std::size_t index) const {
  Waiting& rows = waiting();
  const Histogram& histogram = watch_.histograms[index];
  const std::int16_t* const codes = waiting_codes() + index;
  const std::size_t stride = detail::waiting_stride(watch_);
  std::uint32_t* const block =
      words_ + detail::histogram_word(model_->view(), watch_) + index * detail::kHistogramWords;
  const kernels::CellGrid grid = {watch_.cell_bins + detail::kCells * index, histogram.low, histogram.cells,
                                  histogram.shift};
  kernels::CodeSums sums;
  std::uint32_t outside = kernels::count_codes(grid, codes, stride, rows.rows, block, sums);
  add(block + detail::kSumWord, sums.sum);
  add(block + detail::kSquaresWord, sums.squares);
  // The squares' mean is the mean's square where nothing varies.
  if (rows.rows == kBatch && std::int64_t{sums.sum} * sums.sum == std::int64_t{kBatch} * sums.squares) {
    block[detail::kConstantWord] += kBatch;
  }
  for (std::size_t row = 0; outside != 0; ++row, outside >>= 1) {
    if ((outside & 1) != 0) count_outside(index, row, codes[row * stride], block);
  }
}

/// A code outside of all cells, which may be out of range too.
void Monitor::count_outside(std::size_t index, std::size_t row, std::int16_t code, std::uint32_t* block) const {
  const ModelView& view = model_->view();
  const Histogram& histogram = watch_.histograms[index];
  const std::uint8_t* const bins = watch_.cell_bins + detail::kCells * index;
  ++block[code < histogram.low ? bins[0] : bins[histogram.cells - 1]];
  if (watch_.histogram_count != view.features) return;
  const detail::CodeRange& range = view.ranges[histogram.feature];
  if (code >= range.low && code <= range.high) return;
  ++words_[detail::range_word(view) + 2 * std::size_t{histogram.feature} + (code > range.high ? 1 : 0)];
  Waiting& rows = waiting();
  rows.outside = static_cast<std::uint16_t>(rows.outside | 1U << row);
}

}  // namespace nuthatch
