#include "report/shape_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evaluate/answers.hpp"
#include "report/answer_charts.hpp"
#include "report/sample.hpp"

namespace nuthatch::report {
namespace {

using exporting::LoadedModel;
using exporting::Predictions;
using html::Chart;
using html::Json;

constexpr const char* kPlane = R"spec({
  "height": 340,
  "layer": [
    {"mark": {"type": "rect", "opacity": 0.3, "clip": true},
     "encoding": {
       "x": {"field": "x", "type": "quantitative"}, "x2": {"field": "x2"},
       "y": {"field": "y", "type": "quantitative"}, "y2": {"field": "y2"},
       "fill": {"field": "color", "type": "nominal", "scale": null}}},
    {"mark": {"type": "point", "filled": true, "size": 46, "opacity": 1},
     "encoding": {
       "strokeWidth": {"condition": {"test": "datum.wrong", "value": 2}, "value": 1},
       "x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"},
       "fill": {"field": "color", "type": "nominal", "scale": null},
       "stroke": {"condition": {"test": "datum.wrong", "value": "var(--ink)"}, "value": "var(--card)"},
       "tooltip": [{"field": "x", "format": ".5~g"}, {"field": "y", "format": ".5~g"},
                   {"field": "truth", "title": "true class"}, {"field": "answer"}]}}
  ]
})spec";

constexpr const char* kSeparator = R"spec({
  "mark": {"type": "line", "stroke": "var(--ink)", "strokeWidth": 2, "clip": true},
  "encoding": {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}}
})spec";

constexpr const char* kFit = R"spec({
  "height": 320,
  "layer": [
    {"mark": {"type": "point", "filled": true, "size": 30, "opacity": 0.75},
     "encoding": {
       "x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"},
       "fill": {"field": "color", "type": "nominal", "scale": null},
       "tooltip": [{"field": "what"}, {"field": "x", "format": ".5~g"}, {"field": "y", "format": ".5~g"}]}},
    {"mark": {"type": "line", "stroke": "var(--deployed)", "strokeWidth": 2},
     "encoding": {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}}}
  ]
})spec";

constexpr std::size_t kGrid = 56;  // cells along each side of a plane
constexpr std::size_t kLinePoints = 200;

struct Range {
  double low = 0;
  double high = 1;

  double at(double share) const { return low + share * (high - low); }
};

/// Of the values that are there, with a margin that leaves points off the frame.
std::optional<Range> range_of(const std::vector<float>& values) {
  Range range{INFINITY, -INFINITY};
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    range.low = std::min(range.low, double{value});
    range.high = std::max(range.high, double{value});
  }
  if (!(range.low < range.high)) return std::nullopt;
  const double margin = 0.04 * (range.high - range.low);
  return Range{range.low - margin, range.high + margin};
}

/// Rows of these feature values, a column each.
data::Dataset rows_of(const LoadedModel& model, std::vector<std::vector<float>> columns) {
  return {"the page", model.contents().feature_names, std::move(columns), {}, {}, {}, {}, {}, {}};
}

std::size_t class_at(const LoadedModel& model, const Predictions& predictions, std::size_t row) {
  return model.model().class_of(predictions.row(row));
}

Json color_of(std::size_t index) { return "var(--" + class_color(index) + ")"; }

/// The plane's cells, each with the class that is answered at its middle.
Json cells(const LoadedModel& model, const Range& across, const Range& up) {
  std::vector<std::vector<float>> columns(2);
  for (std::size_t i = 0; i < kGrid * kGrid; ++i) {
    columns[0].push_back(static_cast<float>(across.at((static_cast<double>(i % kGrid) + 0.5) / kGrid)));
    columns[1].push_back(static_cast<float>(up.at((static_cast<double>(i / kGrid) + 0.5) / kGrid)));
  }
  const Predictions answers = model.predict(rows_of(model, std::move(columns)));
  Json values = Json::array();
  // Neighbours of a line that are answered alike are one rectangle.
  for (std::size_t row = 0; row < kGrid; ++row) {
    for (std::size_t from = 0, to = 0; from < kGrid; from = to) {
      const std::size_t first = row * kGrid + from;
      while (to < kGrid && answers.statuses[row * kGrid + to] == answers.statuses[first] &&
             class_at(model, answers, row * kGrid + to) == class_at(model, answers, first)) {
        ++to;
      }
      if (answers.statuses[first] != Status::kOk) continue;
      values.push_back({{"x", across.at(static_cast<double>(from) / kGrid)},
                        {"x2", across.at(static_cast<double>(to) / kGrid)},
                        {"y", up.at(static_cast<double>(row) / kGrid)},
                        {"y2", up.at(static_cast<double>(row + 1) / kGrid)},
                        {"color", color_of(class_at(model, answers, first))}});
    }
  }
  return values;
}

