#include "commands/finding_output.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "commands/row_notes.hpp"
#include "data/first_few.hpp"
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
  add("same_number", {}, notes.rows, matched);
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

}  // namespace

std::vector<prepare::Finding> find_in(const TrainingPlan& plan, const Rows& rows) {
  std::vector<prepare::Finding> findings = find_in_rows(plan, rows);
  add_test_notes(rows, findings);
  add_shared_groups(rows, findings);
  return findings;
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
  for (const prepare::Finding& finding : findings) fmt::print("  {}: {}\n", finding.kind, finding.text);
}

}  // namespace nuthatch::commands
