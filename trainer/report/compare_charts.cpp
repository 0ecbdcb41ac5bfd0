#include "report/compare_charts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/compare_units.hpp"

namespace nuthatch::report {
namespace {

using compare::Target;
using html::Chart;
using html::Json;

// The charts without their data, as Vega-Lite. Colours are names of the style sheet's.

constexpr const char* kTargetAxis = R"spec({
  "field": "target", "type": "nominal", "sort": null, "title": null,
  "axis": {"domain": false, "ticks": false, "labelLimit": 150}
})spec";

constexpr const char* kLatency = R"spec({
  "layer": [
    {"mark": {"type": "rule", "stroke": "var(--line)", "strokeWidth": 3},
     "encoding": {"x": {"field": "p50", "type": "quantitative"}, "x2": {"field": "max"}}},
    {"transform": [{"fold": ["p50", "p90", "p99", "p999", "max"], "as": ["percentile", "us"]},
                   {"filter": "isValid(datum.us)"}],
     "mark": {"type": "point", "filled": true, "size": 70, "opacity": 1},
     "encoding": {
       "x": {"field": "us", "type": "quantitative"},
       "color": {"field": "percentile",
                 "scale": {"domain": ["p50", "p90", "p99", "p999", "max"],
                           "range": ["var(--heat-1)", "var(--deployed)", "var(--heat-2)", "var(--heat-3)", "var(--heat-4)"]}},
       "tooltip": [{"field": "target"}, {"field": "percentile"}, {"field": "us", "title": "microseconds", "format": ".4~g"},
                   {"field": "kind"}]}}
  ]
})spec";

/// A logarithmic axis, labelled in the units that people say.
constexpr const char* kTimeAxis = R"spec({
  "title": "latency", "scale": {"type": "log", "nice": true},
  "axis": {"tickCount": 5, "labelOverlap": true, "labelFlush": true, "labelBound": true, "labelExpr":
    "datum.value >= 1e6 ? format(datum.value / 1e6, '~g') + ' s' : datum.value >= 1e3 ? format(datum.value / 1e3, '~g') + ' ms' : format(datum.value, '~g') + ' us'"}
})spec";

constexpr const char* kSplit = R"spec({
  "mark": {"type": "bar", "stroke": "var(--card)", "strokeWidth": 1},
  "encoding": {
    "x": {"field": "us", "type": "quantitative", "stack": "normalize", "title": "share of the mean latency",
          "axis": {"format": ".0%", "tickCount": 4}},
    "color": {"field": "part",
              "scale": {"domain": ["send", "queue", "compute", "receive"],
                        "range": ["var(--heat-1)", "var(--heat-2)", "var(--deployed)", "var(--training)"]}},
    "order": {"field": "order"},
    "tooltip": [{"field": "target"}, {"field": "part"}, {"field": "us", "title": "microseconds", "format": ".4~g"}]
  }
})spec";

constexpr const char* kEnergy = R"spec({
  "layer": [
    {"mark": {"type": "point", "filled": true, "size": 90, "opacity": 1},
     "encoding": {"color": {"field": "label", "scale": {"domain": ["measured", "estimated"],
                                                        "range": ["var(--deployed)", "var(--heat-3)"]}}}},
    {"mark": {"type": "text", "align": "left", "dx": 9, "fontSize": 12, "fill": "var(--soft)"},
     "encoding": {"text": {"field": "text"}}}
  ],
  "encoding": {
    "x": {"field": "uj", "type": "quantitative", "title": "a prediction",
          "scale": {"type": "log", "nice": true, "padding": 52}, "axis": {"tickCount": 4, "labelOverlap": true, "labelFlush": true, "labelBound": true, "labelExpr":
            "datum.value >= 1e6 ? format(datum.value / 1e6, '~g') + ' J' : datum.value >= 1e3 ? format(datum.value / 1e3, '~g') + ' mJ' : format(datum.value, '~g') + ' uJ'"}},
    "tooltip": [{"field": "target"}, {"field": "text", "title": "energy"}, {"field": "label"}]
  }
})spec";

constexpr const char* kHybrid = R"spec({
  "height": 220,
  "layer": [
    {"mark": {"type": "line", "strokeWidth": 2}},
    {"mark": {"type": "point", "filled": true, "size": 50, "opacity": 1}}
  ],
  "encoding": {
    "x": {"field": "bytes", "type": "quantitative", "title": "bytes out, a prediction",
          "axis": {"tickCount": 5, "grid": false}},
    "y": {"field": "share", "type": "quantitative", "title": "share of rows", "scale": {"zero": false, "padding": 12},
          "axis": {"format": ".1%", "tickCount": 5}},
    "color": {"field": "series", "scale": {"domain": ["agreement", "accuracy"],
                                           "range": ["var(--deployed)", "var(--heat-3)"]}},
    "tooltip": [{"field": "series"}, {"field": "share", "format": ".2%"}, {"field": "bytes", "format": ".0f"},
                {"field": "margin", "title": "asks below a margin of", "format": ".4~g"},
                {"field": "asked", "title": "rows that ask", "format": ".1%"}]
  }
})spec";

