#include <cstring>

#include "layout.hpp"
#include "nuthatch/crc32.hpp"
#include "nuthatch/monitor.hpp"
#include "snapshot.hpp"

namespace nuthatch {
namespace {

using detail::SnapshotHeader;
using detail::word_at;

/// As much of a model as its counters depend on.
detail::ModelView shape_of(const SnapshotHeader& header) {
  detail::ModelView view = {};
  view.features = header.features;
  view.classes = header.classes;
  return view;
}

detail::WatchView watch_of(const SnapshotHeader& header) {
  detail::WatchView watch = {};
  watch.histogram_count = header.histograms;
  watch.chosen = header.histograms;
  watch.output_bins = header.output_bins;
  watch.latency_buckets = static_cast<std::uint8_t>(header.latency_buckets);
  return watch;
}

Status check(const SnapshotHeader& header, Span<const std::uint8_t> bytes) {
  if (header.magic != detail::kSnapshotMagic || header.layout != detail::kSnapshotLayout ||
      header.latency_buckets > kLatencyBuckets || header.latency_shift > 31 || header.histograms > header.features ||
      header.output_bins > detail::kBins || header.health > 3 || header.reason > 7) {
    return Status::kNotASnapshot;
  }
  const std::size_t words = detail::counter_words(shape_of(header), watch_of(header));
  if (header.words != words || bytes.size() != detail::snapshot_bytes(words)) return Status::kSnapshotSize;
  const std::size_t covered = bytes.size() - 4;
  if (crc32(bytes.data(), covered) != word_at(bytes.data() + covered)) return Status::kSnapshotChecksum;
  return Status::kOk;
}

}  // namespace

std::uint32_t Snapshot::word(std::size_t index) const { return index < word_count ? word_at(words + 4 * index) : 0; }

Status read_snapshot(Span<const std::uint8_t> bytes, Snapshot& snapshot) {
  if (bytes.data() == nullptr) return Status::kNull;
  SnapshotHeader header = {};
  if (bytes.size() < sizeof header) return Status::kSnapshotSize;
  std::memcpy(&header, bytes.data(), sizeof header);
  const Status status = check(header, bytes);
  if (status != Status::kOk) return status;
  snapshot.context = {header.device_id,
                      header.firmware_id,
                      header.uptime_start,
                      header.uptime_end,
                      header.boot_count,
                      header.epoch,
                      header.sequence,
                      (header.flags & detail::kTimeKnown) != 0,
                      (header.flags & detail::kGoesOn) != 0,
                      header.crash_input,
                      header.crash_class,
                      header.crash_status,
                      header.crashes};
  snapshot.diagnosis = {static_cast<Health>(header.health), static_cast<Reason>(header.reason), header.health_feature};
  snapshot.model = bytes.data() + offsetof(SnapshotHeader, model);
  snapshot.features = header.features;
  snapshot.classes = header.classes;
  snapshot.latency_buckets = header.latency_buckets;
  snapshot.histograms = header.histograms;
  snapshot.output_bins = header.output_bins;
  snapshot.latency_shift = header.latency_shift;
  snapshot.saturated = (header.flags & detail::kSaturated) != 0;
  snapshot.words = bytes.data() + sizeof header;
  snapshot.word_count = header.words;
  return Status::kOk;
}

}  // namespace nuthatch
