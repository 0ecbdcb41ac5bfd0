#include "quantize/predictor.hpp"

#include <algorithm>

#include "quantize/steps.hpp"

namespace nuthatch::quantize {
namespace {

std::size_t code_words(const Quantized& model) { return (model.encoding.features.size() + 3) / 4 * 2; }

std::size_t scratch_words_of(const QuantizedLinear& linear) { return linear.stride / 2; }
/// A sum of 64 bits a pair of classes, and a word of votes a class.
std::size_t scratch_words_of(const QuantizedSvm& svm) {
  return code_words(svm) + 2 * svm.bias.size() + (svm.outputs == 1 ? 0 : svm.outputs);
}
std::size_t scratch_words_of(const QuantizedBayes& bayes) { return code_words(bayes) + 2 * std::size_t{bayes.outputs}; }
std::size_t scratch_words_of(const QuantizedForest& forest) { return code_words(forest); }
/// The codes, and the values of the two neighbouring hidden layers that need most.
std::size_t scratch_words_of(const QuantizedNetwork& network) {
  std::size_t most = 0;
  std::size_t before = 0;
  for (std::size_t i = 0; i + 1 < network.layers.size(); ++i) {
    const std::size_t words = (network.layers[i].outputs + std::size_t{3}) / 4 * 2;
    most = std::max(most, before + words);
    before = words;
  }
  return code_words(network) + most;
}

/// Members have the scratch one after the other.
std::size_t scratch_words_of(const QuantizedBlend& blend) {
  std::size_t most = 0;
  for (const BlendMember& member : blend.members) {
    most = std::max(most, std::visit([](const auto& kind) { return scratch_words_of(kind); }, member.predictor));
  }
  return most;
}

std::size_t requantization_bytes(const std::vector<Requantization>& requantization) {
  return 12 * requantization.size();
}

std::size_t weight_bytes_of(const QuantizedLinear& linear) {
  constexpr std::size_t kWeightBytes[] = {1, 2, 4};
  return std::size_t{linear.outputs} * linear.stride * kWeightBytes[static_cast<int>(linear.precision)] +
         requantization_bytes(linear.requantization) + 4 * linear.bias_float32.size();
}
std::size_t weight_bytes_of(const QuantizedSvm& svm) {
  return svm.vectors.size() + 5 * svm.norms.size() + 4 * svm.class_vectors.size() + 2 * svm.coefficients.size() +
         4 * svm.bias.size() + requantization_bytes({svm.kernel_scale});
}
std::size_t weight_bytes_of(const QuantizedBayes& bayes) { return 4 * bayes.terms.size() + 8 * bayes.constants.size(); }
std::size_t weight_bytes_of(const QuantizedForest& forest) {
  return 8 * forest.groups.size() + 4 * (forest.slots.size() + forest.votes.size() + forest.bias.size());
}
std::size_t weight_bytes_of(const QuantizedNetwork& network) {
  return 8 * network.layers.size() + network.weights.size() + 9 * network.bias.size();
}

std::size_t weight_bytes_of(const QuantizedBlend& blend) {
  std::size_t sum = 0;
  for (const BlendMember& member : blend.members) {
    sum += requantization_bytes({member.scale}) +
           std::visit([](const auto& kind) { return weight_bytes_of(kind); }, member.predictor);
  }
  return sum;
}

std::uint64_t work_of(const QuantizedLinear& linear) {
  return std::uint64_t{linear.outputs} * linear.encoding.features.size();
}
std::uint64_t work_of(const QuantizedSvm& svm) {
  return svm.vectors.size() / svm.stride * svm.encoding.features.size() + svm.coefficients.size();
}
std::uint64_t work_of(const QuantizedBayes& bayes) {
  return 2 * bayes.constants.size() * bayes.encoding.features.size();
}
std::uint64_t work_of(const QuantizedForest& forest) { return work_of_trees(forest).comparisons; }
std::uint64_t work_of(const QuantizedNetwork& network) { return network.weights.size(); }

std::uint64_t work_of(const QuantizedBlend& blend) {
  std::uint64_t sum = 0;
  for (const BlendMember& member : blend.members) {
    sum += std::visit([](const auto& kind) { return work_of(kind); }, member.predictor);
  }
  return sum;
}

}  // namespace

std::size_t scratch_words(const Predictor& predictor) {
  return std::visit([](const auto& kind) { return scratch_words_of(kind); }, predictor);
}

std::size_t weight_bytes(const Predictor& predictor) {
  return std::visit([](const auto& kind) { return weight_bytes_of(kind); }, predictor);
}

std::uint64_t multiply_accumulates(const Predictor& predictor) {
  return std::visit([](const auto& kind) { return work_of(kind); }, predictor);
}

}  // namespace nuthatch::quantize
