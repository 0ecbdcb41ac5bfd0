// Thresholds against every threshold there is, tried one by one; the metrics that choose, and what guessing scores, by
// their definitions. That the metrics' numbers are right is for tests/golden.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "evaluate/metric.hpp"
#include "evaluate/threshold.hpp"

namespace nuthatch::trainer_test {

using evaluate::Cut;
using evaluate::Metric;
using evaluate::RankedRows;
using evaluate::ThresholdGoal;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// What a threshold does to rows, counted one by one.
struct Tried {
  double found = 0, alarms = 0, positives = 0, others = 0, refused_others = 0;

  double recall() const { return positives == 0 ? 0 : found / positives; }
  double precision() const { return found + alarms == 0 ? 0 : found / (found + alarms); }
  double cost(double miss, double alarm) const {
    return (miss * (positives - found) + alarm * (alarms + refused_others)) / (positives + others);
  }
};

Tried try_threshold(const RankedRows& rows, double threshold) {
  Tried tried;
  for (std::size_t row = 0; row < rows.scores.size(); ++row) {
    const bool class_1 = rows.scores[row] > threshold;
    const bool said = class_1 == rows.positive_is_class_1;
    tried.found += said && rows.positive[row] ? 1 : 0;
    tried.alarms += said && !rows.positive[row] ? 1 : 0;
    ++(rows.positive[row] ? tried.positives : tried.others);
  }
  tried.positives += static_cast<double>(rows.refused_positives);
  tried.others += static_cast<double>(rows.refused_others);
  tried.refused_others = static_cast<double>(rows.refused_others);
  return tried;
}

/// Every threshold that makes a difference.
std::vector<double> all_thresholds(const RankedRows& rows) {
  std::vector<double> all = rows.scores;
  all.push_back(-kInfinity);
  return all;
}

/// The best that any threshold reaches: precision with the recall, recall with the precision, or minus the cost; -1 of
/// none.
double best_of_all(const RankedRows& rows, const ThresholdGoal& goal) {
  double best = -kInfinity;
  for (const double threshold : all_thresholds(rows)) {
    const Tried tried = try_threshold(rows, threshold);
    if (goal.kind == ThresholdGoal::Kind::kRecall && tried.recall() >= goal.at)
      best = std::max(best, tried.precision());
    if (goal.kind == ThresholdGoal::Kind::kPrecision && tried.found > 0 && tried.precision() >= goal.at) {
      best = std::max(best, tried.recall());
    }
    if (goal.kind == ThresholdGoal::Kind::kCost) best = std::max(best, -tried.cost(goal.miss, goal.alarm));
  }
  return best;
}

double reached(const Tried& tried, const ThresholdGoal& goal) {
  if (goal.kind == ThresholdGoal::Kind::kRecall) return tried.precision();
  return goal.kind == ThresholdGoal::Kind::kPrecision ? tried.recall() : -tried.cost(goal.miss, goal.alarm);
}

/// Few different scores, so that rows tie; positive rows mostly on their side.
RankedRows random_rows(std::mt19937& random, bool positive_is_class_1) {
  RankedRows rows;
  rows.positive_is_class_1 = positive_is_class_1;
  const std::size_t count = 2 + random() % 40;
  const int kinds = 1 + static_cast<int>(random() % 30);
  for (std::size_t row = 0; row < count; ++row) {
    const bool positive = random() % 4 == 0;
    const int lean = positive == positive_is_class_1 ? 3 : 0;
    rows.scores.push_back((static_cast<int>(random() % static_cast<unsigned>(kinds)) + lean - kinds / 2) * 0.25);
    rows.positive.push_back(positive);
  }
  rows.refused_positives = random() % 3;
  rows.refused_others = random() % 3;
  return rows;
}

RankedRows rows_of(const std::vector<double>& scores, const std::vector<bool>& positive) {
  RankedRows rows;
  rows.scores = scores;
  rows.positive = positive;
  return rows;
}

}  // namespace

TEST_CASE("threshold: what is chosen is the best of all thresholds, tried one by one") {
  std::mt19937 random(1);
  std::size_t chosen = 0;
  std::size_t refused = 0;
  for (int i = 0; i < 3000; ++i) {
    const RankedRows rows = random_rows(random, i % 2 == 0);
    for (const char* text : {"recall=0.5", "recall=0.9", "recall=1", "precision=0.3", "precision=0.7", "precision=1",
                             "cost=10:1", "cost=1:1", "cost=1:7.5"}) {
      CAPTURE(i);
      CAPTURE(text);
      const ThresholdGoal goal = evaluate::threshold_goal(text);
      const double best = best_of_all(rows, goal);
      const std::optional<Cut> cut = evaluate::best_cut(rows, goal);
      const bool any = std::count(rows.positive.begin(), rows.positive.end(), true) > 0 || rows.refused_positives > 0;
      REQUIRE(cut.has_value() == (any && best > -kInfinity));
      ++(cut ? chosen : refused);
      if (!cut) continue;
      const Tried tried = try_threshold(rows, cut->threshold());
      CHECK(reached(tried, goal) == doctest::Approx(best).epsilon(1e-12));
      CHECK(cut->recall() == doctest::Approx(tried.recall()));
      CHECK(cut->precision() == doctest::Approx(tried.precision()));
      CHECK(cut->cost(3, 2) == doctest::Approx(tried.cost(3, 2)));
    }
  }
  CHECK(chosen > 10000);
  CHECK(refused > 100);
}

