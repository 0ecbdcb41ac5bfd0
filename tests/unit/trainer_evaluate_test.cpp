// The metrics at their edges, the promises of folds and of the bootstrap, and what is said of models that answer
// little. That the numbers are right is for tests/golden.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <sstream>

#include "evaluate/evaluation.hpp"
#include "evaluate/folds.hpp"
#include "prepare/labels.hpp"
#include "prepare/split.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

using evaluate::Evaluation;
using evaluate::Fold;
using exporting::LoadedModel;

namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

/// Every row of these is refused by a model that saw no missing value.
data::Dataset all_missing(data::Dataset dataset) {
  for (auto& column : dataset.columns) std::fill(column.begin(), column.end(), kMissing);
  return dataset;
}

data::Dataset first_rows(const data::Dataset& dataset, std::size_t count) {
  std::vector<std::size_t> rows(count);
  for (std::size_t row = 0; row < count; ++row) rows[row] = row;
  return prepare::select_rows(dataset, rows);
}

/// The rows whose label is `label`.
data::Dataset rows_of_class(const data::Dataset& dataset, const std::string& label) {
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < dataset.rows(); ++row) {
    if (dataset.target->labels[dataset.target->ids[row]] == label) rows.push_back(row);
  }
  return prepare::select_rows(dataset, rows);
}

Evaluation evaluated(const LoadedModel& model, const data::Dataset& dataset) {
  return evaluate::evaluate(model, dataset, model.predict(dataset), false);
}

/// Every row in one fold's test rows, and in the training rows of all others; both ascending.
void check_partition(const std::vector<Fold>& folds, std::size_t rows) {
  std::vector<int> tested(rows, 0);
  for (const Fold& fold : folds) {
    CHECK(std::is_sorted(fold.train.begin(), fold.train.end()));
    CHECK(std::is_sorted(fold.test.begin(), fold.test.end()));
    CHECK_FALSE(fold.test.empty());
    for (const std::size_t row : fold.test) ++tested.at(row);
    std::vector<std::size_t> both;
    std::merge(fold.train.begin(), fold.train.end(), fold.test.begin(), fold.test.end(), std::back_inserter(both));
    CHECK(both.size() == rows);
    CHECK(std::adjacent_find(both.begin(), both.end()) == both.end());
  }
  CHECK(std::all_of(tested.begin(), tested.end(), [](int times) { return times == 1; }));
}

bool same(const std::vector<Fold>& left, const std::vector<Fold>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const Fold& a, const Fold& b) { return a.train == b.train && a.test == b.test; });
}

std::size_t spread_of_sizes(const std::vector<Fold>& folds) {
  const auto smaller = [](const Fold& a, const Fold& b) { return a.test.size() < b.test.size(); };
  const auto [least, most] = std::minmax_element(folds.begin(), folds.end(), smaller);
  return most->test.size() - least->test.size();
}

