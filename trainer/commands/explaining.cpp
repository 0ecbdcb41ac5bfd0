#include "commands/explaining.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "commands/common.hpp"

namespace nuthatch::commands {
namespace {

using exporting::LoadedModel;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMostShown = 40;
constexpr std::size_t kMostCurves = 8;

/// Indices, the largest size first; equal ones in the model's order.
std::vector<std::size_t> by_size(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return std::abs(values[a]) > std::abs(values[b]); });
  return order;
}

/// The mean size of each feature's contributions.
std::vector<double> mean_sizes(const std::vector<explain::Contributions>& rows) {
  std::vector<double> sizes(rows.empty() ? 0 : rows.front().values.size(), 0);
  for (const explain::Contributions& row : rows) {
    for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] += std::abs(row.values[i]);
  }
  for (double& size : sizes) size /= static_cast<double>(rows.size());
  return sizes;
}

std::vector<double> means(const explain::Importance& importance) {
  std::vector<double> values;
  for (const explain::FeatureImportance& feature : importance.features) values.push_back(feature.mean);
  return values;
}

const std::string& class_name(const LoadedModel& model, std::size_t index) { return model.contents().classes[index]; }

std::size_t name_width(const LoadedModel& model) {
  std::size_t width = 7;
  for (const std::string& name : model.contents().feature_names) width = std::max(width, name.size());
  return std::min<std::size_t>(width, 40);
}

/// Of text that is there.
const std::string& category_name(const data::Dataset& rows, std::size_t feature, double value) {
  return rows.names[feature][static_cast<std::size_t>(value)];
}

std::string value_text(const data::Dataset& rows, std::size_t feature, std::size_t row) {
  const float value = rows.columns[feature][row];
  if (std::isnan(value)) return "missing";
  return rows.is_text(feature) ? category_name(rows, feature, value) : fmt::format("{}", value);
}

/// `line` of an index for the first ones in order, and how many are left out.
template <typename Line>
std::string lines_of(const std::vector<std::size_t>& order, const Line& line) {
  std::string text;
  const std::size_t shown = std::min(order.size(), kMostShown);
  for (std::size_t i = 0; i < shown; ++i) text += line(order[i]);
  if (shown < order.size()) text += fmt::format("and {} smaller ones; --json has them\n", order.size() - shown);
  return text;
}

std::string row_text(const LoadedModel& model, const Findings& findings, const explain::Contributions& row) {
  const auto& names = model.contents().feature_names;
  const std::size_t width = name_width(model);
  std::string text = fmt::format("row {}", row.row + 1);
  if (row.answer) text += fmt::format(": {}", data::brief(class_name(model, *row.answer)));
  text += '\n';
  const std::string of =
      row.of.class_index ? fmt::format(" of {}", data::brief(class_name(model, *row.of.class_index))) : std::string();
  text += fmt::format("score{} {:.6g} = base {:.6g} {} {:.6g} of the features\n", of, row.score, row.base,
                      row.score < row.base ? "-" : "+", std::abs(row.score - row.base));
  text += fmt::format("{:<{}} {:>14} {:>14}\n", "feature", width, "value", "contribution");
  return text + lines_of(by_size(row.values), [&](std::size_t i) {
           return fmt::format("{:<{}} {:>14} {:>+14.6g}\n", data::brief(names[i]), width,
                              data::brief(value_text(*findings.rows, i, row.row)), row.values[i]);
         });
}

std::string whole_text(const LoadedModel& model, const std::vector<explain::Contributions>& rows) {
  const std::vector<double> sizes = mean_sizes(rows);
  const std::size_t width = name_width(model);
  std::string text = fmt::format("{:<{}} {:>22}\n", "feature", width, "mean size over " + std::to_string(rows.size()));
  return text + lines_of(by_size(sizes), [&](std::size_t i) {
           return fmt::format("{:<{}} {:>22.6g}\n", data::brief(model.contents().feature_names[i]), width, sizes[i]);
         });
}

std::string background_text(const BackgroundName& background) {
  const std::string drawn =
      background.drawn_of == 0 ? "" : fmt::format(" drawn of {} by --seed {}", background.drawn_of, background.seed);
  return fmt::format("background: {}, {} rows{}{}\n", background.file, background.rows, drawn,
                     background.refused == 0 ? "" : fmt::format(" ({} refused)", background.refused));
}

std::string importance_text(const LoadedModel& model, const explain::Importance& importance) {
  const std::size_t width = name_width(model);
  std::string text = fmt::format("{} {}; what it loses when a feature's values are shuffled:\n", importance.metric,
                                 four_digits(importance.score));
  text += fmt::format("{:<{}} {:>10} {:>10}\n", "feature", width, "mean", "sd");
  return text + lines_of(by_size(means(importance)), [&](std::size_t i) {
           const explain::FeatureImportance& feature = importance.features[i];
           return fmt::format("{:<{}} {:>10} {:>10}\n", data::brief(model.contents().feature_names[i]), width,
                              four_digits(feature.mean), four_digits(feature.deviation));
         });
}

