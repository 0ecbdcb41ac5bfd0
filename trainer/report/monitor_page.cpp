#include "report/monitor_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "report/monitor_charts.hpp"

namespace nuthatch::report {
namespace {

using html::escaped;

constexpr std::size_t kFeaturesShown = 20;  // the rest is folded away
constexpr std::size_t kGoodFeaturesShown = 6;
constexpr std::size_t kHistogramsShown = 6;
constexpr std::size_t kDevicesShown = 40;
constexpr std::size_t kTimelinesShown = 4;

const char* symbol_of(Health health) {
  constexpr const char* kSymbols[] = {"\u25cf", "\u25b2", "\u25c6", "\u2716"};
  return kSymbols[static_cast<int>(health)];
}

std::string state(Health health) {
  return fmt::format("<span class=\"state {0}\">{1} {0}</span>", text_of(health), symbol_of(health));
}

std::string percent(std::uint64_t count, std::uint64_t rows) {
  return rows == 0 ? "" : fmt::format("{:.1f} %", 100 * static_cast<double>(count) / static_cast<double>(rows));
}

std::string soft(const std::string& text) { return "<span class=\"soft\">" + text + "</span>"; }

/// A column of a table of things numbered from 0; a column of empty cells only is left out.
struct TableColumn {
  const char* label;
  std::string (*cell)(const Findings& findings, std::size_t feature);  ///< HTML
};

const FeatureHealth* health_of(const Findings& findings, std::size_t feature) {
  return findings.assessment ? &findings.assessment->features[feature] : nullptr;
}

const Drift* drift_of(const Findings& findings, std::size_t feature) {
  const FeatureHealth* health = health_of(findings, feature);
  return health != nullptr && health->drift ? &*health->drift : nullptr;
}

/// A measure of feature_columns() with what it is compared with; nothing where it is not known.
struct Compared {
  std::optional<double> value;
  std::optional<double> threshold;
};

Compared compared(const Findings& findings, const char* name, std::size_t feature) {
  const auto number = [](const Value& value) {
    const auto* held = std::get_if<double>(&value);
    return held == nullptr ? std::nullopt : std::optional(*held);
  };
  const std::vector<Column>& columns = feature_columns();
  const auto at =
      std::find_if(columns.begin(), columns.end(), [&](const Column& one) { return one.name == std::string(name); });
  return {number(at->value(findings, feature)), number(at->threshold(findings, feature))};
}

std::string name_cell(const Findings& findings, std::size_t feature) {
  const FeatureHealth* health = health_of(findings, feature);
  std::string cell = escaped(findings.feature_name(feature));
  if (health != nullptr && !health->reason.empty()) {
    cell += "<span class=\"reason-line\">" + escaped(health->reason) + "</span>";
  }
  return cell;
}

std::string state_cell(const Findings& findings, std::size_t feature) {
  const FeatureHealth* health = health_of(findings, feature);
  return health == nullptr ? "" : state(health->health);
}

/// A bar with a mark at the threshold, which is always at a quarter, and the two numbers.
std::string psi_cell(const Findings& findings, std::size_t feature) {
  const auto [psi, threshold] = compared(findings, "psi", feature);
  if (!psi || !threshold) return "";
  constexpr double kThresholdAt = 0.25;
  const double width = std::min(1.0, kThresholdAt * *psi / *threshold);
  return fmt::format(
      "<div class=\"bar {}\" aria-hidden=\"true\"><i style=\"width:{:.1f}%\"></i><b "
      "style=\"left:{:.0f}%\"></b></div>{:.3f} {}",
      text_of(health_of(findings, feature)->health), 100 * width, 100 * kThresholdAt, *psi,
      soft(fmt::format("of {:.3f}", *threshold)));
}

std::string p_value_cell(const Findings& findings, std::size_t feature) {
  const auto [p_value, threshold] = compared(findings, "p_value", feature);
  if (!p_value || !threshold) return "";
  const std::string value = *p_value < 1e-300 ? "&lt; 1e-300" : fmt::format("{:.2g}", *p_value);
  return fmt::format("{} {}", value, soft(fmt::format("of {:.2g}", *threshold)));
}

/// The other distances, each with its limit.
std::string distances_cell(const Findings& findings, std::size_t feature) {
  std::string cell;
  const std::pair<const char*, const char*> distances[] = {
      {"chi_square", "χ²"}, {"kolmogorov_smirnov", "KS"}, {"jensen_shannon", "JS"}};
  for (const auto& [name, label] : distances) {
    const auto [value, threshold] = compared(findings, name, feature);
    if (!value || !threshold) continue;
    cell += fmt::format("{}{} {:.3g} {}", cell.empty() ? "" : "<br>", label, *value,
                        soft(fmt::format("of {:.3g}", *threshold)));
  }
  return cell;
}

/// Its impact, and the weight in it.
std::string impact_cell(const Findings& findings, std::size_t feature) {
  const std::optional<double> impact = findings.impact(feature);
  if (!impact) return "";
  const std::optional<Contributions>& contributions = findings.history.contributions;
  return fmt::format("{:.3f} {}", *impact,
                     soft(contributions ? fmt::format("contributes {:.3g}", contributions->means[feature])
                                        : fmt::format("importance {:.2f}", *findings.weight(feature))));
}

/// PSI beyond chance interval by interval, of one device only: there is no common time.
std::string trend_cell(const Findings& findings, std::size_t feature) {
  if (findings.history.devices().size() != 1 || findings.timeline.size() < 3) return "";
  if (drift_of(findings, feature) == nullptr) return "";
  std::vector<double> values;
  for (const JudgedInterval& judged : findings.timeline)
    values.push_back(judged.assessment->features[feature].drift->psi_beyond_chance());
  const double threshold = findings.tolerance.psi;
  const double top = std::max(2 * threshold, *std::max_element(values.begin(), values.end()));
  const auto y = [&](double value) { return 26 - 24 * std::max(0.0, value) / top; };
  std::string points;
  double x = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    x = 2 + 92 * static_cast<double>(i) / static_cast<double>(values.size() - 1);
    points += fmt::format("{:.1f},{:.1f} ", x, y(values[i]));
  }
  return fmt::format(
      "<svg class=\"spark {}\" viewBox=\"0 0 96 28\" role=\"img\" aria-label=\"PSI beyond chance, from {:.3f} in the "
      "first interval "
      "to "
      "{:.3f} in the last\"><line x1=\"0\" x2=\"96\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><polyline points=\"{}\"/><circle "
      "cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\"/></svg>",
      text_of(health_of(findings, feature)->health), values.front(), values.back(), y(threshold), y(threshold), points,
      x, y(values.back()));
}

std::string range_cell(const Findings& findings, std::size_t feature) {
  const Counters& counters = findings.history.total;
  const std::uint64_t below = counters.below[feature];
  const std::uint64_t above = counters.above[feature];
  if (below + above == 0) return "0";
  const std::string sides = below == 0   ? fmt::format("{} above", above)
                            : above == 0 ? fmt::format("{} below", below)
                                         : fmt::format("{} below, {} above", below, above);
  return sides + " " + soft(percent(below + above, counters.rows));
}

std::string refused_cell(const Findings& findings, std::size_t feature) {
  const Counters& counters = findings.history.total;
  if (counters.refusals.empty()) return "";
  const std::uint64_t refused = counters.refusals[feature];
  if (refused == 0) return "0";
  return fmt::format("{} {}", refused, soft(percent(refused, counters.rows + counters.refused)));
}

std::string sample_cell(const Findings& findings, std::size_t feature) {
  const Drift* drift = drift_of(findings, feature);
  if (drift == nullptr) return fmt::format("{}", findings.history.total.rows);
  return fmt::format("{} {}", drift->rows, soft(fmt::format("against {}", drift->baseline_rows)));
}

std::string since_text(const Findings& findings, const Since& since) {
  const bool one = findings.history.devices().size() == 1;
  const std::string who = one ? "" : fmt::format("device {}, ", since.device_id);
  if (since.rows_before == 0) return who + "from its first row on";
  return fmt::format("{}report {}, after {} rows", who, since.sequence, since.rows_before);
}

std::string since_cell(const Findings& findings, std::size_t feature) {
  const std::optional<Since>& since = findings.since[feature];
  return since ? escaped(since_text(findings, *since)) : "";
}

const std::vector<TableColumn>& table_columns() {
  static const std::vector<TableColumn> kColumns = {{"Feature", name_cell},
                                                    {"State", state_cell},
                                                    {"PSI and its limit", psi_cell},
                                                    {"Impact", impact_cell},
                                                    {"Trend", trend_cell},
                                                    {"p and its limit", p_value_cell},
                                                    {"Other distances", distances_cell},
                                                    {"Out of range", range_cell},
                                                    {"Refused", refused_cell},
                                                    {"Rows", sample_cell},
                                                    {"Since", since_cell}};
  return kColumns;
}

std::string table(const Findings& findings, std::span<const std::size_t> features,
                  const std::vector<TableColumn>& columns) {
  std::string text = "<table class=\"cards\" role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\">";
  for (const TableColumn& column : columns) {
    text += fmt::format("<th scope=\"col\" role=\"columnheader\">{}</th>", column.label);
  }
  text += "</tr></thead>\n<tbody role=\"rowgroup\">\n";
  for (const std::size_t feature : features) {
    text += "<tr role=\"row\">";
    for (const TableColumn& column : columns) {
      const std::string cell = column.cell(findings, feature);
      text += &column == &columns.front()
                  ? fmt::format("<th scope=\"row\" role=\"rowheader\">{}</th>", cell)
                  : fmt::format("<td role=\"cell\" data-label=\"{}\">{}</td>", column.label, cell);
    }
    text += "</tr>\n";
  }
  return text + "</tbody></table>\n";
}

/// All that are not ok, and some more to compare them with.
std::size_t features_shown(const Findings& findings, std::span<const std::size_t> order) {
  const auto is_bad = [&](std::size_t i) {
    const FeatureHealth* health = health_of(findings, i);
    return health != nullptr && health->health != Health::kOk;
  };
  const auto bad = static_cast<std::size_t>(std::count_if(order.begin(), order.end(), is_bad));
  const std::size_t shown = std::min(kFeaturesShown, bad + kGoodFeaturesShown);
  constexpr std::size_t kNotWorthFolding = 3;
  return shown + kNotWorthFolding < order.size() ? shown : order.size();
}

std::string features_section(const Findings& findings, std::span<const std::size_t> order) {
  std::vector<TableColumn> columns;
  for (const TableColumn& column : table_columns()) {
    const auto has_text = [&](std::size_t feature) { return !column.cell(findings, feature).empty(); };
    if (std::any_of(order.begin(), order.end(), has_text)) columns.push_back(column);
  }
  const std::size_t shown = features_shown(findings, order);
  std::string body = table(findings, order.first(shown), columns);
  if (shown < order.size()) {
    body += fmt::format("<details><summary>{} more, no worse than these</summary>\n{}</details>\n",
                        html::plural(order.size() - shown, "feature"), table(findings, order.subspan(shown), columns));
  }
  return html::section("Features, the worst first", body);
}

void add_fact(std::string& facts, const std::string& name, const std::string& value) {
  if (value.empty()) return;
  facts += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escaped(name), value);
}

