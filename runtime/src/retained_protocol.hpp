#ifndef NUTHATCH_RETAINED_PROTOCOL_HPP
#define NUTHATCH_RETAINED_PROTOCOL_HPP

#include <cstddef>
#include <cstdint>

#include "nuthatch/crc32.hpp"
#include "nuthatch/retained.hpp"
#include "wrapping.hpp"

/// The order of loads and stores that retained.hpp promises, over any memory of words: `load(index)`, `store(index,
/// value)` and `barrier()`, over which neither moves. Tests end it at every store and interrupt it at every access.
namespace nuthatch::detail {

// Words of the crash context.
constexpr std::size_t kArmedHash = 0;
constexpr std::size_t kArmedOutcome = 1;
constexpr std::size_t kArmedBoots = 2;
constexpr std::size_t kArmedMarker = 3;
constexpr std::uint32_t kArmed = 0x4352534B;
constexpr std::uint32_t kNoOutcome = 0xFFFFFFFF;

// Words of a copy.
constexpr std::size_t kGeneration = 0;
constexpr std::size_t kCrc = 1;
constexpr std::size_t kOwner = 2;
constexpr std::size_t kPayloadWords = 5;
constexpr std::size_t kLife = 6;
constexpr std::size_t kCrash = 10;

/// Of the copies' format: another one's copies are not valid.
constexpr std::uint32_t kFormat = 1;

/// What keeps a wrong copy from being taken; the tests leave out one at a time, and must see it.
struct EveryRule {
  static constexpr bool kChecksCrc = true;
  static constexpr bool kChecksOwner = true;
  static constexpr bool kPublishesLast = true;
  static constexpr bool kKeepsNewest = true;
};

inline std::uint32_t crc_of_word(std::uint32_t word, std::uint32_t before) {
  return crc32(reinterpret_cast<const std::uint8_t*>(&word), sizeof word, before);
}

inline std::uint32_t outcome_word(const CrashContext& crash) {
  return crash.predicted_class | std::uint32_t{crash.status} << 16;
}

inline void set_outcome(CrashContext& crash, std::uint32_t word) {
  crash.predicted_class = static_cast<std::uint16_t>(word & 0xFFFF);
  crash.status = static_cast<std::uint16_t>(word >> 16);
}

/// What never writes: any level may run it beside the writer.
template <class Memory>
class RetainedReader {
 public:
  RetainedReader(Memory memory, const RetainedState& state) : memory_(memory), state_(state) {}

  /// Reads of the state only what `begin` fixed.
  Status load(std::uint32_t* words, Life& life) const {
    for (int attempt = 0; attempt < 2; ++attempt) {
      const std::uint32_t first = generation_of(0);
      const std::uint32_t second = generation_of(1);
      const std::size_t copy = first == 0 || (second != 0 && is_after(second, first)) ? 1 : 0;
      memory_.barrier();
      life = read_life(copy);
      read_payload(copy, words);
      memory_.barrier();
      const std::uint32_t generation = copy == 0 ? first : second;
      if (generation != 0 && generation_of(copy) == generation) return Status::kOk;
    }
    return Status::kBusy;
  }

 protected:
  std::size_t start(std::size_t copy) const { return kCrashWords + copy * state_.copy_words; }
  std::uint32_t generation_of(std::size_t copy) const { return memory_.load(start(copy) + kGeneration); }

  Life read_life(std::size_t copy) const {
    const std::size_t at = start(copy) + kLife;
    return {memory_.load(at), memory_.load(at + 1), memory_.load(at + 2), memory_.load(at + 3)};
  }

  void read_payload(std::size_t copy, std::uint32_t* words) const {
    const std::size_t at = start(copy) + kCopyHeader;
    for (std::size_t i = 0; i < state_.payload_words; ++i) words[i] = memory_.load(at + i);
  }

  const Memory memory_;

