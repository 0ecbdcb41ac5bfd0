// The network kind: its arithmetic against SPEC.md's, written a second time, and what `open` proves of it (I60 to I65).

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "runtime/src/kernels/network.hpp"
#include "runtime/src/network.hpp"
#include "runtime/src/tanh.hpp"
#include "unit/make_model.hpp"
#include "unit/make_network.hpp"

namespace nuthatch::test {

using exporting::ModelContents;
using quantize::QuantizedNetwork;

namespace {

using Random = std::mt19937;
constexpr std::int32_t kMost = 0x7FFFFFFF;

/// In [low, high]; the standard's distributions differ from library to library.
std::int64_t between(Random& random, std::int64_t low, std::int64_t high) {
  const std::uint64_t wide = (std::uint64_t{random()} << 32) | random();
  return low + static_cast<std::int64_t>(wide % static_cast<std::uint64_t>(high - low + 1));
}

template <class Element>
std::vector<Element> many(Random& random, std::size_t count, std::int64_t low, std::int64_t high) {
  std::vector<Element> elements(count);
  for (Element& element : elements) element = static_cast<Element>(between(random, low, high));
  return elements;
}

/// Weights of all sizes; multipliers that bring the sums of inputs up to `range` to about the layer's limits.
PlainLayer random_layer(Random& random, std::size_t inputs, std::uint16_t outputs, Activation activation, double range,
                        std::int16_t high) {
  PlainLayer layer{outputs, activation, 0, high, {}, {}, {}, {}};
  layer.low = static_cast<std::int16_t>(activation == Activation::kRelu ? 0 : -high);
  layer.weights = many<std::int8_t>(random, inputs * outputs, -127, 127);
  layer.bias = many<std::int32_t>(random, outputs, -1000000, 1000000);
  layer.multipliers = many<std::int32_t>(random, outputs, 1 << 30, kMost);
  const double typical = 70 * range * std::sqrt(static_cast<double>(inputs));
  const double target = activation == Activation::kTanh ? 12000 : high;
  const auto shift = std::lround(std::log2(target / typical));
  layer.shifts = many<std::int8_t>(random, outputs, std::max(-31L, shift - 1), shift + 1);
  return layer;
}

/// `sizes`: features, units of each hidden layer, outputs. The codes reach `range`.
std::vector<PlainLayer> random_layers(Random& random, const std::vector<std::uint16_t>& sizes, Activation activation,
                                      double range) {
  std::vector<PlainLayer> layers;
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    const bool last = i + 1 == sizes.size();
    const auto high = static_cast<std::int16_t>(between(random, 1, 3) == 1 ? 127 : between(random, 1, 32767));
    layers.push_back(random_layer(random, sizes[i - 1], sizes[i], last ? Activation::kNone : activation, range, high));
    if (last && between(random, 0, 1) == 1) layers.back().low = layers.back().high = 0;
    range = high;
  }
  return layers;
}

void check_rows(const ModelContents& contents, Random& random, std::int16_t range) {
  Opened opened(exporting::write_model(contents));
  REQUIRE(opened.status == Status::kOk);
  const auto& network = std::get<QuantizedNetwork>(contents.predictor);
  CHECK(opened.scratch.size() == quantize::scratch_words(contents.predictor));
  for (int row = 0; row < 5; ++row) {
    const auto codes = many<std::int16_t>(random, contents.feature_names.size(), -range, range);
    if (network.encoding.input == quantize::Input::kInt16) {
      REQUIRE(opened.predict(codes) == Status::kOk);
    } else {
      REQUIRE(opened.predict(std::vector<float>(codes.begin(), codes.end())) == Status::kOk);
    }
    CHECK(std::vector<std::int32_t>(opened.outputs.begin(), opened.outputs.end()) == spec_scores(network, codes));
    CHECK(opened.codes() == codes);
  }
}

/// 3 features, 5 and 6 hidden units, 3 outputs.
ModelContents good_contents() {
  Random random(1);
  return network_contents(3, random_layers(random, {3, 5, 6, 3}, Activation::kRelu, 100));
}

Status status_of(const ModelContents& contents) { return Opened(exporting::write_model(contents)).status; }

Status status_after(const std::function<void(QuantizedNetwork&)>& change) {
  ModelContents contents = good_contents();
  REQUIRE(status_of(contents) == Status::kOk);
  change(network_of(contents));
  return status_of(contents);
}

/// One unit on one feature.
PlainLayer one_unit(std::int8_t weight, std::int32_t bias, std::int32_t multiplier, std::int8_t shift) {
  return {1, Activation::kNone, 0, 0, {weight}, {bias}, {multiplier}, {shift}};
}

/// `value` as a sum and a bias that add up to it.
bool agrees(std::int32_t value, std::int32_t multiplier, int shift, Random& random) {
  const auto bias = static_cast<std::int32_t>(between(random, std::min(0, value), std::max(0, value)));
  std::int32_t sum = value - bias;
  const auto narrow = static_cast<std::int8_t>(shift);
  kernels::requantize(1, {&bias, &multiplier, &narrow}, &sum);
  return sum == tflite_multiply(value, multiplier, shift);
}

}  // namespace