std::string dependence_text(const LoadedModel& model, const Findings& findings) {
  const explain::Dependence& dependence = *findings.dependence;
  const std::string of =
      dependence.class_index ? " of " + data::brief(class_name(model, *dependence.class_index)) : std::string();
  const std::size_t feature = findings.dependence_feature;
  const std::string name = data::brief(model.contents().feature_names[feature]);
  std::string text = fmt::format("{}{} by {}, over {} rows\n", dependence.value, of, name, dependence.rows.size());
  text += fmt::format("{:>14} {:>14}", "value", "mean");
  const std::size_t shown = findings.ice ? std::min(dependence.rows.size(), kMostCurves) : 0;
  for (std::size_t i = 0; i < shown; ++i) text += fmt::format(" {:>12}", fmt::format("row {}", dependence.rows[i] + 1));
  text += '\n';
  for (std::size_t point = 0; point < dependence.grid.size(); ++point) {
    const double at = dependence.grid[point];
    const std::string value = findings.rows->is_text(feature) ? data::brief(category_name(*findings.rows, feature, at))
                                                              : fmt::format("{:.6g}", at);
    text += fmt::format("{:>14} {:>14.6g}", value, dependence.mean[point]);
    for (std::size_t i = 0; i < shown; ++i) text += fmt::format(" {:>12.6g}", dependence.each[i][point]);
    text += '\n';
  }
  const std::size_t left = findings.ice ? dependence.rows.size() - shown : 0;
  if (left > 0) text += fmt::format("and {} more rows; --json has them\n", left);
  return text;
}

/// As it is written shortest, 3.3 and not 3.299999952316284; null for what is missing.
Json shortest(float value) { return std::isfinite(value) ? Json(std::stod(fmt::format("{}", value))) : Json(); }

Json class_json(const LoadedModel& model, std::optional<std::size_t> index) {
  return index ? Json(class_name(model, *index)) : Json();
}

Json row_json(const LoadedModel& model, const Findings& findings, const explain::Contributions& row) {
  Json contributions = Json::array();
  for (const std::size_t i : by_size(row.values)) {
    const float value = findings.rows->columns[i][row.row];
    const bool name = findings.rows->is_text(i) && !std::isnan(value);
    contributions.push_back({{"feature", model.contents().feature_names[i]},
                             {"value", name ? Json(value_text(*findings.rows, i, row.row)) : shortest(value)},
                             {"contribution", row.values[i]}});
  }
  Json json = {{"row", row.row + 1}};
  json["prediction"] = class_json(model, row.answer);
  json["class"] = class_json(model, row.of.class_index);
  json["base"] = row.base;
  json["score"] = row.score;
  json["contributions"] = contributions;
  return json;
}

Json whole_json(const LoadedModel& model, const std::vector<explain::Contributions>& rows) {
  const std::vector<double> sizes = mean_sizes(rows);
  Json json = Json::array();
  for (const std::size_t i : by_size(sizes)) {
    json.push_back({{"feature", model.contents().feature_names[i]}, {"mean_abs_contribution", sizes[i]}});
  }
  return json;
}

Json background_json(const BackgroundName& background) {
  return {{"file", background.file},
          {"sha256", background.sha256 ? Json(*background.sha256) : Json()},
          {"rows", background.rows},
          {"refused", background.refused},
          {"drawn_of", background.drawn_of == 0 ? Json() : Json(background.drawn_of)}};
}

Json importance_json(const LoadedModel& model, const explain::Importance& importance) {
  Json json = Json::array();
  for (const std::size_t i : by_size(means(importance))) {
    json.push_back({{"feature", model.contents().feature_names[i]},
                    {"mean", importance.features[i].mean},
                    {"sd", importance.features[i].deviation}});
  }
  return json;
}

Json dependence_json(const LoadedModel& model, const Findings& findings) {
  const explain::Dependence& dependence = *findings.dependence;
  Json grid = Json::array();
  const bool text = findings.rows->is_text(findings.dependence_feature);
  for (const double point : dependence.grid) {
    grid.push_back(text ? Json(category_name(*findings.rows, findings.dependence_feature, point))
                        : shortest(static_cast<float>(point)));
  }
  Json json = {{"feature", model.contents().feature_names[findings.dependence_feature]},
               {"value", dependence.value},
               {"class", class_json(model, dependence.class_index)},
               {"rows", dependence.rows.size()},
               {"grid", grid},
               {"mean", dependence.mean}};
  if (!findings.ice) return json;
  json["ice"] = Json::array();
  for (std::size_t i = 0; i < dependence.rows.size(); ++i) {
    json["ice"].push_back({{"row", dependence.rows[i] + 1}, {"values", dependence.each[i]}});
  }
  return json;
}

}  // namespace

std::string findings_text(const LoadedModel& model, const Findings& findings) {
  std::vector<std::string> parts;
  for (const explain::Contributions& row : findings.single) parts.push_back(row_text(model, findings, row));
  if (findings.whole) parts.push_back(whole_text(model, *findings.whole));
  if (findings.background) parts.push_back(background_text(*findings.background));
  if (findings.importance) parts.push_back(importance_text(model, *findings.importance));
  if (findings.dependence) parts.push_back(dependence_text(model, findings));
  return fmt::format("{}", fmt::join(parts, "\n"));
}

std::string findings_json(const LoadedModel& model, const Findings& findings) {
  Json json = {{"model", findings.model}, {"data", findings.data}};
  if (findings.background) json["background"] = background_json(*findings.background);
  if (findings.single.size() == 1) {
    json.update(row_json(model, findings, findings.single.front()));
  } else if (!findings.single.empty()) {
    json["rows"] = Json::array();
    for (const explain::Contributions& row : findings.single) json["rows"].push_back(row_json(model, findings, row));
  }
  if (findings.whole) {
    json["answered_rows"] = findings.whole->size();
    json["contributions"] = whole_json(model, *findings.whole);
  }
  if (findings.importance) {
    json["metric"] = findings.importance->metric;
    json["metric_score"] = findings.importance->score;
    json["importance"] = importance_json(model, *findings.importance);
  }
  if (findings.dependence) json["dependence"] = dependence_json(model, findings);
  // A class may be named by any bytes; the rest is UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace nuthatch::commands
