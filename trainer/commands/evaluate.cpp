#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "commands/commands.hpp"
#include "commands/common.hpp"
#include "commands/evaluation_output.hpp"

namespace nuthatch::commands {
namespace {

using Json = nlohmann::ordered_json;

struct EvaluateFlags {
  RowFlags rows;
  bool json = false;
};

Json instructions_json(const DeviceReport& device) {
  if (!device.instructions_valid) return nullptr;
  return {{"mean", device.instructions_mean}, {"max", device.instructions_max}, {"min", device.instructions_min}};
}

void add_device(Json& json, const DeviceReport& device) {
  json["instructions"] = instructions_json(device);
  json["monitor_instructions"] = device.instructions_valid ? Json(device.observe_instructions) : Json();
  json["open_instructions"] = device.instructions_valid ? Json(device.open_instructions) : Json();
  json["flash_bytes"] = device.flash_bytes ? Json(*device.flash_bytes) : Json();
  json["ram_bytes"] = device.ram_bytes;
  if (device.ram_free_bytes) json["ram_free_bytes"] = *device.ram_free_bytes;
  json["stack_bytes"] = device.stack_bytes ? Json(*device.stack_bytes) : Json();
  json["stack_bound_bytes"] = device.stack_bound_bytes ? Json(*device.stack_bound_bytes) : Json();
}

void print_json(const EvaluateFlags& flags, const evaluate::Evaluation& evaluation, const RowsRun& run,
                std::size_t model_bytes) {
  Json json = {{"metric", evaluation.metric},
               {"score", evaluation.score},
               {"rows", evaluation.rows},
               {"refused", evaluation.refused},
               {"on", flags.rows.on}};
  if (!evaluation.classification) {
    json["mean_squared_error"] = evaluation.regression ? evaluation.regression->mean_squared_error : 0.0;
  } else if (const auto& probabilities = evaluation.classification->probabilities) {
    json["log_loss"] = probabilities->log_loss;
    json["brier"] = probabilities->brier;
  } else if (evaluation.undefined.contains("log_loss")) {  // of a model without probabilities there are no such keys
    json["log_loss"] = nullptr;
    json["brier"] = nullptr;
  }
  json["identical_to_host"] = run.identical_to_host;
  json["model_bytes"] = model_bytes;
  if (run.device) add_device(json, *run.device);
  add_metrics(json, evaluation);
  // A class may be named by any bytes; the rest is UTF-8.
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

void print_text(const EvaluateFlags& flags, const evaluate::Evaluation& evaluation, const RowsRun& run,
                std::size_t model_bytes) {
  print_metrics(evaluation);
  fmt::print("{:<20} {} bytes\n", "model", model_bytes);
  if (flags.rows.on != "host") {
    fmt::print("{:<20} {}\n", "identical to host", run.identical_to_host ? "yes, every bit" : "NO");
  }
  if (!run.device) return;
  const DeviceReport& device = *run.device;
  if (device.instructions_valid) {
    fmt::print("{:<20} {:.1f} mean, {} min, {} max (counted on {}; instructions, not cycles)\n", "instructions a row",
               device.instructions_mean, device.instructions_min, device.instructions_max, flags.rows.on);
    fmt::print("{:<20} {:.1f} mean\n", "monitor, a row", device.observe_instructions);
    fmt::print("{:<20} {}\n", "to open the model", device.open_instructions);
  }
  if (device.flash_bytes) fmt::print("{:<20} {} bytes\n", "flash", *device.flash_bytes);
  fmt::print("{:<20} {} bytes{}\n", "RAM", device.ram_bytes,
             device.ram_free_bytes ? fmt::format(", {} left to you", *device.ram_free_bytes) : "");
  if (!device.stack_bytes) return;
  fmt::print("{:<20} {} bytes{}\n", "stack", *device.stack_bytes,
             device.stack_bound_bytes ? fmt::format(" measured, at most {}", *device.stack_bound_bytes) : "");
}

void evaluate(const EvaluateFlags& flags) {
  const auto model = exporting::LoadedModel::from_file(flags.rows.model);
  const data::Dataset dataset = read_rows(flags.rows, model, true);
  const RowsRun run = run_rows(flags.rows, model, dataset);
  const evaluate::Evaluation evaluation = evaluate::evaluate(model, dataset, run.predictions, flags.rows.decimal_comma);
  if (flags.json) {
    print_json(flags, evaluation, run, model.bytes().size());
  } else {
    print_text(flags, evaluation, run, model.bytes().size());
  }
  if (!run.identical_to_host) throw std::runtime_error(flags.rows.on + " does not answer bit for bit as the host does");
}

}  // namespace

void add_evaluate(CLI::App& program) {
  auto flags = std::make_shared<EvaluateFlags>();
  CLI::App* command =
      program.add_subcommand("evaluate", "Score a model on labelled rows, here, on an emulated board, or over HTTP");
  add_row_flags(*command, flags->rows);
  command->add_flag("--json", flags->json, "print one JSON document");
  command->callback([flags] { evaluate(*flags); });
}

}  // namespace nuthatch::commands
