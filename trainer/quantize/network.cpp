#include "quantize/network.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "quantize/quantize.hpp"

namespace nuthatch::quantize {
namespace {

using learn::DenseLayer;
using learn::NetworkModel;
using learn::NetworkRows;

constexpr double kMostWeight = 127;
/// Shares of 2^31 that products and bias may take of a sum; the rest is for rounding.
constexpr double kMostProducts = 0.5 * 2147483648.0;
constexpr double kMostBias = 0.45 * 2147483648.0;
constexpr double kMostValue = 32767;
/// Steps that a layer's values keep, whatever its followers' biases ask.
constexpr double kFewestValues = 256;
/// Beyond the largest value of the training rows; 14 bits are left even so.
constexpr double kHeadroom = 2;
constexpr double kMostScore = 536870912.0;  // 2^29: a score shifted left before it is multiplied stays below 2^31
constexpr double kEnoughFractionBits = 24;
constexpr double kMostFractionBits = 64;
/// What tanh's argument is multiplied by (SPEC.md, "The network kind").
constexpr double kTanhScale = 2 * std::numbers::log2e * 4096;

/// The network with the device's own inputs: code * step.
struct OnCodes {
  std::vector<DenseLayer> layers;
  NetworkRows rows;
  double step = 1;
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

OnCodes on_codes(const NetworkModel& model, const Request& request, const Encoding& encoding) {
  OnCodes result{model.layers, network_rows(request.examples, model), mean_unit(encoding)};
  DenseLayer& first = result.layers.front();
  Eigen::VectorXd bias = first.bias.cast<double>();
  for (Eigen::Index i = 0; i < first.weights.cols(); ++i) {
    const FeatureEncoding& feature = encoding.features[static_cast<std::size_t>(i)];
    bias += first.weights.col(i).cast<double>() * feature.shift_in_z;
    first.weights.col(i) *= static_cast<float>(feature.unit / result.step);
    for (Eigen::Index row = 0; row < request.examples.features.rows(); ++row) {
      const double z = request.examples.features(row, i) - feature.shift_in_z;
      const double limit = encoding.code_limit;
      const double code = feature.unit > 0 ? std::clamp(std::nearbyint(z / feature.unit), -limit, limit) : 0;
      result.rows.inputs(i, row) = static_cast<float>(code * result.step);
    }
  }
  first.bias = bias.cast<float>();
  return result;
}

double weight_scale(const DenseLayer& layer, Eigen::Index unit) {
  return double{layer.weights.row(unit).cwiseAbs().maxCoeff()} / kMostWeight;
}

/// The weights that int8 leaves of `learned`, a scale a unit.
void round_weights(const std::vector<DenseLayer>& learned, std::vector<DenseLayer>& rounded) {
  for (std::size_t i = 0; i < learned.size(); ++i) {
    rounded[i].bias = learned[i].bias;
    for (Eigen::Index k = 0; k < learned[i].weights.rows(); ++k) {
      const auto scale = static_cast<float>(weight_scale(learned[i], k));
      if (scale > 0) {
        rounded[i].weights.row(k) = (learned[i].weights.row(k).array() / scale).round() * scale;
      } else {
        rounded[i].weights.row(k).setZero();
      }
    }
  }
}

double rounded_loss(const std::vector<DenseLayer>& layers, const NetworkModel& model, const NetworkRows& rows) {
  std::vector<DenseLayer> rounded = layers;
  round_weights(layers, rounded);
  return network_loss(rounded, model.activation, rows);
}

/// Learns on with the weights rounded in each pass and the slope taken as if they were not (the straight-through
/// estimator: Bengio, Leonard and Courville, 2013); keeps what makes the loss of the rounded network least. Hidden
/// values have 14 bits or more of the training range, so their rounding need not be learned.
void fine_tune(const NetworkModel& model, const learn::Parameters& parameters, OnCodes& on_codes) {
  constexpr double kSlower = 0.1;
  constexpr std::uint32_t kMostEpochs = 10;
  learn::Descent how{std::min(parameters.epochs, kMostEpochs),
                     parameters.batch_size,
                     parameters.learning_rate * kSlower,
                     parameters.alpha,
                     parameters.seed,
                     {},
                     round_weights};
  std::vector<DenseLayer> layers = on_codes.layers;
  double least = rounded_loss(layers, model, on_codes.rows);
  how.after_epoch = [&](std::uint32_t /*done*/) {
    const double loss = rounded_loss(layers, model, on_codes.rows);
    if (loss < least) {
      least = loss;
      on_codes.layers = layers;
    }
    return true;
  };
  std::vector<std::uint32_t> all(static_cast<std::size_t>(on_codes.rows.inputs.cols()));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i);
  descend(on_codes.rows, std::move(all), model.activation, how, layers);
}

/// TensorFlow Lite's multiplier and shift of a factor: factor = multiplier * 2^(shift - 31).
void add_factor(double factor, QuantizedNetwork& quantized) {
  int shift = 0;
  double multiplier = std::nearbyint(std::ldexp(std::frexp(factor, &shift), 31));
  if (multiplier >= 2147483648.0) {
    multiplier /= 2;
    ++shift;
  }
  if (shift < -31) multiplier = shift = 0;  // so small that nothing is left of any sum
  if (shift > 30) throw std::runtime_error("mlp: the weights are too large for the device; give a larger --alpha");
  quantized.multipliers.push_back(static_cast<std::int32_t>(multiplier));
  quantized.shifts.push_back(static_cast<std::int8_t>(shift));
}

/// A layer's integer weights and biases, and what a step of their sums is worth, unit after unit.
struct IntegerLayer {
  Eigen::MatrixXd weights;
  Eigen::VectorXd bias;
  Eigen::VectorXd steps;
  /// The largest size of a unit's sum, for inputs of at most `limit`.
  Eigen::VectorXd largest_sums(double limit) const {
    return weights.cwiseAbs().rowwise().sum() * limit + bias.cwiseAbs();
  }
};

IntegerLayer integer_layer(const DenseLayer& layer, const Eigen::VectorXd& bias, double input_step) {
  IntegerLayer result{Eigen::MatrixXd::Zero(layer.weights.rows(), layer.weights.cols()),
                      Eigen::VectorXd::Zero(layer.weights.rows()), Eigen::VectorXd::Zero(layer.weights.rows())};
  for (Eigen::Index k = 0; k < layer.weights.rows(); ++k) {
    // Where a bias would leave the sum's range, the weights give up bits to it.
    const double scale = std::max(weight_scale(layer, k), std::abs(bias[k]) / (input_step * kMostBias));
    if (scale == 0) continue;
    result.weights.row(k) = (layer.weights.row(k).cast<double>().array() / scale).round();
    result.bias[k] = std::nearbyint(bias[k] / (input_step * scale));
    result.steps[k] = input_step * scale;
  }
  return result;
}

/// The largest input, in steps, with which neither products nor biases leave a sum's range; `range`: its real value.
double input_limit(const DenseLayer& layer, const Eigen::VectorXd& bias, double range) {
  double limit = kMostValue;
  double fewest = kFewestValues;
  for (Eigen::Index k = 0; k < layer.weights.rows(); ++k) {
    const double scale = weight_scale(layer, k);
    if (scale == 0) continue;
    const double products = layer.weights.row(k).cast<double>().cwiseAbs().sum() / scale;
    // Rounding adds half to each weight at most.
    fewest = std::min(fewest, kMostProducts / (products + static_cast<double>(layer.weights.cols()) / 2));
    limit = std::min(limit, kMostProducts / (products + static_cast<double>(layer.weights.cols()) / 2));
    if (bias[k] != 0) limit = std::min(limit, kMostBias * range * scale / std::abs(bias[k]));
  }
  return std::floor(std::max(limit, fewest));
}

/// Quantizes layer after layer, each knowing what the one before gives.
class Writer {
 public:
  Writer(const NetworkModel& model, const OnCodes& on_codes, QuantizedNetwork& quantized)
      : model_(model),
        layers_(on_codes.layers),
        rows_(on_codes.rows),
        quantized_(quantized),
        step_(on_codes.step),
        limit_(quantized.encoding.code_limit) {}

