#include "nuthatch/retained.hpp"

#include <cstring>

#include "layout.hpp"
#include "retained_protocol.hpp"

namespace nuthatch {
namespace {

/// Memory as it is: every access is made, in order, a word each.
struct PlainWords {
  volatile std::uint32_t* words;
  std::uint32_t load(std::size_t index) const { return words[index]; }
  void store(std::size_t index, std::uint32_t value) const { words[index] = value; }
  /// For the compiler; one core needs no more.
  static void barrier() { __asm__ volatile("" ::: "memory"); }
};

using Writer = detail::RetainedWriter<PlainWords>;
using Crash = detail::CrashGuard<PlainWords>;

std::uint32_t mix(std::uint32_t hash, std::uint32_t value) {
  hash = (hash ^ value) * 0x9E3779B1;
  return hash ^ (hash >> 15);
}

/// kOk if the words are there.
Status check(const volatile std::uint32_t* memory, const detail::RetainedState& state, const std::uint32_t* words,
             bool enough) {
  if (memory == nullptr) return Status::kNotBegun;
  return enough && (words != nullptr || state.payload_words == 0) ? Status::kOk : Status::kMonitorWords;
}

}  // namespace

Owner owner_of(const Model& model, unsigned latency_shift) {
  const std::uint8_t* identity = model.identity();
  Owner owner;
  if (identity == nullptr) return owner;
  owner.model[0] = detail::first_word(identity);
  owner.model[1] = detail::first_word(identity + 4);
  owner.layout = detail::kSnapshotLayout | latency_shift << 16;
  return owner;
}

Status Retained::begin(Span<std::uint32_t> memory, const Owner& owner, const Boot& boot, Span<std::uint32_t> words) {
  memory_ = nullptr;
  if (memory.data() == nullptr || (words.data() == nullptr && words.size() != 0)) return Status::kNull;
  if (memory.size() < retained_words(0)) return Status::kRetainedWords;
  state_ = detail::RetainedState();
  state_.copy_words = (memory.size() - detail::kCrashWords) / 2;
  state_.payload_words = words.size();
  if (words.size() > state_.copy_words - detail::kCopyHeader) return Status::kRetainedWords;
  Writer({memory.data()}, state_).begin(owner, boot, words.data());
  PlainWords::barrier();
  memory_ = memory.data();
  return Status::kOk;
}

Status Retained::save(Span<const std::uint32_t> words) {
  const Status status = check(memory_, state_, words.data(), words.size() == state_.payload_words);
  if (status == Status::kOk) Writer({memory_}, state_).save(words.data());
  return status;
}

Status Retained::take_sequence(Span<const std::uint32_t> words, Life& stamp) {
  const Status status = check(memory_, state_, words.data(), words.size() == state_.payload_words);
  if (status == Status::kOk) stamp = Writer({memory_}, state_).take_sequence(words.data());
  return status;
}

Status Retained::renew(Span<std::uint32_t> words) {
  const Status status = check(memory_, state_, words.data(), words.size() == state_.payload_words);
  if (status == Status::kOk) Writer({memory_}, state_).renew(words.data());
  return status;
}

Status Retained::clear_crash(Span<const std::uint32_t> words) {
  const Status status = check(memory_, state_, words.data(), words.size() == state_.payload_words);
  if (status == Status::kOk) Writer({memory_}, state_).clear_crash(words.data());
  return status;
}

Status Retained::load(Span<std::uint32_t> words, Life& life) const {
  const Status status = check(memory_, state_, words.data(), words.size() >= state_.payload_words);
  if (status != Status::kOk) return status;
  return detail::RetainedReader<PlainWords>({memory_}, state_).load(words.data(), life);
}

void Retained::arm(std::uint32_t input_hash) const {
  if (memory_ != nullptr) Crash({memory_}).arm(input_hash, state_.life.boots);
}

void Retained::note(std::size_t predicted_class, Status status) const {
  const std::uint32_t low = predicted_class < 0xFFFF ? static_cast<std::uint32_t>(predicted_class) : 0xFFFF;
  if (memory_ != nullptr) Crash({memory_}).note(low | static_cast<std::uint32_t>(status) << 16);
}

void Retained::disarm() const {
  if (memory_ != nullptr) Crash({memory_}).disarm();
}

std::uint32_t input_hash(Span<const float> features) {
  std::uint32_t hash = 0;
  for (const float& feature : features) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &feature, sizeof bits);
    hash = mix(hash, bits);
  }
  return hash;
}

std::uint32_t input_hash(Span<const std::int16_t> features) {
  std::uint32_t hash = 0;
  for (const std::int16_t feature : features) hash = mix(hash, static_cast<std::uint16_t>(feature));
  return hash;
}

}  // namespace nuthatch
