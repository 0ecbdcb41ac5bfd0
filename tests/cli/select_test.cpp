// `train --select`: what is left out stays out of the model, and cross-validation selects anew in each fold.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "cli/program.hpp"

namespace nuthatch::cli {

using nlohmann::json;

TEST_CASE("select: features that tell nothing stay out of the file, and the JSON says what each kept one buys") {
  const json answer = train("wine", "logistic", "few.nhm", "--select f --json");
  const json& selection = answer["selection"];
  CHECK(selection["method"] == "f");
  CHECK(selection["scores"].size() == 13);
  const std::size_t kept = selection["selected"].size();
  CHECK(kept < 13);
  CHECK(answer["features"] == kept);
  CHECK(selection["worth"].size() == kept);
  REQUIRE(selection["tried"].size() > 3);
  CHECK(selection["tried"][0]["features"] == 13);
  CHECK(selection["cost_of_a_feature"]["instructions"].get<double>() > 0);
  CHECK(selection["cost_of_a_feature"]["flash_bytes"].get<double>() > 0);
  // Float32 input: four bytes of the row, at least.
  CHECK(selection["cost_of_a_feature"]["ram_bytes"].get<double>() >= 4);
  std::vector<std::string> names;
  const json inspected = json_of("inspect few.nhm --json");
  for (const json& feature : inspected["features"]) names.push_back(feature["name"]);
  CHECK(json(names) == selection["selected"]);
  CHECK(json_of("evaluate few.nhm --json --data " + data("wine.test.csv"))["score"].get<double>() > 0.9);
  const json two = train("wine", "tree", "two.nhm", "--select forest --select-features 2 --json");
  CHECK(two["selection"]["selected"].size() == 2);
  CHECK(two["selection"]["tried"].empty());
  CHECK(nuthatch("train --data " + data("wine.train.csv") +
                 " --target label --model tree -o x.nhm --select f --select-features 14")
            .status == 2);
  CHECK(nuthatch("train --data " + data("wine.train.csv") + " --target label --model tree -o x.nhm --select luck")
            .status == 2);
}

TEST_CASE("class weights: in the lineage where they were given, and refused where there are no such classes") {
  CHECK(!train("pima", "logistic", "w.nhm", "--json")["sha256"].empty());
  CHECK(!json_of("inspect w.nhm --json")["lineage"]["parameters"].contains("class-weight"));
  CHECK(train("pima", "logistic", "w.nhm",
              "--class-weight balanced --cross-validate 3 --json")["cross_validation"]["mean"]
            .get<double>() > 0.6);
  CHECK(json_of("inspect w.nhm --json")["lineage"]["parameters"]["class-weight"] == "balanced");
  CHECK(json_of("evaluate w.nhm --json --data " + data("pima.test.csv"))["balanced_accuracy"].get<double>() > 0.65);
  const std::string of_pima = " --data " + data("pima.train.csv") + " --target label -o x.nhm ";
  const std::string of_diabetes = " --data " + data("diabetes.train.csv") + " --target label -o x.nhm ";
  for (const std::string& wrong :
       {"train --model logistic --class-weight maybe=2" + of_pima,
        "train --model logistic --class-weight even" + of_pima,
        "train --model tree --class-weight balanced" + of_diabetes,
        "train --model ridge --class-weight balanced" + of_diabetes, "tune --trials 1 --class-weight maybe=2" + of_pima,
        "tune --trials 1 --class-weight balanced" + of_diabetes}) {
    CAPTURE(wrong);
    const Outcome outcome = nuthatch(wrong);
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find("--class-weight") != std::string::npos);
  }
  const json tuned = json_of("tune --trials 2 --models logistic,tree --class-weight balanced --json" + of_pima);
  CHECK(json_of("inspect x.nhm --json")["lineage"]["parameters"]["class-weight"] == "balanced");
}

TEST_CASE("select: noise that was selected on all rows would score well on folds; selected in each it does not") {
  // 400 columns of noise and 40 rows: the best ten of all rows tell even these labels.
  std::string rows;
  for (int i = 0; i < 400; ++i) rows += fmt::format("x{},", i);
  rows += "label\n";
  std::uint32_t state = 1;
  for (int row = 0; row < 40; ++row) {
    for (int i = 0; i < 400; ++i) rows += fmt::format("{},", (state = state * 1664525 + 1013904223) >> 16);
    rows += row % 2 == 0 ? "a\n" : "b\n";
  }
  write("noise.csv", rows);
  const std::string train =
      "train --data noise.csv --target label --model logistic -o n.nhm --json --cross-validate 5 ";
  const json honest = json_of(train + "--select f --select-features 10");
  CHECK(honest["cross_validation"]["mean"].get<double>() < 0.7);
  // That it would: the same ten as if they had been known.
  std::string drop = " --drop";
  const json& kept = honest["selection"]["selected"];
  for (int i = 0; i < 400; ++i) {
    const std::string name = fmt::format("x{}", i);
    if (std::find(kept.begin(), kept.end(), name) == kept.end()) drop += " " + name;
  }
  CHECK(json_of(train + drop)["cross_validation"]["mean"].get<double>() > 0.8);
}

}  // namespace nuthatch::cli
