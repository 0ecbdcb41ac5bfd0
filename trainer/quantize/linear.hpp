#ifndef NUTHATCH_TRAINER_QUANTIZE_LINEAR_HPP
#define NUTHATCH_TRAINER_QUANTIZE_LINEAR_HPP

#include <cstdint>
#include <vector>

#include "learn/linear.hpp"
#include "quantize/quantized.hpp"

namespace nuthatch::quantize {

/// A linear model in the device's arithmetic (SPEC.md, "The linear kind").
struct QuantizedLinear : Quantized {
  std::uint32_t stride = 0;                    ///< features, rounded up to a multiple of 4
  std::vector<std::int16_t> weights;           ///< int8 and int16; outputs x stride
  std::vector<float> weights_float32;          ///< float32
  std::vector<Requantization> requantization;  ///< int8 and int16
  std::vector<float> bias_float32;             ///< float32
  std::uint8_t sum_shift = 0;                  ///< int16
};

/// Post-training quantization; a weight scale an output. Chooses code_limit and fraction_bits so that no sum can
/// overflow. Throws std::runtime_error if a weight is not finite.
QuantizedLinear quantize_linear(const learn::LinearModel& model,
                                const std::vector<prepare::FeatureStatistics>& statistics, Input input,
                                Precision precision, std::int16_t most_code = INT16_MAX);

}  // namespace nuthatch::quantize

#endif
