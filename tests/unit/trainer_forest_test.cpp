// Trees: splits against a search of all splits, pruning against the optimum of its definition, boosting against a few
// lines of its own, what is exported against what was learned, and data as awkward as a CSV allows.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <random>

#include "report/metrics.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

using learn::ForestModel;
using learn::Tree;
using learn::TreeNode;
using quantize::Input;
using quantize::QuantizedForest;

namespace {

const std::vector<Input> kInputs = {Input::kFloat32, Input::kInt16};

/// Rows of whole numbers with their labels: classes "c0", "c1", ... or, where there are none, values.
struct Table {
  std::vector<std::vector<double>> x;
  std::vector<double> y;
  int classes = 0;

  data::Dataset dataset() const {
    std::string text;
    for (std::size_t i = 0; i < x[0].size(); ++i) text += fmt::format("x{},", i);
    text += "label\n";
    for (std::size_t row = 0; row < x.size(); ++row) {
      for (const double value : x[row]) text += fmt::format("{},", value);
      text += classes > 0 ? fmt::format("c{}\n", y[row]) : fmt::format("{}\n", y[row]);
    }
    return parse(text);
  }
};

Table random_table(std::mt19937& random, std::size_t rows, std::size_t features, int classes, unsigned levels) {
  Table table;
  table.classes = classes;
  for (std::size_t row = 0; row < rows; ++row) {
    table.x.emplace_back();
    for (std::size_t i = 0; i < features; ++i) table.x.back().push_back(static_cast<double>(random() % levels));
    // Every class has a row.
    const auto any = static_cast<double>(random() % (classes > 0 ? static_cast<unsigned>(classes) : 1000));
    table.y.push_back(classes > 0 && row < static_cast<std::size_t>(classes) ? static_cast<double>(row) : any);
  }
  return table;
}

/// Of all rows together: squared errors from the mean, or the Gini impurity.
double impurity(const Table& table, const std::vector<std::size_t>& rows) {
  const auto count = static_cast<double>(rows.size());
  if (table.classes == 0) {
    double mean = 0;
    for (const std::size_t row : rows) mean += table.y[row] / count;
    double sum = 0;
    for (const std::size_t row : rows) sum += (table.y[row] - mean) * (table.y[row] - mean);
    return sum;
  }
  double gini = 1;
  for (int k = 0; k < table.classes; ++k) {
    const auto of = std::count_if(rows.begin(), rows.end(), [&](std::size_t row) { return table.y[row] == k; });
    gini -= static_cast<double>(of) / count * (static_cast<double>(of) / count);
  }
  return gini * count;
}

using Sides = std::pair<std::vector<std::size_t>, std::vector<std::size_t>>;

Sides split(const Table& table, const std::vector<std::size_t>& rows, std::size_t feature, double threshold) {
  Sides sides;
  for (const std::size_t row : rows) (table.x[row][feature] <= threshold ? sides.first : sides.second).push_back(row);
  return sides;
}

/// The least impurity that any split leaves; infinite if none has `fewest` rows on both sides.
double best_impurity(const Table& table, const std::vector<std::size_t>& rows, std::size_t fewest) {
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t feature = 0; feature < table.x[0].size(); ++feature) {
    for (const std::size_t row : rows) {
      const auto [left, right] = split(table, rows, feature, table.x[row][feature]);
      if (left.size() < fewest || right.size() < fewest) continue;
      best = std::min(best, impurity(table, left) + impurity(table, right));
    }
  }
  return best;
}

struct Limits {
  std::size_t depth = 100;
  std::size_t fewest = 1;
};

/// Every split of the tree is as good as the best of all, and every leaf one that no split is allowed to divide. With
/// int16 input codes are the numbers of the table, so a threshold is one too.
void check_node(const Table& table, const Tree& tree, std::size_t number, const std::vector<std::size_t>& rows,
                const Limits& limits, std::size_t depth) {
  const TreeNode& node = tree.nodes.at(number);
  const double here = impurity(table, rows);
  CHECK(node.risk * static_cast<double>(table.y.size()) == doctest::Approx(here).epsilon(1e-9));
  const double best = best_impurity(table, rows, limits.fewest);
  if (node.feature < 0) {
    CHECK((here < 1e-9 || std::isinf(best) || depth == limits.depth));
    return;
  }
  REQUIRE(depth < limits.depth);
  const auto [left, right] = split(table, rows, static_cast<std::size_t>(node.feature), node.threshold);
  REQUIRE(left.size() >= limits.fewest);
  REQUIRE(right.size() >= limits.fewest);
  CHECK(impurity(table, left) + impurity(table, right) == doctest::Approx(best).epsilon(1e-9));
  check_node(table, tree, static_cast<std::size_t>(node.left), left, limits, depth + 1);
  check_node(table, tree, static_cast<std::size_t>(node.right), right, limits, depth + 1);
}

