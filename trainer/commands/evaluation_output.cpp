#include "commands/evaluation_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "commands/common.hpp"
#include "commands/write_text.hpp"
#include "data/first_few.hpp"

namespace nuthatch::commands {
namespace {

using evaluate::Average;
using evaluate::Classification;
using evaluate::ClassScore;
using evaluate::Evaluation;
using evaluate::Regression;
using Json = nlohmann::ordered_json;

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json confusion_json(const std::vector<std::string>& names, const std::vector<std::size_t>& counts) {
  if (counts.empty()) return nullptr;
  const std::size_t classes = names.size();
  Json matrix = Json::array();
  for (std::size_t row = 0; row < classes; ++row) {
    const auto from = counts.begin() + static_cast<std::ptrdiff_t>(row * classes);
    matrix.push_back(std::vector<std::size_t>(from, from + static_cast<std::ptrdiff_t>(classes)));
  }
  return {{"labels", names}, {"matrix", matrix}};
}

std::vector<std::string> unscored_names(const Classification& found) {
  std::vector<std::string> names;
  for (const std::size_t k : evaluate::unscored_classes(found.classes)) names.push_back(found.names[k]);
  return names;
}

Json classes_json(const std::vector<std::string>& names, const std::vector<ClassScore>& scores) {
  Json classes = Json::array();
  for (std::size_t k = 0; k < names.size(); ++k) {
    const ClassScore& each = scores[k];
    classes.push_back({{"name", names[k]},
                       {"precision", each.precision},
                       {"recall", each.support > 0 ? Json(each.recall) : Json()},
                       {"f1", each.appears() ? Json(each.f1) : Json()},
                       {"support", each.support},
                       {"refused", each.refused}});
  }
  return classes;
}

Json calibration_json(const std::optional<evaluate::Calibration>& calibration) {
  if (!calibration) return nullptr;
  Json bins = Json::array();
  for (const evaluate::ReliabilityBin& bin : calibration->bins) {
    bins.push_back({{"mean_predicted", bin.mean_predicted}, {"fraction", bin.fraction}, {"rows", bin.rows}});
  }
  return {{"of", calibration->of}, {"bins", bins}, {"ece", calibration->expected_error}};
}

void add_averages(Json& json, const std::string& name, const Average& average) {
  json[name + "_precision"] = average.precision;
  json[name + "_recall"] = average.recall;
  json[name + "_f1"] = average.f1;
}

void add_classification(Json& json, const Evaluation& evaluation) {
  const Classification& found = *evaluation.classification;
  json["balanced_accuracy"] = evaluate::balanced_accuracy(found.classes);
  add_averages(json, "macro", evaluate::macro_average(found.classes));
  add_averages(json, "weighted", evaluate::weighted_average(found.classes));
  json["classes"] = classes_json(found.names, found.classes);
  json["confusion"] = confusion_json(found.names, found.matrix);
  const evaluate::MostProbable& probable = found.most_probable;
  json["most_probable"] = {{"rows_answered_otherwise", probable.different},
                           {"accuracy", probable.accuracy},
                           {"balanced_accuracy", evaluate::balanced_accuracy(probable.classes)},
                           {"classes", classes_json(found.names, probable.classes)},
                           {"confusion", confusion_json(found.names, probable.matrix)}};
  json["unscored_classes"] = unscored_names(found);
  json["positive_class"] = found.positive ? Json(found.names[*found.positive]) : Json();
  json["roc_auc"] = number(found.ranking.roc_auc);
  json["average_precision"] = number(found.ranking.average_precision);
  json["ranked_by"] = found.ranked_by;
  json["calibration"] = calibration_json(found.calibration);
}

void add_regression(Json& json, const std::optional<Regression>& found) {
  for (const char* name : {"mse", "rmse", "mae", "r2", "residuals"}) json[name] = nullptr;
  if (!found) return;
  json["mse"] = found->mean_squared_error;
  json["rmse"] = found->root_mean_squared_error;
  json["mae"] = found->mean_absolute_error;
  json["r2"] = found->r2;
  const evaluate::Residuals& of = found->residuals;
  json["residuals"] = {{"min", of.minimum}, {"p05", of.p05}, {"p25", of.p25},    {"p50", of.p50},
                       {"p75", of.p75},     {"p95", of.p95}, {"max", of.maximum}};
}

void line(const std::string& what, const std::string& value) { write_text("{:<20} {}\n", what, value); }

std::string or_why(const std::optional<double>& value, const Evaluation& evaluation, const char* name) {
  return value ? four_digits(*value) : "none: " + evaluation.undefined.at(name);
}

/// As many columns as fit a screen.
constexpr std::size_t kMostColumns = 10;
constexpr std::size_t kWidest = 10;
constexpr std::size_t kMostLines = 30;

void print_classes(const Classification& found) {
  std::size_t width = 8;
  for (const std::string& name : found.names) width = std::clamp(name.size(), width, std::size_t{20});
  write_text("\n{:<{}} {:>10} {:>10} {:>10} {:>8}\n", "class", width, "precision", "recall", "F1", "rows");
  const std::size_t shown = std::min(found.names.size(), kMostLines);
  for (std::size_t k = 0; k < shown; ++k) {
    const ClassScore& each = found.classes[k];
    write_text("{:<{}} {:>10.4f} {:>10} {:>10} {:>8}\n", data::brief(found.names[k]), width, each.precision,
               each.support > 0 ? fmt::format("{:.4f}", each.recall) : "-",
               each.appears() ? fmt::format("{:.4f}", each.f1) : "-", each.support);
  }
  if (shown < found.names.size()) write_text("... {} more; --json has all\n", found.names.size() - shown);
  const std::vector<std::string> unscored = unscored_names(found);
  if (!unscored.empty()) {
    write_text("no row is of {}: these rows do not tell whether the model finds {}\n", data::first_few(unscored),
               unscored.size() == 1 ? "it" : "them");
  }
}

void print_confusion(const Classification& found) {
  const std::size_t classes = found.names.size();
  if (classes > kMostColumns || found.matrix.empty()) return;
  std::size_t width = 5;
  for (const std::string& name : found.names) width = std::clamp(name.size(), width, kWidest);
  write_text("\n{:<20}", "true \\ answered");
  for (const std::string& name : found.names) write_text(" {:>{}.{}}", name, width, width);
  write_text("\n");
  for (std::size_t row = 0; row < classes; ++row) {
    write_text("{:<20.20}", found.names[row]);
    for (std::size_t k = 0; k < classes; ++k) write_text(" {:>{}}", found.matrix[row * classes + k], width);
    write_text("\n");
  }
  write_text("\n");
}

/// Beside what the model answers; said where the two differ.
void print_most_probable(const Classification& found) {
  const evaluate::MostProbable& probable = found.most_probable;
  if (probable.different == 0) return;
  std::string text = fmt::format("accuracy {}, balanced accuracy {}", four_digits(probable.accuracy),
                                 four_digits(evaluate::balanced_accuracy(probable.classes)));
  if (found.positive) {
    const ClassScore& own = probable.classes[*found.positive];
    text += fmt::format("; of {} precision {:.4f}, recall {:.4f}", data::brief(found.names[*found.positive]),
                        own.precision, own.recall);
  }
  line("most probable class", fmt::format("{} ({} rows are answered otherwise)", text, probable.different));
}

void print_classification(const Evaluation& evaluation) {
  const Classification& found = *evaluation.classification;
  line("balanced accuracy", four_digits(evaluate::balanced_accuracy(found.classes)));
  line("F1", fmt::format("{:.4f} macro, {:.4f} weighted", evaluate::macro_average(found.classes).f1,
                         evaluate::weighted_average(found.classes).f1));
  const std::string against =
      found.positive ? "of " + data::brief(found.names[*found.positive]) : std::string("each class against the rest");
  const std::string of = fmt::format("{}, by {}", against, found.ranked_by);
  line("ROC AUC", fmt::format("{} ({})", or_why(found.ranking.roc_auc, evaluation, "roc_auc"), of));
  line("average precision",
       fmt::format("{} ({})", or_why(found.ranking.average_precision, evaluation, "average_precision"), against));
  if (found.probabilities) {
    line("log loss", fmt::format("{:.4f}", found.probabilities->log_loss));
    line("Brier score", fmt::format("{:.4f}", found.probabilities->brier));
  }
  if (found.calibration) {
    line("calibration error",
         fmt::format("{:.4f} ({} bins, {})", found.calibration->expected_error, found.calibration->bins.size(),
                     found.positive ? "of " + found.calibration->of : "of the answer"));
  }
  print_most_probable(found);
  print_classes(found);
  print_confusion(found);
}

void print_regression(const Regression& found) {
  line("mean squared error", fmt::format("{:.6g}", found.mean_squared_error));
  line("RMSE", fmt::format("{:.6g}", found.root_mean_squared_error));
  line("mean absolute error", fmt::format("{:.6g}", found.mean_absolute_error));
  const evaluate::Residuals& of = found.residuals;
  line("residuals", fmt::format("{:.4g} to {:.4g}; half in {:.4g} to {:.4g}, nine of ten in {:.4g} to {:.4g}; median "
                                "{:.4g}",
                                of.minimum, of.maximum, of.p25, of.p75, of.p05, of.p95, of.p50));
}

}  // namespace

void add_metrics(Json& json, const Evaluation& evaluation) {
  json["guessing_score"] = evaluation.guessing_score;
  if (evaluation.classification) {
    add_classification(json, evaluation);
  } else {
    add_regression(json, evaluation.regression);
  }
  json["interval"] = nullptr;
  if (const auto& interval = evaluation.interval) {
    json["interval"] = {{"of", evaluation.metric},
                        {"level", interval->level},
                        {"low", interval->low},
                        {"high", interval->high},
                        {"method", interval->method}};
  }
  if (!evaluation.undefined.empty()) json["undefined"] = evaluation.undefined;
}

void print_metrics(const Evaluation& evaluation) {
  line(evaluation.metric, fmt::format("{} ({} rows{})", four_digits(evaluation.score), evaluation.rows,
                                      evaluation.refused > 0 ? fmt::format(", {} refused", evaluation.refused) : ""));
  const bool answered = evaluation.rows > evaluation.refused;
  if (answered || evaluation.classification) {
    line("  guessing", fmt::format("{} (always {})", four_digits(evaluation.guessing_score), evaluation.guess));
  }
  if (const auto& interval = evaluation.interval) {
    line(fmt::format("  {:g} % interval", 100 * interval->level),
         fmt::format("{} to {} ({})", four_digits(interval->low), four_digits(interval->high), interval->method));
  }
  if (evaluation.classification) print_classification(evaluation);
  if (evaluation.regression) print_regression(*evaluation.regression);
  if (!answered) line("", "no row was answered, so there is nothing else to say");
}

}  // namespace nuthatch::commands
