// What `train --explain` writes, against covers counted by hand and against walks over the learned trees.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "export/explained.hpp"
#include "unit/make_forest.hpp"
#include "unit/make_model.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

namespace {

using exporting::LoadedModel;
using quantize::QuantizedForest;

struct Ready {
  data::Dataset rows;
  std::vector<prepare::FeatureStatistics> statistics;
  Trained trained;
  learn::CodeMatrix codes;
};

Ready make_ready(const std::string& set, const std::string& family, bool classifies, const Flags& flags,
                 quantize::Input input, const std::string& precision = "") {
  Ready ready{load(set), {}, {}, {}};
  ready.statistics = prepare::describe(ready.rows);
  ready.trained = train(ready.rows, family, classifies, flags, input, precision);
  exporting::ModelContents& contents = ready.trained.contents;
  ready.codes = quantize::codes_of(ready.rows, ready.statistics, contents.common().encoding);
  contents.explanation = quantize::explain(contents.predictor, ready.codes);
  return ready;
}

/// The training rows' means of a learned tree's answers, a node each, and what they say of a row.
struct NaiveTree {
  NaiveTree(const learn::Tree& from, const Eigen::MatrixXd& features) : tree(from), means(from.nodes.size(), 0) {
    std::vector<double> covers(from.nodes.size(), 0);
    for (Eigen::Index row = 0; row < features.rows(); ++row) {
      const std::vector<std::size_t> way = way_of(features, row);
      for (const std::size_t node : way) {
        covers[node] += 1;
        means[node] += tree.nodes[way.back()].answer;
      }
    }
    for (std::size_t node = 0; node < means.size(); ++node) means[node] /= covers[node];
  }

  std::vector<std::size_t> way_of(const Eigen::MatrixXd& features, Eigen::Index row) const {
    std::vector<std::size_t> way = {0};
    while (tree.nodes[way.back()].feature >= 0) {
      const learn::TreeNode& node = tree.nodes[way.back()];
      way.push_back(
          static_cast<std::size_t>(features(row, node.feature) <= node.threshold_in_z ? node.left : node.right));
    }
    return way;
  }

  /// Adds to one sum a feature, in score words.
  void add(const Eigen::MatrixXd& features, Eigen::Index row, std::vector<double>& sums) const {
    const std::vector<std::size_t> way = way_of(features, row);
    for (std::size_t i = 1; i < way.size(); ++i) {
      const std::int32_t feature = tree.nodes[way[i - 1]].feature;
      sums[static_cast<std::size_t>(feature)] += means[way[i]] - means[way[i - 1]];
    }
  }

  const learn::Tree& tree;
  std::vector<double> means;
};

/// Correlation of the device's contributions with those of the learned trees, over all rows and features; and their
/// largest distance, in score words.
struct Agreement {
  double correlation = 0;
  double farthest = 0;
};

Agreement compare(const Ready& ready) {
  const LoadedModel model(exporting::write_model(ready.trained.contents));
  const exporting::Explained explained = exporting::explain(model, ready.rows);
  const Eigen::MatrixXd features = prepare::standardize(ready.rows, ready.statistics);
  std::vector<NaiveTree> trees;
  for (const learn::Tree& tree : std::get<learn::ForestModel>(ready.trained.learned).trees) {
    trees.emplace_back(tree, features);
  }
  Agreement agreement;
  double xx = 0;
  double xy = 0;
  double yy = 0;
  for (Eigen::Index row = 0; row < features.rows(); ++row) {
    std::vector<double> expected(static_cast<std::size_t>(features.cols()), 0);
    for (const NaiveTree& tree : trees) tree.add(features, row, expected);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double word = explained.words[static_cast<std::size_t>(row) * explained.width + 1 + i];
      agreement.farthest = std::max(agreement.farthest, std::abs(word - expected[i]));
      xx += word * word;
      xy += word * expected[i];
      yy += expected[i] * expected[i];
    }
  }
  agreement.correlation = xy / std::sqrt(xx * yy);
  return agreement;
}

