#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "report/exporters.hpp"
#include "report/latency.hpp"

namespace nuthatch::report {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Value& value) {
  return std::visit(
      [](const auto& held) {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
          return Json();
        } else {
          return Json(held);
        }
      },
      value);
}

Json json_of(const std::optional<Since>& since) {
  if (!since) return {};
  return {{"device_id", since->device_id},
          {"epoch", since->epoch},
          {"sequence", since->sequence},
          {"uptime", since->uptime ? Json(*since->uptime) : Json()},
          {"rows_before", since->rows_before}};
}

/// Who speaks; what a device says of itself only where there is one.
Json source_json(const History& history) {
  Json json = {{"model", exporting::hex(history.model)}, {"saturated", history.saturated}};
  if (history.latest.size() > 1) {
    json["reports"] = history.intervals.size();
    return json;
  }
  const SnapshotContext& context = history.latest.front().context;
  json.update({{"device_id", context.device_id},
               {"firmware_id", context.firmware_id},
               {"boot_count", context.boot_count},
               {"epoch", context.epoch},
               {"sequence", context.sequence},
               {"uptime_start", context.uptime_start},
               {"uptime_end", context.uptime_end},
               {"time_known", context.time_known}});
  return json;
}

/// What each device says of itself, in its last report.
Json devices_json(const Findings& findings) {
  Json devices = Json::array();
  for (const LatestReport& report : findings.history.latest) {
    const Diagnosis& found = report.diagnosis;
    const SnapshotContext& who = report.context;
    devices.push_back(
        {{"device_id", who.device_id},
         {"epoch", who.epoch},
         {"sequence", who.sequence},
         {"firmware_id", who.firmware_id},
         {"boot_count", who.boot_count},
         {"restored", who.restored},
         {"health", text_of(found.health)},
         {"reason", text_of(found.reason)},
         {"feature", found.feature < findings.history.features ? Json(findings.feature_name(found.feature)) : Json()},
         {"crash", who.crashes == 0 ? Json()
                                    : Json({{"count", who.crashes},
                                            {"input_hash", who.crash_input},
                                            {"class", who.crash_class},
                                            {"status", who.crash_status}})}});
  }
  return devices;
}

Json feature_json(const Findings& findings, std::size_t feature) {
  Json json = {{"name", findings.feature_name(feature)}};
  Json thresholds = Json::object();
  for (const Column& column : feature_columns()) {
    json[column.name] = json_of(column.value(findings, feature));
    if (column.threshold != nullptr) thresholds[column.name] = json_of(column.threshold(findings, feature));
  }
  json["thresholds"] = thresholds;
  json["since"] = json_of(findings.since[feature]);
  return json;
}

Json thresholds_json(const Tolerance& tolerance) {
  return {{"p_value", tolerance.p_value},
          {"psi_beyond_chance", tolerance.psi},
          {"share", tolerance.share},
          {"rows", tolerance.rows}};
}

Json latency_json(const History& history) {
  const std::vector<std::uint64_t>& buckets = history.total.latency;
  const bool measured = latency_measured(buckets);
  const auto ticks = [&](double q) {
    const auto value = latency_quantile(buckets, history.latency_shift, q);
    return value && measured ? Json(*value) : Json();
  };
  return {{"p50", ticks(0.5)},
          {"p99", ticks(0.99)},
          {"measured", measured},
          {"unit", "ticks"},
          {"shift", history.latency_shift},
          {"buckets", buckets}};
}

Json interval_json(const Findings& findings, const JudgedInterval& judged) {
  const Interval& interval = judged.interval;
  Json json = {
      {"device_id", interval.device_id},           {"epoch", interval.epoch},
      {"first_sequence", interval.first_sequence}, {"last_sequence", interval.last_sequence},
      {"rows_before", interval.rows_before},       {"rows", interval.counters.rows},
      {"refused", interval.counters.refused},      {"uptime", interval.uptime ? Json(*interval.uptime) : Json()}};
  if (!judged.assessment) return json;
  json["health"] = text_of(judged.assessment->health);
  json["features"] = Json::array();
  for (std::size_t i = 0; i < findings.history.features; ++i) {
    const FeatureHealth& feature = judged.assessment->features[i];
    const auto of_drift = [&](double Drift::*member) {
      return feature.drift ? Json((*feature.drift).*member) : Json();
    };
    json["features"].push_back({{"name", findings.feature_name(i)},
                                {"health", text_of(feature.health)},
                                {"psi", of_drift(&Drift::psi)},
                                {"p_value", of_drift(&Drift::p_value)},
                                {"drift", feature.health >= Health::kDrift}});
  }
  return json;
}

}  // namespace

std::string valid_utf8(const std::string& text) {
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

std::string to_json(const Findings& findings) {
  const History& history = findings.history;
  Json json = source_json(history);
  json["health"] = text_of(findings.health());
  json["reason"] = findings.reason();
  json["devices"] = devices_json(findings);
  if (findings.assessment) {
    json["thresholds"] = thresholds_json(findings.tolerance);
    json["baseline_rows"] = findings.model->baseline_rows;
  }
  for (const Figure& figure : figures()) json[figure.name] = json_of(figure.value(findings));
  json["classes"] = Json::object();
  for (std::size_t k = 0; k < history.classes; ++k) json["classes"][findings.class_name(k)] = history.total.classes[k];
  json["features"] = Json::array();
  for (std::size_t i = 0; i < history.features; ++i) json["features"].push_back(feature_json(findings, i));
  json["latency"] = latency_json(history);
  json["intervals"] = Json::array();
  for (const JudgedInterval& judged : findings.timeline) {
    json["intervals"].push_back(interval_json(findings, judged));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace nuthatch::report
