#include "report/monitor_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "report/latency.hpp"

namespace nuthatch::report {
namespace {

using html::Chart;
using html::Json;

// The charts without their data, as Vega-Lite. Colours are names of the style sheet's.

constexpr const char* kBins = R"spec({
  "height": 170,
  "mark": {"type": "bar", "cornerRadiusEnd": 1},
  "encoding": {
    "x": {"field": "bin", "type": "ordinal", "title": "from this value on",
          "axis": {"labelExpr": "starts[datum.value]", "labelAngle": -45, "labelOverlap": true}},
    "xOffset": {"field": "series"},
    "y": {"field": "share", "type": "quantitative", "title": "share of rows",
          "axis": {"format": ".0%", "tickCount": 4}},
    "color": {"field": "series", "title": null, "scale": {"range": ["var(--training)", "var(--deployed)"]}},
    "tooltip": [{"field": "range", "title": "values"}, {"field": "series", "title": "rows of"},
                {"field": "share", "title": "share", "format": ".1%"}, {"field": "rows", "title": "rows"}]
  }
})spec";

constexpr const char* kHeatmap = R"spec({
  "encoding": {
    "y": {"field": "feature", "type": "nominal", "sort": null, "title": null, "axis": {"domain": false, "ticks": false}}
  },
  "layer": [
    {"mark": {"type": "rect", "stroke": "var(--card)", "strokeWidth": 1},
     "encoding": {"color": {
       "field": "band", "type": "ordinal",
       "scale": {"range": ["var(--heat-0)", "var(--heat-1)", "var(--heat-2)", "var(--heat-3)", "var(--heat-4)"]}}}}
  ]
})spec";

constexpr const char* kDots = R"spec({
  "transform": [{"filter": "datum.bad"}],
  "mark": {"type": "point", "filled": true, "size": 34, "opacity": 1, "fill": "var(--ink)", "stroke": "var(--card)",
           "strokeWidth": 1}
})spec";

constexpr const char* kCellTooltip = R"spec([
  {"field": "feature"}, {"field": "value", "format": ".3f"}, {"field": "health"}, {"field": "rows"}
])spec";

constexpr const char* kSinceTick = R"spec({
  "mark": {"type": "tick", "orient": "vertical", "thickness": 4, "size": 20, "color": "var(--ink)"},
  "encoding": {"x": {"field": "from", "type": "quantitative"}}
})spec";

constexpr const char* kRowsAxis = R"spec({
  "field": "from", "type": "quantitative", "title": "rows predicted", "scale": {"nice": false, "zero": false},
  "axis": {"grid": false, "format": "d", "tickCount": 6}
})spec";

constexpr const char* kDevicesAxis = R"spec({
  "field": "device", "type": "nominal", "title": "device",
  "axis": {"labelAngle": 0, "labelOverlap": true, "domain": false, "ticks": false}
})spec";

constexpr const char* kClasses = R"spec({
  "encoding": {
    "y": {"field": "class", "type": "nominal", "sort": null, "title": null, "axis": {"domain": false, "ticks": false}},
    "yOffset": {"field": "series", "sort": null},
    "x": {"field": "share", "type": "quantitative", "title": "share of predicted rows",
          "axis": {"format": ".0%", "tickCount": 4}},
    "tooltip": [{"field": "class"}, {"field": "series", "title": "rows of"}, {"field": "rows"},
                {"field": "share", "format": ".1%"}]
  },
  "layer": [
    {"mark": {"type": "bar", "cornerRadiusEnd": 2},
     "encoding": {"color": {"field": "series", 
                            "scale": {"domain": ["training", "deployed"],
                                      "range": ["var(--training)", "var(--deployed)"]}}}},
    {"mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 12, "fill": "var(--soft)"},
     "encoding": {"text": {"field": "share", "format": ".1%"}}}
  ]
})spec";

constexpr const char* kLatency = R"spec({
  "height": 170,
  "mark": {"type": "bar", "color": "var(--deployed)", "stroke": "var(--card)", "strokeWidth": 1},
  "encoding": {
    "x": {"field": "from", "type": "quantitative", "bin": "binned", "title": "ticks",
          "scale": {"zero": false}, "axis": {"format": "d", "tickCount": 5}},
    "x2": {"field": "to"},
    "y": {"field": "rows", "type": "quantitative", "title": "rows", "axis": {"tickCount": 4, "format": "d"}},
    "tooltip": [{"field": "range", "title": "ticks"}, {"field": "rows"}]
  }
})spec";

constexpr std::size_t kBandHeight = 20;  // of a line of a heatmap
constexpr std::size_t kBarHeight = 26;

std::string short_number(double value) { return fmt::format("{:.4g}", value); }

double share_of(std::uint64_t count, std::uint64_t rows) {
  return rows == 0 ? 0 : static_cast<double>(count) / static_cast<double>(rows);
}

