// nuthatch explain: contributions of rows, permutation importance, partial dependence.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "cli/program.hpp"

namespace nuthatch::cli {
namespace {

using Json = nlohmann::json;

double sum_of(const Json& row) {
  double sum = row["base"];
  for (const Json& one : row["contributions"]) sum += one["contribution"].get<double>();
  return sum;
}

double score_of(const std::string& rows, std::size_t row, const std::string& column) {
  const std::vector<std::string> lines = lines_of(rows);
  const std::vector<std::string> header = cells_of(lines.at(0));
  const auto at = static_cast<std::size_t>(std::find(header.begin(), header.end(), column) - header.begin());
  return std::stod(cells_of(lines.at(row)).at(at));
}

}  // namespace

TEST_CASE("explain: contributions add up to what predict prints, the largest first, from a named background") {
  const std::string rows = " --data " + data("iris.test.csv");
  for (const char* family : {"forest", "boosting", "logistic", "linear-svm"}) {
    CAPTURE(family);
    train("iris", family, "reasons.nhm");
    const std::string predicted = done("predict reasons.nhm" + rows);
    const Json one = json_of("explain reasons.nhm --row 3 --json" + rows);
    CHECK(one["row"] == 3);
    CHECK(one["class"] == one["prediction"]);
    CHECK(one["score"] == score_of(predicted, 3, "score_" + one["class"].get<std::string>()));
    CHECK(std::abs(sum_of(one) - one["score"].get<double>()) < 1e-9);
    REQUIRE(one["contributions"].size() == 4);
    for (std::size_t i = 1; i < 4; ++i) {
      CHECK(std::abs(one["contributions"][i]["contribution"].get<double>()) <=
            std::abs(one["contributions"][i - 1]["contribution"].get<double>()));
    }
    CHECK("'" + one["background"]["file"].get<std::string>() + "'" == data("iris.test.csv"));  // data() quotes
    CHECK(one["background"]["rows"] == 30);
    const Json some =
        json_of("explain --row 3,17 reasons.nhm --class setosa --json --background " + data("iris.train.csv") + rows);
    CHECK(some["background"]["rows"] == 120);
    CHECK(some["background"]["sha256"].get<std::string>().size() == 64);
    REQUIRE(some["rows"].size() == 2);
    for (const Json& row : some["rows"]) {
      CHECK(row["class"] == "setosa");
      CHECK(row["base"] == some["rows"][0]["base"]);
      CHECK(std::abs(sum_of(row) - row["score"].get<double>()) < 1e-9);
    }
  }
}

TEST_CASE("explain: text says the row, its score and the background; all rows have mean sizes") {
  train("diabetes", "ridge", "line.nhm");
  const std::string rows = " --data " + data("diabetes.test.csv");
  const std::string one = done("explain line.nhm --row 1" + rows);
  const std::vector<std::string> lines = lines_of(one);
  CHECK(lines.at(0) == "row 1");
  CHECK(lines.at(1).rfind("score ", 0) == 0);
  CHECK(lines.at(2).rfind("feature ", 0) == 0);
  CHECK(lines.back().find("diabetes.test.csv, 89 rows") != std::string::npos);
  CHECK(done("explain line.nhm" + rows).find("mean size over 89") != std::string::npos);
  const Json all = json_of("explain line.nhm --json" + rows);
  CHECK(all["answered_rows"] == 89);
  CHECK(all["contributions"].size() == 10);
  CHECK(all["contributions"][0]["mean_abs_contribution"] > all["contributions"][9]["mean_abs_contribution"]);
}

TEST_CASE("explain: all rows are measured from a draw of 200, unless asked otherwise; one row from all") {
  train("pima", "tree", "drawn.nhm");
  const std::string rows = " --data " + data("pima.train.csv");
  const Json all = json_of("explain drawn.nhm --json" + rows);
  CHECK(all["answered_rows"] == 614);
  CHECK(all["background"]["rows"] == 200);
  CHECK(all["background"]["drawn_of"] == 614);
  CHECK(done("explain drawn.nhm --seed 3" + rows).find("200 rows drawn of 614 by --seed 3") != std::string::npos);
  CHECK(json_of("explain drawn.nhm --json --seed 0" + rows) == all);
  CHECK(json_of("explain drawn.nhm --json --seed 1" + rows)["contributions"] != all["contributions"]);
  const Json exact = json_of("explain drawn.nhm --json --background-rows 0" + rows);
  CHECK(exact["background"]["rows"] == 614);
  CHECK(exact["background"]["drawn_of"].is_null());
  // What was drawn tells about the same: the most important feature, within a quarter of its size.
  CHECK(all["contributions"][0]["feature"] == exact["contributions"][0]["feature"]);
  const double size = exact["contributions"][0]["mean_abs_contribution"];
  CHECK(std::abs(all["contributions"][0]["mean_abs_contribution"].get<double>() - size) < size / 4);
  CHECK(json_of("explain drawn.nhm --row 2 --json" + rows)["background"]["rows"] == 614);
  CHECK(json_of("explain drawn.nhm --row 2 --background-rows 50 --json" + rows)["background"]["rows"] == 50);
  CHECK(nuthatch("explain drawn.nhm --permutation --background-rows 5" + rows).status == 2);
}

TEST_CASE("explain: permutation importance and dependence of every kind") {
  const std::string rows = " --data " + data("iris.test.csv");
  for (const char* family : {"svm", "naive-bayes", "mlp", "forest", "logistic"}) {
    CAPTURE(family);
    train("iris", family, "any.nhm");
    const Json both =
        json_of("explain any.nhm --permutation --repeats 3 --dependence petal_width_cm --grid 4 --ice --json" + rows);
    CHECK(both.contains("background") == false);
    CHECK(both["metric"] == "accuracy");
    CHECK(both["metric_score"] == json_of("evaluate any.nhm --json" + rows)["score"]);
    REQUIRE(both["importance"].size() == 4);
    for (const Json& feature : both["importance"]) CHECK(feature["sd"] >= 0);
    CHECK(both["dependence"]["feature"] == "petal_width_cm");
    CHECK(both["dependence"]["grid"].size() == 4);
    CHECK(both["dependence"]["mean"].size() == 4);
    CHECK(both["dependence"]["ice"].size() == 30);
    double mean = 0;
    for (const Json& row : both["dependence"]["ice"]) mean += row["values"][1].get<double>() / 30;
    CHECK(mean == doctest::Approx(both["dependence"]["mean"][1].get<double>()));
  }
  const std::string same = "explain any.nhm --permutation --seed 4" + rows;
  CHECK(done(same) == done(same));
  CHECK(lines_of(done("explain any.nhm --dependence petal_width_cm --grid 4" + rows)).size() == 2 + 4);
  const std::string curves = done("explain any.nhm --dependence petal_width_cm --grid 4 --ice" + rows);
  CHECK(curves.find("row 8\n") != std::string::npos);
  CHECK(lines_of(curves).back() == "and 22 more rows; --json has them");
}

TEST_CASE("explain: what cannot be is said with what can") {
  train("iris", "forest", "said.nhm");
  train("iris", "svm", "other.nhm");
  train("diabetes", "ridge", "values.nhm");
  write("bare.csv", "sepal_length_cm,sepal_width_cm,petal_length_cm,petal_width_cm\n4,3,1,0.2\n,3,1,0.2\n");
  const std::string rows = " --data " + data("iris.test.csv");
  const auto fails = [](const std::string& arguments, int status, const std::string& says) {
    const Outcome outcome = nuthatch("explain " + arguments);
    CAPTURE(arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.status == status);
    CHECK(outcome.out == "");
    CHECK(outcome.err.find(says) != std::string::npos);
  };
  fails("said.nhm --row 31" + rows, 1, "iris.test.csv has rows 1 to 30");
  fails("said.nhm --row 0" + rows, 1, "the first is 1");
  fails("said.nhm --row -1" + rows, 2, "--row");
  fails("said.nhm --row 2 --data bare.csv", 1, "--row 2: bare.csv: the model refuses it");
  fails("said.nhm --permutation --data bare.csv", 1, "label");
  fails("said.nhm --class setosaa" + rows, 1, "did you mean setosa?");
  fails("said.nhm --dependence petal_width" + rows, 1, "did you mean petal_width_cm?");
  fails("values.nhm --class a --data " + data("diabetes.test.csv"), 1, "predicts values");
  fails("other.nhm --row 1" + rows, 1, "only linear and forest do; --permutation and --dependence");
  fails("said.nhm --permutation --background bare.csv" + rows, 2, "--background");
  fails("said.nhm --permutation --class setosa" + rows, 2, "--class");
  fails("said.nhm --repeats 3" + rows, 2, "--permutation");
  fails("said.nhm --ice" + rows, 2, "--dependence");
  fails("said.nhm --dependence petal_width_cm --grid 1" + rows, 2, "from 2 to");
  // A refused row of the background is left out, and counted.
  const Json some = json_of("explain said.nhm --row 1 --json --background bare.csv" + rows);
  CHECK(some["background"]["rows"] == 1);
  CHECK(some["background"]["refused"] == 1);
}

}  // namespace nuthatch::cli
