// Permutation importance and partial dependence: on data of which it is known what matters.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "explain/dependence.hpp"
#include "explain/permutation.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {
namespace {

using exporting::LoadedModel;

/// x decides the label; noise does not.
data::Dataset one_informative() {
  std::mt19937 random(1);
  std::string text = "noise,x,label\n";
  for (int i = 0; i < 200; ++i) {
    const int x = static_cast<int>(random() % 100);
    text += fmt::format("{},{},{}\n", random() % 100, x, x < 50 ? "low" : "high");
  }
  return parse(text);
}

explain::ImportancePlan plan(std::size_t repeats, std::uint64_t seed) { return {repeats, seed, false}; }

}  // namespace

TEST_CASE("permutation importance: what decides has all, noise has none") {
  const data::Dataset rows = one_informative();
  for (const char* family : {"tree", "logistic", "naive-bayes"}) {
    CAPTURE(family);
    const LoadedModel model = train_and_load(rows, family, true);
    const explain::Importance importance = explain::permutation_importance(model, rows, plan(5, 0));
    CHECK(importance.metric == "accuracy");
    CHECK(importance.score > 0.95);
    CHECK(std::abs(importance.features[0].mean) < 0.03);
    CHECK(importance.features[1].mean > 0.4);
    CHECK(importance.features[1].deviation > 0);
  }
  const LoadedModel tree = train_and_load(rows, "tree", true, {{"max-depth", "1"}});
  const explain::Importance exact = explain::permutation_importance(tree, rows, plan(3, 0));
  CHECK(exact.features[0].mean == 0);
  CHECK(exact.features[0].deviation == 0);
}

TEST_CASE("permutation importance: the same seed, the same figures; r2 of values; missing labels are said") {
  const data::Dataset rows = load("diabetes.train");
  const LoadedModel model = train_and_load(rows, "ridge", false);
  const auto means = [&](std::uint64_t seed) {
    std::vector<double> all;
    for (const auto& feature : explain::permutation_importance(model, rows, plan(2, seed)).features) {
      all.push_back(feature.mean);
    }
    return all;
  };
  CHECK(explain::permutation_importance(model, rows, plan(1, 0)).metric == "r2");
  CHECK(means(1) == means(1));
  CHECK(means(1) != means(2));
  const auto once = explain::permutation_importance(model, rows, plan(1, 7));
  for (const auto& feature : once.features) CHECK(feature.deviation == 0);
}

TEST_CASE("permutation importance of a linear model of uncorrelated features is 2 w^2 over the target's variance") {
  // Every pair of a and b once: shuffling a moves predictions by w (a - a'), which has the variance 2 w^2 var(a).
  std::string text = "a,b,label\n";
  for (int a = 0; a < 20; ++a) {
    for (int b = 0; b < 20; ++b) text += fmt::format("{},{},{}\n", a, b, 3 * a + b);
  }
  const data::Dataset rows = parse(text);
  const LoadedModel model = train_and_load(rows, "linear-regression", false);
  const auto importance = explain::permutation_importance(model, rows, plan(40, 0));
  CHECK(importance.score > 0.999);
  CHECK(importance.features[0].mean == doctest::Approx(2 * 9 / 10.0).epsilon(0.03));
  CHECK(importance.features[1].mean == doctest::Approx(2 * 1 / 10.0).epsilon(0.03));
}

TEST_CASE("permutation importance is near its expectation over all shuffles, by pairing each row with each") {
  const data::Dataset rows = load("iris.test");
  const std::size_t count = rows.rows();
  const LoadedModel model = train_and_load(load("iris.train"), "forest", true, {{"trees", "10"}});
  const explain::Importance importance = explain::permutation_importance(model, rows, plan(300, 0));
  const auto count_right = [&](const data::Dataset& some) {
    const exporting::Predictions predictions = model.predict(some);
    std::size_t right = 0;
    for (std::size_t row = 0; row < count; ++row) {
      const std::string& answer = model.contents().classes[model.model().class_of(predictions.row(row))];
      right += answer == rows.target->labels[rows.target->ids[row]] ? 1U : 0U;
    }
    return right;
  };
  for (std::size_t feature = 0; feature < 4; ++feature) {
    std::size_t right = 0;
    for (std::size_t from = 0; from < count; ++from) {
      data::Dataset paired = rows;
      paired.columns[feature].assign(count, rows.columns[feature][from]);
      right += count_right(paired);
    }
    const double expected = importance.score - static_cast<double>(right) / static_cast<double>(count * count);
    const double error = importance.features[feature].deviation / std::sqrt(300.0);
    CHECK(std::abs(importance.features[feature].mean - expected) <= 4 * error + 1e-12);
  }
}