/// Bins of rows, here and where the model was made. `starts`: where each bin begins, as text.
template <class Baseline>
Json bins_spec(std::span<const std::uint64_t> deployed, const Baseline& training,
               const std::vector<std::string>& starts, const char* baseline_name) {
  Json spec = Json::parse(kBins);
  spec["params"] = {{{"name", "starts"}, {"value", starts}}};
  const Json order = {baseline_name, "deployed"};
  spec["encoding"]["xOffset"]["sort"] = order;
  spec["encoding"]["color"]["scale"]["domain"] = order;
  const std::uint64_t rows = std::accumulate(deployed.begin(), deployed.end(), std::uint64_t{0});
  const std::uint64_t baseline_rows = std::accumulate(training.begin(), training.end(), std::uint64_t{0});
  Json values = Json::array();
  for (std::size_t bin = 0; bin < starts.size(); ++bin) {
    const std::string range = bin == 0                   ? "below " + (starts.size() > 1 ? starts[1] : "all")
                              : bin + 1 == starts.size() ? "from " + starts[bin]
                                                         : starts[bin] + " to " + starts[bin + 1];
    values.push_back({{"bin", bin},
                      {"range", range},
                      {"series", baseline_name},
                      {"rows", training[bin]},
                      {"share", share_of(training[bin], baseline_rows)}});
    values.push_back({{"bin", bin},
                      {"range", range},
                      {"series", "deployed"},
                      {"rows", deployed[bin]},
                      {"share", share_of(deployed[bin], rows)}});
  }
  spec["data"]["values"] = std::move(values);
  return spec;
}

/// Where each bin of a feature begins, in the CSV's units; the first begins wherever values do.
std::vector<std::string> bin_starts(const exporting::ModelContents& model, const quantize::Histogram& histogram) {
  const quantize::Encoding& encoding = model.inputs();
  std::vector<std::string> starts = {"lowest"};
  for (std::size_t cell = 1; cell < histogram.cells(); ++cell) {
    if (histogram.cell_bins[cell] == histogram.cell_bins[cell - 1]) continue;
    const double code = histogram.first_code_of(cell);
    starts.push_back(short_number(quantize::value_of_code(encoding.features[histogram.feature], encoding.input, code)));
  }
  return starts;
}

/// What the colours of a timeline say: PSI, or how often a feature is out of range where there are no histograms.
struct Measure {
  const char* title;
  std::vector<double> steps;
  std::optional<double> (*value)(const Counters& counters, const Assessment& assessment, std::size_t feature);
};

Measure measure_of(const Findings& findings) {
  if (findings.history.histograms != 0) {
    return {"PSI beyond chance",
            {0.05, Tolerance().psi, 0.25, 1},
            [](const Counters&, const Assessment& assessment, std::size_t feature) {
              const std::optional<Drift>& drift = assessment.features[feature].drift;
              return drift ? std::optional(std::max(0.0, drift->psi_beyond_chance())) : std::nullopt;
            }};
  }
  return {
      "Rows out of range in %", {0.1, 1, 5, 20}, [](const Counters& counters, const Assessment&, std::size_t feature) {
        return std::optional(100 * share_of(counters.below[feature] + counters.above[feature], counters.rows));
      }};
}

/// The ranges between the measure's steps, as a legend calls them.
std::vector<std::string> bands_of(const Measure& measure) {
  std::vector<std::string> bands = {fmt::format("below {}", measure.steps.front())};
  for (std::size_t i = 0; i + 1 < measure.steps.size(); ++i) {
    bands.push_back(fmt::format("{} to {}", measure.steps[i], measure.steps[i + 1]));
  }
  bands.push_back(fmt::format("{} and more", measure.steps.back()));
  return bands;
}

std::vector<html::Key> keys_of(const Measure& measure) {
  std::vector<html::Key> keys;
  for (const std::string& band : bands_of(measure)) keys.push_back({fmt::format("heat-{}", keys.size()), band});
  return keys;
}

/// Cells of features by something, coloured by the measure, with a dot where a feature is judged drift or broken.
Json heatmap_spec(const Measure& measure, const std::vector<std::string>& names, Json values) {
  Json spec = Json::parse(kHeatmap);
  spec["height"] = kBandHeight * names.size();
  spec["encoding"]["y"]["scale"]["domain"] = names;
  Json& color = spec["layer"][0]["encoding"]["color"];
  color["scale"]["domain"] = bands_of(measure);
  spec["encoding"]["tooltip"] = Json::parse(kCellTooltip);
  spec["encoding"]["tooltip"][1]["title"] = measure.title;
  // A layer that draws nothing makes the browser's console complain.
  if (std::any_of(values.begin(), values.end(), [](const Json& cell) { return cell["bad"] == true; })) {
    spec["layer"].push_back(Json::parse(kDots));
  }
  spec["data"]["values"] = std::move(values);
  return spec;
}

