#include "report/answer_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "evaluate/answers.hpp"
#include "evaluate/ranking.hpp"
#include "report/sample.hpp"

namespace nuthatch::report {
namespace {

using exporting::LoadedModel;
using html::Chart;
using html::Json;

// The charts without their data, as Vega-Lite. Colours are names of the style sheet's.

constexpr const char* kConfusion = R"spec({
  "encoding": {
    "y": {"field": "truth", "type": "nominal", "sort": null, "title": "true class",
          "axis": {"domain": false, "ticks": false, "labelLimit": 90}},
    "x": {"field": "answer", "type": "nominal", "sort": null, "title": "answer",
          "axis": {"domain": false, "ticks": false, "labelAngle": -45, "labelLimit": 90}},
    "tooltip": [{"field": "truth", "title": "true class"}, {"field": "answer"}, {"field": "rows"},
                {"field": "share", "title": "of the class", "format": ".1%"}]
  },
  "layer": [
    {"mark": {"type": "rect", "stroke": "var(--card)", "strokeWidth": 1},
     "encoding": {
       "fill": {"condition": {"test": "datum.right", "value": "var(--deployed)"}, "value": "var(--heat-4)"},
       "fillOpacity": {"field": "share", "type": "quantitative", "scale": {"domain": [0, 1], "range": [0.04, 1]}}}},
    {"transform": [{"filter": "datum.rows > 0"}],
     "mark": {"type": "text", "fontSize": 12},
     "encoding": {
       "text": {"field": "rows"},
       "fill": {"condition": {"test": "datum.share > 0.5", "value": "var(--card)"}, "value": "var(--ink)"}}}
  ]
})spec";

constexpr const char* kDiagonal = R"spec({
  "data": {"values": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]},
  "mark": {"type": "line", "stroke": "var(--soft)", "strokeDash": [4, 4], "strokeWidth": 1},
  "encoding": {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}}
})spec";

constexpr const char* kCurve = R"spec({
  "mark": {"type": "line", "strokeWidth": 2},
  "encoding": {
    "x": {"field": "x", "type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"format": ".0%", "tickCount": 5}},
    "y": {"field": "y", "type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"format": ".0%", "tickCount": 5}},
    "order": {"field": "order"},
    "stroke": {"field": "color", "type": "nominal", "scale": null},
    "detail": {"field": "class"}
  }
})spec";

constexpr const char* kCalibration = R"spec({
  "encoding": {
    "x": {"field": "said", "type": "quantitative", "title": "probability that was given",
          "scale": {"domain": [0, 1]}, "axis": {"format": ".0%", "tickCount": 5}},
    "y": {"field": "happened", "type": "quantitative", "title": "how often it was so",
          "scale": {"domain": [0, 1]}, "axis": {"format": ".0%", "tickCount": 5}}
  },
  "layer": [
    {"mark": {"type": "line", "stroke": "var(--deployed)", "strokeWidth": 1.5}},
    {"mark": {"type": "point", "filled": true, "fill": "var(--deployed)", "opacity": 1},
     "encoding": {
       "size": {"field": "rows", "type": "quantitative", "scale": {"domainMin": 0, "range": [15, 320]}},
       "tooltip": [{"field": "said", "title": "given", "format": ".1%"},
                   {"field": "happened", "title": "was so", "format": ".1%"}, {"field": "rows"}]}}
  ]
})spec";

constexpr const char* kScatter = R"spec({
  "mark": {"type": "point", "filled": true, "fill": "var(--deployed)", "size": 22, "opacity": 0.55},
  "encoding": {
    "x": {"field": "x", "type": "quantitative", "scale": {"zero": false}, "axis": {"tickCount": 5}},
    "y": {"field": "y", "type": "quantitative", "scale": {"zero": false}, "axis": {"tickCount": 5}},
    "tooltip": [{"field": "truth", "format": ".5~g"}, {"field": "prediction", "format": ".5~g"}]
  }
})spec";

constexpr const char* kBars = R"spec({
  "height": 220,
  "mark": {"type": "bar", "fill": "var(--deployed)", "stroke": "var(--card)", "strokeWidth": 1},
  "encoding": {
    "x": {"field": "from", "type": "quantitative", "bin": "binned", "title": "truth less prediction",
          "axis": {"tickCount": 6}},
    "x2": {"field": "to"},
    "y": {"field": "rows", "type": "quantitative", "title": "rows", "axis": {"tickCount": 4, "format": "d"}},
    "tooltip": [{"field": "from", "format": ".4~g"}, {"field": "to", "format": ".4~g"}, {"field": "rows"}]
  }
})spec";

