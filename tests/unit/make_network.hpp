#ifndef NUTHATCH_TESTS_UNIT_MAKE_NETWORK_HPP
#define NUTHATCH_TESTS_UNIT_MAKE_NETWORK_HPP

#include <cstdint>
#include <vector>

#include "export/model_file.hpp"

/// Networks made by hand, and SPEC.md's arithmetic of them written a second time.
namespace nuthatch::test {

using quantize::Activation;

/// Without padding: weights are outputs x inputs.
struct PlainLayer {
  std::uint16_t outputs = 1;
  Activation activation = Activation::kNone;
  std::int16_t low = 0;
  std::int16_t high = 0;
  std::vector<std::int8_t> weights;
  std::vector<std::int32_t> bias;
  std::vector<std::int32_t> multipliers;
  std::vector<std::int8_t> shifts;
};

/// A network whose codes are the features as they are (float32 input, or int16 within +-16383), of code_limit 32767:
/// regression for one output, else as many classes. No golden rows.
exporting::ModelContents network_contents(std::size_t features, const std::vector<PlainLayer>& layers,
                                          quantize::Input input = quantize::Input::kFloat32);

quantize::QuantizedNetwork& network_of(exporting::ModelContents& contents);

/// TensorFlow Lite's MultiplyByQuantizedMultiplier, as its reference kernels define it.
std::int32_t tflite_multiply(std::int32_t x, std::int32_t multiplier, int shift);
/// SPEC.md, "The network kind": 2^27 * 2^(-x / 65536) by 64 straight lines.
std::int64_t spec_negative_power(std::int64_t x);
/// SPEC.md, "The network kind": tanh.
std::int16_t spec_tanh(std::int32_t exponent, std::int16_t high);
/// The scores that SPEC.md gives a row of codes.
std::vector<std::int32_t> spec_scores(const quantize::QuantizedNetwork& network,
                                      const std::vector<std::int16_t>& codes);

}  // namespace nuthatch::test

#endif
