#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "commands/card.hpp"
#include "commands/commands.hpp"
#include "commands/common.hpp"
#include "commands/compute.hpp"
#include "commands/costs.hpp"
#include "commands/learning_curve.hpp"
#include "commands/preparing.hpp"
#include "commands/reporting.hpp"
#include "commands/row_plan.hpp"
#include "commands/rows.hpp"
#include "commands/tuning.hpp"
#include "commands/write_text.hpp"
#include "data/nearest.hpp"
#include "learn/class_weight.hpp"
#include "select/ranking.hpp"

namespace nuthatch::commands {
namespace {

using Json = nlohmann::ordered_json;
using tune::Trial;

struct TuneFlags {
  TunePlan plan;
  std::string budget;
  std::string time = "60s";
  std::string output;
  std::string parent;
  std::string report;
  std::string card;
  bool json = false;
  const CLI::App* command = nullptr;  ///< what was typed
};

/// "60s", "10m", "2h" or a number of seconds.
double seconds_of(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const std::string unit = end;
  const double factor = unit.empty() || unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 0;
  if (end == text.c_str() || factor == 0 || !std::isfinite(value) || value <= 0) {
    throw CLI::ValidationError(fmt::format("--time {}: give a time, as in 60s, 10m or 2h", text));
  }
  return value * factor;
}

std::string unknown_model(const std::string& name) {
  std::vector<std::string> names;
  for (const learn::Family& family : learn::families()) names.push_back(family.name);
  const std::string* nearest = data::nearest_name(name, names);
  return fmt::format("--models {}: there is no such model{}", name,
                     nearest == nullptr ? "" : fmt::format("; did you mean {}?", *nearest));
}

TunePlan plan_of(const TuneFlags& flags) {
  TunePlan plan = flags.plan;
  plan.seconds = seconds_of(flags.time);
  try {
    plan.budget = tune::parse_budget(flags.budget);
  } catch (const std::invalid_argument& error) {
    throw CLI::ValidationError(std::string("--budget ") + error.what());
  }
  const std::vector<std::string> cores = core_names();
  if (std::find(cores.begin(), cores.end(), plan.budget.core) == cores.end()) {
    throw CLI::ValidationError(
        fmt::format("--budget core={}: is none of {}", plan.budget.core, fmt::join(cores, ", ")));
  }
  for (const std::string& name : plan.models) {
    if (learn::find_family(name) == nullptr) throw CLI::ValidationError(unknown_model(name));
  }
  check_row_plan(plan.training);
  read_prepare(plan.training);
  return plan;
}

/// Options of the command line as they were typed, each behind a space.
std::string as_typed(const CLI::App& command, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    const CLI::Option* option = command.get_option(name);
    if (option->count() == 0) continue;
    text += " " + name;
    if (option->get_expected_min() == 0) continue;  // a switch
    for (const std::string& value : option->results()) text += " " + tune::shell_word(value);
  }
  return text;
}

/// The command that makes the best model's file again, byte for byte.
std::string command_of(const TuneFlags& flags, const Tuning& tuning) {
  std::string text =
      "nuthatch train" + as_typed(*flags.command, {"--data", "--target"}) + " " + tuning.best.candidate.train_flags();
  for (const std::string& column : tuning.plan.drop) text += " --drop " + tune::shell_word(column);
  text += as_typed(*flags.command, {"--task", "--folds", "--group", "--prepare", "--pca", "--monitor", "--seed",
                                    "--test", "--test-fraction", "--positive", "--threshold-for", "--parent",
                                    "--delimiter", "--labels", "--decimal-comma", "--thousands", "--units"});
  // Train chooses the threshold on these folds, too.
  if (tuning.threshold) text += fmt::format(" --cross-validate {}", flags.plan.folds.folds);
  return text + " -o " + tune::shell_word(flags.output);
}

/// Every flag of its family, also those at their defaults. features: null is all of them.
Json parameters_json(const Trial& trial) {
  const tune::Candidate& candidate = trial.candidate;
  Json json = {{"precision", candidate.precision}, {"input", candidate.input}};
  for (const learn::Flag& flag : learn::find_family(candidate.family)->flags) {
    const auto given = candidate.flags.find(flag.name);
    const std::string& text = given == candidate.flags.end() ? flag.default_value : given->second;
    const bool is_switch = learn::find_parameter_flag(flag.name)->type_name.empty();
    const Json value = Json::parse(text, nullptr, false);
    json[flag.name] = is_switch ? Json(text == "yes") : value.is_number() ? value : Json(text);
  }
  json["features"] = candidate.features == 0 ? Json() : Json(candidate.features);
  return json;
}

Json dropped_json(const std::vector<tune::Dropped>& dropped) {
  Json list = Json::array();
  for (const tune::Dropped& one : dropped) {
    list.push_back({{"family", one.family}, {"why", one.why}, {"needs", one.needs}});
  }
  return list;
}

Json failures_json(const std::vector<Failure>& failures) {
  Json list = Json::array();
  for (const Failure& one : failures) list.push_back({{"family", one.family}, {"why", one.why}});
  return list;
}

/// As people know the metric: of errors and costs less is better.
double score_of(const Tuning& tuning, const Trial& trial) { return tuning.judge.metric.value(trial.mean()); }

/// "standard deviation 0.0123", which one fold alone does not have.
std::string deviation_text(const Trial& trial) {
  const std::optional<double> deviation = trial.deviation();
  return deviation ? "standard deviation " + four_digits(*deviation) : "of one fold, so without a standard deviation";
}

Json trial_json(const Tuning& tuning, const Trial& trial, const tune::Cost& cost) {
  return {{"model", trial.candidate.family},
          {"score_cv", score_of(tuning, trial)},
          {"score_cv_sd", trial.deviation() ? Json(*trial.deviation()) : Json()},
          {"flash_bytes", cost.flash_bytes},
          {"ram_bytes", cost.ram_bytes},
          {"instructions", cost.instructions},
          {"parameters", parameters_json(trial)}};
}

/// The score of the rows that the search never saw, by its metric.
std::optional<double> held_out_score(const TunePlan& plan, const Tuning& tuning, const exporting::LoadedModel& model) {
  if (!tuning.rows.test) return {};
  const data::Dataset& test = *tuning.rows.test;
  return score_of(tuning.judge,
                  answers_on_fold(tuning.judge, model, test, model.predict(test), plan.training.decimal_comma));
}

/// Whether each fold is judged at the threshold that is best for it, of all candidates alike.
bool is_at_own_threshold(const Judge& judge) {
  return judge.metric.is_of_best_threshold() || (judge.goal && judge.metric.is_of_answers());
}

Json to_json(const TuneFlags& flags, const TunePlan& plan, const Tuning& tuning, const exporting::LoadedModel& model) {
  const Judge& judge = tuning.judge;
  Json best = trial_json(tuning, tuning.best, tuning.cost);
  best["flash_parts"] = tuning.cost.code ? flash_parts_json(tuning.cost.code->parts) : Json();
  best["flash_estimated"] = tuning.cost.code ? Json(tuning.cost.code->estimated) : Json();
  const std::optional<double> held_out = held_out_score(plan, tuning, model);
  best["score_held_out"] = held_out ? Json(*held_out) : Json();
  best["threshold"] = tuning.threshold ? to_json(judge, *tuning.threshold, model) : Json();
  best["usual_instructions"] = tuning.usual_instructions ? Json(*tuning.usual_instructions) : Json();
  best["measured_instructions"] = tuning.measured_instructions ? Json(*tuning.measured_instructions) : Json();
  best["features"] = tuning.best_features.empty() ? Json() : Json(tuning.best_features);
  const std::optional<double> log_loss = tuning.best.log_loss();
  best["log_loss_cv"] = log_loss ? Json(*log_loss) : Json();
  Json json = {{"metric", judge.metric.name()},
               {"guessing_score", tuning.guessing_score},
               {"better_than_guessing", tuning.better_than_guessing},
               {"threshold_from", is_at_own_threshold(judge) ? Json("own fold") : Json()},
               {"positive_class", judge.positive ? Json(judge.names[*judge.positive]) : Json()},
               {"core", plan.budget.core},
               {"best", std::move(best)}};
  json["command"] = command_of(flags, tuning);
  json["front"] = Json::array();
  for (const Trial& trial : tuning.front) json["front"].push_back(trial_json(tuning, trial, trial.cost));
  json["held_out"] = tuning.rows.held_out ? to_json(*tuning.rows.held_out) : Json();
  json["findings"] = findings_json(tuning.findings);
  json["dropped"] = dropped_json(tuning.dropped);
  json["failures"] = failures_json(tuning.failures);
  json["trials"] = tuning.trials;
  json["failed"] = tuning.failed;
  json["too_large"] = tuning.too_large;
  json["seconds"] = tuning.seconds;
  json["cpu_seconds"] = tuning.cpu_seconds;
  json["score_passed_over"] = tuning.passed_over ? Json(judge.metric.value(*tuning.passed_over)) : Json();
  return json;
}

/// What the chosen model gives up against the others of the front, and what they would cost.
std::string trade_offs(const Tuning& tuning) {
  std::string text = fmt::format("\n{:<14} {:>9} {:>9} {:>8} {:>8} {:>13}  how\n", "model", "score", "given up",
                                 "flash", "RAM", "instructions");
  for (const Trial& trial : tuning.front) {
    const bool chosen = trial.candidate.key() == tuning.best.candidate.key();
    text += fmt::format("{:<14} {:>9} {:>9} {:>8} {:>8} {:>13}  {}\n", trial.candidate.family,
                        four_digits(score_of(tuning, trial)), four_digits(tuning.best.mean() - trial.mean()),
                        trial.cost.flash_bytes, trial.cost.ram_bytes, trial.cost.instructions,
                        trial.candidate.key().substr(trial.candidate.family.size()) + (chosen ? "  <- chosen" : ""));
  }
  return text;
}

/// Accuracy of rows that are nearly all of one class tells nothing of the others.
void print_guessing(const TunePlan& plan, const Tuning& tuning) {
  const Judge& judge = tuning.judge;
  write_text("{:<20} {}\n", "guessing", four_digits(tuning.guessing_score));
  if (!tuning.better_than_guessing) {
    write_text(
        "{:<20} the best is no better than guessing, but for what chance makes of such folds: give features that tell "
        "more of \"{}\", or more rows\n",
        "nothing learned", plan.training.target);
  }
  if (const std::string note = ranking_note(judge); !note.empty()) write_text("{:<20} {}\n", "answers", note);
  const auto is_imbalance = [](const prepare::Finding& finding) { return finding.kind == "imbalance"; };
  if (judge.chosen || std::none_of(tuning.findings.begin(), tuning.findings.end(), is_imbalance)) return;
  if (judge.positive) {
    write_text(
        "{:<20} accuracy hardly counts \"{}\"; --metric average-precision looks for models that tell it apart, "
        "--threshold-for recall=0.9 for one that finds it\n",
        "rare classes", judge.names[*judge.positive]);
  } else {
    write_text("{:<20} accuracy hardly counts them; --metric balanced-accuracy does\n", "rare classes");
  }
}

void print_left_out(std::FILE* file, const std::vector<tune::Dropped>& dropped, const std::vector<Failure>& failures) {
  for (const tune::Dropped& one : dropped) {
    write_text(file, "no time for {}: {}; --time {:.0f}s would do\n", one.family, one.why, one.needs);
  }
  for (const Failure& one : failures) write_text(file, "{} could not be learned: {}\n", one.family, one.why);
}

/// A failure, too, says which families there was no time for.
void print_nothing(const TuneFlags& flags, const NothingFound& nothing) {
  if (!flags.json) return print_left_out(stderr, nothing.dropped, {});  // the sentence has the failures
  const Json json = {{"best", nullptr},
                     {"error", nothing.what()},
                     {"dropped", dropped_json(nothing.dropped)},
                     {"failures", failures_json(nothing.failures)}};
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

void print_text(const TuneFlags& flags, const TunePlan& plan, const Tuning& tuning,
                const exporting::LoadedModel& model) {
  const std::string metric = tuning.judge.words();
  print_findings(tuning.findings);
  if (tuning.rows.held_out) write_text("  held out to score on: {}\n", text_of(*tuning.rows.held_out));
  write_text("{} candidates in {:.1f} s ({:.1f} s of CPU); {} could not be learned{}, {} did not fit\n", tuning.trials,
             tuning.seconds, tuning.cpu_seconds, tuning.failed, tuning.dropped.empty() ? "" : " or not in time",
             tuning.too_large);
  print_left_out(stdout, tuning.dropped, tuning.failures);
  write_text("best: {}\n", tuning.best.candidate.key());
  write_text("{:<20} {} ({})\n", metric + ", folds", four_digits(score_of(tuning, tuning.best)),
             deviation_text(tuning.best));
  if (is_at_own_threshold(tuning.judge)) {
    write_text(
        "{:<20} each fold answered by the threshold that is best for it, of all candidates alike: a bit too good\n",
        "");
  }
  print_guessing(plan, tuning);
  if (tuning.plan.classifies && !tuning.judge.chosen && tuning.best_score > tuning.best.mean()) {
    write_text("{:<20} its log loss; {} of another is not better by more than chance makes of such folds\n",
               "chosen by", four_digits(tuning.best_score));
  }
  if (const std::optional<double> held_out = held_out_score(plan, tuning, model)) {
    write_text("{:<20} {}\n", metric + ", held out", four_digits(*held_out));
  }
  if (tuning.threshold) print(tuning.judge, *tuning.threshold, model);
  write_text("{:<20} {} bytes of flash, {} of RAM, at most {} instructions{}{} on {}\n", "costs",
             tuning.cost.flash_bytes, tuning.cost.ram_bytes, tuning.cost.instructions,
             tuning.usual_instructions ? fmt::format(", usually {}", *tuning.usual_instructions) : "",
             tuning.measured_instructions ? fmt::format(" ({} measured)", *tuning.measured_instructions) : "",
             plan.budget.core);
  if (const auto& code = tuning.cost.code) {
    write_text("{:<20} {} of code{}: {}\n", "", code->parts.total(),
               code->estimated ? ", an estimate, as the core's firmware is not built (./run build measures it)" : "",
               itemized(code->parts));
    write_text("{:<20} {}\n", "", kLeaveOut);
  } else {
    write_text("{:<20} without the code, of which no table says how much it is\n", "");
  }
  if (!tuning.best_features.empty()) {
    write_text("{:<20} {} of them: {}\n", "features", tuning.best_features.size(), first_few(tuning.best_features));
  }
  if (tuning.passed_over) {
    write_text("{:<20} a candidate of {} on folds, too large once all rows are learned from\n", "passed over",
               four_digits(tuning.judge.metric.value(*tuning.passed_over)));
  }
  print_lines(trade_offs(tuning));
  write_text("\nmade again by: {}\n\n{}: written\n", command_of(flags, tuning), flags.output);
}

std::vector<report::TunedModel> front_of(const Tuning& tuning) {
  std::vector<report::TunedModel> front;
  for (const Trial& trial : tuning.front) {
    const std::string key = trial.candidate.key();
    front.push_back({trial.candidate.family, key.substr(trial.candidate.family.size()), score_of(tuning, trial),
                     trial.cost.flash_bytes, trial.cost.ram_bytes, trial.cost.instructions,
                     key == tuning.best.candidate.key()});
  }
  return front;
}

/// A flag's value in a candidate, if it is a number.
std::optional<double> flag_value(const tune::Candidate& candidate, const learn::Flag& flag) {
  const auto given = candidate.flags.find(flag.name);
  const std::string& text = given == candidate.flags.end() ? flag.default_value : given->second;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// Of the chosen family's flags that took three values or more.
std::vector<report::ValidationCurve> validation_curves(const Tuning& tuning) {
  constexpr std::size_t kMostCurves = 4;
  std::vector<report::ValidationCurve> curves;
  for (const learn::Flag& flag : learn::find_family(tuning.best.candidate.family)->flags) {
    report::ValidationCurve curve{flag.name, {}, flag_value(tuning.best.candidate, flag)};
    std::set<double> values;
    for (const Trial& trial : tuning.tried) {
      if (trial.candidate.family != tuning.best.candidate.family || trial.search_scores.empty()) continue;
      const std::optional<double> value = flag_value(trial.candidate, flag);
      if (!value) continue;
      curve.trials.emplace_back(*value, tuning.judge.metric.value(trial.search_scores.front()));
      values.insert(*value);
    }
    if (values.size() >= 3 && curves.size() < kMostCurves) curves.push_back(std::move(curve));
  }
  return curves;
}

void write_page(const TuneFlags& flags, const TunePlan& plan, const exporting::LoadedModel& model, const Tuning& tuning,
                const report::Compute& compute) {
  report::ModelReport report;
  report.made = "Tuned on " + file_name(plan.training.data);
  report.name = file_name(flags.output);
  report.model = &model;
  report.decimal_comma = plan.training.decimal_comma;
  report.data_name = file_name(plan.training.data);
  report.data = &tuning.rows.train;
  report.scored = scored_rows(plan.training, tuning.rows, model);
  report.folds = {score_of(tuning, tuning.best),
                  fmt::format("{} {} fold{}, {}; chosen among {} candidates", tuning.best.scores().size(),
                              drawing_name(tuning.plan), tuning.best.scores().size() == 1 ? "" : "s",
                              deviation_text(tuning.best), tuning.trials),
                  tuning.guessing_score};
  if (tuning.judge.chosen) report.judged_by = tuning.judge.words();
  report.lower_is_better = tuning.judge.metric.lower_is_better();
  report.front = front_of(tuning);
  report.core = plan.budget.core;
  report.validation = validation_curves(tuning);
  report.compute = compute;
  add_model_facts(report, plan.training.seed, plan.training.progress);
  report.learning = learning_curve(tuning.plan, tuning.rows, tuning.seconds_to_learn);
  for (const prepare::Finding& finding : tuning.findings) report.findings.push_back(finding.text);
  write_report(flags.report, report, flags.json);
}

CrossValidation folds_of(const Tuning& tuning) {
  std::vector<double> scores = tuning.best.scores();
  for (double& score : scores) score = tuning.judge.metric.value(score);
  CrossValidation found{drawing_name(tuning.plan),
                        tuning.judge.metric.name(),
                        scores,
                        score_of(tuning, tuning.best),
                        tuning.best.deviation().value_or(std::nan("")),
                        0,
                        tuning.guessing_score,
                        tuning.judge.words()};
  if (is_at_own_threshold(tuning.judge)) found.threshold_from = "own fold";
  return found;
}

/// Before the work: what is written beside the model must not replace anything.
void check_extra_outputs(const TuneFlags& flags, const TunePlan& plan) {
  const std::vector<std::string> inputs = {plan.training.data, plan.training.test, flags.parent, flags.output,
                                           plan.resume};
  const auto with = [&](const std::string& other) {
    std::vector<std::string> all = inputs;
    all.push_back(other);
    return all;
  };
  check_extra_output("-o", flags.output,
                     {plan.training.data, plan.training.test, plan.training.prepare_file, plan.resume});
  check_extra_output("--report", flags.report, with(flags.card));
  check_extra_output("--card", flags.card, with(flags.report));
}

void run(const TuneFlags& flags) {
  const ComputeClock clock;
  TunePlan plan = plan_of(flags);
  check_output(flags.output);
  check_extra_outputs(flags, plan);
  plan.training.parent_sha256 = parent_of(flags.parent, plan.training.target);
  const Tuning tuning = [&] {
    try {
      return tune_model(plan);
    } catch (const NothingFound& nothing) {
      print_nothing(flags, nothing);
      throw;
    } catch (const std::invalid_argument& error) {  // families that do not do the task, which only the data tell
      throw CLI::ValidationError(error.what());
    }
  }();
  exporting::write_file(flags.output, tuning.bytes);
  const report::Compute compute = clock.read();
  const exporting::LoadedModel model(tuning.bytes);
  if (flags.json) {
    // Findings have paths in them, which may be any bytes.
    fmt::print("{}\n", to_json(flags, plan, tuning, model).dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    print_text(flags, plan, tuning, model);
  }
  if (!flags.card.empty()) {
    write_card(
        flags.card, model,
        {evaluated(model, tuning.rows, plan.training.decimal_comma), folds_of(tuning), compute, tuning.rows.held_out});
  }
  if (!flags.report.empty()) write_page(flags, plan, model, tuning, compute);
}

}  // namespace

void add_tune(CLI::App& program) {
  auto flags = std::make_shared<TuneFlags>();
  TunePlan& plan = flags->plan;
  TrainingPlan& training = plan.training;
  CLI::App* command = program.add_subcommand(
      "tune", "Look for the best model that fits a budget: families, parameters, precision, input and features");
  command->add_option("--data", training.data, "CSV to learn from, with a header")->required()->type_name("F.csv");
  command->add_option("--target", training.target, "column to predict")->required()->type_name("COL");
  command->add_option("-o,--output", flags->output, "model file to write")->required()->type_name("BEST.nhm");
  command->add_option("--budget", flags->budget, "flash=8K,ram=1K,instructions=20000,core=cortex-m4; all optional")
      ->type_name("B");
  command->add_option("--models", plan.models, "families to look among (all)")->type_name("NAME,...")->delimiter(',');
  auto* trials = command->add_option("--trials", plan.trials, "candidates to try; the same seed tries the same")
                     ->type_name("N")
                     ->check([](const std::string& text) {
                       return text == "0" ? "0 candidates leave none to write; give 1 or more" : whole_number(text);
                     });
  command->add_option("--time", flags->time, "how long to look (60s)")->type_name("60s")->excludes(trials);
  command->add_option("--resume", plan.resume, "keep what is found here, and go on from it")->type_name("FILE");
  command->add_option("--task", plan.task, "classification or regression (by the target)")
      ->type_name("T")
      ->check(CLI::IsMember({"auto", "classification", "regression"}));
  command->add_option("--input", plan.input, "what the device is given: float32 or int16 (both are tried)")
      ->type_name("I")
      ->check(CLI::IsMember({"float32", "int16"}));
  command
      ->add_option("--class-weight", plan.class_weight, "of every candidate, as of train: none, balanced, CLASS=W,...")
      ->type_name("W")
      ->check(learn::check_class_weight);
  add_judge_flags(*command, plan.judge);
  command->add_option("--drop", training.drop, "columns to leave out")->type_name("COL");
  add_prepare_flag(*command, training);
  command->add_option("--monitor", training.monitor, "what the device counts: off, basic (default) or full")
      ->type_name("L")
      ->check(CLI::IsMember({"off", "basic", "full"}));
  command->add_option("--cross-validate", plan.folds.folds, "folds (5)")->type_name("K")->check(CLI::Range(2, 100));
  add_row_plan_flags(*command, training);
  command->add_option("--seed", training.seed, "seed of every random choice (0)")->type_name("N")->check(whole_number);
  auto* test = command->add_option("--test", training.test, "CSV to score the chosen one on; the search never sees it")
                   ->type_name("F.csv");
  command
      ->add_option("--test-fraction", training.test_fraction,
                   "share of the rows to hold out of the search, and score the chosen one on")
      ->type_name("0.2")
      ->check(between(1e-9, 0.999999))
      ->excludes(test);
  command->add_option("--parent", flags->parent, "the model that this one replaces; its SHA-256 goes into the file")
      ->type_name("OLD.nhm");
  add_report_flag(*command, flags->report);
  command->add_option("--card", flags->card, "write the model card: what it is, how good, for what and at what cost")
      ->type_name("C.json");
  add_csv_flags(*command, training);
  command->add_flag("--progress", training.progress, "show progress even if stderr is no terminal");
  command->add_flag("--json", flags->json, "print one JSON document");
  flags->command = command;
  command->callback([flags] { run(*flags); });
}

}  // namespace nuthatch::commands
