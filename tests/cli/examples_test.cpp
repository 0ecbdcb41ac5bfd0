// The two worked examples, all the way: a line with noise by linear regression, a threshold by logistic regression.
// NUTHATCH_TEST_ON, names of boards with spaces between, runs them there too.

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <sstream>

#include "cli/program.hpp"

namespace nuthatch::cli {

using nlohmann::json;

namespace {

std::vector<std::string> places() {
  std::vector<std::string> all = {"host"};
  const char* more = std::getenv("NUTHATCH_TEST_ON");
  std::istringstream names(more == nullptr ? "" : more);
  for (std::string name; names >> name;) all.push_back(name);
  return all;
}

/// Rows of `csv` through `model` at `place`, which must answer as the host does.
json evaluate(const std::string& model, const std::string& csv, const std::string& place) {
  CAPTURE(place);
  const json answer = json_of("evaluate " + model + " --data " + csv + " --json --on " + place);
  CHECK(answer["identical_to_host"] == true);
  CHECK(answer["refused"] == 0);
  if (place != "host") CHECK(answer["instructions"]["min"].get<int>() > 0);
  return answer;
}

/// The predictions of a regression at `place`.
std::vector<double> predict(const std::string& model, const std::string& csv, const std::string& place) {
  const std::vector<std::string> lines = lines_of(done("predict " + model + " --data " + csv + " --on " + place));
  std::vector<double> values;
  for (std::size_t row = 1; row < lines.size(); ++row) {
    const std::size_t from = lines[row].find(',') + 1;
    values.push_back(std::stod(lines[row].substr(from, lines[row].find(',', from) - from)));
  }
  return values;
}

void line(const std::string& place, const std::string& arithmetic) {
  CAPTURE(place);
  CAPTURE(arithmetic);
  const json trained =
      json_of("train --data " + data("line.csv") +
              " --target label --model linear-regression --test-fraction 0.2 -o line.nhm --json " + arithmetic);
  CHECK(trained["rows"] == 80);
  CHECK(trained["test_rows"] == 20);
  // 20 squared errors of variance 1 are a chi-square of 20 degrees: one time in a thousand below 5.92, or above 45.3.
  // The two coefficients, learned from 80 rows, add 2 / 80.
  const double error = trained["scores"][trained["precision"].get<std::string>()]["test"]["mean_squared_error"];
  CHECK(error > 5.92 / 20);
  CHECK(error < 45.3 / 20 * (1 + 2.0 / 80));
  write("ends.csv", "x\n0\n10\n");
  const std::vector<double> ends = predict("line.nhm", "ends.csv", place);
  REQUIRE(ends.size() == 2);
  // Four deviations: x has one of 10 / sqrt(12) = 2.89, so the slope has 1 / (2.89 * sqrt(80)) = 0.039, and what stands
  // at x = 0, five from the middle, sqrt(1 / 80 + 25 / (8.33 * 80)) = 0.22.
  CHECK(std::abs((ends[1] - ends[0]) / 10 - 3) < 0.16);
  CHECK(std::abs(ends[0] - 2) < 0.9);
  CHECK(evaluate("line.nhm", data("line.csv"), place)["score"].get<double>() > 0.95);  // 1 - 1 / (1 + 9 * 8.33) = 0.987
}

void threshold(const std::string& place, const std::string& arithmetic) {
  CAPTURE(place);
  CAPTURE(arithmetic);
  const json trained =
      json_of("train --data " + data("threshold.csv") +
              " --target label --model logistic --test-fraction 0.2 -o threshold.nhm --json " + arithmetic);
  CHECK(trained["test_rows"] == 100);
  CHECK(trained["scores"][trained["precision"].get<std::string>()]["test"]["score"].get<double>() >= 0.95);
  write("sides.csv", "x0,x1,label\n0.3,0.1,0\n0.3,0.9,0\n0.7,0.1,1\n0.7,0.9,1\n");
  CHECK(evaluate("threshold.nhm", "sides.csv", place)["score"] == 1.0);
  CHECK(evaluate("threshold.nhm", data("threshold.csv"), place)["score"].get<double>() >= 0.95);
}

}  // namespace

TEST_CASE("worked example: y = 3x + 2 + noise, learned from 80 rows, tested on 20") {
  for (const std::string& place : places()) {
    for (const char* arithmetic : {"", "--input int16", "--precision float32"}) line(place, arithmetic);
  }
}

TEST_CASE("worked example: the label is x0 > 0.5") {
  for (const std::string& place : places()) {
    for (const char* arithmetic : {"", "--input int16", "--precision float32"}) threshold(place, arithmetic);
  }
}

}  // namespace nuthatch::cli
