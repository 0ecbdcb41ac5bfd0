#include "evil/small_models.hpp"

#include <cmath>
#include <random>

#include "unit/make_blend.hpp"
#include "unit/make_forest.hpp"
#include "unit/make_model.hpp"
#include "unit/make_network.hpp"
#include "unit/make_svm.hpp"

namespace nuthatch::test {

using quantize::Kernel;

ModelBytes small_svm(Kernel kernel, const std::vector<std::uint32_t>& class_vectors, quantize::Input input) {
  PlainSvm svm;
  svm.features = 2;
  svm.kernel = kernel;
  svm.code_limit = 3000;
  std::size_t count = 0;
  for (const std::uint32_t vectors : class_vectors) count += vectors;
  for (std::size_t at = 0; at < 2 * count; ++at) {
    svm.vectors.push_back(static_cast<std::int8_t>(static_cast<int>(at) * 37 % 255 - 127));
  }
  for (std::size_t v = 0; v < count; ++v) svm.shifts.push_back(static_cast<std::uint8_t>(v % 5));
  set_squares(svm);
  svm.scale = {300000000, kernel == Kernel::kRbf ? 20000000 : 12345,
               static_cast<std::uint8_t>(kernel == Kernel::kRbf ? 0 : 20)};
  const std::size_t others = class_vectors.size() == 1 ? 1 : class_vectors.size() - 1;
  if (class_vectors.size() > 1) svm.class_vectors = class_vectors;
  for (std::size_t at = 0; at < others * count; ++at) {
    svm.coefficients.push_back(static_cast<std::int16_t>(static_cast<int>(at) * 7919 % 65535 - 32767));
  }
  svm.bias.assign(others * (others + 1) / 2, -3000);
  svm.sum_shift = 27;
  return ModelBytes(exporting::write_model(svm_contents(svm, input)));
}

ModelBytes small_bayes(std::size_t classes, quantize::Input input, bool logistic) {
  // All but the numbers of the kind as the trainer's writer makes it.
  exporting::ModelContents contents = make_contents({Precision::kInt16, input, 2, classes, 0});
  quantize::QuantizedBayes bayes;
  static_cast<quantize::Quantized&>(bayes) = contents.common();
  if (logistic) bayes.link = {quantize::LinkKind::kLogistic, {{1 << 30, 0, 26}}, 0};
  bayes.stride = 4;
  for (std::uint32_t k = 0; k < bayes.outputs; ++k) {
    const auto own = static_cast<std::int32_t>(k);
    bayes.terms.insert(bayes.terms.end(), {-300 - 17 * own, 5000, -211, 4000 * own - 6000, 0, 0, 0, 0});
    bayes.constants.push_back(1234567 - (std::int64_t{own} << 34));
  }
  bayes.shift = 20;
  contents.predictor = bayes;
  return ModelBytes(exporting::write_model(contents));
}

namespace {

exporting::ModelContents small_trees(std::uint8_t feature_bits, bool votes, quantize::Input input,
                                     std::uint32_t slots) {
  std::mt19937 random(2);
  const std::uint32_t outputs = votes || feature_bits == 8 ? 3 : 1;
  const ForestShape shape = {feature_bits, votes, 3, outputs, 2, slots};
  return forest_contents(3, random_forest(random, shape), input, outputs > 1);
}

}  // namespace

ModelBytes small_forest(std::uint8_t feature_bits, bool votes, quantize::Input input, std::uint32_t slots) {
  return ModelBytes(exporting::write_model(small_trees(feature_bits, votes, input, slots)));
}

ModelBytes small_octaves() {
  exporting::ModelContents contents = small_trees(6, false, quantize::Input::kFloat32, 9);
  quantize::FeatureEncoding& feature = contents.common().encoding.features[1];
  feature.offset = 1;
  feature.scale = -std::ldexp(1.0F, -13);
  return ModelBytes(exporting::write_model(contents));
}

ModelBytes small_network(const std::vector<std::uint16_t>& sizes, Activation activation, quantize::Input input) {
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
  return ModelBytes(exporting::write_model(network_contents(sizes[0], layers, input)));
}

ModelBytes small_blend(std::size_t first, std::size_t second, quantize::Input input) {
  std::mt19937 random(5);
  const std::vector<PlainMember> members = {random_member(first, 2, random), random_member(second, 2, random)};
  return ModelBytes(exporting::write_model(blend_contents(2, members, input)));
}

ModelBytes small_prepared(quantize::Input input) {
  exporting::ModelContents contents = make_contents({quantize::Precision::kInt8, input, 5, 0, 0});
  add_preparation(contents);
  return ModelBytes(exporting::write_model(contents));
}

ModelBytes small_projected(quantize::Input input) {
  exporting::ModelContents contents = make_contents({quantize::Precision::kInt8, input, 2, 0, 0});
  add_projection(contents);
  return ModelBytes(exporting::write_model(contents));
}

namespace {

exporting::ModelContents watched(std::size_t classes, std::size_t histograms) {
  exporting::ModelContents contents =
      make_contents({quantize::Precision::kInt8, quantize::Input::kFloat32, 2, classes, 0});
  const auto& features = contents.common().encoding.features;
  for (std::size_t i = 2 - histograms; i < 2; ++i) {
    quantize::Histogram histogram;
    histogram.feature = static_cast<std::uint16_t>(i);
    histogram.low = features[i].low;
    histogram.last = static_cast<std::uint16_t>(features[i].high - features[i].low);
    histogram.scale = static_cast<std::uint16_t>(std::min(1 << 15, (64 << 15) / (histogram.last + 1)));
    for (std::size_t cell = 0; cell < 64; ++cell) histogram.cell_bins[cell] = static_cast<std::uint8_t>(cell / 4);
    histogram.rows.fill(9);
    contents.watch.histograms.push_back(histogram);
  }
  contents.watch.output_edges = {-5000, 100, 7000};
  contents.watch.output_rows = {3, 3, 3, 3};
  contents.watch.level = quantize::Level::kFull;
  contents.watch.latency_buckets = 12;
  for (std::size_t i = 0; i < histograms; ++i) contents.watch.ranks.push_back(static_cast<std::uint16_t>(i));
  contents.watch.class_bins.assign(classes, 3);
  contents.watch.tests.assign(histograms + 2, {5000, 9000, 100, 700, 60, 3});
  contents.watch.reciprocals.resize(histograms + 2);
  for (auto& test : contents.watch.reciprocals) test.fill(16384);
  return contents;
}

}  // namespace

ModelBytes small_watched(std::size_t classes, std::size_t histograms) {
  return ModelBytes(exporting::write_model(watched(classes, histograms)));
}

ModelBytes small_thresholded(bool with_histogram) {
  exporting::ModelContents contents =
      with_histogram ? watched(2, 1) : make_contents({quantize::Precision::kInt8, quantize::Input::kInt16, 1, 2, 0});
  contents.threshold = -0x01020304;
  return ModelBytes(exporting::write_model(contents));
}

ModelBytes small_explained_columns() {
  exporting::ModelContents contents = make_contents({quantize::Precision::kInt8, quantize::Input::kInt16, 3, 0, 0});
  add_preparation(contents);
  contents.explanation.emplace();
  contents.explanation->means = {300, -20, 7};
  return ModelBytes(exporting::write_model(contents));
}

ModelBytes small_explained_linear(std::size_t classes, quantize::Precision precision) {
  exporting::ModelContents contents = make_contents({precision, quantize::Input::kFloat32, 2, classes, 0});
  contents.explanation.emplace();
  contents.explanation->means = {300, -20};
  return ModelBytes(exporting::write_model(contents));
}

ModelBytes small_explained_forest(std::uint8_t feature_bits, bool votes) {
  constexpr std::uint32_t kSlots = 5;
  exporting::ModelContents contents = small_trees(feature_bits, votes, quantize::Input::kInt16, kSlots);
  quantize::Explanation& explanation = contents.explanation.emplace();
  explanation.leaf_shift = 3;
  explanation.node_shift = 1;
  const std::size_t groups = forest_of(contents).groups.size();
  for (std::size_t at = 0; at < groups * kSlots * (votes ? 3 : 1); ++at) {
    if (votes) explanation.node_shares.push_back(static_cast<std::uint8_t>(at * 37));
    if (!votes) explanation.node_values.push_back(static_cast<std::int16_t>(at * 7919));
  }
  return ModelBytes(exporting::write_model(contents));
}

}  // namespace nuthatch::test
