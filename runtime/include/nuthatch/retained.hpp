#ifndef NUTHATCH_RETAINED_HPP
#define NUTHATCH_RETAINED_HPP

#include <cstddef>
#include <cstdint>

#include "nuthatch/model.hpp"
#include "nuthatch/span.hpp"
#include "nuthatch/status.hpp"

/// The monitor's words, kept over a reset in memory that keeps its contents: two copies, each with a generation and a
/// CRC-32, so that whatever store a reset comes at, one whole copy is left, and what is lost began after the last save.
///
/// The memory, in words of the device's byte order:
///   0-3   the crash context's arming: input hash, class | status << 16, boots, and a marker that is their proof
///   4     the first copy; the second starts (memory - 4) / 2 words later
/// A copy:
///   0     generation, one more a save and never 0; 0 while the copy is written
///   1     CRC-32 of words 2 to the end and then of the generation, as crc32(..., kFormat) gives it
///   2-5   owner: model (the first 8 bytes of its SHA-256), layout, words of payload
///   6-9   life: epoch, sequence, boots, flags
///   10-12 crash: input hash, class | status << 16, crashes
///   13    the payload
///
/// Who may call what. One core. There is one writer: save, take_sequence, renew, clear_crash and begin never interrupt
/// each other, nor the Monitor::observe that counts in their words. `load` may be called beside them from anywhere:
///  - from an interrupt above the writer, always with an answer, as the published copy is never the one being written;
///  - from below a writer that is an interrupt, with kBusy if two saves or more came into each of two attempts.
/// arm, note and disarm have memory of their own; only one prediction at a time can be armed.
/// There is no LDREX in it, for cores that have none: whole words are stored in order, the generation last.
///
/// Give it RAM that no cache writes back (or clean the cache after a save), 4-byte aligned, that startup does not
/// clear.
namespace nuthatch {

/// Whose words they are: those of another owner are never given back.
struct Owner {
  std::uint32_t model[2] = {};
  std::uint32_t layout = 0;
};
/// layout: the snapshot layout's number in the low half, the latency shift in the high half.
Owner owner_of(const Model& model, unsigned latency_shift = 0);

/// Life::flags. The counters of before this boot go on; the others say why the epoch began.
constexpr std::uint32_t kRestored = 1;
constexpr std::uint32_t kPowerWasOff = 2;   ///< a cold boot
constexpr std::uint32_t kCountersLost = 4;  ///< power stayed, but no copy was valid
constexpr std::uint32_t kOwnerChanged = 8;  ///< another model, layout or number of words
constexpr std::uint32_t kRenewed = 16;      ///< Retained::renew

/// Counters only grow within an epoch. A sequence starts at 0 with the epoch and is given once.
struct Life {
  std::uint32_t epoch = 0;
  std::uint32_t sequence = 0;  ///< of the next snapshot
  std::uint32_t boots = 0;     ///< this one included
  std::uint32_t flags = 0;
};

/// The first crash that was not reported yet.
struct CrashContext {
  std::uint32_t input_hash = 0;
  std::uint16_t predicted_class = 0;  ///< 0xFFFF: it did not come to that
  std::uint16_t status = 0;           ///< likewise
  std::uint32_t crashes = 0;          ///< since it was cleared; 0: there was none, and the rest says nothing
};

/// What the port knows when it starts.
struct Boot {
  /// Power was off, so that the memory may hold anything, and reading it may fault (parity, ECC): it is written first.
  /// Clear the hardware's record of the cause only after `begin`: a reset within it must be cold again.
  bool cold = true;
  /// Of the epoch, should there be no valid copy: what no epoch of this device had, so random, from a clock, or one
  /// more than the newest record of a flash ring if snapshots go there before they go anywhere else.
  std::uint32_t fresh_epoch = 0;
  /// Boots so far, should there be no valid copy; 0 if nobody knows.
  std::uint32_t boots = 0;
};

namespace detail {
constexpr std::size_t kCrashWords = 4;
constexpr std::size_t kCopyHeader = 13;

struct RetainedState {
  std::size_t copy_words = 0;
  std::size_t payload_words = 0;
  Owner owner;
  Life life;
  CrashContext crash;
  std::uint32_t generation = 0;
  std::size_t newest = 0;
};
}  // namespace detail

/// Words of memory for `payload_words` words of the monitor.
constexpr std::size_t retained_words(std::size_t payload_words) {
  return detail::kCrashWords + 2 * (detail::kCopyHeader + payload_words);
}

class Retained {
 public:
  /// Once a boot, after Monitor::attach, which clears its words: they are the restored counters then, or 0.
  /// memory: at least retained_words(words.size()); always the same, as a copy is not found elsewhere.
  /// words: model.footprint().monitor_words of the monitor's, not more.
  /// Counts the boot and takes over a crash. An epoch begins where the counters cannot go on: with a known epoch the
  /// next number, else boot.fresh_epoch.
  /// Returns kOk, kNull, kRetainedWords.
  Status begin(Span<std::uint32_t> memory, const Owner& owner, const Boot& boot, Span<std::uint32_t> words);

  /// Saves the words into the older copy. As many as `begin` had, each time; likewise below.
  /// Returns kOk, kNotBegun, kMonitorWords.
  Status save(Span<const std::uint32_t> words);

  /// Call it right before a snapshot of the same words: `stamp` is for its context. Both copies are saved with the next
  /// sequence before this one is given, so that a crash leaves a gap but never repeats a number, and whichever copy is
  /// restored later, its counters are not below a snapshot's.
  /// Returns kOk, kNotBegun, kMonitorWords.
  Status take_sequence(Span<const std::uint32_t> words, Life& stamp);

  /// Sets the words to 0 and starts the next epoch: after the snapshot of counters that are full, for instance.
  /// Returns kOk, kNotBegun, kMonitorWords.
  Status renew(Span<std::uint32_t> words);

  /// The newest copy; from an interrupt too (see above).
  /// words: at least as many as `begin` had. Returns kOk, kNotBegun, kMonitorWords, kBusy (`words` is then a mixture).
  Status load(Span<std::uint32_t> words, Life& life) const;

  Life life() const { return state_.life; }

  /// Around a prediction and what is done with it. If a reset comes between arm and disarm, the next `begin` finds a
  /// crash. Disarm before a reset of your own will.
  void arm(std::uint32_t input_hash) const;
  /// What the prediction gave, should acting on it crash.
  void note(std::size_t predicted_class, Status status) const;
  void disarm() const;

  /// It stays, over boots and epochs, until it is cleared; crashes after it are only counted.
  CrashContext crash() const { return state_.crash; }
  /// After it has been reported; saves. Returns kOk, kNotBegun, kMonitorWords.
  Status clear_crash(Span<const std::uint32_t> words);

 private:
  volatile std::uint32_t* memory_ = nullptr;  // null: not begun
  detail::RetainedState state_;
};

/// A few instructions a feature; the same on every machine. An input's hash tells it among the rows of a log.
std::uint32_t input_hash(Span<const float> features);
std::uint32_t input_hash(Span<const std::int16_t> features);

}  // namespace nuthatch

#endif
