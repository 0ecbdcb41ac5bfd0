#include "commands/reporting.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "commands/costs.hpp"
#include "commands/row_plan.hpp"
#include "commands/write_text.hpp"
#include "prepare/split.hpp"
#include "quantize/predictor.hpp"
#include "quantize/steps.hpp"
#include "report/progress.hpp"
#include "report/sample.hpp"

namespace nuthatch::commands {
namespace {

namespace fs = std::filesystem;

/// Whether two paths are one file; that neither may exist yet is no hindrance. Devices hold nothing to lose.
bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  if (fs::is_character_file(a, error)) return false;
  if (fs::equivalent(a, b, error)) return true;
  return fs::weakly_canonical(a, error) == fs::weakly_canonical(b, error);
}

/// About how long a row takes, in multiplications.
std::uint64_t work_of_row(const exporting::LoadedModel& model) {
  constexpr std::uint64_t kLeast = 500;      // whatever the model
  constexpr std::uint64_t kComparison = 10;  // a step of a tree waits for memory
  const quantize::Predictor& predictor = model.contents().predictor;
  const auto* forest = std::get_if<quantize::QuantizedForest>(&predictor);
  const std::uint64_t work = forest == nullptr ? quantize::multiply_accumulates(predictor)
                                               : kComparison * quantize::work_of_trees(*forest).comparisons;
  const quantize::Preparation* prepared = model.contents().prepared();
  return std::max(kLeast, work + (prepared == nullptr ? 0 : prepared->products()));
}

/// So many rows that shuffling every feature takes some seconds; 0: too few would be left to tell anything.
std::size_t importance_rows(const exporting::LoadedModel& model, std::size_t repeats) {
  constexpr std::uint64_t kWork = 4'000'000'000;  // multiplications
  constexpr std::uint64_t kFewestRows = 50;
  const std::uint64_t rows = kWork / (work_of_row(model) * repeats * model.contents().feature_names.size());
  return rows < kFewestRows ? 0 : rows;
}

void add_importance(report::ModelReport& report, std::uint64_t seed, bool progress_asked_for) {
  explain::ImportancePlan plan;
  plan.seed = seed;
  plan.decimal_comma = report.decimal_comma;
  const std::size_t most = importance_rows(*report.model, plan.repeats);
  if (most == 0) return;
  const data::Dataset& all = *report.scored->rows;
  const std::vector<std::size_t> places = report::sampled(all.rows(), most);
  const data::Dataset some = prepare::select_rows(all, places);
  report::Progress progress("shuffling", progress_asked_for);
  const std::size_t steps = all.columns.size() * plan.repeats;
  report.importance = explain::permutation_importance(*report.model, some, plan,
                                                      [&](std::size_t done) { progress.update(done, steps); });
  report.importance_rows = places.size() == all.rows()
                               ? report.scored->name
                               : fmt::format("{} of {}, at even distances", places.size(), report.scored->name);
}

/// What the rows are that the model is scored on.
std::string scored_name(const TrainingPlan& plan, const Rows& rows) {
  const std::string data = file_name(plan.data);
  if (!rows.test) return fmt::format("the {} rows of {}", rows.train.rows(), data);
  if (!plan.test.empty()) return fmt::format("the {} rows of {}", rows.test->rows(), file_name(plan.test));
  const std::string name = fmt::format("the {} rows held out of {}", rows.test->rows(), data);
  return rows.held_out ? fmt::format("{} ({})", name, text_of(*rows.held_out)) : name;
}

}  // namespace

void check_extra_output(const std::string& flag, const std::string& path, const std::vector<std::string>& others) {
  if (path.empty()) return;
  for (const std::string& other : others) {
    if (other.empty() || !is_same_file(path, other)) continue;
    throw CLI::ValidationError(fmt::format("{} {}: would overwrite {}; give another name", flag, path, other));
  }
  std::error_code error;
  if (fs::is_directory(path, error)) {
    throw std::runtime_error(fmt::format("{}: is a directory; give a file in it to {}", path, flag));
  }
  const fs::path folder = fs::path(path).parent_path();
  if (folder.empty() || fs::is_directory(folder, error)) return;
  throw std::runtime_error(
      fmt::format("{}: there is no folder {}; create it, or correct {}", path, folder.string(), flag));
}

void add_report_flag(CLI::App& command, std::string& path) {
  command.add_option("--report", path, "write an HTML page with charts, which opens without a network")
      ->type_name("R.html")
      ->check([](const std::string& name) { return name.empty() ? "the name is empty" : ""; });
}

std::string file_name(const std::string& path) { return fs::path(path).filename().string(); }

report::ScoredRows scored_rows(const TrainingPlan& plan, const Rows& rows, const exporting::LoadedModel& model) {
  const data::Dataset& scored = rows.test ? *rows.test : rows.train;
  exporting::Predictions predictions = model.predict(scored);
  evaluate::Evaluation evaluation = evaluate::evaluate(model, scored, predictions, plan.decimal_comma, {}, &rows.train);
  return {scored_name(plan, rows), !rows.test, &scored, std::move(predictions), std::move(evaluation)};
}

void add_model_facts(report::ModelReport& report, std::uint64_t seed, bool progress) {
  add_importance(report, seed, progress);
  report.costs = core_costs(*report.model);
}

void write_report(const std::string& path, const report::ModelReport& report, bool json) {
  const std::string page = report::model_page(report);
  exporting::write_file(path, {reinterpret_cast<const std::uint8_t*>(page.data()), page.size()});
  if (!json) write_text("{}: the report, for any browser and without a network\n", path);
}

}  // namespace nuthatch::commands
