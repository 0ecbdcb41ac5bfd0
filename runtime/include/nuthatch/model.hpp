#ifndef NUTHATCH_MODEL_HPP
#define NUTHATCH_MODEL_HPP

#include <cstddef>
#include <cstdint>

#include "nuthatch/span.hpp"
#include "nuthatch/status.hpp"
#include "nuthatch/view.hpp"

namespace nuthatch {

namespace detail {
struct Storage;  // the C API's
}

using detail::Input;
using detail::Task;

/// Parts: what firmware links. Name the inputs and the kinds your models have, and pay for nothing else:
/// `nuthatch::open<nuthatch::Float32Input, nuthatch::Linear>(bytes, model)`.
struct Float32Input {
  static const detail::Part part;
};
/// Raw sensor counts; no float instruction is linked up to the score.
struct Int16Input {
  static const detail::Part part;
};
/// `linear` with int8 or int16 weights.
struct Linear {
  static const detail::Part part;
};
/// `linear` with float32 weights.
struct LinearFloat32 {
  static const detail::Part part;
};
/// Kernel support vector machines.
struct Svm {
  static const detail::Part part;
};
/// Gaussian naive Bayes.
struct Bayes {
  static const detail::Part part;
};
/// Trees, forests and boosting.
struct Forest {
  static const detail::Part part;
};
/// Multi-layer perceptrons.
struct Network {
  static const detail::Part part;
};

/// Weighted sums of a few predictors of values; name the members' kinds, too.
struct Blend {
  static const detail::Part part;
};

/// Transforms of features that training learned: logarithms, clipping, categories, indicators of what is missing,
/// principal components. Integers only.
struct Preparation {
  static const detail::Part part;
};

/// What a model needs and gives; counts, not bytes, where a type is named.
struct Footprint {
  std::size_t features;        ///< float or int16_t a row
  std::size_t outputs;         ///< int32_t score words a row
  std::size_t classes;         ///< 0 for regression
  std::size_t scratch_words;   ///< uint32_t for one `predict`
  std::size_t monitor_words;   ///< uint32_t for a `Monitor`; Monitor::attach<Histograms> proves the file's claim
  std::size_t snapshot_bytes;  ///< a `Monitor`'s snapshot
  std::size_t work;            ///< steps that one `predict` takes at most: SPEC.md, "Work"
};

/// A bounded text inside the model's bytes; not terminated by contract.
struct Text {
  const char* data;
  std::size_t size;
};

/// Of no opening: a closed Model's.
constexpr std::uint32_t kNoOpening = 0xFFFFFFFF;

/// An opened model: pointers into bytes that the caller keeps alive and unchanged. Copyable, a few dozen bytes, no
/// heap. All calls are const and reentrant: threads and interrupts may share a Model, each with its own outputs and
/// scratch.
///
/// What is attached to a Model (Monitor, Probability, Explanation, ContributionCounters) belongs to one opening of it.
/// Every attempt to open a file into the Model, and every assignment to it, detaches: each later call of the part says
/// kNotAttached and touches no memory, whatever the bytes are, also where they are the same. No part is attached to
/// a copy. The Model must outlive its parts: what else is made later where it was is not told from it.
class Model {
 public:
  // The rest is read only when open; a memset would cost flash.
  Model() { forget(0); }
  Model(const Model& other) : view_(other.view_) { settle(0); }
  Model& operator=(const Model& other) {
    const std::uint32_t before = view_.opening;
    view_ = other.view_;
    settle(before);
    return *this;
  }

  bool is_open() const { return view_.kind != nullptr; }
  /// All zero until opened.
  Footprint footprint() const;
  /// These four speak of an open model only; 0 or null of a closed one.
  Input input() const { return is_open() ? view_.input_type : Input::kFloat32; }
  Task task() const { return is_open() ? view_.task : Task::kRegression; }
  /// Score word s means s * 2^-fraction_bits(): the target's unit for regression; log-odds or margins for classes.
  int fraction_bits() const { return is_open() ? view_.fraction_bits : 0; }
  /// The 32 bytes of SHA-256 that identify the model.
  const std::uint8_t* identity() const { return is_open() ? view_.identity : nullptr; }

  /// One row of float32 features in, score words out.
  /// features: footprint().features values in the training CSV's units and order; NaN means missing.
  /// outputs: at least footprint().outputs words. scratch: at least footprint().scratch_words words, free for reuse
  /// after. Returns kOk, kNotOpen, kWrongInput, kFeatureCount, kOutputCount, kScratch, kNotFinite, kMissing,
  /// kUnknownCategory; outputs are written only with kOk.
  Status predict(Span<const float> features, Span<std::int32_t> outputs, Span<std::uint32_t> scratch) const;
  /// The same from raw int16 features (see raw_exponent); -32768 means missing.
  Status predict(Span<const std::int16_t> features, Span<std::int32_t> outputs, Span<std::uint32_t> scratch) const;

