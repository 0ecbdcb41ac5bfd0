#ifndef NUTHATCH_TRAINER_QUANTIZE_NETWORK_HPP
#define NUTHATCH_TRAINER_QUANTIZE_NETWORK_HPP

#include <cstdint>
#include <vector>

#include "quantize/quantized.hpp"

namespace nuthatch::quantize {

enum class Activation : std::uint8_t { kNone = 0, kRelu = 1, kTanh = 2 };

struct QuantizedLayer {
  std::uint16_t outputs = 0;
  Activation activation = Activation::kNone;
  std::int16_t low = 0;  ///< what its values are clamped to, less the zero point
  std::int16_t high = 0;
};

/// A multi-layer perceptron in the device's arithmetic (SPEC.md, "The network kind"); layers one after another.
struct QuantizedNetwork : Quantized {
  std::vector<QuantizedLayer> layers;
  std::vector<std::int8_t> weights;       ///< a row an output, padded with 0 to a multiple of 4
  std::vector<std::int32_t> bias;         ///< one an output of each layer
  std::vector<std::int32_t> multipliers;  ///< as TensorFlow Lite's
  std::vector<std::int8_t> shifts;        ///< as TensorFlow Lite's: positive shifts left
};

}  // namespace nuthatch::quantize

#endif
