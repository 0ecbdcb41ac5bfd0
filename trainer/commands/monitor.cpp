#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstring>

#include "commands/commands.hpp"
#include "commands/common.hpp"
#include "commands/reporting.hpp"
#include "commands/write_text.hpp"
#include "report/exporters.hpp"
#include "report/monitor_page.hpp"

namespace nuthatch::commands {
namespace {

using exporting::LoadedModel;
using report::Findings;
using report::History;

constexpr int kAct = 3;  // exit status: drift, or a broken input

struct MonitorFlags {
  std::vector<std::string> snapshots;
  std::string model;
  std::string format = "text";
  std::string report;
  bool json = false;
  bool device_label = false;
};

/// Firmware may leave out what the model has to count in bins, but counts nothing else.
void check_belongs(const History& history, const LoadedModel& model, const MonitorFlags& flags) {
  const Footprint footprint = model.model().footprint();
  const bool binned = history.histograms != 0 || history.output_bins != 0;
  const quantize::Watch& watch = model.contents().watch;
  const std::size_t output_bins = watch.output_edges.empty() ? 0 : watch.output_edges.size() + 1;
  const bool same = std::memcmp(history.model.data(), model.model().identity(), history.model.size()) == 0 &&
                    history.features == footprint.features && history.classes == footprint.classes &&
                    (!binned || (history.output_bins == output_bins &&
                                 watch.counted(history.histograms).size() == history.histograms));
  if (same) return;
  throw std::runtime_error(fmt::format("{} was taken of another model ({}...) than {} ({}...)",
                                       history.latest.front().path, exporting::hex(history.model), flags.model,
                                       exporting::hex({model.model().identity(), history.model.size()})));
}

std::string written(const Findings& findings, const MonitorFlags& flags) {
  if (flags.json || flags.format == "json") return to_json(findings);
  if (flags.format == "csv") return to_csv(findings);
  if (flags.format == "prometheus") return to_prometheus(findings, flags.device_label);
  return to_text(findings);
}

void write_page(const Findings& findings, const MonitorFlags& flags) {
  const std::string name = flags.model.empty() ? exporting::hex(findings.history.model)
                                               : std::filesystem::path(flags.model).filename().string();
  const std::string page = monitor_page(findings, name);
  exporting::write_file(flags.report, {reinterpret_cast<const std::uint8_t*>(page.data()), page.size()});
}

/// 3 where somebody should act.
int monitor(const MonitorFlags& flags) {
  if (flags.device_label && flags.format != "prometheus") {
    throw CLI::ValidationError("--device-label", "is for --format prometheus only");
  }
  std::vector<std::string> inputs = flags.snapshots;
  inputs.push_back(flags.model);
  check_extra_output("--report", flags.report, inputs);
  History history = report::read_history(flags.snapshots);
  std::optional<LoadedModel> model;
  if (!flags.model.empty()) model = LoadedModel::from_file(flags.model);
  if (model) check_belongs(history, *model, flags);
  const Findings findings = report::judge(std::move(history), model ? &model->contents() : nullptr);
  if (!flags.report.empty()) write_page(findings, flags);
  const std::string text = written(findings, flags);
  if (flags.format == "text") {
    print_lines(text);
  } else {
    fmt::print("{}", text);
  }
  return findings.health() >= Health::kDrift ? kAct : 0;
}

}  // namespace

void add_monitor(CLI::App& program) {
  auto flags = std::make_shared<MonitorFlags>();
  CLI::App* command = program.add_subcommand("monitor", "Read the counters that devices sent back");
  command
      ->add_option("snapshot", flags->snapshots,
                   "snapshot files in any order, of any number of devices; several of one device tell since when; "
                   "contributions among them (NHC1) tell which drift matters most")
      ->required()
      ->type_name("S.bin");
  command->add_option("--model", flags->model, "their model, for names and for what training looked like")
      ->type_name("M.nhm");
  CLI::Option* format =
      command->add_option("--format", flags->format, "text (default), json, csv (a line a feature) or prometheus")
          ->type_name("FORMAT")
          ->check(CLI::IsMember({"text", "json", "csv", "prometheus"}));
  command->add_flag("--json", flags->json, "the same as --format json")->excludes(format);
  command->add_flag("--device-label", flags->device_label, "prometheus: each device alone, with its id as a label");
  command->add_option("--report", flags->report, "write an HTML page with charts, which opens without a network")
      ->type_name("R.html");
  command->footer("Exit status 3 where the model tells of drift or of a broken input.");
  command->callback([flags] {
    const int status = monitor(*flags);
    if (status != 0) throw CLI::RuntimeError(status);
  });
}

}  // namespace nuthatch::commands
