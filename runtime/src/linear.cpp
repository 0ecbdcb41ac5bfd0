#include "linear.hpp"

#include "kernels/linear.hpp"
#include "nuthatch/model.hpp"

namespace nuthatch {
namespace {

using detail::LinearView;
using detail::ModelView;
using detail::Precision;
using detail::Requantization;

std::int32_t requantize(std::int32_t sum, const Requantization& how) {
  const std::int64_t half = std::int64_t{1} << (how.shift - 1);
  return how.bias + static_cast<std::int32_t>((std::int64_t{sum} * how.multiplier + half) >> how.shift);
}

std::int32_t narrow(std::int64_t sum, std::uint8_t shift) {
  const std::int64_t half = shift == 0 ? 0 : std::int64_t{1} << (shift - 1);
  return static_cast<std::int32_t>((sum + half) >> shift);
}

void score(const ModelView& view, const void* /*features*/, const std::int16_t* codes, std::int32_t* scores) {
  const LinearView& linear = view.linear;
  if (linear.precision == Precision::kInt8) {
    kernels::multiply_int8({view.outputs, view.features, linear.stride},
                           static_cast<const std::int8_t*>(linear.weights), codes, scores);
  } else {
    const auto* weights = static_cast<const std::int16_t*>(linear.weights);
    for (std::size_t k = 0; k < view.outputs; ++k, weights += linear.stride) {
      scores[k] = narrow(kernels::dot_int16(view.features, weights, codes), linear.sum_shift);
    }
  }
  for (std::size_t k = 0; k < view.outputs; ++k) scores[k] = requantize(scores[k], linear.requantization[k]);
}

/// The largest |sum| that codes within the limit can give output k. 2^31 features of 2^15 * 2^15 would still fit 64
/// bits.
std::int64_t largest_sum(const ModelView& view, std::size_t output) {
  const LinearView& linear = view.linear;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < view.features; ++i) {
    const std::size_t at = output * linear.stride + i;
    const std::int32_t weight = linear.precision == Precision::kInt8
                                    ? static_cast<const std::int8_t*>(linear.weights)[at]
                                    : static_cast<const std::int16_t*>(linear.weights)[at];
    total += weight < 0 ? -weight : weight;
  }
  return total * view.code_limit;
}

Status prove(ModelView& view) {
  constexpr std::int64_t kMost = 0x7FFFFFFF;
  const LinearView& linear = view.linear;
  if (linear.sum_shift > 31 || (linear.precision == Precision::kInt8 && linear.sum_shift != 0)) return Status::kNumber;
  for (std::size_t k = 0; k < view.outputs; ++k) {
    const Requantization& how = linear.requantization[k];
    if (how.multiplier < 0 || how.shift < 1 || how.shift > 62) return Status::kNumber;
    // Rounding half up can lift a narrowed sum by one; one more than the bound covers it.
    const std::int64_t sum = (largest_sum(view, k) >> linear.sum_shift) + 1;
    if (sum > kMost) return Status::kOverflow;
    // The rounding half must not leave 64 bits either: 2^62 at most for the product, 2^61 for the half.
    const std::int64_t scaled = ((sum * how.multiplier) >> how.shift) + 1;
    const std::int64_t bias = how.bias < 0 ? -std::int64_t{how.bias} : how.bias;
    if (scaled + bias > kMost) return Status::kOverflow;
  }
  return Status::kOk;
}

constexpr std::uint8_t kPrecisions =
    (1U << static_cast<unsigned>(Precision::kInt8)) | (1U << static_cast<unsigned>(Precision::kInt16));

}  // namespace

const detail::Part Linear::part = {
    detail::Part::Role::kKind, detail::kLinearKind, kPrecisions, nullptr, detail::read_linear, prove, score};

}  // namespace nuthatch