const ForestModel& forest_of(const Trained& trained) { return std::get<ForestModel>(trained.learned); }

const QuantizedForest& packed(const Trained& trained) { return std::get<QuantizedForest>(trained.contents.predictor); }

std::vector<double> predicted_values(const exporting::LoadedModel& model, const data::Dataset& rows) {
  const exporting::Predictions predictions = model.predict(rows);
  std::vector<double> values;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    REQUIRE(predictions.statuses[row] == Status::kOk);
    values.push_back(std::ldexp(predictions.row(row)[0], -model.model().fraction_bits()));
  }
  return values;
}

/// Rows whose score words are not those of the learned model.
std::size_t count_different(const Trained& trained, const data::Dataset& train, const data::Dataset& rows) {
  const exporting::LoadedModel model(exporting::write_model(trained.contents));
  const exporting::Predictions predictions = model.predict(rows);
  const Eigen::MatrixXd scores = trained.score(prepare::standardize(rows, prepare::describe(train)));
  std::size_t different = 0;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    REQUIRE(predictions.statuses[row] == Status::kOk);
    bool same = true;
    for (std::size_t k = 0; k < predictions.outputs; ++k) {
      const double word = std::ldexp(scores(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(k)),
                                     model.model().fraction_bits());
      same = same && word == predictions.row(row)[k];
    }
    different += same ? 0 : 1;
  }
  return different;
}

/// The least of risk + alpha * leaves over all ways to prune.
double least_cost(const Tree& tree, std::size_t number, double alpha) {
  const TreeNode& node = tree.nodes[number];
  const double as_leaf = node.risk + alpha;
  if (node.feature < 0) return as_leaf;
  return std::min(as_leaf, least_cost(tree, static_cast<std::size_t>(node.left), alpha) +
                               least_cost(tree, static_cast<std::size_t>(node.right), alpha));
}

struct Cost {
  double risk = 0;
  double leaves = 0;
};

Cost cost_of(const Tree& tree) {
  Cost cost;
  for (const TreeNode& node : tree.nodes) {
    if (node.feature < 0) cost = {cost.risk + node.risk, cost.leaves + 1};
  }
  return cost;
}

/// Stumps on one column of whole numbers, each the best Newton step of a search over all borders: Friedman's gradient
/// boosting in doubles. `slope` gives a row's gradient and curvature by its target and score.
std::vector<double> boost_stumps(const std::vector<double>& x, const std::vector<double>& y, double start, int rounds,
                                 double rate, const std::function<std::pair<double, double>(double, double)>& slope) {
  std::vector<double> scores(x.size(), start);
  for (int round = 0; round < rounds; ++round) {
    double best = -1;
    double border = 0;
    double steps[2] = {0, 0};
    for (const double t : x) {
      double gradient[2] = {0, 0}, curvature[2] = {0, 0}, count[2] = {0, 0};
      for (std::size_t row = 0; row < x.size(); ++row) {
        const auto [g, h] = slope(y[row], scores[row]);
        const int side = x[row] <= t ? 0 : 1;
        gradient[side] += g, curvature[side] += h, count[side] += 1;
      }
      if (count[1] == 0) continue;
      const double score = gradient[0] * gradient[0] / count[0] + gradient[1] * gradient[1] / count[1];
      if (score <= best + 1e-9) continue;
      best = score, border = t;
      for (const int side : {0, 1}) steps[side] = rate * gradient[side] / curvature[side];
    }
    for (std::size_t row = 0; row < x.size(); ++row) scores[row] += steps[x[row] <= border ? 0 : 1];
  }
  return scores;
}

}  // namespace

TEST_CASE("tree: every split is the best of all splits, in the table's own units") {
  std::mt19937 random(11);
  for (const int classes : {0, 2, 3, 5}) {
    for (const Limits limits : {Limits{}, Limits{3, 1}, Limits{100, 4}}) {
      for (int round = 0; round < 6; ++round) {
        CAPTURE(classes);
        const Table table = random_table(random, 40, 3, classes, round % 2 == 0 ? 5 : 1000);
        const Flags flags = {{"max-depth", fmt::format("{}", limits.depth)},
                             {"min-samples-leaf", fmt::format("{}", limits.fewest)}};
        const Trained trained = train(table.dataset(), "tree", classes > 0, flags, Input::kInt16);
        std::vector<std::size_t> rows(table.y.size());
        std::iota(rows.begin(), rows.end(), 0U);
        check_node(table, forest_of(trained).trees.at(0), 0, rows, limits, 0);
      }
    }
  }
}