Json points(const LoadedModel& model, const ScoredRows& scored) {
  const std::vector<std::string>& names = model.contents().classes;
  const evaluate::ClassAnswers answers = evaluate::class_answers(model, *scored.rows, scored.predictions);
  Json values = Json::array();
  for (const std::size_t row : sampled(answers.truth.size())) {
    if (answers.predicted[row] == evaluate::kNoAnswer) continue;
    const auto truth = static_cast<std::size_t>(answers.truth[row]);
    values.push_back({{"x", scored.rows->columns[0][row]},
                      {"y", scored.rows->columns[1][row]},
                      {"truth", names[truth]},
                      {"answer", names[static_cast<std::size_t>(answers.predicted[row])]},
                      {"wrong", answers.truth[row] != answers.predicted[row]},
                      {"color", color_of(truth)}});
  }
  return values;
}

/// What a feature had in training: there no code saturates, so scores of a linear kind are affine.
Range trained_range(const LoadedModel& model, std::size_t index) {
  const quantize::Encoding& inputs = model.contents().inputs();
  const quantize::FeatureEncoding& feature = inputs.features[index];
  return {quantize::value_of_code(feature, inputs.input, feature.low),
          quantize::value_of_code(feature, inputs.input, feature.high)};
}

/// Where the score of a linear model of two classes is its threshold, through the frame. Three points tell an affine
/// score.
std::optional<Json> separating_line(const LoadedModel& model, const Range& across, const Range& up) {
  const bool affine =
      exporting::kind_of(model.contents().predictor) == std::string("linear") && model.contents().prepared() == nullptr;
  if (!affine || model.contents().classes.size() != 2) return std::nullopt;
  const Range x = trained_range(model, 0);
  const Range y = trained_range(model, 1);
  const auto at = [](double value) { return static_cast<float>(value); };
  const Predictions answers =
      model.predict(rows_of(model, {{at(x.low), at(x.high), at(x.low)}, {at(y.low), at(y.low), at(y.high)}}));
  const double base = model.value_of(answers.row(0)[0]);
  const double slope_x = (model.value_of(answers.row(1)[0]) - base) / (x.high - x.low);
  const double slope_y = (model.value_of(answers.row(2)[0]) - base) / (y.high - y.low);
  // rest + slope_x (x - x.low) + slope_y (y - y.low) = 0, from edge to edge of the side along which the line runs.
  const double rest = base - model.value_of(model.model().threshold());
  const bool upright = std::abs(slope_x) * (across.high - across.low) > std::abs(slope_y) * (up.high - up.low);
  Json values = Json::array();
  for (const double share : {0.0, 1.0}) {
    const double left = upright ? x.low - (rest + slope_y * (up.at(share) - y.low)) / slope_x : across.at(share);
    const double low = upright ? up.at(share) : y.low - (rest + slope_x * (across.at(share) - x.low)) / slope_y;
    if (!std::isfinite(left) || !std::isfinite(low)) return std::nullopt;
    values.push_back({{"x", left}, {"y", low}});
  }
  return values;
}

/// The same axis in all layers.
void set_axes(Json& spec, const std::string& x, const std::optional<Range>& across, const std::string& y,
              const std::optional<Range>& up) {
  for (Json& layer : spec["layer"]) {
    layer["encoding"]["x"].update({{"title", x}, {"scale", {{"zero", false}, {"nice", false}}}});
    layer["encoding"]["y"].update({{"title", y}, {"scale", {{"zero", false}, {"nice", false}}}});
    if (across) layer["encoding"]["x"]["scale"]["domain"] = {across->low, across->high};
    if (up) layer["encoding"]["y"]["scale"]["domain"] = {up->low, up->high};
  }
}

}  // namespace

