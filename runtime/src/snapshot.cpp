#include <cstring>

#include "layout.hpp"
#include "nuthatch/monitor.hpp"
#include "snapshot.hpp"

namespace nuthatch {

using detail::SnapshotHeader;

Status Monitor::snapshot(const SnapshotContext& context, Span<std::uint8_t> bytes, std::size_t& written) const {
  if (!attached()) return Status::kNotAttached;
  const detail::ModelView& view = model_->view();
  settle();
  const std::size_t words = detail::counter_words(view, watch_);
  const std::size_t size = detail::snapshot_bytes(words);
  if (bytes.size() < size || bytes.data() == nullptr) return Status::kSnapshotSize;
  SnapshotHeader header = {};
  header.magic = detail::kSnapshotMagic;
  header.layout = detail::kSnapshotLayout;
  std::memcpy(header.model, model_->identity(), sizeof header.model);
  header.device_id = context.device_id;
  header.firmware_id = context.firmware_id;
  header.uptime_start = context.uptime_start;
  header.uptime_end = context.uptime_end;
  header.boot_count = context.boot_count;
  header.epoch = context.epoch;
  header.sequence = context.sequence;
  const bool saturated = rows() == detail::kFull || refused() == detail::kFull;
  header.flags = (context.time_known ? detail::kTimeKnown : 0) | (saturated ? detail::kSaturated : 0) |
                 (context.restored ? detail::kGoesOn : 0);
  header.features = view.features;
  header.classes = view.classes;
  header.latency_buckets = watch_.latency_buckets;
  header.latency_shift = static_cast<std::uint16_t>(latency_shift_);
  header.words = static_cast<std::uint32_t>(words);
  header.histograms = watch_.chosen;
  header.output_bins = watch_.output_bins;
  const Diagnosis found = health();
  header.health = static_cast<std::uint8_t>(found.health);
  header.reason = static_cast<std::uint8_t>(found.reason);
  header.health_feature = found.feature;
  header.crash_input = context.crash_input;
  header.crash_class = context.crash_class;
  header.crash_status = context.crash_status;
  header.crashes = context.crashes;
  written = detail::write_snapshot(header, words_, words, bytes.data());
  return Status::kOk;
}

}  // namespace nuthatch
