// scikit-learn's own trees, put into the device's slots: the same answers. Pruning against scikit-learn's path, and a
// tree that we learn against the one that it learns. make_golden_forest.py regenerates the files.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "golden/probability.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::golden {
namespace {

using learn::ForestModel;
using learn::Tree;
using learn::TreeNode;
using nlohmann::json;
using quantize::Input;

json read(const std::string& name) {
  std::ifstream file(NUTHATCH_TEST_DATA "/golden/sklearn/" + name);
  return json::parse(file);
}

/// Structure and thresholds: codes are counts, so whole numbers, and x <= t where x <= floor(t).
Tree tree_of(const json& from) {
  Tree tree;
  const auto left = from.at("left").get<std::vector<std::int32_t>>();
  const auto right = from.at("right").get<std::vector<std::int32_t>>();
  const auto feature = from.at("feature").get<std::vector<std::int32_t>>();
  const auto threshold = from.at("threshold").get<std::vector<double>>();
  for (std::size_t i = 0; i < left.size(); ++i) {
    TreeNode node;
    if (left[i] >= 0) {
      node.feature = feature[i];
      node.left = left[i];
      node.right = right[i];
      node.threshold = static_cast<std::int16_t>(std::floor(threshold[i]));
    }
    tree.nodes.push_back(node);
  }
  return tree;
}

/// Leaves vote with the shares of their classes.
Tree voting_tree(const json& from, std::size_t classes, int fraction_bits) {
  Tree tree = tree_of(from);
  const auto shares = from.at("values").get<std::vector<double>>();
  for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
    TreeNode& node = tree.nodes[i];
    node.answer = static_cast<std::int32_t>(tree.votes.size());
    for (std::size_t k = 0; k < classes; ++k) {
      const auto weight = std::lround(std::ldexp(shares[i * classes + k], fraction_bits));
      if (weight == 0) continue;
      tree.votes.push_back({static_cast<std::uint16_t>(k), static_cast<std::uint16_t>(weight)});
      ++node.vote_count;
    }
  }
  return tree;
}

/// The model, quantized with int16 input, in a file that the runtime opened.
exporting::LoadedModel deploy(const ForestModel& model, const std::string& set) {
  const data::Dataset rows = trainer_test::load(set + ".train");
  // Only for what surrounds the trees: names, classes, encoding.
  const trainer_test::Trained shell = trainer_test::train(rows, "tree", true, {{"max-depth", "1"}}, Input::kInt16);
  const std::vector<prepare::FeatureStatistics> statistics = prepare::describe(rows);
  const Eigen::MatrixXd features = prepare::standardize(rows, statistics);
  const std::vector<double> values;
  const std::vector<std::int32_t> classes;
  const learn::Examples examples{features, values, classes};
  const learn::Parameters parameters;
  exporting::ModelContents contents = shell.contents;
  const quantize::Encoding encoding = contents.common().encoding;
  REQUIRE(encoding.counts);
  for (const quantize::FeatureEncoding& feature : encoding.features) REQUIRE(feature.exponent == 0);
  contents.predictor = quantize::quantize(
      model, {statistics, examples, parameters, encoding, Input::kInt16, quantize::Precision::kInt16});
  return exporting::LoadedModel(exporting::write_model(contents));
}

ForestModel voting_forest(const json& from, std::size_t classes) {
  constexpr int kFractionBits = 14;
  ForestModel model;
  model.outputs = static_cast<std::int32_t>(classes);
  model.votes = model.classifies = true;
  model.fraction_bits = kFractionBits;
  model.bias.assign(classes, 0);
  for (const json& tree : from.at("trees")) model.trees.push_back(voting_tree(tree, classes, kFractionBits));
  return model;
}

/// The largest difference between predict_proba of the first 60 rows and the model's own probabilities.
double worst_probability(const exporting::LoadedModel& model, const exporting::Predictions& predictions,
                         const json& golden) {
  const auto expected = golden.at("probabilities").get<std::vector<double>>();
  const std::vector<std::int32_t> words = model.probabilities(predictions);
  REQUIRE(expected.size() == 60 * model.model().footprint().classes);
  REQUIRE(words.size() > expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    worst = std::max(worst, std::abs(std::ldexp(words[i], -16) - expected[i]));
  }
  return worst;
}

/// Shares of 14 bits: each is off by half a unit, and so is each of those in the sum that they are divided by.
double vote_bound(std::size_t classes) {
  const double off = static_cast<double>(classes + 1) * 0x1p-15;
  return off * (1 + off) + probability_bound(classes);
}

}  // namespace

TEST_CASE("scikit-learn's decision tree on the device: the same class for every row") {
  const json golden = read("trees.json").at("tree");
  const auto expected = golden.at("predicted").get<std::vector<std::size_t>>();
  const auto model = deploy(voting_forest(golden, 6), "satellite");
  const data::Dataset test = trainer_test::load("satellite.test");
  const exporting::Predictions predictions = model.predict(test);
  REQUIRE(expected.size() == test.rows());
  std::size_t different = 0;
  for (std::size_t row = 0; row < expected.size(); ++row) {
    REQUIRE(predictions.statuses[row] == Status::kOk);
    different += model.model().class_of(predictions.row(row)) == expected[row] ? 0 : 1;
  }
  CHECK(different == 0);
  CHECK(worst_probability(model, predictions, golden) <= vote_bound(6));
}

