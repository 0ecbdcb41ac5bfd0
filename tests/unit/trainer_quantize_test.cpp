// Codes against exact arithmetic, and models whose numbers are as awkward as a CSV allows, through the runtime.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "report/metrics.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

using prepare::FeatureStatistics;
using quantize::code_of;
using quantize::Encoding;
using quantize::FeatureEncoding;
using quantize::Input;
using quantize::Precision;
using quantize::QuantizedLinear;

namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

std::string number(double value) { return fmt::format("{}", value); }

/// Rows of `columns` random features, column i scaled by scales[i], and the target: the sum of the unscaled ones.
data::Dataset scaled_sum(const std::vector<double>& scales, int rows, double target_scale = 1) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  std::string text;
  for (std::size_t i = 0; i < scales.size(); ++i) text += fmt::format("x{},", i);
  text += "label\n";
  for (int row = 0; row < rows; ++row) {
    double sum = 0;
    for (const double scale : scales) {
      const double value = normal(random);
      sum += value;
      text += number(value * scale) + ",";
    }
    text += number(sum * target_scale) + "\n";
  }
  return parse(text);
}

/// R2 on the training rows, through the runtime.
double r2_of(const data::Dataset& dataset, const Arithmetic& arithmetic) {
  const Fitted fitted = fit(dataset, "linear-regression");
  const auto model = deploy(dataset, fitted, arithmetic.input, arithmetic.precision);
  return report::score(model, dataset, model.predict(dataset), false).value;
}

FeatureStatistics standard() {
  FeatureStatistics feature;
  feature.minimum = -3;
  feature.maximum = 3;
  return feature;
}

std::int64_t largest_sum(const QuantizedLinear& linear, std::uint32_t output) {
  std::int64_t sum = 0;
  for (std::uint32_t i = 0; i < linear.stride; ++i) sum += std::abs(linear.weights[output * linear.stride + i]);
  return sum * linear.encoding.code_limit;
}

/// The codes that the runtime made of a row: they lie in its scratch, two a word.
std::vector<std::int16_t> runtime_codes(const exporting::LoadedModel& model, std::vector<float> row) {
  const Footprint footprint = model.model().footprint();
  std::vector<std::uint32_t> scratch(footprint.scratch_words);
  std::vector<std::int32_t> outputs(footprint.outputs);
  std::vector<std::int16_t> raw;
  for (std::size_t i = 0; i < row.size(); ++i) {
    raw.push_back(prepare::to_raw(row[i], model.contents().common().encoding.features[i].exponent));
  }
  const bool counts = model.model().input() == nuthatch::Input::kInt16;
  const Status status = counts
                            ? model.model().predict(Span<const std::int16_t>(raw.data(), raw.size()), outputs, scratch)
                            : model.model().predict(Span<const float>(row.data(), row.size()), outputs, scratch);
  REQUIRE(status == Status::kOk);
  std::vector<std::int16_t> codes(row.size());
  std::memcpy(codes.data(), scratch.data(), codes.size() * sizeof(std::int16_t));
  return codes;
}

Encoding one_float(float offset, float scale, std::int16_t limit = INT16_MAX) {
  FeatureEncoding feature;
  feature.offset = offset;
  feature.scale = scale;
  return {Input::kFloat32, limit, {feature}};
}

}  // namespace

TEST_CASE("quantize: float32 codes round half to even, saturate at the limit, and take the imputation for NaN") {
  Encoding encoding = one_float(0, 1);
  CHECK(code_of(encoding, 0, 0.5F) == 0);
  CHECK(code_of(encoding, 0, 1.5F) == 2);
  CHECK(code_of(encoding, 0, 2.5F) == 2);
  CHECK(code_of(encoding, 0, -0.5F) == 0);
  CHECK(code_of(encoding, 0, -1.5F) == -2);
  CHECK(code_of(encoding, 0, 32767.4F) == 32767);
  CHECK(code_of(encoding, 0, 1e30F) == 32767);
  CHECK(code_of(encoding, 0, -32768) == -32767);
  CHECK(code_of(encoding, 0, kNaN) == -32768);
  encoding.features[0].imputation = 12;
  CHECK(code_of(encoding, 0, kNaN) == 12);
  encoding.code_limit = 100;
  CHECK(code_of(encoding, 0, 101) == 100);
  CHECK(code_of(encoding, 0, -1e9F) == -100);
}

