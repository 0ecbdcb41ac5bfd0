// The metrics against scikit-learn's of the same predictions, to 1e-6, and no metric where it has none; intervals
// against SciPy's (make_evaluate.py).

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "evaluate/calibration.hpp"
#include "evaluate/classification.hpp"
#include "evaluate/confidence.hpp"
#include "evaluate/folds.hpp"
#include "evaluate/metric.hpp"
#include "evaluate/ranking.hpp"
#include "evaluate/regression.hpp"

namespace nuthatch::golden {
namespace {

using Metrics = std::map<std::string, double>;

struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

Table read_table(const std::string& name) {
  std::ifstream file(NUTHATCH_TEST_DATA "/golden/evaluate/" + name + ".csv");
  REQUIRE(file);
  Table table;
  for (std::string line; std::getline(file, line);) {
    std::istringstream stream(line);
    std::vector<std::string> cells;
    for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
    if (table.header.empty()) {
      table.header = cells;
    } else {
      table.rows.push_back(cells);
    }
  }
  return table;
}

std::map<std::string, Metrics> read_expected() {
  std::map<std::string, Metrics> expected;
  for (const auto& row : read_table("expected").rows) expected[row.at(0)][row.at(1)] = std::stod(row.at(2));
  return expected;
}

/// A case of classes: all rows, and beside the answered ones what ranks them.
struct Answers {
  explicit Answers(const Table& table) : has_words(table.header.at(2) != "score") {
    classes = has_words ? table.header.size() - 2 : 2;
    for (const auto& row : table.rows) {
      truth.push_back(std::stoi(row.at(0)));
      predicted.push_back(std::stoi(row.at(1)));
      if (predicted.back() == evaluate::kNoAnswer) continue;
      answered_truth.push_back(truth.back());
      answered_predicted.push_back(predicted.back());
      if (!has_words) beside.push_back(-std::stod(row.at(2)));
      for (std::size_t i = 2; i < row.size(); ++i) beside.push_back(std::stod(row[i]) * (has_words ? 0x1p-16 : 1));
    }
  }

