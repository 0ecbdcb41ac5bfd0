#ifndef NUTHATCH_MONITOR_HPP
#define NUTHATCH_MONITOR_HPP

#include <cstddef>
#include <cstdint>

#include "nuthatch/model.hpp"

namespace nuthatch {

/// Latency buckets at most: four a power of two, so a bucket is at most a quarter wide; the last one a model has is
/// open.
constexpr std::size_t kLatencyBuckets = 64;
/// The bucket of a duration in ticks, after the monitor's shift.
std::size_t latency_bucket(std::uint32_t ticks);

/// From good to bad. kWatch: rows differ from training more than chance explains, but little. kDrift: so much that it
/// matters. kBroken: an input says nothing any more.
enum class Health : std::uint8_t { kOk = 0, kWatch = 1, kDrift = 2, kBroken = 3 };

enum class Reason : std::uint8_t {
  kNone = 0,
  kRefused = 1,       ///< rows are refused, most of them because of the feature
  kStuck = 2,         ///< the feature does not change any more
  kRange = 3,         ///< the feature is out of its training range
  kDistribution = 4,  ///< two of the last three windows of the feature have other shares of its bins
  kSlowDrift = 5,     ///< the feature's mean has been off for many windows (CUSUM)
  kOutput = 6,        ///< the scores or margins are distributed otherwise
  kClasses = 7,       ///< the classes are predicted in other shares
};

/// No single feature is to blame.
constexpr std::uint16_t kNoFeature = 0xFFFF;

struct Diagnosis {
  Health health = Health::kOk;
  Reason reason = Reason::kNone;
  std::uint16_t feature = kNoFeature;
};

/// "drift"; "its distribution differs from training". Static texts.
const char* text_of(Health health);
const char* text_of(Reason reason);

class Monitor;

namespace detail {
/// What counts in bins, as a constant table of functions, so that what firmware does not name is not linked.
struct WatchPart {
  Status (*attach)(const ModelView& view, std::size_t words, WatchView& watch);
  /// Counts the class at once, so that it is of the window that the row may close.
  void (*let_wait)(const Monitor& monitor, const std::int16_t* codes, bool outside, const std::int32_t* scores);
  void (*settle)(const Monitor& monitor);
  Diagnosis (*diagnose)(const Monitor& monitor);
};
}  // namespace detail

/// Names the histograms of features and of the output: monitor.attach<Histograms>(model, words).
struct Histograms {
  static const detail::WatchPart part;

 private:
  static void let_wait(const Monitor& monitor, const std::int16_t* codes, bool outside, const std::int32_t* scores);
  static void settle(const Monitor& monitor);
  static Diagnosis diagnose(const Monitor& monitor);
};

/// Who speaks in a snapshot; all optional, 0 when unknown.
struct SnapshotContext {
  std::uint64_t device_id = 0;
  std::uint64_t firmware_id = 0;
  std::uint64_t uptime_start = 0;
  std::uint64_t uptime_end = 0;
  std::uint32_t boot_count = 0;
  std::uint32_t epoch = 0;
  std::uint32_t sequence = 0;
  bool time_known = false;
  bool restored = false;  ///< the counters go on from before a reboot
  /// Of the first crash that nobody has cleared yet; `crashes` 0: of none.
  std::uint32_t crash_input = 0;
  std::uint16_t crash_class = 0;
  std::uint16_t crash_status = 0;
  std::uint32_t crashes = 0;
};

/// Counts what a deployed model sees and says, in the caller's words of memory; integers only.
/// One writer: `observe` is not reentrant. Of a monitor with histograms neither are the const calls: they count the
/// rows that wait. So all calls belong to one thread or interrupt level; another one reads what Retained::load gives
/// it.
class Monitor {
 public:
  /// Starts counting from zero in `words` (at least model.footprint().monitor_words, kept alive by the caller, as the
  /// model is). latency_shift: ticks are divided by 2^latency_shift before they are bucketed; more than 31 counts
  /// as 31. Opening any file into `model` detaches (see Model): every call below then says so, until it is attached
  /// again.
  /// Histograms that the model may have are not counted, and need no words: 2 + classes + 2 * features + the latency
  /// buckets (64, where the model says nothing else) do.
  /// Returns kOk, kNotOpen, kNoMonitor, kMonitorWords, kStructure, kNumber, kBudget.
  Status attach(const Model& model, Span<std::uint32_t> words, unsigned latency_shift = 0) {
    return attach(model, words, latency_shift, nullptr);
  }

