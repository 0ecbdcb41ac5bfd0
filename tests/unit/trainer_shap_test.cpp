// Contributions of `nuthatch explain` against Shapley's formula over all subsets of features, every value of a subset
// being predictions of the runtime itself.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "explain/contributions.hpp"
#include "unit/make_forest.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {
namespace {

using explain::AnsweredRows;
using exporting::LoadedModel;

/// Some rows of a dataset, in their order.
data::Dataset rows_of(const data::Dataset& from, std::size_t first, std::size_t count, std::size_t step = 1) {
  data::Dataset some;
  some.file = from.file;
  some.feature_names = from.feature_names;
  for (const std::vector<float>& column : from.columns) {
    some.columns.emplace_back();
    for (std::size_t i = 0; i < count; ++i) some.columns.back().push_back(column.at(first + i * step));
  }
  return some;
}

/// A subset's value: the mean score of the background's rows, with the row's values for the subset's features.
double value_of(const LoadedModel& model, const data::Dataset& rows, std::size_t row, const data::Dataset& background,
                std::size_t output, std::uint32_t subset) {
  data::Dataset mixed = background;
  for (std::size_t i = 0; i < mixed.columns.size(); ++i) {
    if ((subset >> i & 1) == 1) mixed.columns[i].assign(background.rows(), rows.columns[i][row]);
  }
  const exporting::Predictions answers = model.predict(mixed);
  double sum = 0;
  for (std::size_t b = 0; b < background.rows(); ++b) {
    REQUIRE(answers.statuses[b] == Status::kOk);
    sum += model.value_of(answers.row(b)[output]);
  }
  return sum / static_cast<double>(background.rows());
}

/// Shapley 1953, as it is written.
std::vector<double> brute_force(const LoadedModel& model, const data::Dataset& rows, std::size_t row,
                                const data::Dataset& background, std::size_t output) {
  const auto features = static_cast<unsigned>(rows.columns.size());
  std::vector<double> values(std::size_t{1} << features);
  for (std::uint32_t subset = 0; subset < values.size(); ++subset) {
    values[subset] = value_of(model, rows, row, background, output, subset);
  }
  std::vector<double> shapley(features, 0);
  for (unsigned i = 0; i < features; ++i) {
    for (std::uint32_t subset = 0; subset < values.size(); ++subset) {
      if ((subset >> i & 1) == 1) continue;
      const auto size = static_cast<double>(std::popcount(subset));
      const double weight = std::tgamma(size + 1) * std::tgamma(features - size) / std::tgamma(features + 1.0);
      shapley[i] += weight * (values[subset | 1U << i] - values[subset]);
    }
  }
  return shapley;
}

struct Distance {
  double of_values = 0;  ///< from the brute force
  double of_sum = 0;     ///< base and contributions from the score
  double of_base = 0;    ///< from the empty subset's value
};

/// The largest over rows, for the score that decided.
Distance distance_of(const LoadedModel& model, const data::Dataset& rows, const data::Dataset& background) {
  const AnsweredRows asked(model, rows);
  const AnsweredRows behind(model, background);
  const auto all = explain::contributions(model, asked, asked.answered(), behind, std::nullopt);
  Distance distance;
  for (const explain::Contributions& row : all) {
    const auto scores = asked.predictions.row(row.row);
    CHECK(row.score == model.value_of(scores[row.of.output]));
    CHECK(row.of.output == (scores.size() == 1 ? 0 : model.model().class_of(scores)));
    const std::vector<double> expected = brute_force(model, rows, row.row, background, row.of.output);
    double sum = row.base;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      sum += row.values[i];
      distance.of_values = std::max(distance.of_values, std::abs(row.values[i] - expected[i]));
    }
    distance.of_sum = std::max(distance.of_sum, std::abs(sum - row.score));
    const double empty = value_of(model, rows, row.row, background, row.of.output, 0);
    distance.of_base = std::max(distance.of_base, std::abs(row.base - empty));
  }
  return distance;
}