std::string refused_text(const Counters& counters) {
  if (counters.refused == 0) return "0";
  std::string why;
  if (counters.missing > 0) why += fmt::format(", {} missing", counters.missing);
  if (counters.not_finite > 0) why += fmt::format(", {} not finite", counters.not_finite);
  return fmt::format("{} ({}{})", counters.refused, percent(counters.refused, counters.rows + counters.refused), why);
}

std::string facts(const Findings& findings) {
  const History& history = findings.history;
  std::string text = "<dl class=\"facts\">\n";
  add_fact(text, "Rows predicted", fmt::format("{}", history.total.rows));
  add_fact(text, "Rows refused", refused_text(history.total));
  if (findings.assessment && findings.assessment->outside_share) {
    add_fact(text, "Rows with a feature out of range",
             fmt::format("{} ({:.1f} %)", history.total.outside, 100 * *findings.assessment->outside_share));
  }
  if (findings.assessment && findings.assessment->expected_accuracy) {
    add_fact(text, "Accuracy to expect, of rows in range",
             fmt::format("{:.1f} %{}", 100 * *findings.assessment->expected_accuracy,
                         findings.has_held_out() ? "" : ", flattered: no rows were held out"));
  }
  if (const std::optional<std::size_t> feature = findings.matters_most()) {
    add_fact(text, "Drift that matters most", escaped(findings.feature_name(*feature)));
  }
  const std::vector<std::uint64_t> devices = history.devices();
  add_fact(text, devices.size() == 1 ? "Device" : "Devices",
           fmt::format("{}", devices.size() == 1 ? devices.front() : devices.size()));
  add_fact(text, "Reports", fmt::format("{}", history.intervals.size()));
  if (findings.model != nullptr) {
    const exporting::Lineage& lineage = findings.model->lineage;
    add_fact(text, "Model", escaped(fmt::format("{} for {}", lineage.model, lineage.target)));
    add_fact(text, "Trained on", html::plural(lineage.training_rows, "row"));
  }
  add_fact(text, "Model id", exporting::hex(history.model));
  return text + "</dl>\n";
}

