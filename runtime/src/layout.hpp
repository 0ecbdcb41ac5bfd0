#ifndef NUTHATCH_LAYOUT_HPP
#define NUTHATCH_LAYOUT_HPP

#include <cstddef>
#include <cstdint>

#include "nuthatch/monitor.hpp"
#include "nuthatch/view.hpp"

/// The order of the monitor's words (SPEC.md, "Monitor words, layout 2"): rows, refused, one a class, below and above a
/// feature, latency buckets; with a watch the refusals' reasons, rows out of range, the output's bins, a block a
/// histogram. Those are the counters. Behind them, not in snapshots, lie the rows that wait to be counted.
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

inline std::size_t watch_word(const ModelView& view) { return latency_word(view) + kLatencyBuckets; }

/// Behind watch_word; then come the output's bins, the rows that each feature had refused, and the histograms.
constexpr std::size_t kNotFiniteWord = 0;
constexpr std::size_t kMissingWord = 1;
constexpr std::size_t kOutsideWord = 2;
constexpr std::size_t kOutputWords = 3;

constexpr std::size_t kBins = 16;
constexpr std::size_t kCells = 64;
/// A histogram's block: its bins, the sum of its codes and that of their squares (64 bits, the low word first), the
/// rows of constant blocks.
constexpr std::size_t kHistogramWords = kBins + 5;

/// Rows wait to be counted so many at a time, as what a histogram needs is then loaded once.
constexpr std::size_t kBatch = 8;
/// How many wait, which of them are out of range (a bit a row), the output's bin of each. Their codes lie behind.
struct Waiting {
  std::uint16_t rows;
  std::uint16_t outside;
  std::uint8_t output_bins[kBatch];
};

inline bool is_on(const WatchView& watch) { return watch.histogram_count != 0 || watch.output_bins != 0; }
/// Codes of a waiting row, so that each row starts at a multiple of 4.
inline std::size_t waiting_stride(const WatchView& watch) {
  return (watch.histogram_count + std::size_t{1}) & ~std::size_t{1};
}

inline std::size_t refusal_word(const ModelView& view, const WatchView& watch) {
  return watch_word(view) + kOutputWords + watch.output_bins;
}
inline std::size_t histogram_word(const ModelView& view, const WatchView& watch) {
  return refusal_word(view, watch) + view.features;
}
/// What a snapshot holds.
inline std::size_t counter_words(const ModelView& view, const WatchView& watch) {
  if (!is_on(watch)) return watch_word(view);
  return histogram_word(view, watch) + watch.histogram_count * kHistogramWords;
}
inline std::size_t monitor_words(const ModelView& view, const WatchView& watch) {
  const std::size_t waiting = sizeof(Waiting) / 4 + kBatch * waiting_stride(watch) / 2;
  return counter_words(view, watch) + (is_on(watch) ? waiting : 0);
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
};
constexpr std::uint32_t kSnapshotMagic = 0x3153484E;  // "NHS1"
constexpr std::uint32_t kSnapshotLayout = 2;
constexpr std::uint32_t kTimeKnown = 1;
constexpr std::uint32_t kSaturated = 4;

constexpr std::size_t snapshot_bytes(std::size_t words) { return sizeof(SnapshotHeader) + 4 * words + 4; }

}  // namespace nuthatch::detail

#endif