TEST_CASE("network: requantize is TensorFlow Lite's, at every shift and at the ends") {
  Random random(7);
  const std::vector<std::int32_t> edges = {
      0, 1, -1, 2, -2, 3, -3, 1 << 30, -(1 << 30), (1 << 30) + 1, kMost - 1, kMost, -kMost + 1, -kMost};
  std::vector<std::int32_t> multipliers = {0, 1, 1 << 30, (1 << 30) + 1, kMost - 1, kMost};
  for (int i = 0; i < 50; ++i) multipliers.push_back(static_cast<std::int32_t>(between(random, 1 << 30, kMost)));
  std::size_t different = 0;
  for (int shift = -31; shift <= 30; ++shift) {
    const std::int32_t most = shift > 0 ? kMost >> shift : kMost;
    std::vector<std::int32_t> values = many<std::int32_t>(random, 200, -most, most);
    for (const std::int32_t edge : edges) values.push_back(std::clamp(edge, -most, most));
    // Halves of the shift to the right, and their neighbours.
    for (int near = -3; shift < -1 && near <= 3; ++near) {
      values.push_back(static_cast<std::int32_t>((std::int64_t{near} << (-shift - 1)) % kMost));
    }
    for (const std::int32_t multiplier : multipliers) {
      for (const std::int32_t value : values) different += agrees(value, multiplier, shift, random) ? 0 : 1;
    }
  }
  CHECK(different == 0);
}

TEST_CASE("network: tanh is SPEC.md's for every argument, and near the true one") {
  const double kScale = 2 / std::log(2.0) * 4096;
  double worst = 0;
  for (const std::int16_t high : {std::int16_t{1}, std::int16_t{127}, std::int16_t{4096}, std::int16_t{32767}}) {
    std::size_t different = 0;
    double most = 0;
    for (std::int32_t exponent = -(29 << 12); exponent <= 29 << 12; ++exponent) {
      const std::int16_t value = detail::tanh_of(exponent, high);
      different += value == spec_tanh(exponent, high) ? 0 : 1;
      most = std::max(most, std::abs(value - high * std::tanh(exponent / kScale)));
    }
    CHECK(different == 0);
    CHECK(most <= 0.5 + high * 0x1p-15);
    worst = std::max(worst, (most - 0.5) / high);
    for (const std::int32_t far : {1 << 20, kMost, -kMost})
      CHECK(detail::tanh_of(far, high) == (far > 0 ? high : -high));
  }
  MESSAGE("tanh off by at most ", worst * 32768, " * 2^-15 before it is rounded");
}

TEST_CASE("network: scores are SPEC.md's for random shapes") {
  Random random(3);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::uint16_t> sizes = {static_cast<std::uint16_t>(between(random, 1, 40))};
    const auto hidden = static_cast<std::size_t>(between(random, 0, 4));
    for (std::size_t i = 0; i < hidden; ++i) sizes.push_back(static_cast<std::uint16_t>(between(random, 1, 37)));
    constexpr std::uint16_t kOutputs[] = {1, 3, 4, 10, 33};
    sizes.push_back(kOutputs[between(random, 0, 4)]);
    const auto activation = static_cast<Activation>(between(random, 0, 2));
    const auto range = static_cast<std::int16_t>(between(random, 1, 16000));
    const auto input = between(random, 0, 1) == 1 ? quantize::Input::kInt16 : quantize::Input::kFloat32;
    CAPTURE(round);
    check_rows(network_contents(sizes[0], random_layers(random, sizes, activation, range), input), random, range);
  }
}