TEST_CASE("threshold: by hand") {
  // Positive rows at 5, 3 and -2; the others between and below.
  const RankedRows rows = rows_of({5, 4, 3, 1, -2, -6}, {true, false, true, false, true, false});
  const auto best = [&](const char* goal) { return *evaluate::best_cut(rows, evaluate::threshold_goal(goal)); };
  CHECK(best("recall=0.6").threshold() == 2);     // between 1 and 3: 2 of 3 found, one alarm
  CHECK(best("recall=0.9").threshold() == -4);    // all three, between -6 and -2
  CHECK(best("precision=1").threshold() == 4.5);  // the highest alone
  CHECK(best("precision=0.6").recall() == 1);     // 3 of 5
  CHECK(best("cost=10:1").threshold() == -4);     // two alarms cost 2
  CHECK(best("cost=1:10").threshold() == 4.5);    // two misses cost 2
  CHECK(best("recall=0.9").precision() == 0.6);
  // Where 0 serves as well as any other, the answer stays what it is without a threshold.
  const RankedRows apart = rows_of({7, 6, -5, -9}, {true, true, false, false});
  CHECK(evaluate::best_cut(apart, evaluate::threshold_goal("recall=1"))->threshold() == 0);
  // All rows, or none, are class 1: as far as scores go.
  const RankedRows mixed = rows_of({2, 1}, {false, true});
  CHECK(evaluate::best_cut(mixed, evaluate::threshold_goal("recall=1"))->threshold() == 0);
  CHECK(evaluate::cuts_of(mixed).front().low == -kInfinity);
  CHECK(evaluate::cuts_of(mixed).back().high == kInfinity);
  CHECK(evaluate::cuts_of(rows_of({}, {})).empty());
  CHECK_FALSE(evaluate::best_cut(mixed, evaluate::threshold_goal("precision=0.9")));
  CHECK_FALSE(evaluate::best_cut(rows_of({2, 1}, {false, false}), evaluate::threshold_goal("cost=1:1")));
}

TEST_CASE("threshold: a score word exceeds the word where the score exceeds the threshold") {
  std::mt19937 random(2);
  for (int i = 0; i < 20000; ++i) {
    const int fraction_bits = static_cast<int>(random() % 33);
    const double threshold =
        std::ldexp(static_cast<double>(static_cast<std::int32_t>(random())), -static_cast<int>(random() % 40));
    const std::int32_t word = evaluate::threshold_word(threshold, fraction_bits);
    for (const std::int64_t score : {std::int64_t{word} - 1, std::int64_t{word}, std::int64_t{word} + 1}) {
      if (score < INT32_MIN || score > INT32_MAX) continue;
      const bool exceeds = std::ldexp(static_cast<double>(score), -fraction_bits) > threshold;
      const bool beyond = word == INT32_MIN || word == INT32_MAX;  // no word is so far
      if (!beyond) CHECK((score > word) == exceeds);
    }
  }
  CHECK(evaluate::threshold_word(-kInfinity, 16) == INT32_MIN);
  CHECK(evaluate::threshold_word(kInfinity, 16) == INT32_MAX);
  CHECK(evaluate::threshold_word(-0.5, 0) == -1);
  CHECK(evaluate::threshold_word(0, 20) == 0);
}

TEST_CASE("threshold: what is no goal is refused") {
  for (const char* text : {"", "recall", "recall=", "recall=0", "recall=-1", "recall=1.01", "recall=nan", "recall=x",
                           "precision=2", "f1=0.5", "cost=1", "cost=1:", "cost=:1", "cost=0:1", "cost=1:0", "cost=-1:1",
                           "cost=inf:1", "=0.9", "Recall=0.9"}) {
    CAPTURE(text);
    CHECK_THROWS_AS((void)evaluate::threshold_goal(text), std::invalid_argument);
  }
  CHECK(evaluate::threshold_goal("cost=2.5:0.5").miss == 2.5);
  CHECK(evaluate::threshold_goal("recall=1").at == 1);
}

