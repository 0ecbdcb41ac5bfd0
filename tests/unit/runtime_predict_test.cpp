// Predictions against runtime_reference.hpp, which is written in other arithmetic than the runtime's.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <thread>

#include "unit/make_model.hpp"
#include "unit/runtime_raw_model.hpp"
#include "unit/runtime_reference.hpp"

namespace nuthatch::test {
namespace {

using exporting::ModelContents;
using Random = std::mt19937;
using Limits = std::numeric_limits<float>;

constexpr float kNan = Limits::quiet_NaN();
constexpr float kInfinity = Limits::infinity();
constexpr std::int16_t kMissing = -32768;

std::uint32_t draw(Random& random, std::uint32_t count) { return static_cast<std::uint32_t>(random() % count); }

/// From `low` to `high`, both possible.
std::int32_t draw(Random& random, std::int32_t low, std::int32_t high) {
  const std::int64_t count = std::int64_t{high} - low + 1;
  return static_cast<std::int32_t>(low + static_cast<std::int64_t>(random()) % count);
}

float any_float(Random& random) { return std::bit_cast<float>(static_cast<std::uint32_t>(random())); }

/// Mostly near the training rows; now and then far away or missing.
float feature_value(Random& random, const quantize::FeatureEncoding& feature) {
  const std::uint32_t kind = draw(random, 20);
  if (kind == 0) return feature.imputation == kMissing ? 0 : kNan;
  if (kind == 1) return std::ldexp(1.0F, draw(random, 0, 127)) * (draw(random, 2) == 0 ? 1.0F : -1.0F);
  const float code = static_cast<float>(draw(random, -400000, 400000)) / 10;
  return feature.offset + code / feature.scale;
}

std::int16_t raw_value(Random& random, const quantize::FeatureEncoding& feature) {
  const auto value = static_cast<std::int16_t>(draw(random, -32768, 32767));
  return value == kMissing && feature.imputation == kMissing ? std::int16_t{0} : value;
}

void make_row(Random& random, const ModelContents& contents, std::vector<float>& row) {
  row.clear();
  for (const auto& feature : contents.common().encoding.features) row.push_back(feature_value(random, feature));
}

void make_row(Random& random, const ModelContents& contents, std::vector<std::int16_t>& row) {
  row.clear();
  for (const auto& feature : contents.common().encoding.features) row.push_back(raw_value(random, feature));
}

std::vector<std::int32_t> scores_of(const Opened& opened) { return {opened.outputs.begin(), opened.outputs.end()}; }

/// True if status, codes, scores and class are the reference's; outputs are untouched where the row is refused.
template <class Feature>
bool agrees(Opened& opened, const ModelContents& contents, const std::vector<Feature>& row) {
  std::fill(opened.outputs.begin(), opened.outputs.end(), 0x5A5A5A5A);
  const Answer answer = reference(contents, row);
  const Status status = opened.predict(row);
  if (!answer.fits || status != answer.status) return false;
  if (status != Status::kOk) {
    return std::all_of(opened.outputs.begin(), opened.outputs.end(), [](auto word) { return word == 0x5A5A5A5A; });
  }
  if (opened.codes() != answer.codes || scores_of(opened) != answer.scores) return false;
  return contents.classes.empty() ||
         opened.model.class_of(Span<const std::int32_t>(opened.outputs.data(), opened.outputs.size())) ==
             reference_class(contents, answer.scores);
}

/// A regression of float32 features with weight 1; `codes` in the scratch are what is looked at.
ModelContents float_contents(std::vector<quantize::FeatureEncoding> features, std::int16_t limit) {
  ModelContents contents;
  contents.feature_names.assign(features.size(), "f");
  quantize::QuantizedLinear& linear = contents.linear();
  linear.outputs = 1;
  linear.stride = static_cast<std::uint32_t>((features.size() + 3) / 4 * 4);
  linear.encoding = {Input::kFloat32, limit, std::move(features)};
  linear.weights.assign(linear.stride, 0);
  std::fill_n(linear.weights.begin(), linear.encoding.features.size(), 1);
  linear.requantization = {{1, 0, 1}};
  contents.lineage.model = contents.lineage.target = std::string("x");
  return contents;
}

ModelContents raw_contents(std::int16_t center, std::int16_t multiplier, std::uint8_t shift, std::int16_t limit) {
  quantize::FeatureEncoding feature;
  feature.center = center;
  feature.multiplier = multiplier;
  feature.shift = shift;
  ModelContents contents = float_contents({feature}, limit);
  contents.common().encoding.input = Input::kInt16;
  return contents;
}

quantize::FeatureEncoding encoding(float offset, float scale, std::int16_t imputation = kMissing) {
  quantize::FeatureEncoding feature;
  feature.offset = offset;
  feature.scale = scale;
  feature.imputation = imputation;
  return feature;
}

/// The code of `value`, or nothing if the row is refused.
std::optional<int> code_of(const quantize::FeatureEncoding& feature, std::int16_t limit, float value) {
  Opened opened(exporting::write_model(float_contents({feature}, limit)));
  REQUIRE(opened.status == Status::kOk);
  if (opened.predict(std::vector<float>{value}) != Status::kOk) return std::nullopt;
  return opened.codes()[0];
}

const std::vector<float> kSpecial = {0.0F,
                                     -0.0F,
                                     0.5F,
                                     -0.5F,
                                     1.5F,
                                     -2.5F,
                                     Limits::denorm_min(),
                                     -Limits::denorm_min(),
                                     Limits::min(),
                                     -Limits::min(),
                                     Limits::max(),
                                     -Limits::max(),
                                     Limits::epsilon(),
                                     1e-20F,
                                     -1e20F,
                                     16777217.0F,
                                     4194304.5F,
                                     kInfinity,
                                     -kInfinity,
                                     kNan,
                                     -kNan};

}  // namespace

TEST_CASE("encode float32: by hand") {
  const auto unit = encoding(0, 1);
  struct Case {
    float value;
    int code;
  };
  for (const Case& expected : std::vector<Case>{{0.5F, 0},
                                                {-0.5F, 0},
                                                {1.5F, 2},
                                                {2.5F, 2},
                                                {-1.5F, -2},
                                                {-2.5F, -2},
                                                {0.49999997F, 0},
                                                {0.50000006F, 1},
                                                {32766.498F, 32766},
                                                {32766.5F, 32766},
                                                {32766.502F, 32767},
                                                {-32766.5F, -32766},
                                                {32767.0F, 32767},
                                                {32767.498F, 32767},
                                                {32768.0F, 32767},
                                                {-32768.0F, -32767},
                                                {Limits::max(), 32767},
                                                {-Limits::max(), -32767},
                                                {Limits::denorm_min(), 0},
                                                {-0.0F, 0}}) {
    CAPTURE(expected.value);
    CHECK(code_of(unit, 32767, expected.value) == expected.code);
  }
  CHECK(code_of(encoding(10, 4), 1000, 10.125F) == 0);  // 0.5
  CHECK(code_of(encoding(10, 4), 1000, 10.375F) == 2);  // 1.5
  CHECK(code_of(encoding(10, 4), 1000, 260.0F) == 1000);
  CHECK(code_of(encoding(10, 4), 1000, -240.25F) == -1000);
  CHECK(code_of(encoding(-Limits::max(), 1), 7, Limits::max()) == 7);  // the difference is infinite
  CHECK(code_of(encoding(Limits::max(), Limits::max()), 7, -Limits::max()) == -7);
  CHECK(code_of(encoding(0, Limits::min()), 7, 1.0F) == 0);
  CHECK(code_of(encoding(0, Limits::max()), 7, Limits::denorm_min()) == 0);
  CHECK(code_of(encoding(0, Limits::max()), 7, Limits::min()) == 4);
}

TEST_CASE("encode float32 by octaves: by hand, and as the trainer has it") {
  const auto fine = encoding(1, -std::ldexp(1.0F, -13));  // 1024 codes an octave
  for (const auto& [value, code] : std::vector<std::pair<float, int>>{{1, 0},
                                                                      {2, 1024},
                                                                      {0.5F, -1024},
                                                                      {1.5F, 512},
                                                                      {4, 2048},
                                                                      {1.00097656F, 1},   // 1 + 2^-10
                                                                      {1.00097644F, 0},   // the float below it
                                                                      {0.99999994F, -1},  // the float below 1
                                                                      {4294967296.0F, 32767},
                                                                      {-1, -32767},
                                                                      {0, -32767}}) {
    const float feature = value;  // clang captures no bindings
    CAPTURE(feature);
    CHECK(code_of(fine, 32767, value) == code);
    CHECK(code_of(fine, 500, value) == std::clamp(code, -500, 500));
  }
  const auto wide = encoding(1, -std::ldexp(1.0F, -17));  // 64 an octave: exponents 0 to 255, and the sign
  CHECK(code_of(wide, 32767, 0) == -127 * 64);
  CHECK(code_of(wide, 32767, -0.0F) == -127 * 64);
  CHECK(code_of(wide, 32767, -1) == -2 * 127 * 64);
  CHECK(code_of(wide, 32767, Limits::max()) == 128 * 64 - 1);
  for (const float special : {kInfinity, -kInfinity, kNan}) CHECK(code_of(wide, 32767, special) == std::nullopt);
  CHECK(code_of(encoding(1, -0.5F, 42), 32767, kNan) == 42);
  std::mt19937 random(8);
  for (int trial = 0; trial < 300; ++trial) {
    const float offset = kSpecial[random() % 15];
    const auto feature = encoding(offset, -std::ldexp(1.0F, -(1 + static_cast<int>(random() % 31))), 7);
    const auto limit = static_cast<std::int16_t>(1 + random() % 32767);
    const float value =
        trial % 3 == 0 ? kSpecial[random() % 17] : std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (std::isinf(value)) continue;
    const quantize::Encoding same{quantize::Input::kFloat32, limit, {feature}};
    CHECK(code_of(feature, limit, value) == quantize::code_of(same, 0, value));
    if (std::isnan(value)) continue;
    // The least value of a code has that code.
    const auto least =
        static_cast<float>(quantize::value_of_code(feature, same.input, quantize::code_of(same, 0, value)));
    CHECK(quantize::code_of(same, 0, least) == quantize::code_of(same, 0, value));
  }
}

TEST_CASE("encode float32: missing and infinite") {
  CHECK(code_of(encoding(0, 1), 32767, kNan) == std::nullopt);
  CHECK(code_of(encoding(0, 1, 42), 32767, kNan) == 42);
  CHECK(code_of(encoding(0, 1, -42), 32767, -kNan) == -42);
  CHECK(code_of(encoding(0, 1, 42), 32767, std::bit_cast<float>(0x7F800001u)) == 42);  // a signalling NaN
  CHECK(code_of(encoding(0, 1, 42), 32767, kInfinity) == std::nullopt);
  CHECK(code_of(encoding(0, 1, 42), 32767, -kInfinity) == std::nullopt);
}

TEST_CASE("encode float32: every tie and its neighbours, as the reference") {
  for (const std::int16_t limit : std::vector<std::int16_t>{1, 2, 100, 32767}) {
    ModelContents contents = float_contents({encoding(0, 1)}, limit);
    Opened opened(exporting::write_model(contents));
    bool same = opened.status == Status::kOk;
    for (int half = -2 * limit - 20; half <= 2 * limit + 20; ++half) {
      const float tie = static_cast<float>(half) / 2;
      for (const float value : {tie, std::nextafter(tie, -kInfinity), std::nextafter(tie, kInfinity)}) {
        same = same && agrees(opened, contents, std::vector<float>{value});
      }
    }
    CHECK(same);
  }
}

TEST_CASE("encode float32: any bits at all, as the reference") {
  Random random(7);
  std::size_t in_range = 0;
  for (int model = 0; model < 60; ++model) {
    std::vector<quantize::FeatureEncoding> features;
    for (int i = 0; i < 40; ++i) {
      const float offset = std::ldexp(static_cast<float>(draw(random, -1000, 1000)), draw(random, -20, 20));
      const float scale = std::ldexp(1.0F + static_cast<float>(draw(random, 0, 99)) / 128, draw(random, -126, 127));
      features.push_back(encoding(draw(random, 3) == 0 ? 0 : offset, scale, draw(random, 2) == 0 ? kMissing : 0));
    }
    const auto limit = static_cast<std::int16_t>(draw(random, 1, 32767));
    for (const auto& feature : features) {
      // A feature alone, so that no refusal hides what comes behind it.
      const ModelContents contents = float_contents({feature}, limit);
      Opened opened(exporting::write_model(contents));
      REQUIRE(opened.status == Status::kOk);
      bool same = true;
      for (const float value : kSpecial) same = same && agrees(opened, contents, std::vector<float>{value});
      for (int i = 0; i < 40; ++i) {
        same = same && agrees(opened, contents, std::vector<float>{any_float(random)});
        same = same && agrees(opened, contents, std::vector<float>{feature_value(random, feature)});
        in_range += opened.codes()[0] != 0 && std::abs(opened.codes()[0]) != limit;
      }
      CHECK(same);
    }
  }
  CHECK(in_range > 10000);
}

TEST_CASE("encode int16: every raw value, at the extremes of the encoding") {
  std::vector<quantize::FeatureEncoding> features;
  for (const std::int16_t center : std::vector<std::int16_t>{-32768, -1, 0, 1000, 32767}) {
    for (const std::int16_t multiplier : std::vector<std::int16_t>{1, 3, 16384, 32767}) {
      for (const std::uint8_t shift : std::vector<std::uint8_t>{1, 2, 14, 15, 16, 30, 31}) {
        features.push_back(raw_contents(center, multiplier, shift, 1).common().encoding.features[0]);
        features.back().imputation = static_cast<std::int16_t>(features.size());
      }
    }
  }
  for (const std::int16_t limit : std::vector<std::int16_t>{300, 32767}) {
    ModelContents contents = float_contents(features, limit);
    contents.common().encoding.input = Input::kInt16;
    Opened opened(exporting::write_model(contents));
    REQUIRE(opened.status == Status::kOk);
    std::size_t wrong = 0;
    for (int raw = -32768; raw <= 32767; raw += limit == 300 ? 5 : 1) {
      wrong += !agrees(opened, contents, std::vector<std::int16_t>(features.size(), static_cast<std::int16_t>(raw)));
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("encode int16: by hand") {
  struct Case {
    std::int16_t raw;
    std::int16_t code;
  };
  // (raw - 10) * 3 / 4, halves up.
  Opened opened(exporting::write_model(raw_contents(10, 3, 2, 100)));
  for (const Case& expected : std::vector<Case>{{10, 0},
                                                {11, 1},
                                                {12, 2},
                                                {9, -1},
                                                {8, -1},
                                                {7, -2},
                                                {142, 99},
                                                {143, 100},
                                                {144, 100},
                                                {32767, 100},
                                                {-32767, -100}}) {
    CHECK(opened.predict(std::vector<std::int16_t>{expected.raw}) == Status::kOk);
    CHECK(opened.codes()[0] == expected.code);
  }
  CHECK(opened.predict(std::vector<std::int16_t>{kMissing}) == Status::kMissing);
  ModelContents imputed = raw_contents(10, 3, 2, 100);
  imputed.common().encoding.features[0].imputation = -77;
  Opened other(exporting::write_model(imputed));
  CHECK(other.predict(std::vector<std::int16_t>{kMissing}) == Status::kOk);
  CHECK(other.codes()[0] == -77);
}

namespace {

template <class Feature>
bool rows_agree(const Recipe& recipe, int rows) {
  Random random(recipe.seed);
  const ModelContents contents = make_contents(recipe);
  Opened opened(exporting::write_model(contents));
  if (opened.status != Status::kOk) return false;
  std::vector<Feature> row;
  for (int i = 0; i < rows; ++i) {
    make_row(random, contents, row);
    if (!agrees(opened, contents, row)) return false;
  }
  return opened.model.self_test(opened.outputs, opened.scratch) == Status::kOk;
}

bool rows_agree(const Recipe& recipe, int rows, Input input) {
  return input == Input::kInt16 ? rows_agree<std::int16_t>(recipe, rows) : rows_agree<float>(recipe, rows);
}

}  // namespace

TEST_CASE("scores are the reference's for trained models of many shapes") {
  std::uint32_t seed = 1;
  for (Recipe recipe : all_arithmetic()) {
    for (std::size_t classes = 0; classes <= 17; classes += classes == 0 ? 2 : 1) {
      for (const std::size_t features : std::vector<std::size_t>{1, 2, 3, 4, 5, 8, 31, 64, 130}) {
        recipe.features = features;
        recipe.classes = classes;
        recipe.seed = ++seed;
        CAPTURE(text_of(recipe));
        CHECK(rows_agree(recipe, 12, recipe.input));
      }
    }
  }
}

TEST_CASE("scores are the reference's for every number of features up to 130") {
  for (Recipe recipe : all_arithmetic()) {
    for (std::size_t features = 1; features <= 130; ++features) {
      recipe.features = features;
      recipe.classes = 3 + features % 5;
      recipe.seed = static_cast<std::uint32_t>(features);
      CAPTURE(text_of(recipe));
      CHECK(rows_agree(recipe, 4, recipe.input));
    }
  }
}

namespace {

/// Weights anywhere in their type, and a requantization as large as the proof of `open` allows, or a little more.
ModelContents wild_contents(Random& random, const Recipe& recipe) {
  ModelContents contents = make_contents(recipe);
  quantize::QuantizedLinear& linear = contents.linear();
  contents.golden = {};
  const std::int32_t most = recipe.precision == Precision::kInt8 ? 127 : 32767;
  std::vector<std::int16_t> weights(linear.outputs * recipe.features);
  for (std::int16_t& weight : weights) weight = static_cast<std::int16_t>(draw(random, -most - 1, most));
  set_weights(contents, weights);
  linear.encoding.code_limit = static_cast<std::int16_t>(draw(random, 1, 32767));
  for (auto& feature : linear.encoding.features) feature.imputation = feature.imputation == kMissing ? kMissing : 0;
  linear.sum_shift = static_cast<std::uint8_t>(recipe.precision == Precision::kInt8 ? 0 : draw(random, 8, 24));
  for (std::size_t k = 0; k < linear.outputs; ++k) {
    const double sum = static_cast<double>(std::max<std::int64_t>(1, largest_sum(contents, k) >> linear.sum_shift));
    quantize::Requantization& how = linear.requantization[k];
    how.bias = draw(random, -0x7FFFFFFF - 1, 0x7FFFFFFF) >> draw(random, 0, 31);
    how.shift = static_cast<std::uint8_t>(draw(random, 1, 62));
    const double room = 2147483647.0 - std::abs(static_cast<double>(how.bias));
    how.multiplier = static_cast<std::int32_t>(std::min(2147483647.0, room * std::ldexp(1 / sum, how.shift) * 1.0001));
  }
  return contents;
}

/// The row whose codes are all at the limit, on the side that makes output `output` largest (or smallest).
template <class Feature>
std::vector<Feature> extreme_row(const ModelContents& contents, std::size_t output, bool largest) {
  std::vector<Feature> row;
  for (std::size_t i = 0; i < contents.feature_names.size(); ++i) {
    const bool up = (contents.linear().weights[output * contents.linear().stride + i] > 0) == largest;
    if constexpr (std::is_same_v<Feature, float>) row.push_back(up ? Limits::max() : -Limits::max());
    if constexpr (!std::is_same_v<Feature, float>) row.push_back(up ? 32767 : -32767);
  }
  return row;
}

/// 0: refused with kOverflow; 1: every row agrees; -1: neither.
template <class Feature>
int wild_rows(Random& random, const Recipe& recipe) {
  const ModelContents contents = wild_contents(random, recipe);
  Opened opened(exporting::write_model(contents));
  if (opened.status == Status::kOverflow) return 0;
  bool same = opened.status == Status::kOk;
  std::vector<Feature> row;
  for (int i = 0; i < 5; ++i) {
    make_row(random, contents, row);
    same = same && agrees(opened, contents, row);
  }
  for (std::size_t k = 0; k < contents.common().outputs; ++k) {
    same = same && agrees(opened, contents, extreme_row<Feature>(contents, k, true));
    same = same && agrees(opened, contents, extreme_row<Feature>(contents, k, false));
  }
  return same ? 1 : -1;
}

}  // namespace

TEST_CASE("scores of any integer model that opens: exact, and never past 32 bits") {
  Random random(11);
  std::size_t opened = 0;
  std::size_t refused = 0;
  for (int i = 0; i < 6000; ++i) {
    Recipe recipe = all_arithmetic()[draw(random, 4u)];
    recipe.features = draw(random, 130u) + 1;
    recipe.classes = draw(random, 2) == 0 ? 0 : 2 + draw(random, 9u);
    recipe.seed = static_cast<std::uint32_t>(i);
    CAPTURE(text_of(recipe));
    const int result =
        recipe.input == Input::kInt16 ? wild_rows<std::int16_t>(random, recipe) : wild_rows<float>(random, recipe);
    CHECK(result != -1);
    opened += result == 1;
    refused += result == 0;
  }
  MESSAGE(fmt::format("{} models opened, {} refused with kOverflow", opened, refused));
  CHECK(opened > 500);
  CHECK(refused > 500);
}

TEST_CASE("scores at the largest sums that open accepts") {
  // 92349 * 23254 = 2^31 - 2, as runtime_open_test.cpp shows.
  ModelContents contents = float_contents(std::vector(728, encoding(0, 1)), 23254);
  contents.linear().weights.assign(728, 127);
  contents.linear().weights[727] = 92349 - 727 * 127;
  for (std::size_t i = 0; i < 728; i += 3)
    contents.linear().weights[i] = static_cast<std::int16_t>(-contents.linear().weights[i]);
  contents.linear().requantization = {{0x7FFFFFFE, 0, 31}};
  Opened opened(exporting::write_model(contents));
  REQUIRE(opened.status == Status::kOk);
  CHECK(agrees(opened, contents, extreme_row<float>(contents, 0, true)));
  CHECK(opened.outputs[0] == 2147483644);  // (2^31 - 2)^2 / 2^31 = 2^31 - 4 + 2^-29
  CHECK(agrees(opened, contents, extreme_row<float>(contents, 0, false)));
  CHECK(opened.outputs[0] == -2147483644);
}

TEST_CASE("requantization rounds halves up, below zero too") {
  ModelContents contents = float_contents({encoding(0, 1)}, 100);
  contents.linear().requantization = {{1, 1000, 1}};
  Opened opened(exporting::write_model(contents));
  struct Case {
    float code;
    int score;
  };
  for (const Case& expected :
       std::vector<Case>{{0, 1000}, {1, 1001}, {2, 1001}, {3, 1002}, {-1, 1000}, {-2, 999}, {-3, 999}, {-4, 998}}) {
    CHECK(opened.predict(std::vector<float>{expected.code}) == Status::kOk);
    CHECK(opened.outputs[0] == expected.score);
  }
}

namespace {

/// One feature whose code is `value`, with the weight and bias given.
std::int32_t float_score(float weight, float bias, int fraction_bits, float value) {
  ModelContents contents = float_contents({encoding(0, 1)}, 32767);
  contents.common().precision = Precision::kFloat32;
  contents.linear().requantization.clear();
  contents.linear().weights_float32 = {weight, 0, 0, 0};
  contents.linear().bias_float32 = {bias};
  contents.common().fraction_bits = fraction_bits;
  Opened opened(exporting::write_model(contents));
  REQUIRE(opened.status == Status::kOk);
  CHECK(agrees(opened, contents, std::vector<float>{value}));
  return opened.outputs[0];
}

}  // namespace

TEST_CASE("float32 precision: keeps a code's fraction, rounds to even, saturates") {
  const float most = std::ldexp(1.0F, 64);
  CHECK(float_score(1, 0, 0, 2.5F) == 2);
  CHECK(float_score(1, 0, 0, 3.5F) == 4);
  CHECK(float_score(1, 0, 0, -2.5F) == -2);
  CHECK(float_score(1, 0, 0, -0.5F) == 0);
  CHECK(float_score(1, 0, 1, 2.25F) == 4);
  CHECK(float_score(1, 0.25F, 2, 0.5F) == 3);
  CHECK(float_score(1024, 0, 0, 8191.999F) == 8388607);  // below 2^23, and rounded there
  CHECK(float_score(0, 16777216, 0, 1) == 16777216);
  CHECK(float_score(0, 2147483520.0F, 0, 1) == 2147483520);
  CHECK(float_score(0, 2147483648.0F, 0, 1) == 2147483520);
  CHECK(float_score(0, -2147483648.0F, 0, 1) == -2147483520);
  CHECK(float_score(most, most, 64, 32767) == 2147483520);  // infinite before it saturates
  CHECK(float_score(-most, -most, 64, 32767) == -2147483520);
  CHECK(float_score(most, 0, -64, 3) == 3);
  CHECK(float_score(1e-45F, 0, 64, 1) == 0);
}

namespace {

/// A float32 model of any weights, any fraction bits: true if every row agrees.
template <class Feature>
bool float_weights_agree(Random& random, const Recipe& recipe) {
  ModelContents contents = make_contents(recipe);
  quantize::QuantizedLinear& linear = contents.linear();
  const int exponent = draw(random, -100, 60);
  for (std::size_t at = 0; at < linear.weights_float32.size(); ++at) {
    if (at % linear.stride >= recipe.features) continue;  // padding
    linear.weights_float32[at] =
        std::ldexp(static_cast<float>(draw(random, -1000000, 1000000)), exponent - 20 + draw(random, 0, 4));
  }
  linear.fraction_bits = std::clamp(-exponent + draw(random, -8, 8), -64, 64);
  Opened opened(exporting::write_model(contents));
  bool same = opened.status == Status::kOk;
  std::vector<Feature> row;
  for (int i = 0; i < 10; ++i) {
    make_row(random, contents, row);
    same = same && agrees(opened, contents, row);
  }
  return same;
}

}  // namespace

TEST_CASE("float32 precision: any weights that open accepts, of either input") {
  Random random(3);
  for (std::uint32_t model = 0; model < 600; ++model) {
    Recipe recipe{Precision::kFloat32, Input::kFloat32, draw(random, 70u) + 1, draw(random, 6u) + 3, 0, model};
    CAPTURE(text_of(recipe));
    if (model % 2 == 0) CHECK(float_weights_agree<float>(random, recipe));
    recipe.input = Input::kInt16;
    if (model % 2 == 1) CHECK(float_weights_agree<std::int16_t>(random, recipe));
  }
}

// Refusals.

TEST_CASE("predict: every refusal, and what it leaves alone") {
  const auto with = [](const Recipe& recipe, auto call) {
    Opened opened(make_model(recipe));
    REQUIRE(opened.status == Status::kOk);
    const Status status = call(opened);
    CHECK(std::all_of(opened.outputs.begin(), opened.outputs.end(), [](auto word) { return word == 0x5A5A5A5A; }));
    return status;
  };
  const Recipe floats = {Precision::kInt8, Input::kFloat32, 3, 4};
  const Recipe raws = {Precision::kInt8, Input::kInt16, 3, 4};
  const std::vector<float> row(3, 1.0F);
  const std::vector<std::int16_t> raw(3, 1);
  CHECK(with(floats, [&](Opened& o) { return o.predict(raw); }) == Status::kWrongInput);
  CHECK(with(raws, [&](Opened& o) { return o.predict(row); }) == Status::kWrongInput);
  for (const std::size_t count : std::vector<std::size_t>{0, 1, 2, 4, 100}) {
    CHECK(with(floats, [&](Opened& o) { return o.predict(std::vector<float>(count, 1)); }) == Status::kFeatureCount);
    CHECK(with(raws, [&](Opened& o) { return o.predict(std::vector<std::int16_t>(count, 1)); }) ==
          Status::kFeatureCount);
  }
  CHECK(with(floats, [](Opened& o) { return o.model.predict(Span<const float>(nullptr, 3), o.outputs, o.scratch); }) ==
        Status::kFeatureCount);
  // Features 0 and 2 may be missing, 1 not.
  CHECK(with(floats, [](Opened& o) { return o.predict(std::vector<float>{1, kNan, 1}); }) == Status::kMissing);
  CHECK(with(raws, [](Opened& o) { return o.predict(std::vector<std::int16_t>{1, kMissing, 1}); }) == Status::kMissing);
  for (const float value : {kInfinity, -kInfinity}) {
    CHECK(with(floats, [&](Opened& o) { return o.predict(std::vector<float>{1, 1, value}); }) == Status::kNotFinite);
  }
}

TEST_CASE("predict: too few outputs or scratch words, and the exact number") {
  for (const Recipe& recipe :
       {Recipe{Precision::kInt8, Input::kFloat32, 9, 4}, Recipe{Precision::kFloat32, Input::kFloat32, 9, 4}}) {
    Opened opened(make_model(recipe));
    const std::vector<float> row(9, 1.0F);
    const Span<const float> features(row.data(), row.size());
    const auto predict = [&](std::size_t outputs, std::size_t scratch) {
      return opened.model.predict(features, Span<std::int32_t>(opened.outputs.data(), outputs),
                                  Span<std::uint32_t>(opened.scratch.data(), scratch));
    };
    for (std::size_t outputs = 0; outputs < 4; ++outputs) CHECK(predict(outputs, 6) == Status::kOutputCount);
    for (std::size_t scratch = 0; scratch < 6; ++scratch) CHECK(predict(4, scratch) == Status::kScratch);
    CHECK(opened.model.predict(features, Span<std::int32_t>(nullptr, 4), opened.scratch) == Status::kOutputCount);
    CHECK(opened.model.predict(features, opened.outputs, Span<std::uint32_t>(nullptr, 6)) == Status::kScratch);
    CHECK(opened.outputs[0] == 0x5A5A5A5A);
    CHECK(predict(4, 6) == Status::kOk);
    CHECK(opened.outputs[3] != 0x5A5A5A5A);
  }
}

TEST_CASE("predict: more outputs and scratch than needed are left alone") {
  Opened opened(make_model({Precision::kInt16, Input::kFloat32, 4, 3}));
  const std::vector<float> row(4, 1.0F);
  Buffer<std::int32_t> outputs(8, 77);
  Buffer<std::uint32_t> scratch(8, 77);
  CHECK(opened.model.predict(Span<const float>(row.data(), 4), outputs, scratch) == Status::kOk);
  for (std::size_t i = 3; i < 8; ++i) CHECK(outputs[i] == 77);
  for (std::size_t i = 2; i < 8; ++i) CHECK(scratch[i] == 77);
}

TEST_CASE("a model that is not open refuses every call") {
  const Model model;
  Buffer<std::int32_t> outputs(1);
  Buffer<std::uint32_t> scratch(4);
  const float row[1] = {0};
  const std::int16_t raw[1] = {0};
  Text text = {nullptr, 0};
  int exponent = 0;
  CHECK(model.predict(Span<const float>(row), outputs, scratch) == Status::kNotOpen);
  CHECK(model.predict(Span<const std::int16_t>(raw), outputs, scratch) == Status::kNotOpen);
  CHECK(model.self_test(outputs, scratch) == Status::kNotOpen);
  CHECK(model.class_name(0, text) == Status::kNotOpen);
  CHECK(model.feature_name(0, text) == Status::kNotOpen);
  CHECK(model.raw_exponent(0, exponent) == Status::kNotOpen);
  CHECK(model.class_of(Span<const std::int32_t>(outputs.data(), 1)) == 0);
  CHECK(model.value_of(5) == 0.0F);
  CHECK(model.fraction_bits() == 0);
}

TEST_CASE("names and exponents past the end: kIndex") {
  const Opened opened(make_model({Precision::kInt8, Input::kFloat32, 3, 4}));
  const Opened regression(make_model({}));
  Text text = {nullptr, 0};
  int exponent = 0;
  CHECK(opened.model.class_name(3, text) == Status::kOk);
  CHECK(opened.model.feature_name(2, text) == Status::kOk);
  for (const std::size_t past : {std::size_t{4}, std::size_t{100}, ~std::size_t{0}}) {
    CHECK(opened.model.class_name(past, text) == Status::kIndex);
    CHECK(opened.model.feature_name(past, text) == Status::kIndex);
    CHECK(opened.model.raw_exponent(past, exponent) == Status::kIndex);
  }
  CHECK(opened.model.feature_name(3, text) == Status::kIndex);
  CHECK(opened.model.raw_exponent(3, exponent) == Status::kIndex);
  CHECK(regression.model.class_name(0, text) == Status::kIndex);
}

TEST_CASE("class_of: the highest, the first among equals; of two, the second if positive") {
  const auto class_of = [](std::size_t classes, std::vector<std::int32_t> scores) {
    Recipe recipe;
    recipe.classes = classes;
    return Opened(make_model(recipe)).model.class_of(Span<const std::int32_t>(scores.data(), scores.size()));
  };
  CHECK(class_of(2, {1}) == 1);
  CHECK(class_of(2, {0}) == 0);
  CHECK(class_of(2, {-1}) == 0);
  CHECK(class_of(2, {INT32_MAX}) == 1);
  CHECK(class_of(2, {INT32_MIN}) == 0);
  CHECK(class_of(3, {5, 5, 5}) == 0);
  CHECK(class_of(3, {4, 5, 5}) == 1);
  CHECK(class_of(3, {-7, INT32_MIN, -6}) == 2);
  CHECK(class_of(3, {INT32_MAX, INT32_MAX, 0}) == 0);
  CHECK(class_of(3, {INT32_MIN, INT32_MIN, INT32_MIN}) == 0);
  CHECK(class_of(3, {0, 0, 9, 100}) == 2);  // words behind the outputs do not count
  CHECK(class_of(3, {1, 9}) == 0);          // too few
  CHECK(class_of(0, {9}) == 0);             // regression
  CHECK(class_of(2, {}) == 0);
}

TEST_CASE("value_of: score * 2^-fraction_bits, correctly rounded") {
  Random random(5);
  for (int bits = -64; bits <= 64; ++bits) {
    ModelContents contents = make_contents({});
    contents.common().fraction_bits = bits;
    const Opened opened(exporting::write_model(contents));
    REQUIRE(opened.model.fraction_bits() == bits);
    std::vector<std::int32_t> scores = {0, 1, -1, INT32_MAX, INT32_MIN, 16777217, 16777219, -16777217, 33554434};
    for (int i = 0; i < 200; ++i) scores.push_back(static_cast<std::int32_t>(random()) >> draw(random, 0, 31));
    for (const std::int32_t score : scores) {
      const auto expected = static_cast<float>(std::ldexp(static_cast<double>(score), -bits));
      CHECK(std::bit_cast<std::uint32_t>(opened.model.value_of(score)) == std::bit_cast<std::uint32_t>(expected));
    }
  }
}

TEST_CASE("one model, two threads") {
  for (const Recipe& recipe :
       {Recipe{Precision::kInt8, Input::kFloat32, 33, 5}, Recipe{Precision::kInt16, Input::kFloat32, 33, 5}}) {
    const ModelContents contents = make_contents(recipe);
    const Opened shared(exporting::write_model(contents));
    const std::vector<std::uint8_t> before(shared.bytes.begin(), shared.bytes.end());
    const auto work = [&](std::uint32_t seed, std::size_t& wrong) {
      Random random(seed);
      Buffer<std::int32_t> outputs(shared.outputs.size());
      Buffer<std::uint32_t> scratch(shared.scratch.size());
      std::vector<float> row;
      for (int i = 0; i < 1500; ++i) {
        make_row(random, contents, row);
        const Status status = shared.model.predict(Span<const float>(row.data(), row.size()), outputs, scratch);
        const Answer answer = reference(contents, row);
        wrong += status != answer.status || !std::equal(outputs.begin(), outputs.end(), answer.scores.begin());
      }
    };
    std::size_t wrong[2] = {0, 0};
    std::thread one(work, 1, std::ref(wrong[0]));
    std::thread other(work, 2, std::ref(wrong[1]));
    one.join();
    other.join();
    CHECK(wrong[0] + wrong[1] == 0);
    CHECK(std::equal(before.begin(), before.end(), shared.bytes.begin()));
  }
}

// Self-test.

TEST_CASE("self_test: passes, and fails with any one golden score altered") {
  for (const Recipe& recipe : all_tasks(3)) {
    CAPTURE(text_of(recipe));
    ModelContents contents = make_contents(recipe);
    const auto status_of = [&] {
      Opened opened(exporting::write_model(contents));
      REQUIRE(opened.status == Status::kOk);
      return opened.model.self_test(opened.outputs, opened.scratch);
    };
    REQUIRE(contents.golden.scores.size() == 2 * outputs_of(recipe));
    CHECK(status_of() == Status::kOk);
    for (std::int32_t& score : contents.golden.scores) {
      for (const int change : {1, -1}) {
        score += change;
        CHECK(status_of() == Status::kSelfTest);
        score -= change;
      }
    }
    CHECK(status_of() == Status::kOk);
  }
}

TEST_CASE("self_test: one bit of one weight shows") {
  for (const Recipe& recipe : all_arithmetic()) {
    ModelContents contents = make_contents(recipe);
    if (recipe.precision == Precision::kFloat32) contents.linear().weights_float32[0] *= 1.5F;
    if (recipe.precision != Precision::kFloat32) contents.linear().weights[0] ^= 1;
    Opened opened(exporting::write_model(contents));
    REQUIRE(opened.status == Status::kOk);
    CHECK(opened.model.self_test(opened.outputs, opened.scratch) == Status::kSelfTest);
  }
}

TEST_CASE("self_test: a golden row that is refused, no rows, and too little memory") {
  ModelContents contents = make_contents({});
  contents.golden.features_float32[4] = kNan;             // feature 1 of row 1 may not be missing
  contents.golden.scores[1] = contents.golden.scores[0];  // what is left of row 0 must not pass for row 1
  Opened refused(exporting::write_model(contents));
  CHECK(refused.model.self_test(refused.outputs, refused.scratch) == Status::kSelfTest);
  contents.golden = {};
  Opened none(exporting::write_model(contents));
  CHECK(none.model.self_test(none.outputs, none.scratch) == Status::kOk);
  Opened opened(make_model({Precision::kInt8, Input::kFloat32, 9, 4}));
  Buffer<std::int32_t> few_outputs(3);
  Buffer<std::uint32_t> few_words(5);
  CHECK(opened.model.self_test(few_outputs, opened.scratch) == Status::kOutputCount);
  CHECK(opened.model.self_test(opened.outputs, few_words) == Status::kScratch);
  CHECK(opened.model.self_test(opened.outputs, opened.scratch) == Status::kOk);
}

}  // namespace nuthatch::test