TEST_CASE("network: layers about the tile's size, and each layer larger or smaller than its neighbours") {
  Random random(5);
  for (std::uint16_t units = 14; units <= 33; ++units) {
    CAPTURE(units);
    check_rows(network_contents(2, random_layers(random, {2, units, units, 3}, Activation::kRelu, 100)), random, 100);
  }
  const std::vector<std::vector<std::uint16_t>> shapes = {
      {3, 40, 2, 30, 3}, {3, 2, 40, 1, 3}, {3, 1, 1, 1, 1}, {64, 9, 1}};
  for (const std::vector<std::uint16_t>& sizes : shapes) {
    check_rows(network_contents(sizes[0], random_layers(random, sizes, Activation::kTanh, 100)), random, 100);
  }
}

TEST_CASE("network: the scratch is the codes and the largest two neighbouring hidden layers, each to four") {
  Random random(5);
  const auto words = [&](const std::vector<std::uint16_t>& sizes) {
    const auto contents = network_contents(sizes[0], random_layers(random, sizes, Activation::kNone, 10));
    return Opened(exporting::write_model(contents)).model.footprint().scratch_words;
  };
  CHECK(words({5, 1}) == 4);                    // 8 codes
  CHECK(words({4, 5, 3}) == 2 + 4);             // one hidden layer of 8
  CHECK(words({4, 5, 9, 3}) == 2 + 4 + 6);      // 8 and 12
  CHECK(words({4, 1, 9, 30, 2, 3}) == 2 + 22);  // 12 and 32
}

TEST_CASE("network: the sums' ends stay in 32 bits") {
  // 127 * 32767 * 516 + bias is just below 2^31.
  constexpr std::size_t kFeatures = 516;
  constexpr std::int32_t kProducts = 127 * 32767 * static_cast<std::int32_t>(kFeatures);
  for (const int sign : {1, -1}) {
    PlainLayer layer{1, Activation::kNone, 0, 0, {}, {}, {kMost}, {0}};
    layer.weights.assign(kFeatures, static_cast<std::int8_t>(127 * sign));
    layer.bias.assign(1, sign * (kMost - kProducts));
    ModelContents contents = network_contents(kFeatures, {layer});
    Opened opened(exporting::write_model(contents));
    REQUIRE(opened.status == Status::kOk);
    for (const float value : {32767.0F, -32767.0F}) {
      REQUIRE(opened.predict(std::vector<float>(kFeatures, value)) == Status::kOk);
      CHECK(
          opened.outputs[0] ==
          spec_scores(network_of(contents), std::vector<std::int16_t>(kFeatures, static_cast<std::int16_t>(value)))[0]);
    }
    network_of(contents).bias[0] += sign;
    CHECK(status_of(contents) == Status::kOverflow);
  }
}

TEST_CASE("I60 the layers are what the vectors hold") {
  CHECK(status_after([](QuantizedNetwork& n) { n.layers.clear(); }) == Status::kShape);
  CHECK(status_after([](QuantizedNetwork& n) { n.layers[1].outputs = 0; }) == Status::kShape);
  CHECK(status_after([](QuantizedNetwork& n) { n.layers[0].outputs = 65535; }) == Status::kShape);
  CHECK(status_after([](QuantizedNetwork& n) { n.layers.pop_back(); }) == Status::kShape);
  CHECK(status_after([](QuantizedNetwork& n) { n.layers.push_back(n.layers.back()); }) == Status::kShape);
  CHECK(status_after([](QuantizedNetwork& n) { n.weights.push_back(0); }) == Status::kShape);
  CHECK(status_after([](QuantizedNetwork& n) { n.weights.pop_back(); }) == Status::kShape);
  CHECK(status_after([](QuantizedNetwork& n) { n.bias.push_back(0); }) == Status::kShape);
  CHECK(status_after([](QuantizedNetwork& n) { n.multipliers.pop_back(); }) == Status::kShape);
  CHECK(status_after([](QuantizedNetwork& n) { n.shifts.push_back(0); }) == Status::kShape);
  // As many units and weights as before, but not the model's outputs.
  CHECK(status_after([](QuantizedNetwork& n) {
          n.layers = {{5, Activation::kRelu, 0, 9}, {4, Activation::kRelu, 0, 9}, {5, Activation::kNone, 0, 0}};
        }) == Status::kShape);
  // All in step, and a layer of nothing between.
  CHECK(status_after([](QuantizedNetwork& n) {
          const std::size_t row = (n.layers[n.layers.size() - 2].outputs + 3U) / 4 * 4;
          n.weights.erase(n.weights.end() - static_cast<std::ptrdiff_t>(row * n.layers.back().outputs),
                          n.weights.end());
          n.layers.insert(n.layers.end() - 1, {0, Activation::kRelu, 0, 9});
        }) == Status::kShape);
  // All in step but one unit more than the layers have.
  CHECK(status_after([](QuantizedNetwork& n) {
          n.bias.push_back(0);
          n.multipliers.push_back(0);
          n.shifts.push_back(0);
        }) == Status::kShape);
}