TEST_CASE("dependence: of a linear model a line, for each row and on average") {
  const data::Dataset rows = load("diabetes.train");
  const LoadedModel model = train_and_load(rows, "ridge", false, {}, quantize::Input::kFloat32, "int16");
  const explain::Dependence line = explain::dependence(model, rows, 2, 10);
  CHECK(line.value == "prediction");
  CHECK_FALSE(line.class_index.has_value());
  REQUIRE(line.grid.size() == 10);
  CHECK(std::is_sorted(line.grid.begin(), line.grid.end()));
  CHECK(line.grid.front() == *std::min_element(rows.columns[2].begin(), rows.columns[2].end()));
  CHECK(line.grid.back() == *std::max_element(rows.columns[2].begin(), rows.columns[2].end()));
  const double slope = (line.mean.back() - line.mean.front()) / (line.grid.back() - line.grid.front());
  for (std::size_t i = 0; i < line.grid.size(); ++i) {
    const double expected = line.mean.front() + slope * (line.grid[i] - line.grid.front());
    CHECK(line.mean[i] == doctest::Approx(expected).epsilon(0.001));
    for (const std::vector<double>& row : line.each) {
      CHECK(row[i] - row[0] == doctest::Approx(line.mean[i] - line.mean[0]).epsilon(0.001).scale(1));
    }
  }
}

TEST_CASE("dependence: probabilities of a class; scores where there are none; refused rows are left out") {
  data::Dataset rows = load("iris.train");
  rows.columns[0][4] = std::numeric_limits<float>::quiet_NaN();
  const LoadedModel forest = train_and_load(load("iris.train"), "forest", true, {{"trees", "10"}});
  const explain::Dependence probability = explain::dependence(forest, rows, 2, 5, 1);
  CHECK(probability.value == "probability");
  CHECK(probability.class_index == 1);
  CHECK(probability.rows.size() == rows.rows() - 1);
  CHECK(std::find(probability.rows.begin(), probability.rows.end(), 4) == probability.rows.end());
  for (const double mean : probability.mean) CHECK((mean >= 0 && mean <= 1));
  // A value that is missing in the feature itself is set like the others.
  CHECK(explain::dependence(forest, rows, 0, 5, 1).rows.size() == rows.rows());
  CHECK(explain::dependence(forest, rows, 2, 5).class_index.has_value());
  const data::Dataset two = one_informative();
  const LoadedModel margins = train_and_load(two, "linear-svm", true);
  const explain::Dependence score = explain::dependence(margins, two, 1, 4);
  CHECK(score.value == "score");
  CHECK(score.class_index == 1);  // "low"
  CHECK(score.mean.front() > score.mean.back());
  CHECK(explain::dependence(margins, two, 1, 4, 0).mean.front() == -score.mean.front());
}

TEST_CASE("dependence: few values are the grid; none is said") {
  data::Dataset rows = parse("a,b,label\n1,5,x\n2,5,x\n2,6,y\n3,7,y\n");
  const LoadedModel model = train_and_load(rows, "tree", true);
  CHECK(explain::dependence(model, rows, 0, 20).grid == std::vector<double>{1, 2, 3});
  rows.columns[0].assign(4, std::numeric_limits<float>::quiet_NaN());
  CHECK_THROWS_AS(explain::dependence(model, rows, 0, 20), data::DataError);
  CHECK_THROWS_AS(explain::dependence(model, rows, 1, 20), data::DataError);
}

}  // namespace nuthatch::trainer_test
