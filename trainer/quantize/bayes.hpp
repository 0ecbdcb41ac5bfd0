#ifndef NUTHATCH_TRAINER_QUANTIZE_BAYES_HPP
#define NUTHATCH_TRAINER_QUANTIZE_BAYES_HPP

#include <cstdint>
#include <vector>

#include "quantize/quantized.hpp"

namespace nuthatch::quantize {

/// Gaussian naive Bayes in the device's arithmetic (SPEC.md, "The bayes kind"); a quadratic form an output.
struct QuantizedBayes : Quantized {
  std::uint32_t stride = 0;             ///< features, rounded up to a multiple of 4
  std::vector<std::int32_t> terms;      ///< outputs x stride pairs: square, linear
  std::vector<std::int64_t> constants;  ///< one an output
  std::uint8_t shift = 0;               ///< from sums to score words
};

}  // namespace nuthatch::quantize

#endif
