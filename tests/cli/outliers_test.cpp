// One wild reading, and a feature over many decades: no family may lose by its codes what the same family has in double
// precision from the numbers of the CSV, and trees find the rule that made the rows.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <random>

#include "cli/program.hpp"

namespace nuthatch::cli {

using nlohmann::json;

namespace {

constexpr int kRows = 400;
constexpr int kTestRows = 1000;

/// Three columns between 0 and 1, of which `at` holds one outlier; the class is a > 0.5, the value 2 a + b. With
/// decades a spans twelve of them, and the class is a > 1.
struct Sheet {
  std::string outlier;  ///< empty: none
  std::size_t at = 0;
  bool decades = false;

  std::string csv(int rows, bool values, unsigned seed, bool spoilt) const {
    std::mt19937 random(seed);
    std::string text = "a,b,c,label\n";
    for (int row = 0; row < rows; ++row) {
      double x[3];
      for (double& value : x) value = (static_cast<double>(random()) + 0.5) / 4294967296.0;
      const bool high = x[0] > 0.5;
      const std::string label = values ? fmt::format("{:.6f}", 2 * x[0] + x[1]) : high ? "hi" : "lo";
      if (decades) x[0] = std::pow(10, 12 * x[0] - 6);
      for (std::size_t i = 0; i < 3; ++i) {
        text += spoilt && row == 57 && i == at && !outlier.empty() ? outlier : fmt::format("{:.6g}", x[i]);
        text += ",";
      }
      text += label + "\n";
    }
    return text;
  }
};

json learn(const Sheet& sheet, const std::string& model, const std::string& input, bool values) {
  write("wild.csv", sheet.csv(kRows, values, 5, true));
  write("wild_test.csv", sheet.csv(kTestRows, values, 6, false));
  return json_of(
      fmt::format("train --data wild.csv --test wild_test.csv --target label --task {} --model {} --input {} "
                  "--monitor off -o wild.nhm --json",
                  values ? "regression" : "classification", model, input));
}

/// What the least precise of a model's scores lose.
double loss_of(const json& trained) {
  double most = -1;
  for (const auto& [precision, scores] : trained["scores"].items()) {
    if (precision != "float32") most = std::max(most, scores["loss"].get<double>());
  }
  return most;
}

const std::vector<std::string> kClassifiers = {"logistic",
                                               "linear-svm",
                                               "svm",
                                               "naive-bayes",
                                               "tree",
                                               "forest --trees 10",
                                               "boosting --rounds 20",
                                               "mlp --epochs 20 --hidden 8"};
const std::vector<std::string> kRegressors = {"linear-regression",   "ridge", "huber", "linear-svr", "svr", "tree",
                                              "boosting --rounds 40"};

bool is_tree(const std::string& model) {
  return model.starts_with("tree") || model.starts_with("forest") || model.starts_with("boosting");
}

}  // namespace

TEST_CASE("a single outlier of any size costs no classifier more than it costs in double precision") {
  double most = -1;
  for (const char* outlier : {"1000", "65535", "-9999", "4294967295", "1e30"}) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{2}}) {
      for (const std::string& model : kClassifiers) {
        for (const char* input : {"float32", "int16"}) {
          const std::string what = fmt::format("{} in column {}: {}, {}", outlier, at, model, input);
          CAPTURE(what);
          const json trained = learn({outlier, at}, model, input, false);
          CHECK(loss_of(trained) <= 0.01);
          most = std::max(most, loss_of(trained));
          // The rule is one question; nearest to it lie rows 0.0025 apart.
          if (is_tree(model)) CHECK(trained["score"].get<double>() >= 0.99);
        }
      }
    }
  }
  fmt::print("classifiers lose at most {:.4f} by an outlier\n", most);
}

TEST_CASE("a single outlier of any size costs no regression more than it costs in double precision") {
  double most = -1;
  for (const char* outlier : {"65535", "-1e30"}) {
    for (const std::string& model : kRegressors) {
      for (const char* input : {"float32", "int16"}) {
        const std::string what = fmt::format("{}: {}, {}", outlier, model, input);
        CAPTURE(what);
        const json trained = learn({outlier, 0}, model, input, true);
        CHECK(loss_of(trained) <= 0.01);
        most = std::max(most, loss_of(trained));
        if (is_tree(model)) CHECK(trained["score"].get<double>() >= 0.95);
      }
    }
  }
  fmt::print("regressions lose at most {:.4f} by an outlier\n", most);
}

TEST_CASE("a feature over twelve decades costs no family more than it costs in double precision") {
  for (const std::string& model : kClassifiers) {
    CAPTURE(model);
    const json trained = learn({"", 0, true}, model, "float32", false);
    CHECK(loss_of(trained) <= 0.01);
    if (is_tree(model)) CHECK(trained["score"].get<double>() >= 0.99);
  }
  // The device answers what the program says, and the file says how it codes the feature.
  const json inspected = json_of("inspect wild.nhm --json");
  CHECK(inspected.contains("features"));
}

TEST_CASE("train says where codes over the whole range would blur a column, and what it does") {
  write("wild.csv", Sheet{"65535", 0}.csv(kRows, false, 5, true));
  const std::string of_codes = done("train --data wild.csv --target label --model tree -o wild.nhm");
  CHECK(of_codes.find("a: codes over all from") != std::string::npos);
  CHECK(of_codes.find("b: codes over") == std::string::npos);
  const std::string of_counts = done("train --data wild.csv --target label --model tree --input int16 -o wild.nhm");
  CHECK(of_counts.find("a: counts over all from") != std::string::npos);
  write("decades.csv", Sheet{"", 0, true}.csv(kRows, false, 5, true));
  const std::string of_octaves = done("train --data decades.csv --target label --model tree -o wild.nhm");
  CHECK(of_octaves.find("codes by octaves from") != std::string::npos);
}

TEST_CASE("the float column is learned from the numbers of the CSV, by many rows from a part of them, which is said") {
  // Pairs of neighbours among 2^24 numbers, one of each class: codes have 2^16, so hardly a pair has two.
  std::string text = "a,label\n";
  for (int pair = 0; pair < 1000; ++pair) text += fmt::format("{},x\n{},y\n", 16000 * pair, 16000 * pair + 1);
  write("fine.csv", text);
  const json trained = json_of("train --data fine.csv --target label --model tree --max-depth 0 -o fine.nhm --json");
  CHECK(trained["scores"]["float32"]["train"]["score"] == 1.0);
  CHECK(trained["scores"]["int16"]["loss"].get<double>() >= 0.45);
  CHECK(trained["float_rows"] == 2000);
  std::mt19937 random(4);
  std::string many = "a,b,label\n";
  for (int row = 0; row < 20500; ++row) {
    const auto a = random() % 1000;
    many += fmt::format("{},{},{}\n", a, random() % 1000, a > 499 ? "x" : "y");
  }
  write("many.csv", many);
  const std::string said = done("train --data many.csv --target label --model tree -o many.nhm");
  CHECK(said.find("float was learned from 20000 of the 20500 rows") != std::string::npos);
}

}  // namespace nuthatch::cli