void check_exact(const LoadedModel& model, const data::Dataset& rows, const data::Dataset& background) {
  const Distance distance = distance_of(model, rows, background);
  CHECK(distance.of_values < 1e-9);
  CHECK(distance.of_sum < 1e-9);
  CHECK(distance.of_base < 1e-9);
}

/// Whole numbers around the thresholds of random_forest.
data::Dataset random_rows(std::mt19937& random, std::size_t features, std::size_t rows) {
  data::Dataset dataset;
  dataset.file = "rows.csv";
  dataset.feature_names.assign(features, "f");
  for (std::size_t i = 0; i < features; ++i) {
    dataset.columns.emplace_back();
    for (std::size_t row = 0; row < rows; ++row) {
      dataset.columns.back().push_back(static_cast<float>(random() % 13) - 6.0F);
    }
  }
  return dataset;
}

LoadedModel model_of(std::size_t features, const quantize::QuantizedForest& forest, quantize::Input input) {
  exporting::ModelContents contents = test::forest_contents(features, forest, input, forest.bias.size() > 1);
  contents.common().fraction_bits = 16;
  return LoadedModel(exporting::write_model(contents));
}

/// Some missing in every column.
void remove_some(data::Dataset& rows) {
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    for (std::size_t row = i; row < rows.rows(); row += 7) {
      rows.columns[i][row] = std::numeric_limits<float>::quiet_NaN();
    }
  }
}

quantize::QuantizedForest one_tree(std::uint8_t feature_bits) {
  quantize::QuantizedForest forest;
  forest.feature_bits = feature_bits;
  forest.groups = {{0, 1, 0}};
  forest.bias = {50};
  return forest;
}

data::Dataset made_of(const std::vector<std::vector<float>>& columns) {
  data::Dataset rows;
  rows.file = "rows.csv";
  rows.feature_names.assign(columns.size(), "f");
  rows.columns = columns;
  return rows;
}

explain::Contributions contributions_of_one(const LoadedModel& model, const data::Dataset& row,
                                            const data::Dataset& background) {
  return explain::contributions(model, AnsweredRows(model, row), {0}, AnsweredRows(model, background), {}).at(0);
}

}  // namespace

TEST_CASE("shap: any forest, against all subsets: leaves of values and votes, slots of every size") {
  std::mt19937 random(6);
  for (int turn = 0; turn < 60; ++turn) {
    test::ForestShape shape;
    shape.feature_bits = std::array<std::uint8_t, 3>{0, 6, 8}[static_cast<std::size_t>(turn) % 3];
    shape.votes = turn % 2 == 1;
    shape.outputs = turn % 4 < 2 ? 1 : 3;
    shape.features = 2 + random() % 5;
    shape.groups = 1 + random() % 3;
    const auto input = turn % 5 < 2 ? quantize::Input::kInt16 : quantize::Input::kFloat32;
    const LoadedModel model = model_of(shape.features, test::random_forest(random, shape), input);
    CAPTURE(turn);
    check_exact(model, random_rows(random, shape.features, 3), random_rows(random, shape.features, 4));
  }
}

TEST_CASE("shap: learned trees, votes and boosting, missing values imputed, against all subsets") {
  for (const char* set : {"iris.train", "pima.train"}) {
    data::Dataset train_rows = load(set);
    remove_some(train_rows);
    const data::Dataset background = rows_of(train_rows, 0, 8, 11);
    for (const char* family : {"tree", "forest", "extra-trees", "boosting"}) {
      for (const auto input : {quantize::Input::kFloat32, quantize::Input::kInt16}) {
        Flags flags;
        if (std::string(family) == "boosting") flags["rounds"] = "10";
        if (std::string(family) == "forest" || std::string(family) == "extra-trees") flags["trees"] = "10";
        CAPTURE(set);
        CAPTURE(family);
        const LoadedModel model = train_and_load(train_rows, family, true, flags, input);
        check_exact(model, rows_of(train_rows, 0, 3, 35), background);
      }
    }
  }
}