std::string why(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("evaluate: of no rows the metrics are 0 or no value, not a division by 0") {
  CHECK(evaluate::accuracy({}, {}) == 0);
  const auto classes = evaluate::score_classes({}, {}, 3);
  REQUIRE(classes.size() == 3);
  CHECK(evaluate::balanced_accuracy(classes) == 0);
  CHECK(evaluate::macro_average(classes).f1 == 0);
  CHECK(evaluate::weighted_average(classes).precision == 0);
  CHECK(evaluate::confusion({}, {}, 2) == std::vector<std::size_t>(4, 0));
  CHECK(evaluate::roc_curve({}, {}).empty());
  CHECK(evaluate::precision_recall_curve({}, {}).empty());
  CHECK_FALSE(evaluate::roc_auc({}, {}));
  CHECK_FALSE(evaluate::average_precision({}, {}));
  for (const std::size_t count : {2U, 3U}) {
    const auto ranking = evaluate::rank_classes({}, {}, count, {});
    CHECK_FALSE(ranking.roc_auc);
    CHECK_FALSE(ranking.average_precision);
  }
  for (const auto binning : {evaluate::Binning::kUniform, evaluate::Binning::kQuantile}) {
    CHECK(evaluate::reliability({}, {}, 10, binning).empty());
  }
  CHECK(evaluate::calibration_error({}) == 0);
  CHECK(evaluate::r2({}, {}) == 0);
  CHECK(evaluate::mean_squared_error({}, {}) == 0);
  CHECK(evaluate::mean_absolute_error({}, {}) == 0);
  CHECK(evaluate::wilson(0, 0, 0.95).low == 0);
  CHECK(evaluate::wilson(0, 0, 0.95).high == 1);
}

TEST_CASE("evaluate: of one row") {
  const auto right = evaluate::score_classes({1}, {1}, 2);
  CHECK(evaluate::balanced_accuracy(right) == 1);
  CHECK(evaluate::macro_average(right).f1 == 1);  // of the class that appears
  const auto wrong = evaluate::score_classes({1}, {0}, 2);
  CHECK(evaluate::balanced_accuracy(wrong) == 0);
  CHECK(evaluate::macro_average(wrong).precision == 0);
  CHECK_FALSE(evaluate::roc_auc({true}, {0.5}));
  CHECK(evaluate::average_precision({true}, {0.5}) == 1);
  CHECK_FALSE(evaluate::average_precision({false}, {0.5}));
  CHECK(evaluate::quantile({7}, 0.3) == 7);
  CHECK(evaluate::residuals({3}, {1}).p95 == 2);
  const auto bins = evaluate::reliability({true}, {1}, 10, evaluate::Binning::kUniform);
  REQUIRE(bins.size() == 1);
  CHECK(bins[0].fraction == 1);
}

TEST_CASE("evaluate: a refused row is a miss of its class and an answer of none") {
  const auto scores = evaluate::score_classes({0, 0, 1, 1}, {0, evaluate::kNoAnswer, 1, 0}, 2);
  CHECK(scores[0].recall == 0.5);
  CHECK(scores[0].precision == 0.5);
  CHECK(scores[0].support == 2);
  CHECK(scores[0].refused == 1);
  CHECK(scores[1].refused == 0);
  CHECK(evaluate::confusion({0, 0, 1, 1}, {0, evaluate::kNoAnswer, 1, 0}, 2) == std::vector<std::size_t>{1, 0, 1, 1});
}

TEST_CASE("evaluate: the area under the ROC curve counts pairs of rows, ties half") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 50; ++round) {
    std::vector<bool> positive;
    std::vector<double> scores;
    for (int row = 0; row < 40; ++row) {
      positive.push_back(random() % 3 == 0);
      scores.push_back(static_cast<double>(random() % (round < 25 ? 6 : 1000)));
    }
    double won = 0;
    double pairs = 0;
    for (std::size_t a = 0; a < 40; ++a) {
      for (std::size_t b = 0; b < 40; ++b) {
        if (!positive[a] || positive[b]) continue;
        ++pairs;
        won += scores[a] > scores[b] ? 1 : scores[a] == scores[b] ? 0.5 : 0;
      }
    }
    REQUIRE(pairs > 0);
    CHECK(*evaluate::roc_auc(positive, scores) == doctest::Approx(won / pairs).epsilon(1e-12));
  }
}

TEST_CASE("evaluate: bins of reliability hold every row once, from low to high") {
  std::mt19937_64 random(4);
  std::vector<bool> happened;
  std::vector<double> shares;
  for (int row = 0; row < 500; ++row) {
    shares.push_back(static_cast<double>(random() % 65537) / 65536);
    happened.push_back(random() % 2 == 0);
  }
  for (const auto binning : {evaluate::Binning::kUniform, evaluate::Binning::kQuantile}) {
    std::size_t rows = 0;
    double before = -1;
    for (const auto& bin : evaluate::reliability(happened, shares, 10, binning)) {
      rows += bin.rows;
      CHECK(bin.mean_predicted > before);
      before = bin.mean_predicted;
      if (binning == evaluate::Binning::kQuantile) CHECK(std::abs(static_cast<double>(bin.rows) - 50) <= 1);
    }
    CHECK(rows == 500);
  }
}

TEST_CASE("evaluate: the same seed gives the same interval, and another seed another") {
  const std::vector<double> values = {1, 2, 3, 5, 8, 13, 21, 34};
  const auto mean = [&](const std::vector<std::size_t>& rows) -> std::optional<double> {
    double sum = 0;
    for (const std::size_t row : rows) sum += values[row];
    return sum / static_cast<double>(rows.size());
  };
  const auto first = evaluate::bootstrap(8, mean, 0.9, 1, 500);
  const auto again = evaluate::bootstrap(8, mean, 0.9, 1, 500);
  const auto other = evaluate::bootstrap(8, mean, 0.9, 2, 500);
  const auto wider = evaluate::bootstrap(8, mean, 0.99, 1, 500);
  REQUIRE((first && again && other && wider));
  CHECK(first->low == again->low);
  CHECK(first->high == again->high);
  CHECK(first->low != other->low);
  CHECK(wider->low < first->low);
  CHECK(wider->high > first->high);
  CHECK_FALSE(evaluate::bootstrap(0, mean, 0.9, 1, 10));
  CHECK_FALSE(evaluate::bootstrap(1, mean, 0.9, 1, 10));
}