TEST_CASE("metric: names, with dashes or underscores; what does not fit lists what does") {
  CHECK(evaluate::metric_of("balanced_accuracy", true).name() == "balanced_accuracy");
  CHECK(evaluate::metric_of("balanced-accuracy", true).kind == Metric::Kind::kBalancedAccuracy);
  CHECK(evaluate::metric_of("recall-at-precision=0.9", true).name() == "recall_at_precision=0.9");
  CHECK(evaluate::metric_of("cost=10:1", true).words() == "cost at 10:1");
  for (const char* text : {"rmse", "mae", "r2", "nonsense", "", "recall-at-precision", "recall-at-precision=2", "f1=1",
                           "cost", "cost=0:1"}) {
    CAPTURE(text);
    CHECK_THROWS_AS((void)evaluate::metric_of(text, true), std::invalid_argument);
  }
  for (const char* text : {"accuracy", "f1", "roc-auc", "log-loss", "nonsense"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS((void)evaluate::metric_of(text, false), doctest::Contains("r2, rmse, mae"),
                         std::invalid_argument);
  }
  CHECK_THROWS_WITH_AS((void)evaluate::metric_of("mae", true),
                       doctest::Contains("average-precision, roc-auc, log-loss"), std::invalid_argument);
}

TEST_CASE("metric: of errors and costs less is better") {
  for (const char* text : {"log-loss", "cost=10:1"}) CHECK(evaluate::metric_of(text, true).lower_is_better());
  for (const char* text : {"rmse", "mae"}) CHECK(evaluate::metric_of(text, false).lower_is_better());
  for (const char* text : {"accuracy", "f1", "roc-auc", "average-precision", "recall-at-precision=0.5"}) {
    CHECK_FALSE(evaluate::metric_of(text, true).lower_is_better());
  }
  const Metric rmse = evaluate::metric_of("rmse", false);
  CHECK(rmse.merit(2) < rmse.merit(1));
  CHECK(rmse.value(rmse.merit(2)) == 2);
}

TEST_CASE("guessing: by its definition") {
  // 8 of class 0, 2 of class 1.
  const std::vector<std::int32_t> truth = {0, 0, 1, 0, 0, 0, 1, 0, 0, 0};
  const auto guess = [&](const char* metric, std::size_t positive) {
    return *evaluate::guessing_score(evaluate::metric_of(metric, true), {evaluate::class_counts(truth, 2)}, truth,
                                     positive);
  };
  CHECK(guess("accuracy", 1) == 0.8);
  CHECK(guess("balanced-accuracy", 1) == 0.5);
  CHECK(guess("f1", 1) == 0);
  CHECK(guess("f1", 0) == doctest::Approx(2 * 0.8 / 1.8));
  CHECK(guess("average-precision", 1) == doctest::Approx(0.2));
  CHECK(guess("average-precision", 0) == doctest::Approx(0.8));
  CHECK(guess("roc-auc", 1) == 0.5);
  CHECK(guess("log-loss", 1) == doctest::Approx(-0.8 * std::log(0.8) - 0.2 * std::log(0.2)));
  CHECK(guess("recall-at-precision=0.9", 1) == 0);
  CHECK(guess("recall-at-precision=0.2", 1) == 1);
  CHECK(guess("precision-at-recall=0.9", 1) == doctest::Approx(0.2));
  CHECK(guess("cost=10:1", 1) == doctest::Approx(0.8));  // all rows said to be of class 1
  CHECK(guess("cost=1:10", 1) == doctest::Approx(0.2));  // none
  const std::vector<double> values = {1, 2, 3, 6};
  const auto of_values = [&](const char* metric) {
    return *evaluate::guessing_score(evaluate::metric_of(metric, false), {{}, evaluate::mean_of(values)}, values);
  };
  CHECK(of_values("r2") == 0);
  CHECK(of_values("mae") == doctest::Approx(1.5));
  CHECK(of_values("rmse") == doctest::Approx(std::sqrt(14.0 / 4)));
  CHECK_FALSE(evaluate::guessing_score(evaluate::metric_of("rmse", false), {}, std::vector<double>()));
}

TEST_CASE("positive: the rarer of two; of equal ones, or where rows are of one class only, the second") {
  CHECK(evaluate::rarer_class({3, 5}) == 0);
  CHECK(evaluate::rarer_class({5, 3}) == 1);
  CHECK(evaluate::rarer_class({4, 4}) == 1);
  CHECK(evaluate::rarer_class({0, 4}) == 1);
  CHECK(evaluate::rarer_class({4, 0}) == 1);
  CHECK_FALSE(evaluate::rarer_class({1, 2, 3}));
}

}  // namespace nuthatch::trainer_test
