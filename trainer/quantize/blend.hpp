#ifndef NUTHATCH_TRAINER_QUANTIZE_BLEND_HPP
#define NUTHATCH_TRAINER_QUANTIZE_BLEND_HPP

#include <cstddef>
#include <variant>
#include <vector>

#include "quantize/forest.hpp"
#include "quantize/linear.hpp"
#include "quantize/network.hpp"
#include "quantize/quantized.hpp"
#include "quantize/svm.hpp"

namespace nuthatch::quantize {

using QuantizedMember = std::variant<QuantizedLinear, QuantizedSvm, QuantizedForest, QuantizedNetwork>;

inline const Quantized& common(const QuantizedMember& member) {
  return std::visit([](const auto& kind) -> const Quantized& { return kind; }, member);
}
inline Quantized& common(QuantizedMember& member) {
  return std::visit([](auto& kind) -> Quantized& { return kind; }, member);
}

/// A predictor of values, and what its score adds to the blend's.
struct BlendMember {
  QuantizedMember predictor;
  Requantization scale;
};

/// A sum of predictors in the device's arithmetic (SPEC.md, "The blend kind"); all have the blend's encoding.
struct QuantizedBlend : Quantized {
  std::vector<BlendMember> members;
};

/// The largest code with which predictors of all of a blend's kinds do: sums of `features` products of codes and int8
/// weights stay within 31 bits, and so do their squared distances.
std::int16_t common_code_limit(std::size_t features);

}  // namespace nuthatch::quantize

#endif