  /// The same with the model's histograms, if it has some: attach<Histograms>. Fewer words than the footprint says hold
  /// fewer of them: the most important first, down to none (watched() tells).
  /// Returns also kShape, where the file is wrong about them.
  template <class Watch>
  Status attach(const Model& model, Span<std::uint32_t> words, unsigned latency_shift = 0) {
    return attach(model, words, latency_shift, &Watch::part);
  }

  /// Counts one prediction, right after it. With histograms, codes wait for eight rows; whoever reads
  /// the counters through this class finds all rows counted.
  /// predicted: what `predict` returned. outputs and scratch: the same as given to it, untouched since.
  /// ticks: how long it took, in the port's unit.
  /// Returns kOk, kNotAttached, kOutputCount, kScratch.
  Status observe(Status predicted, Span<const std::int32_t> outputs, Span<const std::uint32_t> scratch,
                 std::uint32_t ticks);

  /// What the last windows of 240 rows say, and the counters: the worst finding. With histograms, a window's chi-square
  /// is held against the thresholds in the model, and two of three windows raise or clear an alarm; without, only
  /// refused rows and ranges are judged, by all rows since the counters began. Cheap enough to ask after every row:
  /// rows that wait are left waiting (their ranges count when they are counted).
  Diagnosis health() const;

  /// Writes at most model.footprint().snapshot_bytes bytes. Returns kOk, kNotAttached, kSnapshotSize; `written` only
  /// with kOk.
  Status snapshot(const SnapshotContext& context, Span<std::uint8_t> bytes, std::size_t& written) const;

  /// Right after `attach`: the counters go on from a snapshot of the same model, histograms and latencies, the newest
  /// record of a flash ring for instance. The next window of rows begins; what was decided before is forgotten.
  /// context: the snapshot's, with the next sequence and `restored`; the boot is the caller's to count.
  /// Returns kOk, kNotAttached, kNull, kSnapshotSize, kNotASnapshot, kSnapshotChecksum, kOtherModel; the counters are
  /// what they were unless with kOk.
  Status resume(Span<const std::uint8_t> bytes, SnapshotContext& context);

  /// Counters, as SPEC.md orders them; 0 where the index is past the end or nothing is attached.
  std::uint32_t rows() const;
  std::uint32_t refused() const;
  std::uint32_t predicted(std::size_t class_index) const;
  std::uint32_t below(std::size_t feature) const;
  std::uint32_t above(std::size_t feature) const;
  std::uint32_t latency(std::size_t bucket) const;
  /// Rows of which some feature was out of its training range; with histograms.
  std::uint32_t outside() const;
  /// Rows in range whose answer is less sure than training asked for (`train --confidence`), where it is better to
  /// abstain; with histograms.
  std::uint32_t unsure() const;
  /// Histograms that are counted.
  std::size_t watched() const;
  /// Codes of the `histogram`th that is counted, in its bin.
  std::uint32_t binned(std::size_t histogram, std::size_t bin) const;

 private:
  friend struct Histograms;

  Status attach(const Model& model, Span<std::uint32_t> words, unsigned latency_shift, const detail::WatchPart* watch);
  bool attached() const;
  std::uint32_t word(std::size_t index) const;
  void count_refusal(Status why, Span<const std::uint32_t> scratch);
  void count_ranges(const std::int16_t* codes);
  void count_latency(std::uint32_t ticks);
  /// Counts the rows that wait. Const, as all that changes are the caller's words.
  void settle() const {
    if (watch_part_ != nullptr) watch_part_->settle(*this);
  }

  const Model* model_ = nullptr;
  std::uint32_t* words_ = nullptr;
  std::uint32_t opening_ = kNoOpening;  // the model's, as attached
  unsigned latency_shift_ = 0;
  const detail::WatchPart* watch_part_ = nullptr;  // null: nothing is counted in bins
  detail::WatchView watch_ = {};
};

/// A snapshot's header as read back, with its words where they lie.
struct Snapshot {
  SnapshotContext context;
  const std::uint8_t* model;  ///< the first 8 bytes of the model's SHA-256
  std::size_t features;
  std::size_t classes;
  std::size_t latency_buckets;
  std::size_t histograms;
  std::size_t output_bins;
  unsigned latency_shift;
  bool saturated;
  Diagnosis diagnosis;        ///< the device's own
  const std::uint8_t* words;  ///< little-endian 32-bit counters, in SPEC.md's order, perhaps unaligned
  std::size_t word_count;
  /// The counter at `index` (< word_count).
  std::uint32_t word(std::size_t index) const;
};

/// Proves and opens a snapshot's bytes, of any alignment.
/// Returns kOk, kNull, kSnapshotSize, kNotASnapshot, kSnapshotChecksum.
Status read_snapshot(Span<const std::uint8_t> bytes, Snapshot& snapshot);

}  // namespace nuthatch

#endif
