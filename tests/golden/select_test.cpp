// Scores and rankings of features beside scikit-learn's.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "prepare/labels.hpp"
#include "select/learned.hpp"
#include "select/ranking.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::golden {

namespace {

select::Target target_of(const data::Dataset& rows, bool regression) {
  select::Target target;
  if (regression) {
    target.values = prepare::target_values(rows, false);
    return target;
  }
  const std::vector<std::string> names = prepare::class_names(rows);
  target.classes = prepare::class_indices(rows, names);
  target.class_count = static_cast<std::int32_t>(names.size());
  return target;
}

void check_close(const std::vector<double>& found, const std::vector<double>& expected, double tolerance) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(found[i] - expected[i]) <= tolerance * std::max(1.0, std::abs(expected[i])));
  }
}

/// The steps of 10^(-3 / 40), from 0, at which features come in; -1: after 12. The first comes in at step 0.
std::vector<int> steps_of(const std::vector<double>& entries) {
  const double strongest = *std::max_element(entries.begin(), entries.end());
  std::vector<int> steps;
  for (const double entry : entries) {
    const double step = entry > 0 ? std::round(-std::log10(entry / strongest) * 40 / 3) : 1000;
    steps.push_back(step <= 12 ? static_cast<int>(step) : -1);
  }
  return steps;
}

}  // namespace

TEST_CASE("select: F, mutual information, L1 and recursive elimination as scikit-learn has them") {
  std::ifstream file(NUTHATCH_TEST_DATA "/golden/sklearn/select.json");
  const nlohmann::json all = nlohmann::json::parse(file);
  CHECK(all.size() == 5);
  for (const nlohmann::json& golden : all) {
    const std::string set = golden.at("data");
    CAPTURE(set);
    const data::Dataset rows = trainer_test::load(set + ".train");
    const select::Target target = target_of(rows, golden.at("regression"));
    check_close(select::f_statistics(rows, target), golden.at("f"), 1e-6);
    check_close(select::mutual_information(rows, target), golden.at("mutual_information"), 1e-9);
    const std::vector<double> stay = select::elimination(rows, target);
    std::vector<int> ranking;
    for (const double each : stay) ranking.push_back(static_cast<int>(stay.size()) + 1 - static_cast<int>(each));
    CHECK(ranking == golden.at("ranking").get<std::vector<int>>());
    if (golden.at("l1").empty()) continue;
    CHECK(steps_of(select::l1_entries(rows, target)) == golden.at("l1").get<std::vector<int>>());
  }
}

}  // namespace nuthatch::golden
