#include "unit/make_svm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "unit/make_network.hpp"

namespace nuthatch::test {
namespace {

using quantize::Kernel;

std::int64_t clamped(std::int64_t value, std::int64_t most) { return std::clamp(value, -most, most); }

/// value / 2^shift, half up.
std::int64_t rounded_shift(std::int64_t value, int shift) {
  return shift == 0 ? value : (value + (std::int64_t{1} << (shift - 1))) >> shift;
}

std::int64_t kernel_value(const PlainSvm& svm, std::size_t v, const std::vector<std::int16_t>& codes) {
  std::int64_t distance = 0;
  std::int64_t product = svm.norms[v];
  for (std::size_t i = 0; i < svm.features; ++i) {
    const std::int64_t element = std::int64_t{svm.vectors[v * svm.features + i]} * (1 << svm.shifts[v]);
    distance += (codes[i] - element) * (codes[i] - element);
    product += codes[i] * element;
  }
  if (svm.kernel == Kernel::kRbf) {
    if (distance >= svm.scale.bias) return 0;
    return spec_negative_power(((distance << svm.scale.shift) * svm.scale.multiplier) >> 32);
  }
  if (svm.kernel == Kernel::kLinear) return product;
  const std::int64_t x =
      clamped(svm.scale.bias + rounded_shift(product * svm.scale.multiplier, svm.scale.shift), std::int64_t{1} << 30);
  if (svm.kernel == Kernel::kSigmoid) return spec_tanh(static_cast<std::int32_t>(x), 32767);
  std::int64_t power = x;
  for (int i = 1; i < svm.degree; ++i) power = rounded_shift(power * x, 30);
  return power;
}

std::int64_t squashed(std::int64_t sum) {
  const std::int64_t share = 21845 - 21845 * 32768 / (std::abs(sum) + 32768);
  return sum < 0 ? -share : share;
}

}  // namespace

void set_squares(PlainSvm& svm) {
  svm.norms.clear();
  for (std::size_t v = 0; v < svm.shifts.size(); ++v) {
    std::int64_t square = 0;
    for (std::size_t i = 0; i < svm.features; ++i) {
      const std::int64_t element = std::int64_t{svm.vectors[v * svm.features + i]} * (1 << svm.shifts[v]);
      square += element * element;
    }
    svm.norms.push_back(static_cast<std::int32_t>(square));
  }
}

exporting::ModelContents svm_contents(const PlainSvm& plain, quantize::Input input) {
  exporting::ModelContents contents;
  quantize::QuantizedSvm svm;
  const std::size_t classes = plain.class_vectors.size();
  svm.encoding = {input, plain.code_limit, std::vector<quantize::FeatureEncoding>(plain.features), false};
  for (quantize::FeatureEncoding& feature : svm.encoding.features) feature.multiplier = 2;
  svm.outputs = classes > 2 ? static_cast<std::uint32_t>(classes) : 1;
  svm.kernel = plain.kernel;
  svm.degree = plain.degree;
  svm.stride = static_cast<std::uint32_t>((plain.features + 3) / 4 * 4);
  for (std::size_t v = 0; v < plain.shifts.size(); ++v) {
    for (std::size_t i = 0; i < svm.stride; ++i) {
      svm.vectors.push_back(i < plain.features ? plain.vectors.at(v * plain.features + i) : std::int8_t{0});
    }
  }
  svm.vector_shifts = plain.shifts;
  svm.norms = plain.norms;
  svm.kernel_scale = plain.scale;
  svm.class_vectors = plain.class_vectors;
  svm.coefficients = plain.coefficients;
  svm.bias = plain.bias;
  svm.sum_shift = plain.sum_shift;
  contents.classifies = classes > 0;
  contents.feature_names.assign(plain.features, "f");
  for (std::size_t k = 0; k < classes; ++k) contents.classes.push_back(fmt::format("c{}", k));
  contents.predictor = std::move(svm);
  contents.baseline_rows = 1;
  contents.lineage.model = std::string("test");
  contents.lineage.target = std::string("y");
  return contents;
}

quantize::QuantizedSvm& svm_of(exporting::ModelContents& contents) {
  return std::get<quantize::QuantizedSvm>(contents.predictor);
}

std::vector<std::int32_t> spec_scores(const PlainSvm& svm, const std::vector<std::int16_t>& codes) {
  const std::size_t count = svm.shifts.size();
  const std::size_t classes = std::max<std::size_t>(svm.class_vectors.size(), 1);
  std::vector<std::int64_t> values;
  std::vector<std::size_t> class_of;
  for (std::size_t v = 0; v < count; ++v) values.push_back(kernel_value(svm, v, codes));
  for (std::size_t k = 0; k < svm.class_vectors.size(); ++k) class_of.insert(class_of.end(), svm.class_vectors[k], k);
  class_of.resize(count, 0);
  const auto decision = [&](std::size_t first, std::size_t second, std::size_t pair, std::int64_t most) {
    std::int64_t sum = 0;
    for (std::size_t v = 0; v < count; ++v) {
      if (class_of[v] == first) sum += values[v] * svm.coefficients[(second - 1) * count + v];
      if (class_of[v] == second) sum += values[v] * svm.coefficients[first * count + v];
    }
    return clamped(svm.bias[pair] + rounded_shift(sum, svm.sum_shift), most);
  };
  if (classes <= 2) return {static_cast<std::int32_t>(decision(0, 1, 0, 0x7FFFFFFF))};
  std::vector<std::int64_t> votes(classes, 0);
  std::vector<std::int64_t> sums(classes, 0);
  std::size_t pair = 0;
  for (std::size_t first = 0; first < classes; ++first) {
    for (std::size_t second = first + 1; second < classes; ++second, ++pair) {
      const std::int64_t decided = decision(first, second, pair, 1 << 21);
      ++votes[decided > 0 ? first : second];
      sums[first] += decided;
      sums[second] -= decided;
    }
  }
  std::vector<std::int32_t> scores;
  for (std::size_t k = 0; k < classes; ++k) {
    scores.push_back(static_cast<std::int32_t>(votes[k] * 65536 + squashed(sums[k])));
  }
  return scores;
}

}  // namespace nuthatch::test