  void write() {
    Eigen::MatrixXf values = rows_.inputs;
    for (std::size_t i = 0; i + 1 < layers_.size(); ++i) {
      const IntegerLayer layer = integer_layer(layers_[i], layers_[i].bias.cast<double>(), step_);
      // One layer's values, as if they were scores; then what the activation makes of them.
      values = learn::network_outputs({layers_[i]}, model_.activation, values);
      write_hidden(layer, i, values);
      if (model_.activation == learn::Activation::kRelu) values = values.cwiseMax(0.0F);
      if (model_.activation == learn::Activation::kTanh) values = values.array().tanh();
    }
    write_scores();
  }

 private:
  /// Of the last layer, in the target's deviations.
  Eigen::VectorXd bias_of(std::size_t i) const {
    Eigen::VectorXd bias = layers_[i].bias.cast<double>();
    if (i + 1 == layers_.size()) bias.array() += model_.target_mean / model_.target_deviation;
    return bias;
  }

  void add(const IntegerLayer& layer, Activation activation, double low, double high) {
    const auto columns = layer.weights.cols();
    for (Eigen::Index k = 0; k < layer.weights.rows(); ++k) {
      for (Eigen::Index i = 0; i < (columns + 3) / 4 * 4; ++i) {
        quantized_.weights.push_back(static_cast<std::int8_t>(i < columns ? layer.weights(k, i) : 0.0));
      }
      quantized_.bias.push_back(static_cast<std::int32_t>(layer.bias[k]));
    }
    quantized_.layers.push_back({static_cast<std::uint16_t>(layer.weights.rows()), activation,
                                 static_cast<std::int16_t>(low), static_cast<std::int16_t>(high)});
  }