TEST_CASE("quantize: float32 codes are within half a step and two roundings of the exact value") {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> offset(-1000, 1000);
  std::uniform_real_distribution<float> scale(0.01F, 50);
  for (int trial = 0; trial < 2000; ++trial) {
    const Encoding encoding = one_float(offset(random), scale(random));
    const float value = offset(random);
    const long double exact = (static_cast<long double>(value) - encoding.features[0].offset) *
                              static_cast<long double>(encoding.features[0].scale);
    const long double held = std::min(32767.0L, std::max(-32767.0L, exact));
    CHECK(std::abs(code_of(encoding, 0, value) - held) <= 0.5L + std::abs(exact) * 0x1p-23L);
  }
}

TEST_CASE("quantize: int16 codes are the exact quotient, rounded half up") {
  std::mt19937 random(12);
  std::uniform_int_distribution<int> any(-32767, 32767);
  for (int trial = 0; trial < 5000; ++trial) {
    FeatureEncoding feature;
    feature.center = static_cast<std::int16_t>(any(random));
    feature.multiplier = static_cast<std::int16_t>(1 + std::abs(any(random)) % 32767);
    feature.shift = static_cast<std::uint8_t>(1 + std::abs(any(random)) % 31);
    const Encoding encoding{Input::kInt16, 20000, {feature}};
    const int raw = any(random);
    // Exact in a long double's 64 bits: a product of 32 bits over a power of two.
    const long double quotient =
        std::ldexp(static_cast<long double>(raw - feature.center) * feature.multiplier, -feature.shift);
    const long double rounded = std::floor(quotient + 0.5L);
    CHECK(code_of(encoding, 0, static_cast<float>(raw)) == std::min(20000.0L, std::max(-20000.0L, rounded)));
  }
}

TEST_CASE("quantize: the trainer's codes are the runtime's, on test rows and far outside") {
  for (const auto& pair : all_sets()) {
    const std::string& set = pair.first;
    const std::string& family = pair.second;
    const data::Dataset train = load(set + ".train");
    const data::Dataset test = load(set + ".test");
    const Fitted fitted = fit(train, family == "linear-svm" ? "logistic" : family);
    for (const Input input : {Input::kFloat32, Input::kInt16}) {
      if (set == "satellite" || family == "linear-svm" || family == "ridge") continue;
      CAPTURE(set);
      const auto model = deploy(train, fitted, input, Precision::kInt8);
      const Encoding& encoding = model.contents().common().encoding;
      for (std::size_t row = 0; row < test.rows(); ++row) {
        const float stretch = row % 3 == 0 ? 1 : row % 3 == 1 ? -3 : 1e6F;
        std::vector<float> values;
        for (const auto& column : test.columns) values.push_back(column[row] * stretch);
        const std::vector<std::int16_t> codes = runtime_codes(model, values);
        int differences = 0;
        for (std::size_t i = 0; i < values.size(); ++i) differences += codes[i] != code_of(encoding, i, values[i]);
        CHECK(differences == 0);
      }
    }
  }
}

TEST_CASE("quantize: each training value's code lies between those of the minimum and the maximum") {
  for (const char* set : {"boston_housing", "digits", "pima", "sonar"}) {
    CAPTURE(set);
    const data::Dataset train = load(std::string(set) + ".train");
    const auto statistics = prepare::describe(train);
    for (const Input input : {Input::kFloat32, Input::kInt16}) {
      const Encoding encoding = quantize::encode_features(statistics, input);
      for (std::size_t i = 0; i < statistics.size(); ++i) {
        const FeatureEncoding& feature = encoding.features[i];
        CHECK(feature.low == code_of(encoding, i, statistics[i].minimum));
        CHECK(feature.high == code_of(encoding, i, statistics[i].maximum));
        CHECK((feature.low < feature.high || statistics[i].constant));
        int outside = 0;
        for (const float value : train.columns[i]) {
          const std::int16_t code = code_of(encoding, i, value);
          outside += code < feature.low || code > feature.high;
        }
        CHECK(outside == 0);
      }
    }
  }
}

TEST_CASE("quantize: what a code means is where it came from, to half a step") {
  const data::Dataset train = load("diabetes.train");
  const auto statistics = prepare::describe(train);
  const Eigen::MatrixXd z = prepare::standardize(train, statistics);
  for (const Input input : {Input::kFloat32, Input::kInt16}) {
    const Encoding encoding = quantize::encode_features(statistics, input);
    for (std::size_t i = 0; i < statistics.size(); ++i) {
      const FeatureEncoding& feature = encoding.features[i];
      const double count = input == Input::kInt16 && feature.exponent != 0
                               ? std::ldexp(0.5, -feature.exponent) / statistics[i].deviation
                               : 0;  // half a raw count, where the raw count itself is rounded
      for (std::size_t row = 0; row < train.rows(); ++row) {
        const double meant = code_of(encoding, i, train.columns[i][row]) * feature.unit + feature.shift_in_z;
        const double exact = z(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(i));
        CHECK(std::abs(meant - exact) <= 0.501 * feature.unit + count);
      }
    }
  }
}

