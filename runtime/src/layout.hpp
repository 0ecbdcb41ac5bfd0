#ifndef NUTHATCH_LAYOUT_HPP
#define NUTHATCH_LAYOUT_HPP

#include <cstddef>
#include <cstdint>

#include "nuthatch/monitor.hpp"
#include "nuthatch/view.hpp"

/// The order of the monitor's words (SPEC.md, "Monitor words, layout 1"):
/// rows, refused, one a class, below and above a feature, latency buckets.
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
inline std::size_t monitor_words(const ModelView& view) { return latency_word(view) + kLatencyBuckets; }

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
  std::uint32_t reserved;
};
constexpr std::uint32_t kSnapshotMagic = 0x3153484E;  // "NHS1"
constexpr std::uint32_t kSnapshotLayout = 1;
constexpr std::uint32_t kTimeKnown = 1;
constexpr std::uint32_t kSaturated = 4;

constexpr std::size_t snapshot_bytes(std::size_t words) { return sizeof(SnapshotHeader) + 4 * words + 4; }

}  // namespace nuthatch::detail

#endif
