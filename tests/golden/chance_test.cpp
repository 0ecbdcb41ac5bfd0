// The distributions and thresholds of alarms against SciPy's (make_chance.py).

#include "quantize/chance.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "quantize/alarm.hpp"
#include "quantize/correlated_counts.hpp"

namespace nuthatch::golden {
namespace {

using nlohmann::json;
using Row = std::vector<double>;

const json& golden() {
  static const json kGolden = [] {
    std::ifstream file(NUTHATCH_TEST_DATA "/golden/sklearn/chance.json");
    return json::parse(file);
  }();
  return kGolden;
}

/// Calls check(arguments and values) of each row.
template <class Check>
void for_each(const json& rows, const Check& check) {
  REQUIRE(rows.size() > 2);
  for (const json& row : rows) {
    CAPTURE(row.dump());
    check(row.get<Row>());
  }
}

/// Within 1e-9 of it, as a share of it where it is larger than 1.
void check_near(double value, double expected) {
  CHECK(std::abs(value - expected) <= 1e-9 * std::max(1.0, std::abs(expected)));
}

/// Within 1e-9 of it as a share of it, however small it is.
void check_relative(double value, double expected) { CHECK(std::abs(value - expected) <= 1e-9 * std::abs(expected)); }

/// The model's threshold is the formula's, to a step of its integers.
void check_step(std::uint32_t steps, double expected) {
  CHECK(std::abs(static_cast<double>(steps) - 1024 * expected) <= 1);
}

quantize::DriftTest test_of(quantize::AlarmPlan& plan, const Row& row) {
  quantize::DriftTest test;
  quantize::set_thresholds(plan.thresholds(static_cast<std::size_t>(row[0]), row[1], row[2]), test);
  return test;
}

}  // namespace

TEST_CASE("chi-square's and normal tails and quantiles are SciPy's within 1e-9") {
  for_each(golden()["chi_square_tail"],
           [](const Row& row) { check_relative(quantize::chi_square_tail(row[0], row[1]), row[2]); });
  for_each(golden()["chi_square_quantile"],
           [](const Row& row) { check_relative(quantize::noncentral_quantile(row[0], row[1], 0), row[2]); });
  for_each(golden()["normal_quantile"], [](const Row& row) { check_near(quantize::normal_quantile(row[0]), row[1]); });
  for_each(golden()["kolmogorov_tail"], [](const Row& row) { check_near(quantize::kolmogorov_tail(row[0]), row[1]); });
}

TEST_CASE("noncentral chi-square's tails and quantiles are SciPy's within 1e-9") {
  for_each(golden()["noncentral_tail"], [](const Row& row) {
    const double tail = quantize::noncentral_tail(row[0], row[1], row[2]);
    check_near(tail, row[3]);
    check_near(1 - tail, row[4]);
  });
  for_each(golden()["noncentral_quantile"],
           [](const Row& row) { check_near(quantize::noncentral_quantile(row[0], row[1], row[2]), row[3]); });
}

TEST_CASE("thresholds and CUSUM limits are those of their formulas, to a step of the model's integers") {
  for (const json& each : golden()["plans"]) {
    quantize::AlarmPlan plan(each["rows_between"], static_cast<std::size_t>(each["tests"].get<double>()),
                             static_cast<std::size_t>(each["histograms"].get<double>()));
    check_relative(plan.chance(), each["chance"]);
    check_relative(plan.cusum_limit(), each["cusum_limit"]);
    for_each(each["thresholds"], [&](const Row& row) {
      const quantize::DriftTest test = test_of(plan, row);
      check_step(test.statistical, row[3]);
      check_step(test.material, std::max(row[3], row[4]));
    });
  }
}

TEST_CASE("chi-square of rows that depend on each other has the mean and the tail of its formula") {
  for_each(golden()["correlated"], [](const Row& row) {
    const auto bins = static_cast<std::size_t>(row[0]);
    const quantize::Cumulants both =
        quantize::cumulants_of(quantize::count_covariance(bins, row[1], row[2]) +
                               row[2] / row[3] * quantize::count_covariance(bins, row[1], row[3]));
    check_relative(both.first, row[5]);
    check_near(quantize::chance_to_exceed(row[4], both), row[6]);
  });
}

TEST_CASE("thresholds of a long memory are those of another simulation within 4 %") {
  quantize::AlarmPlan plan(86400, 12, 10);
  for_each(golden()["long_memory"], [&](const Row& row) {
    const quantize::DriftTest test = test_of(plan, row);
    CHECK(test.statistical / 1024.0 == doctest::Approx(row[3]).epsilon(0.04));
    check_step(test.material, std::max(test.statistical / 1024.0, row[4]));
  });
}

}  // namespace nuthatch::golden
