#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "export/model_file.hpp"
#include "prepare/labels.hpp"
#include "report/answer_charts.hpp"
#include "report/compare_units.hpp"
#include "report/data_summary.hpp"
#include "report/html.hpp"
#include "report/learning_charts.hpp"
#include "report/model_report.hpp"
#include "report/shape_charts.hpp"

namespace nuthatch::report {
namespace {

using html::Chart;
using html::escaped;

constexpr std::size_t kColumnsShown = 12;  // of the data, the rest is folded away
constexpr std::size_t kMostColumns = 300;  // and what is more than that left out
constexpr std::size_t kClassesShown = 30;

/// No sign of a 0 that was rounded.
std::string digits(double value) {
  const std::string text = fmt::format("{:.4f}", value);
  return text == "-0.0000" ? "0.0000" : text;
}

std::string paragraph(const std::string& text) { return "<p>" + escaped(text) + "</p>\n"; }

void add(std::vector<Chart>& charts, std::optional<Chart> chart) {
  if (chart) charts.push_back(std::move(*chart));
}

std::string metric_of(const ModelReport& report) { return report.model->contents().classifies ? "accuracy" : "R²"; }

/// What folds and trials were scored by.
std::string judged_by(const ModelReport& report) {
  return report.judged_by.empty() ? metric_of(report) : report.judged_by;
}

// ---- The headline ----

std::string interval_sentence(const evaluate::Evaluation& evaluation) {
  if (!evaluation.interval) return "";
  return fmt::format("Chance in the choice of these rows leaves it between {} and {} ({:g} % interval). ",
                     digits(evaluation.interval->low), digits(evaluation.interval->high),
                     100 * evaluation.interval->level);
}

/// The score of rows that the model was not learned from, where there is one, and what follows from it.
struct Headline {
  std::string metric;
  std::string state;  ///< that colours it
  double score = 0;
  std::string on;
  std::string advice;
};

Headline headline_of(const ModelReport& report) {
  const ScoredRows& scored = *report.scored;
  const evaluate::Evaluation& evaluation = scored.evaluation;
  const double guessing = evaluation.guessing_score;
  const std::string compared = fmt::format("Always answering {} would score {}.", evaluation.guess, digits(guessing));
  if (scored.learned && report.folds) {
    return {
        judged_by(report), "ok", report.folds->mean,
        "on rows that were not learned from, the average over " + report.folds->how,
        fmt::format("Looking at no feature would score {}. On the rows that the written model was learned from its {} "
                    "is {}, which flatters.",
                    digits(report.folds->guessing), metric_of(report), digits(evaluation.score))};
  }
  if (scored.learned) {
    return {metric_of(report), "unknown", evaluation.score, "on " + scored.name,
            compared +
                " These are rows that the model was learned from, so the score flatters. Score it on others to know "
                "how good "
                "it is: train --test-fraction 0.2 holds some out."};
  }
  const bool clear = !evaluation.interval || evaluation.interval->low > guessing;
  return {metric_of(report), clear ? "ok" : "watch", evaluation.score, "on " + scored.name,
          interval_sentence(evaluation) + compared +
              (clear ? "" : " With so few rows the model is not clearly better: score it on more.")};
}

std::vector<std::pair<std::string, std::string>> headline_facts(const ModelReport& report) {
  const exporting::ModelContents& contents = report.model->contents();
  std::vector<std::pair<std::string, std::string>> facts = {
      {"Predicts", contents.lineage.target},
      {"Model", contents.lineage.model},
      {"Features", fmt::format("{}", contents.feature_names.size())},
      {"File", fmt::format("{} bytes", report.model->bytes().size())}};
  if (contents.classifies) facts.insert(facts.begin() + 1, {"Classes", fmt::format("{}", contents.classes.size())});
  if (report.scored->learned && report.folds) return facts;  // those of the rows that were learned from would mislead
  const evaluate::Evaluation& evaluation = report.scored->evaluation;
  facts.emplace_back("Rows scored", fmt::format("{}", evaluation.rows));
  if (evaluation.refused > 0) facts.emplace_back("Of them refused", fmt::format("{}", evaluation.refused));
  if (evaluation.regression) {
    facts.emplace_back("Typical error (RMSE)", fmt::format("{:.4g}", evaluation.regression->root_mean_squared_error));
    facts.emplace_back("Mean error (MAE)", fmt::format("{:.4g}", evaluation.regression->mean_absolute_error));
  }
  if (evaluation.classification) {
    facts.emplace_back("Balanced accuracy", digits(evaluate::balanced_accuracy(evaluation.classification->classes)));
    if (const std::int32_t threshold = report.model->model().threshold(); threshold != 0) {
      facts.emplace_back("Answers by a threshold, score", fmt::format("{:.4g}", report.model->value_of(threshold)));
      facts.emplace_back("Accuracy of the most probable class",
                         digits(evaluation.classification->most_probable.accuracy));
    }
    if (const auto& area = evaluation.classification->ranking.roc_auc) facts.emplace_back("ROC AUC", digits(*area));
  }
  return facts;
}

std::string headline(const ModelReport& report) {
  const ScoredRows& scored = *report.scored;
  const Headline found = headline_of(report);
  std::string html =
      fmt::format("<section class=\"headline {}\">\n<p class=\"word\">{} {}</p>\n<p class=\"reason\">{}</p>\n",
                  found.state, escaped(found.metric), digits(found.score), escaped(found.on));
  html += paragraph(found.advice);
  if (report.folds && !scored.learned)
    html += paragraph(fmt::format("Cross-validation of training rows: {} {} on average over {}.", judged_by(report),
                                  digits(report.folds->mean), report.folds->how));
  if (scored.evaluation.refused > 0) {
    html += paragraph(fmt::format(
        "{} rows were refused, which counts as wrong: a value is missing that never was in training, or is infinite.",
        scored.evaluation.refused));
  }
  return html + html::facts(headline_facts(report)) + "</section>\n";
}

// ---- Sections ----

std::string findings_section(const ModelReport& report) {
  if (report.findings.empty()) return "";
  std::string body = "<ul>\n";
  for (const std::string& finding : report.findings) body += "<li>" + escaped(finding) + "</li>\n";
  return html::section("Findings about the data", body + "</ul>\n");
}

std::string class_table(const evaluate::Classification& found) {
  std::vector<std::vector<std::string>> rows;
  for (std::size_t k = 0; k < std::min(found.names.size(), kClassesShown); ++k) {
    const evaluate::ClassScore& each = found.classes[k];
    rows.push_back({html::name(found.names[k]), fmt::format("{}", each.support),
                    each.support > 0 ? fmt::format("{:.3f}", each.recall) : "no rows",
                    fmt::format("{:.3f}", each.precision),
                    each.appears() ? fmt::format("{:.3f}", each.f1) : "no rows"});
  }
  std::string html = html::table({"Class", "Rows", "Found (recall)", "Right when said (precision)", "F1"}, rows);
  if (rows.size() < found.names.size()) {
    html += paragraph(fmt::format("{} more classes: evaluate --json has all.", found.names.size() - rows.size()));
  }
  return html;
}

/// The chart's numbers, for who cannot see it or wants to copy them.
std::string confusion_table(const evaluate::Classification& found) {
  if (found.matrix.empty() || found.names.size() > kConfusionClasses) return "";
  const std::size_t classes = found.names.size();
  std::string html = "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">true \\ answer</th>";
  for (const std::string& name : found.names) html += "<th scope=\"col\">" + escaped(name) + "</th>";
  html += "</tr></thead>\n<tbody>\n";
  for (std::size_t row = 0; row < classes; ++row) {
    html += "<tr><th scope=\"row\">" + escaped(found.names[row]) + "</th>";
    for (std::size_t k = 0; k < classes; ++k) html += fmt::format("<td>{}</td>", found.matrix[row * classes + k]);
    html += "</tr>\n";
  }
  return html::details("Confusion matrix as a table", html + "</tbody></table></div>\n");
}

std::string calibration_table(const evaluate::Classification& found) {
  if (!found.calibration) return "";
  std::vector<std::vector<std::string>> rows;
  for (const evaluate::ReliabilityBin& bin : found.calibration->bins) {
    rows.push_back({fmt::format("{:.1f} %", 100 * bin.mean_predicted), fmt::format("{:.1f} %", 100 * bin.fraction),
                    fmt::format("{}", bin.rows)});
  }
  return html::details("Calibration as a table", html::table({"Given", "Was so", "Rows"}, rows));
}

std::string residual_table(const evaluate::Residuals& of) {
  const auto text = [](double value) { return fmt::format("{:.4g}", value); };
  return html::details(
      "Errors as a table",
      html::table({"Truth less prediction", "Smallest", "5 % below", "25 %", "Half", "75 %", "95 %", "Largest"},
                  {{"", text(of.minimum), text(of.p05), text(of.p25), text(of.p50), text(of.p75), text(of.p95),
                    text(of.maximum)}}));
}

std::string answers_section(const ModelReport& report) {
  const ScoredRows& scored = *report.scored;
  const evaluate::Evaluation& evaluation = scored.evaluation;
  std::vector<Chart> charts;
  add(charts, plane_chart(*report.model, scored));
  add(charts, fit_chart(*report.model, scored, report.decimal_comma));
  add(charts, confusion_chart(scored));
  for (Chart& chart : ranking_charts(*report.model, scored)) charts.push_back(std::move(chart));
  add(charts, calibration_chart(scored));
  for (Chart& chart : residual_charts(*report.model, scored, report.decimal_comma)) charts.push_back(std::move(chart));
  std::string body = paragraph(fmt::format("All answers are the quantized model's, on {}{}.", scored.name,
                                           scored.learned ? ", which it was learned from: all of this flatters" : ""));
  if (!charts.empty()) body += html::figures(charts);
  if (evaluation.classification) {
    body += "<h3>Class by class</h3>\n" + class_table(*evaluation.classification) +
            confusion_table(*evaluation.classification) + calibration_table(*evaluation.classification);
  }
  if (evaluation.regression) body += residual_table(evaluation.regression->residuals);
  return html::section("How good its answers are", body);
}

std::string importance_section(const ModelReport& report) {
  const std::optional<Chart> chart = importance_chart(report);
  if (!chart) {
    return html::section(
        "What it looks at",
        paragraph("Left out: shuffling so many features one by one would take too long. nuthatch explain "
                  "--permutation does it all the same."));
  }
  std::vector<std::vector<std::string>> rows;
  for (const std::size_t feature : by_importance(*report.importance)) {
    if (rows.size() == kMostColumns) break;
    const explain::FeatureImportance& found = report.importance->features[feature];
    rows.push_back({html::name(report.model->contents().feature_names[feature]), digits(found.mean),
                    "± " + digits(found.deviation)});
  }
  return html::section(
      "What it looks at",
      html::figure(*chart) + html::details("As a table", html::table({"Feature", "Lost", "Spread"}, rows)));
}

std::string learning_section(const ModelReport& report) {
  if (!report.learning || report.learning->points.empty()) return "";
  const LearningCurve& curve = *report.learning;
  std::string body;
  if (const std::optional<Chart> chart = learning_chart(curve, metric_of(report))) body += html::figure(*chart);
  body += paragraph(
      fmt::format("Each point is a model of its own, quantized as the written one is, learned from the first so many "
                  "of the shuffled "
                  "training rows and scored on {}. It took {:.2g} s of at most {:g}.{}",
                  curve.tested_on, curve.seconds, curve.most_seconds,
                  curve.stopped ? " More rows would have taken longer, so the curve ends before all of them." : ""));
  if (curve.failed > 0) {
    body +=
        paragraph(html::plural(curve.failed, "size") +
                  " left out: nothing could be learned from so few rows, as they lack a class or a column's values, or "
                  "learning did not converge.");
  }
  std::vector<std::vector<std::string>> rows;
  for (const LearningCurve::Point& point : curve.points) {
    rows.push_back({fmt::format("{}", point.rows), digits(point.train), digits(point.test)});
  }
  body += html::details("As a table", html::table({"Training rows", "On them", "On other rows"}, rows));
  return html::section("Learning curve", body);
}

std::string validation_section(const ModelReport& report) {
  if (report.validation.empty()) return "";
  std::vector<Chart> charts;
  for (const ValidationCurve& curve : report.validation) charts.push_back(validation_chart(curve, judged_by(report)));
  return html::section("What its flags do", html::figures(charts));
}

/// "0.012 better, for 3200 bytes of flash more and 120 instructions less".
std::string trade_off(const TunedModel& other, const TunedModel& chosen, bool lower_is_better) {
  std::vector<std::string> parts;
  const auto add_part = [&](std::uint64_t TunedModel::*cost, const char* unit) {
    const auto difference = static_cast<std::int64_t>(other.*cost) - static_cast<std::int64_t>(chosen.*cost);
    if (difference != 0)
      parts.push_back(fmt::format("{} {} {}", std::abs(difference), difference > 0 ? "more" : "fewer", unit));
  };
  add_part(&TunedModel::flash_bytes, "bytes of flash");
  add_part(&TunedModel::ram_bytes, "bytes of RAM");
  add_part(&TunedModel::instructions, "instructions");
  const double gain = (other.score - chosen.score) * (lower_is_better ? -1 : 1);
  const std::string score = std::abs(gain) < 5e-5
                                ? "the same score"
                                : fmt::format("{:.4f} {}", std::abs(gain), gain > 0 ? "better" : "worse");
  return parts.empty() ? score : fmt::format("{}, for {}", score, fmt::join(parts, ", "));
}

std::string front_section(const ModelReport& report) {
  if (report.front.empty()) return "";
  const auto chosen =
      std::find_if(report.front.begin(), report.front.end(), [](const auto& each) { return each.chosen; });
  std::string body = paragraph(fmt::format(
      "Of all that fits the budget on {}, these are the models that no other beats in score, "
      "flash, RAM and instructions "
      "at once, and the one that was written: the best score{}. "
      "Another may be the better bargain. Costs are the largest of the folds; those of the file itself are below.",
      report.core,
      report.judged_by.empty() && report.model->contents().classifies
          ? " or, of those that it does not tell apart, the best log loss"
          : ""));
  body += html::figures(front_charts(report, judged_by(report)));
  std::vector<std::vector<std::string>> rows;
  for (const TunedModel& each : report.front) {
    std::vector<std::string>& cells = rows.emplace_back();
    cells.push_back(each.chosen ? "<span class=\"state ok\">● " + escaped(each.family) + "</span>"
                                : escaped(each.family));
    cells.push_back(digits(each.score));
    for (const std::uint64_t cost : {each.flash_bytes, each.ram_bytes, each.instructions}) {
      cells.push_back(fmt::format("{}", cost));
    }
    if (chosen != report.front.end()) {
      cells.push_back(each.chosen ? "<b>chosen</b>" : escaped(trade_off(each, *chosen, report.lower_is_better)));
    } else {
      cells.emplace_back();
    }
    cells.push_back("<span class=\"how\">" + escaped(each.how) + "</span>");
  }
  body +=
      html::table({"Model", judged_by(report), "Flash", "RAM", "Instructions", "Against the chosen one", "How"}, rows);
  return html::section("What else would fit", body);
}

std::string precision_section(const ModelReport& report) {
  if (report.precisions.size() < 2) return "";
  const std::optional<Chart> chart = precision_chart(report, metric_of(report));
  std::vector<std::vector<std::string>> rows;
  const double learned = report.precisions.front().score;
  for (const PrecisionScore& each : report.precisions) {
    rows.push_back({escaped(each.precision), digits(each.score), digits(learned - each.score),
                    each.bytes ? fmt::format("{}", *each.bytes) : "not written", each.chosen ? "written" : ""});
  }
  return html::section("Quantization", (chart ? html::figure(*chart)
                                              : paragraph("Rounding costs nothing here: all precisions score alike on "
                                                          "the same rows, so take the smallest file.")) +
                                           html::table({"Precision", "Score", "Lost", "File, bytes", ""}, rows));
}

std::string energy_cell(const compare::Energy& energy) {
  if (!energy.microjoules) return fmt::format("<span class=\"soft\">{}</span>", escaped(energy.label));
  return fmt::format("{} <span class=\"soft\">{}</span>", energy_text(energy.microjoules), escaped(energy.label));
}

std::string costs_section(const ModelReport& report) {
  if (report.costs.empty()) return "";
  std::vector<std::vector<std::string>> rows;
  for (const CoreCost& cost : report.costs) {
    rows.push_back(
        {escaped(cost.core),
         cost.flash_bytes ? fmt::format("{}{} B", cost.flash_estimated ? "about " : "", *cost.flash_bytes) : "unknown",
         fmt::format("{} B", cost.ram_bytes), fmt::format("{}", cost.instructions), time_text(cost.us),
         energy_cell(cost.energy)});
  }
  return html::section(
      "On the device",
      paragraph(
          "Flash is the file, and the code that opening, testing, predicting and monitoring add (about: for the "
          "compiler of Nuthatch's own tables). RAM is everything but the stack. "
          "Instructions are the most that any row takes; time and energy of them are estimates for the parts that "
          "nuthatch compare --print-constants names, no measurements.") +
          html::table({"Core", "Flash", "RAM", "Instructions, at most", "Time, at most", "Energy, at most"}, rows));
}

/// How many rows each class has, the most frequent first.
std::string class_counts(const data::Target& target) {
  std::vector<std::size_t> counts(target.labels.size(), 0);
  for (const std::uint32_t id : target.ids) ++counts[id];
  std::vector<std::size_t> order(counts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return counts[a] > counts[b]; });
  order.resize(std::min(order.size(), kClassesShown));
  std::vector<std::vector<std::string>> rows;
  for (const std::size_t id : order) {
    const double share = 100.0 * static_cast<double>(counts[id]) / static_cast<double>(target.ids.size());
    rows.push_back({html::name(target.labels[id]), fmt::format("{}", counts[id]),
                    fmt::format("{:.1f} %<div class=\"bar\"><i style=\"width:{:.1f}%\"></i></div>", share, share)});
  }
  return "<h3>Classes</h3>\n" + html::table({"Class", "Rows", "Share"}, rows);
}

/// The target first, where it is values.
std::vector<ColumnSummary> column_summaries(const ModelReport& report) {
  const data::Dataset& dataset = *report.data;
  std::vector<ColumnSummary> columns;
  if (!report.model->contents().classifies) {
    const std::vector<double> values = prepare::target_values(dataset, report.decimal_comma);
    columns.push_back(summarize(dataset.target->name + " (to predict)", {values.begin(), values.end()}));
  }
  for (std::size_t i = 0; i < dataset.columns.size(); ++i) {
    const std::string& name = dataset.feature_names[i];
    columns.push_back(dataset.is_text(i) ? summarize(name, dataset.columns[i], dataset.names[i])
                                         : summarize(name, dataset.columns[i]));
  }
  return columns;
}

std::string data_section(const ModelReport& report) {
  const data::Dataset& dataset = *report.data;
  std::vector<ColumnSummary> columns = column_summaries(report);
  const auto add_missing = [](std::size_t sum, const ColumnSummary& column) { return sum + column.missing; };
  const std::size_t missing = std::accumulate(columns.begin(), columns.end(), std::size_t{0}, add_missing);
  std::string body =
      paragraph(fmt::format("{}: {}, {}, {} missing.", report.data_name, html::plural(dataset.rows(), "row"),
                            html::plural(dataset.columns.size(), "feature"), html::plural(missing, "value")));
  if (report.model->contents().classifies) body += class_counts(*dataset.target) + "<h3>Features</h3>\n";
  const std::size_t all = columns.size();
  columns.resize(std::min(all, kMostColumns));
  const auto cut = columns.begin() + static_cast<std::ptrdiff_t>(std::min(columns.size(), kColumnsShown));
  body += summary_table({columns.begin(), cut}, dataset.rows());
  if (cut != columns.end()) {
    body += html::details(fmt::format("{} more columns", columns.end() - cut),
                          summary_table({cut, columns.end()}, dataset.rows()));
  }
  if (columns.size() < all) body += paragraph(fmt::format("{} further columns are not shown.", all - columns.size()));
  return html::section("The data", body);
}

std::string compute_text(const Compute& compute) {
  const std::string joules = compute.energy.microjoules
                                 ? fmt::format("{:.3g} J ({}: {})", 1e-6 * *compute.energy.microjoules,
                                               compute.energy.label, compute.energy.how)
                                 : fmt::format("unavailable: {}", compute.energy.how);
  return fmt::format("{:.3g} s of CPU time (measured, all cores) in {:.3g} s; energy {}", compute.cpu_seconds,
                     compute.seconds, joules);
}

std::string lineage_section(const ModelReport& report) {
  const exporting::Lineage& lineage = report.model->contents().lineage;
  const auto hex_or = [](const std::vector<std::uint8_t>& bytes, const char* none) {
    return bytes.empty() ? std::string(none) : exporting::hex(bytes);
  };
  std::vector<std::pair<std::string, std::string>> facts = {
      {"Trained by", "nuthatch " + lineage.trainer_version},
      {"Seed", fmt::format("{}", lineage.seed)},
      {"Training rows", fmt::format("{}", lineage.training_rows)},
      {"Parameters", lineage.parameters},
      {"Model, SHA-256", exporting::hex(exporting::read_seal(report.model->bytes()).sha256)},
      {"Training data, SHA-256", hex_or(lineage.data_sha256, "not known")}};
  if (lineage.held_out) {
    facts.emplace_back("Held-out rows, SHA-256", hex_or(lineage.held_out->split_sha256, "not known"));
  }
  facts.emplace_back("Parent, SHA-256", hex_or(lineage.parent_sha256, "none"));
  if (report.compute) facts.emplace_back("Spent on making it", compute_text(*report.compute));
  return html::section("Where it comes from", html::facts(facts, html::Facts::kLines));
}

}  // namespace

std::string model_page(const ModelReport& report) {
  std::string body = headline(report) + findings_section(report) + front_section(report) + answers_section(report) +
                     importance_section(report) + learning_section(report) + validation_section(report) +
                     precision_section(report) + costs_section(report) + data_section(report) + lineage_section(report);
  return html::page(report.name, report.made, body);
}

}  // namespace nuthatch::report
