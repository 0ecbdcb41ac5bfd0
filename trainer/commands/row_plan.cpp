#include "commands/row_plan.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "prepare/labels.hpp"
#include "prepare/split.hpp"

namespace nuthatch::commands {
namespace {

using learn::Drawing;

std::vector<std::int32_t> classes_of(const TrainingPlan& plan, const data::Dataset& dataset) {
  if (!plan.classifies) return {};
  return prepare::class_indices(dataset, prepare::class_names(dataset, learn::for_values(*plan.family)));
}

[[noreturn]] void fail(const data::Dataset& dataset, double fraction, const std::string& why) {
  throw data::DataError(fmt::format("{}: --test-fraction {}: {}", dataset.file, fraction, why));
}

std::vector<std::uint64_t> groups_to_hold_out(const TrainingPlan& plan, const data::Dataset& dataset, double fraction,
                                              const std::vector<std::int32_t>& classes) {
  const std::vector<std::size_t> places = learn::whole_groups(dataset.group->ids, classes, fraction, plan.seed);
  const std::size_t groups = learn::count_groups(dataset.group->ids);
  if (groups < 2) {
    fail(dataset, fraction,
         fmt::format("all rows are of one group of \"{}\", so none can be held out whole; give rows of more groups, or "
                     "a file of their own with --test",
                     plan.split.group));
  }
  if (places.empty()) {
    fail(dataset, fraction,
         fmt::format("each of the {} groups of \"{}\" has a class that no other group has, so none can be held out; "
                     "give rows of more groups",
                     groups, plan.split.group));
  }
  return {places.begin(), places.end()};
}

/// Of a class that no row to learn from has the model could never be right.
void check_classes(const TrainingPlan& plan, const data::Dataset& dataset, const std::vector<std::uint64_t>& places,
                   double fraction) {
  if (!plan.classifies) return;
  std::vector<bool> held_out(dataset.rows(), false);
  for (const std::uint64_t place : places) held_out[place] = true;
  const std::vector<std::string> names = prepare::class_names(dataset, learn::for_values(*plan.family));
  const std::vector<std::int32_t> classes = classes_of(plan, dataset);
  std::set<std::int32_t> learned;
  for (std::size_t row = 0; row < classes.size(); ++row) {
    if (!held_out[row]) learned.insert(classes[row]);
  }
  for (std::size_t k = 0; k < names.size(); ++k) {
    if (learned.contains(static_cast<std::int32_t>(k))) continue;
    const bool time = drawing_of(plan) == Drawing::kTime;
    fail(dataset, fraction,
         fmt::format(
             "class \"{}\" is only among the {}{} rows held out, so it cannot be learned; {}", names[k],
             time ? "last " : "", places.size(),
             time ? "give a smaller fraction, or leave these rows out" : "--folds stratified leaves some of each"));
  }
}

}  // namespace

void add_row_plan_flags(CLI::App& command, TrainingPlan& plan) {
  command
      .add_option("--folds", plan.split.kind,
                  "how rows are held out, for a test, folds or else: stratified (of each class its share; default), "
                  "plain (default of values), grouped (whole groups), or time (learned from earlier rows only)")
      ->type_name("KIND")
      ->check(CLI::IsMember({"stratified", "plain", "grouped", "time"}));
  command
      .add_option("--group", plan.split.group,
                  "column of groups, say machines, that are not to be torn apart; no feature then")
      ->type_name("COL");
}

void check_row_plan(TrainingPlan& plan) {
  const SplitPlan& split = plan.split;
  if (split.kind == "grouped" && split.group.empty()) {
    throw CLI::ValidationError("--folds grouped needs --group COL, the column that says which rows belong together");
  }
  if (!split.group.empty() && !split.kind.empty() && split.kind != "grouped") {
    throw CLI::ValidationError(
        fmt::format("--group: --folds {} knows no groups; grouped does, or --drop {} leaves the column out", split.kind,
                    split.group));
  }
  const bool is_dropped = std::find(plan.drop.begin(), plan.drop.end(), split.group) != plan.drop.end();
  if (!split.group.empty() && !is_dropped) plan.drop.push_back(split.group);
}

void check_row_plan_task(const TrainingPlan& plan) {
  if (plan.classifies || plan.split.kind != "stratified") return;
  throw CLI::ValidationError("--folds stratified: values have no classes; give plain, grouped or time");
}

Drawing drawing_of(const TrainingPlan& plan) {
  const std::string& kind = plan.split.kind;
  if (kind == "grouped" || !plan.split.group.empty()) return Drawing::kGrouped;
  if (kind == "time") return Drawing::kTime;
  return kind == "plain" || !plan.classifies ? Drawing::kPlain : Drawing::kStratified;
}

std::string drawing_name(const TrainingPlan& plan) {
  switch (drawing_of(plan)) {
    case Drawing::kStratified: return "stratified";
    case Drawing::kPlain: return "plain";
    case Drawing::kGrouped: return "grouped";
    case Drawing::kTime: return "time";
  }
  return "";
}

learn::RowPlan row_plan_of(const TrainingPlan& plan, const data::Dataset& dataset) {
  const Drawing kind = drawing_of(plan);
  return {kind, kind == Drawing::kGrouped ? dataset.group->ids : std::vector<std::uint32_t>()};
}

std::vector<std::uint64_t> places_to_hold_out(const TrainingPlan& plan, const data::Dataset& dataset, double fraction) {
  const std::vector<std::int32_t> classes = classes_of(plan, dataset);
  std::vector<std::uint64_t> places;
  switch (drawing_of(plan)) {
    case Drawing::kGrouped: return groups_to_hold_out(plan, dataset, fraction, classes);
    case Drawing::kTime: {
      const std::vector<std::size_t> last = learn::last_rows(dataset.rows(), fraction);
      if (last.empty()) fail(dataset, fraction, "there is one row only; give more");
      places.assign(last.begin(), last.end());
      break;
    }
    case Drawing::kStratified: return prepare::held_out_rows(dataset, fraction, plan.seed, classes);
    case Drawing::kPlain:
      places = prepare::held_out_rows(dataset, fraction, plan.seed, std::vector<std::int32_t>(dataset.rows(), 0));
  }
  check_classes(plan, dataset, places, fraction);
  return places;
}

HeldOutRows describe_held_out(const TrainingPlan& plan, const data::Dataset& all,
                              const std::vector<std::uint64_t>& places) {
  HeldOutRows held_out{drawing_name(plan), plan.test_fraction, places.size(), all.rows(), plan.split.group, {}, 0};
  if (drawing_of(plan) != Drawing::kGrouped) return held_out;
  std::set<std::uint32_t> groups;
  for (const std::uint64_t place : places) groups.insert(all.group->ids[place]);
  held_out.groups = groups.size();
  held_out.all_groups = learn::count_groups(all.group->ids);
  return held_out;
}

std::string text_of(const HeldOutRows& held_out) {
  const double share = static_cast<double>(held_out.rows) / static_cast<double>(held_out.all_rows);
  if (held_out.groups) {
    constexpr double kSame = 0.005;
    const bool same = std::abs(share - held_out.fraction) < kSame;
    return fmt::format("{} of {} rows: {} of {} whole groups of \"{}\"{}", held_out.rows, held_out.all_rows,
                       *held_out.groups, held_out.all_groups, held_out.group,
                       same ? "" : fmt::format("; that is {:.3f} of the rows, not {:g}", share, held_out.fraction));
  }
  if (held_out.kind == "time") {
    return fmt::format("the last {} of {} rows in the order of the file", held_out.rows, held_out.all_rows);
  }
  return fmt::format("{} of {} rows, {}", held_out.rows, held_out.all_rows,
                     held_out.kind == "stratified" ? "of each class its share" : "drawn from all");
}

nlohmann::ordered_json to_json(const HeldOutRows& held_out) {
  using Json = nlohmann::ordered_json;
  return {{"kind", held_out.kind},
          {"asked", held_out.fraction},
          {"fraction", static_cast<double>(held_out.rows) / static_cast<double>(held_out.all_rows)},
          {"rows", held_out.rows},
          {"of_rows", held_out.all_rows},
          {"group", held_out.groups ? Json(held_out.group) : Json()},
          {"groups", held_out.groups ? Json(*held_out.groups) : Json()},
          {"of_groups", held_out.groups ? Json(held_out.all_groups) : Json()}};
}

}  // namespace nuthatch::commands