TEST_CASE("evaluate: samples without a score are left out of the bootstrap") {
  const auto of_both = [](const std::vector<std::size_t>& rows) -> std::optional<double> {
    const bool both =
        std::find(rows.begin(), rows.end(), 0) != rows.end() && std::find(rows.begin(), rows.end(), 1) != rows.end();
    return both ? std::optional<double>(0.5) : std::nullopt;
  };
  const auto interval = evaluate::bootstrap(2, of_both, 0.95, 0, 100);
  REQUIRE(interval);
  CHECK(interval->low == 0.5);
  CHECK(interval->high == 0.5);
  const auto none = [](const std::vector<std::size_t>&) { return std::optional<double>(); };
  CHECK_FALSE(evaluate::bootstrap(5, none, 0.95, 0, 100));
}

TEST_CASE("folds: plain and stratified ones test every row once, as many in each as can be") {
  std::mt19937_64 random(5);
  for (int round = 0; round < 40; ++round) {
    const std::size_t folds = 2 + random() % 9;
    const std::size_t classes = 1 + random() % 5;
    std::vector<std::int32_t> labels;
    for (std::size_t k = 0; k < classes; ++k) labels.insert(labels.end(), folds + random() % 30, static_cast<int>(k));
    std::shuffle(labels.begin(), labels.end(), random);
    const std::vector<std::string> names(classes, "x");
    const auto plain = evaluate::plain_folds(labels.size(), folds, 7);
    const auto stratified = evaluate::stratified_folds(labels, names, folds, 7);
    for (const auto& made : {plain, stratified}) {
      REQUIRE(made.size() == folds);
      check_partition(made, labels.size());
      CHECK(spread_of_sizes(made) <= 1);
    }
    for (std::size_t k = 0; k < classes; ++k) {
      std::set<std::ptrdiff_t> counts;
      for (const Fold& fold : stratified) {
        counts.insert(std::count_if(fold.test.begin(), fold.test.end(),
                                    [&](std::size_t row) { return labels[row] == static_cast<int>(k); }));
      }
      CHECK(*counts.rbegin() - *counts.begin() <= 1);
    }
    CHECK(same(plain, evaluate::plain_folds(labels.size(), folds, 7)));
    CHECK(same(stratified, evaluate::stratified_folds(labels, names, folds, 7)));
    if (labels.size() >= 20) CHECK_FALSE(same(plain, evaluate::plain_folds(labels.size(), folds, 8)));
    if (labels.size() >= 20) CHECK_FALSE(same(stratified, evaluate::stratified_folds(labels, names, folds, 8)));
  }
}

TEST_CASE("folds: no group is in two of them, and sizes are balanced as far as groups allow") {
  std::mt19937_64 random(6);
  for (int round = 0; round < 40; ++round) {
    const std::size_t folds = 2 + random() % 5;
    std::vector<std::uint32_t> groups;
    std::size_t largest = 0;
    for (std::size_t group = 0; group < folds + random() % 20; ++group) {
      const std::size_t size = 1 + random() % 12;
      largest = std::max(largest, size);
      groups.insert(groups.end(), size, static_cast<std::uint32_t>(group));
    }
    std::shuffle(groups.begin(), groups.end(), random);
    const auto made = evaluate::grouped_folds(groups, folds, 1);
    check_partition(made, groups.size());
    CHECK(spread_of_sizes(made) <= largest);
    for (const Fold& fold : made) {
      std::set<std::uint32_t> tested;
      for (const std::size_t row : fold.test) tested.insert(groups[row]);
      CHECK(std::none_of(fold.train.begin(), fold.train.end(),
                         [&](std::size_t row) { return tested.contains(groups[row]); }));
    }
    CHECK(same(made, evaluate::grouped_folds(groups, folds, 1)));
  }
  // Of groups of one size the seed decides which are together.
  std::vector<std::uint32_t> alike;
  for (std::uint32_t row = 0; row < 60; ++row) alike.push_back(row / 3);
  CHECK_FALSE(same(evaluate::grouped_folds(alike, 4, 1), evaluate::grouped_folds(alike, 4, 2)));
  CHECK(spread_of_sizes(evaluate::grouped_folds(alike, 4, 1)) == 0);
}

