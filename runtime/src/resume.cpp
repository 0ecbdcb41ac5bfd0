// Counters go on from a snapshot, one out of a ring in flash for instance. Windows are not in it: the next one begins.
#include <cstring>

#include "layout.hpp"
#include "nuthatch/monitor.hpp"

namespace nuthatch {
namespace {

using detail::ModelView;
using detail::WatchView;

/// Marks of the counters as they are, and no history. The words are 0 but for the counters.
void begin_windows(const ModelView& view, const WatchView& watch, std::uint32_t* words) {
  auto& window = *reinterpret_cast<detail::Window*>(words + detail::counter_words(view, watch));
  window.refused = words[detail::kRefusedWord];
  auto* start = reinterpret_cast<detail::WindowStart*>(words + detail::start_word(view, watch));
  const std::uint32_t* block = words + detail::histogram_word(view, watch);
  for (std::size_t i = 0; i < watch.chosen; ++i, ++start, block += detail::kHistogramWords) {
    for (std::size_t bin = 0; bin < detail::kBins; ++bin) start->bins[bin] = static_cast<std::uint8_t>(block[bin]);
    start->sum_and_blocks =
        (block[detail::kBins] & 0xFFFFFF) | static_cast<std::uint32_t>(block[detail::kBins + 4] / detail::kBatch) << 24;
  }
  auto* outputs = reinterpret_cast<std::uint8_t*>(words + detail::output_start_word(view, watch));
  const std::uint32_t* counters = words + detail::watch_word(view, watch) + detail::kOutputWords;
  for (std::size_t bin = 0; bin < watch.output_bins; ++bin) outputs[bin] = static_cast<std::uint8_t>(counters[bin]);
  if (watch.class_bins == nullptr) return;
  auto* classes = reinterpret_cast<std::uint8_t*>(words + detail::class_start_word(view, watch));
  for (std::size_t k = 0; k < view.classes; ++k) {
    classes[k] = static_cast<std::uint8_t>(words[detail::kClassWords + k]);
  }
}

}  // namespace

Status Monitor::resume(Span<const std::uint8_t> bytes, SnapshotContext& context) {
  if (!attached()) return Status::kNotAttached;
  Snapshot snapshot;
  const Status status = read_snapshot(bytes, snapshot);
  if (status != Status::kOk) return status;
  const ModelView& view = model_->view();
  const std::size_t counters = detail::counter_words(view, watch_);
  const bool own = std::memcmp(snapshot.model, model_->identity(), 8) == 0 && snapshot.word_count == counters &&
                   snapshot.features == view.features && snapshot.classes == view.classes &&
                   snapshot.latency_buckets == watch_.latency_buckets && snapshot.latency_shift == latency_shift_ &&
                   snapshot.histograms == watch_.chosen && snapshot.output_bins == watch_.output_bins;
  if (!own) return Status::kOtherModel;
  const std::size_t all = detail::monitor_words(view, watch_);
  for (std::size_t i = 0; i < all; ++i) words_[i] = i < counters ? snapshot.word(i) : 0;
  if (watch_part_ != nullptr) begin_windows(view, watch_, words_);
  context = snapshot.context;
  ++context.sequence;
  context.restored = true;
  return Status::kOk;
}

}  // namespace nuthatch