TEST_CASE("shap: trees of values, against all subsets") {
  std::string text = "a,b,c,label\n";
  for (int i = 0; i < 120; ++i) {
    const int a = i % 11;
    const int b = i * 7 % 13;
    const int c = i * 5 % 17;
    text += fmt::format("{},{},{},{}\n", a, b, i % 9 == 0 ? "" : std::to_string(c), 0.5 * a * b - c);
  }
  const data::Dataset rows = parse(text);
  for (const char* family : {"tree", "forest", "boosting"}) {
    for (const auto input : {quantize::Input::kFloat32, quantize::Input::kInt16}) {
      CAPTURE(family);
      const LoadedModel model = train_and_load(rows, family, false, {}, input);
      check_exact(model, rows_of(rows, 0, 5, 20), rows_of(rows, 3, 10, 9));
    }
  }
}

TEST_CASE("shap: a feature that no question asks has 0, and alike features have alike contributions") {
  quantize::QuantizedForest forest = one_tree(6);
  test::put_inner(forest, 0, 0, 1);  // 600 where x0 > 0 and x1 > 0; x2 is not asked
  test::put_value(forest, 0);
  test::put_inner(forest, 0, 1, 3);
  test::put_value(forest, 0);
  test::put_value(forest, 600);
  const LoadedModel model = model_of(3, forest, quantize::Input::kFloat32);
  const auto both = contributions_of_one(model, made_of({{1}, {1}, {1}}), made_of({{0}, {0}, {0}}));
  const double unit = std::ldexp(1, -16);
  CHECK(both.base == 50 * unit);
  CHECK(both.values == std::vector<double>{300 * unit, 300 * unit, 0});
  const auto none = contributions_of_one(model, made_of({{0}, {0}, {5}}), made_of({{1, 0}, {1, 0}, {1, 0}}));
  CHECK(none.base == 350 * unit);
  CHECK(none.values == std::vector<double>{-150 * unit, -150 * unit, 0});
}

TEST_CASE("shap: a way through more features than there are weights in the table") {
  constexpr std::size_t kFeatures = 100;
  quantize::QuantizedForest forest = one_tree(8);
  for (std::uint32_t i = 0; i < kFeatures; ++i) {
    test::put_inner(forest, 0, i, 2 * i + 1);
    test::put_value(forest, 0);
  }
  test::put_value(forest, 10000);  // where all of them are above 0
  const LoadedModel model = model_of(kFeatures, forest, quantize::Input::kFloat32);
  const data::Dataset ones = made_of(std::vector<std::vector<float>>(kFeatures, {1}));
  const data::Dataset zeros = made_of(std::vector<std::vector<float>>(kFeatures, {0}));
  const auto all = contributions_of_one(model, ones, zeros);
  for (const double value : all.values) CHECK(value == doctest::Approx(100 * std::ldexp(1, -16)).epsilon(1e-9));
}

TEST_CASE("shap: trees whose shared slots make too many ways are refused before the first step") {
  for (const auto& [questions, throws] : {std::pair<std::uint32_t, bool>{20, false}, {30, true}}) {
    // Both answers of a question lead to the next two slots, which are alike.
    quantize::QuantizedForest forest = one_tree(8);
    test::put_inner(forest, 0, 0, 1);
    for (std::uint32_t i = 1; i < questions; ++i) {
      for (int twice = 0; twice < 2; ++twice) test::put_inner(forest, 0, i, 2 * i + 1);
    }
    test::put_value(forest, 1);
    test::put_value(forest, 2);
    const LoadedModel model = model_of(questions, forest, quantize::Input::kFloat32);
    const data::Dataset ones = made_of(std::vector<std::vector<float>>(questions, {1}));
    if (throws) {
      CHECK_THROWS_AS(contributions_of_one(model, ones, ones), exporting::ModelError);
    } else {
      CHECK(contributions_of_one(model, ones, ones).values == std::vector<double>(questions, 0.0));
    }
  }
}

