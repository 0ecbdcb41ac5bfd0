// What `open` proves of a linear model's numbers. A file of its own because it runs once at boot: small, not fast.
#include "bits.hpp"
#include "linear.hpp"

namespace nuthatch::detail {
namespace {

/// The largest |sum| that codes within the limit can give output k. 2^31 features of 2^15 * 2^15 would still fit 64
/// bits.
std::int64_t largest_sum(const ModelView& view, std::size_t output) {
  const LinearView& linear = view.linear;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < view.columns; ++i) {
    const std::size_t at = output * linear.stride + i;
    const std::int32_t weight = linear.precision == Precision::kInt8
                                    ? static_cast<const std::int8_t*>(linear.weights)[at]
                                    : static_cast<const std::int16_t*>(linear.weights)[at];
    total += weight < 0 ? -weight : weight;
  }
  return total * view.column_limit;
}

/// Kernels that load whole words multiply what lies between a row's last feature and the next row. -0 is not zero here.
bool padding_is_zero(const ModelView& view, std::size_t element_bytes) {
  const auto* weights = static_cast<const std::uint8_t*>(view.linear.weights);
  for (std::size_t k = 0; k < view.outputs; ++k) {
    const std::size_t row = k * view.linear.stride;
    for (std::size_t at = (row + view.columns) * element_bytes; at < (row + view.linear.stride) * element_bytes; ++at) {
      if (weights[at] != 0) return false;
    }
  }
  return true;
}

}  // namespace

Status prove_linear(ModelView& view) {
  constexpr std::int64_t kMost = 0x7FFFFFFF;
  const LinearView& linear = view.linear;
  if (linear.sum_shift > 31 || (linear.precision == Precision::kInt8 && linear.sum_shift != 0)) return Status::kNumber;
  if (!padding_is_zero(view, linear.precision == Precision::kInt8 ? 1 : 2)) return Status::kNumber;
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

/// Finite weights below 2^64 and at most 2^16 codes below 2^15 keep every sum below 2^95: finite, never NaN.
Status prove_linear_float32(ModelView& view) {
  constexpr std::uint32_t kTwoTo64 = 0x5F800000;
  if (!padding_is_zero(view, sizeof(float))) return Status::kNumber;
  // Weights multiply features that are scaled, which codes of octaves are not.
  const bool are_codes = view.input_type == Input::kInt16 || view.columns_at != 0;
  const auto* encoding = static_cast<const FloatEncoding*>(view.encoding);
  for (std::size_t i = 0; i < view.features && !are_codes; ++i) {
    if ((detail::bits_of(encoding[i].scale) >> 31) != 0) return Status::kNumber;
  }
  const auto* weights = static_cast<const float*>(view.linear.weights);
  for (std::size_t k = 0; k < view.outputs; ++k) {
    if ((detail::bits_of(view.linear.bias[k]) & detail::kMagnitude) > kTwoTo64) return Status::kNumber;
    for (std::size_t i = 0; i < view.columns; ++i) {
      if ((detail::bits_of(weights[k * view.linear.stride + i]) & detail::kMagnitude) > kTwoTo64) {
        return Status::kNumber;
      }
    }
  }
  return Status::kOk;
}

}  // namespace nuthatch::detail
