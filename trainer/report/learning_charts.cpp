#include "report/learning_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace nuthatch::report {
namespace {

using html::Chart;
using html::Json;

constexpr const char* kLearning = R"spec({
  "height": 220,
  "mark": {"type": "line", "strokeWidth": 2, "point": {"filled": true, "size": 50, "opacity": 1}},
  "encoding": {
    "x": {"field": "rows", "type": "quantitative", "title": "training rows", "scale": {"zero": false},
          "axis": {"tickCount": 5, "format": "~s"}},
    "y": {"field": "score", "type": "quantitative", "scale": {"zero": false}, "axis": {"tickCount": 5}},
    "color": {"field": "on", "scale": {"domain": ["training", "other"], "range": ["var(--training)", "var(--deployed)"]}},
    "tooltip": [{"field": "rows", "title": "training rows"}, {"field": "on", "title": "scored on"},
                {"field": "score", "format": ".4f"}]
  }
})spec";

constexpr const char* kValidation = R"spec({
  "height": 200,
  "mark": {"type": "point", "filled": true, "opacity": 0.9},
  "encoding": {
    "x": {"field": "value", "type": "quantitative", "scale": {"zero": false}, "axis": {"tickCount": 5, "format": "~g", "labelOverlap": true}},
    "y": {"field": "score", "type": "quantitative", "scale": {"zero": false}, "axis": {"tickCount": 4}},
    "fill": {"condition": {"test": "datum.chosen", "value": "var(--heat-4)"}, "value": "var(--deployed)"},
    "size": {"condition": {"test": "datum.chosen", "value": 110}, "value": 34},
    "tooltip": [{"field": "value", "format": ".4~g"}, {"field": "score", "format": ".4f"}]
  }
})spec";

constexpr const char* kImportance = R"spec({
  "encoding": {
    "y": {"field": "feature", "type": "nominal", "sort": null, "title": null, "axis": {"domain": false, "ticks": false}}
  },
  "layer": [
    {"mark": {"type": "bar", "fill": "var(--deployed)", "height": {"band": 0.6}},
     "encoding": {
       "x": {"field": "loss", "type": "quantitative", "axis": {"tickCount": 4}},
       "tooltip": [{"field": "feature"}, {"field": "loss", "format": ".4f"}, {"field": "deviation", "format": ".4f"}]}},
    {"mark": {"type": "rule", "stroke": "var(--ink)", "strokeWidth": 1.5},
     "encoding": {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}}}
  ]
})spec";

constexpr const char* kPrecisions = R"spec({
  "mark": {"type": "point", "filled": true, "opacity": 1},
  "encoding": {
    "y": {"field": "precision", "type": "nominal", "sort": null, "title": null, "axis": {"domain": false, "ticks": false, "grid": true}},
    "x": {"field": "score", "type": "quantitative", "scale": {"zero": false, "padding": 12}, "axis": {"tickCount": 4}},
    "fill": {"condition": {"test": "datum.chosen", "value": "var(--heat-4)"}, "value": "var(--deployed)"},
    "size": {"value": 90},
    "tooltip": [{"field": "precision"}, {"field": "score", "format": ".4f"}]
  }
})spec";

constexpr const char* kFront = R"spec({
  "height": 220,
  "layer": [
    {"mark": {"type": "line", "interpolate": "step-after", "stroke": "var(--training)", "strokeWidth": 1.5},
     "encoding": {"x": {"field": "best_cost", "type": "quantitative"}, "y": {"field": "best_score", "type": "quantitative"},
                  "order": {"field": "order"}}},
    {"mark": {"type": "point", "filled": true, "opacity": 1},
     "encoding": {
       "x": {"field": "cost", "type": "quantitative"}, "y": {"field": "score", "type": "quantitative"},
       "fill": {"condition": {"test": "datum.chosen", "value": "var(--heat-4)"}, "value": "var(--deployed)"},
       "size": {"condition": {"test": "datum.chosen", "value": 130}, "value": 50},
       "tooltip": [{"field": "family"}, {"field": "score", "format": ".4f"}, {"field": "flash", "title": "flash, bytes"},
                   {"field": "ram", "title": "RAM, bytes"}, {"field": "instructions"}]}}
  ]
})spec";

constexpr std::size_t kFeaturesShown = 20;

/// Numbers of some orders of magnitude, all above 0, belong on a logarithmic axis.
bool wants_logarithm(double low, double high) { return low > 0 && high > 20 * low; }

Chart front_chart(const ModelReport& report, const char* title, const char* axis, const std::string& metric,
                  std::uint64_t TunedModel::*cost) {
  std::vector<TunedModel> models = report.front;
  std::sort(models.begin(), models.end(), [&](const TunedModel& a, const TunedModel& b) { return a.*cost < b.*cost; });
  Json values = Json::array();
  double best = -1e300;
  for (std::size_t i = 0; i < models.size(); ++i) {
    const TunedModel& model = models[i];
    best = std::max(best, model.score);
    values.push_back({{"family", model.family},
                      {"cost", model.*cost},
                      {"score", model.score},
                      {"best_cost", model.*cost},
                      {"best_score", best},
                      {"order", i},
                      {"flash", model.flash_bytes},
                      {"ram", model.ram_bytes},
                      {"instructions", model.instructions},
                      {"chosen", model.chosen}});
  }
  Json spec = Json::parse(kFront);
  spec["data"]["values"] = std::move(values);
  const bool logarithm =
      wants_logarithm(static_cast<double>(models.front().*cost), static_cast<double>(models.back().*cost));
  for (Json& layer : spec["layer"]) {
    layer["encoding"]["x"].update({{"title", axis},
                                   {"scale", {{"type", logarithm ? "log" : "linear"}, {"zero", false}}},
                                   {"axis", {{"tickCount", 4}, {"format", "~s"}, {"labelOverlap", true}}}});
    layer["encoding"]["y"].update(
        {{"title", metric + " on folds"}, {"scale", {{"zero", false}}}, {"axis", {{"tickCount", 5}}}});
  }
  return Chart{title,
               "Each point is a model that no other beats in all respects; the line is the best score for so much.",
               std::move(spec),
               {{"heat-4", "chosen"}, {"deployed", "the others"}}};
}

}  // namespace

