#include "unit/runtime_reference.hpp"

#include <cmath>
#include <limits>

namespace nuthatch::test {
namespace {

using exporting::ModelContents;
using quantize::FeatureEncoding;
using quantize::Precision;
using quantize::QuantizedLinear;

__extension__ typedef __int128 Wide;  // NOLINT(modernize-use-using): -Wpedantic

// Rounded once to long double and once more to float32, a sum or a product is the same as rounded once.
static_assert(std::numeric_limits<long double>::digits >= 2 * std::numeric_limits<float>::digits + 2);

Wide divide_rounding_half_up_wide(Wide dividend, unsigned shift) {
  const Wide divisor = Wide{1} << shift;
  const Wide twice = 2 * dividend + divisor;  // floor((2a + d) / 2d)
  const Wide quotient = twice / (2 * divisor);
  return twice % (2 * divisor) < 0 ? quotient - 1 : quotient;
}

bool fits_32(Wide value) { return value >= -Wide{2147483648} && value <= Wide{2147483647}; }

long double round_half_even(long double value) {
  const long double below = std::floor(value);
  const long double rest = value - below;
  const bool odd = std::fmod(below, 2.0L) != 0;
  return rest > 0.5L || (rest == 0.5L && odd) ? below + 1 : below;
}

/// A code or a status; the float32 before rounding is `scaled`.
struct Code {
  Status status;
  std::int16_t code;
};

Code missing(const FeatureEncoding& feature) {
  return {feature.imputation == -32768 ? Status::kMissing : Status::kOk, feature.imputation};
}

float scale(const FeatureEncoding& feature, float value) {
  const float shifted = to_float32(static_cast<long double>(value) - feature.offset);
  return to_float32(static_cast<long double>(shifted) * feature.scale);
}

Code encode(const QuantizedLinear& linear, std::size_t index, float value) {
  const FeatureEncoding& feature = linear.encoding.features[index];
  if (std::isnan(value)) return missing(feature);
  if (std::isinf(value)) return {Status::kNotFinite, 0};
  const long double rounded = round_half_even(scale(feature, value));
  const long double limit = linear.encoding.code_limit;
  return {Status::kOk, static_cast<std::int16_t>(rounded > limit ? limit : rounded < -limit ? -limit : rounded)};
}

Code encode(const QuantizedLinear& linear, std::size_t index, std::int16_t value) {
  const FeatureEncoding& feature = linear.encoding.features[index];
  if (value == -32768) return missing(feature);
  const std::int64_t product = (std::int64_t{value} - feature.center) * feature.multiplier;
  const std::int64_t code = divide_rounding_half_up(product, feature.shift);
  const std::int64_t limit = linear.encoding.code_limit;
  return {Status::kOk, static_cast<std::int16_t>(code > limit ? limit : code < -limit ? -limit : code)};
}

std::int32_t score_integers(const QuantizedLinear& linear, std::size_t output, Answer& answer) {
  Wide sum = 0;
  for (std::size_t i = 0; i < answer.codes.size(); ++i) {
    sum += Wide{linear.weights[output * linear.stride + i]} * answer.codes[i];
  }
  if (linear.precision == Precision::kInt16 && linear.sum_shift > 0) {
    sum = divide_rounding_half_up_wide(sum, linear.sum_shift);
  }
  const quantize::Requantization& how = linear.requantization[output];
  const Wide score = how.bias + divide_rounding_half_up_wide(sum * how.multiplier, how.shift);
  answer.fits = answer.fits && fits_32(sum) && fits_32(score);
  return answer.fits ? static_cast<std::int32_t>(score) : 0;
}

/// A float32 feature keeps its code's fraction, unless it saturated or is missing.
float exact_code(const QuantizedLinear& linear, std::size_t index, float value, std::int16_t code) {
  const float scaled = scale(linear.encoding.features[index], value);
  return std::fabs(scaled) <= static_cast<float>(linear.encoding.code_limit) ? scaled : code;
}

float exact_code(const QuantizedLinear& /*linear*/, std::size_t /*index*/, std::int16_t /*value*/, std::int16_t code) {
  return code;
}

/// In float32, bias first, then the features in order.
template <class Feature>
std::int32_t score_floats(const QuantizedLinear& linear, std::size_t output, const std::vector<Feature>& row,
                          const Answer& answer) {
  float sum = linear.bias_float32[output];
  for (std::size_t i = 0; i < row.size(); ++i) {
    const float value = exact_code(linear, i, row[i], answer.codes[i]);
    const float product =
        to_float32(static_cast<long double>(linear.weights_float32[output * linear.stride + i]) * value);
    sum = to_float32(static_cast<long double>(sum) + product);
  }
  const double score = static_cast<double>(to_float32(std::ldexp(static_cast<long double>(sum), linear.fraction_bits)));
  constexpr double kMost = 2147483520.0;  // the largest float32 below 2^31
  return static_cast<std::int32_t>(score >= kMost ? kMost : score <= -kMost ? -kMost : std::nearbyint(score));
}

template <class Feature>
std::int32_t score(const QuantizedLinear& linear, std::size_t output, const std::vector<Feature>& row, Answer& answer) {
  return linear.precision == Precision::kFloat32 ? score_floats(linear, output, row, answer)
                                                 : score_integers(linear, output, answer);
}

template <class Feature>
Answer answer_of(const ModelContents& contents, const std::vector<Feature>& row) {
  Answer answer;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Code code = encode(contents.linear(), i, row[i]);
    answer.status = code.status;
    if (code.status != Status::kOk) return answer;
    answer.codes.push_back(code.code);
  }
  for (std::size_t k = 0; k < contents.common().outputs; ++k) {
    answer.scores.push_back(score(contents.linear(), k, row, answer));
  }
  return answer;
}

}  // namespace

Answer reference(const ModelContents& contents, const std::vector<float>& row) { return answer_of(contents, row); }
Answer reference(const ModelContents& contents, const std::vector<std::int16_t>& row) {
  return answer_of(contents, row);
}

std::size_t reference_class(const ModelContents& contents, const std::vector<std::int32_t>& scores) {
  if (contents.classes.size() == 2) return scores[0] > contents.threshold ? 1 : 0;
  std::size_t best = 0;
  for (std::size_t k = scores.size(); k-- > 0;) best = scores[k] >= scores[best] ? k : best;
  return best;
}

std::int64_t largest_sum(const ModelContents& contents, std::size_t output) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < contents.feature_names.size(); ++i) {
    sum += std::abs(std::int32_t{contents.linear().weights[output * contents.linear().stride + i]});
  }
  return sum * contents.common().encoding.code_limit;
}

std::int64_t divide_rounding_half_up(std::int64_t dividend, unsigned shift) {
  return static_cast<std::int64_t>(divide_rounding_half_up_wide(dividend, shift));
}

float to_float32(long double value) {
  constexpr long double kTooFar = 0x1.ffffffp127L;  // midway from the largest float32 to 2^128
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (value >= kTooFar) return kInfinity;
  if (value <= -kTooFar) return -kInfinity;
  return static_cast<float>(value);
}

}  // namespace nuthatch::test