/// What somebody should do about it.
const char* advice(Health health) {
  constexpr const char* kAdvice[] = {
      "Rows look like those of training.",
      "Rows differ from those of training a little, and more than chance explains: look again after more rows.",
      "Rows no longer look like those of training: check the sensor, then train again with rows of today.",
      "An input says nothing any more: check the sensor and its wiring before anything else."};
  return kAdvice[static_cast<int>(health)];
}

/// The earliest worst feature's start, in a sentence.
std::string since_sentence(const Findings& findings, std::span<const std::size_t> order) {
  const auto at =
      std::find_if(order.begin(), order.end(), [&](std::size_t i) { return findings.since[i].has_value(); });
  if (at == order.end()) return "";
  const std::string when = since_text(findings, *findings.since[*at]);
  return fmt::format("<p>Since: {}.</p>\n", escaped(when));
}

std::string headline(const Findings& findings, std::span<const std::size_t> order) {
  if (!findings.assessment) {
    return "<section class=\"headline unknown\">\n<p class=\"word\">? not judged</p>\n<p class=\"reason\">Give the "
           "model "
           "(<code>--model</code>) to compare the rows with those of training.</p>\n" +
           facts(findings) + "</section>\n";
  }
  const Assessment& assessment = *findings.assessment;
  std::string text = fmt::format("<section class=\"headline {0}\">\n<p class=\"word\">{1} {0}</p>\n",
                                 text_of(assessment.health), symbol_of(assessment.health));
  if (!assessment.reason.empty()) text += fmt::format("<p class=\"reason\">{}</p>\n", escaped(assessment.reason));
  text += since_sentence(findings, order);
  text += fmt::format("<p>{}</p>\n", advice(assessment.health));
  if (findings.history.saturated) text += "<p>A counter is full: counting has stopped.</p>\n";
  return text + facts(findings) + "</section>\n";
}