  void write_hidden(const IntegerLayer& layer, std::size_t i, const Eigen::MatrixXf& values) {
    const Eigen::VectorXd largest = layer.largest_sums(limit_).cwiseProduct(layer.steps);
    const bool saturates = model_.activation == learn::Activation::kTanh;
    const double positive =
        model_.activation == learn::Activation::kRelu ? values.maxCoeff() : values.cwiseAbs().maxCoeff();
    // The floor keeps a value that no training row comes near within 31 bits.
    double range = std::max({kHeadroom * positive, largest.maxCoeff() / 16384, 1e-30});
    if (saturates) range = 1;
    limit_ = input_limit(layers_[i + 1], bias_of(i + 1), range);
    step_ = range / limit_;
    const double low = model_.activation == learn::Activation::kRelu ? 0 : -limit_;
    add(layer, static_cast<Activation>(model_.activation), low, limit_);
    for (Eigen::Index k = 0; k < layer.steps.size(); ++k) {
      const double factor = saturates ? kTanhScale : 1 / step_;
      if (largest[k] * factor > kMostScore) {
        throw std::runtime_error(
            "mlp: the weights are too large for tanh; give a larger --alpha, or --activation relu");
      }
      add_factor(layer.steps[k] * factor, quantized_);
    }
  }

  void write_scores() {
    const std::size_t last = layers_.size() - 1;
    const IntegerLayer layer = integer_layer(layers_[last], bias_of(last), step_);
    const double unit = model_.target_deviation;
    const double largest = layer.largest_sums(limit_).cwiseProduct(layer.steps).maxCoeff() * unit;
    const double enough =
        largest > 0 ? std::min(kEnoughFractionBits - std::min(0.0, std::floor(std::log2(largest))), kMostFractionBits)
                    : kEnoughFractionBits;
    const double most = largest > 0 ? std::floor(std::log2(kMostScore / largest)) : enough;
    quantized_.fraction_bits = static_cast<int>(std::clamp(most, -kMostFractionBits, enough));
    add(layer, Activation::kNone, 0, 0);
    for (Eigen::Index k = 0; k < layer.steps.size(); ++k) {
      add_factor(std::ldexp(layer.steps[k] * unit, quantized_.fraction_bits), quantized_);
    }
  }

  const NetworkModel& model_;
  const std::vector<DenseLayer>& layers_;
  const NetworkRows& rows_;
  QuantizedNetwork& quantized_;
  double step_;   ///< what a step of a layer's inputs is worth
  double limit_;  ///< the largest of them, in steps
};

/// Nor may what they make of a training row be anything else.
void check_finite(const NetworkModel& model, const NetworkRows& rows) {
  bool finite = true;
  for (const DenseLayer& layer : model.layers) finite = finite && layer.weights.allFinite() && layer.bias.allFinite();
  if (!finite || !std::isfinite(network_loss(model.layers, model.activation, rows))) {
    throw std::runtime_error("mlp: a weight of the trained model is not finite, or too large");
  }
}

}  // namespace

QuantizedNetwork quantize(const NetworkModel& model, const Request& request) {
  check_finite(model, network_rows(request.examples, model));
  QuantizedNetwork quantized;
  quantized.precision = Precision::kInt8;
  const double features = static_cast<double>(request.statistics.size());
  const double limit = std::min<double>(request.most_code, std::floor(kMostProducts / (kMostWeight * features)));
  quantized.encoding = encode_features(request.statistics, request.input, static_cast<std::int16_t>(limit));
  quantized.outputs = static_cast<std::uint32_t>(model.layers.back().bias.size());
  OnCodes coded = on_codes(model, request, quantized.encoding);
  fine_tune(model, request.parameters, coded);
  Writer(model, coded, quantized).write();
  if (request.examples.classifies()) {
    const double exponent = std::numbers::log2e * 65536 * std::ldexp(1.0, -quantized.fraction_bits);
    quantized.link = {LinkKind::kLogistic, {requantization_of(exponent, 0)}, 0};
  }
  return quantized;
}

}  // namespace nuthatch::quantize
