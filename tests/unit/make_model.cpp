#include "unit/make_model.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <random>

#include "unit/runtime_reference.hpp"

namespace nuthatch::test {
namespace {

using exporting::ModelContents;
using Random = std::mt19937;

/// Between -1 and 1; the standard's distributions differ from library to library.
double symmetric(Random& random) { return static_cast<double>(random()) / 2147483648.0 - 1.0; }

std::vector<prepare::FeatureStatistics> make_statistics(const Recipe& recipe, Random& random) {
  std::vector<prepare::FeatureStatistics> statistics(recipe.features);
  for (std::size_t i = 0; i < recipe.features; ++i) {
    prepare::FeatureStatistics& feature = statistics[i];
    feature.name = fmt::format("f{}", i);
    feature.mean = 50 * symmetric(random);
    feature.deviation = 1 + 10 * std::abs(symmetric(random));
    feature.imputed = static_cast<float>(feature.mean + 0.1 * feature.deviation);
    feature.minimum = static_cast<float>(feature.mean - 2 * feature.deviation);
    feature.maximum = static_cast<float>(feature.mean + 3 * feature.deviation);
    feature.missing = i % 2 == 0 ? 1 : 0;
  }
  return statistics;
}

learn::LinearModel make_weights(const Recipe& recipe, Random& random) {
  const auto outputs = static_cast<Eigen::Index>(outputs_of(recipe));
  const auto features = static_cast<Eigen::Index>(recipe.features);
  learn::LinearModel model{Eigen::MatrixXd(outputs, features), Eigen::VectorXd(outputs)};
  for (Eigen::Index k = 0; k < outputs; ++k) {
    model.bias[k] = 5 * symmetric(random);
    for (Eigen::Index i = 0; i < features; ++i) model.weights(k, i) = 3 * symmetric(random);
  }
  return model;
}

template <class Feature>
void append_golden(ModelContents& contents, std::vector<Feature>& features, std::vector<Feature> row) {
  const Answer answer = reference(contents, row);
  features.insert(features.end(), row.begin(), row.end());
  contents.golden.scores.insert(contents.golden.scores.end(), answer.scores.begin(), answer.scores.end());
}

void make_golden(const Recipe& recipe, ModelContents& contents, Random& random) {
  contents.golden.rows = recipe.golden_rows;
  for (std::uint32_t row = 0; row < recipe.golden_rows; ++row) {
    if (recipe.input == Input::kInt16) {
      std::vector<std::int16_t> raw(recipe.features);
      for (std::int16_t& value : raw) value = static_cast<std::int16_t>(20000 * symmetric(random));
      append_golden(contents, contents.golden.features_int16, raw);
    } else {
      std::vector<float> values(recipe.features);
      for (float& value : values) value = static_cast<float>(100 * symmetric(random));
      append_golden(contents, contents.golden.features_float32, values);
    }
  }
}

std::uint32_t word_at(const Bytes& bytes, std::size_t position) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + position, sizeof word);
  return word;
}

}  // namespace

std::size_t outputs_of(const Recipe& recipe) { return recipe.classes < 3 ? 1 : recipe.classes; }

std::string text_of(const Recipe& recipe) {
  constexpr const char* kPrecisions[] = {"int8", "int16", "float32"};
  return fmt::format("{} weights, {} input, {} features, {} classes, seed {}",
                     kPrecisions[static_cast<int>(recipe.precision)],
                     recipe.input == Input::kInt16 ? "int16" : "float32", recipe.features, recipe.classes, recipe.seed);
}

ModelContents make_contents(const Recipe& recipe) {
  Random random(recipe.seed);
  const auto statistics = make_statistics(recipe, random);
  ModelContents contents;
  contents.classifies = recipe.classes != 0;
  for (const auto& feature : statistics) contents.feature_names.push_back(feature.name);
  for (std::size_t k = 0; k < recipe.classes; ++k) contents.classes.push_back(fmt::format("c{}", k));
  contents.predictor =
      quantize::quantize_linear(make_weights(recipe, random), statistics, recipe.input, recipe.precision);
  contents.baseline_rows = 100;
  contents.lineage.model = std::string("test");
  contents.lineage.target = std::string("y");
  make_golden(recipe, contents, random);
  return contents;
}