TEST_CASE("tree: a value equal to its threshold goes left, with either input, in every family") {
  // The middle of 4 and 6 is the threshold 5, which no training row has.
  Table table{{}, {}, 2};
  for (int row = 0; row < 40; ++row) {
    table.x.push_back({row % 2 == 0 ? 4.0 : 6.0});
    table.y.push_back(row % 2);
  }
  const data::Dataset rows = table.dataset();
  const data::Dataset asked = parse("x0,label\n4,c0\n5,c0\n6,c1\n");
  for (const char* family : {"tree", "forest", "boosting"}) {
    for (const Input input : kInputs) {
      CAPTURE(family);
      const exporting::LoadedModel model = train_and_load(rows, family, true, {}, input);
      CHECK(report::score(model, asked, model.predict(asked), false).value == 1);
    }
  }
}

TEST_CASE("trees: the exported model gives the learned model's scores, word for word, on every data set") {
  const std::vector<std::string> sets = {"boston_housing", "breast_cancer", "diabetes", "digits", "iris",
                                         "pima",           "satellite",     "sonar",    "wine"};
  for (const std::string& set : sets) {
    const bool classifies = set != "boston_housing" && set != "diabetes";
    const data::Dataset rows = load(set + ".train");
    const data::Dataset test = load(set + ".test");
    for (const auto& [name, flags] :
         std::vector<std::pair<std::string, Flags>>{{"tree", {}},
                                                    {"forest", {{"trees", "12"}}},
                                                    {"extra-trees", {{"trees", "5"}}},
                                                    {"boosting", {{"rounds", "5"}, {"max-depth", "5"}}}}) {
      const std::string& family = name;
      for (const Input input : kInputs) {
        CAPTURE(set);
        CAPTURE(family);
        CAPTURE(static_cast<int>(input));
        const Trained trained = train(rows, family, classifies, flags, input);
        CHECK(count_different(trained, rows, rows) == 0);
        CHECK(count_different(trained, rows, test) == 0);
      }
    }
  }
}

TEST_CASE("trees: slots of every format say the same") {
  std::mt19937 random(3);
  // 65 features need 8 bits; 300 rows of noise a tree of more than 256 slots, which then need two words.
  for (const auto& [features, rows, bits] :
       {std::tuple<std::size_t, std::size_t, int>{64, 60, 6}, {65, 60, 8}, {65, 1200, 0}, {300, 60, 0}}) {
    const Table table = random_table(random, rows, features, 3, 50);
    const data::Dataset dataset = table.dataset();
    const Trained trained = train(dataset, "forest", true, {{"trees", "4"}}, Input::kInt16);
    CHECK_MESSAGE(packed(trained).feature_bits == bits, table.x[0].size());
    CHECK(count_different(trained, dataset, dataset) == 0);
  }
}

TEST_CASE("trees: the work is the longest path of each tree") {
  const data::Dataset rows = load("digits.train");
  const Trained trained = train(rows, "forest", true, {{"trees", "20"}, {"max-depth", "9"}}, Input::kInt16);
  REQUIRE(packed(trained).groups.size() > 1);
  std::size_t sum = 0;
  for (const Tree& tree : forest_of(trained).trees) {
    std::vector<std::size_t> depths(tree.nodes.size(), 0);
    std::size_t deepest = 0;
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
      deepest = std::max(deepest, depths[i]);
      if (tree.nodes[i].feature < 0) continue;
      for (const std::int32_t child : {tree.nodes[i].left, tree.nodes[i].right}) {
        depths[static_cast<std::size_t>(child)] = depths[i] + 1;
      }
    }
    sum += deepest;
  }
  // Questions whose answers say the same are left out.
  CHECK(quantize::multiply_accumulates(trained.contents.predictor) <= sum);
  CHECK(quantize::multiply_accumulates(trained.contents.predictor) >= sum - 20);
}