TEST_CASE("quantize: integer weights use their whole range, and never the lowest value") {
  const data::Dataset train = load("wine.train");
  const Fitted fitted = fit(train, "logistic");
  for (const Arithmetic& arithmetic : all_arithmetic()) {
    if (arithmetic.precision == Precision::kFloat32) continue;
    const int most = arithmetic.precision == Precision::kInt8 ? 127 : 32767;
    const QuantizedLinear linear =
        quantize::quantize_linear(fitted.learned, fitted.statistics, arithmetic.input, arithmetic.precision);
    REQUIRE(linear.outputs == 3);
    REQUIRE(linear.stride == 16);
    for (std::uint32_t k = 0; k < linear.outputs; ++k) {
      int largest = 0;
      for (std::uint32_t i = 0; i < 13; ++i) largest = std::max(largest, std::abs(linear.weights[k * 16 + i]));
      CHECK(largest == most);
      for (std::uint32_t i = 13; i < 16; ++i) CHECK(linear.weights[k * 16 + i] == 0);
    }
  }
}

TEST_CASE("quantize: 20,000 features of the largest weight cannot overflow, and the model opens and predicts") {
  constexpr std::size_t kFeatures = 20000;
  data::Dataset dataset;
  for (std::size_t i = 0; i < kFeatures; ++i) {
    dataset.feature_names.push_back(fmt::format("x{}", i));
    dataset.columns.push_back({i % 2 == 0 ? 1e9F : -1e9F, i % 2 == 0 ? -1e9F : 1e9F, i % 2 == 0 ? 1.0F : -1.0F});
  }
  Fitted fitted;
  fitted.statistics.assign(kFeatures, standard());
  fitted.learned.weights =
      Eigen::RowVectorXd::NullaryExpr(kFeatures, [](Eigen::Index i) { return i % 2 == 0 ? 1 : -1; });
  fitted.learned.bias = Eigen::VectorXd::Constant(1, 5);
  for (const Arithmetic& arithmetic : all_arithmetic()) {
    CAPTURE(arithmetic.name);
    const auto model = deploy(dataset, fitted, arithmetic.input, arithmetic.precision);
    const QuantizedLinear& linear = model.contents().linear();
    if (arithmetic.precision == Precision::kInt8) {
      CHECK(largest_sum(linear, 0) <= INT32_MAX - 1);
      CHECK(largest_sum(linear, 0) > INT32_MAX / 2);  // no more resolution given up than needed
    }
    const exporting::Predictions predictions = model.predict(dataset);
    // All saturated, all saturated the other way, and all one deviation out.
    const Encoding encoding =
        quantize::encode_features(fitted.statistics, arithmetic.input, linear.encoding.code_limit);
    const double farthest = code_of(encoding, 0, 1e9F) * encoding.features[0].unit;
    CHECK(farthest >= 3.75);  // a quarter past the training range
    const auto value = [&](std::size_t row) { return model.model().value_of(predictions.row(row)[0]); };
    CHECK(value(0) == doctest::Approx(kFeatures * farthest + 5).epsilon(1e-4));
    CHECK(value(1) == doctest::Approx(-(kFeatures * farthest) + 5).epsilon(1e-4));
    CHECK(value(2) == doctest::Approx(kFeatures + 5).epsilon(0.01));
  }
}

TEST_CASE("quantize: columns of any scale float32 holds, from 1e-30 to 1e30, cost nothing") {
  const data::Dataset dataset = scaled_sum({1e-30, 1e-20, 1e-10, 1, 1e10, 1e20, 1e30}, 200);
  for (const Arithmetic& arithmetic : all_arithmetic()) {
    CAPTURE(arithmetic.name);
    CHECK(r2_of(dataset, arithmetic) > 0.9995);
  }
}

TEST_CASE("quantize: a target of any scale keeps its digits") {
  for (const double scale : {1e-15, 1e-9, 1e-3, 1e6, 1e15}) {
    for (const Arithmetic& arithmetic : all_arithmetic()) {
      CAPTURE(scale);
      CAPTURE(arithmetic.name);
      CHECK(r2_of(scaled_sum({1, 10, 100}, 200, scale), arithmetic) > 0.9995);
    }
  }
}

