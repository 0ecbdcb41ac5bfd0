#include "commands/finding_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "commands/row_notes.hpp"
#include "commands/write_text.hpp"
#include "data/first_few.hpp"
#include "evaluate/metric.hpp"
#include "prepare/labels.hpp"
#include "prepare/preparation.hpp"

namespace nuthatch::commands {

namespace {

/// What of the rows of --test training cannot know, or knows by another spelling.
void add_test_notes(const Rows& rows, std::vector<prepare::Finding>& findings) {
  if (!rows.test) return;
  const RowNotes& notes = rows.test_notes;
  RowNotes unknown;  // apart from the rest
  unknown.rows = notes.rows;
  unknown.unknown_rows = notes.unknown_rows;
  unknown.unknown = notes.unknown;
  RowNotes matched;
  if (rows.test->target) matched.respelled = rows.test->target->respelled;
  matched.categories = notes.categories;
  const auto add = [&](const char* kind, const std::vector<std::string>& columns, std::uint64_t count,
                       const RowNotes& part) {
    for (const std::string& sentence : sentences_of(part)) {
      findings.push_back({kind, columns, count, fmt::format("{}: {}", rows.test->file, sentence)});
    }
  };
  std::vector<std::string> features;
  for (const UnknownCategories& each : notes.unknown) features.push_back(each.feature);
  add("unknown_categories", features, notes.unknown_rows, unknown);
  std::uint64_t respelled = 0;
  for (const data::Respelling& each : matched.respelled) respelled += each.rows;
  for (const auto& [feature, each] : matched.categories) respelled += each.rows;
  add("same_number", {}, respelled, matched);
  RowNotes units;
  units.units = notes.units;
  if (rows.test->target) {
    note_unit(rows.test->target->name, rows.test->target->unit, rows.train.target->unit, units);
  }
  add("units", {}, notes.rows, units);
}

/// What --group cannot keep apart where the test rows are a file of their own.
void add_shared_groups(const Rows& rows, std::vector<prepare::Finding>& findings) {
  if (!rows.shared_groups) return;
  const SharedGroups& shared = *rows.shared_groups;
  if (!shared.known) {
    findings.push_back(
        {"shared_groups",
         {shared.column},
         0,
         fmt::format("{} has no column \"{}\", so nobody can tell whether its groups are among those of {}; "
                     "add the column",
                     rows.test->file, shared.column, rows.train.file)});
  } else if (!shared.groups.empty()) {
    findings.push_back(
        {"shared_groups",
         {shared.column},
         shared.rows,
         fmt::format("{} of {} rows of {} are of groups of \"{}\" that {} has, too ({}); the test score is too good by "
                     "them: leave these groups out of one of the files",
                     shared.rows, rows.test->rows(), rows.test->file, shared.column, rows.train.file,
                     data::first_few(shared.groups))});
  }
}

std::vector<prepare::Finding> find_in_rows(const TrainingPlan& plan, const Rows& rows) {
  // Names of the test rows are indices into those of the training rows, so that equal ones are equal.
  std::optional<data::Dataset> like_train;
  if (rows.test) like_train = prepare::with_categories(*rows.test, rows.train.names);
  const data::Dataset* test = like_train ? &*like_train : nullptr;
  const bool counts = plan.input == "int16";
  if (!plan.classifies) {
    return prepare::find_in(rows.train, test, {}, {},
                            prepare::target_values(rows.train, plan.decimal_comma, learn::for_classes(*plan.family)),
                            counts);
  }
  const std::vector<std::string> names = prepare::class_names(rows.train, learn::for_values(*plan.family));
  return prepare::find_in(rows.train, test, names, prepare::class_indices(rows.train, names), {}, counts);
}

/// What the family's codes do about a column that codes over the whole range would blur.
std::string what_codes_do(const prepare::Coverage& coverage, const learn::Family& family, const char* codes) {
  if (family.common_codes) {
    return fmt::format("the members of a {} share such {}: give the column's logarithm, or clip it with --prepare",
                       family.name, codes);
  }
  if (family.name == "naive-bayes") {
    return "naive-bayes lays them over the part where most values are, and what lies beyond saturates";
  }
  if (!family.on_codes) {
    return fmt::format(
        "{} weighs by the deviation, which far values make large in floating point, too: clip or transform the column "
        "with --prepare",
        family.name);
  }
  const std::string octaves = coverage.octaves ? " by octaves" : "";
  return fmt::format("{} takes {}{} from {:.6g} to {:.6g}, {:.2f} %; what lies beyond saturates", family.name, codes,
                     octaves, coverage.octaves ? coverage.octaves_low : coverage.low,
                     coverage.octaves ? coverage.octaves_high : coverage.high, 100 * coverage.blurred);
}

/// Whether learning works on the feature's values themselves.
bool learns_values(const prepare::Preparation& preparation, std::size_t feature) {
  return !preparation.projection &&
         std::any_of(preparation.columns.begin(), preparation.columns.end(),
                     [&](const prepare::Column& column) { return column.feature == feature && column.is_as_it_is(); });
}

/// Of values too small for the device's numbers, or too close together for their size.
prepare::Finding unresolved(const prepare::FeatureStatistics& feature, quantize::Input input) {
  const bool counts = input == quantize::Input::kInt16;
  const double largest = std::max(std::abs(double{feature.minimum}), std::abs(double{feature.maximum}));
  const bool tiny = !counts || std::ldexp(largest, prepare::raw_exponent(feature)) < 1;
  return {"unresolved",
          {feature.name},
          1,
          fmt::format("column \"{}\" varies too little to be told apart as {}, so it is ignored; {}, here and on the "
                      "device",
                      feature.name, counts ? "int16 counts" : "float32",
                      tiny ? "multiply it by a constant" : "subtract a constant from it")};
}

}  // namespace

std::vector<prepare::Finding> find_in(const TrainingPlan& plan, const Rows& rows) {
  std::vector<prepare::Finding> findings = find_in_rows(plan, rows);
  add_test_notes(rows, findings);
  add_shared_groups(rows, findings);
  return findings;
}

void add_unscored_classes(const TrainingPlan& plan, const Rows& rows, std::vector<prepare::Finding>& findings) {
  if (!plan.classifies || !rows.test) return;
  const std::vector<std::string> names = prepare::class_names(rows.train, learn::for_values(*plan.family));
  const std::vector<std::size_t> counts =
      evaluate::class_counts(prepare::class_indices(*rows.test, names), names.size());
  std::vector<std::string> unscored;
  for (std::size_t k = 0; k < names.size(); ++k) {
    if (counts[k] == 0) unscored.push_back(names[k]);
  }
  if (unscored.empty()) return;
  findings.push_back({"unscored_classes",
                      {rows.train.target->name},
                      unscored.size(),
                      fmt::format("none of the {} {} is of {}, so the test score does not tell whether the model finds "
                                  "{}: {}",
                                  rows.test->rows(), rows.held_out ? "rows held out" : "rows of " + rows.test->file,
                                  data::first_few(unscored), unscored.size() == 1 ? "it" : "them",
                                  rows.held_out ? "hold out more rows, or other ones" : "add rows of such")});
}

void add_encoding_findings(const prepare::Preparation& preparation, const learn::Family& family, quantize::Input input,
                           std::vector<prepare::Finding>& findings) {
  const bool counts = input == quantize::Input::kInt16;
  for (std::size_t i = 0; i < preparation.inputs.size(); ++i) {
    const prepare::FeatureStatistics& feature = preparation.inputs[i];
    if (!quantize::resolves(feature, input)) findings.push_back(unresolved(feature, input));
    const auto& coverage = counts ? feature.count_coverage : feature.coverage;
    if (!coverage || !learns_values(preparation, i)) continue;
    const char* codes = counts ? "counts" : "codes";
    findings.push_back(
        {"encoding",
         {feature.name},
         1,
         fmt::format("column \"{}\": {} over all from {:.6g} to {:.6g} would make {:.2f} % of the rows one; {}",
                     feature.name, codes, feature.minimum, feature.maximum, 100 * coverage->blurred_whole,
                     what_codes_do(*coverage, family, codes))});
  }
}

nlohmann::ordered_json findings_json(const std::vector<prepare::Finding>& findings) {
  auto list = nlohmann::ordered_json::array();
  for (const prepare::Finding& finding : findings) {
    list.push_back(
        {{"kind", finding.kind}, {"columns", finding.columns}, {"count", finding.count}, {"text", finding.text}});
  }
  return list;
}

void print_findings(const std::vector<prepare::Finding>& findings) {
  for (const prepare::Finding& finding : findings) write_text("  {}: {}\n", finding.kind, finding.text);
}

}  // namespace nuthatch::commands
