#include "evaluate/metric.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "data/number.hpp"
#include "evaluate/calibration.hpp"
#include "evaluate/classification.hpp"
#include "evaluate/ranking.hpp"
#include "evaluate/regression.hpp"
#include "evaluate/threshold.hpp"

namespace nuthatch::evaluate {
namespace {

using Kind = Metric::Kind;

struct Entry {
  Kind kind;
  const char* name;   ///< as it is typed; in JSON with underscores
  const char* words;  ///< for people; what follows is the number
  bool classes;
  const char* example = "";  ///< of what it is to be given
};

constexpr Entry kMetrics[] = {
    {Kind::kAccuracy, "accuracy", "accuracy", true},
    {Kind::kBalancedAccuracy, "balanced-accuracy", "balanced accuracy", true},
    {Kind::kF1, "f1", "F1", true},
    {Kind::kAveragePrecision, "average-precision", "average precision", true},
    {Kind::kRocAuc, "roc-auc", "ROC AUC", true},
    {Kind::kLogLoss, "log-loss", "log loss", true},
    {Kind::kRecallAtPrecision, "recall-at-precision", "recall at a precision of", true, "=0.9"},
    {Kind::kPrecisionAtRecall, "precision-at-recall", "precision at a recall of", true, "=0.9"},
    {Kind::kCost, "cost", "cost at", true, "=10:1"},
    {Kind::kR2, "r2", "R2", false},
    {Kind::kRmse, "rmse", "RMSE", false},
    {Kind::kMae, "mae", "MAE", false}};

const Entry& entry_of(Kind kind) {
  return *std::find_if(std::begin(kMetrics), std::end(kMetrics), [&](const Entry& each) { return each.kind == kind; });
}

std::string argument_of(const Metric& metric) {
  if (metric.kind == Kind::kCost) return fmt::format("{}:{}", metric.miss, metric.alarm);
  const bool at = metric.kind == Kind::kRecallAtPrecision || metric.kind == Kind::kPrecisionAtRecall;
  return at ? fmt::format("{}", metric.at) : "";
}

std::string with_dashes(std::string text) {
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

std::string list_of(bool classifies) {
  std::vector<std::string> names;
  for (const Entry& each : kMetrics) {
    if (each.classes == classifies) names.push_back(fmt::format("{}{}", each.name, each.example));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The mean over each class against the rest, or of the one that is asked for.
template <class OfClass>
std::optional<double> average(const ClassAnswers& answers, std::optional<std::size_t> positive,
                              const OfClass& of_class) {
  if (positive) return of_class(*positive);
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t k = 0; k < answers.classes; ++k) {
    const std::optional<double> value = of_class(k);
    if (!value) continue;
    sum += *value;
    ++count;
  }
  return count == 0 ? std::optional<double>() : sum / static_cast<double>(count);
}

/// Rows by their rank for a class, as if it were class 1.
RankedRows ranked_for(const ClassAnswers& answers, std::size_t own) {
  RankedRows rows;
  for (std::size_t row = 0; row < answers.truth.size(); ++row) {
    if (answers.predicted[row] != kNoAnswer) continue;
    ++(answers.truth[row] == static_cast<std::int32_t>(own) ? rows.refused_positives : rows.refused_others);
  }
  for (std::size_t row = 0; row < answers.answered_truth.size(); ++row) {
    rows.positive.push_back(answers.answered_truth[row] == static_cast<std::int32_t>(own));
    rows.scores.push_back(answers.ranks()[row * answers.classes + own]);
  }
  return rows;
}

/// What the best threshold of these rows reaches.
std::optional<double> at_best_cut(const Metric& metric, const ClassAnswers& answers, std::size_t own) {
  const RankedRows rows = ranked_for(answers, own);
  const auto is_own = [&](std::int32_t index) { return index == static_cast<std::int32_t>(own); };
  if (std::none_of(answers.truth.begin(), answers.truth.end(), is_own)) return {};
  switch (metric.kind) {
    case Kind::kRecallAtPrecision: {
      const auto cut = best_cut(rows, {ThresholdGoal::Kind::kPrecision, metric.at, 0, 0});
      return cut ? cut->recall() : 0;
    }
    case Kind::kPrecisionAtRecall: {
      const auto cut = best_cut(rows, {ThresholdGoal::Kind::kRecall, metric.at, 0, 0});
      return cut ? cut->precision() : 0;
    }
    default: {
      const auto cut = best_cut(rows, {ThresholdGoal::Kind::kCost, 0, metric.miss, metric.alarm});
      return cut ? cut->cost(metric.miss, metric.alarm) : std::max(metric.miss, metric.alarm);
    }
  }
}

std::optional<double> f1(const ClassAnswers& answers, std::optional<std::size_t> positive) {
  const std::vector<ClassScore> classes = score_classes(answers.truth, answers.predicted, answers.classes);
  return positive ? classes[*positive].f1 : macro_average(classes).f1;
}

std::optional<double> log_loss(const ClassAnswers& answers) {
  if (answers.probabilities.empty()) return {};
  return score_probabilities(answers.answered_truth, answers.probabilities, answers.classes).log_loss;
}

}  // namespace

bool Metric::lower_is_better() const {
  return kind == Kind::kLogLoss || kind == Kind::kCost || kind == Kind::kRmse || kind == Kind::kMae;
}

std::string Metric::name() const {
  std::string text = entry_of(kind).name;
  std::replace(text.begin(), text.end(), '-', '_');
  const std::string argument = argument_of(*this);
  return argument.empty() ? text : text + "=" + argument;
}

std::string Metric::words() const {
  const std::string argument = argument_of(*this);
  return argument.empty() ? entry_of(kind).words : fmt::format("{} {}", entry_of(kind).words, argument);
}

Metric usual_metric(bool classifies) { return {classifies ? Kind::kAccuracy : Kind::kR2, 0, 0, 0}; }

Metric metric_of(const std::string& text, bool classifies) {
  const std::size_t equals = text.find('=');
  const std::string name = with_dashes(text.substr(0, equals));
  const auto found =
      std::find_if(std::begin(kMetrics), std::end(kMetrics), [&](const Entry& each) { return each.name == name; });
  const char* task = classifies ? "classes" : "values";
  if (found == std::end(kMetrics)) {
    throw std::invalid_argument(fmt::format("there is no such metric; of {} there are {}", task, list_of(classifies)));
  }
  if (found->classes != classifies) {
    throw std::invalid_argument(fmt::format("it is of {}, and this target has {}: {}",
                                            classifies ? "values" : "classes", task, list_of(classifies)));
  }
  const std::string argument = equals == std::string::npos ? "" : text.substr(equals + 1);
  const bool wants_argument = *found->example != '\0';
  if (wants_argument == argument.empty()) {
    throw std::invalid_argument(wants_argument ? fmt::format("give {}{}", found->name, found->example)
                                               : fmt::format("{} takes no number", found->name));
  }
  if (!wants_argument) return {found->kind, 0, 0, 0};
  const char* goal = found->kind == Kind::kCost                ? "cost="
                     : found->kind == Kind::kRecallAtPrecision ? "precision="
                                                               : "recall=";
  const ThresholdGoal parsed = threshold_goal(goal + argument);
  return {found->kind, parsed.at, parsed.miss, parsed.alarm};
}

std::optional<double> score(const Metric& metric, const ClassAnswers& answers, std::optional<std::size_t> positive) {
  if (answers.truth.empty()) return {};
  switch (metric.kind) {
    case Kind::kAccuracy: return accuracy(answers.truth, answers.predicted);
    case Kind::kBalancedAccuracy:
      return balanced_accuracy(score_classes(answers.truth, answers.predicted, answers.classes));
    case Kind::kF1: return f1(answers, positive);
    case Kind::kRocAuc:
    case Kind::kAveragePrecision: {
      if (answers.answered_truth.empty()) return {};
      const Ranking ranking = rank_classes(answers.answered_truth, answers.ranks(), answers.classes, positive);
      return metric.kind == Kind::kRocAuc ? ranking.roc_auc : ranking.average_precision;
    }
    case Kind::kLogLoss: return log_loss(answers);
    default: return average(answers, positive, [&](std::size_t k) { return at_best_cut(metric, answers, k); });
  }
}

std::optional<double> score(const Metric& metric, const ValueAnswers& answers) {
  if (answers.truth.empty()) return {};
  if (metric.kind == Kind::kMae) return mean_absolute_error(answers.truth, answers.predicted);
  if (metric.kind == Kind::kRmse) return std::sqrt(mean_squared_error(answers.truth, answers.predicted));
  return r2(answers.truth, answers.predicted);
}

std::optional<double> guessing_score(const Metric& metric, const Guess& guess, const std::vector<std::int32_t>& truth,
                                     std::optional<std::size_t> positive) {
  const std::vector<std::size_t>& counts = guess.class_rows;
  const auto commonest = static_cast<std::int32_t>(commonest_class(counts));
  const auto learned = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::size_t{0}));
  ClassAnswers answers{truth, std::vector<std::int32_t>(truth.size(), commonest), counts.size(), truth, {}, {}, {}};
  answers.answered_predicted = answers.predicted;
  for (std::size_t row = 0; row < truth.size(); ++row) {
    for (const std::size_t count : counts) {
      answers.probabilities.push_back(static_cast<double>(count) / learned);
    }
  }
  return score(metric, answers, positive);
}

std::optional<double> guessing_score(const Metric& metric, const Guess& guess, const std::vector<double>& truth) {
  if (truth.empty()) return {};
  return score(metric, ValueAnswers{truth, std::vector<double>(truth.size(), guess.mean)});
}

double mean_of(const std::vector<double>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<std::size_t> class_counts(const std::vector<std::int32_t>& truth, std::size_t classes) {
  std::vector<std::size_t> counts(classes, 0);
  for (const std::int32_t index : truth) ++counts[static_cast<std::size_t>(index)];
  return counts;
}

std::size_t commonest_class(const std::vector<std::size_t>& counts) {
  return static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

std::optional<std::size_t> rarer_class(const std::vector<std::size_t>& counts) {
  if (counts.size() != 2) return {};
  return 0 < counts[0] && counts[0] < counts[1] ? 0 : 1;
}

}  // namespace nuthatch::evaluate