void add(std::vector<html::Chart>& charts, std::optional<html::Chart> chart) {
  if (chart) charts.push_back(std::move(*chart));
}

std::string charts_section(const char* title, const std::vector<html::Chart>& charts) {
  return charts.empty() ? "" : html::section(title, html::figures(charts));
}

/// All that are not ok, up to a few; of a healthy model the first two.
std::string histograms_section(const Findings& findings, std::span<const std::size_t> order) {
  std::vector<html::Chart> charts;
  for (const std::size_t feature : order) {
    const bool fine = findings.assessment && findings.assessment->features[feature].health == Health::kOk;
    if (charts.size() == kHistogramsShown || (fine && charts.size() >= 2)) break;
    add(charts, feature_chart(findings, feature));
  }
  return charts_section("What the worst features look like", charts);
}

/// The devices, the worst first; of those alike the one with most rows.
std::vector<Findings> worst_devices(const Findings& findings) {
  std::vector<Findings> devices = judge_devices(findings);
  std::stable_sort(devices.begin(), devices.end(), [](const Findings& a, const Findings& b) {
    return a.health() != b.health() ? a.health() > b.health() : a.history.total.rows > b.history.total.rows;
  });
  return devices;
}

/// A line a device, the worst first.
std::string devices_section(std::span<const Findings> devices) {
  if (devices.size() < 2) return "";
  const auto shown = devices.first(std::min(devices.size(), kDevicesShown));
  std::string body =
      "<table><thead><tr><th scope=\"col\">Device</th><th scope=\"col\">State</th>"
      "<th scope=\"col\">Rows</th><th scope=\"col\">Why</th></tr></thead>\n<tbody>\n";
  for (const Findings& device : shown) {
    body += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td class=\"reason\">{}</td></tr>\n",
                        device.history.latest.front().context.device_id, state(device.health()),
                        device.history.total.rows, escaped(device.assessment->reason));
  }
  body += "</tbody></table>\n";
  if (shown.size() < devices.size()) {
    body += fmt::format("<p class=\"soft\">{} more, no worse than these.</p>\n",
                        html::plural(devices.size() - shown.size(), "device"));
  }
  return html::section("Devices, the worst first", body);
}

