#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "commands/commands.hpp"
#include "commands/common.hpp"
#include "commands/costs.hpp"
#include "commands/evaluation_output.hpp"
#include "commands/judging.hpp"
#include "commands/reporting.hpp"
#include "commands/row_notes.hpp"
#include "commands/write_text.hpp"

namespace nuthatch::commands {
namespace {

using Json = nlohmann::ordered_json;

struct EvaluateFlags {
  RowFlags rows;
  std::string positive;
  std::string report;
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
  json["flash_bytes"] = device.footprint ? Json(device.footprint->parts.total()) : Json();
  json["flash_parts"] = device.footprint ? flash_parts_json(device.footprint->parts) : Json();
  json["ram_bytes"] = device.ram_bytes;
  if (device.ram_free_bytes) json["ram_free_bytes"] = *device.ram_free_bytes;
  json["stack_bytes"] = device.stack_bytes ? Json(*device.stack_bytes) : Json();
  json["stack_bound_bytes"] = device.footprint ? Json(device.footprint->stack_bound) : Json();
}

void print_json(const EvaluateFlags& flags, const evaluate::Evaluation& evaluation, const RowsRun& run,
                const RowNotes& notes, const exporting::LoadedModel& model) {
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
  add_notes(json, notes);
  json["identical_to_host"] = run.identical_to_host;
  json["model_bytes"] = model.bytes().size();
  if (run.device) add_device(json, *run.device);
  add_metrics(json, evaluation);
  if (const auto& classes = evaluation.classification) json["threshold"] = threshold_json(model, classes->positive);
  // A class may be named by any bytes; the rest is UTF-8.
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

void print_text(const EvaluateFlags& flags, const evaluate::Evaluation& evaluation, const RowsRun& run,
                const RowNotes& notes, const exporting::LoadedModel& model) {
  for (const std::string& sentence : sentences_of(notes)) write_text("note: {}\n", sentence);
  const auto& classes = evaluation.classification;
  print_metrics(evaluation);
  const std::string threshold = threshold_text(model, classes ? classes->positive : std::nullopt);
  if (!threshold.empty()) write_text("{:<20} {}\n", "threshold", threshold);
  write_text("{:<20} {} bytes\n", "model", model.bytes().size());
  if (flags.rows.on != "host") {
    write_text("{:<20} {}\n", "identical to host", run.identical_to_host ? "yes, every bit" : "NO");
  }
  if (!run.device) return;
  const DeviceReport& device = *run.device;
  if (device.instructions_valid) {
    write_text("{:<20} {:.1f} mean, {} min, {} max (counted on {}; instructions, not cycles)\n", "instructions a row",
               device.instructions_mean, device.instructions_min, device.instructions_max, flags.rows.on);
    write_text("{:<20} {:.1f} mean\n", "monitor, a row", device.observe_instructions);
    write_text("{:<20} {}\n", "to open the model", device.open_instructions);
  }
  if (device.footprint) {
    const report::FlashParts& parts = device.footprint->parts;
    write_text("{:<20} {} bytes of code: {}\n", "flash", parts.total(), itemized(parts));
    write_text("{:<20} {}\n", "", kLeaveOut);
  }
  write_text("{:<20} {} bytes{}\n", "RAM", device.ram_bytes,
             device.ram_free_bytes ? fmt::format(", {} left to you", *device.ram_free_bytes) : "");
  if (!device.stack_bytes) return;
  write_text("{:<20} {} bytes{}\n", "stack", *device.stack_bytes,
             device.footprint ? fmt::format(" measured, at most {}", device.footprint->stack_bound) : "");
}

/// Whether these are the very bytes that the model was learned from.
bool is_training_data(const std::string& path, const exporting::Lineage& lineage) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  const exporting::Sha256 digest = sha256_of_file(path);
  return std::equal(digest.begin(), digest.end(), lineage.data_sha256.begin(), lineage.data_sha256.end());
}

void write_page(const EvaluateFlags& flags, const exporting::LoadedModel& model, const data::Dataset& dataset,
                const RowsRun& run, const evaluate::Evaluation& evaluation) {
  report::ModelReport report;
  report.made = "Evaluated on " + file_name(flags.rows.data);
  report.name = file_name(flags.rows.model);
  report.model = &model;
  report.decimal_comma = flags.rows.decimal_comma;
  report.data_name = file_name(flags.rows.data);
  report.data = &dataset;
  const bool learned = is_training_data(flags.rows.data, model.contents().lineage);
  const std::string name = fmt::format("the {} rows of {}", dataset.rows(), report.data_name);
  report.scored = report::ScoredRows{name, learned, &dataset, run.predictions, evaluation};
  add_model_facts(report, 0, flags.rows.progress);
  write_report(flags.report, report, flags.json);
}

/// The class that --positive names.
std::optional<std::size_t> positive_of(const EvaluateFlags& flags, const exporting::LoadedModel& model) {
  if (flags.positive.empty()) return {};
  if (!model.contents().classifies) {
    throw CLI::ValidationError(
        fmt::format("--positive {}: {} predicts values, no classes", flags.positive, flags.rows.model));
  }
  return class_index("--positive", flags.positive, flags.rows, model.contents().classes);
}

void evaluate(const EvaluateFlags& flags) {
  check_extra_output("--report", flags.report,
                     {flags.rows.model, flags.rows.data, flags.rows.firmware, flags.rows.snapshot});
  const auto model = exporting::LoadedModel::from_file(flags.rows.model);
  const std::optional<std::size_t> positive = positive_of(flags, model);
  RowNotes notes;
  const data::Dataset dataset = read_rows(flags.rows, model, true, &notes);
  const RowsRun run = run_rows(flags.rows, model, dataset);
  const evaluate::Evaluation evaluation =
      evaluate::evaluate(model, dataset, run.predictions, flags.rows.decimal_comma, positive);
  if (flags.json) {
    print_json(flags, evaluation, run, notes, model);
  } else {
    print_text(flags, evaluation, run, notes, model);
  }
  if (!flags.report.empty()) write_page(flags, model, dataset, run, evaluation);
  if (!run.identical_to_host) throw std::runtime_error(flags.rows.on + " does not answer bit for bit as the host does");
}

}  // namespace

void add_evaluate(CLI::App& program) {
  auto flags = std::make_shared<EvaluateFlags>();
  CLI::App* command =
      program.add_subcommand("evaluate", "Score a model on labelled rows, here, on an emulated board, or over HTTP");
  add_row_flags(*command, flags->rows);
  command
      ->add_option("--positive", flags->positive,
                   "the class that the curves speak of (the one that the model was trained for, else the rarer of two)")
      ->type_name("CLASS");
  add_report_flag(*command, flags->report);
  command->add_flag("--json", flags->json, "print one JSON document");
  command->callback([flags] { evaluate(*flags); });
}

}  // namespace nuthatch::commands