  bool has_words;
  std::size_t classes;
  std::vector<std::int32_t> truth;
  std::vector<std::int32_t> predicted;
  std::vector<std::int32_t> answered_truth;
  std::vector<std::int32_t> answered_predicted;
  std::vector<double> beside;  ///< answered rows x classes
};

void add_classes(const Answers& answers, Metrics& found) {
  const auto scores = evaluate::score_classes(answers.truth, answers.predicted, answers.classes);
  found["accuracy"] = evaluate::accuracy(answers.truth, answers.predicted);
  found["balanced_accuracy"] = evaluate::balanced_accuracy(scores);
  for (std::size_t k = 0; k < scores.size(); ++k) {
    found[fmt::format("precision.{}", k)] = scores[k].precision;
    found[fmt::format("recall.{}", k)] = scores[k].recall;
    found[fmt::format("f1.{}", k)] = scores[k].f1;
    found[fmt::format("support.{}", k)] = static_cast<double>(scores[k].support);
  }
  const auto add = [&](const std::string& name, const evaluate::Average& average) {
    found[name + ".precision"] = average.precision;
    found[name + ".recall"] = average.recall;
    found[name + ".f1"] = average.f1;
  };
  add("macro", evaluate::macro_average(scores));
  add("weighted", evaluate::weighted_average(scores));
  const auto matrix = evaluate::confusion(answers.truth, answers.predicted, answers.classes);
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    found[fmt::format("confusion.{}.{}", i / answers.classes, i % answers.classes)] = static_cast<double>(matrix[i]);
  }
}

void add_calibration(const Answers& answers, Metrics& found) {
  std::vector<bool> happened;
  std::vector<double> shares;
  for (std::size_t row = 0; row < answers.answered_truth.size(); ++row) {
    const std::int32_t of = answers.classes == 2 ? 1 : answers.answered_predicted[row];
    happened.push_back(answers.answered_truth[row] == of);
    shares.push_back(answers.beside[row * answers.classes + static_cast<std::size_t>(of)]);
  }
  for (const bool uniform : {true, false}) {
    const std::string name = uniform ? "uniform" : "quantile";
    const auto bins = evaluate::reliability(happened, shares, 10,
                                            uniform ? evaluate::Binning::kUniform : evaluate::Binning::kQuantile);
    found[name + ".bins"] = static_cast<double>(bins.size());
    for (std::size_t i = 0; i < bins.size(); ++i) {
      found[fmt::format("{}.{}.mean", name, i)] = bins[i].mean_predicted;
      found[fmt::format("{}.{}.fraction", name, i)] = bins[i].fraction;
    }
    if (uniform) found["ece"] = evaluate::calibration_error(bins);
  }
}

void add_ranking(const Answers& answers, Metrics& found) {
  const std::optional<std::size_t> second = answers.classes == 2 ? std::optional<std::size_t>(1) : std::nullopt;
  const auto ranking = evaluate::rank_classes(answers.answered_truth, answers.beside, answers.classes, second);
  if (ranking.roc_auc) found["roc_auc"] = *ranking.roc_auc;
  if (ranking.average_precision) found["average_precision"] = *ranking.average_precision;
}

/// What --metric judges by, of either class; its names are those of the expected file.
void add_judged(const Answers& answers, Metrics& found) {
  if (answers.classes != 2) return;
  const evaluate::ClassAnswers given{
      answers.truth,          answers.predicted,          answers.classes,
      answers.answered_truth, answers.answered_predicted, answers.has_words ? answers.beside : std::vector<double>(),
      answers.beside};
  for (const char* name : {"recall_at_precision=0.5", "recall_at_precision=0.9", "precision_at_recall=0.5",
                           "precision_at_recall=0.9", "cost=10:1"}) {
    const evaluate::Metric metric = evaluate::metric_of(name, true);
    CHECK(metric.name() == name);
    for (const std::size_t positive : {0, 1}) {
      const std::optional<double> value = evaluate::score(metric, given, positive);
      if (value) found[fmt::format("{}.{}", name, positive)] = *value;
    }
  }
  // The metrics that evaluate has, by the way that --metric takes.
  for (const char* name : {"accuracy", "balanced-accuracy", "roc-auc", "average-precision", "log-loss"}) {
    const evaluate::Metric metric = evaluate::metric_of(name, true);
    const std::optional<double> value = evaluate::score(metric, given, 1);
    if (value) found[metric.name()] = *value;
  }
  for (const std::size_t positive : {0, 1}) {
    found[fmt::format("f1.{}", positive)] = *evaluate::score(evaluate::metric_of("f1", true), given, positive);
  }
}

void add_curves(const Answers& answers, Metrics& found) {
  std::vector<bool> positive;
  std::vector<double> scores;
  for (std::size_t row = 0; row < answers.answered_truth.size(); ++row) {
    positive.push_back(answers.answered_truth[row] == 1);
    scores.push_back(answers.beside[2 * row + 1]);
  }
  const auto roc = evaluate::roc_curve(positive, scores);
  for (std::size_t i = 0; i < roc.size(); ++i) {
    found[fmt::format("roc.{}.fpr", i)] = roc[i].false_positive_rate;
    found[fmt::format("roc.{}.tpr", i)] = roc[i].true_positive_rate;
  }
  const auto curve = evaluate::precision_recall_curve(positive, scores);
  for (std::size_t i = 0; i < curve.size(); ++i) {
    found[fmt::format("pr.{}.precision", i)] = curve[i].precision;
    found[fmt::format("pr.{}.recall", i)] = curve[i].recall;
  }
}

Metrics metrics_of_classes(const Table& table, bool with_curves) {
  const Answers answers(table);
  Metrics found;
  add_classes(answers, found);
  add_ranking(answers, found);
  add_judged(answers, found);
  if (with_curves) add_curves(answers, found);
  if (!answers.has_words) return found;
  add_calibration(answers, found);
  const auto score = evaluate::score_probabilities(answers.answered_truth, answers.beside, answers.classes);
  found["log_loss"] = score.log_loss;
  found["brier"] = score.brier;
  return found;
}

struct Values {
  explicit Values(const Table& table) {
    for (const auto& row : table.rows) {
      truth.push_back(std::stod(row.at(0)));
      predicted.push_back(std::stod(row.at(1)));
    }
  }