constexpr std::size_t kCurvePoints = 200;  // of a curve: more than a screen shows
constexpr int kHeight = 260;

/// A point of a curve.
struct Point {
  double x = 0;
  double y = 0;
};

/// One class's curve, and the area that tells how hard the class is.
struct Curve {
  std::size_t class_index = 0;
  std::vector<Point> points;
  double area = 0;
};

/// The hardest classes, at most so many as have colours.
void keep_hardest(std::vector<Curve>& curves) {
  std::stable_sort(curves.begin(), curves.end(), [](const Curve& a, const Curve& b) { return a.area < b.area; });
  if (curves.size() > kColoredClasses) curves.resize(kColoredClasses);
}

Json curve_values(const std::vector<Curve>& curves, const std::vector<std::string>& names) {
  Json values = Json::array();
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const std::vector<Point>& points = curves[i].points;
    // The last point is a curve's end, so it is always there.
    std::vector<std::size_t> places = sampled(points.size(), kCurvePoints);
    places.back() = points.size() - 1;
    for (const std::size_t place : places) {
      values.push_back({{"class", names[curves[i].class_index]},
                        {"color", "var(--" + class_color(i) + ")"},
                        {"order", place},
                        {"x", points[place].x},
                        {"y", points[place].y}});
    }
  }
  return values;
}

Chart curve_chart(std::vector<Curve> curves, const std::vector<std::string>& names, Chart chart, const char* x,
                  const char* y, bool diagonal) {
  const std::size_t all = curves.size();
  keep_hardest(curves);
  Json curve = Json::parse(kCurve);
  curve["data"]["values"] = curve_values(curves, names);
  curve["encoding"]["x"]["title"] = x;
  curve["encoding"]["y"]["title"] = y;
  chart.spec["height"] = kHeight;
  chart.spec["layer"] = Json::array();
  if (diagonal) chart.spec["layer"].push_back(Json::parse(kDiagonal));
  chart.spec["layer"].push_back(std::move(curve));
  for (std::size_t i = 0; i < curves.size(); ++i) {
    chart.keys.push_back({class_color(i), fmt::format("{}: {:.3f}", names[curves[i].class_index], curves[i].area)});
  }
  if (curves.size() < all) chart.description += fmt::format(" The hardest {} of {} classes.", curves.size(), all);
  return chart;
}

/// Whether each answered row is of a class, and its score for it.
struct Ranked {
  std::vector<bool> positive;
  std::vector<double> scores;
};

Ranked ranked_for(const evaluate::ClassAnswers& answers, std::size_t which) {
  Ranked ranked;
  for (std::size_t row = 0; row < answers.answered_truth.size(); ++row) {
    ranked.positive.push_back(answers.answered_truth[row] == static_cast<std::int32_t>(which));
    ranked.scores.push_back(answers.ranks()[row * answers.classes + which]);
  }
  return ranked;
}

Curve roc_of(const Ranked& ranked, std::size_t which) {
  Curve curve{which, {}, 0};
  for (const evaluate::RocPoint& point : evaluate::roc_curve(ranked.positive, ranked.scores)) {
    curve.points.push_back({point.false_positive_rate, point.true_positive_rate});
  }
  curve.area = evaluate::roc_auc(ranked.positive, ranked.scores).value_or(0);
  return curve;
}

Curve precision_recall_of(const Ranked& ranked, std::size_t which) {
  Curve curve{which, {}, 0};
  const auto points = evaluate::precision_recall_curve(ranked.positive, ranked.scores);
  if (!points.empty()) curve.points.push_back({0, points.front().precision});  // so that the line has a beginning
  for (const evaluate::PrecisionRecallPoint& point : points) {
    curve.points.push_back({point.recall, point.precision});
  }
  curve.area = evaluate::average_precision(ranked.positive, ranked.scores).value_or(0);
  return curve;
}

