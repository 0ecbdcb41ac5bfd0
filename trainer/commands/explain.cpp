#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <numeric>

#include "commands/commands.hpp"
#include "commands/common.hpp"
#include "commands/explaining.hpp"
#include "commands/judging.hpp"
#include "commands/row_notes.hpp"
#include "commands/write_text.hpp"
#include "data/nearest.hpp"
#include "learn/random.hpp"
#include "prepare/split.hpp"
#include "report/progress.hpp"

namespace nuthatch::commands {
namespace {

using exporting::LoadedModel;

constexpr std::size_t kMostRepeats = 100000;
constexpr std::size_t kMostGrid = 10000;

struct ExplainFlags {
  RowFlags rows;
  std::string background;
  std::optional<std::size_t> background_rows;  ///< so many of them are drawn
  std::vector<std::uint64_t> row;              ///< the first is 1
  std::string class_name;
  bool permutation = false;
  explain::ImportancePlan importance;
  std::string feature;
  std::size_t grid = 20;
  bool ice = false;
  bool json = false;

  /// Where nothing else is asked for, too.
  bool contributions() const { return !row.empty() || (!permutation && feature.empty()); }
};

/// Flags that would do nothing.
void check_flags(const ExplainFlags& flags) {
  if (flags.contributions()) return;
  if (!flags.background.empty() || flags.background_rows) {
    throw CLI::ValidationError("--background is what contributions are measured from: give --row, too");
  }
  if (!flags.class_name.empty() && flags.feature.empty()) {
    throw CLI::ValidationError("--class: permutation importance is of all classes; give --row or --dependence, too");
  }
}

std::size_t place_of(const std::string& wanted, const std::vector<std::string>& names, const std::string& what) {
  const auto place = std::find(names.begin(), names.end(), wanted);
  if (place != names.end()) return static_cast<std::size_t>(place - names.begin());
  const std::string* nearest = data::nearest_name(wanted, names);
  throw std::runtime_error(fmt::format("{} {}: {}", what, wanted,
                                       nearest != nullptr
                                           ? fmt::format("there is none; did you mean {}?", data::shown(*nearest))
                                           : "there is none; there are " + first_few(names)));
}

std::optional<std::size_t> class_of(const ExplainFlags& flags, const LoadedModel& model) {
  if (flags.class_name.empty()) return std::nullopt;
  if (!model.contents().classifies) {
    throw std::runtime_error(
        fmt::format("--class {}: {} predicts values, no classes", flags.class_name, flags.rows.model));
  }
  try {
    return class_index("--class", flags.class_name, flags.rows, model.contents().classes);
  } catch (const CLI::ValidationError& error) {  // as of any other name that the model has not
    throw std::runtime_error(error.what());
  }
}

data::Dataset read(const ExplainFlags& flags, const LoadedModel& model, const std::string& path, bool labelled) {
  RowFlags rows = flags.rows;
  rows.data = path;
  RowNotes notes;
  data::Dataset dataset = read_rows(rows, model, labelled, &notes);
  notes.unknown_rows = 0;  // evaluate and predict tell of them
  warn_of(notes);
  return dataset;
}

/// Indices of the rows that were named, which must be there and be answered.
std::vector<std::size_t> named_rows(const ExplainFlags& flags, const explain::AnsweredRows& rows) {
  std::vector<std::size_t> which;
  for (const std::uint64_t row : flags.row) {
    const std::size_t count = rows.predictions.statuses.size();
    if (row < 1 || row > count) {
      throw std::runtime_error(fmt::format("--row {}: {} has {}; the first is 1", row, flags.rows.data,
                                           count == 1 ? "one row" : fmt::format("rows 1 to {}", count)));
    }
    const Status status = rows.predictions.statuses[row - 1];
    if (status != Status::kOk) {
      throw std::runtime_error(fmt::format("--row {}: {}: the model refuses it, so there is no score to explain: {}",
                                           row, flags.rows.data, status_text(status)));
    }
    which.push_back(row - 1);
  }
  return which;
}

/// What contributions are measured from: of all rows at once only some, or the work would grow with their square.
data::Dataset draw_background(const ExplainFlags& flags, const data::Dataset& rows) {
  constexpr std::size_t kOfAllRows = 200;
  const std::size_t wanted = flags.background_rows.value_or(flags.row.empty() ? kOfAllRows : rows.rows());
  if (wanted == 0 || wanted >= rows.rows()) return rows;
  std::vector<std::size_t> places(rows.rows());
  std::iota(places.begin(), places.end(), std::size_t{0});
  learn::Random random(flags.importance.seed, 0);
  for (std::size_t i = 0; i < wanted; ++i) std::swap(places[i], places[i + random.below(places.size() - i)]);
  places.resize(wanted);
  std::sort(places.begin(), places.end());
  return prepare::select_rows(rows, places);
}

BackgroundName name_of(const std::string& file, const explain::AnsweredRows& rows) {
  BackgroundName name{file, std::nullopt, rows.answered().size(), 0};
  name.refused = rows.predictions.statuses.size() - name.rows;
  std::error_code error;
  if (std::filesystem::is_regular_file(file, error)) {
    const exporting::Sha256 digest = sha256_of_file(file);
    name.sha256 = exporting::hex(digest);
  }
  return name;
}

void add_contributions(const ExplainFlags& flags, const LoadedModel& model, const data::Dataset& dataset,
                       Findings& findings) {
  const std::string wrong = explain::why_no_contributions(model);
  if (!wrong.empty()) throw std::runtime_error(fmt::format("{}: {}", flags.rows.model, wrong));
  const std::optional<std::size_t> class_index = class_of(flags, model);
  const explain::AnsweredRows rows(model, dataset);
  const std::vector<std::size_t> which = flags.row.empty() ? rows.answered() : named_rows(flags, rows);
  if (which.empty()) throw std::runtime_error(fmt::format("{}: the model refuses every row", flags.rows.data));
  const bool own = flags.background.empty();
  const data::Dataset other = own ? data::Dataset() : read(flags, model, flags.background, false);
  const data::Dataset& from = own ? dataset : other;
  const data::Dataset drawn = draw_background(flags, from);
  const explain::AnsweredRows background(model, drawn);
  report::Progress progress("explaining", flags.rows.progress);
  std::vector<explain::Contributions> all = explain::contributions(
      model, rows, which, background, class_index, [&](std::size_t done) { progress.update(done, which.size()); });
  findings.background = name_of(own ? flags.rows.data : flags.background, background);
  if (drawn.rows() < from.rows()) findings.background->drawn_of = from.rows();
  findings.background->seed = flags.importance.seed;
  if (flags.row.empty()) {
    findings.whole = std::move(all);
  } else {
    findings.single = std::move(all);
  }
}

void add_importance(const ExplainFlags& flags, const LoadedModel& model, const data::Dataset& dataset,
                    Findings& findings) {
  report::Progress progress("shuffling", flags.rows.progress);
  explain::ImportancePlan plan = flags.importance;
  plan.decimal_comma = flags.rows.decimal_comma;
  const std::size_t all = dataset.columns.size() * plan.repeats;
  findings.importance =
      explain::permutation_importance(model, dataset, plan, [&](std::size_t done) { progress.update(done, all); });
}

void run(const ExplainFlags& flags) {
  check_flags(flags);
  const auto model = LoadedModel::from_file(flags.rows.model);
  const data::Dataset dataset = read(flags, model, flags.rows.data, flags.permutation);
  Findings findings;
  findings.model = flags.rows.model;
  findings.data = flags.rows.data;
  findings.rows = &dataset;
  findings.ice = flags.ice;
  if (flags.contributions()) add_contributions(flags, model, dataset, findings);
  if (flags.permutation) add_importance(flags, model, dataset, findings);
  if (!flags.feature.empty()) {
    findings.dependence_feature = place_of(flags.feature, model.contents().feature_names, "--dependence");
    findings.dependence =
        explain::dependence(model, dataset, findings.dependence_feature, flags.grid, class_of(flags, model));
  }
  if (flags.json) {
    fmt::print("{}\n", findings_json(model, findings));
  } else {
    print_lines(findings_text(model, findings));
  }
}

/// For `check`: a whole number of these.
auto from_to(std::uint64_t least, std::uint64_t most) {
  return [least, most](const std::string& text) {
    std::uint64_t value = 0;
    const bool good = whole_number(text).empty() && CLI::detail::lexical_cast(text, value);
    return good && least <= value && value <= most
               ? std::string()
               : fmt::format("{} is not a whole number from {} to {}", text, least, most);
  };
}

void add_importance_flags(CLI::App& command, ExplainFlags& flags) {
  command.add_flag("--permutation", flags.permutation,
                   "what accuracy or R² loses when a feature is shuffled; every kind; the data need labels");
  command.add_option("--repeats", flags.importance.repeats, "shuffles a feature (5)")
      ->type_name("N")
      ->needs("--permutation")
      ->check(from_to(1, kMostRepeats));
  command.add_option("--seed", flags.importance.seed, "of the shuffles, and of the background where it is drawn (0)")
      ->type_name("N")
      ->check(whole_number);
}

void add_dependence_flags(CLI::App& command, ExplainFlags& flags) {
  command
      .add_option("--dependence", flags.feature,
                  "how probability or score goes with this feature, on average over the rows; every kind")
      ->type_name("FEATURE");
  command.add_option("--grid", flags.grid, "at so many quantiles of the feature (20)")
      ->type_name("N")
      ->needs("--dependence")
      ->check(from_to(2, kMostGrid));
  command.add_flag("--ice", flags.ice, "and each row's own line")->needs("--dependence");
}

}  // namespace

void add_explain(CLI::App& program) {
  auto flags = std::make_shared<ExplainFlags>();
  CLI::App* command = program.add_subcommand(
      "explain", "Why a model answers so: exact contributions of rows, permutation importance, partial dependence");
  command->add_option("model", flags->rows.model, "model file")->required()->type_name("M.nhm");
  command->add_option("--data", flags->rows.data, "CSV with the model's features")->required()->type_name("F.csv");
  command
      ->add_option("--row", flags->row,
                   "what each feature did for the score of these rows, the first being 1 (linear and forest kinds); "
                   "without it, and without what follows, the mean over all rows")
      ->type_name("N[,N...]")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(whole_number);
  command
      ->add_option("--background", flags->background,
                   "rows that contributions are measured from (the data); time grows with them")
      ->type_name("B.csv");
  command
      ->add_option("--background-rows", flags->background_rows,
                   "draw so many of them, by --seed; 0: all (all with --row, else 200)")
      ->type_name("N")
      ->check(whole_number);
  command
      ->add_option("--class", flags->class_name,
                   "explain this class's score (the one that decided; of two, the second)")
      ->type_name("NAME");
  add_importance_flags(*command, *flags);
  add_dependence_flags(*command, *flags);
  add_csv_flags(*command, flags->rows);
  command->add_flag("--progress", flags->rows.progress, "show progress even if stderr is no terminal");
  command->add_flag("--json", flags->json, "print one JSON document");
  command->callback([flags] { run(*flags); });
}

}  // namespace nuthatch::commands
