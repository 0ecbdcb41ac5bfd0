#ifndef NUTHATCH_LAYOUT_HPP
#define NUTHATCH_LAYOUT_HPP

#include <cstddef>
#include <cstdint>

#include "nuthatch/monitor.hpp"
#include "nuthatch/view.hpp"

/// The order of the monitor's words (SPEC.md, "Monitor words, layout 3"): rows, refused, one a class, below and above a
/// feature, latency buckets; with a watch the refusals' reasons, rows out of range, windows, the output's bins, a block
/// a histogram. Those are the counters. Behind them, not in snapshots, lie what decides on drift and the rows that wait
/// to be counted.
namespace nuthatch::detail {

constexpr std::uint32_t kFull = 0xFFFFFFFF;
constexpr std::size_t kRowsWord = 0;
constexpr std::size_t kRefusedWord = 1;
constexpr std::size_t kClassWords = 2;

/// The first 4 bytes of a SHA-256, little-endian, wherever they lie.
inline std::uint32_t first_word(const std::uint8_t* identity) {
  return identity[0] | std::uint32_t{identity[1]} << 8 | std::uint32_t{identity[2]} << 16 |
         std::uint32_t{identity[3]} << 24;
}

inline std::size_t range_word(const ModelView& view) { return kClassWords + view.classes; }
inline std::size_t latency_word(const ModelView& view) { return range_word(view) + 2 * std::size_t{view.features}; }
/// A row is refused because of one feature: its index lies where the codes would, for the monitor.
inline Status refuse(std::size_t feature, Status why, std::int16_t* codes) {
  codes[0] = static_cast<std::int16_t>(feature & 0xFFFF);
  return why;
}

/// Behind the latency's buckets; then come the output's bins, the rows that each feature had refused, and the
/// histograms.
constexpr std::size_t kNotFiniteWord = 0;
constexpr std::size_t kMissingWord = 1;
constexpr std::size_t kOutsideWord = 2;
constexpr std::size_t kWindowsWord = 3;
constexpr std::size_t kOutputWords = 4;

constexpr std::size_t kBins = 16;
constexpr std::size_t kCells = 64;
/// A histogram's block: its bins, the sum of its codes and that of their squares (64 bits, the low word first), the
/// rows of constant blocks.
constexpr std::size_t kHistogramWords = kBins + 5;

/// Rows wait to be counted so many at a time, as what a histogram needs is then loaded once.
constexpr std::size_t kBatch = 8;
/// Drift is decided on so many rows; whole batches, and few enough for a byte to tell how many are of a bin.
constexpr std::size_t kWindowRows = 240;
static_assert(kWindowRows % kBatch == 0 && kWindowRows < 256, "windows");
/// Classes are watched in so many bins at most, and so many classes.
constexpr std::size_t kMostWatchedClasses = 255;

/// Of the window that is being filled. `refused`: the counter when it began; all of it, as a silent input refuses rows
/// for as long as nobody repairs it.
struct Window {
  std::uint32_t refused;
  std::uint16_t rows;
  std::uint8_t silent;  // the last window had too many rows refused
  std::uint8_t padding;
};
/// So many rows refused in a window are an input that says nothing.
inline bool is_silent(std::uint32_t refused) { return refused >= kWindowRows / 10; }
/// A histogram's, when the window began: the low byte of each bin, the low 24 bits of the codes' sum and above them the
/// low byte of the constant blocks; and the two sums of CUSUM.
struct WindowStart {
  std::uint8_t bins[kBins];
  std::uint32_t sum_and_blocks;
  std::uint16_t up;
  std::uint16_t down;
};
/// What the last windows said, a byte a test.
constexpr std::uint8_t kStatistical = 1;  // and the two bits above: of the window before, and the one before that
constexpr std::uint8_t kMaterial = 8;     // likewise
constexpr std::uint8_t kSlow = 64;
constexpr std::uint8_t kStuck = 128;

/// How many rows wait, how many of them are counted already, which are out of range (a bit a row), the output's bin of
/// each. Their codes lie behind, in pairs: two histograms of eight rows, word by word.
struct Waiting {
  std::uint8_t rows;
  std::uint8_t counted;
  std::uint8_t outside;
  std::uint8_t padding;
  std::uint8_t output_bins[kBatch];
};

inline bool is_on(const WatchView& watch) { return watch.output_bins != 0 || watch.histogram_count != 0; }
inline std::size_t words_of_bytes(std::size_t bytes) { return (bytes + 3) / 4; }

inline std::size_t watch_word(const ModelView& view, const WatchView& watch) {
  return latency_word(view) + watch.latency_buckets;
}
inline std::size_t refusal_word(const ModelView& view, const WatchView& watch) {
  return watch_word(view, watch) + kOutputWords + watch.output_bins;
}
inline std::size_t histogram_word(const ModelView& view, const WatchView& watch) {
  return refusal_word(view, watch) + view.features;
}
/// What a snapshot holds.
inline std::size_t counter_words(const ModelView& view, const WatchView& watch) {
  if (!is_on(watch)) return watch_word(view, watch);
  return histogram_word(view, watch) + watch.chosen * kHistogramWords;
}
/// A `Window`, a `WindowStart` a histogram, the low bytes of the output's bins and of the classes, a byte a test.
inline std::size_t start_word(const ModelView& view, const WatchView& watch) {
  return counter_words(view, watch) + sizeof(Window) / 4;
}
inline std::size_t output_start_word(const ModelView& view, const WatchView& watch) {
  return start_word(view, watch) + watch.chosen * (sizeof(WindowStart) / 4);
}
inline std::size_t class_start_word(const ModelView& view, const WatchView& watch) {
  return output_start_word(view, watch) + words_of_bytes(watch.output_bins);
}
inline std::size_t history_word(const ModelView& view, const WatchView& watch) {
  return class_start_word(view, watch) + (watch.class_bins != nullptr ? words_of_bytes(view.classes) : 0);
}
inline std::size_t waiting_word(const ModelView& view, const WatchView& watch) {
  return history_word(view, watch) + words_of_bytes(watch.chosen + std::size_t{2});
}
inline std::size_t monitor_words(const ModelView& view, const WatchView& watch) {
  if (!is_on(watch)) return counter_words(view, watch);
  const std::size_t pairs = (watch.chosen + std::size_t{1}) / 2;
  return waiting_word(view, watch) + sizeof(Waiting) / 4 + kBatch * pairs;
}

/// No monitor needs more: 34.25 a feature, 1.25 a class and 102.
inline std::size_t most_monitor_words(const ModelView& view) {
  return 36 * std::size_t{view.features} + 2 * std::size_t{view.classes} + 128;
}

/// schema::SnapshotHeader, byte for byte (asserted in open.cpp).
struct SnapshotHeader {
  std::uint32_t magic;
  std::uint32_t layout;
  std::uint8_t model[8];
  std::uint64_t device_id;
  std::uint64_t firmware_id;
  std::uint64_t uptime_start;
  std::uint64_t uptime_end;
  std::uint32_t boot_count;
  std::uint32_t epoch;
  std::uint32_t sequence;
  std::uint32_t flags;
  std::uint16_t features;
  std::uint16_t classes;
  std::uint16_t latency_buckets;
  std::uint16_t latency_shift;
  std::uint32_t words;
  std::uint16_t histograms;
  std::uint16_t output_bins;
  std::uint8_t health;
  std::uint8_t reason;
  std::uint16_t health_feature;
  std::uint32_t crash_input;
  std::uint16_t crash_class;
  std::uint16_t crash_status;
  std::uint32_t crashes;
};
constexpr std::uint32_t kSnapshotMagic = 0x3153484E;  // "NHS1"
constexpr std::uint32_t kSnapshotLayout = 3;
constexpr std::uint32_t kTimeKnown = 1;
constexpr std::uint32_t kGoesOn = 2;
constexpr std::uint32_t kSaturated = 4;

constexpr std::size_t snapshot_bytes(std::size_t words) { return sizeof(SnapshotHeader) + 4 * words + 4; }

}  // namespace nuthatch::detail

#endif