Chart scatter(Chart chart, Json values, const std::string& x, const std::string& y) {
  Json points = Json::parse(kScatter);
  points["data"]["values"] = std::move(values);
  points["encoding"]["x"]["title"] = x;
  points["encoding"]["y"]["title"] = y;
  chart.spec["height"] = kHeight;
  chart.spec["layer"].push_back(std::move(points));
  return chart;
}

/// A line over the points, from one corner to another.
Json rule(Point from, Point to) {
  Json line = Json::parse(kDiagonal);
  line["data"]["values"] = Json::array({{{"x", from.x}, {"y", from.y}}, {{"x", to.x}, {"y", to.y}}});
  return line;
}

Chart truth_chart(const evaluate::ValueAnswers& answers, const std::string& target) {
  Json values = Json::array();
  for (const std::size_t row : sampled(answers.truth.size())) {
    const double truth = answers.truth[row];
    const double prediction = answers.predicted[row];
    values.push_back({{"x", truth}, {"y", prediction}, {"truth", truth}, {"prediction", prediction}});
  }
  const auto [low, high] = std::minmax_element(answers.truth.begin(), answers.truth.end());
  Chart chart{"Prediction against truth",
              "A perfect model has all points on the dashed line. Points that bend away from it at an end are values "
              "that the model cannot reach." +
                  sample_note(answers.truth.size()),
              {},
              {}};
  chart.spec["layer"] = Json::array({rule({*low, *low}, {*high, *high})});
  return scatter(std::move(chart), std::move(values), target + ", true", target + ", predicted");
}

Chart residual_chart(const evaluate::ValueAnswers& answers) {
  Json values = Json::array();
  for (const std::size_t row : sampled(answers.truth.size())) {
    const double truth = answers.truth[row];
    const double prediction = answers.predicted[row];
    values.push_back({{"x", prediction}, {"y", truth - prediction}, {"truth", truth}, {"prediction", prediction}});
  }
  const auto [low, high] = std::minmax_element(answers.predicted.begin(), answers.predicted.end());
  Chart chart{"Errors against prediction",
              "They should lie evenly about the dashed line. A curve says that the model lacks a shape, a funnel that "
              "errors grow with the value." +
                  sample_note(answers.truth.size()),
              {},
              {}};
  chart.spec["layer"] = Json::array({rule({*low, 0}, {*high, 0})});
  return scatter(std::move(chart), std::move(values), "prediction", "truth less prediction");
}

std::optional<Chart> residual_histogram(const evaluate::ValueAnswers& answers) {
  std::vector<double> errors(answers.truth.size());
  std::transform(answers.truth.begin(), answers.truth.end(), answers.predicted.begin(), errors.begin(), std::minus<>());
  const auto [low, high] = std::minmax_element(errors.begin(), errors.end());
  if (!(*low < *high)) return std::nullopt;
  constexpr std::size_t kBins = 24;
  const double width = (*high - *low) / kBins;
  std::vector<std::size_t> rows(kBins, 0);
  for (const double error : errors) {
    ++rows[std::min(static_cast<std::size_t>((error - *low) / width), kBins - 1)];
  }
  Json values = Json::array();
  for (std::size_t i = 0; i < kBins; ++i) {
    const double from = *low + width * static_cast<double>(i);
    values.push_back({{"from", from}, {"to", from + width}, {"rows", rows[i]}});
  }
  Json spec = Json::parse(kBars);
  spec["data"]["values"] = std::move(values);
  return Chart{"Errors",
               "How many rows have an error of that size. A hump that is not about 0 is a bias; a long tail is rows "
               "worth looking at.",
               std::move(spec),
               {}};
}

}  // namespace

std::string class_color(std::size_t index) { return fmt::format("class-{}", index % kColoredClasses); }

