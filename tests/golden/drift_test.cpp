// Distances between histograms against scipy's (drift.csv; make_drift.py makes it anew).

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "report/drift.hpp"

namespace nuthatch::test {
namespace {

std::vector<std::string> split(const std::string& text, char delimiter) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, delimiter);) parts.push_back(part);
  return parts;
}

template <class Count>
std::vector<Count> counts_of(const std::string& text) {
  std::vector<Count> counts;
  for (const std::string& part : split(text, ' ')) counts.push_back(static_cast<Count>(std::stoull(part)));
  return counts;
}

/// Within 1e-9 of a number of scipy's, or of it as a share of 1 where it is larger.
void check_near(double value, const std::string& expected) {
  const double number = std::stod(expected);
  CHECK(std::abs(value - number) <= 1e-9 * std::max(1.0, std::abs(number)));
}

}  // namespace

TEST_CASE("drift: every distance is scipy's") {
  std::ifstream file(NUTHATCH_TEST_DATA "/golden/drift.csv");
  REQUIRE(file);
  std::string line;
  std::getline(file, line);
  std::size_t pairs = 0;
  while (std::getline(file, line)) {
    CAPTURE(line);
    const std::vector<std::string> fields = split(line, ',');
    REQUIRE(fields.size() == 9);
    const auto baseline = counts_of<std::uint32_t>(fields[1]);
    const auto counted = counts_of<std::uint64_t>(fields[2]);
    const report::Drift drift = report::compare_bins(counted, baseline);
    CHECK(drift.bins == baseline.size());
    check_near(drift.psi, fields[3]);
    check_near(drift.jensen_shannon, fields[4]);
    check_near(drift.chi_square, fields[5]);
    check_near(drift.p_value, fields[6]);
    check_near(drift.kolmogorov_smirnov, fields[7]);
    check_near(drift.kolmogorov_smirnov_p_value, fields[8]);
    // The limits are where the p-values are: scipy's p-value is that of the distance.
    const double p_value = std::stod(fields[6]);
    if (p_value > 1e-12 && p_value < 0.99) CHECK(drift.chi_square_at(p_value) == doctest::Approx(drift.chi_square));
    const double ks = std::stod(fields[8]);
    if (ks > 1e-12 && ks < 0.99) CHECK(drift.kolmogorov_smirnov_at(ks) == doctest::Approx(drift.kolmogorov_smirnov));
    ++pairs;
  }
  CHECK(pairs == 48);
}

TEST_CASE("drift: nothing counted, nothing known, one bin") {
  using Counted = std::vector<std::uint64_t>;
  using Baseline = std::vector<std::uint32_t>;
  for (const report::Drift& drift :
       {report::compare_bins(Counted{0, 0}, Baseline{3, 4}), report::compare_bins(Counted{3, 4}, Baseline{0, 0}),
        report::compare_bins(Counted{9}, Baseline{5})}) {
    CHECK(drift.psi == 0);
    CHECK(drift.chi_square == 0);
    CHECK(drift.p_value == 1);
    CHECK(drift.psi_beyond_chance() == 0);
  }
  // Rows where training had none.
  const report::Drift strange = report::compare_bins(Counted{50, 50}, Baseline{100, 0});
  CHECK(strange.psi > 1);
  CHECK(strange.kolmogorov_smirnov == doctest::Approx(0.5));
}

}  // namespace nuthatch::test
