#include "commands/card.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "commands/costs.hpp"
#include "commands/evaluation_output.hpp"
#include "commands/row_plan.hpp"

namespace nuthatch::commands {
namespace {

using exporting::LoadedModel;
using Json = nlohmann::ordered_json;

Json hex_or_null(const std::vector<std::uint8_t>& bytes) {
  return bytes.empty() ? Json() : Json(exporting::hex(bytes));
}

Json model_json(const LoadedModel& model) {
  const exporting::ModelContents& contents = model.contents();
  const exporting::Lineage& lineage = contents.lineage;
  return {{"sha256", exporting::hex(exporting::read_seal(model.bytes()).sha256)},
          {"family", lineage.model},
          {"kind", exporting::kind_of(contents.predictor)},
          {"task", contents.classifies ? "classification" : "regression"},
          {"target", lineage.target},
          {"classes", contents.classes},
          {"parameters", Json::accept(lineage.parameters) ? Json::parse(lineage.parameters) : Json()},
          {"bytes", model.bytes().size()}};
}

Json metrics_json(const LoadedModel& model, const CardFacts& facts) {
  const exporting::ModelContents& contents = model.contents();
  const auto& held_out = contents.lineage.held_out;
  Json metrics = Json::object();
  if (!held_out) {
    metrics["held_out"] = nullptr;
    metrics["held_out_how"] = "no rows were held out; train with --test or --test-fraction";
  } else {
    Json& entry = metrics["held_out"];
    entry = {{"metric", contents.classifies ? "accuracy" : "r2"}, {"score", held_out->score}, {"rows", held_out->rows}};
    entry["interval"] = std::isnan(held_out->low)
                            ? Json()
                            : Json({{"level", evaluate::kLevel}, {"low", held_out->low}, {"high", held_out->high}});
    if (facts.held_out) {
      entry["score"] = facts.held_out->score;
      add_metrics(entry, *facts.held_out);
    }
  }
  metrics["cross_validation"] = facts.folds ? to_json(*facts.folds) : Json();
  return metrics;
}

/// In the CSV's units: the values of the training rows, outside of which nothing was measured.
Json ranges_json(const LoadedModel& model) {
  const exporting::ModelContents& contents = model.contents();
  const quantize::Encoding& inputs = contents.inputs();
  Json ranges = Json::array();
  for (std::size_t i = 0; i < contents.feature_names.size(); ++i) {
    const quantize::FeatureEncoding& feature = inputs.features[i];
    const bool imputed = feature.imputation != INT16_MIN;
    ranges.push_back({{"name", contents.feature_names[i]},
                      {"low", quantize::value_of_code(feature, inputs.input, feature.low)},
                      {"high", quantize::value_of_code(feature, inputs.input, feature.high)},
                      {"missing", imputed ? Json(quantize::value_of_code(feature, inputs.input, feature.imputation))
                                          : Json("refused")}});
    if (quantize::low_saturates(inputs, i)) ranges.back()["low_saturates"] = true;
    if (quantize::high_saturates(inputs, i)) ranges.back()["high_saturates"] = true;
  }
  return ranges;
}

Json energy_json(const compare::Energy& energy, double factor, const char* unit) {
  return {{unit, energy.microjoules ? Json(factor * *energy.microjoules) : Json()},
          {"label", energy.label},
          {"how", energy.how}};
}

Json training_energy(const std::optional<report::Compute>& compute) {
  if (!compute) {
    return {{"joules", nullptr},
            {"label", "unavailable"},
            {"how", "a model file does not hold it, as it differs each time; train --card writes it"}};
  }
  Json json = energy_json(compute->energy, 1e-6, "joules");
  json["cpu_seconds"] = compute->cpu_seconds;
  json["seconds"] = compute->seconds;
  return json;
}

Json prediction_energy(const LoadedModel& model) {
  Json cores = Json::array();
  for (const report::CoreCost& cost : core_costs(model)) {
    Json entry = {{"core", cost.core},
                  {"most_instructions", cost.instructions},
                  {"ram_bytes", cost.ram_bytes},
                  {"flash_bytes", cost.flash_bytes ? Json(*cost.flash_bytes) : Json()},
                  {"flash_estimated", cost.flash_estimated}};
    entry.update(energy_json(cost.energy, 1, "microjoules"));
    cores.push_back(std::move(entry));
  }
  return cores;
}

/// How rows were held out, as far as the file says: a file of their own has no --test-fraction.
std::string split_kind(const exporting::ModelContents& contents) {
  const Json parameters = Json::parse(contents.lineage.parameters, nullptr, false);
  if (!parameters.is_object()) return "unknown";
  if (!parameters.contains("test_fraction")) return "file";
  if (parameters.contains("group")) return "grouped";
  return parameters.value("folds", contents.classifies ? "stratified" : "plain");
}

Json split_json(const LoadedModel& model, const CardFacts& facts) {
  const auto& held_out = model.contents().lineage.held_out;
  if (!held_out) return {};
  Json json = {{"sha256", hex_or_null(held_out->split_sha256)}, {"rows", held_out->rows}};
  if (facts.split) {
    json.update(to_json(*facts.split));
  } else {
    json["kind"] = split_kind(model.contents());
  }
  return json;
}

Json card_json(const LoadedModel& model, const CardFacts& facts) {
  const exporting::Lineage& lineage = model.contents().lineage;
  Json json = {{"card", 1},
               {"model", model_json(model)},
               {"versions", {{"trainer", lineage.trainer_version}, {"schema", 1}}},
               {"data", {{"sha256", hex_or_null(lineage.data_sha256)}, {"training_rows", lineage.training_rows}}}};
  json["split"] = split_json(model, facts);
  json["seed"] = lineage.seed;
  json["metrics"] = metrics_json(model, facts);
  json["ranges"] = ranges_json(model);
  json["energy"] = {{"training", training_energy(facts.compute)}, {"prediction", prediction_energy(model)}};
  json["parent_sha256"] = hex_or_null(lineage.parent_sha256);
  return json;
}

}  // namespace

std::optional<evaluate::Evaluation> evaluated(const LoadedModel& model, const Rows& rows, bool decimal_comma) {
  if (!rows.test) return std::nullopt;
  return evaluate::evaluate(model, *rows.test, model.predict(*rows.test), decimal_comma, {}, &rows.train);
}

void write_card(const std::string& path, const LoadedModel& model, const CardFacts& facts) {
  // A class may be named by any bytes; the rest is UTF-8.
  const std::string text = card_json(model, facts).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  exporting::write_file(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace nuthatch::commands