std::optional<Chart> confusion_chart(const ScoredRows& scored) {
  const auto& found = scored.evaluation.classification;
  if (!found || found->matrix.empty() || found->names.size() > kConfusionClasses) return std::nullopt;
  const std::size_t classes = found->names.size();
  Json values = Json::array();
  for (std::size_t row = 0; row < classes; ++row) {
    const std::size_t* counts = &found->matrix[row * classes];
    const auto all = static_cast<double>(std::accumulate(counts, counts + classes, std::size_t{0}));
    for (std::size_t k = 0; k < classes; ++k) {
      values.push_back({{"truth", found->names[row]},
                        {"answer", found->names[k]},
                        {"rows", counts[k]},
                        {"right", row == k},
                        {"share", all == 0 ? 0 : static_cast<double>(counts[k]) / all}});
    }
  }
  Json spec = Json::parse(kConfusion);
  spec["height"] = std::max<std::size_t>(160, 26 * classes);
  constexpr std::size_t kFitsAcross = 30;  // characters, at the width of a phone
  const auto letters = [](std::size_t sum, const std::string& name) { return sum + name.size() + 1; };
  if (std::accumulate(found->names.begin(), found->names.end(), std::size_t{0}, letters) <= kFitsAcross) {
    spec["encoding"]["x"]["axis"]["labelAngle"] = 0;
  }
  spec["data"]["values"] = std::move(values);
  return Chart{
      "Who is taken for whom",
      "The confusion matrix: a line a true class, a column an answer. The darker, the more of the line's rows.",
      std::move(spec),
      {{"deployed", "right"}, {"heat-4", "wrong"}}};
}

std::vector<Chart> ranking_charts(const LoadedModel& model, const ScoredRows& scored) {
  const auto& found = scored.evaluation.classification;
  if (!found || found->names.size() > evaluate::kMostClasses) return {};
  const evaluate::ClassAnswers answers = evaluate::class_answers(model, *scored.rows, scored.predictions);
  std::vector<Curve> roc;
  std::vector<Curve> precision_recall;
  for (std::size_t k = 0; k < answers.classes; ++k) {
    if (found->positive && *found->positive != k) continue;
    const Ranked ranked = ranked_for(answers, k);
    if (Curve curve = roc_of(ranked, k); !curve.points.empty()) roc.push_back(std::move(curve));
    if (Curve curve = precision_recall_of(ranked, k); !curve.points.empty()) {
      precision_recall.push_back(std::move(curve));
    }
  }
  std::vector<Chart> charts;
  if (!roc.empty()) {
    charts.push_back(curve_chart(
        std::move(roc), found->names,
        {"ROC: hits against false alarms",
         "For every threshold that a product might choose: how many rows of the class are found, and how many others "
         "are taken for them. The nearer to the top left the better; the dashed line is guessing. The figure is the "
         "area "
         "below.",
         {},
         {}},
        "false alarms", "found", true));
  }
  if (!precision_recall.empty()) {
    charts.push_back(curve_chart(std::move(precision_recall), found->names,
                                 {"Precision against recall",
                                  "How many alarms are right when so many of the class are found. Look here rather "
                                  "than at ROC where the class is rare. The figure is the average precision.",
                                  {},
                                  {}},
                                 "found (recall)", "right (precision)", false));
  }
  return charts;
}

std::optional<Chart> calibration_chart(const ScoredRows& scored) {
  const auto& found = scored.evaluation.classification;
  if (!found || !found->calibration || found->calibration->bins.empty()) return std::nullopt;
  Json values = Json::array();
  for (const evaluate::ReliabilityBin& bin : found->calibration->bins) {
    values.push_back({{"said", bin.mean_predicted}, {"happened", bin.fraction}, {"rows", bin.rows}});
  }
  Json line = Json::parse(kCalibration);
  line["data"]["values"] = std::move(values);
  Json spec;
  spec["height"] = kHeight;
  spec["layer"] = Json::array({Json::parse(kDiagonal), std::move(line)});
  const std::string of =
      found->calibration->of == "answer" ? "that the answer is right" : "of " + found->calibration->of;
  return Chart{
      "Can its probabilities be believed?",
      fmt::format("Probabilities {} against what was so. On the dashed line 80 % means 80 %; below it the "
                  "model is too sure of itself. A dot's size is its rows: small ones mean little. Off by {:.1f} % on "
                  "average.",
                  of, 100 * found->calibration->expected_error),
      std::move(spec),
      {}};
}

std::vector<Chart> residual_charts(const LoadedModel& model, const ScoredRows& scored, bool decimal_comma) {
  if (!scored.evaluation.regression) return {};
  const evaluate::ValueAnswers answers =
      evaluate::value_answers(model, *scored.rows, scored.predictions, decimal_comma);
  std::vector<Chart> charts = {truth_chart(answers, model.contents().lineage.target), residual_chart(answers)};
  if (std::optional<Chart> chart = residual_histogram(answers)) charts.push_back(std::move(*chart));
  return charts;
}

}  // namespace nuthatch::report
