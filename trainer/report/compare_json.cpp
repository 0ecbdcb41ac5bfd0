#include "report/compare_report.hpp"

namespace nuthatch::report {
namespace {

using html::Json;

template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json latency_json(const compare::Target& target) {
  Json json = {{"p50", nullptr}, {"p90", nullptr}, {"p99", nullptr}, {"p999", nullptr}, {"max", nullptr}};
  if (target.latency) {
    json = {{"p50", target.latency->p50},
            {"p90", or_null(target.latency->p90)},
            {"p99", or_null(target.latency->p99)},
            {"p999", or_null(target.latency->p999)},
            {"max", target.latency->max}};
  }
  json["kind"] = target.latency_kind;
  json["how"] = target.latency_how;
  return json;
}

Json split_json(const compare::Target& target) {
  if (!target.load) return nullptr;
  const compare::Split& split = target.load->split;
  return {{"send", split.send}, {"queue", split.queue}, {"compute", split.compute}, {"receive", split.receive}};
}

Json target_json(const compare::Target& target) {
  if (!target.error.empty()) return {{"name", target.name}, {"error", target.error}};
  return {{"name", target.name},
          {"score", or_null(target.score)},
          {"identical_bits", target.identical_bits},
          {"agreement", or_null(target.agreement.labels)},
          {"max_score_difference", or_null(target.agreement.max_score_difference)},
          {"latency_us", latency_json(target)},
          {"time_us", split_json(target)},
          {"instructions", or_null(target.instructions)},
          {"cold_start_us", or_null(target.cold_start_us)},
          {"cold_start_how", target.cold_start_how},
          {"bytes_per_prediction", target.bytes_per_prediction},
          {"bytes_received", target.bytes_received},
          {"flash_bytes", or_null(target.flash_bytes)},
          {"ram_bytes", or_null(target.ram_bytes)},
          {"energy_uj",
           {{"value", or_null(target.energy.microjoules)}, {"label", target.energy.label}, {"how", target.energy.how}}},
          {"cost_per_million", or_null(target.cost_per_million)},
          {"answered_in_deadline", or_null(target.answered_in_deadline)}};
}

Json break_even_json(const compare::BreakEven& even) {
  return {{"local", even.local},
          {"cloud", even.cloud},
          {"local_us", or_null(even.local_us)},
          {"server_us", even.server_us},
          {"rtt_us", even.rtt_us},
          {"local_is_faster", or_null(even.local_is_faster)},
          {"rtt_break_even_us", or_null(even.rtt_break_even_us)},
          {"local_uj", or_null(even.local_uj)},
          {"radio_uj", or_null(even.radio_uj)},
          {"local_takes_less", or_null(even.local_takes_less)},
          {"instructions_break_even", or_null(even.instructions_break_even)}};
}

Json hybrid_json(const compare::Comparison& comparison) {
  if (comparison.hybrid.empty()) return nullptr;
  Json points = Json::array();
  for (const compare::HybridPoint& point : comparison.hybrid) {
    points.push_back({{"margin", point.margin},
                      {"asked", point.asked},
                      {"agreement", point.agreement},
                      {"accuracy", or_null(point.accuracy)},
                      {"bytes_per_prediction", point.bytes}});
  }
  return {{"local", comparison.hybrid_local}, {"cloud", comparison.hybrid_cloud}, {"thresholds", std::move(points)}};
}

Json network_json(const compare::Conditions& network) {
  return {{"emulated", "in the client"},
          {"rtt_us", network.rtt_us},
          {"jitter_us", network.jitter_us},
          {"loss", network.loss},
          {"bandwidth_bits_per_second", network.bandwidth > 0 ? Json(network.bandwidth) : Json()},
          {"outage_us", network.outage_us},
          {"outage_every_us", network.outage_every_us}};
}

}  // namespace

Json compare_json(const compare::Comparison& comparison) {
  Json json = {{"model", comparison.model},
               {"data", comparison.data},
               {"rows", comparison.rows},
               {"model_bytes", comparison.model_bytes},
               {"metric", comparison.metric},
               {"reference", comparison.reference},
               {"network", network_json(comparison.network)},
               {"rate", comparison.load.rate},
               {"requests", comparison.load.requests()},
               {"deadline_us", comparison.deadline_us},
               {"seed", comparison.seed},
               {"targets", Json::array()},
               {"break_even", Json::array()}};
  for (const compare::Target& target : comparison.targets) json["targets"].push_back(target_json(target));
  for (const compare::BreakEven& even : comparison.break_even) json["break_even"].push_back(break_even_json(even));
  json["hybrid"] = hybrid_json(comparison);
  return json;
}

}  // namespace nuthatch::report
