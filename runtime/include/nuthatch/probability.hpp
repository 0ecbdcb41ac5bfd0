#ifndef NUTHATCH_PROBABILITY_HPP
#define NUTHATCH_PROBABILITY_HPP

#include <cstddef>
#include <cstdint>

#include "nuthatch/model.hpp"

namespace nuthatch {

namespace detail {

/// schema::Link, schema::Model's link_scale and link_total.
enum class Link : std::uint8_t { kNone = 0, kLogistic = 1, kProportion = 2 };
struct LinkView {
  const Requantization* scale;
  std::uint32_t scale_count;
  std::uint32_t total;
  Link link;
};

}  // namespace detail

/// Score words -> the probability of each class, with integers only. Firmware that does not name it pays nothing.
class Probability {
 public:
  /// What a probability word calls 1.
  static constexpr std::int32_t kOne = 65536;

  /// Proves the model's link (SPEC.md, I80 to I85). `model` and its bytes are kept alive by the caller; opening any
  /// file into `model` detaches (see Model), until it is attached again.
  /// Returns kOk, kNotOpen, kNoProbability, kStructure, kShape, kNumber; attached only with kOk.
  Status attach(const Model& model);

  /// outputs: what `predict` wrote. probabilities: a word a class (two for two classes), in units of 2^-16; may be the
  /// same memory as outputs. Each is within 2^-14 + classes * 2^-27 of what SPEC.md's formula gives of these scores in
  /// real numbers, and in [0, kOne]; together they are kOne but for their roundings.
  /// Returns kOk, kNotAttached, kOutputCount (either is too short); probabilities are written only with kOk.
  Status of(Span<const std::int32_t> outputs, Span<std::int32_t> probabilities) const;

 private:
  bool attached() const;

  const Model* model_ = nullptr;
  detail::LinkView link_ = {};
  std::uint32_t opening_ = kNoOpening;  // the model's, as attached
};

}  // namespace nuthatch

#endif
