#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <iterator>

#include "commands/commands.hpp"
#include "commands/common.hpp"
#include "commands/reporting.hpp"
#include "commands/row_notes.hpp"
#include "export/explained.hpp"
#include "export/reference.hpp"
#include "learn/families.hpp"
#include "nuthatch/explain.hpp"
#include "report/exporters.hpp"

namespace nuthatch::commands {
namespace {

struct PredictFlags {
  RowFlags rows;
  std::string output;
  bool probabilities = false;
  bool explain = false;
  std::string contributions;

  bool explains() const { return explain || !contributions.empty(); }
};

/// The probability words of all rows, where they are asked for.
std::vector<std::int32_t> probabilities_of(const PredictFlags& flags, const exporting::LoadedModel& model,
                                           const exporting::Predictions& predictions) {
  return flags.probabilities ? model.probabilities(predictions) : std::vector<std::int32_t>();
}

/// Before the rows are predicted, not after it.
void check_probabilities(const PredictFlags& flags, const exporting::LoadedModel& model) {
  Probability probability;
  if (!flags.probabilities || probability.attach(model.model()) == Status::kOk) return;
  const learn::Family* family = learn::find_family(model.contents().lineage.model);
  const auto learns_them = [](const learn::Flag& flag) { return flag.name == "probability"; };
  const bool could = family != nullptr && std::any_of(family->flags.begin(), family->flags.end(), learns_them);
  throw std::runtime_error(fmt::format("{}: this {} model has no probabilities{}", flags.rows.model,
                                       model.contents().lineage.model, could ? "; train it with --probability" : ""));
}

void check_explanation(const PredictFlags& flags, const exporting::LoadedModel& model) {
  if (!flags.explains()) return;
  const std::string wrong = exporting::why_unexplained(model);
  if (!wrong.empty()) throw std::runtime_error(fmt::format("{}: {}", flags.rows.model, wrong));
}

std::string header(const exporting::ModelContents& contents, const PredictFlags& flags) {
  std::string line = "row,prediction,status";
  for (const std::string& name : exporting::score_columns(contents.classes, contents.common().outputs)) {
    line += fmt::format(",{}", report::csv_cell(name));
  }
  if (flags.probabilities) {
    for (const std::string& name : contents.classes) line += fmt::format(",{}", report::csv_cell("p_" + name));
  }
  if (flags.explain) {
    line += ",base";
    for (const std::string& name : contents.feature_names) line += fmt::format(",{}", report::csv_cell("why_" + name));
  }
  return line + "\n";
}

void append_row(const exporting::LoadedModel& model, const exporting::Predictions& predictions, std::size_t row,
                std::string& text) {
  const exporting::ModelContents& contents = model.contents();
  const auto out = std::back_inserter(text);
  const Status status = predictions.statuses[row];
  const auto scores = predictions.row(row);
  if (status != Status::kOk) {
    fmt::format_to(out, "{},,{}", row + 1, report::csv_cell(status_text(status)));
    if (contents.classifies) text.append(contents.common().outputs, ',');
  } else if (contents.classifies) {
    fmt::format_to(out, "{},{},ok", row + 1, report::csv_cell(contents.classes[model.model().class_of(scores)]));
    for (const std::int32_t word : scores) fmt::format_to(out, ",{}", model.value_of(word));
  } else {
    fmt::format_to(out, "{},{},ok", row + 1, model.value_of(scores[0]));
  }
}

/// `words`: rows x classes, or empty.
void append_probabilities(const exporting::LoadedModel& model, const exporting::Predictions& predictions,
                          const std::vector<std::int32_t>& words, std::size_t row, std::string& text) {
  if (words.empty()) return;
  const std::size_t classes = model.contents().classes.size();
  for (std::size_t k = 0; k < classes; ++k) {
    text += ',';
    if (predictions.statuses[row] == Status::kOk) text += fmt::format("{}", std::ldexp(words[row * classes + k], -16));
  }
}

void append_explanation(const exporting::LoadedModel& model, const exporting::Explained& explained, std::size_t row,
                        std::string& text) {
  const std::size_t width = explained.width;
  for (std::size_t i = 0; i < width; ++i) {
    text += ',';
    if (explained.statuses[row] == Status::kOk)
      text += fmt::format("{}", model.value_of(explained.words[row * width + i]));
  }
}

/// What a device's ContributionCounters would have counted of the rows.
void write_contributions(const PredictFlags& flags, const exporting::LoadedModel& model,
                         const exporting::Explained& explained) {
  const std::size_t features = explained.width - 1;
  std::vector<std::uint32_t> words(contribution_words(features));
  ContributionCounters counters;
  Status status = counters.attach(model.model(), words);
  for (std::size_t row = 0; row < explained.statuses.size() && status == Status::kOk; ++row) {
    if (explained.statuses[row] != Status::kOk) continue;
    status = counters.observe({explained.words.data() + row * explained.width + 1, features});
  }
  std::vector<std::uint8_t> bytes(contribution_snapshot_bytes(features));
  std::size_t written = 0;
  const bool exact = exporting::explains(model) == "exact";
  if (status == Status::kOk) status = counters.snapshot(flags.rows.context, exact, bytes, written);
  if (status != Status::kOk) throw std::logic_error(status_text(status));
  exporting::write_file(flags.contributions, std::span(bytes).first(written));
}

void predict(const PredictFlags& flags) {
  if (flags.rows.context.device_id != 0 && flags.rows.snapshot.empty() && flags.contributions.empty()) {
    throw CLI::ValidationError("--device-id", "is written into what --snapshot or --contributions leaves; give one");
  }
  check_extra_output("-o", flags.output, {flags.rows.data, flags.rows.model, flags.rows.snapshot});
  check_extra_output("--contributions", flags.contributions,
                     {flags.rows.data, flags.rows.model, flags.rows.snapshot, flags.output});
  const auto model = exporting::LoadedModel::from_file(flags.rows.model);
  check_probabilities(flags, model);
  check_explanation(flags, model);
  RowNotes notes;
  const data::Dataset dataset = read_rows(flags.rows, model, false, &notes);
  warn_of(notes);
  const RowsRun run = run_rows(flags.rows, model, dataset);
  const std::vector<std::int32_t> probabilities = probabilities_of(flags, model, run.predictions);
  const exporting::Explained explained = flags.explains() ? exporting::explain(model, dataset) : exporting::Explained();
  if (!flags.contributions.empty()) write_contributions(flags, model, explained);
  std::string text = header(model.contents(), flags);
  for (std::size_t row = 0; row < run.predictions.statuses.size(); ++row) {
    append_row(model, run.predictions, row, text);
    append_probabilities(model, run.predictions, probabilities, row, text);
    if (flags.explain) append_explanation(model, explained, row, text);
    text += '\n';
  }
  if (flags.output.empty()) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
      throw std::runtime_error("standard output cannot be written (is the disk full?)");
    }
  } else {
    exporting::write_file(flags.output, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }
  if (!run.identical_to_host) throw std::runtime_error(flags.rows.on + " does not answer bit for bit as the host does");
}

}  // namespace