std::vector<std::string> names_of(const Findings& findings, std::span<const std::size_t> features) {
  std::vector<std::string> names;
  for (const std::size_t feature : features) names.push_back(findings.feature_name(feature));
  return names;
}

/// A cell of a heatmap; null where there is nothing to colour.
Json cell_of(const Findings& findings, const Measure& measure, const Counters& counters, const Assessment& assessment,
             std::size_t feature) {
  const std::optional<double> value = measure.value(counters, assessment, feature);
  if (!value) return {};
  const Health health = assessment.features[feature].health;
  const auto band = static_cast<std::size_t>(std::upper_bound(measure.steps.begin(), measure.steps.end(), *value) -
                                             measure.steps.begin());
  return {{"feature", findings.feature_name(feature)}, {"value", *value},
          {"band", bands_of(measure)[band]},           {"health", text_of(health)},
          {"bad", health >= Health::kDrift},           {"rows", counters.rows}};
}

Json timeline_values(const Findings& device, const Measure& measure, std::span<const std::size_t> features) {
  Json values = Json::array();
  for (const JudgedInterval& judged : device.timeline) {
    const Interval& interval = judged.interval;
    const std::uint64_t from = interval.rows_before;
    const std::uint64_t to = from + interval.counters.rows;
    for (const std::size_t feature : features) {
      Json cell = cell_of(device, measure, interval.counters, *judged.assessment, feature);
      if (cell.is_null()) continue;
      cell.update({{"from", from},
                   {"to", to},
                   {"middle", static_cast<double>(from + to) / 2},
                   {"reports", fmt::format("{} to {}", interval.first_sequence, interval.last_sequence)},
                   {"epoch", interval.epoch}});
      values.push_back(std::move(cell));
    }
  }
  return values;
}

/// Where the run of bad intervals of each feature begins.
Json since_layer(const Findings& device, std::span<const std::size_t> features) {
  Json layer = Json::parse(kSinceTick);
  layer["data"]["values"] = Json::array();
  for (const std::size_t feature : features) {
    if (!device.since[feature]) continue;
    layer["data"]["values"].push_back(
        {{"feature", device.feature_name(feature)}, {"from", device.since[feature]->rows_before}});
  }
  return layer;
}

}  // namespace

std::optional<Chart> feature_chart(const Findings& findings, std::size_t feature) {
  if (findings.model == nullptr || findings.history.histograms == 0) return std::nullopt;
  const std::vector<quantize::Histogram>& histograms = findings.model->watch.histograms;
  const std::vector<std::size_t> counted = findings.model->watch.counted(findings.history.histograms);
  const auto place =
      std::find_if(counted.begin(), counted.end(), [&](std::size_t one) { return histograms[one].feature == feature; });
  if (place == counted.end()) return std::nullopt;
  const auto index = static_cast<std::size_t>(place - counted.begin());
  const quantize::Histogram* at = &histograms[*place];
  const FeatureHealth& health = findings.assessment->features[feature];
  return Chart{
      findings.feature_name(feature),
      health.reason.empty() ? fmt::format("PSI {:.3f}", health.drift->psi) : health.reason,
      bins_spec(findings.history.total.histograms[index].bins, at->rows, bin_starts(*findings.model, *at), "training"),
      {{"training", "training"}, {"deployed", "deployed"}}};
}

std::optional<Chart> output_chart(const Findings& findings) {
  if (findings.model == nullptr || findings.history.output_bins == 0) return std::nullopt;
  const quantize::Watch& watch = findings.model->watch;
  const int bits = findings.model->common().fraction_bits;
  std::vector<std::string> starts = {"lowest"};
  for (const std::int32_t edge : watch.output_edges) starts.push_back(short_number(std::ldexp(edge, -bits)));
  const bool classifies = findings.model->classifies;
  return Chart{classifies ? "Margins" : "Predicted values",
               classifies
                   ? "How clearly the winning class won, of rows in range; rows moving to the left are less sure."
                   : "Scores of rows in range.",
               bins_spec(findings.history.total.output, watch.output_rows, starts, "at training"),
               {{"training", "at training"}, {"deployed", "deployed"}}};
}

std::optional<Chart> timeline_chart(const Findings& device, std::span<const std::size_t> features) {
  if (!device.assessment || device.timeline.size() < 2) return std::nullopt;
  const Measure measure = measure_of(device);
  Json spec = heatmap_spec(measure, names_of(device, features), timeline_values(device, measure, features));
  Json& layers = spec["layer"];
  layers[0]["encoding"]["x"] = Json::parse(kRowsAxis);
  layers[0]["encoding"]["x2"] = {{"field", "to"}};
  if (layers.size() > 1) layers[1]["encoding"]["x"] = {{"field", "middle"}, {"type", "quantitative"}};
  Json since = since_layer(device, features);
  if (!since["data"]["values"].empty()) layers.push_back(std::move(since));
  spec["encoding"]["tooltip"].push_back({{"field", "reports"}});
  spec["encoding"]["tooltip"].push_back({{"field", "epoch"}});
  return Chart{
      fmt::format("Device {}", device.history.latest.front().context.device_id),
      fmt::format("{}. A dot: judged drift or broken in that interval. A bar: from here on to the last report.",
                  measure.title),
      std::move(spec), keys_of(measure)};
}

