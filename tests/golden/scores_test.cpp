// The figures to reach, on every data set and family: float32 as good as scikit-learn, int16 and int8 as good as
// float32.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "golden/solution.hpp"
#include "report/metrics.hpp"

namespace nuthatch::golden {

using trainer_test::Arithmetic;
using trainer_test::Fitted;

namespace {

/// dataset,family,score,... -> score by "dataset family".
std::map<std::string, double> read_scores(const std::string& path) {
  std::map<std::string, double> scores;
  std::ifstream file(NUTHATCH_TEST_DATA + path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream cells(line);
    std::string set, family, score;
    std::getline(std::getline(std::getline(cells, set, ','), family, ','), score, ',');
    if (set != "dataset") scores[set + " " + family] = std::stod(score);
  }
  return scores;
}

/// sklearn_reference.csv has its own names.
std::string reference_name(const std::string& family) {
  if (family == "linear-regression") return "linear";
  return family == "linear-svm" ? "linear_svm" : family;
}

struct Line {
  std::string set;
  std::string family;
  std::size_t rows;
  double reference;            ///< sklearn_reference.csv
  double golden;               ///< make_golden.py
  std::vector<double> scores;  ///< in the order of all_arithmetic()
};

Line measure(const std::string& set, const std::string& family, std::map<std::string, double>& reference,
             std::map<std::string, double>& golden) {
  const data::Dataset test = trainer_test::load(set + ".test");
  REQUIRE(reference.contains(set + " " + reference_name(family)));
  REQUIRE(golden.contains(set + " " + family));
  Line line{set, family, test.rows(), reference[set + " " + reference_name(family)], golden[set + " " + family], {}};
  const data::Dataset train = trainer_test::load(set + ".train");
  for (const Arithmetic& arithmetic : trainer_test::all_arithmetic()) {
    const auto model = trainer_test::deploy(train, fitted_on(set, family), arithmetic.input, arithmetic.precision);
    line.scores.push_back(report::score(model, test, model.predict(test), false).value);
  }
  return line;
}

/// `most`, or one test row where that is more.
double allowed(const Line& line, double most) {
  const bool r2 = line.family == "ridge" || line.family == "linear-regression";
  return (r2 ? most : std::max(most, 1.0 / static_cast<double>(line.rows))) + 1e-12;
}

void check(const Line& line) {
  CAPTURE(line.set);
  CAPTURE(line.family);
  const double exact = line.scores[0];
  CHECK(std::abs(exact - line.reference) <= allowed(line, 0.01));
  CHECK(std::abs(exact - line.golden) <= allowed(line, 0.002));
  CHECK(std::abs(exact - line.scores[1]) <= allowed(line, 0.002));
  CHECK(std::abs(exact - line.scores[2]) <= allowed(line, 0.01));
  CHECK(std::abs(exact - line.scores[3]) <= allowed(line, 0.002));
  CHECK(std::abs(exact - line.scores[4]) <= allowed(line, 0.01));
  CHECK(std::abs(exact - line.scores[5]) <= allowed(line, 0.002));
}

}  // namespace

TEST_CASE("the figures: float32 is scikit-learn's, int16 and int8 are float32's") {
  auto reference = read_scores("/data/sklearn_reference.csv");
  auto golden = read_scores("/golden/sklearn/scores.csv");
  fmt::print("{:<16}{:<19}{:>6}{:>9}{:>9}", "test score", "family", "rows", "sklearn", "golden");
  for (const Arithmetic& arithmetic : trainer_test::all_arithmetic()) fmt::print("{:>13}", arithmetic.name);
  fmt::print("\n");
  for (const auto& pair : trainer_test::all_sets()) {
    const std::string& set = pair.first;
    const std::string& family = pair.second;
    const Line line = measure(set, family, reference, golden);
    fmt::print("{:<16}{:<19}{:>6}{:>9.4f}{:>9.4f}{:>13.4f}\n", set, family, line.rows, line.reference, line.golden,
               fmt::join(line.scores, ""));
    check(line);
  }
  CHECK(trainer_test::all_sets().size() == 18);
}

}  // namespace nuthatch::golden
