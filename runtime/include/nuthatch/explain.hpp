#ifndef NUTHATCH_EXPLAIN_HPP
#define NUTHATCH_EXPLAIN_HPP

#include <cstddef>
#include <cstdint>

#include "nuthatch/model.hpp"
#include "nuthatch/monitor.hpp"

/// How much each feature did for a score: of models that were trained with --explain. Firmware that does not name it
/// pays nothing.
namespace nuthatch {

namespace detail {

/// schema::Explanation.
struct ExplanationView {
  const std::int16_t* means;
  const std::int16_t* node_values;
  const std::uint8_t* node_shares;
  std::uint32_t mean_count;
  std::uint32_t value_count;
  std::uint32_t share_count;
  std::uint8_t leaf_shift;
  std::uint8_t node_shift;
};

/// What explains a kind, as a constant table of functions, so that what firmware does not name is not linked.
struct ExplanationPart {
  std::uint8_t kind;  // schema::Predictor
  bool exact;
  /// kOk, kShape, kNumber, kOverflow or kNoExplanation.
  Status (*prove)(const ModelView& view, const ExplanationView& explanation);
  /// One contribution a feature and the base of a score; cannot fail on what is proven, whatever the codes.
  void (*explain)(const ModelView& view, const ExplanationView& explanation, const std::int16_t* codes,
                  std::size_t output, std::int32_t* contributions, std::int32_t& base);
};

}  // namespace detail

/// Of linear models with int8 or int16 weights: exact.
struct ExplainLinear {
  static const detail::ExplanationPart part;
};
/// Of trees, forests and boosting: what the questions on the way asked (Saabas 2014); approximate.
struct ExplainForest {
  static const detail::ExplanationPart part;
};

/// A score, taken apart: base + the sum of all contributions is the score word, to the bit. All are words of
/// 2^-fraction_bits, as the score is. The base is the score without knowing the row.
/// linear: contribution i is what the score moves when feature i goes from its mean in training to what it is, and
/// those after it are still at their means; so it is w_i (x_i - mean_i), to within one unit (SPEC.md says when two).
/// forest: what the mean of the training rows' answers moves where a question asked of feature i.
/// Two classes have one score, that of class 1: what is positive speaks for class 1, what is negative for class 0.
class Explanation {
 public:
  /// Proves what the model's file has for it (SPEC.md, I100 to I109). `model` and its bytes are kept alive by the
  /// caller; opening any file into `model` detaches (see Model), until it is attached again.
  /// Returns kOk, kNotOpen, kNoExplanation, kKindNotLinked, kStructure, kShape, kNumber, kOverflow; attached only with
  /// kOk.
  Status attach(const Model& model) { return attach<ExplainLinear, ExplainForest>(model); }
  /// The same for the kinds that are named, and no other is linked: attach<ExplainLinear>(model).
  template <class... Parts>
  Status attach(const Model& model) {
    const detail::ExplanationPart* const parts[] = {&Parts::part...};
    return attach(model, Span<const detail::ExplanationPart* const>(parts));
  }
  Status attach(const Model& model, Span<const detail::ExplanationPart* const> parts);

  /// Of the score that decided: the predicted class's, or the only one.
  /// outputs and scratch: as `predict` left them with kOk, untouched since. contributions: a word a feature.
  /// Returns kOk, kNotAttached, kOutputCount, kScratch, kFeatureCount (too few contributions); written only with kOk.
  Status contributions(Span<const std::int32_t> outputs, Span<const std::uint32_t> scratch,
                       Span<std::int32_t> contributions, std::int32_t& base) const;
  /// Of any score. Returns kOk, kNotAttached, kIndex, kScratch, kFeatureCount; written only with kOk.
  Status contributions_to(std::size_t output, Span<const std::uint32_t> scratch, Span<std::int32_t> contributions,
                          std::int32_t& base) const;

  /// Whether contributions are what the features did, or an approximation of it. Either way they add up.
  bool is_exact() const { return part_ != nullptr && part_->exact; }

 private:
  bool attached() const;

  const Model* model_ = nullptr;
  const detail::ExplanationPart* part_ = nullptr;
  detail::ExplanationView view_ = {};
  std::uint32_t opening_ = kNoOpening;  // the model's, as attached
};

/// Words for ContributionCounters.
constexpr std::size_t contribution_words(std::size_t features) { return 1 + 2 * features; }
constexpr std::size_t contribution_snapshot_bytes(std::size_t features) {
  return 40 + 4 * contribution_words(features) + 4;
}
/// Owner::layout of words that are kept in retained memory: owner = owner_of(model); owner.layout = this.
constexpr std::uint32_t kContributionLayout = 0x43480001;

/// The mean absolute contribution of each feature: drift in a feature that does much is told from drift in one that
/// does nothing. Integers only; counters of several devices, or of several snapshots' differences, add.
/// One writer: `observe` is not reentrant.
class ContributionCounters {
 public:
  /// Starts from zero in `words` (at least contribution_words(features), kept alive by the caller, as the model is).
  /// Opening any file into `model` detaches (see Model), until it is attached again.
  /// Returns kOk, kNotOpen, kMonitorWords.
  Status attach(const Model& model, Span<std::uint32_t> words);

  /// Counts a row that Explanation explained; of which score is the caller's choice, but always the same.
  /// Returns kOk, kNotAttached, kFeatureCount.
  Status observe(Span<const std::int32_t> contributions);

  /// 0 where nothing is attached or the index is past the end.
  std::uint32_t rows() const { return attached() ? words_[0] : 0; }
  /// The sum of the sizes of a feature's contributions; over `rows` it is their mean.
  std::uint64_t sum(std::size_t feature) const;

  /// Writes contribution_snapshot_bytes(features) bytes. Of the context: device_id, epoch and sequence.
  /// exact: Explanation::is_exact(). Returns kOk, kNotAttached, kSnapshotSize; `written` only with kOk.
  Status snapshot(const SnapshotContext& context, bool exact, Span<std::uint8_t> bytes, std::size_t& written) const;

 private:
  bool attached() const;

  const Model* model_ = nullptr;
  std::uint32_t* words_ = nullptr;
  std::uint32_t opening_ = kNoOpening;  // the model's, as attached
};

/// Such a snapshot as read back, with its words where they lie.
struct ContributionSnapshot {
  std::uint64_t device_id;
  std::uint32_t epoch;
  std::uint32_t sequence;
  const std::uint8_t* model;  ///< the first 8 bytes of the model's SHA-256
  std::size_t features;
  std::int8_t fraction_bits;
  bool exact;
  bool saturated;
  const std::uint8_t* words;

  std::uint32_t rows() const;
  std::uint64_t sum(std::size_t feature) const;  ///< 0 past the end
};

/// Proves and opens a snapshot's bytes, of any alignment.
/// Returns kOk, kNull, kSnapshotSize, kNotASnapshot, kSnapshotChecksum.
Status read_contributions(Span<const std::uint8_t> bytes, ContributionSnapshot& snapshot);

}  // namespace nuthatch

#endif