TEST_CASE("scikit-learn's random forest on the device: the same class wherever rounding does not decide") {
  const json golden = read("trees.json").at("forest");
  const auto expected = golden.at("predicted").get<std::vector<std::size_t>>();
  const auto margins = golden.at("margin").get<std::vector<double>>();
  const auto model = deploy(voting_forest(golden, 6), "satellite");
  const data::Dataset test = trainer_test::load("satellite.test");
  const exporting::Predictions predictions = model.predict(test);
  REQUIRE(expected.size() == test.rows());
  std::size_t different = 0;
  std::size_t close = 0;
  for (std::size_t row = 0; row < expected.size(); ++row) {
    if (margins[row] <= 0x1p-14) {  // of the mean of votes, each within 2^-15
      ++close;
    } else if (model.model().class_of(predictions.row(row)) != expected[row]) {
      ++different;
    }
  }
  CHECK(different == 0);
  CHECK(close < test.rows() / 50);
  CHECK(worst_probability(model, predictions, golden) <= vote_bound(6));
}

TEST_CASE("scikit-learn's gradient boosting on the device: the same decision values within the leaves' rounding") {
  const json golden = read("trees.json").at("boosting");
  const auto start = golden.at("start").get<std::vector<double>>();
  const auto decisions = golden.at("decisions").get<std::vector<double>>();
  ForestModel model;
  model.outputs = 10;
  model.classifies = model.log_odds = true;
  model.fraction_bits = 12;
  const auto word = [](double value) { return static_cast<std::int32_t>(std::lround(std::ldexp(value, 12))); };
  for (const double value : start) model.bias.push_back(word(value));
  for (const json& from : golden.at("trees")) {
    Tree tree = tree_of(from);
    tree.output = from.at("output").get<std::int32_t>();
    const auto values = from.at("values").get<std::vector<double>>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (tree.nodes[i].feature < 0) tree.nodes[i].answer = word(values[i]);
    }
    model.trees.push_back(std::move(tree));
  }
  const auto loaded = deploy(model, "digits");
  const exporting::Predictions predictions = loaded.predict(trainer_test::load("digits.test"));
  REQUIRE(decisions.size() == 600);
  const double roundings = 1 + static_cast<double>(model.trees.size()) / 10;
  double worst = 0;
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    worst = std::max(worst, std::abs(std::ldexp(predictions.scores[i], -12) - decisions[i]));
  }
  CHECK(worst <= roundings * 0x1p-13);
  CHECK(worst > 0x1p-14);
  // Log-odds that are off by d move a share by d / 2 at most.
  CHECK(worst_probability(loaded, predictions, golden) <= roundings * 0x1p-14 + probability_bound(10));
}

TEST_CASE("pruning: scikit-learn's path, and as many leaves between its steps") {
  const json golden = read("pruning.json");
  for (const char* set : {"wine", "diabetes"}) {
    CAPTURE(set);
    const json& from = golden.at(set);
    Tree tree = tree_of(from);
    const auto risks = from.at("values").get<std::vector<double>>();
    for (std::size_t i = 0; i < risks.size(); ++i) tree.nodes[i].risk = risks[i];
    const std::vector<double> pruned_from = learn::pruned_from(tree);
    // Every step of the path is the weakest link of somebody, and there are no others.
    const auto alphas = from.at("alphas").get<std::vector<double>>();
    const auto tolerance = [&](double alpha) { return 1e-9 * alphas.back() + 1e-6 * alpha; };
    const auto near = [&](double a, double b) { return std::abs(a - b) <= tolerance(a); };
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
      if (tree.nodes[i].feature < 0) continue;
      CHECK(std::any_of(alphas.begin(), alphas.end(), [&](double alpha) { return near(alpha, pruned_from[i]); }));
    }
    for (const double alpha : alphas) {
      CHECK(std::any_of(pruned_from.begin(), pruned_from.end(), [&](double mine) { return near(alpha, mine); }));
    }
    const auto middles = from.at("middles").get<std::vector<double>>();
    const auto leaves = from.at("leaves").get<std::vector<std::size_t>>();
    REQUIRE(middles.size() >= 5);
    for (std::size_t i = 0; i < middles.size(); ++i) {
      const Tree pruned = learn::pruned(tree, pruned_from, middles[i]);
      CHECK(pruned.nodes.size() == 2 * leaves[i] - 1);
    }
  }
}

TEST_CASE("tree: where no two splits are equally good, the answers are scikit-learn's") {
  const auto expected = read("regression.json").at("predicted").get<std::vector<double>>();
  const data::Dataset test = trainer_test::load("boston_housing.test");
  for (const Input input : {Input::kFloat32, Input::kInt16}) {
    const exporting::LoadedModel model = trainer_test::train_and_load(trainer_test::load("boston_housing.train"),
                                                                      "tree", false, {{"max-depth", "2"}}, input);
    const exporting::Predictions predictions = model.predict(test);
    REQUIRE(expected.size() == test.rows());
    for (std::size_t row = 0; row < expected.size(); ++row) {
      CAPTURE(row);
      CHECK(std::ldexp(predictions.scores[row], -model.model().fraction_bits()) ==
            doctest::Approx(expected[row]).epsilon(1e-4));
    }
  }
}

}  // namespace nuthatch::golden