 private:
  const RetainedState& state_;
};

/// The crash context's own words, which only the predicting level writes after `begin`.
template <class Memory>
class CrashGuard {
 public:
  explicit CrashGuard(Memory memory) : memory_(memory) {}

  void arm(std::uint32_t hash, std::uint32_t boots) const {
    disarm();
    memory_.store(kArmedHash, hash);
    memory_.store(kArmedOutcome, kNoOutcome);
    memory_.store(kArmedBoots, boots);
    memory_.barrier();
    memory_.store(kArmedMarker, kArmed ^ hash ^ boots);
    memory_.barrier();
  }

  void note(std::uint32_t outcome) const {
    memory_.barrier();
    memory_.store(kArmedOutcome, outcome);
    memory_.barrier();
  }

  void disarm() const {
    memory_.barrier();
    memory_.store(kArmedMarker, 0);
    memory_.barrier();
  }

  bool is_armed(std::uint32_t& hash, std::uint32_t& outcome, std::uint32_t& boots) const {
    hash = memory_.load(kArmedHash);
    outcome = memory_.load(kArmedOutcome);
    boots = memory_.load(kArmedBoots);
    return memory_.load(kArmedMarker) == (kArmed ^ hash ^ boots);
  }

 private:
  const Memory memory_;
};

template <class Memory, class Rules = EveryRule>
class RetainedWriter : public RetainedReader<Memory> {
  using Reader = RetainedReader<Memory>;
  using Reader::generation_of;
  using Reader::memory_;
  using Reader::read_life;
  using Reader::read_payload;
  using Reader::start;

 public:
  RetainedWriter(Memory memory, RetainedState& state) : Reader(memory, state), state_(state) {}

  /// `state` knows copy_words and payload_words.
  void begin(const Owner& owner, const Boot& boot, std::uint32_t* words) {
    if (boot.cold) clear();
    const bool valid[2] = {is_valid(0), is_valid(1)};
    const bool found = valid[0] || valid[1];
    state_.newest = valid[1] && (!valid[0] || is_after(generation_of(1), generation_of(0))) ? 1 : 0;
    state_.owner = owner;
    const bool same = found && is_own(state_.newest);
    if (found) {
      read_header();
    } else {
      state_.life = {boot.fresh_epoch, 0, boot.boots, boot.cold ? kPowerWasOff : kCountersLost};
    }
    take_crash(found);
    ++state_.life.boots;
    if (same) {
      state_.life.flags |= kRestored;
      read_payload(state_.newest, words);
    } else {
      if (found) start_epoch(kOwnerChanged);
      for (std::size_t i = 0; i < state_.payload_words; ++i) words[i] = 0;
    }
    // Readers tell a whole copy by its generation alone.
    for (std::size_t copy = 0; copy < 2; ++copy) {
      if (!valid[copy]) memory_.store(start(copy) + kGeneration, 0);
    }
    save(words);
    // Only now: before, a reset here would forget the crash. After, the boots tell that it was counted.
    CrashGuard<Memory>(memory_).disarm();
  }

  void save(const std::uint32_t* words) {
    const std::size_t copy = Rules::kKeepsNewest ? 1 - state_.newest : state_.newest;
    const std::size_t at = start(copy);
    std::uint32_t generation = state_.generation + 1;
    if (generation == 0) generation = 1;
    memory_.store(at + kGeneration, Rules::kPublishesLast ? 0 : generation);
    memory_.barrier();
    const std::uint32_t crc = write_payload(at, words, write_header(at));
    memory_.store(at + kCrc, crc_of_word(generation, crc));
    memory_.barrier();
    memory_.store(at + kGeneration, generation);
    memory_.barrier();
    state_.generation = generation;
    state_.newest = copy;
  }

  Life take_sequence(const std::uint32_t* words) {
    const Life stamp = state_.life;
    ++state_.life.sequence;
    save(words);
    save(words);
    return stamp;
  }

  void renew(std::uint32_t* words) {
    for (std::size_t i = 0; i < state_.payload_words; ++i) words[i] = 0;
    start_epoch(kRenewed);
    save(words);
  }