std::optional<Chart> devices_chart(std::span<const Findings> devices, std::span<const std::size_t> features) {
  if (devices.size() < 2 || !devices.front().assessment) return std::nullopt;
  const Measure measure = measure_of(devices.front());
  Json values = Json::array();
  Json order = Json::array();
  for (const Findings& device : devices) {
    const std::string id = fmt::format("{}", device.history.latest.front().context.device_id);
    order.push_back(id);
    for (const std::size_t feature : features) {
      Json cell = cell_of(device, measure, device.history.total, *device.assessment, feature);
      if (cell.is_null()) continue;
      cell["device"] = id;
      values.push_back(std::move(cell));
    }
  }
  Json spec = heatmap_spec(measure, names_of(devices.front(), features), std::move(values));
  spec["encoding"]["x"] = Json::parse(kDevicesAxis);
  spec["encoding"]["x"]["sort"] = order;
  spec["encoding"]["tooltip"].push_back({{"field", "device"}});
  return Chart{"Devices",
               fmt::format("{} of all that each device reported. A dot: judged drift or broken.", measure.title),
               std::move(spec), keys_of(measure)};
}

std::optional<Chart> class_chart(const Findings& findings) {
  const History& history = findings.history;
  if (history.classes == 0) return std::nullopt;
  const std::vector<std::uint32_t> none;
  const auto& trained = findings.model != nullptr ? findings.model->watch.class_rows : none;
  const std::uint64_t trained_rows = std::accumulate(trained.begin(), trained.end(), std::uint64_t{0});
  Json values = Json::array();
  double most = 0.04;
  const auto add = [&](std::size_t k, const char* series, std::uint64_t rows, std::uint64_t all) {
    const double share = share_of(rows, all);
    most = std::max(most, share);
    values.push_back({{"class", findings.class_name(k)}, {"series", series}, {"rows", rows}, {"share", share}});
  };
  for (std::size_t k = 0; k < history.classes; ++k) {
    if (trained_rows > 0) add(k, "training", trained[k], trained_rows);
    add(k, "deployed", history.total.classes[k], history.total.rows);
  }
  Json spec = Json::parse(kClasses);
  spec["data"]["values"] = std::move(values);
  spec["height"] = kBarHeight * history.classes * (trained_rows > 0 ? 2 : 1);
  const double room = 1.3;  // for the numbers behind the bars
  spec["encoding"]["x"]["scale"]["domain"] = {0, room * most};
  std::vector<html::Key> keys;
  if (trained_rows > 0) keys = {{"training", "training"}, {"deployed", "deployed"}};
  return Chart{"Predicted classes", fmt::format("Of {} rows predicted.", history.total.rows), std::move(spec), keys};
}

std::optional<Chart> latency_chart(const Findings& findings) {
  const History& history = findings.history;
  const std::vector<std::uint64_t>& buckets = history.total.latency;
  const auto counted = [](std::uint64_t rows) { return rows > 0; };
  const auto first = std::find_if(buckets.begin(), buckets.end(), counted);
  const auto last = std::find_if(buckets.rbegin(), buckets.rend(), counted);
  if (!latency_measured(buckets)) return std::nullopt;
  Json spec = Json::parse(kLatency);
  Json values = Json::array();
  for (auto at = first; at != last.base(); ++at) {
    const auto bucket = static_cast<std::size_t>(at - buckets.begin());
    const std::uint64_t from = bucket_start(bucket, history.latency_shift);
    const std::uint64_t to = bucket_start(bucket + 1, history.latency_shift);
    const bool open = bucket + 1 == buckets.size();
    values.push_back({{"from", from},
                      {"to", to},
                      {"rows", *at},
                      {"range", open ? fmt::format("{} and more", from) : fmt::format("{} to {}", from, to - 1)}});
  }
  spec["data"]["values"] = std::move(values);
  const auto within = [&](double q) {
    const auto ticks = latency_quantile(buckets, history.latency_shift, q);
    return ticks ? fmt::format("within {}", *ticks) : std::string("past the last bucket");
  };
  return Chart{"Latency",
               fmt::format("Half of the predictions {} ticks, 99 % {}.", within(0.5), within(0.99)),
               std::move(spec),
               {}};
}

}  // namespace nuthatch::report
