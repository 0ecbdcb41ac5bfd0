#ifndef NUTHATCH_TRAINER_QUANTIZE_PREDICTOR_HPP
#define NUTHATCH_TRAINER_QUANTIZE_PREDICTOR_HPP

#include <cstddef>
#include <variant>

#include "quantize/bayes.hpp"
#include "quantize/blend.hpp"
#include "quantize/forest.hpp"
#include "quantize/linear.hpp"
#include "quantize/network.hpp"
#include "quantize/svm.hpp"

namespace nuthatch::quantize {

/// A model in the device's arithmetic, of any kind.
using Predictor =
    std::variant<QuantizedLinear, QuantizedSvm, QuantizedBayes, QuantizedForest, QuantizedNetwork, QuantizedBlend>;

/// What all kinds have.
inline const Quantized& common(const Predictor& predictor) {
  return std::visit([](const auto& kind) -> const Quantized& { return kind; }, predictor);
}
inline Quantized& common(Predictor& predictor) {
  return std::visit([](auto& kind) -> Quantized& { return kind; }, predictor);
}

/// Words of scratch a prediction needs: the codes, two a word and rounded up to four, and what the kind adds (SPEC.md).
std::size_t scratch_words(const Predictor& predictor);
/// Bytes of the predictor's own vectors.
std::size_t weight_bytes(const Predictor& predictor);
/// Multiply-accumulates a prediction; of a forest, comparisons on the longest paths.
std::uint64_t multiply_accumulates(const Predictor& predictor);

}  // namespace nuthatch::quantize

#endif
