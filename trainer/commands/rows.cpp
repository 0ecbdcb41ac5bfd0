#include "commands/rows.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "commands/common.hpp"
#include "commands/preparing.hpp"
#include "commands/row_plan.hpp"
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
  data::CsvOptions options;
  if (!plan.split.group.empty()) options.group = plan.split.group;
  options.target = plan.target;
  options.drop = plan.drop;
  options.decimal_comma = plan.decimal_comma;
  find_text(plan, options);
  Rows rows{read_with_progress(plan.data, options, plan.progress), {}};
  check_prepare(plan, rows.train);
  if (plan.test.empty()) return rows;
  rows.split_sha256 = sha256_if_file(plan.test);
  options.features = rows.train.feature_names;
  options.find_text = false;
  options.text = text_features(rows.train);
  options.drop.clear();
  options.group.reset();
  rows.test = read_with_progress(plan.test, options, plan.progress);
  return rows;
}

Rows split_rows(const TrainingPlan& plan, Rows rows) {
  if (!plan.test.empty() || plan.test_fraction == 0) return rows;
  const std::vector<std::uint64_t> places = places_to_hold_out(plan, rows.train, plan.test_fraction);
  HeldOutRows held_out = describe_held_out(plan, rows.train, places);
  auto [train, test] = prepare::hold_out(rows.train, places);
  return {std::move(train), std::move(test), sha256_of_places(places), std::move(held_out)};
}

}  // namespace nuthatch::commands