TEST_CASE("shap: the first of two classes has the second's contributions with the other sign") {
  const data::Dataset rows = load("pima.train");
  const LoadedModel model = train_and_load(rows, "forest", true, {{"trees", "5"}});
  const data::Dataset some = rows_of(rows, 0, 2);
  const AnsweredRows two(model, some);
  const auto first = explain::contributions(model, two, {0, 1}, two, 0);
  const auto second = explain::contributions(model, two, {0, 1}, two, std::nullopt);
  for (std::size_t row = 0; row < 2; ++row) {
    CHECK(first[row].of.class_index == 0);
    CHECK(second[row].of.class_index == 1);
    CHECK(first[row].score == -second[row].score);
    CHECK(first[row].base == -second[row].base);
    for (std::size_t i = 0; i < some.columns.size(); ++i) CHECK(first[row].values[i] == -second[row].values[i]);
  }
}

TEST_CASE("shap: linear models of every arithmetic: the closed form, all subsets, and sums to the bit") {
  data::Dataset train_rows = load("iris.train");
  remove_some(train_rows);
  const data::Dataset rows = rows_of(train_rows, 0, 6, 19);
  const data::Dataset background = rows_of(train_rows, 1, 8, 14);
  for (const Arithmetic& arithmetic : all_arithmetic()) {
    CAPTURE(arithmetic.name);
    const Fitted fitted = fit(train_rows, "logistic");
    const LoadedModel model = deploy(train_rows, fitted, arithmetic.input, arithmetic.precision);
    const double unit = std::ldexp(1, -model.contents().common().fraction_bits);
    const Distance distance = distance_of(model, rows, background);
    CHECK(distance.of_sum < 1e-9);
    // Each of the brute force's scores is rounded. Float32 sums have 24 bits, whatever the unit is.
    const bool in_float = arithmetic.precision == quantize::Precision::kFloat32;
    CHECK(distance.of_values < (in_float ? 1e-5 : 2 * unit));
    CHECK(distance.of_base < 1e-9);
  }
}

TEST_CASE("shap: linear contributions are the learned weights times the distance from the background's mean") {
  const data::Dataset rows = load("diabetes.train");
  const Fitted fitted = fit(rows, "ridge");
  const LoadedModel model = deploy(rows, fitted, quantize::Input::kFloat32, quantize::Precision::kInt16);
  const AnsweredRows all(model, rows);
  const auto explained = explain::contributions(model, all, {0, 7, 99}, all, std::nullopt);
  const Eigen::MatrixXd features = prepare::standardize(rows, fitted.statistics);  // their means are 0
  for (const explain::Contributions& row : explained) {
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      const auto column = static_cast<Eigen::Index>(i);
      const double expected = fitted.learned.weights(0, column) * features(static_cast<Eigen::Index>(row.row), column);
      CHECK(row.values[i] == doctest::Approx(expected).epsilon(0.002).scale(1));
    }
  }
}

TEST_CASE("shap: other kinds are refused, and a background of refused rows") {
  const data::Dataset rows = load("iris.train");
  for (const char* family : {"naive-bayes", "svm", "mlp"}) {
    const LoadedModel model = train_and_load(rows, family, true);
    const AnsweredRows all(model, rows);
    CHECK(explain::why_no_contributions(model).find("--permutation and --dependence") != std::string::npos);
    CHECK_THROWS_AS(explain::contributions(model, all, {0}, all, std::nullopt), exporting::ModelError);
  }
  const LoadedModel model = train_and_load(rows, "tree", true);
  data::Dataset empty = rows_of(rows, 0, 2);
  for (auto& column : empty.columns) column.assign(2, std::numeric_limits<float>::quiet_NaN());
  const AnsweredRows refused(model, empty);
  CHECK_THROWS_AS(explain::contributions(model, AnsweredRows(model, rows), {0}, refused, std::nullopt),
                  data::DataError);
  // Refused rows among others are left out.
  data::Dataset mixed = rows_of(rows, 0, 2);
  mixed.columns[0][1] = std::numeric_limits<float>::quiet_NaN();
  const data::Dataset first = rows_of(rows, 0, 1);
  CHECK(contributions_of_one(model, rows, mixed).values == contributions_of_one(model, rows, first).values);
}

}  // namespace nuthatch::trainer_test