  void clear_crash(const std::uint32_t* words) {
    state_.crash = CrashContext();
    save(words);
  }

 private:
  void clear() {
    for (std::size_t i = 0; i < kCrashWords + 2 * state_.copy_words; ++i) memory_.store(i, 0);
    memory_.barrier();
  }

  bool is_valid(std::size_t copy) const {
    const std::size_t at = start(copy);
    const std::uint32_t generation = memory_.load(at + kGeneration);
    const std::size_t payload = memory_.load(at + kPayloadWords);
    if (generation == 0 || payload > state_.copy_words - kCopyHeader) return false;
    if (!Rules::kChecksCrc) return true;
    std::uint32_t crc = kFormat;
    for (std::size_t i = kOwner; i < kCopyHeader + payload; ++i) crc = crc_of_word(memory_.load(at + i), crc);
    return memory_.load(at + kCrc) == crc_of_word(generation, crc);
  }

  bool is_own(std::size_t copy) const {
    const std::size_t at = start(copy);
    const Owner& owner = state_.owner;
    if (memory_.load(at + kPayloadWords) != state_.payload_words) return false;
    if (!Rules::kChecksOwner) return true;
    return memory_.load(at + kOwner) == owner.model[0] && memory_.load(at + kOwner + 1) == owner.model[1] &&
           memory_.load(at + kOwner + 2) == owner.layout;
  }

  void read_header() {
    const std::size_t at = start(state_.newest);
    state_.generation = memory_.load(at + kGeneration);
    state_.life = read_life(state_.newest);
    state_.crash.input_hash = memory_.load(at + kCrash);
    set_outcome(state_.crash, memory_.load(at + kCrash + 1));
    state_.crash.crashes = memory_.load(at + kCrash + 2);
  }

  void start_epoch(std::uint32_t why) {
    ++state_.life.epoch;
    state_.life.sequence = 0;
    state_.life.flags = why;
  }

  /// An armed context is a crash, unless a boot counted it already and was reset before it could disarm: then the boots
  /// went past it.
  void take_crash(bool found) {
    std::uint32_t hash = 0;
    std::uint32_t outcome = 0;
    std::uint32_t boots = 0;
    if (!CrashGuard<Memory>(memory_).is_armed(hash, outcome, boots)) return;
    if (found && is_after(state_.life.boots, boots)) return;
    if (is_after(boots, state_.life.boots)) state_.life.boots = boots;
    CrashContext& crash = state_.crash;
    if (crash.crashes == 0) {
      crash.input_hash = hash;
      set_outcome(crash, outcome);
    }
    if (crash.crashes != 0xFFFFFFFF) ++crash.crashes;
  }

  /// Stores a word and goes on with the CRC of what was stored.
  void put(std::size_t index, std::uint32_t word, std::uint32_t& crc) {
    memory_.store(index, word);
    crc = crc_of_word(word, crc);
  }

  std::uint32_t write_header(std::size_t at) {
    const Owner& owner = state_.owner;
    const Life& life = state_.life;
    const CrashContext& crash = state_.crash;
    const std::uint32_t words[kCopyHeader - kOwner] = {
        owner.model[0],   owner.model[1],      owner.layout, static_cast<std::uint32_t>(state_.payload_words),
        life.epoch,       life.sequence,       life.boots,   life.flags,
        crash.input_hash, outcome_word(crash), crash.crashes};
    std::uint32_t crc = kFormat;
    for (std::size_t i = kOwner; i < kCopyHeader; ++i) put(at + i, words[i - kOwner], crc);
    return crc;
  }

  std::uint32_t write_payload(std::size_t at, const std::uint32_t* words, std::uint32_t crc) {
    for (std::size_t i = 0; i < state_.payload_words; ++i) put(at + kCopyHeader + i, words[i], crc);
    return crc;
  }

  RetainedState& state_;
};

}  // namespace nuthatch::detail

#endif
