#include "explain.hpp"
#include "linear.hpp"

namespace nuthatch {
namespace {

using detail::ExplanationView;
using detail::LinearView;
using detail::ModelView;
using detail::Precision;

/// float32 weights multiply what the codes have lost, so their scores cannot be put together from codes again.
Status prove(const ModelView& view, const ExplanationView& explanation) {
  if (view.linear.precision == Precision::kFloat32) return Status::kNoExplanation;
  if (explanation.mean_count != view.columns) return Status::kShape;
  for (std::size_t i = 0; i < view.columns; ++i) {
    const std::int32_t mean = explanation.means[i];
    if (mean < -view.column_limit || mean > view.column_limit) return Status::kNumber;
  }
  return Status::kOk;
}

/// The weights of an output, whatever their width.
struct Weights {
  const void* first;
  bool narrow;

  std::int32_t operator[](std::size_t index) const {
    return narrow ? static_cast<const std::int8_t*>(first)[index] : static_cast<const std::int16_t*>(first)[index];
  }
};

Weights weights_of(const LinearView& linear, std::size_t output) {
  const std::size_t row = output * linear.stride;
  if (linear.precision == Precision::kInt8) return {static_cast<const std::int8_t*>(linear.weights) + row, true};
  return {static_cast<const std::int16_t*>(linear.weights) + row, false};
}

/// The score of a sum, as the kind computes it. `open` has proven that the sum of any codes within the limit fits; what
/// is in a scratch that `predict` did not write wraps.
[[gnu::noinline]] std::int32_t score_of(std::int64_t sum, const LinearView& linear, const detail::Requantization& how) {
  const std::int64_t wide = how.bias + detail::scale_sum(detail::narrow(sum, linear.sum_shift), how);
  return static_cast<std::int32_t>(wide);
}

/// Column after column goes from its mean to its code; its feature is given what the score moves by it. All these are
/// rows that the model could be given, so no sum leaves its integer.
void explain(const ModelView& view, const ExplanationView& explanation, const std::int16_t* codes, std::size_t output,
             std::int32_t* contributions, std::int32_t& base) {
  const LinearView& linear = view.linear;
  const Weights weights = weights_of(linear, output);
  const detail::Requantization& how = linear.requantization[output];
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < view.columns; ++i) {
    const std::int32_t product = weights[i] * explanation.means[i];
    sum += product;
  }
  std::int32_t score = score_of(sum, linear, how);
  base = score;
  for (std::size_t i = 0; i < view.columns; ++i) {
    const std::int32_t product = weights[i] * (codes[i] - explanation.means[i]);  // at most 2^15 * (2^16 - 1)
    sum += product;
    const std::int32_t next = score_of(sum, linear, how);
    std::int32_t& own = contributions[detail::feature_of(view, i)];
    own = static_cast<std::int32_t>(static_cast<std::uint32_t>(own) + static_cast<std::uint32_t>(next) -
                                    static_cast<std::uint32_t>(score));
    score = next;
  }
}

}  // namespace

const detail::ExplanationPart ExplainLinear::part = {detail::kLinearKind, true, prove, explain};

}  // namespace nuthatch