/// base + contributions are the score, of every row, through the runtime.
void check_sums(const exporting::ModelContents& contents, const data::Dataset& rows) {
  const LoadedModel model(exporting::write_model(contents));
  const exporting::Explained explained = exporting::explain(model, rows);
  const exporting::Predictions predictions = model.predict(rows);
  std::size_t wrong = 0;
  for (std::size_t row = 0; row < explained.statuses.size(); ++row) {
    const auto scores = predictions.row(row);
    const std::size_t output = scores.size() == 1 ? 0 : model.model().class_of(scores);
    const auto first = explained.words.begin() + static_cast<std::ptrdiff_t>(row * explained.width);
    const auto last = first + static_cast<std::ptrdiff_t>(explained.width);
    wrong += std::accumulate(first, last, std::int64_t{0}) != scores[output];
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("explain: node values are means of the training rows, counted by hand") {
  QuantizedForest forest;
  forest.feature_bits = 6;
  forest.groups = {{0, 2, 0}};
  forest.bias = {0};
  forest.outputs = 1;
  test::put_inner(forest, 5, 1, 2);   // tree 0: x1 <= 5: slot 2, else 3
  test::put_inner(forest, 0, 0, 3);   // tree 1: x0 <= 0: slot 3, else 4
  test::put_inner(forest, -2, 0, 5);  // x0 <= -2: slot 5, else 6
  test::put_inner(forest, 9, 1, 6);   // of both trees; x1 <= 9: slot 6, else 7
  test::put_value(forest, -100);
  test::put_value(forest, 8);
  test::put_value(forest, 40);
  test::put_value(forest, 0);
  learn::CodeMatrix codes(4, 2);
  codes << -3, 5, /**/ 1, 5, /**/ 0, 7, /**/ 1, 20;
  const auto explanation = quantize::explain(forest, codes);
  REQUIRE(explanation.has_value());
  // Tree 0: rows 0 and 1 go left (8, 40), rows 2 and 3 right (40, 0). Tree 1: rows 0 and 2 go to slot 3 (40, 40),
  // rows 1 and 3 to -100. So slot 3 is the mean of 40, 0, 40 and 40.
  const double unit = std::ldexp(1, explanation->leaf_shift);
  CHECK(explanation->leaf_shift == 8);  // 100 << 8 fits int16
  CHECK(explanation->node_shift == 0);
  const std::vector<double> expected = {(8 + 40 + 40 + 0) / 4.0, (40 - 100 + 40 - 100) / 4.0, (8 + 40) / 2.0,
                                        120 / 4.0};
  REQUIRE(explanation->node_values.size() == 8);
  for (std::size_t slot = 0; slot < expected.size(); ++slot) {
    CHECK(explanation->node_values[slot] == std::nearbyint(expected[slot] * unit));
  }
  CHECK(explanation->node_shares.empty());
  CHECK(quantize::bytes_of(*explanation) == 16);
}

TEST_CASE("explain: node shares are means of the training rows' votes, counted by hand") {
  QuantizedForest forest;
  forest.feature_bits = 8;
  forest.votes_leaf = true;
  forest.outputs = 3;
  forest.bias = {0, 0, 0};
  forest.groups = {{0, 1, 0}};
  forest.votes = {12 * 65536, -4 * 65536 + 2, -16 * 65536 + 1};  // at 0: 12 for 0 and 4 for 2; at 2: 16 for 1
  test::put_inner(forest, 0, 0, 1);
  test::put_votes(forest, 0);
  test::put_votes(forest, 2);
  learn::CodeMatrix codes(4, 1);
  codes << -1, 0, -7, 3;
  const auto explanation = quantize::explain(forest, codes);
  REQUIRE(explanation.has_value());
  CHECK(explanation->leaf_shift == 4);
  CHECK(explanation->node_shift == 0);
  CHECK(explanation->node_shares == std::vector<std::uint8_t>{16 * 9, 16 * 4, 16 * 3, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("explain: means are those of the codes, and contributions those of the learned weights") {
  for (const auto input : {quantize::Input::kFloat32, quantize::Input::kInt16}) {
    for (const char* precision : {"int8", "int16"}) {
      const Ready ready = make_ready("wine.train", "logistic", true, {}, input, precision);
      const exporting::ModelContents& contents = ready.trained.contents;
      REQUIRE(contents.explanation.has_value());
      for (std::size_t i = 0; i < contents.explanation->means.size(); ++i) {
        const double mean = ready.codes.col(static_cast<Eigen::Index>(i)).cast<double>().mean();
        CHECK(std::abs(contents.explanation->means[i] - mean) <= 0.5);
      }
      check_sums(contents, ready.rows);
      const LoadedModel model(exporting::write_model(contents));
      CHECK(exporting::explains(model) == "exact");
      const exporting::Explained explained = exporting::explain(model, ready.rows);
      const exporting::Predictions predictions = model.predict(ready.rows);
      const Eigen::MatrixXd features = prepare::standardize(ready.rows, ready.statistics);
      const auto& learned = std::get<learn::LinearModel>(ready.trained.learned);
      double farthest = 0;
      for (Eigen::Index row = 0; row < features.rows(); ++row) {
        const auto at = static_cast<std::size_t>(row);
        const auto k = static_cast<Eigen::Index>(model.model().class_of(predictions.row(at)));
        for (Eigen::Index i = 0; i < features.cols(); ++i) {
          const double given = model.value_of(explained.words[at * explained.width + 1 + static_cast<std::size_t>(i)]);
          farthest = std::max(farthest, std::abs(given - learned.weights(k, i) * features(row, i)));
        }
      }
      // int8 weights are within 1/254 of the largest, about 1, times codes of some deviations.
      CHECK(farthest < (std::string(precision) == "int8" ? 0.02 : 0.002));
    }
  }
}

TEST_CASE("explain: a single tree's contributions are those of the learned tree, to the rounding of its nodes") {
  for (const auto input : {quantize::Input::kFloat32, quantize::Input::kInt16}) {
    const Ready ready = make_ready("diabetes.train", "tree", false, {{"max-depth", "5"}}, input);
    check_sums(ready.trained.contents, ready.rows);
    // Each of at most five steps takes the difference of two rounded nodes; and the sum is rounded.
    CHECK(compare(ready).farthest <= 5 + 1);
    CHECK(compare(ready).correlation > 0.99999);
  }
}

TEST_CASE("explain: forests' contributions are near those of the learned trees, though slots are shared") {
  for (const bool classifies : {false, true}) {
    const std::string set = classifies ? "pima.train" : "diabetes.train";
    for (const char* family : {"forest", "extra-trees", "boosting"}) {
      const Flags flags = {{std::string(family) == "boosting" ? "rounds" : "trees", "20"}};
      const Ready ready = make_ready(set, family, classifies, flags, quantize::Input::kFloat32);
      CAPTURE(set);
      CAPTURE(family);
      check_sums(ready.trained.contents, ready.rows);
      CHECK(compare(ready).correlation > 0.98);
    }
  }
}

TEST_CASE("explain: several classes add up, of every family that explains") {
  for (const char* family : {"logistic", "linear-svm", "tree", "forest", "extra-trees", "boosting"}) {
    for (const auto input : {quantize::Input::kFloat32, quantize::Input::kInt16}) {
      CAPTURE(family);
      const Ready ready = make_ready("iris.train", family, true, {}, input);
      REQUIRE(ready.trained.contents.explanation.has_value());
      check_sums(ready.trained.contents, ready.rows);
      CHECK(exporting::why_unexplained(LoadedModel(exporting::write_model(ready.trained.contents))).empty());
    }
  }
}

TEST_CASE("explain: other kinds and float32 weights have none, and a sentence says why") {
  const data::Dataset rows = load("iris.train");
  for (const char* family : {"naive-bayes", "svm", "mlp"}) {
    const Ready ready = make_ready("iris.train", family, true, {}, quantize::Input::kFloat32);
    CHECK_FALSE(ready.trained.contents.explanation.has_value());
    const LoadedModel model(exporting::write_model(ready.trained.contents));
    CHECK(exporting::explains(model) == "no");
    CHECK(exporting::why_unexplained(model).find("--explain") == std::string::npos);
    CHECK_THROWS_AS(exporting::explain(model, rows), exporting::ModelError);
  }
  const Ready exact = make_ready("iris.train", "logistic", true, {}, quantize::Input::kFloat32, "float32");
  CHECK_FALSE(exact.trained.contents.explanation.has_value());
  const LoadedModel model(exporting::write_model(exact.trained.contents));
  CHECK(exporting::why_unexplained(model).find("int8 or int16") != std::string::npos);
  const LoadedModel plain = train_and_load(rows, "tree", true);
  CHECK(exporting::why_unexplained(plain).find("train it with --explain") != std::string::npos);
}

TEST_CASE("explain: written and read back, and its bytes counted") {
  for (const char* family : {"logistic", "forest", "boosting"}) {
    const Ready ready = make_ready("iris.train", family, true, {}, quantize::Input::kFloat32);
    const std::vector<std::uint8_t> bytes = exporting::write_model(ready.trained.contents);
    const exporting::ModelContents read = exporting::read_model(bytes);
    REQUIRE(read.explanation.has_value());
    CHECK(read.explanation->means == ready.trained.contents.explanation->means);
    CHECK(read.explanation->node_values == ready.trained.contents.explanation->node_values);
    CHECK(read.explanation->node_shares == ready.trained.contents.explanation->node_shares);
    CHECK(read.explanation->leaf_shift == ready.trained.contents.explanation->leaf_shift);
    CHECK(read.explanation->node_shift == ready.trained.contents.explanation->node_shift);
    CHECK(exporting::count_bytes(bytes).explanation == quantize::bytes_of(*read.explanation));
    CHECK(exporting::write_model(read) == bytes);
  }
}

TEST_CASE("explain: sums of too many trees are refused") {
  QuantizedForest forest;
  forest.feature_bits = 6;
  forest.outputs = 1;
  forest.bias = {0x7FFFFFFF - 60000};
  forest.groups = {{0, 1, 0}};
  test::put_inner(forest, 0, 0, 1);
  test::put_value(forest, 30000);
  test::put_value(forest, -30000);
  learn::CodeMatrix codes(2, 1);
  codes << -1, 1;
  CHECK(quantize::explain(forest, codes)->leaf_shift == 0);
  forest.bias = {0x7FFFFFFF - 30000};
  CHECK_THROWS_AS(quantize::explain(forest, codes), std::runtime_error);
}

}  // namespace nuthatch::trainer_test
