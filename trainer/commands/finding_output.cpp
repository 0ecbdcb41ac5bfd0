#include "commands/finding_output.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "prepare/labels.hpp"
#include "prepare/preparation.hpp"

namespace nuthatch::commands {

std::vector<prepare::Finding> find_in(const TrainingPlan& plan, const Rows& rows) {
  // Names of the test rows are indices into those of the training rows, so that equal ones are equal.
  std::optional<data::Dataset> like_train;
  if (rows.test) like_train = prepare::with_categories(*rows.test, rows.train.names);
  const data::Dataset* test = like_train ? &*like_train : nullptr;
  if (!plan.classifies) {
    return prepare::find_in(rows.train, test, {}, {},
                            prepare::target_values(rows.train, plan.decimal_comma, learn::for_classes(*plan.family)));
  }
  const std::vector<std::string> names = prepare::class_names(rows.train, learn::for_values(*plan.family));
  return prepare::find_in(rows.train, test, names, prepare::class_indices(rows.train, names), {});
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