Bytes make_model(const Recipe& recipe) { return exporting::write_model(make_contents(recipe)); }

void set_weights(ModelContents& contents, const std::vector<std::int16_t>& weights) {
  quantize::QuantizedLinear& linear = contents.linear();
  const std::size_t features = contents.feature_names.size();
  linear.weights.assign(std::size_t{linear.outputs} * linear.stride, 0);
  for (std::size_t k = 0; k < linear.outputs; ++k) {
    std::copy_n(weights.begin() + static_cast<std::ptrdiff_t>(k * features), features,
                linear.weights.begin() + static_cast<std::ptrdiff_t>(k * linear.stride));
  }
}

void add_preparation(ModelContents& contents) {
  using quantize::Operation;
  constexpr std::int32_t kKnots = 18;
  const std::int16_t limit = contents.common().encoding.code_limit;
  quantize::Preparation preparation{contents.common().encoding, {}, {}, {}, {}};
  const auto count = static_cast<std::uint16_t>(contents.feature_names.size());
  for (std::uint16_t i = 0; i < count; ++i) {
    const auto operation = static_cast<Operation>(i % 5);
    const std::uint8_t shift = operation == Operation::kTable ? 12 : 0;
    preparation.steps.push_back({operation, shift, i, static_cast<std::int16_t>(-limit), limit, 0});
  }
  for (std::int32_t k = 0; k < kKnots; ++k) {
    preparation.knots.push_back(static_cast<std::int16_t>(k * 1000 % (limit + 1)));
  }
  contents.preparation = std::move(preparation);
  contents.categories.assign(count, {});
  contents.categories[count / 2] = {"a", "b"};
}

void add_projection(ModelContents& contents) {
  add_preparation(contents);
  quantize::Preparation& preparation = *contents.preparation;
  const std::int16_t limit = contents.common().encoding.code_limit;
  preparation.known.push_back(
      {quantize::Operation::kKnown, 0, 0, static_cast<std::int16_t>(-limit), static_cast<std::int16_t>(limit / 2), 0});
  preparation.projection = quantize::Projection{limit, limit, {}};
  const std::size_t count = preparation.steps.size();
  for (std::size_t k = 0; k < count; ++k) {
    quantize::Component component{static_cast<std::int32_t>(k * 1000), static_cast<std::uint8_t>(10 + k), {}};
    for (std::size_t i = 0; i < count; ++i) {
      component.weights.push_back(static_cast<std::int16_t>(static_cast<int>((k + 2) * (i + 3) * 997 % 4000) - 2000));
    }
    preparation.projection->components.push_back(std::move(component));
  }
}

std::vector<std::int16_t> codes_of(std::size_t feature, std::mt19937& random) {
  std::vector<std::int16_t> codes;
  for (int i = 0; i < 400; ++i) {
    const auto wide = static_cast<std::int32_t>(random() % 60001) - 30000;
    // Wide, few values, one value, heavy tails.
    const std::int32_t kinds[] = {wide, wide % 3, 7, wide / 1000 * (i % 40 == 0 ? 1000 : 1)};
    codes.push_back(static_cast<std::int16_t>(kinds[feature % 4]));
  }
  return codes;
}