TEST_CASE("folds: in the order of time, training rows come before test rows, and test rows do not overlap") {
  for (std::size_t rows = 3; rows < 60; ++rows) {
    for (std::size_t folds = 2; folds < rows; ++folds) {
      std::size_t next = 0;
      for (const Fold& fold : evaluate::time_folds(rows, folds)) {
        REQUIRE_FALSE(fold.train.empty());
        REQUIRE_FALSE(fold.test.empty());
        CHECK(fold.train.back() < fold.test.front());
        CHECK(fold.train.size() == fold.test.front());
        if (next > 0) CHECK(fold.test.front() == next);
        next = fold.test.back() + 1;
      }
      CHECK(next == rows);
    }
  }
}

TEST_CASE("folds: too many, or of too little, are refused with what is lacking") {
  CHECK(why([] { evaluate::plain_folds(9, 1, 0); }).find("1 folds leave nothing to learn from") == 0);
  CHECK(why([] { evaluate::plain_folds(9, 0, 0); }).find("ask for 2 or more") != std::string::npos);
  CHECK(why([] { evaluate::plain_folds(4, 5, 0); }) == "4 rows are too few for 5 folds; ask for fewer");
  CHECK(why([] { evaluate::time_folds(5, 5); }).find("5 rows are too few for 5 folds in the order of time") == 0);
  CHECK(why([] {
          evaluate::grouped_folds({0, 0, 0, 7, 7}, 3, 0);
        }) == "2 groups are too few for 3 folds; ask for fewer");
  CHECK(why([] {
          evaluate::stratified_folds({0, 0, 0, 1}, {"a", "b"}, 2, 0);
        }) == "class \"b\" has 1 row, too few for 2 stratified folds; ask for fewer, or for plain folds");
  CHECK(evaluate::stratified_folds({0, 0, 2, 2}, {"a", "b", "c"}, 2, 0).size() == 2);  // no row is of b
  CHECK(evaluate::plain_folds(2, 2, 0).size() == 2);
}

TEST_CASE("select_rows: rows in the order asked for, with labels of their own") {
  std::istringstream text("x,label,who\n1,b,p\n2,a,q\n3,c,p\n4,a,r\n");
  data::CsvOptions options;
  options.target = "label";
  options.group = "who";
  const data::Dataset all = data::read_csv(text, "rows.csv", options);
  CHECK(all.feature_names == std::vector<std::string>{"x"});
  REQUIRE(all.group);
  CHECK(all.group->labels == std::vector<std::string>{"p", "q", "r"});
  CHECK(all.group->ids == std::vector<std::uint32_t>{0, 1, 0, 2});
  const data::Dataset some = prepare::select_rows(all, {3, 0, 1});
  CHECK(some.columns == std::vector<std::vector<float>>{{4, 1, 2}});
  CHECK(some.target->labels == std::vector<std::string>{"a", "b"});
  CHECK(some.target->ids == std::vector<std::uint32_t>{0, 1, 0});
  CHECK(some.target->first_line == std::vector<std::uint64_t>{3, 2});
  CHECK(some.group->labels == std::vector<std::string>{"r", "p", "q"});
  const auto [train, test] = prepare::hold_out(all, prepare::held_out_rows(all, 0.5, 0, {0, 0, 0, 0}));
  CHECK(train.group->ids.size() == train.rows());
  CHECK(test.group->ids.size() == test.rows());
  for (std::size_t row = 0; row < test.rows(); ++row) {
    const auto x = static_cast<std::size_t>(test.columns[0][row]);
    CHECK(test.group->ids[row] == all.group->ids[x - 1]);
  }
}

TEST_CASE("evaluation: where every row was refused, nothing but that is said") {
  const data::Dataset iris = load("iris.train");
  const Evaluation classes = evaluated(train_and_load(iris, "logistic", true), all_missing(iris));
  CHECK(classes.score == 0);
  CHECK(classes.refused == classes.rows);
  REQUIRE(classes.classification);
  CHECK(evaluate::balanced_accuracy(classes.classification->classes) == 0);
  CHECK(std::all_of(classes.classification->matrix.begin(), classes.classification->matrix.end(),
                    [](std::size_t count) { return count == 0; }));
  CHECK_FALSE(classes.classification->ranking.roc_auc);
  CHECK_FALSE(classes.classification->probabilities);
  CHECK_FALSE(classes.classification->calibration);
  REQUIRE(classes.interval);
  CHECK(classes.interval->low == 0);
  for (const char* key : {"roc_auc", "average_precision", "calibration", "log_loss", "brier"}) {
    CAPTURE(key);
    REQUIRE(classes.undefined.contains(key));
    CHECK(classes.undefined.at(key) == "no row was answered");
  }
  const data::Dataset diabetes = load("diabetes.train");
  const Evaluation values = evaluated(train_and_load(diabetes, "ridge", false), all_missing(diabetes));
  CHECK(values.score == 0);
  CHECK_FALSE(values.regression);
  CHECK_FALSE(values.interval);
  for (const char* key : {"mse", "rmse", "mae", "r2", "residuals", "interval"}) CHECK(values.undefined.contains(key));
}

