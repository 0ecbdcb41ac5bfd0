#include "nuthatch/monitor.hpp"

#include "layout.hpp"

namespace nuthatch {

using detail::ModelView;

std::size_t latency_bucket(std::uint32_t ticks) {
  if (ticks < 4) return ticks;
  unsigned octave = 2;  // of the highest bit set
  while (octave < 31 && (ticks >> (octave + 1)) != 0) ++octave;
  const std::size_t bucket = 4 * (octave - 1) + ((ticks >> (octave - 2)) & 3);
  return bucket < kLatencyBuckets ? bucket : kLatencyBuckets - 1;
}

Status Monitor::attach(const Model& model, Span<std::uint32_t> words, unsigned latency_shift,
                       const detail::WatchPart* watch) {
  model_ = nullptr;
  if (!model.is_open()) return Status::kNotOpen;
  const ModelView& view = model.view();
  watch_ = {};
  const Status status = watch != nullptr ? watch->attach(view, watch_) : Status::kOk;
  if (status != Status::kOk) return status;
  watch_part_ = detail::is_on(watch_) ? watch : nullptr;
  const std::size_t needed = watch_part_ != nullptr ? view.monitor_words : detail::watch_word(view);
  if (words.size() < needed || words.data() == nullptr) return Status::kMonitorWords;
  for (std::size_t i = 0; i < needed; ++i) words[i] = 0;
  model_ = &model;
  words_ = words.data();
  monitor_words_ = view.monitor_words;
  identity_ = detail::first_word(model.identity());
  latency_shift_ = latency_shift > 31 ? 31 : latency_shift;
  return Status::kOk;
}

// The model may have been opened anew since, perhaps from other bytes: then the words are not its own.
bool Monitor::attached() const {
  return model_ != nullptr && model_->is_open() && model_->view().monitor_words == monitor_words_ &&
         detail::first_word(model_->identity()) == identity_;
}

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
  if (view.classes != 0) ++words_[detail::kClassWords + model_->class_of(outputs)];
  ++words_[detail::latency_word(view) + latency_bucket(ticks >> latency_shift_)];
  const auto* codes = reinterpret_cast<const std::int16_t*>(scratch.data());
  // Histograms of all features see what is out of range by themselves.
  const bool outside = watch_.histogram_count != view.features && count_ranges(codes);
  if (watch_part_ != nullptr) watch_part_->let_wait(*this, codes, outside, outputs.data());
  return Status::kOk;
}

void Monitor::count_refusal(Status why, Span<const std::uint32_t> scratch) {
  ++words_[detail::kRefusedWord];
  if (!detail::is_on(watch_) || (why != Status::kNotFinite && why != Status::kMissing)) return;
  const ModelView& view = model_->view();
  ++words_[detail::watch_word(view) + (why == Status::kNotFinite ? detail::kNotFiniteWord : detail::kMissingWord)];
  if (scratch.size() == 0 || scratch.data() == nullptr) return;
  const std::size_t feature = scratch[0] & 0xFFFF;
  if (feature < view.features) ++words_[detail::refusal_word(view, watch_) + feature];
}

/// True if some code is out of range.
bool Monitor::count_ranges(const std::int16_t* codes) {
  const ModelView& view = model_->view();
  std::uint32_t* counter = words_ + detail::range_word(view);
  bool outside = false;
  for (std::size_t i = 0; i < view.features; ++i, counter += 2) {
    if (codes[i] < view.ranges[i].low) {
      ++counter[0];
      outside = true;
    }
    if (codes[i] > view.ranges[i].high) {
      ++counter[1];
      outside = true;
    }
  }
  return outside;
}

std::uint32_t Monitor::word(std::size_t index) const {
  settle();
  return words_[index];
}

std::uint32_t Monitor::outside() const {
  const bool there = attached() && detail::is_on(watch_);
  return there ? word(detail::watch_word(model_->view()) + detail::kOutsideWord) : 0;
}

std::uint32_t Monitor::binned(std::size_t histogram, std::size_t bin) const {
  const bool there = attached() && histogram < watch_.histogram_count && bin < detail::kBins;
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
  return attached() && bucket < kLatencyBuckets ? word(detail::latency_word(model_->view()) + bucket) : 0;
}

}  // namespace nuthatch