TEST_CASE("pruning: for every parameter the tree that costs least, the smaller ones inside the larger") {
  std::mt19937 random(4);
  for (const int classes : {0, 2, 4}) {
    const Table table = random_table(random, 150, 4, classes, 30);
    const Trained trained = train(table.dataset(), "tree", classes > 0, {{"max-depth", "0"}}, Input::kInt16);
    const Tree& tree = forest_of(trained).trees.at(0);
    const std::vector<double> from = learn::pruned_from(tree);
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
      if (tree.nodes[i].feature < 0) continue;
      CHECK(from[i] >= from[static_cast<std::size_t>(tree.nodes[i].left)]);
      CHECK(from[i] >= from[static_cast<std::size_t>(tree.nodes[i].right)]);
    }
    std::vector<double> alphas = from;
    for (const double alpha : from) alphas.push_back(alpha * 1.0001);
    std::sort(alphas.begin(), alphas.end());
    double leaves = std::numeric_limits<double>::infinity();
    for (const double alpha : alphas) {
      const Cost cost = cost_of(learn::pruned(tree, from, alpha));
      CHECK(cost.risk + alpha * cost.leaves == doctest::Approx(least_cost(tree, 0, alpha)).epsilon(1e-9));
      CHECK(cost.leaves <= leaves);
      leaves = cost.leaves;
    }
    CHECK(leaves == 1);
  }
}

TEST_CASE("--max-bytes is kept, by every family, and what it leaves grows with it") {
  const data::Dataset rows = load("iris.train");
  for (const char* family : {"tree", "forest", "boosting"}) {
    std::size_t before = 0;
    for (const std::size_t most : {12U, 60U, 100U, 400U, 1500U, 3000U, 1000000U}) {
      CAPTURE(family);
      CAPTURE(most);
      const Flags flags = {{"max-bytes", fmt::format("{}", most)}};
      const Trained trained = train(rows, family, true, flags, Input::kInt16);
      const std::size_t bytes = quantize::weight_bytes(trained.contents.predictor);
      CHECK(bytes <= most);
      CHECK(bytes >= before);
      const std::size_t different = count_different(trained, rows, rows);  // from what was learned, unpruned
      if (most == 12) CHECK(different > 0);
      if (most == 1000000) CHECK(different == 0);
      before = bytes;
    }
    CHECK(before > 60);
    CHECK_THROWS_AS(train(rows, family, true, {{"max-bytes", "11"}}, Input::kInt16), std::runtime_error);
  }
}

TEST_CASE("boosting: values as a few lines of their own have them") {
  std::mt19937 random(8);
  Table table = random_table(random, 60, 1, 0, 1000);
  for (std::size_t row = 0; row < table.y.size(); ++row) table.y[row] += 3 * table.x[row][0];
  const Trained trained = train(table.dataset(), "boosting", false,
                                {{"rounds", "12"}, {"max-depth", "1"}, {"learning-rate", "0.3"}}, Input::kInt16);
  const exporting::LoadedModel model(exporting::write_model(trained.contents));
  std::vector<double> x;
  for (const auto& row : table.x) x.push_back(row[0]);
  const double mean = std::accumulate(table.y.begin(), table.y.end(), 0.0) / 60;
  const auto expected = boost_stumps(x, table.y, mean, 12, 0.3,
                                     [](double y, double score) { return std::pair<double, double>(y - score, 1); });
  const auto answers = predicted_values(model, table.dataset());
  const double word = std::ldexp(1.0, -model.model().fraction_bits());
  for (std::size_t row = 0; row < x.size(); ++row) CHECK(std::abs(answers[row] - expected[row]) <= 12 * word);
}

TEST_CASE("boosting: log-odds as a few lines of their own have them") {
  std::mt19937 random(9);
  Table table = random_table(random, 80, 1, 2, 1000);
  for (std::size_t row = 2; row < table.y.size(); ++row) {
    table.y[row] = table.x[row][0] + static_cast<double>(random() % 400) > 700 ? 1 : 0;
  }
  const Trained trained = train(table.dataset(), "boosting", true,
                                {{"rounds", "8"}, {"max-depth", "1"}, {"learning-rate", "0.2"}}, Input::kInt16);
  const exporting::LoadedModel model(exporting::write_model(trained.contents));
  std::vector<double> x;
  for (const auto& row : table.x) x.push_back(row[0]);
  const double ones = std::accumulate(table.y.begin(), table.y.end(), 0.0);
  const auto expected = boost_stumps(x, table.y, std::log(ones / (80 - ones)), 8, 0.2, [](double y, double score) {
    const double p = 1 / (1 + std::exp(-score));
    return std::pair<double, double>(y - p, p * (1 - p));
  });
  const auto answers = predicted_values(model, table.dataset());
  const double word = std::ldexp(1.0, -model.model().fraction_bits());
  for (std::size_t row = 0; row < x.size(); ++row) CHECK(std::abs(answers[row] - expected[row]) <= 12 * word);
}

