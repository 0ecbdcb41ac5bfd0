// train --explain, predict --explain, and what inspect says of it.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "cli/program.hpp"

namespace nuthatch::cli {

namespace {

/// Of each row, base and contributions add up to the prediction, or the highest score.
void check_sums(const std::string& printed, bool classifies) {
  constexpr std::size_t kPrediction = 1;
  constexpr std::size_t kScores = 3;
  const std::vector<std::string> lines = lines_of(printed);
  const std::vector<std::string> header = cells_of(lines.at(0));
  const auto base = static_cast<std::size_t>(std::find(header.begin(), header.end(), "base") - header.begin());
  REQUIRE(base + 1 < header.size());
  for (std::size_t i = base + 1; i < header.size(); ++i) CHECK(header[i].rfind("why_", 0) == 0);
  double farthest = 0;
  for (std::size_t row = 1; row < lines.size(); ++row) {
    const std::vector<std::string> cells = cells_of(lines[row]);
    REQUIRE(cells.size() == header.size());
    double score = std::stod(cells[classifies ? kScores : kPrediction]);
    for (std::size_t k = kScores; k < base; ++k) score = std::max(score, std::stod(cells[k]));
    for (std::size_t i = base; i < cells.size(); ++i) score -= std::stod(cells[i]);
    farthest = std::max(farthest, std::abs(score));
  }
  CHECK(farthest < 1e-9);  // doubles are added in another order than words
}

}  // namespace

TEST_CASE("predict --explain adds a base and a column a feature, which add up to the score") {
  train("wine", "logistic", "why.nhm", "--explain");
  const std::string printed = done("predict why.nhm --explain --data " + data("wine.test.csv"));
  CHECK(lines_of(printed)[0].find(",base,why_alcohol,why_malic_acid,") != std::string::npos);
  check_sums(printed, true);
  for (const char* model : {"forest", "boosting"}) {
    train("diabetes", model, "why_trees.nhm", "--explain");
    check_sums(done("predict why_trees.nhm --explain --data " + data("diabetes.test.csv")), false);
    train("pima", model, "why_trees.nhm", "--explain --input int16");
    check_sums(done("predict why_trees.nhm --explain --data " + data("pima.test.csv")), true);
  }
}

TEST_CASE("a refused row has no explanation; probabilities come before it") {
  write("rows.csv", "a,label\n1,x\n2,x\n3,x\n7,y\n8,y\n9,y\n");
  done("train --data rows.csv --target label --model logistic --explain -o two.nhm");
  write("some.csv", "a\n2\n\"\"\n");
  const std::vector<std::string> lines = lines_of(done("predict two.nhm --probabilities --explain --data some.csv"));
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "row,prediction,status,score_y,p_x,p_y,base,why_a");
  CHECK(lines[2].substr(lines[2].size() - 5) == ",,,,,");
}

TEST_CASE("inspect says whether a model explains itself, and what it takes") {
  train("iris", "logistic", "plain.nhm");
  const nlohmann::json plain = json_of("inspect plain.nhm --json");
  CHECK(plain["explains"] == "no");
  CHECK(plain["bytes"]["explanation"] == 0);
  CHECK(plain["lineage"]["parameters"].contains("explain") == false);
  train("iris", "logistic", "exact.nhm", "--explain");
  const nlohmann::json exact = json_of("inspect exact.nhm --json");
  CHECK(exact["explains"] == "exact");
  CHECK(exact["bytes"]["explanation"] == 4 * 2);
  CHECK(exact["lineage"]["parameters"]["explain"] == true);
  CHECK(done("inspect exact.nhm").find("explains its scores by feature (exact)") != std::string::npos);
  train("iris", "forest", "near.nhm", "--explain");
  const nlohmann::json near = json_of("inspect near.nhm --json");
  CHECK(near["explains"] == "approximate");
  CHECK(near["bytes"]["explanation"] == 3 * near["predictor"]["slots"].get<int>());
  std::size_t sum = 0;
  for (const auto& [part, bytes] : near["bytes"].items()) sum += part == "total" ? 0 : bytes.get<std::size_t>();
  CHECK(sum == near["bytes"]["total"]);
}

TEST_CASE("what does not explain itself says why") {
  const std::string rows = " --data " + data("iris.test.csv");
  train("iris", "tree", "untold.nhm");
  const Outcome untold = nuthatch("predict untold.nhm --explain" + rows);
  CHECK(untold.status == 1);
  CHECK(untold.out == "");
  CHECK(untold.err == "nuthatch: untold.nhm: this tree model does not explain its scores; train it with --explain\n");
  train("iris", "naive-bayes", "mute.nhm");
  const Outcome never = nuthatch("predict mute.nhm --explain" + rows);
  CHECK(never.err == "nuthatch: mute.nhm: this naive-bayes model does not explain its scores\n");
  const std::string flags =
      "train --target label --explain -o nothing.nhm --data " + data("iris.train.csv") + " --model ";
  const Outcome kind = nuthatch(flags + "svm");
  CHECK(kind.status == 2);
  CHECK(kind.err.find("--explain: svm does not explain its scores; linear-regression, ridge, ") != std::string::npos);
  const Outcome precision = nuthatch(flags + "logistic --precision float32");
  CHECK(precision.status == 2);
  CHECK(precision.err.find("float32") != std::string::npos);
}

}  // namespace nuthatch::cli