void add_predict(CLI::App& program) {
  auto flags = std::make_shared<PredictFlags>();
  CLI::App* command = program.add_subcommand(
      "predict", "Predict rows, here (shared among the cores), on an emulated board, or over HTTP; writes CSV");
  add_row_flags(*command, flags->rows);
  command
      ->add_option("--snapshot-every", flags->rows.snapshot_every,
                   "one every N rows: S.000.bin, S.001.bin, ..., the last for the rows that remain")
      ->type_name("N")
      ->needs("--snapshot")
      ->check([](const std::string& text) {
        const std::string wrong = whole_number(text);
        return !wrong.empty() || text.find_first_not_of('0') != std::string::npos
                   ? wrong
                   : std::string("0 rows make no snapshot; give 1 or more");
      });
  command->add_flag("--probabilities", flags->probabilities, "add a column p_CLASS a class");
  command->add_flag("--explain", flags->explain,
                    "add a column base and a column why_FEATURE a feature: what each did for the score");
  command
      ->add_option("--contributions", flags->contributions,
                   "write how much each feature did for the scores of all rows here, for monitor")
      ->type_name("C.bin");
  command->add_option("-o,--output", flags->output, "file to write instead of standard output")->type_name("P.csv");
  command->callback([flags] { predict(*flags); });
}

}  // namespace nuthatch::commands