  /// The class index of a row's score words: the highest score, the lowest index among equals; for two classes 1 if the
  /// one score is greater than threshold(). 0 for regression.
  std::size_t class_of(Span<const std::int32_t> outputs) const;
  /// Of two classes, in score words: 0, or what training chose in its place (`train --threshold-for`). Else 0.
  std::int32_t threshold() const { return is_open() ? view_.threshold : 0; }
  /// Score word -> float32, correctly rounded. For regression: the predicted value.
  float value_of(std::int32_t score) const;

  /// Runs the golden rows; every score must match to the bit.
  /// Returns kOk, kNotOpen, kSelfTest, kOutputCount, kScratch.
  Status self_test(Span<std::int32_t> outputs, Span<std::uint32_t> scratch) const;

  /// Names, proven in bounds when asked for. Return kOk, kNotOpen, kIndex, kStructure.
  Status class_name(std::size_t index, Text& name) const;
  Status feature_name(std::size_t index, Text& name) const;
  /// The name of a category of a feature that is text: the feature's value is the name's index, and any other number
  /// is a category that training never saw (the model may refuse its rows). Returns kOk, kNotOpen, kStructure, kIndex
  /// (past the last, or no text).
  Status category_name(std::size_t feature, std::size_t index, Text& name) const;
  /// int16 input: raw = round_half_even(x * 2^exponent), x in the CSV's units. Returns kOk, kNotOpen, kIndex,
  /// kStructure.
  Status raw_exponent(std::size_t index, int& exponent) const;

  /// For the runtime's own stages.
  const detail::ModelView& view() const { return view_; }
  /// Which opening or assignment of this Model is the last one, for what is attached; never the same twice. kNoOpening:
  /// it is closed, or its bytes were copied here behind its back, or 2^32 - 1 have been counted.
  std::uint32_t opening() const { return is_open() && view_.home == this ? view_.opening : kNoOpening; }

 private:
  friend Status open(Span<const std::uint8_t>, Span<const detail::Part* const>, Model&);
  friend Status open(Span<const std::uint8_t>, Span<const detail::Part* const>, Model&, std::uint32_t);
  friend struct detail::Storage;

  /// Closed; `before`: the last opening in this memory.
  void forget(std::uint32_t before) {
    view_.kind = nullptr;
    view_.opening = before;
  }
  /// The view is another opening now, of this Model.
  void settle(std::uint32_t before) {
    view_.home = this;
    view_.opening = before == kNoOpening ? before : before + 1;
  }

  detail::ModelView view_;
};

/// Opens a model where it lies. `bytes` is the whole .nhm file at a multiple of 8, and must outlive the model
/// unchanged. Whatever the bytes, the model is refused, or every later call stays in bounds, and a row takes at most
/// four steps a byte of them (or 65,536). Returns kOk or a status of 1 to 17; the model stays closed on any but kOk.
Status open(Span<const std::uint8_t> bytes, Span<const detail::Part* const> parts, Model& model);
/// The same, where a row takes at most `most_work` steps (footprint().work): else kWork. For firmware that has to
/// answer in time, whatever file it is given. A self-test predicts kMostGoldenRows rows at most.
Status open(Span<const std::uint8_t> bytes, Span<const detail::Part* const> parts, Model& model,
            std::uint32_t most_work);

/// Golden rows of a file, at most.
constexpr std::uint32_t kMostGoldenRows = 64;

template <class... Parts>
Status open(Span<const std::uint8_t> bytes, Model& model) {
  const detail::Part* const parts[] = {&Parts::part...};
  return open(bytes, Span<const detail::Part* const>(parts), model);
}
template <class... Parts>
Status open(Span<const std::uint8_t> bytes, Model& model, std::uint32_t most_work) {
  const detail::Part* const parts[] = {&Parts::part...};
  return open(bytes, Span<const detail::Part* const>(parts), model, most_work);
}

/// A list of parts with a name.
template <class... Parts>
struct PartList {
  static Status open(Span<const std::uint8_t> bytes, Model& model) { return nuthatch::open<Parts...>(bytes, model); }
  static Status open(Span<const std::uint8_t> bytes, Model& model, std::uint32_t most_work) {
    return nuthatch::open<Parts...>(bytes, model, most_work);
  }
};

/// All there are, for programs that take any model: `nuthatch::EveryPart::open(bytes, model)`.
using EveryPart =
    PartList<Float32Input, Int16Input, Linear, LinearFloat32, Svm, Bayes, Forest, Network, Blend, Preparation>;

}  // namespace nuthatch

#endif
