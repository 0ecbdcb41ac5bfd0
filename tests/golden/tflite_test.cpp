// The network kind's arithmetic is TensorFlow Lite's: fully connected layers of its models, every intermediate value of
// its reference kernels (make_tflite.py).

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "nuthatch/nuthatch.hpp"
#include "unit/make_network.hpp"
#include "unit/runtime_buffer.hpp"

namespace nuthatch::golden {

using Json = nlohmann::json;
using test::PlainLayer;

namespace {

Json read_networks() {
  std::ifstream file(NUTHATCH_TEST_DATA "/golden/tflite/layers.json");
  return Json::parse(file).at("networks");
}

std::vector<std::int8_t> bytes_of(const std::string& hexadecimal) {
  std::vector<std::int8_t> bytes;
  for (std::size_t i = 0; i < hexadecimal.size(); i += 2) {
    bytes.push_back(static_cast<std::int8_t>(std::stoi(hexadecimal.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

/// Weights are per tensor there: one multiplier for all units.
PlainLayer layer_of(const Json& json) {
  const auto outputs = json.at("outputs").get<std::uint16_t>();
  return {outputs,
          test::Activation::kNone,
          json.at("low"),
          json.at("high"),
          bytes_of(json.at("weights")),
          json.at("bias"),
          std::vector<std::int32_t>(outputs, json.at("multiplier").get<std::int32_t>()),
          std::vector<std::int8_t>(outputs, json.at("shift").get<std::int8_t>())};
}

/// The first `count` layers as a model of their own, whose scores are then the last one's values.
std::vector<std::uint8_t> first_layers(const Json& network, std::size_t count) {
  std::vector<PlainLayer> layers;
  for (std::size_t i = 0; i < count; ++i) layers.push_back(layer_of(network.at("layers").at(i)));
  return exporting::write_model(
      test::network_contents(network.at("layers").at(0).at("inputs"), layers, quantize::Input::kInt16));
}

std::vector<std::int32_t> predict(const Model& model, const std::vector<std::int16_t>& row) {
  std::vector<std::int32_t> outputs(model.footprint().outputs);
  std::vector<std::uint32_t> scratch(model.footprint().scratch_words);
  const Status status = model.predict(Span<const std::int16_t>(row.data(), row.size()),
                                      {outputs.data(), outputs.size()}, {scratch.data(), scratch.size()});
  REQUIRE(status == Status::kOk);
  return outputs;
}

}  // namespace

TEST_CASE("TensorFlow Lite's layers, value by value") {
  const Json networks = read_networks();
  CHECK(networks.size() == 3);
  std::size_t values = 0;
  for (const Json& network : networks) {
    CAPTURE(network.at("name").get<std::string>());
    for (std::size_t count = 1; count <= network.at("layers").size(); ++count) {
      CAPTURE(count);
      const test::Buffer<std::uint8_t> bytes(first_layers(network, count));
      Model model;
      REQUIRE(open<Int16Input, Network>({bytes.data(), bytes.size()}, model) == Status::kOk);
      for (const Json& row : network.at("rows")) {
        const auto expected = row.at("layers").at(count - 1).get<std::vector<std::int32_t>>();
        CHECK(predict(model, row.at("input")) == expected);
        values += expected.size();
      }
    }
  }
  CHECK(values == 3 * (16 + 16 + 1 + 128 + 8 + 128));
}

TEST_CASE("TensorFlow Lite's hello_world, whole, on every int8 input") {
  const Json network = read_networks().at(0);
  const test::Buffer<std::uint8_t> bytes(first_layers(network, 3));
  Model model;
  REQUIRE(open<Int16Input, Network>({bytes.data(), bytes.size()}, model) == Status::kOk);
  const auto inputs = network.at("inputs").get<std::vector<std::int16_t>>();
  const auto outputs = network.at("outputs").get<std::vector<std::int32_t>>();
  REQUIRE(inputs.size() == 288);
  std::size_t different = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) different += predict(model, {inputs[i]})[0] == outputs.at(i) ? 0 : 1;
  CHECK(different == 0);
}

}  // namespace nuthatch::golden
