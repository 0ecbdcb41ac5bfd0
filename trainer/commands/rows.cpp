#include "commands/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <unordered_set>

#include "commands/common.hpp"
#include "commands/preparing.hpp"
#include "commands/row_plan.hpp"
#include "learn/class_weight.hpp"
#include "prepare/labels.hpp"
#include "prepare/spellings.hpp"
#include "prepare/split.hpp"

namespace nuthatch::commands {
namespace {

/// Empty of a pipe, which cannot be read again.
std::vector<std::uint8_t> sha256_if_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return {};
  const exporting::Sha256 digest = sha256_of_file(path);
  return {digest.begin(), digest.end()};
}

/// Of each place as eight bytes, the lowest first.
std::vector<std::uint8_t> sha256_of_places(const std::vector<std::uint64_t>& places) {
  std::vector<std::uint8_t> bytes;
  for (const std::uint64_t place : places) {
    for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<std::uint8_t>(place >> shift));
  }
  const exporting::Sha256 digest = exporting::sha256_of(bytes);
  return {digest.begin(), digest.end()};
}

/// Groups are compared as labels are.
SharedGroups find_shared_groups(const TrainingPlan& plan, const data::Target& group, data::Dataset& test) {
  SharedGroups shared{group.name, test.group.has_value(), {}, 0};
  if (!shared.known) return shared;
  prepare::match_labels(test.file, plan.labels, plan.notation(), group.labels, *test.group);
  const std::unordered_set<std::string> known(group.labels.begin(), group.labels.end());
  std::vector<bool> is_shared;
  for (const std::string& label : test.group->labels) {
    is_shared.push_back(known.contains(label));
    if (is_shared.back()) shared.groups.push_back(label);
  }
  for (const std::uint32_t id : test.group->ids) shared.rows += is_shared[id] ? 1 : 0;
  return shared;
}

}  // namespace

std::vector<std::uint8_t> parent_of(const std::string& path, const std::string& target) {
  if (path.empty()) return {};
  const auto parent = exporting::LoadedModel::from_file(path);
  if (parent.contents().lineage.target != target) {
    throw std::runtime_error(fmt::format("--parent {}: predicts {}, not {}; give the model that this one replaces",
                                         path, parent.contents().lineage.target, target));
  }
  const exporting::Sha256 sha256 = exporting::read_seal(parent.bytes()).sha256;
  return {sha256.begin(), sha256.end()};
}

Rows read_rows(const TrainingPlan& plan) {
  data::CsvOptions options = plan.csv_options();
  if (!plan.split.group.empty()) options.group = plan.split.group;
  options.target = plan.target;
  options.drop = plan.drop;
  find_text(plan, options);
  Rows rows{read_with_progress(plan.data, options, plan.progress), {}};
  check_prepare(plan, rows.train);
  if (rows.train.group) {
    prepare::settle_labels(rows.train.file, plan.labels, plan.notation(), *rows.train.group);
  }
  prepare::settle_categories(plan.labels, plan.notation(), rows.train);
  if (plan.test.empty()) return rows;
  rows.split_sha256 = sha256_if_file(plan.test);
  options.features = rows.train.feature_names;
  options.find_text = false;
  options.text = text_features(rows.train);
  options.drop.clear();
  options.group_required = false;
  rows.test = read_with_progress(plan.test, options, plan.progress);
  if (rows.train.group) rows.shared_groups = find_shared_groups(plan, *rows.train.group, *rows.test);
  rows.test->group.reset();
  auto matched = prepare::match_categories(plan.labels, plan.notation(), rows.train.names, *rows.test);
  rows.test_notes = notes_on(rows.train.names, rows.train.units, *rows.test, std::move(matched));
  return rows;
}

bool looks_continuous(const TrainingPlan& plan, const data::Dataset& rows) {
  constexpr std::size_t kMostClasses = 20;
  if (plan.labels == prepare::Labels::kText) return false;
  const bool asks = plan.labels == prepare::Labels::kAsk;
  if (prepare::looks_continuous(rows, plan.notation())) {
    data::Target labels = *rows.target;  // few of them, as 1.1 and 1.10, may be names
    if (asks && labels.labels.size() <= kMostClasses) {
      prepare::settle_labels(rows.file, plan.labels, plan.notation(), labels);
    }
    return true;
  }
  if (!asks) return false;
  for (const data::Notation& other : data::notations_beyond(plan.notation())) {
    if (!prepare::looks_continuous(rows, other)) continue;
    const auto& labels = rows.target->labels;
    const auto odd = std::find_if(labels.begin(), labels.end(), [&](const std::string& label) {
      return !data::parse_number(label, plan.notation());
    });
    throw data::DataError(
        fmt::format("{}: line {}, column \"{}\": the labels look like values in another notation: {}; --labels text "
                    "takes them for classes",
                    rows.file, rows.target->first_line[static_cast<std::size_t>(odd - labels.begin())],
                    rows.target->name, data::read_by(*odd, plan.notation())));
  }
  return false;
}

std::string why_no_weights(const CsvFlags& flags, const std::string& class_weight,
                           const std::vector<std::string>& names) {
  const std::string unknown = learn::unknown_class(class_weight, names, flags.labels != prepare::Labels::kText);
  if (!unknown.empty()) {
    const auto has_comma = [](const std::string& name) { return name.find(',') != std::string::npos; };
    const bool quotes = std::any_of(names.begin(), names.end(), has_comma);
    return fmt::format("--class-weight: \"{}\" is no class; there are {}{}", unknown, first_few(names),
                       quotes ? "; a name with a comma stands in quotes, as in '\"a, b\"=2'" : "");
  }
  const std::string twice = learn::class_named_twice(class_weight, names);
  if (!twice.empty()) return fmt::format("--class-weight: class \"{}\" is named twice; give it one weight", twice);
  for (const auto& [written, name] : learn::classes_by_number(class_weight, names)) {
    say_by_number("--class-weight", written, name);
  }
  return "";
}

void settle_target(const TrainingPlan& plan, Rows& rows) {
  if (!plan.classifies) {
    plain_target(plan, rows.train);
    if (rows.test) plain_target(plan, *rows.test);
    return;
  }
  data::Target& target = *rows.train.target;
  prepare::settle_labels(rows.train.file, plan.labels, plan.notation(), target);
  if (rows.test && rows.test->target) {
    prepare::match_labels(rows.test->file, plan.labels, plan.notation(), target.labels, *rows.test->target);
  }
}

Rows split_rows(const TrainingPlan& plan, Rows rows) {
  if (!plan.test.empty() || plan.test_fraction == 0) return rows;
  const std::vector<std::uint64_t> places = places_to_hold_out(plan, rows.train, plan.test_fraction);
  HeldOutRows held_out = describe_held_out(plan, rows.train, places);
  auto [train, test] = prepare::hold_out(rows.train, places);
  return {std::move(train), std::move(test), sha256_of_places(places), std::move(held_out)};
}

}  // namespace nuthatch::commands