TEST_CASE("evaluation: of rows of one class there is no ROC curve, and of the wrong one no precision") {
  const data::Dataset pima = load("pima.train");
  const LoadedModel model = train_and_load(pima, "logistic", true);
  const Evaluation negative = evaluated(model, rows_of_class(pima, "neg"));
  CHECK_FALSE(negative.classification->ranking.roc_auc);
  CHECK(negative.undefined.at("roc_auc") == "the answered rows are all of one class");
  CHECK_FALSE(negative.classification->ranking.average_precision);
  CHECK(negative.undefined.at("average_precision") == "no answered row is of class \"pos\"");
  CHECK(negative.classification->probabilities);
  const Evaluation positive = evaluated(model, rows_of_class(pima, "pos"));
  CHECK_FALSE(positive.classification->ranking.roc_auc);
  CHECK(positive.classification->ranking.average_precision == 1);
  const data::Dataset iris = load("iris.train");
  const Evaluation three = evaluated(train_and_load(iris, "logistic", true), rows_of_class(iris, "setosa"));
  CHECK_FALSE(three.classification->ranking.roc_auc);
  CHECK(three.classification->ranking.average_precision == 1);
}

TEST_CASE("evaluation: what ranks are probabilities where there are any, else scores") {
  const data::Dataset pima = load("pima.train");
  struct Case {
    std::string family;
    Flags flags;
    std::string by;
  };
  const std::vector<Case> cases = {{"logistic", {}, "probabilities"},
                                   {"naive-bayes", {}, "probabilities"},
                                   {"forest", {{"trees", "5"}}, "probabilities"},
                                   {"svm", {{"probability", "yes"}}, "probabilities"},
                                   {"svm", {}, "scores"},
                                   {"linear-svm", {}, "scores"}};
  for (const Case& each : cases) {
    CAPTURE(each.family);
    const Evaluation found = evaluated(train_and_load(pima, each.family, true, each.flags), pima);
    CHECK(found.classification->ranked_by == each.by);
    CHECK(*found.classification->ranking.roc_auc > 0.8);
    CHECK(found.classification->calibration.has_value() == (each.by == "probabilities"));
    CHECK(found.undefined.contains("calibration") == (each.by == "scores"));
  }
  const data::Dataset iris = load("iris.train");
  const Evaluation three = evaluated(train_and_load(iris, "linear-svm", true), iris);
  CHECK(three.classification->ranked_by == "scores");
  CHECK(*three.classification->ranking.roc_auc > 0.85);
}

TEST_CASE("evaluation: of one answered row a value has errors, but no interval") {
  const data::Dataset diabetes = load("diabetes.train");
  const Evaluation found = evaluated(train_and_load(diabetes, "ridge", false), first_rows(diabetes, 1));
  REQUIRE(found.regression);
  const double residual = found.regression->residuals.p50;
  CHECK(found.regression->mean_absolute_error == doctest::Approx(std::abs(residual)));
  CHECK(found.regression->root_mean_squared_error == doctest::Approx(std::abs(residual)));
  CHECK_FALSE(found.interval);
  CHECK(found.undefined.at("interval") == "one row alone has no spread");
}

TEST_CASE("evaluation: very many classes have no matrix and are not ranked") {
  std::string text = "x,label\n";
  for (int row = 0; row < 600; ++row) text += fmt::format("{},c{:03}\n", row / 2, row / 2);
  const data::Dataset rows = parse(text);
  const Evaluation found = evaluated(train_and_load(rows, "tree", true, {{"max-depth", "4"}}), rows);
  CHECK(found.classification->classes.size() == 300);
  CHECK(found.classification->matrix.empty());
  CHECK(found.undefined.at("confusion") == "the model has more than 256 classes");
  CHECK(found.undefined.at("roc_auc") == "the model has more than 256 classes");
  CHECK(found.undefined.contains("average_precision"));
}

TEST_CASE("evaluation: probabilities at a row's ends count as they are, and none is NaN") {
  const data::Dataset cancer = load("breast_cancer.train");
  const Evaluation found = evaluated(train_and_load(cancer, "naive-bayes", true), cancer);
  const auto& score = *found.classification->probabilities;
  CHECK(std::isfinite(score.log_loss));
  CHECK(score.log_loss <= 17 * std::log(2.0));
  CHECK(found.classification->calibration->expected_error >= 0);
  CHECK(found.classification->calibration->expected_error <= 1);
}

}  // namespace nuthatch::trainer_test
