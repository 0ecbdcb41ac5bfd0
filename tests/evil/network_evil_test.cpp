// Every change of a single byte of small networks, with the seal made good again: refused with a reason or used in
// bounds.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <zlib.h>

#include <cstring>

#include "evil/exercise.hpp"
#include "unit/make_network.hpp"
#include "unit/runtime_buffer.hpp"

namespace nuthatch::test {
namespace {

/// `sizes`: features, units of each layer. Scores that the limits clamp, or that come as they are.
Buffer<std::uint8_t> small_network(const std::vector<std::uint16_t>& sizes, Activation activation,
                                   quantize::Input input) {
  std::vector<PlainLayer> layers;
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    const bool last = i + 1 == sizes.size();
    PlainLayer layer{sizes[i], last ? Activation::kNone : activation, -127, 127, {}, {}, {}, {}};
    for (int at = 0; at < sizes[i] * sizes[i - 1]; ++at)
      layer.weights.push_back(static_cast<std::int8_t>(at * 37 % 255 - 127));
    layer.bias.assign(sizes[i], -3000);
    layer.multipliers.assign(sizes[i], 1500000000);
    layer.shifts.assign(sizes[i], activation == Activation::kTanh && !last ? 2 : -9);
    layers.push_back(layer);
  }
  if (activation == Activation::kRelu) layers.back().low = layers.back().high = 0;
  return Buffer<std::uint8_t>(exporting::write_model(network_contents(sizes[0], layers, input)));
}

}  // namespace

TEST_CASE("evil: every change of a byte of a network, sealed again, is refused or used in bounds") {
  std::size_t opened = 0;
  std::size_t refused = 0;
  for (const Activation activation : {Activation::kNone, Activation::kRelu, Activation::kTanh}) {
    const auto input = activation == Activation::kRelu ? quantize::Input::kInt16 : quantize::Input::kFloat32;
    for (const std::vector<std::uint16_t>& sizes : {std::vector<std::uint16_t>{2, 3, 5, 3}, {3, 4, 1}}) {
      const Buffer<std::uint8_t> bytes = small_network(sizes, activation, input);
      REQUIRE(exercise(bytes.data(), bytes.size()).status == Status::kOk);
      for (std::size_t at = 0; at + 4 < bytes.size(); ++at) {
        const std::uint8_t before = bytes[at];
        for (int change = 1; change < 256; ++change) {
          bytes[at] = static_cast<std::uint8_t>(before ^ change);
          const auto crc = static_cast<std::uint32_t>(::crc32(0, bytes.data(), static_cast<uInt>(bytes.size() - 4)));
          std::memcpy(bytes.data() + bytes.size() - 4, &crc, sizeof crc);
          const Outcome outcome = exercise(bytes.data(), bytes.size());
          ++(outcome.status == Status::kOk ? opened : refused);
          if (outcome.failure != nullptr) FAIL_CHECK(fmt::format("byte {} ^ {}: {}", at, change, outcome.failure));
        }
        bytes[at] = before;
      }
    }
  }
  CHECK(opened > 100000);
  CHECK(refused > 100000);
}

}  // namespace nuthatch::test
