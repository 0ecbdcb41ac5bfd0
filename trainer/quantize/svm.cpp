#include "quantize/svm.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "quantize/link.hpp"
#include "quantize/quantize.hpp"
#include "quantize/svm_rounded.hpp"

namespace nuthatch::quantize {
namespace {

using Eigen::Index;
using learn::SvmModel;

constexpr double kMostElement = 127;
constexpr double kMostCoefficient = 32767;
constexpr double kMostInt32 = 2147483647.0;
constexpr double kMostTotal = 1073741823.0;  // of a row of coefficients
constexpr int kMostVectorShift = 15;
constexpr int kMostSumShift = 62;
/// Bits that vectors of short weights have below those of the longest, where all have one scale.
constexpr int kFinerVectors = 3;
/// Powers of two that `exp2_negative` counts before it says 0.
constexpr double kReach = 28 * 65536;
/// Beyond the largest argument of the training rows.
constexpr double kHeadroom = 1.25;
/// Beyond the largest decision of the training rows, where nothing tighter is known.
constexpr double kDecisionHeadroom = 8;
constexpr double kMostScore = 1073741824.0;  // 2^30
constexpr int kEnoughFractionBits = 24;
constexpr int kMostFractionBits = 64;
/// Of several classes: a vote is 2^16, a decision of 1 is 2^15 (SPEC.md, "The svm kind").
constexpr int kVoteBits = 16;
constexpr int kDecisionBits = 15;

/// Kernel values in the device's integers: value = integer * 2^-bits * worth, of each vector.
struct KernelWorth {
  int bits = 0;
  Eigen::VectorXd worth;
  RoundedVectors rounded = {};  ///< not of a linear kernel
};

double mean_unit(const Encoding& encoding) {
  double sum = 0;
  double count = 0;
  for (const FeatureEncoding& feature : encoding.features) {
    sum += feature.unit;
    count += feature.unit > 0 ? 1 : 0;
  }
  return count > 0 ? sum / count : 1;
}

/// A standardized value as a code, not rounded; 0 of a feature that the device cannot tell apart.
double code_of_z(const FeatureEncoding& feature, double z) {
  return feature.unit > 0 ? (z - feature.shift_in_z) / feature.unit : 0;
}

/// The examples as the device has them.
Eigen::MatrixXd codes_of(const Eigen::MatrixXd& features, const Encoding& encoding) {
  Eigen::MatrixXd codes = features;
  const double limit = encoding.code_limit;
  for (Index i = 0; i < codes.cols(); ++i) {
    const FeatureEncoding& feature = encoding.features[static_cast<std::size_t>(i)];
    for (double& z : codes.col(i)) z = std::clamp(std::nearbyint(code_of_z(feature, z)), -limit, limit);
  }
  return codes;
}

double farthest_code(const SvmModel& model, const Encoding& encoding) {
  double farthest = 0;
  for (Index i = 0; i < model.vectors.cols(); ++i) {
    for (const double z : model.vectors.col(i)) {
      farthest = std::max(farthest, std::abs(code_of_z(encoding.features[static_cast<std::size_t>(i)], z)));
    }
  }
  return farthest;
}

/// The finest codes with which no squared distance leaves 31 bits, the farthest vector being 127 << shift.
Encoding choose_codes(const SvmModel& model, const Request& request) {
  // What lies beyond the codes saturates.
  const double farthest =
      std::min(farthest_code(model, encode_features(request.statistics, request.input)), double{INT16_MAX});
  const auto features = static_cast<double>(model.vectors.cols());
  for (int shift = kMostVectorShift; shift >= 0; --shift) {
    const double largest = std::ldexp(kMostElement, shift);
    const double limit =
        std::min<double>(request.most_code, farthest > 0 ? std::floor(INT16_MAX * largest / farthest) : largest);
    if (limit < 1 || features * (limit + largest) * (limit + largest) > kMostInt32) continue;
    return encode_features(request.statistics, request.input, static_cast<std::int16_t>(limit));
  }
  // So many features that codes have no more bits than vectors.
  const double limit = std::min<double>(request.most_code, std::floor(std::sqrt(kMostInt32 / features)) - kMostElement);
  return encode_features(request.statistics, request.input, static_cast<std::int16_t>(limit));
}

std::int8_t element_of(double value) {
  return static_cast<std::int8_t>(std::clamp(std::nearbyint(value), -kMostElement, kMostElement));
}

/// Vectors of real numbers as elements and shifts, each vector with the least shift that holds its largest number.
/// Returns what the integers mean.
Eigen::MatrixXd round_vectors(const Eigen::MatrixXd& vectors, QuantizedSvm& quantized) {
  quantized.stride = (static_cast<std::uint32_t>(vectors.cols()) + 3) / 4 * 4;
  Eigen::MatrixXd rounded(vectors.rows(), vectors.cols());
  for (Index v = 0; v < vectors.rows(); ++v) {
    const double largest = vectors.row(v).cwiseAbs().maxCoeff();
    int shift = 0;
    while (shift < kMostVectorShift && std::ldexp(kMostElement, shift) < largest) ++shift;
    quantized.vector_shifts.push_back(static_cast<std::uint8_t>(shift));
    for (Index i = 0; i < quantized.stride; ++i) {
      const std::int8_t element = i < vectors.cols() ? element_of(std::ldexp(vectors(v, i), -shift)) : std::int8_t{0};
      quantized.vectors.push_back(element);
      if (i < vectors.cols()) rounded(v, i) = std::ldexp(element, shift);
    }
  }
  return rounded;
}

/// t = ((distance << shift) * multiplier) >> 32 is the exponent of 1/2, in units of 2^-16.
Requantization exponent_scale(double factor) {
  Requantization scale;
  scale.shift = 0;
  while (scale.shift < 31 && std::ldexp(factor, 32 - scale.shift) > kMostInt32) ++scale.shift;
  scale.multiplier =
      static_cast<std::int32_t>(std::min(std::nearbyint(std::ldexp(factor, 32 - scale.shift)), kMostInt32));
  // The first distance whose exponent would be kReach, or which shifted would leave 32 bits.
  const double step = std::ldexp(scale.multiplier, scale.shift - 32);
  const double reach = step > 0 ? std::ceil(kReach / step) : kMostInt32;
  scale.bias = static_cast<std::int32_t>(std::min({reach, kMostInt32, std::ldexp(1.0, 32 - scale.shift)}));
  return scale;
}

KernelWorth quantize_rbf(const SvmModel& model, const Request& request, QuantizedSvm& quantized) {
  quantized.encoding = choose_codes(model, request);
  Eigen::MatrixXd codes = model.vectors;
  const double limit = quantized.encoding.code_limit;
  for (Index i = 0; i < codes.cols(); ++i) {
    const FeatureEncoding& feature = quantized.encoding.features[static_cast<std::size_t>(i)];
    for (double& z : codes.col(i)) z = std::clamp(code_of_z(feature, z), -limit, limit);
  }
  const Eigen::MatrixXd rounded = round_vectors(codes, quantized);
  const Eigen::VectorXd norms = rounded.rowwise().squaredNorm();
  for (const double norm : norms) quantized.norms.push_back(static_cast<std::int32_t>(norm));
  const double unit = mean_unit(quantized.encoding);
  learn::KernelFunction kernel = model.kernel;
  kernel.gamma *= unit * unit;
  quantized.kernel_scale = exponent_scale(kernel.gamma * std::numbers::log2e * 65536);
  return {27,
          Eigen::VectorXd::Ones(codes.rows()),
          {kernel, rounded, codes_of(request.examples.features, quantized.encoding)}};
}

/// Vectors as weights of codes; what a step of each one's inner product is worth.
struct Weights {
  Eigen::VectorXd steps;
  Eigen::MatrixXd rounded;  ///< in steps, and behind each the constant that belongs to its inner products
};

Weights quantize_weights(const SvmModel& model, const Request& request, bool one_scale, QuantizedSvm& quantized) {
  const auto features = static_cast<double>(model.vectors.cols());
  const int finest = one_scale ? kFinerVectors : 0;
  const double limit = std::floor(kMostInt32 / 2 / (std::ldexp(kMostElement, finest) * features));
  quantized.encoding = encode_features(request.statistics, request.input,
                                       static_cast<std::int16_t>(std::clamp<double>(limit, 1.0, request.most_code)));
  Eigen::MatrixXd weights = model.vectors;
  Eigen::VectorXd constants = Eigen::VectorXd::Zero(weights.rows());
  for (Index i = 0; i < weights.cols(); ++i) {
    const FeatureEncoding& feature = quantized.encoding.features[static_cast<std::size_t>(i)];
    constants += weights.col(i) * feature.shift_in_z;
    weights.col(i) *= feature.unit;
  }
  Eigen::VectorXd steps = weights.cwiseAbs().rowwise().maxCoeff() / std::ldexp(kMostElement, finest);
  if (one_scale) steps.setConstant(steps.maxCoeff());
  steps = (steps.array() > 0).select(steps, 1);
  Eigen::MatrixXd rounded(weights.rows(), weights.cols() + 1);
  rounded << round_vectors(steps.cwiseInverse().asDiagonal() * weights, quantized),
      constants.cwiseQuotient(steps).unaryExpr([](double constant) { return std::nearbyint(constant); });
  for (const double constant : rounded.rightCols(1).reshaped()) {
    quantized.norms.push_back(static_cast<std::int32_t>(constant));
  }
  return {steps, rounded};
}

/// The same machine over the rows' codes and a 1.
RoundedVectors rounded_products(const SvmModel& model, const Request& request, const Weights& weights,
                                const Encoding& encoding) {
  const Eigen::MatrixXd& features = request.examples.features;
  Eigen::MatrixXd rows(features.rows(), features.cols() + 1);
  rows << codes_of(features, encoding), Eigen::VectorXd::Ones(features.rows());
  return {model.kernel, weights.steps.asDiagonal() * weights.rounded, rows};
}

/// The largest argument of the kernel that a training row can have.
double largest_argument(const SvmModel& model, const Request& request) {
  const double row = request.examples.features.rowwise().norm().maxCoeff();
  const double vector = model.vectors.rowwise().norm().maxCoeff();
  return kHeadroom * (model.kernel.gamma * row * vector + std::abs(model.kernel.coef0));
}

KernelWorth quantize_product(const SvmModel& model, const Request& request, QuantizedSvm& quantized) {
  const bool linear = model.kernel.kernel == learn::Kernel::kLinear;
  const Weights weights = quantize_weights(model, request, !linear, quantized);
  const Eigen::VectorXd& steps = weights.steps;
  if (linear) return {0, steps};
  double one = std::numbers::log2e * 2 * 4096;  // a sigmoid's argument of 1
  double worth = 32768.0 / 32767;
  int bits = 15;
  if (model.kernel.kernel == learn::Kernel::kPolynomial) {
    quantized.degree = static_cast<std::uint8_t>(model.kernel.degree);
    const double largest = std::max(largest_argument(model, request), 1e-30);
    one = std::ldexp(1.0, 30) / largest;
    worth = std::pow(largest, model.kernel.degree);
    bits = 30;
  }
  quantized.kernel_scale = requantization_of(model.kernel.gamma * steps[0] * one,
                                             std::clamp(model.kernel.coef0 * one, -kMostInt32, kMostInt32));
  return {bits, Eigen::VectorXd::Constant(steps.size(), worth),
          rounded_products(model, request, weights, quantized.encoding)};
}

/// A linear kernel's vectors add up, so each decision needs but one: that of classes i < j is then class i's.
SvmModel fold(const SvmModel& model) {
  const Eigen::MatrixXd origin = Eigen::MatrixXd::Zero(1, model.vectors.cols());
  const Eigen::MatrixXd axes = Eigen::MatrixXd::Identity(model.vectors.cols(), model.vectors.cols());
  const Eigen::VectorXd at_origin = learn::decisions(model, origin).row(0);
  SvmModel folded = model;
  folded.vectors = (learn::decisions(model, axes).rowwise() - at_origin.transpose()).transpose();
  folded.coefficients = Eigen::MatrixXd::Zero(folded.vectors.rows(), model.coefficients.cols());
  const auto classes = std::ssize(model.class_vectors);
  if (classes == 0) folded.coefficients(0, 0) = 1;
  for (Index first = 0; first < classes; ++first) {
    folded.class_vectors[static_cast<std::size_t>(first)] = static_cast<std::uint32_t>(classes - 1 - first);
    for (Index second = first + 1; second < classes; ++second) {
      folded.coefficients(learn::pair_of(classes, first, second), second - 1) = 1;
    }
  }
  return folded;
}

/// The most bits with which every coefficient fits 16 and every row's sum of sizes 30.
int coefficient_bits(const Eigen::MatrixXd& coefficients) {
  const double largest = coefficients.cwiseAbs().maxCoeff();
  const double total = coefficients.cwiseAbs().colwise().sum().maxCoeff();
  if (!std::isfinite(total)) throw std::runtime_error("svm: a coefficient of the trained model is not finite");
  if (largest == 0) return 0;
  // Rounding adds half to each at most.
  const double room =
      std::min(kMostCoefficient / largest, (kMostTotal - static_cast<double>(coefficients.rows())) / total);
  return static_cast<int>(std::floor(std::log2(room)));
}

/// The most fraction bits with which one score fits.
int score_bits(const SvmModel& model, const Request& request, const Eigen::MatrixXd& coefficients) {
  double largest = coefficients.cwiseAbs().sum() + std::abs(model.bias[0]);
  if (model.kernel.kernel != learn::Kernel::kRbf) {
    largest = kDecisionHeadroom * learn::decisions(model, request.examples.features).cwiseAbs().maxCoeff();
  }
  if (largest == 0) return kEnoughFractionBits;
  const double enough =
      std::min(kEnoughFractionBits - std::min(0.0, std::floor(std::log2(largest))), double{kMostFractionBits});
  return static_cast<int>(std::clamp(std::floor(std::log2(kMostScore / largest)), -double{kMostFractionBits}, enough));
}

/// Of several classes. Where all decisions are far below 1, as a very small C makes them, they are taken larger, all by
/// the same power of two: votes and their order stay, but would be lost in units of 2^-15.
int vote_decision_bits(const SvmModel& model, const Request& request) {
  constexpr double kSmall = 1.0 / 16;
  const double largest = learn::decisions(model, request.examples.features).cwiseAbs().maxCoeff();
  if (largest == 0 || largest >= kSmall) return kDecisionBits;
  return kDecisionBits - static_cast<int>(std::ceil(std::log2(largest)));
}

/// Coefficients by the kernel's worth, and from their sums to decisions of `decision_bits`.
void quantize_sums(const SvmModel& model, const KernelWorth& kernel, Eigen::MatrixXd coefficients, int decision_bits,
                   QuantizedSvm& quantized) {
  int bits = std::min(coefficient_bits(coefficients), kMostSumShift + decision_bits - kernel.bits);
  if (bits + kernel.bits < decision_bits) {
    throw std::runtime_error(
        "svm: the kernel's values are too large for the device; give a smaller --gamma or --degree");
  }
  quantized.sum_shift = static_cast<std::uint8_t>(bits + kernel.bits - decision_bits);
  const double sign = quantized.class_vectors.size() == 2 ? -1 : 1;  // one score is for class 1
  for (Index k = 0; k < coefficients.cols(); ++k) {
    for (const double coefficient : coefficients.col(k)) {
      quantized.coefficients.push_back(static_cast<std::int16_t>(std::nearbyint(sign * std::ldexp(coefficient, bits))));
    }
  }
  for (const double bias : model.bias) {
    const double word = std::clamp(std::nearbyint(sign * std::ldexp(bias, decision_bits)), -kMostInt32, kMostInt32);
    quantized.bias.push_back(static_cast<std::int32_t>(word));
  }
}

}  // namespace

QuantizedSvm quantize(const SvmModel& learned, const Request& request) {
  const bool linear = learned.kernel.kernel == learn::Kernel::kLinear;
  const bool rbf = learned.kernel.kernel == learn::Kernel::kRbf;
  const SvmModel exact = linear ? fold(learned) : learned;
  QuantizedSvm quantized;
  quantized.precision = Precision::kInt8;
  quantized.kernel = static_cast<Kernel>(exact.kernel.kernel);
  quantized.class_vectors = exact.class_vectors;
  const KernelWorth kernel =
      rbf ? quantize_rbf(exact, request, quantized) : quantize_product(exact, request, quantized);
  const SvmModel model = linear ? exact : fit_to_rounded(exact, kernel.rounded, request.examples);
  const Eigen::MatrixXd coefficients = kernel.worth.asDiagonal() * model.coefficients;
  const bool several = model.class_vectors.size() > 2;
  quantized.outputs = several ? static_cast<std::uint32_t>(model.class_vectors.size()) : 1;
  quantized.fraction_bits =
      several ? kVoteBits
              : std::min(score_bits(model, request, coefficients), coefficient_bits(coefficients) + kernel.bits);
  const int decision_bits = several ? vote_decision_bits(model, request) : quantized.fraction_bits;
  quantize_sums(model, kernel, coefficients, decision_bits, quantized);
  quantized.link = link_of(model.link, quantized.fraction_bits);
  return quantized;
}

}  // namespace nuthatch::quantize