std::optional<Chart> plane_chart(const LoadedModel& model, const ScoredRows& scored) {
  const exporting::ModelContents& contents = model.contents();
  if (!contents.classifies || contents.feature_names.size() != 2 || contents.classes.size() > kColoredClasses ||
      !contents.categories.empty()) {
    return std::nullopt;
  }
  const std::optional<Range> across = range_of(scored.rows->columns[0]);
  const std::optional<Range> up = range_of(scored.rows->columns[1]);
  if (!across || !up) return std::nullopt;
  Json spec = Json::parse(kPlane);
  spec["layer"][0]["data"]["values"] = cells(model, *across, *up);
  spec["layer"][1]["data"]["values"] = points(model, scored);
  const std::optional<Json> line = separating_line(model, *across, *up);
  if (line) {
    spec["layer"].push_back(Json::parse(kSeparator));
    spec["layer"].back()["data"]["values"] = *line;
  }
  set_axes(spec, contents.feature_names[0], across, contents.feature_names[1], up);
  std::vector<html::Key> keys;
  for (std::size_t k = 0; k < contents.classes.size(); ++k) keys.push_back({class_color(k), contents.classes[k]});
  return Chart{
      "What it answers where",
      fmt::format("The plane has the colour of the answer, each point that of its true class; wrong ones are "
                  "ringed.{}{}",
                  line ? " The line is where the model changes its mind." : "", sample_note(scored.rows->rows())),
      std::move(spec), std::move(keys)};
}

std::optional<Chart> fit_chart(const LoadedModel& model, const ScoredRows& scored, bool decimal_comma) {
  const exporting::ModelContents& contents = model.contents();
  if (contents.classifies || contents.feature_names.size() != 1 || !contents.categories.empty()) return std::nullopt;
  const std::optional<Range> across = range_of(scored.rows->columns[0]);
  if (!across) return std::nullopt;
  const evaluate::ValueAnswers answers =
      evaluate::value_answers(model, *scored.rows, scored.predictions, decimal_comma);
  std::vector<float> answered;
  for (std::size_t row = 0; row < scored.rows->rows(); ++row) {
    if (scored.predictions.statuses[row] == Status::kOk) answered.push_back(scored.rows->columns[0][row]);
  }
  Json values = Json::array();
  for (const std::size_t row : sampled(answered.size())) {
    values.push_back({{"what", "truth"}, {"color", "var(--heat-3)"}, {"x", answered[row]}, {"y", answers.truth[row]}});
    values.push_back(
        {{"what", "prediction"}, {"color", "var(--deployed)"}, {"x", answered[row]}, {"y", answers.predicted[row]}});
  }
  std::vector<std::vector<float>> grid(1);
  for (std::size_t i = 0; i <= kLinePoints; ++i) {
    grid[0].push_back(static_cast<float>(across->at(static_cast<double>(i) / kLinePoints)));
  }
  const data::Dataset along = rows_of(model, std::move(grid));
  const Predictions fitted = model.predict(along);
  Json line = Json::array();
  for (std::size_t i = 0; i < along.rows(); ++i) {
    if (fitted.statuses[i] != Status::kOk) continue;
    line.push_back({{"x", along.columns[0][i]}, {"y", model.value_of(fitted.row(i)[0])}});
  }
  Json spec = Json::parse(kFit);
  spec["layer"][0]["data"]["values"] = std::move(values);
  spec["layer"][1]["data"]["values"] = std::move(line);
  set_axes(spec, contents.feature_names[0], across, contents.lineage.target, std::nullopt);
  return Chart{"The fitted line",
               fmt::format("Truth and prediction over {}, and what the model answers in between.{}",
                           contents.feature_names[0], sample_note(answered.size())),
               std::move(spec),
               {{"heat-3", "truth"}, {"deployed", "prediction, and the fitted line"}}};
}

}  // namespace nuthatch::report