TEST_CASE("quantize: a column that the device cannot tell apart does not coarsen the others") {
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  std::string denormal = "a,b,label\n";
  std::string pressure = "a,b,label\n";
  for (int row = 0; row < 200; ++row) {
    const double a = normal(random);
    const double label = 3 * a + 0.01 * normal(random);
    denormal += fmt::format("{},{},{}\n", a, 1.4e-45 * (row % 3), label);
    pressure += fmt::format("{},{},{}\n", a, 1e6 + 0.125 * (row % 3), label);
  }
  const data::Dataset tiny = parse(denormal);
  const data::Dataset offset = parse(pressure);
  CHECK_FALSE(quantize::resolves(prepare::describe(tiny)[1], Input::kFloat32));
  CHECK_FALSE(quantize::resolves(prepare::describe(offset)[1], Input::kInt16));
  CHECK(quantize::resolves(prepare::describe(offset)[1], Input::kFloat32));
  for (const Arithmetic& arithmetic : all_arithmetic()) {
    CAPTURE(arithmetic.name);
    CHECK(r2_of(tiny, arithmetic) > 0.9995);
    CHECK(r2_of(offset, arithmetic) > 0.9995);
  }
}

TEST_CASE("quantize: a flag that is rarely set still counts") {
  std::string text = "a,flag,label\n";
  for (int row = 0; row < 400; ++row) {
    const int flag = row == 123 ? 1 : 0;
    text += fmt::format("{},{},{}\n", row % 7, flag, row % 7 + 100 * flag);
  }
  const data::Dataset dataset = parse(text);
  for (const Arithmetic& arithmetic : all_arithmetic()) {
    CAPTURE(arithmetic.name);
    CHECK(quantize::resolves(prepare::describe(dataset)[1], arithmetic.input));
    CHECK(r2_of(dataset, arithmetic) > 0.9995);
  }
}

TEST_CASE("quantize: constant columns, one row, and a constant target predict the mean") {
  for (const char* text : {"a,b,label\n3,7,2\n3,7,4\n3,7,9\n", "a,label\n8,5\n", "a,b,label\n1,5,5\n2,5,5\n4,5,5\n"}) {
    const data::Dataset dataset = parse(text);
    const Fitted fitted = fit(dataset, "linear-regression");
    for (const Arithmetic& arithmetic : all_arithmetic()) {
      CAPTURE(text);
      CAPTURE(arithmetic.name);
      const auto model = deploy(dataset, fitted, arithmetic.input, arithmetic.precision);
      const exporting::Predictions predictions = model.predict(dataset);
      for (std::size_t row = 0; row < dataset.rows(); ++row) {
        CHECK(predictions.statuses[row] == Status::kOk);
        CHECK(model.model().value_of(predictions.row(row)[0]) == doctest::Approx(5).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("quantize: all weights zero") {
  Fitted fitted;
  fitted.classifies = true;
  fitted.classes = {"a", "b", "c"};
  fitted.statistics.assign(5, standard());
  fitted.learned = {Eigen::MatrixXd::Zero(3, 5), Eigen::Vector3d(-0.5, 0, 0.25)};
  data::Dataset dataset;
  for (int i = 0; i < 5; ++i) {
    dataset.feature_names.push_back(fmt::format("x{}", i));
    dataset.columns.push_back({0, 1e30F, -2});
  }
  for (const Arithmetic& arithmetic : all_arithmetic()) {
    CAPTURE(arithmetic.name);
    const auto model = deploy(dataset, fitted, arithmetic.input, arithmetic.precision);
    const exporting::Predictions predictions = model.predict(dataset);
    for (std::size_t row = 0; row < 3; ++row) {
      CHECK(model.model().value_of(predictions.row(row)[0]) == -0.5F);
      CHECK(model.model().value_of(predictions.row(row)[1]) == 0);
      CHECK(model.model().value_of(predictions.row(row)[2]) == 0.25F);
      CHECK(model.model().class_of(predictions.row(row)) == 2);
    }
  }
}

TEST_CASE("quantize: weights that are no numbers are refused") {
  for (const double bad : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    const std::vector<FeatureStatistics> statistics = {standard()};
    for (const Arithmetic& arithmetic : all_arithmetic()) {
      const learn::LinearModel weight{Eigen::MatrixXd::Constant(1, 1, bad), Eigen::VectorXd::Zero(1)};
      const learn::LinearModel bias{Eigen::MatrixXd::Zero(1, 1), Eigen::VectorXd::Constant(1, bad)};
      CHECK_THROWS_AS(quantize::quantize_linear(weight, statistics, arithmetic.input, arithmetic.precision),
                      std::runtime_error);
      CHECK_THROWS_AS(quantize::quantize_linear(bias, statistics, arithmetic.input, arithmetic.precision),
                      std::runtime_error);
    }
  }
}

}  // namespace nuthatch::trainer_test
