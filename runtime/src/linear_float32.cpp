#include "bits.hpp"
#include "linear.hpp"
#include "nuthatch/model.hpp"

namespace nuthatch {
namespace {

using detail::FloatEncoding;
using detail::ModelView;
using detail::Precision;

/// 2^exponent for -126 <= exponent <= 127.
float power_of_two(int exponent) { return detail::float_of(static_cast<std::uint32_t>(exponent + 127) << 23); }

/// Round half to even to a score word, saturating at +-(2^31 - 128), the largest float32 below 2^31.
std::int32_t to_score(float value) {
  constexpr float kWhole = 8388608.0F;  // 2^23: from here on a float32 is whole
  constexpr float kMost = 2147483520.0F;
  if (value >= kMost) return static_cast<std::int32_t>(kMost);
  if (value <= -kMost) return -static_cast<std::int32_t>(kMost);
  const float shift = value < 0 ? -kWhole : kWhole;
  if (value > -kWhole && value < kWhole) value = detail::settled(value + shift) - shift;
  return static_cast<std::int32_t>(value);
}

/// The code of float32 input before it is rounded, which keeps the fraction. Missing values become their imputation's
/// code.
float scaled_feature(const ModelView& view, const void* features, std::size_t index, std::int16_t code) {
  const float feature = static_cast<const float*>(features)[index];
  const auto& encoding = static_cast<const FloatEncoding*>(view.encoding)[index];
  const float scaled = detail::settled((feature - encoding.offset) * encoding.scale);
  const std::uint32_t limit = detail::bits_of(static_cast<float>(view.code_limit));
  return (detail::bits_of(scaled) & detail::kMagnitude) <= limit ? scaled : static_cast<float>(code);
}

float add_product(float sum, float weight, float value) {
  return detail::settled(sum + detail::settled(weight * value));
}

float sum_codes(const ModelView& view, const float* weights, const std::int16_t* codes, float sum) {
  for (std::size_t i = 0; i < view.columns; ++i) sum = add_product(sum, weights[i], static_cast<float>(codes[i]));
  return sum;
}

float sum_features(const ModelView& view, const float* weights, const void* features, const std::int16_t* codes,
                   float sum) {
  for (std::size_t i = 0; i < view.columns; ++i) {
    sum = add_product(sum, weights[i], scaled_feature(view, features, i, codes[i]));
  }
  return sum;
}

void score(const ModelView& view, const void* features, std::int16_t* codes, std::int32_t* scores) {
  const auto* weights = static_cast<const float*>(view.linear.weights);
  const float unit = power_of_two(view.fraction_bits);
  // Counts, and columns that a preparation made, are codes.
  const bool are_codes = view.input_type == Input::kInt16 || features == nullptr;
  for (std::size_t k = 0; k < view.outputs; ++k, weights += view.linear.stride) {
    const float bias = view.linear.bias[k];
    const float sum =
        are_codes ? sum_codes(view, weights, codes, bias) : sum_features(view, weights, features, codes, bias);
    scores[k] = to_score(detail::settled(sum * unit));
  }
}

}  // namespace

const detail::Part LinearFloat32::part = {detail::Part::Role::kKind,
                                          detail::kLinearKind,
                                          1U << static_cast<unsigned>(Precision::kFloat32),
                                          nullptr,
                                          detail::read_linear,
                                          detail::prove_linear_float32,
                                          score};

}  // namespace nuthatch
