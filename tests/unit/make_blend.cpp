#include "unit/make_blend.hpp"

#include "unit/make_forest.hpp"
#include "unit/make_network.hpp"
#include "unit/make_svm.hpp"
#include "unit/runtime_reference.hpp"

namespace nuthatch::test {
namespace {

using Codes = std::vector<std::int16_t>;
using Random = std::mt19937;

std::int32_t between(std::int32_t low, std::int32_t high, Random& random) {
  const std::int64_t count = std::int64_t{high} - low + 1;
  return static_cast<std::int32_t>(low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(count)));
}

std::int64_t scaled(std::int64_t sum, const quantize::Requantization& how) {
  return how.bias + divide_rounding_half_up(sum * how.multiplier, how.shift);
}

PlainMember random_linear(std::size_t features, Random& random) {
  const bool fine = random() % 2 == 0;
  quantize::QuantizedLinear linear;
  linear.precision = fine ? quantize::Precision::kInt16 : quantize::Precision::kInt8;
  linear.outputs = 1;
  linear.stride = static_cast<std::uint32_t>((features + 3) / 4 * 4);
  linear.weights.assign(linear.stride, 0);
  for (std::size_t i = 0; i < features; ++i) {
    linear.weights[i] = static_cast<std::int16_t>(between(fine ? -9000 : -127, fine ? 9000 : 127, random));
  }
  linear.requantization = {{between(0, 1 << 24, random), between(-1000000, 1000000, random), 24}};
  const auto score = [features, linear](const Codes& codes) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < features; ++i) sum += std::int64_t{linear.weights[i]} * codes[i];
    return scaled(sum, linear.requantization[0]);
  };
  return {linear, score};
}

PlainMember random_svm(std::size_t features, Random& random) {
  constexpr quantize::Kernel kKernels[] = {quantize::Kernel::kRbf, quantize::Kernel::kLinear,
                                           quantize::Kernel::kSigmoid, quantize::Kernel::kPolynomial};
  PlainSvm svm;
  svm.features = features;
  svm.kernel = kKernels[random() % 4];
  svm.code_limit = kBlendLimit;
  const bool rbf = svm.kernel == quantize::Kernel::kRbf;
  for (std::size_t v = 0; v < 5; ++v) {
    for (std::size_t i = 0; i < features; ++i)
      svm.vectors.push_back(static_cast<std::int8_t>(between(-127, 127, random)));
    svm.shifts.push_back(rbf ? 5 : 0);
    svm.norms.push_back(between(-1000, 1000, random));
    svm.coefficients.push_back(static_cast<std::int16_t>(between(-3000, 3000, random)));
  }
  svm.scale = {1 << 12, rbf ? 0x7FFFFFFF : 5, static_cast<std::uint8_t>(rbf ? 0 : 6)};
  if (rbf) set_squares(svm);
  svm.bias = {between(-1000, 1000, random)};
  svm.sum_shift = 20;
  exporting::ModelContents contents = svm_contents(svm);
  return {svm_of(contents), [svm](const Codes& codes) { return spec_scores(svm, codes)[0]; }};
}

PlainMember random_trees(std::size_t features, Random& random) {
  const auto bits = static_cast<std::uint8_t>(random() % 2 == 0 ? 6 : 0);
  quantize::QuantizedForest forest = random_forest(random, {bits, false, features, 1, 1 + random() % 2, 20});
  exporting::ModelContents contents = forest_contents(features, forest, quantize::Input::kFloat32, false);
  return {forest_of(contents), [forest](const Codes& codes) { return spec_scores(forest, codes)[0]; }};
}

PlainMember random_network(std::size_t features, Random& random) {
  std::vector<PlainLayer> layers = {{5, Activation::kRelu, 0, 3000, {}, {}, {}, {}},
                                    {1, Activation::kNone, 0, 0, {}, {}, {}, {}}};
  if (random() % 2 == 0) layers[0] = {3, Activation::kTanh, -3000, 3000, {}, {}, {}, {}};
  std::size_t inputs = features;
  for (PlainLayer& layer : layers) {
    for (std::size_t i = 0; i < layer.outputs * inputs; ++i) {
      layer.weights.push_back(static_cast<std::int8_t>(between(-127, 127, random)));
    }
    for (std::size_t k = 0; k < layer.outputs; ++k) {
      layer.bias.push_back(between(-100000, 100000, random));
      layer.multipliers.push_back(between(1 << 30, 0x7FFFFFFF, random));
      layer.shifts.push_back(static_cast<std::int8_t>(between(-8, 0, random)));
    }
    inputs = layer.outputs;
  }
  exporting::ModelContents contents = network_contents(features, layers);
  const quantize::QuantizedNetwork network = network_of(contents);
  return {network, [network](const Codes& codes) { return spec_scores(network, codes)[0]; }};
}

}  // namespace

PlainMember random_member(std::size_t kind, std::size_t features, std::mt19937& random) {
  constexpr PlainMember (*kKinds[])(std::size_t, Random&) = {random_linear, random_svm, random_trees, random_network};
  PlainMember member = kKinds[kind](features, random);
  member.scale = {between(0, 0x7FFFFFFF, random), between(-1000000, 1000000, random),
                  static_cast<std::uint8_t>(between(34, 62, random))};
  return member;
}

exporting::ModelContents blend_contents(std::size_t features, const std::vector<PlainMember>& members,
                                        quantize::Input input) {
  exporting::ModelContents contents;
  quantize::QuantizedBlend blend;
  blend.encoding = {input, kBlendLimit, std::vector<quantize::FeatureEncoding>(features), false};
  for (quantize::FeatureEncoding& feature : blend.encoding.features) feature.multiplier = 2;
  blend.outputs = 1;
  for (const PlainMember& member : members) {
    blend.members.push_back({member.predictor, member.scale});
    quantize::common(blend.members.back().predictor).encoding = blend.encoding;
  }
  contents.feature_names.assign(features, "f");
  contents.predictor = std::move(blend);
  contents.baseline_rows = 1;
  contents.lineage.model = std::string("test");
  contents.lineage.target = std::string("y");
  return contents;
}

quantize::QuantizedBlend& blend_of(exporting::ModelContents& contents) {
  return std::get<quantize::QuantizedBlend>(contents.predictor);
}

std::int64_t spec_score(const std::vector<PlainMember>& members, const std::vector<std::int16_t>& codes) {
  std::int64_t sum = 0;
  for (const PlainMember& member : members) sum += scaled(member.score(codes), member.scale);
  return sum;
}

}  // namespace nuthatch::test
