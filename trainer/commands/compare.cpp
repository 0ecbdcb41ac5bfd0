#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>

#include "commands/commands.hpp"
#include "commands/common.hpp"
#include "commands/comparing.hpp"
#include "commands/reporting.hpp"
#include "commands/write_text.hpp"
#include "report/compare_report.hpp"

namespace nuthatch::commands {
namespace {

struct CompareFlags {
  ComparePlan plan;
  std::string network;
  std::string deadline = "100ms";
  std::string constants;
  std::string report;
  bool json = false;
  bool print_constants = false;
};

/// What `flags` say in texts, in the plan's numbers.
ComparePlan plan_of(const CompareFlags& flags) {
  ComparePlan plan = flags.plan;
  if (plan.model.empty() || plan.data.empty()) {
    throw CLI::ValidationError("compare needs a model and --data F.csv; --print-constants needs neither");
  }
  try {
    plan.network = compare::parse_conditions(flags.network);
    // A deadline is a time as a round trip is.
    plan.deadline_us = compare::parse_conditions("rtt=" + flags.deadline).rtt_us;
  } catch (const std::invalid_argument& error) {
    throw CLI::ValidationError(std::string("--network or --deadline: ") + error.what());
  }
  constexpr double kMostRequests = 1e7;
  if (plan.load.rate * plan.load.seconds > kMostRequests) {
    throw CLI::ValidationError(fmt::format("--rate x --seconds: {:g} predictions are more than {:g}",
                                           plan.load.rate * plan.load.seconds, kMostRequests));
  }
  plan.constants =
      flags.constants.empty() ? compare::Constants::defaults() : compare::Constants::from_file(flags.constants);
  return plan;
}

void check_outcome(const compare::Comparison& comparison) {
  std::vector<std::string> wrong;
  for (const compare::Target& target : comparison.targets) {
    if (!target.error.empty())
      wrong.push_back(fmt::format("{} failed: {}", target.name, target.error));
    else if (!target.identical_bits)
      wrong.push_back(target.name + " does not answer bit for bit as the host does");
  }
  if (!wrong.empty()) throw std::runtime_error(fmt::format("{}", fmt::join(wrong, "\n")));
}

void run(const CompareFlags& flags) {
  if (flags.print_constants) {
    fmt::print("{}\n", compare::Constants::defaults().to_json());
    return;
  }
  const ComparePlan plan = plan_of(flags);
  check_extra_output("--report", flags.report,
                     {plan.model, plan.data, plan.cloud_model, plan.reference, flags.constants});
  const compare::Comparison comparison = compare_targets(plan);
  if (flags.json) {
    fmt::print("{}\n", report::compare_json(comparison).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    print_lines(report::compare_text(comparison));
  }
  std::fflush(stdout);
  if (!flags.report.empty()) {
    const std::string page = report::compare_page(comparison);
    exporting::write_file(flags.report, {reinterpret_cast<const std::uint8_t*>(page.data()), page.size()});
  }
  check_outcome(comparison);
}

std::string positive(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const bool good = end != text.c_str() && *end == '\0' && std::isfinite(value) && value > 0;
  return good ? "" : text + " is not a number above 0";
}

void add_load_flags(CLI::App& command, CompareFlags& flags) {
  ComparePlan& plan = flags.plan;
  plan.load = {100, 10};
  command
      .add_option("--network", flags.network,
                  "between device and server, emulated in the client: "
                  "rtt=40ms,jitter=5ms,loss=1%,bandwidth=256kbit,outage=2s/60s")
      ->type_name("CONDITIONS");
  command.add_option("--rate", plan.load.rate, "predictions a second (100), whether or not earlier ones are answered")
      ->type_name("N")
      ->check(positive);
  command.add_option("--seconds", plan.load.seconds, "how long each target is asked (10)")
      ->type_name("N")
      ->check(positive);
  command.add_option("--deadline", flags.deadline, "until when an answer is of use (100ms)")->type_name("TIME");
  command.add_option("--seed", plan.seed, "of jitter and loss (0)")->type_name("N")->check(whole_number);
}

}  // namespace

void add_compare(CLI::App& program) {
  auto flags = std::make_shared<CompareFlags>();
  ComparePlan& plan = flags->plan;
  plan.targets = {"local", "cloud", "edge:cortex-m4", "edge:cortex-m0"};
  CLI::App* command = program.add_subcommand(
      "compare", "The same rows through several deployments: bits, score, latency, bytes, memory, energy and cost");
  command->add_option("model", plan.model, "model file")->type_name("M.nhm");
  command->add_option("--data", plan.data, "CSV with the model's features")->type_name("F.csv");
  command
      ->add_option("--targets", plan.targets,
                   "local, cloud, cloud-json, http://HOST:PORT, edge:DEVICE (any of predict's --on); default: "
                   "local,cloud,edge:cortex-m4,edge:cortex-m0")
      ->type_name("T,...")
      ->delimiter(',')
      ->check(why_no_target);
  add_load_flags(*command, *flags);
  command->add_option("--cloud-model", plan.cloud_model, "the server has this model, say a larger one")
      ->type_name("B.nhm");
  command->add_option("--reference", plan.reference, "answers in floating point, by train --float-predictions")
      ->type_name("R.csv");
  command->add_option("--constants", flags->constants, "clocks, currents and prices of your own")->type_name("C.json");
  command->add_flag("--print-constants", flags->print_constants, "print those there are, with their sources, and stop");
  command->add_option("--report", flags->report, "write an HTML page that opens offline")->type_name("R.html");
  command->add_flag("--json", flags->json, "print one JSON document");
  add_csv_flags(*command, plan);
  command->add_flag("--progress", plan.progress, "show progress even if stderr is no terminal");
  command->callback([flags] { run(*flags); });
}

}  // namespace nuthatch::commands
