#include "quantize/linear.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "quantize/far_values.hpp"
#include "quantize/link.hpp"
#include "quantize/quantize.hpp"

namespace nuthatch::quantize {
namespace {

constexpr double kMostInt32 = 2147483647.0;
constexpr double kMostScore = 1073741824.0;  // 2^30: half of a score word is left as headroom
constexpr int kEnoughFractionBits = 24;
constexpr int kMostFractionBits = 64;

/// The model on codes: score_k = bias_k + sum over i of weights(k, i) * code_i.
struct OnCodes {
  Eigen::MatrixXd weights;
  Eigen::VectorXd bias;
};

OnCodes on_codes(const learn::LinearModel& model, const Encoding& encoding) {
  OnCodes result{model.weights, model.bias};
  for (Eigen::Index i = 0; i < model.weights.cols(); ++i) {
    const FeatureEncoding& feature = encoding.features[static_cast<std::size_t>(i)];
    result.weights.col(i) *= feature.unit;
    result.bias += model.weights.col(i) * feature.shift_in_z;
  }
  return result;
}

/// The most fraction bits with which the largest score that codes within the limit can give stays below 2^30; more than
/// 24 only where a model's scores are all below 1 (a target in nanoamperes), which keep 24 bits of their own.
int choose_fraction_bits(const OnCodes& model, std::int16_t code_limit) {
  const double largest =
      (model.weights.cwiseAbs().rowwise().sum() * static_cast<double>(code_limit) + model.bias.cwiseAbs()).maxCoeff();
  if (!std::isfinite(largest)) throw std::runtime_error("a weight of the trained model is not finite");
  if (largest == 0) return kEnoughFractionBits;
  const double enough =
      std::min(kEnoughFractionBits - std::min(0.0, std::floor(std::log2(largest))), double{kMostFractionBits});
  return static_cast<int>(std::clamp(std::floor(std::log2(kMostScore / largest)), -double{kMostFractionBits}, enough));
}

double largest_sum(const QuantizedLinear& quantized) {
  double largest = 0;
  for (std::uint32_t k = 0; k < quantized.outputs; ++k) {
    double sum = 0;
    for (std::uint32_t i = 0; i < quantized.stride; ++i) sum += std::abs(quantized.weights[k * quantized.stride + i]);
    largest = std::max(largest, sum);
  }
  return largest;
}

/// Integer weights with a scale an output; the scale goes into the requantization.
void quantize_weights(const OnCodes& model, QuantizedLinear& quantized) {
  const double most = quantized.precision == Precision::kInt8 ? 127 : 32767;
  const double unit = std::ldexp(1.0, quantized.fraction_bits);
  quantized.weights.assign(std::size_t{quantized.outputs} * quantized.stride, 0);
  std::vector<double> scales;
  for (Eigen::Index k = 0; k < model.weights.rows(); ++k) {
    const double scale = model.weights.row(k).cwiseAbs().maxCoeff() / most;
    scales.push_back(scale);
    for (Eigen::Index i = 0; i < model.weights.cols() && scale > 0; ++i) {
      quantized.weights[static_cast<std::size_t>(k * quantized.stride + i)] =
          static_cast<std::int16_t>(std::nearbyint(model.weights(k, i) / scale));
    }
  }
  if (quantized.precision == Precision::kInt16) {
    const double bits = std::log2(largest_sum(quantized) * quantized.encoding.code_limit + 1) - 30;
    quantized.sum_shift = static_cast<std::uint8_t>(std::max(0.0, std::ceil(bits)));
  }
  for (Eigen::Index k = 0; k < model.weights.rows(); ++k) {
    const double real = std::ldexp(scales[static_cast<std::size_t>(k)], quantized.sum_shift) * unit;
    quantized.requantization.push_back(requantization_of(real, model.bias[k] * unit));
  }
}

void keep_weights(const OnCodes& model, QuantizedLinear& quantized) {
  quantized.weights_float32.assign(std::size_t{quantized.outputs} * quantized.stride, 0);
  for (Eigen::Index k = 0; k < model.weights.rows(); ++k) {
    for (Eigen::Index i = 0; i < model.weights.cols(); ++i) {
      quantized.weights_float32[static_cast<std::size_t>(k * quantized.stride + i)] =
          static_cast<float>(model.weights(k, i));
    }
    quantized.bias_float32.push_back(static_cast<float>(model.bias[k]));
  }
}

using Statistics = std::vector<prepare::FeatureStatistics>;

/// With codes laid `over` what may be other statistics than those that z is made with.
QuantizedLinear quantize_within(const learn::LinearModel& model, const Statistics& statistics, const Statistics& over,
                                Input input, Precision precision, std::int16_t code_limit) {
  QuantizedLinear quantized;
  quantized.precision = precision;
  quantized.encoding = encode_features(over, input, code_limit, statistics);
  const OnCodes coded = on_codes(model, quantized.encoding);
  quantized.fraction_bits = choose_fraction_bits(coded, code_limit);
  quantized.outputs = static_cast<std::uint32_t>(model.weights.rows());
  quantized.link = link_of(model.link, quantized.fraction_bits);
  quantized.stride = (static_cast<std::uint32_t>(model.weights.cols()) + 3) / 4 * 4;
  if (precision == Precision::kFloat32) {
    keep_weights(coded, quantized);
  } else {
    quantize_weights(coded, quantized);
  }
  return quantized;
}

QuantizedLinear quantize_over(const learn::LinearModel& model, const Statistics& statistics, const Statistics& over,
                              Input input, Precision precision, std::int16_t most_code) {
  QuantizedLinear quantized = quantize_within(model, statistics, over, input, precision, most_code);
  if (precision != Precision::kInt8) return quantized;
  // int8 sums are 32 bits: with many features the codes give up bits until the worst sum fits.
  while (largest_sum(quantized) * quantized.encoding.code_limit > kMostInt32 - 2) {
    const auto limit = static_cast<std::int16_t>((kMostInt32 - 2) / largest_sum(quantized) * 0.99);
    quantized =
        quantize_within(model, statistics, over, input, precision,
                        std::min<std::int16_t>(limit, static_cast<std::int16_t>(quantized.encoding.code_limit - 1)));
  }
  return quantized;
}

/// rows x outputs: what the device answers, but for the rounding of sums.
Eigen::MatrixXd answers_of(const QuantizedLinear& linear, const Eigen::MatrixXd& features) {
  const double limit = linear.encoding.code_limit;
  Eigen::MatrixXd codes = Eigen::MatrixXd::Zero(features.rows(), features.cols());
  for (Eigen::Index i = 0; i < codes.cols(); ++i) {
    const FeatureEncoding& feature = linear.encoding.features[static_cast<std::size_t>(i)];
    if (feature.unit == 0) continue;
    codes.col(i) = features.col(i).unaryExpr(
        [&](double z) { return std::clamp(std::nearbyint((z - feature.shift_in_z) / feature.unit), -limit, limit); });
  }
  Eigen::MatrixXd answers(features.rows(), linear.outputs);
  for (std::uint32_t k = 0; k < linear.outputs; ++k) {
    const Requantization& how = linear.requantization[k];
    Eigen::VectorXd weights(features.cols());
    for (Eigen::Index i = 0; i < weights.size(); ++i) {
      weights[i] = linear.weights[k * linear.stride + static_cast<std::size_t>(i)];
    }
    const double real = std::ldexp(how.multiplier, -how.shift - linear.sum_shift);
    answers.col(k) = ((codes * weights).array() * real + how.bias) * std::ldexp(1.0, -linear.fraction_bits);
  }
  return answers;
}

/// How far answers are from those that were learned: squared errors, or rows of another class, and between equals the
/// mean error as a share of the answer, of which a row that saturates has one at most.
double distance(const Eigen::MatrixXd& answers, const Eigen::MatrixXd& learned, const Request& request) {
  if (!request.examples.classifies()) return (answers - learned).squaredNorm();
  double rows = ((answers - learned).array().abs() / (1 + learned.array().abs())).cwiseMin(1).mean();
  for (Eigen::Index row = 0; row < answers.rows(); ++row) {
    const bool same =
        learn::class_of(answers, row, request.threshold) == learn::class_of(learned, row, request.threshold);
    rows += same ? 0 : 1;
  }
  return rows;
}

}  // namespace

QuantizedLinear quantize_linear(const learn::LinearModel& model, const Statistics& statistics, Input input,
                                Precision precision, std::int16_t most_code) {
  return quantize_over(model, statistics, statistics, input, precision, most_code);
}

/// A column with a few far values has a large weight for a deviation, beside which small integers hold those of the
/// others badly. Codes of what is not far have no such weight, but saturate: they are taken where the training rows'
/// answers are nearer to what was learned.
QuantizedLinear quantize(const learn::LinearModel& model, const Request& request) {
  QuantizedLinear whole =
      quantize_linear(model, request.statistics, request.input, request.precision, request.most_code);
  if (request.precision == Precision::kFloat32) return whole;
  const auto over = without_far(request.statistics, request.examples.features);
  if (!over) return whole;
  QuantizedLinear near =
      quantize_over(model, request.statistics, *over, request.input, request.precision, request.most_code);
  const Eigen::MatrixXd learned = learn::scores(model, request.examples.features);
  const auto distance_of = [&](const QuantizedLinear& linear) {
    return distance(answers_of(linear, request.examples.features), learned, request);
  };
  return distance_of(near) < distance_of(whole) ? near : whole;
}

}  // namespace nuthatch::quantize