namespace {

ModelContents make_watched(std::size_t classes, std::size_t features, std::size_t histograms) {
  ModelContents contents = make_contents({Precision::kInt8, Input::kFloat32, features, classes});
  Random random(5);
  learn::CodeMatrix codes(400, static_cast<Eigen::Index>(features));
  for (std::size_t i = 0; i < features; ++i) {
    const std::vector<std::int16_t> column = codes_of(i, random);
    for (std::size_t row = 0; row < column.size(); ++row) {
      codes(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(i)) = column[row];
    }
    quantize::FeatureEncoding& feature = contents.common().encoding.features[i];
    feature.offset = 0;
    feature.scale = 1;
    feature.low = *std::min_element(column.begin(), column.end());
    feature.high = *std::max_element(column.begin(), column.end());
  }
  contents.watch.histograms = quantize::watch_codes(codes, contents.common().encoding);
  auto& all = contents.watch.histograms;
  for (std::size_t i = 0; all.size() > histograms; ++i) {
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(i % all.size()));
  }
  contents.watch.level = quantize::Level::kFull;
  contents.watch.output_edges = {-90000, -100, 40, 5000, 7000000};
  contents.watch.output_rows.assign(6, 1);
  if (classes > 0) contents.watch.output_right.assign(6, 1);
  for (std::size_t i = 0; i < all.size(); ++i)
    contents.watch.ranks.push_back(static_cast<std::uint16_t>(i * 5 % all.size()));
  contents.watch.class_rows.assign(classes, 20);
  contents.watch.class_bins = quantize::class_bins(contents.watch.class_rows);
  quantize::measure_memory(codes, {}, contents.watch);
  quantize::add_tests(codes, {}, 1e5, contents.watch);
  contents.golden = {};
  return contents;
}

}  // namespace

ModelContents watched_contents(std::size_t classes, std::size_t features, std::size_t histograms) {
  // Thresholds take a second to find, and many tests ask for the same model.
  static std::map<std::array<std::size_t, 3>, ModelContents> made;
  const auto [known, fresh] = made.try_emplace({classes, features, histograms});
  if (fresh) known->second = make_watched(classes, features, histograms);
  return known->second;
}

std::vector<Recipe> all_arithmetic() {
  return {{Precision::kInt8, Input::kFloat32},    {Precision::kInt8, Input::kInt16},
          {Precision::kInt16, Input::kFloat32},   {Precision::kInt16, Input::kInt16},
          {Precision::kFloat32, Input::kFloat32}, {Precision::kFloat32, Input::kInt16}};
}

std::vector<Recipe> all_tasks(std::size_t classes) {
  std::vector<Recipe> recipes;
  for (Recipe recipe : all_arithmetic()) {
    for (const std::size_t count : {std::size_t{0}, std::size_t{2}, classes}) {
      recipe.classes = count;
      recipe.seed = static_cast<std::uint32_t>(recipes.size() + 1);
      recipes.push_back(recipe);
    }
  }
  return recipes;
}

void reseal(Bytes& bytes) {
  // schema::Seal: 136 bytes; model_bytes at 16, sha256 at 32, crc32 last.
  constexpr std::size_t kSeal = 136;
  if (bytes.size() < kSeal) return;
  const std::size_t seal = bytes.size() - kSeal;
  const std::size_t model_bytes = std::min<std::size_t>(word_at(bytes, seal + 16), seal);
  const exporting::Sha256 digest = exporting::sha256_of({bytes.data(), model_bytes});
  std::copy(digest.begin(), digest.end(), bytes.begin() + static_cast<std::ptrdiff_t>(seal + 32));
  const auto crc = static_cast<std::uint32_t>(::crc32(0, bytes.data(), static_cast<uInt>(bytes.size() - 4)));
  std::memcpy(bytes.data() + bytes.size() - 4, &crc, sizeof crc);
}

Opened::Opened(const Bytes& from)
    : bytes(from),
      status(EveryPart::open({bytes.data(), bytes.size()}, model)),
      outputs(model.footprint().outputs, 0x5A5A5A5A),
      scratch(model.footprint().scratch_words, 0xA5A5A5A5) {}

std::vector<std::int16_t> Opened::codes() const {
  std::vector<std::int16_t> codes(model.footprint().features);
  std::memcpy(codes.data(), scratch.data(), codes.size() * sizeof(std::int16_t));
  return codes;
}

}  // namespace nuthatch::test