std::vector<std::size_t> by_importance(const explain::Importance& importance) {
  std::vector<std::size_t> order(importance.features.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return importance.features[a].mean > importance.features[b].mean;
  });
  return order;
}

std::optional<Chart> learning_chart(const LearningCurve& curve, const std::string& metric) {
  if (curve.points.size() < 2) return std::nullopt;
  Json values = Json::array();
  for (const LearningCurve::Point& point : curve.points) {
    values.push_back({{"rows", point.rows}, {"on", "training"}, {"score", point.train}});
    values.push_back({{"rows", point.rows}, {"on", "other"}, {"score", point.test}});
  }
  Json spec = Json::parse(kLearning);
  spec["data"]["values"] = std::move(values);
  spec["encoding"]["y"]["title"] = metric;
  return Chart{"Would more rows help?",
               "The learning curve. If the blue line still climbs at the right, more rows help. If both have met and "
               "are flat, they do not: try other features or another model. A wide gap is overfitting.",
               std::move(spec),
               {{"training", "on the rows learned from"}, {"deployed", "on " + curve.tested_on}}};
}

Chart validation_chart(const ValidationCurve& curve, const std::string& metric) {
  Json values = Json::array();
  double low = curve.trials.front().first;
  double high = low;
  for (const auto& [value, score] : curve.trials) {
    values.push_back({{"value", value}, {"score", score}, {"chosen", curve.chosen && *curve.chosen == value}});
    low = std::min(low, value);
    high = std::max(high, value);
  }
  Json spec = Json::parse(kValidation);
  spec["data"]["values"] = std::move(values);
  spec["encoding"]["x"]["title"] = "--" + curve.flag;
  spec["encoding"]["y"]["title"] = metric + ", first fold";
  if (wants_logarithm(low, high)) spec["encoding"]["x"]["scale"] = {{"type", "log"}};
  return Chart{fmt::format("--{} and the score", curve.flag),
               "A point a trial of the chosen family, scored on the first fold, which all were tried on; other flags "
               "differ, too. Best values that crowd at an edge say that it is worth looking beyond.",
               std::move(spec),
               {{"heat-4", "the chosen value"}, {"deployed", "the others"}}};
}

std::optional<Chart> importance_chart(const ModelReport& report) {
  if (!report.importance) return std::nullopt;
  std::vector<std::size_t> order = by_importance(*report.importance);
  const std::size_t all = order.size();
  order.resize(std::min(all, kFeaturesShown));
  Json values = Json::array();
  for (const std::size_t feature : order) {
    const explain::FeatureImportance& found = report.importance->features[feature];
    values.push_back({{"feature", report.model->contents().feature_names[feature]},
                      {"loss", found.mean},
                      {"deviation", found.deviation},
                      {"low", found.mean - found.deviation},
                      {"high", found.mean + found.deviation}});
  }
  Json spec = Json::parse(kImportance);
  spec["height"] = 24 * order.size();
  spec["data"]["values"] = std::move(values);
  for (Json& layer : spec["layer"]) {
    layer["encoding"]["x"]["title"] = report.importance->metric == "r2" ? "R² that is lost" : "accuracy that is lost";
  }
  return Chart{
      "Which features matter",
      fmt::format("What the score loses when a feature is shuffled among {}; the thin line is one standard "
                  "deviation over the repeats. A feature near 0 may be one to leave out{}. Features that tell "
                  "the same share their importance.",
                  report.importance_rows,
                  order.size() < all ? fmt::format("; {} less important ones are not drawn", all - order.size()) : ""),
      std::move(spec),
      {}};
}

std::optional<Chart> precision_chart(const ModelReport& report, const std::string& metric) {
  constexpr double kVisible = 5e-4;  // a smaller difference is no news
  const auto less = [](const PrecisionScore& a, const PrecisionScore& b) { return a.score < b.score; };
  const auto [low, high] = std::minmax_element(report.precisions.begin(), report.precisions.end(), less);
  if (report.precisions.empty() || high->score - low->score < kVisible) return std::nullopt;
  Json values = Json::array();
  for (const PrecisionScore& each : report.precisions) {
    values.push_back({{"precision", each.precision}, {"score", each.score}, {"chosen", each.chosen}});
  }
  Json spec = Json::parse(kPrecisions);
  spec["height"] = 34 * report.precisions.size();
  spec["data"]["values"] = std::move(values);
  spec["encoding"]["x"]["title"] = metric;
  return Chart{"What rounding costs",
               "The same learned model on the same rows, written with fewer bits each time. A smaller precision is "
               "worth it where the points lie close together; mind the axis, which may span very little.",
               std::move(spec),
               {{"heat-4", "written"}, {"deployed", "the others"}}};
}

std::vector<Chart> front_charts(const ModelReport& report, const std::string& metric) {
  if (report.front.empty()) return {};
  return {front_chart(report, "Score for flash", "flash, bytes", metric, &TunedModel::flash_bytes),
          front_chart(report, "Score for RAM", "RAM, bytes", metric, &TunedModel::ram_bytes),
          front_chart(report, "Score for instructions", "instructions a prediction, at most", metric,
                      &TunedModel::instructions)};
}

}  // namespace nuthatch::report