TEST_CASE("I61 activations are known and limits in order") {
  CHECK(status_after([](QuantizedNetwork& n) { n.layers[0].activation = Activation(3); }) == Status::kNumber);
  CHECK(status_after([](QuantizedNetwork& n) { n.layers[0].low = static_cast<std::int16_t>(n.layers[0].high + 1); }) ==
        Status::kNumber);
  CHECK(status_after([](QuantizedNetwork& n) { n.layers[0] = {5, Activation::kNone, 9, 9}; }) == Status::kOk);
  CHECK(status_after([](QuantizedNetwork& n) { n.layers[1] = {6, Activation::kRelu, 0, 0}; }) == Status::kOk);
  CHECK(status_after([](QuantizedNetwork& n) { n.layers[0] = {5, Activation::kNone, -32768, -32768}; }) == Status::kOk);
  CHECK(status_after([](QuantizedNetwork& n) { n.layers[0] = {5, Activation::kTanh, -1, 1}; }) == Status::kOk);
  CHECK(status_after([](QuantizedNetwork& n) { n.layers[0] = {5, Activation::kTanh, 0, 0}; }) == Status::kNumber);
  CHECK(status_after([](QuantizedNetwork& n) { n.layers[0] = {5, Activation::kTanh, -126, 127}; }) == Status::kNumber);
  CHECK(status_after([](QuantizedNetwork& n) { n.layers[0] = {5, Activation::kTanh, 1, -1}; }) == Status::kNumber);
  CHECK(status_after([](QuantizedNetwork& n) {
          n.layers[0] = {5, Activation::kTanh, -32768, -32768};
        }) == Status::kNumber);
  CHECK(status_after([](QuantizedNetwork& n) { n.layers[2] = {3, Activation::kTanh, -9, 9}; }) == Status::kNumber);
  CHECK(status_after([](QuantizedNetwork& n) { n.layers[2] = {3, Activation::kNone, 0, 0}; }) == Status::kOk);
  CHECK(status_after([](QuantizedNetwork& n) { n.layers[2] = {3, Activation::kRelu, 0, 9}; }) == Status::kOk);
  CHECK(status_after([](QuantizedNetwork& n) { n.layers[2] = {3, Activation::kNone, 9, 9}; }) == Status::kNumber);
  CHECK(status_after([](QuantizedNetwork& n) { n.layers[2] = {3, Activation::kNone, 9, 8}; }) == Status::kNumber);
}

TEST_CASE("I62 the padding of every row is 0") {
  // 5 rows of 3, 6 of 5 and 3 of 6 weights, in strides of 4, 8 and 8.
  for (const std::size_t at : {3U, 19U, 25U, 27U, 67U, 74U, 75U, 91U}) {
    CAPTURE(at);
    CHECK(status_after([&](QuantizedNetwork& n) { n.weights.at(at) = -1; }) == Status::kNumber);
  }
  CHECK(status_after([](QuantizedNetwork& n) { n.weights.at(68 + 21) = 1; }) == Status::kOk);
}

