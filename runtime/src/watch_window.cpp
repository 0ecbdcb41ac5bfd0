// What a window of rows says: chi-square of each test's bins, and CUSUM of each histogram's codes.
#include "layout.hpp"
#include "watch.hpp"

namespace nuthatch::detail {
namespace {

/// Rows of the window, and the sum over bins of O^2 / p in steps of 2^-10: rows * (chi-square + rows). It fits, as
/// a reciprocal has 16 bits and the squares of at most 240 rows add to at most 240^2.
struct Fit {
  std::uint32_t rows;
  std::uint32_t sum;
};

/// Takes the low bytes of the counters since the window began, and begins the next.
Fit fit_bins(const std::uint32_t* counters, std::uint8_t* starts, std::size_t bins, const std::uint16_t* reciprocals) {
  Fit fit = {0, 0};
#pragma GCC unroll 4
  for (std::size_t bin = 0; bin < bins; ++bin) {
    const auto now = static_cast<std::uint8_t>(counters[bin]);
    const auto observed = static_cast<std::uint8_t>(now - starts[bin]);
    starts[bin] = now;
    fit.rows += observed;
    fit.sum += std::uint32_t{observed} * observed * reciprocals[bin];
  }
  return fit;
}

/// The same of classes, several of which may be of one bin.
Fit fit_classes(const ModelView& view, const WatchView& watch, const std::uint32_t* counters, std::uint8_t* starts,
                const std::uint16_t* reciprocals) {
  std::uint32_t bins[kBins] = {};
  for (std::size_t k = 0; k < view.classes; ++k) {
    const auto now = static_cast<std::uint8_t>(counters[k]);
    bins[watch.class_bins[k]] += static_cast<std::uint8_t>(now - starts[k]);
    starts[k] = now;
  }
  std::uint8_t none[kBins] = {};
  return fit_bins(bins, none, kBins, reciprocals);
}

/// Three windows each: two of them raise. Of fewer than half of a window's rows chi-square says nothing.
std::uint8_t remember(std::uint8_t history, const Fit& fit, const DriftTest& test) {
  constexpr std::uint8_t kKept = 3 * kStatistical | 3 * kMaterial;
  const std::uint32_t expected = fit.rows << 10;
  if (fit.rows < kWindowRows / 2) return static_cast<std::uint8_t>((history & kKept) << 1);
  const bool statistical = fit.sum > fit.rows * (expected + test.statistical);
  const bool material = fit.sum > fit.rows * (expected + test.material);
  return static_cast<std::uint8_t>((history & kKept) << 1 | (statistical ? kStatistical : 0) |
                                   (material ? kMaterial : 0));
}

/// One side of CUSUM: the sum never leaves [0, limit].
std::uint16_t accumulate(std::uint16_t sum, std::int32_t step, std::uint16_t limit) {
  const std::int32_t next = sum + step;
  if (next <= 0) return 0;
  return next < limit ? static_cast<std::uint16_t>(next) : limit;
}

/// Raises where a side reaches the limit, and clears where both are below half of it again.
bool is_slow(bool before, const WindowStart& start, std::uint16_t limit) {
  const std::uint16_t larger = start.up > start.down ? start.up : start.down;
  return larger >= (before ? limit / 2 : limit);
}

/// Of the window's sum of codes, less what is expected; within four deviations, so that one odd window is not enough.
void sum_up(std::int32_t difference, const DriftTest& test, WindowStart& start) {
  const std::int32_t most = 8 * test.slack;
  const std::int32_t half = test.shift == 0 ? 0 : std::int32_t{1} << (test.shift - 1);
  std::int32_t step = (difference + half) >> test.shift;
  step = step > most ? most : (step < -most ? -most : step);
  start.up = accumulate(start.up, step - test.slack, test.limit);
  start.down = accumulate(start.down, -step - test.slack, test.limit);
}

/// Most of the window did not change, though training did.
bool is_stuck(std::uint8_t blocks, std::uint16_t constant_share) {
  constexpr std::uint32_t kMost = kWindowRows / kBatch * 9 / 10;
  return blocks >= kMost && constant_share <= 0xFFFF / 10;
}

std::int32_t signed_of_24_bits(std::uint32_t word) {
  return static_cast<std::int32_t>((word & 0xFFFFFF) ^ 0x800000) - 0x800000;
}

/// `block`: the histogram's counters.
void close(const WatchView& watch, std::size_t histogram, const std::uint32_t* block, WindowStart& start,
           std::uint8_t& history) {
  const DriftTest& test = watch.tests[histogram];
  const Fit fit = fit_bins(block, start.bins, kBins, watch.reciprocals + kBins * histogram);
  const std::uint32_t constant = block[kBins + 4] / kBatch;
  const std::int32_t sum = signed_of_24_bits(block[kBins] - start.sum_and_blocks);
  const auto blocks = static_cast<std::uint8_t>(constant - (start.sum_and_blocks >> 24));
  start.sum_and_blocks = (block[kBins] & 0xFFFFFF) | constant << 24;
  const bool slow = (history & kSlow) != 0;
  history = remember(history, fit, test);
  if (is_stuck(blocks, watch.constant_shares[histogram])) history |= kStuck;
  if (test.slack == 0) return;
  sum_up(sum - test.sum, test, start);
  if (is_slow(slow, start, test.limit)) history |= kSlow;
}

}  // namespace

void close_window(const ModelView& view, const WatchView& watch, std::uint32_t* words) {
  auto* history = reinterpret_cast<std::uint8_t*>(words + history_word(view, watch));
  auto* start = reinterpret_cast<WindowStart*>(words + start_word(view, watch));
  const std::uint32_t* block = words + histogram_word(view, watch);
  for (std::size_t i = 0; i < watch.histogram_count; ++i) {
    if (watch.ranks[i] >= watch.chosen) continue;
    close(watch, i, block, *start, *history);
    block += kHistogramWords;
    ++start;
    ++history;
  }
  const std::size_t tests = watch.histogram_count;
  const std::uint16_t* reciprocals = watch.reciprocals + kBins * tests;
  auto* outputs = reinterpret_cast<std::uint8_t*>(words + output_start_word(view, watch));
  const std::uint32_t* counters = words + watch_word(view, watch);
  const Fit output = fit_bins(counters + kOutputWords, outputs, watch.output_bins, reciprocals);
  history[0] = remember(history[0], output, watch.tests[tests]);
  if (watch.class_bins != nullptr) {
    auto* classes = reinterpret_cast<std::uint8_t*>(words + class_start_word(view, watch));
    const Fit fit = fit_classes(view, watch, words + kClassWords, classes, reciprocals + kBins);
    history[1] = remember(history[1], fit, watch.tests[tests + 1]);
  }
  ++words[watch_word(view, watch) + kWindowsWord];
  auto& window = *reinterpret_cast<Window*>(words + counter_words(view, watch));
  window.silent = is_silent(words[kRefusedWord] - window.refused) ? 1 : 0;
  window.refused = words[kRefusedWord];
  window.rows = 0;
}

}  // namespace nuthatch::detail