  std::vector<double> truth;
  std::vector<double> predicted;
};

Metrics metrics_of_values(const Table& table) {
  const Values values(table);
  const auto residuals = evaluate::residuals(values.truth, values.predicted);
  const auto judged = [&](const char* name) {
    return evaluate::score(evaluate::metric_of(name, false), {values.truth, values.predicted}).value_or(NAN);
  };
  return {{"mse", evaluate::mean_squared_error(values.truth, values.predicted)},
          {"rmse", judged("rmse")},
          {"mae", judged("mae")},
          {"r2", judged("r2")},
          {"min", residuals.minimum},
          {"p05", residuals.p05},
          {"p25", residuals.p25},
          {"p50", residuals.p50},
          {"p75", residuals.p75},
          {"p95", residuals.p95},
          {"max", residuals.maximum}};
}

}  // namespace

TEST_CASE("metrics are scikit-learn's on the same predictions, and none is where it has none") {
  double worst = 0;
  std::size_t compared = 0;
  for (const auto& pair : read_expected()) {
    const std::string& name = pair.first;
    const Metrics& expected = pair.second;
    CAPTURE(name);
    const Table table = read_table(name);
    const bool values = table.header.at(0) == "value";
    const Metrics found = values ? metrics_of_values(table) : metrics_of_classes(table, expected.contains("roc.0.fpr"));
    CHECK(found.size() == expected.size());
    for (const auto& each : expected) {
      const std::string& metric = each.first;
      const double wanted = each.second;
      CAPTURE(metric);
      REQUIRE(found.contains(metric));
      const double apart = std::abs(found.at(metric) - wanted) / std::max(1.0, std::abs(wanted));
      CHECK(apart <= 1e-6);
      worst = std::max(worst, apart);
      ++compared;
    }
  }
  fmt::print("{} metrics, at most {:.2g} from scikit-learn's\n", compared, worst);
  CHECK(compared > 2000);
}

TEST_CASE("Wilson's interval is SciPy's") {
  for (const auto& row : read_table("wilson").rows) {
    CAPTURE(fmt::format("{}", fmt::join(row, ",")));
    const auto interval = evaluate::wilson(std::stoul(row.at(0)), std::stoul(row.at(1)), std::stod(row.at(2)));
    CHECK(interval.low == doctest::Approx(std::stod(row.at(3))).epsilon(1e-9));
    CHECK(interval.high == doctest::Approx(std::stod(row.at(4))).epsilon(1e-9));
  }
}

TEST_CASE("the bootstrap's interval of R2 is SciPy's, as near as a thousand samples tell") {
  for (const auto& row : read_table("bootstrap").rows) {
    CAPTURE(row.at(0));
    const Values values(read_table(row.at(0)));
    const auto r2 = [&](const std::vector<std::size_t>& rows) -> std::optional<double> {
      Values drawn{Table{}};
      for (const std::size_t i : rows) {
        drawn.truth.push_back(values.truth[i]);
        drawn.predicted.push_back(values.predicted[i]);
      }
      return evaluate::r2(drawn.truth, drawn.predicted);
    };
    for (const std::uint64_t seed : {0U, 1U, 2U}) {
      const auto interval = evaluate::bootstrap(values.truth.size(), r2, std::stod(row.at(1)), seed, 1000);
      REQUIRE(interval);
      // Four standard deviations, which one end in 16,000 exceeds.
      const double allowed = 4 * std::stod(row.at(4));
      CHECK(std::abs(interval->low - std::stod(row.at(2))) <= allowed);
      CHECK(std::abs(interval->high - std::stod(row.at(3))) <= allowed);
    }
  }
}

TEST_CASE("folds in the order of time are TimeSeriesSplit's") {
  for (const auto& row : read_table("time").rows) {
    CAPTURE(fmt::format("{}", fmt::join(row, ",")));
    const auto number = [&](std::size_t i) { return std::stoul(row.at(i)); };
    const auto folds = evaluate::time_folds(number(0), number(1));
    REQUIRE(folds.size() == number(1));
    const evaluate::Fold& fold = folds[number(2)];
    CHECK(fold.train.size() == number(3));
    CHECK(fold.test.front() == number(4));
    CHECK(fold.test.size() == number(5));
  }
}

}  // namespace nuthatch::golden