TEST_CASE("I63 multipliers are not negative, shifts are TensorFlow Lite's") {
  CHECK(status_after([](QuantizedNetwork& n) { n.multipliers.front() = -1; }) == Status::kNumber);
  CHECK(status_after([](QuantizedNetwork& n) { n.multipliers.back() = -kMost - 1; }) == Status::kNumber);
  CHECK(status_after([](QuantizedNetwork& n) { n.multipliers.back() = 0; }) == Status::kOk);
  CHECK(status_after([](QuantizedNetwork& n) { n.shifts.front() = -32; }) == Status::kNumber);
  CHECK(status_after([](QuantizedNetwork& n) { n.shifts.front() = -31; }) == Status::kOk);
  CHECK(status_after([](QuantizedNetwork& n) { n.shifts.back() = 31; }) == Status::kNumber);
  CHECK(status_after([](QuantizedNetwork& n) { n.shifts.back() = 127; }) == Status::kNumber);
  // A unit without weights and with a bias of 1 may be shifted by 30.
  const auto lonely = [](std::int8_t shift) { return status_of(network_contents(1, {one_unit(0, 1, kMost, shift)})); };
  CHECK(lonely(30) == Status::kOk);
  CHECK(lonely(31) == Status::kNumber);
}

TEST_CASE("I64 no sum leaves 32 bits, shifted left or not") {
  const auto status = [](std::int8_t weight, std::int32_t bias, std::int8_t shift) {
    return status_of(network_contents(1, {one_unit(weight, bias, 1 << 30, shift)}));
  };
  constexpr std::int32_t kRoom = kMost - 32767;
  CHECK(status(1, kRoom, 0) == Status::kOk);
  CHECK(status(1, kRoom + 1, 0) == Status::kOverflow);
  CHECK(status(1, -kRoom, -31) == Status::kOk);
  CHECK(status(1, -kRoom - 1, -31) == Status::kOverflow);
  CHECK(status(0, -kMost, 0) == Status::kOk);
  CHECK(status(0, -kMost - 1, 0) == Status::kOverflow);
  CHECK(status(-128, kMost - 128 * 32767, 0) == Status::kOk);
  CHECK(status(-128, kMost - 128 * 32767 + 1, 0) == Status::kOverflow);
  CHECK(status(1, 0, 16) == Status::kOk);  // 32767 << 16
  CHECK(status(1, 1, 16) == Status::kOverflow);
  CHECK(status(2, 0, 15) == Status::kOk);
  CHECK(status(2, 0, 16) == Status::kOverflow);
}

TEST_CASE("I64 a hidden layer's sums are bounded by the limits of the layer before") {
  const auto status = [](std::int16_t low, std::int16_t high, std::int32_t bias) {
    PlainLayer hidden = one_unit(1, 0, kMost, 0);
    hidden.low = low;
    hidden.high = high;
    return status_of(network_contents(1, {hidden, one_unit(-127, bias, kMost, 0)}));
  };
  CHECK(status(-5, 100, kMost - 12700) == Status::kOk);
  CHECK(status(-5, 100, kMost - 12700 + 1) == Status::kOverflow);
  CHECK(status(-200, 100, kMost - 25400) == Status::kOk);
  CHECK(status(-200, 100, kMost - 25400 + 1) == Status::kOverflow);
  CHECK(status(-200, -100, kMost - 25400 + 1) == Status::kOverflow);
  CHECK(status(-32768, 0, kMost - 127 * 32768) == Status::kOk);
  CHECK(status(-32768, 0, kMost - 127 * 32768 + 1) == Status::kOverflow);
}

TEST_CASE("I65 a network's weights are int8") {
  CHECK(status_after([](QuantizedNetwork& n) { n.precision = Precision::kInt16; }) == Status::kKindNotLinked);
  CHECK(status_after([](QuantizedNetwork& n) { n.precision = Precision::kFloat32; }) == Status::kKindNotLinked);
}

TEST_CASE("network: firmware that did not name it refuses it") {
  const Buffer<std::uint8_t> bytes(exporting::write_model(good_contents()));
  Model model;
  CHECK(open<Float32Input, Int16Input, Linear, LinearFloat32>({bytes.data(), bytes.size()}, model) ==
        Status::kKindNotLinked);
  CHECK(open<Float32Input, Network>({bytes.data(), bytes.size()}, model) == Status::kOk);
  CHECK(open<Int16Input, Network>({bytes.data(), bytes.size()}, model) == Status::kInputNotLinked);
}

}  // namespace nuthatch::test