TEST_CASE("boosting: more trees than a file can count are refused before any is learned, with the most rounds") {
  const auto rows = parse("a,label\n1,x\n2,y\n3,z\n");
  CHECK_THROWS_WITH(
      train(rows, "boosting", true, {{"rounds", "21846"}}),
      "boosting: 21846 rounds of 3 classes make 65538 trees; a model has at most 65535, so --rounds 21845");
}

TEST_CASE("trees: columns that never vary, one row, rows that contradict each other, values all the same") {
  for (const char* family : {"tree", "forest", "extra-trees", "boosting"}) {
    for (const Input input : kInputs) {
      CAPTURE(family);
      // Nothing to ask: the most frequent class, the mean.
      const auto same = parse("a,b,label\n1,2,x\n1,2,y\n1,2,y\n1,2,z\n");
      const auto model = train_and_load(same, family, true, {}, input);
      CHECK(report::score(model, same, model.predict(same), false).value == 0.5);
      const auto two = parse("a,label\n1,x\n1,y\n1,y\n");
      const auto of_two = train_and_load(two, family, true, {}, input);
      CHECK(report::score(of_two, two, of_two.predict(two), false).value == doctest::Approx(2.0 / 3));
      const auto one = parse("a,label\n5,17.5\n");
      CHECK(predicted_values(train_and_load(one, family, false, {}, input), one)[0] == doctest::Approx(17.5));
      const auto flat = parse("a,label\n5,-3\n6,-3\n7,-3\n");
      for (const double value : predicted_values(train_and_load(flat, family, false, {}, input), flat)) {
        CHECK(value == doctest::Approx(-3));
      }
      const auto zero = parse("a,label\n5,0\n6,0\n");
      CHECK(predicted_values(train_and_load(zero, family, false, {}, input), zero)[0] == 0);
    }
  }
}

TEST_CASE("trees: a missing value goes where the median goes, where training saw some missing") {
  std::string text = "a,b,label\n";
  for (int row = 0; row < 60; ++row) {
    text += fmt::format("{},{},{}\n", row % 7 == 0 ? "" : fmt::format("{}", row), row % 3, row < 20 ? "low" : "high");
  }
  const data::Dataset rows = parse(text);
  const data::Dataset asked = parse("a,b,label\n,1,high\n30,1,high\n3,1,low\n");
  for (const char* family : {"tree", "forest", "boosting"}) {
    for (const Input input : kInputs) {
      CAPTURE(family);
      const exporting::LoadedModel model = train_and_load(rows, family, true, {}, input);
      const report::Score score = report::score(model, asked, model.predict(asked), false);
      CHECK(score.refused == 0);
      CHECK(score.value == 1);
      const data::Dataset silent = parse("a,b,label\n3,,low\n");
      CHECK(model.predict(silent).statuses[0] == Status::kMissing);
    }
  }
}

TEST_CASE("trees: the same seed gives the same bytes, on one core and on all") {
  cpu_set_t all;
  REQUIRE(sched_getaffinity(0, sizeof all, &all) == 0);
  const data::Dataset rows = load("wine.train");
  for (const char* family : {"forest", "extra-trees", "boosting"}) {
    CAPTURE(family);
    const Flags flags = {{"max-features", "3"}, {family == std::string("boosting") ? "rounds" : "trees", "9"}};
    const auto bytes = [&] { return exporting::write_model(train(rows, family, true, flags).contents); };
    const auto first = bytes();
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
      if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &one);
    }
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    const auto alone = bytes();
    REQUIRE(sched_setaffinity(0, sizeof all, &all) == 0);
    CHECK(alone == first);
    CHECK(bytes() == first);
  }
}

TEST_CASE("trees: voting hard, each tree has one vote") {
  const data::Dataset rows = load("iris.train");
  const Trained trained = train(rows, "forest", true, {{"voting", "hard"}, {"trees", "10"}, {"max-depth", "2"}});
  const exporting::LoadedModel model(exporting::write_model(trained.contents));
  const exporting::Predictions predictions = model.predict(rows);
  const std::int32_t vote = 1 << model.model().fraction_bits();
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    std::int32_t sum = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      CHECK(predictions.row(row)[k] % vote == 0);
      sum += predictions.row(row)[k];
    }
    CHECK(sum == 10 * vote);
  }
}

}  // namespace nuthatch::trainer_test