std::string timelines_section(std::span<const Findings> all, std::span<const std::size_t> order) {
  const std::span<const std::size_t> features = order.first(std::min(order.size(), kFeaturesShown));
  std::vector<html::Chart> charts;
  add(charts, devices_chart(all.first(std::min(all.size(), kDevicesShown)), features));
  for (const Findings& device : all.first(std::min(all.size(), kTimelinesShown))) {
    add(charts, timeline_chart(device, features));
  }
  return charts_section("Since when", charts);
}

std::string outputs_section(const Findings& findings) {
  std::vector<html::Chart> charts;
  add(charts, class_chart(findings));
  add(charts, output_chart(findings));
  add(charts, latency_chart(findings));
  return charts_section("What the model answers", charts);
}

std::string weight_note(const Findings& findings) {
  const std::optional<Contributions>& contributions = findings.history.contributions;
  if (contributions) {
    return fmt::format(
        "<p>Impact: PSI beyond chance times the share of the largest mean contribution. Contributions are mean sizes, "
        "in "
        "units of the score, of {}{}.</p>\n",
        html::plural(contributions->rows, "row"),
        contributions->exact ? "" : "; a forest's are approximate, by what was asked on the way to its leaves");
  }
  if (!findings.weight(0)) return "";
  return "<p>Impact: PSI beyond chance times importance, what shuffling the feature cost in training as a share of "
         "what shuffling the most important one did.</p>\n";
}

std::string method_section(const Findings& findings) {
  const Tolerance& tolerance = findings.tolerance;
  std::string body = fmt::format(
      "<p><b>Watch</b>: the chance of so large a difference without drift, p, is below {} for all features together "
      "(divided by their number for one). <b>Drift</b>: besides, the population stability index is {} above what "
      "chance "
      "alone makes of that many rows; or more than {:.0f} % of the rows, and at least {}, are out of the training "
      "range. "
      "<b>Broken</b>: more than {:.0f} % of the rows are refused because of the feature, or it does not change.</p>\n",
      tolerance.p_value, tolerance.psi, 100 * tolerance.share, tolerance.rows, 100 * tolerance.share);
  body += fmt::format(
      "<p>Since when: neighbouring reports are put together until they have {} rows; the first of those from which on "
      "the "
      "feature is drift or broken up to the last report counts.</p>\n",
      kFewestRowsToJudge);
  body += weight_note(findings);
  return html::section("How this is judged", body);
}

}  // namespace

std::string monitor_page(const Findings& findings, const std::string& model_name) {
  const std::vector<std::size_t> order = findings.by_severity();
  std::string body = headline(findings, order);
  body += features_section(findings, order);
  if (findings.assessment) {
    const std::vector<Findings> devices = worst_devices(findings);
    body += devices_section(devices);
    body += histograms_section(findings, order);
    body += timelines_section(devices, order);
  }
  body += outputs_section(findings);
  if (findings.assessment) body += method_section(findings);
  const std::string subtitle = fmt::format("{} of {} in {}", html::plural(findings.history.total.rows, "row"),
                                           html::plural(findings.history.devices().size(), "device"),
                                           html::plural(findings.history.intervals.size(), "report"));
  const std::string what = findings.assessment ? text_of(findings.health()) : "not judged";
  return html::page(fmt::format("{}: {}", model_name, what), subtitle, body);
}

}  // namespace nuthatch::report
