#include "unit/make_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace nuthatch::test {
namespace {

std::size_t padded(std::size_t count) { return (count + 3) / 4 * 4; }

void append(const PlainLayer& layer, std::size_t inputs, quantize::QuantizedNetwork& network) {
  network.layers.push_back({layer.outputs, layer.activation, layer.low, layer.high});
  for (std::size_t k = 0; k < layer.outputs; ++k) {
    for (std::size_t i = 0; i < padded(inputs); ++i) {
      network.weights.push_back(i < inputs ? layer.weights.at(k * inputs + i) : std::int8_t{0});
    }
  }
  network.bias.insert(network.bias.end(), layer.bias.begin(), layer.bias.end());
  network.multipliers.insert(network.multipliers.end(), layer.multipliers.begin(), layer.multipliers.end());
  network.shifts.insert(network.shifts.end(), layer.shifts.begin(), layer.shifts.end());
}

/// gemmlowp's SaturatingRoundingDoublingHighMul.
std::int32_t doubling_high_product(std::int32_t a, std::int32_t b) {
  constexpr std::int32_t kLeast = std::numeric_limits<std::int32_t>::min();
  if (a == kLeast && b == kLeast) return std::numeric_limits<std::int32_t>::max();
  const std::int64_t product = std::int64_t{a} * b;
  const std::int64_t nudge = product >= 0 ? std::int64_t{1} << 30 : 1 - (std::int64_t{1} << 30);
  return static_cast<std::int32_t>((product + nudge) / (std::int64_t{1} << 31));
}

/// gemmlowp's RoundingDivideByPOT.
std::int32_t divide_by_power(std::int32_t x, int exponent) {
  const auto mask = static_cast<std::int32_t>((std::int64_t{1} << exponent) - 1);
  const std::int32_t remainder = x & mask;
  const std::int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

}  // namespace

exporting::ModelContents network_contents(std::size_t features, const std::vector<PlainLayer>& layers,
                                          quantize::Input input) {
  exporting::ModelContents contents;
  quantize::QuantizedNetwork network;
  const std::size_t outputs = layers.back().outputs;
  network.encoding = {input, 32767, std::vector<quantize::FeatureEncoding>(features), false};
  for (quantize::FeatureEncoding& feature : network.encoding.features) feature.multiplier = 2;
  network.outputs = static_cast<std::uint32_t>(outputs);
  std::size_t inputs = features;
  for (const PlainLayer& layer : layers) {
    append(layer, inputs, network);
    inputs = layer.outputs;
  }
  contents.classifies = outputs > 1;
  contents.feature_names.assign(features, "f");
  for (std::size_t k = 0; outputs > 1 && k < outputs; ++k) contents.classes.push_back(fmt::format("c{}", k));
  contents.predictor = std::move(network);
  contents.baseline_rows = 1;
  contents.lineage.model = std::string("test");
  contents.lineage.target = std::string("y");
  return contents;
}

quantize::QuantizedNetwork& network_of(exporting::ModelContents& contents) {
  return std::get<quantize::QuantizedNetwork>(contents.predictor);
}

std::int32_t tflite_multiply(std::int32_t x, std::int32_t multiplier, int shift) {
  const int left = std::max(shift, 0);
  const int right = std::max(-shift, 0);
  return divide_by_power(doubling_high_product(x * (1 << left), multiplier), right);
}

std::int64_t spec_negative_power(std::int64_t x) {
  if (x >= 28 * 65536) return 0;
  const auto drop = [](std::int64_t i) {
    return i == 64 ? 65535 : std::llround((1 - std::exp2(-static_cast<double>(i) / 64)) * 131072);
  };
  const std::int64_t index = x % 65536 / 1024;
  const std::int64_t fallen = drop(index) * 1024 + (drop(index + 1) - drop(index)) * (x % 1024);
  return ((std::int64_t{1} << 27) - fallen) >> (x / 65536);
}

std::int16_t spec_tanh(std::int32_t exponent, std::int16_t high) {
  const std::int64_t e = spec_negative_power(std::min<std::int64_t>(std::abs(std::int64_t{exponent}), 28 * 4096) * 16);
  const std::int64_t below = ((std::int64_t{1} << 27) - e) / 2048;
  const std::int64_t above = ((std::int64_t{1} << 27) + e) / 2048;
  const std::int64_t value = (below * high + above / 2) / above;
  return static_cast<std::int16_t>(exponent < 0 ? -value : value);
}

std::vector<std::int32_t> spec_scores(const quantize::QuantizedNetwork& network,
                                      const std::vector<std::int16_t>& codes) {
  std::vector<std::int32_t> inputs(codes.begin(), codes.end());
  std::size_t weight = 0;
  std::size_t unit = 0;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const quantize::QuantizedLayer& layer = network.layers[i];
    std::vector<std::int32_t> values;
    for (std::size_t k = 0; k < layer.outputs; ++k, ++unit, weight += padded(inputs.size())) {
      std::int32_t sum = network.bias[unit];
      for (std::size_t j = 0; j < inputs.size(); ++j) sum += network.weights[weight + j] * inputs[j];
      const std::int32_t scaled = tflite_multiply(sum, network.multipliers[unit], network.shifts[unit]);
      const bool as_it_comes = i + 1 == network.layers.size() && layer.low == 0 && layer.high == 0;
      if (layer.activation == Activation::kTanh) {
        values.push_back(spec_tanh(scaled, layer.high));
      } else {
        values.push_back(as_it_comes ? scaled : std::clamp<std::int32_t>(scaled, layer.low, layer.high));
      }
    }
    inputs = values;
  }
  return inputs;
}

}  // namespace nuthatch::test
