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

Status Monitor::attach(const Model& model, Span<std::uint32_t> words, unsigned latency_shift) {
  model_ = nullptr;
  if (!model.is_open()) return Status::kNotOpen;
  const std::size_t needed = model.footprint().monitor_words;
  if (words.size() < needed || words.data() == nullptr) return Status::kMonitorWords;
  for (std::size_t i = 0; i < needed; ++i) words[i] = 0;
  model_ = &model;
  words_ = words.data();
  word_count_ = static_cast<std::uint32_t>(needed);
  identity_ = detail::first_word(model.identity());
  latency_shift_ = latency_shift > 31 ? 31 : latency_shift;
  return Status::kOk;
}

// The model may have been opened anew since, perhaps from other bytes: then the words are not its own.
bool Monitor::attached() const {
  return model_ != nullptr && model_->is_open() && detail::monitor_words(model_->view()) == word_count_ &&
         detail::first_word(model_->identity()) == identity_;
}

Status Monitor::observe(Status predicted, Span<const std::int32_t> outputs, Span<const std::uint32_t> scratch,
                        std::uint32_t ticks) {
  if (!attached()) return Status::kNotAttached;
  const ModelView& view = model_->view();
  // Every other counter is at most rows: when one of these two is full, counting stops and the snapshot says so.
  if (words_[detail::kRowsWord] == detail::kFull || words_[detail::kRefusedWord] == detail::kFull) return Status::kOk;
  if (predicted != Status::kOk) {
    ++words_[detail::kRefusedWord];
    return Status::kOk;
  }
  if (outputs.size() < view.outputs || outputs.data() == nullptr) return Status::kOutputCount;
  if (scratch.size() < view.scratch_words || scratch.data() == nullptr) return Status::kScratch;
  ++words_[detail::kRowsWord];
  if (view.classes != 0) ++words_[detail::kClassWords + model_->class_of(outputs)];
  count_ranges(reinterpret_cast<const std::int16_t*>(scratch.data()));
  ++words_[detail::latency_word(view) + latency_bucket(ticks >> latency_shift_)];
  return Status::kOk;
}

void Monitor::count_ranges(const std::int16_t* codes) {
  const ModelView& view = model_->view();
  std::uint32_t* counter = words_ + detail::range_word(view);
  for (std::size_t i = 0; i < view.features; ++i, counter += 2) {
    if (codes[i] < view.ranges[i].low) ++counter[0];
    if (codes[i] > view.ranges[i].high) ++counter[1];
  }
}

std::uint32_t Monitor::word(std::size_t index) const { return words_[index]; }
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