constexpr std::size_t kBand = 30;  // the height of a target's line

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

/// A number a logarithmic axis can show.
double positive(double value) { return std::max(value, 1e-3); }

}  // namespace

std::optional<Chart> latency_chart(const compare::Comparison& comparison) {
  Json values = Json::array();
  for (const Target& target : comparison.targets) {
    if (!target.latency) continue;
    const compare::Percentiles& latency = *target.latency;
    values.push_back({{"target", target.name},
                      {"kind", target.latency_kind},
                      {"p50", positive(latency.p50)},
                      {"p90", or_null(latency.p90)},
                      {"p99", or_null(latency.p99)},
                      {"p999", or_null(latency.p999)},
                      {"max", positive(latency.max)}});
  }
  if (values.empty()) return std::nullopt;
  Json spec = Json::parse(kLatency);
  spec["height"] = kBand * values.size();
  spec["encoding"]["y"] = Json::parse(kTargetAxis);
  for (Json& layer : spec["layer"]) layer["encoding"]["x"].update(Json::parse(kTimeAxis));
  spec["data"]["values"] = std::move(values);
  return Chart{
      "Latency",
      "From when an answer is due to when it is there, on a logarithmic axis; of emulated devices estimated, else "
      "measured.",
      std::move(spec),
      {{"heat-1", "half are faster (p50)"},
       {"deployed", "90 % (p90)"},
       {"heat-2", "99 % (p99)"},
       {"heat-3", "99.9 % (p99.9)"},
       {"heat-4", "the slowest"}}};
}

std::optional<Chart> split_chart(const compare::Comparison& comparison) {
  Json values = Json::array();
  std::size_t targets = 0;
  for (const Target& target : comparison.targets) {
    if (!target.load) continue;
    ++targets;
    const compare::Split& split = target.load->split;
    const std::pair<const char*, double> parts[] = {
        {"send", split.send}, {"queue", split.queue}, {"compute", split.compute}, {"receive", split.receive}};
    for (std::size_t i = 0; i < 4; ++i) {
      values.push_back({{"target", target.name}, {"part", parts[i].first}, {"order", i}, {"us", parts[i].second}});
    }
  }
  if (values.empty()) return std::nullopt;
  Json spec = Json::parse(kSplit);
  spec["height"] = kBand * targets;
  spec["encoding"]["y"] = Json::parse(kTargetAxis);
  spec["data"]["values"] = std::move(values);
  return Chart{"Where the time goes",
               "Parts of the mean latency: on the way there, waiting, computing, on the way back.",
               std::move(spec),
               {{"heat-1", "send"}, {"heat-2", "queue"}, {"deployed", "compute"}, {"training", "receive"}}};
}

std::optional<Chart> energy_chart(const compare::Comparison& comparison) {
  Json values = Json::array();
  for (const Target& target : comparison.targets) {
    if (!target.energy.microjoules || *target.energy.microjoules <= 0) continue;
    values.push_back({{"target", target.name},
                      {"uj", *target.energy.microjoules},
                      {"text", energy_text(target.energy.microjoules)},
                      {"label", target.energy.label}});
  }
  if (values.empty()) return std::nullopt;
  Json spec = Json::parse(kEnergy);
  spec["height"] = kBand * values.size();
  spec["encoding"]["y"] = Json::parse(kTargetAxis);
  spec["data"]["values"] = std::move(values);
  return Chart{"Energy of a prediction, at the device",
               "Computing it, or asking a server over the radio; on a logarithmic axis.",
               std::move(spec),
               {{"deployed", "measured"}, {"heat-3", "estimated"}}};
}

std::optional<Chart> hybrid_chart(const compare::Comparison& comparison) {
  Json values = Json::array();
  for (const compare::HybridPoint& point : comparison.hybrid) {
    const auto add = [&](const char* series, double share) {
      values.push_back({{"series", series},
                        {"share", share},
                        {"bytes", point.bytes},
                        {"margin", point.margin},
                        {"asked", point.asked}});
    };
    add("agreement", point.agreement);
    if (point.accuracy) add("accuracy", *point.accuracy);
  }
  if (values.empty()) return std::nullopt;
  Json spec = Json::parse(kHybrid);
  spec["data"]["values"] = std::move(values);
  return Chart{"Answer here, ask when in doubt",
               fmt::format("{} answers and asks {} below a margin; from never (left) to always (right).",
                           comparison.hybrid_local, comparison.hybrid_cloud),
               std::move(spec),
               {{"deployed", "the label is the server's"}, {"heat-3", "the label is right"}}};
}

}  // namespace nuthatch::report
