#include "nuthatch/monitor.hpp"

#include "kernels/watch.hpp"
#include "layout.hpp"
#include "watch.hpp"

namespace nuthatch {

using detail::ModelView;

namespace {

bool is_outside(const ModelView& view, const std::int16_t* codes) {
  return kernels::any_outside(codes, reinterpret_cast<const kernels::Range*>(view.ranges), view.features);
}

}  // namespace

std::size_t latency_bucket(std::uint32_t ticks) {
  if (ticks < 4) return ticks;
  const auto octave = 31U - static_cast<unsigned>(__builtin_clz(ticks));  // of the highest bit set
  const std::size_t bucket = 4 * (octave - 1) + ((ticks >> (octave - 2)) & 3);
  return bucket < kLatencyBuckets ? bucket : kLatencyBuckets - 1;
}

Status Monitor::attach(const Model& model, Span<std::uint32_t> words, unsigned latency_shift,
                       const detail::WatchPart* watch) {
  model_ = nullptr;
  opening_ = model.opening();
  if (opening_ == kNoOpening) return Status::kNotOpen;
  const ModelView& view = model.view();
  if (view.monitor_words == 0) return Status::kNoMonitor;
  watch_ = {};
  Status status = detail::read_latency(view, watch_);
  if (status == Status::kOk && watch != nullptr) status = watch->attach(view, words.size(), watch_);
  if (status != Status::kOk) return status;
  watch_part_ = detail::is_on(watch_) ? watch : nullptr;
  const std::size_t needed = detail::monitor_words(view, watch_);
  if (needed > view.monitor_words) return Status::kBudget;
  if (words.size() < needed || words.data() == nullptr) return Status::kMonitorWords;
  for (std::size_t i = 0; i < needed; ++i) words[i] = 0;
  model_ = &model;
  words_ = words.data();
  latency_shift_ = latency_shift > 31 ? 31 : latency_shift;
  return Status::kOk;
}

[[gnu::noinline]] bool Monitor::attached() const { return model_ != nullptr && model_->opening() == opening_; }

Status Monitor::observe(Status predicted, Span<const std::int32_t> outputs, Span<const std::uint32_t> scratch,
                        std::uint32_t ticks) {
  if (!attached()) return Status::kNotAttached;
  const ModelView& view = model_->view();
  // Every other counter is at most rows: when one of these two is full, counting stops and the snapshot says so.
  if (words_[detail::kRowsWord] == detail::kFull || words_[detail::kRefusedWord] == detail::kFull) return Status::kOk;
  if (predicted != Status::kOk) {
    count_refusal(predicted, scratch);
    return Status::kOk;
  }
  if (outputs.size() < view.outputs || outputs.data() == nullptr) return Status::kOutputCount;
  if (scratch.size() < view.scratch_words || scratch.data() == nullptr) return Status::kScratch;
  ++words_[detail::kRowsWord];
  count_latency(ticks >> latency_shift_);
  const auto* codes = reinterpret_cast<const std::int16_t*>(scratch.data());
  // Histograms of all features see what is out of range by themselves.
  const bool outside = watch_.chosen != view.features && is_outside(view, codes);
  if (outside) count_ranges(codes);
  if (watch_part_ != nullptr) {
    watch_part_->let_wait(*this, codes, outside, outputs.data());
  } else if (view.classes != 0) {
    ++words_[detail::kClassWords + model_->class_of(outputs)];
  }
  return Status::kOk;
}

void Monitor::count_latency(std::uint32_t ticks) {
  const std::size_t buckets = watch_.latency_buckets;
  if (buckets == 0) return;
  const std::size_t bucket = latency_bucket(ticks);
  ++words_[detail::latency_word(model_->view()) + (bucket < buckets ? bucket : buckets - 1)];
}

void Monitor::count_refusal(Status why, Span<const std::uint32_t> scratch) {
  ++words_[detail::kRefusedWord];
  const bool unknown = why == Status::kUnknownCategory;
  if (!detail::is_on(watch_) || (why != Status::kNotFinite && why != Status::kMissing && !unknown)) return;
  const ModelView& view = model_->view();
  const std::size_t reason = why == Status::kNotFinite ? detail::kNotFiniteWord : detail::kMissingWord;
  if (!unknown) ++words_[detail::watch_word(view, watch_) + reason];
  if (scratch.size() == 0 || scratch.data() == nullptr) return;
  const std::size_t feature = scratch[0] & 0xFFFF;
  if (feature < view.features) ++words_[detail::refusal_word(view, watch_) + feature];
}

void Monitor::count_ranges(const std::int16_t* codes) {
  const ModelView& view = model_->view();
  std::uint32_t* counter = words_ + detail::range_word(view);
  for (std::size_t i = 0; i < view.features; ++i, counter += 2) {
    if (codes[i] < view.ranges[i].low) ++counter[0];
    if (codes[i] > view.ranges[i].high) ++counter[1];
  }
}

std::uint32_t Monitor::word(std::size_t index) const {
  settle();
  return words_[index];
}

std::size_t Monitor::watched() const { return attached() ? watch_.chosen : 0; }

std::uint32_t Monitor::outside() const {
  const bool there = attached() && detail::is_on(watch_);
  return there ? word(detail::watch_word(model_->view(), watch_) + detail::kOutsideWord) : 0;
}

std::uint32_t Monitor::unsure() const {
  if (!attached() || !detail::is_on(watch_)) return 0;
  const std::size_t start = detail::watch_word(model_->view(), watch_) + detail::kOutputWords;
  std::uint32_t rows = 0;
  for (std::size_t bin = 0; bin < watch_.confident_bin && bin < watch_.output_bins; ++bin) rows += word(start + bin);
  return rows;
}

std::uint32_t Monitor::binned(std::size_t histogram, std::size_t bin) const {
  const bool there = attached() && histogram < watch_.chosen && bin < detail::kBins;
  const std::size_t start = there ? detail::histogram_word(model_->view(), watch_) : 0;
  return there ? word(start + histogram * detail::kHistogramWords + bin) : 0;
}

std::uint32_t Monitor::rows() const { return attached() ? word(detail::kRowsWord) : 0; }
std::uint32_t Monitor::refused() const { return attached() ? word(detail::kRefusedWord) : 0; }

std::uint32_t Monitor::predicted(std::size_t class_index) const {
  return attached() && class_index < model_->view().classes ? word(detail::kClassWords + class_index) : 0;
}

std::uint32_t Monitor::below(std::size_t feature) const {
  const bool there = attached() && feature < model_->view().features;
  return there ? word(detail::range_word(model_->view()) + 2 * feature) : 0;
}

std::uint32_t Monitor::above(std::size_t feature) const {
  const bool there = attached() && feature < model_->view().features;
  return there ? word(detail::range_word(model_->view()) + 2 * feature + 1) : 0;
}

std::uint32_t Monitor::latency(std::size_t bucket) const {
  return attached() && bucket < watch_.latency_buckets ? word(detail::latency_word(model_->view()) + bucket) : 0;
}

}  // namespace nuthatch
