// One wild reading, and a feature over many decades: no family may lose by its codes what the same family has in double
// precision from the numbers of the CSV, and trees find the rule that made the rows.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "cli/program.hpp"

namespace nuthatch::cli {

using nlohmann::json;

namespace {

constexpr int kRows = 400;
constexpr int kTestRows = 1000;

/// What the columns hold where nothing is odd.
enum class Values { kUnit, kBits, kCounts, kTemperatures };

double value_of(Values values, double share) {
  switch (values) {
    case Values::kBits: return share > 0.5 ? 1 : 0;
    case Values::kCounts: return std::floor(30 * share);
    case Values::kTemperatures: return 18 + std::floor(70 * share) / 10;
    case Values::kUnit: break;
  }
  return share;
}

/// Three columns of which `at` holds one outlier; the class is whether the share that a is made of is above 0.5, the
/// value 2 a + b. With decades a spans twelve of them, and the class is a > 1.
struct Sheet {
  std::string outlier;  ///< empty: none
  std::size_t at = 0;
  bool decades = false;
  Values of = Values::kUnit;

  std::string csv(int rows, bool values, unsigned seed, bool spoilt) const {
    std::mt19937 random(seed);
    std::string text = "a,b,c,label\n";
    for (int row = 0; row < rows; ++row) {
      double x[3];
      for (double& value : x) value = (static_cast<double>(random()) + 0.5) / 4294967296.0;
      const bool high = x[0] > 0.5;
      for (double& value : x) value = value_of(of, value);
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
                                               "extra-trees",
                                               "boosting --rounds 20",
                                               "mlp --epochs 20 --hidden 8"};
const std::vector<std::string> kBlends = {"blend --of \"boosting --rounds 40 + ridge\"",
                                          "blend --of \"tree + mlp --hidden 8 --epochs 20\"",
                                          "blend --of \"svr + forest --trees 10\""};
const std::vector<std::string> kRegressors = {"linear-regression",
                                              "ridge",
                                              "lasso",
                                              "elastic-net",
                                              "huber",
                                              "linear-svr",
                                              "svr",
                                              "tree",
                                              "forest --trees 10",
                                              "boosting --rounds 40",
                                              "mlp --epochs 20 --hidden 8"};
const std::vector<std::string> kOutliers = {"10",    "100",   "500",   "1000",       "4095", "20000",
                                            "32767", "65535", "-9999", "4294967295", "1e12", "1e30"};
const std::vector<Values> kAllValues = {Values::kUnit, Values::kBits, Values::kCounts, Values::kTemperatures};

bool is_tree(const std::string& model) {
  return model.starts_with("tree") || model.starts_with("forest") || model.starts_with("boosting");
}

/// Every family meets every outlier, with inputs, columns and what they hold by turns. Returns the largest loss.
double most_lost(const std::vector<std::string>& models, const std::vector<std::string>& outliers, bool values) {
  double most = -1;
  for (std::size_t m = 0; m < models.size(); ++m) {
    for (std::size_t o = 0; o < outliers.size(); ++o) {
      const std::string& model = models[m];
      const Sheet sheet{outliers[o], (m + o) % 3 == 0 ? std::size_t{2} : std::size_t{0}, false,
                        kAllValues[(m + o / 2) % kAllValues.size()]};
      const std::string input = o % 2 == 0 ? "float32" : "int16";
      const std::string what = fmt::format("{} in column {} of {}: {}, {}", sheet.outlier, sheet.at,
                                           static_cast<int>(sheet.of), model, input);
      CAPTURE(what);
      const json trained = learn(sheet, model, input, values);
      CHECK(loss_of(trained) <= 0.01);
      most = std::max(most, loss_of(trained));
      // The rule is one question; nearest to it lie rows 0.0025 apart.
      if (is_tree(model)) CHECK(trained["score"].get<double>() >= (values ? 0.95 : 0.99));
    }
  }
  return most;
}

}  // namespace

TEST_CASE("a single outlier of any size costs no classifier more than it costs in double precision" * figures) {
  fmt::print("classifiers lose at most {:.4f} by an outlier\n", most_lost(kClassifiers, kOutliers, false));
}

TEST_CASE("a single outlier of any size costs no regression more than it costs in double precision" * figures) {
  const std::vector<std::string> outliers = {"100", "4095", "-1e30", "65535"};
  fmt::print("regressions lose at most {:.4f} by an outlier\n", most_lost(kRegressors, outliers, true));
  fmt::print("blends lose at most {:.4f} by an outlier\n", most_lost(kBlends, outliers, true));
}

TEST_CASE(
    "a single outlier blinds no member of a blend: far values are kept in the range of the others, which is said") {
  for (const std::string& model : kBlends) {
    for (const char* outlier : {"1000", "-9999", "65535", "1e30"}) {
      for (const char* input : {"float32", "int16"}) {
        const Sheet sheet{outlier, 0};
        const std::string what = fmt::format("{}: {}, {}", outlier, model, input);
        CAPTURE(what);
        const json trained = learn(sheet, model, input, true);
        CHECK(loss_of(trained) <= 0.01);
        // The rule is a plane, and what is told of a tree's is 0.95 and more.
        CHECK(trained["score"].get<double>() >= 0.9);
        const std::string said =
            done(fmt::format("train --data wild.csv --target label --model {} --input {} -o wild.nhm", model, input));
        CHECK(said.find("kept in ") != std::string::npos);
        CHECK(said.find("over all from") == std::string::npos);
      }
    }
  }
  const std::string clean = Sheet{}.csv(kRows, true, 5, false);
  write("clean.csv", clean);
  const std::string said = done("train --data clean.csv --target label --model " + kBlends[0] + " -o clean.nhm");
  CHECK(said.find("kept in ") == std::string::npos);
}

TEST_CASE("naive Bayes reads few distinct values beside one that is far off as it does in double precision") {
  for (const std::string far : {"500", "1000", "20000", "65535", "-9999"}) {
    for (const char* input : {"float32", "int16"}) {
      // A bit that is the class but for one row in 32, and nothing else that tells.
      const auto csv = [&](int rows, unsigned seed, bool spoilt) {
        std::mt19937 random(seed);
        std::string text = "a,b,label\n";
        for (int row = 0; row < rows; ++row) {
          const int label = static_cast<int>(random() % 2);
          const int bit = row % 32 == 9 ? 1 - label : label;
          text += fmt::format("{},{},{}\n", spoilt && row == 57 ? far : std::to_string(bit), random() % 1000, label);
        }
        return text;
      };
      write("bit.csv", csv(400, 5, true));
      write("bit_test.csv", csv(1000, 6, false));
      CAPTURE(far);
      CAPTURE(input);
      const json trained = json_of(fmt::format(
          "train --data bit.csv --test bit_test.csv --target label --model naive-bayes --input {} -o bit.nhm --json",
          input));
      CHECK(trained["scores"]["float32"]["test"]["score"].get<double>() >= 0.9);
      CHECK(loss_of(trained) <= 0.01);
    }
  }
}

TEST_CASE("a feature over twelve decades costs no family more than it costs in double precision") {
  for (const std::string& model : kClassifiers) {
    CAPTURE(model);
    const json trained = learn({"", 0, true}, model, "float32", false);
    CHECK(loss_of(trained) <= 0.01);
    if (is_tree(model)) CHECK(trained["score"].get<double>() >= 0.99);
  }
  // Three decades a class: a Gaussian of the values tells two of the classes, one of their octaves all.
  std::mt19937 random(8);
  std::string quarters = "a,b,label\n";
  for (int row = 0; row < kRows; ++row) {
    const double decade = static_cast<double>(random() % 12000) / 1000 - 6;
    quarters += fmt::format("{:.6g},{},{}\n", std::pow(10, decade), random() % 100, "qwer"[int(decade + 6) / 3]);
  }
  write("quarters.csv", quarters);
  CHECK(loss_of(json_of("train --data quarters.csv --target label --model naive-bayes -o quarters.nhm --json")) <=
        0.01);
  for (const std::string& model : kBlends) {
    CAPTURE(model);
    CHECK(loss_of(learn({"", 0, true}, model, "float32", true)) <= 0.01);
  }
  // The device answers what the program says, and the file says how it codes the feature.
  const json inspected = json_of("inspect wild.nhm --json");
  CHECK(inspected.contains("features"));
}

TEST_CASE("train says where codes over the whole range would blur a column, and what the family does") {
  write("wild.csv", Sheet{"65535", 0}.csv(kRows, false, 5, true));
  const auto said = [](const std::string& sheet, const std::string& model) {
    return done(fmt::format("train --data {} --target label --model {} -o wild.nhm", sheet, model));
  };
  const auto has = [](const std::string& text, const std::string& words) {
    CAPTURE(text);
    return text.find(words) != std::string::npos;
  };
  const std::string of_codes = said("wild.csv", "tree");
  CHECK(has(of_codes, "encoding: column \"a\": codes over all from"));
  CHECK(has(of_codes, "tree takes codes from"));
  CHECK_FALSE(has(of_codes, "\"b\": codes over"));
  // The file says where the range ends that has codes, and that training went on.
  const json inspected = json_of("inspect wild.nhm --json")["features"];
  CHECK(inspected[0]["high_saturates"] == true);
  CHECK(inspected[0]["high"].get<double>() < 2);
  CHECK_FALSE(inspected[0].contains("low_saturates"));
  CHECK_FALSE(inspected[1].contains("high_saturates"));
  CHECK(has(done("inspect wild.nhm"), ">= 1.1"));
  CHECK(has(said("wild.csv", "tree --input int16"), "column \"a\": counts over all from"));
  const json found = json_of("train --data wild.csv --target label --model tree -o wild_again.nhm --json")["findings"];
  CHECK(std::count_if(found.begin(), found.end(), [](const json& each) {
          return each["kind"] == "encoding" && each["columns"] == json({"a"});
        }) == 1);
  CHECK(has(said("wild.csv", "naive-bayes"), "naive-bayes lays them over the part"));
  CHECK(has(said("wild.csv", "logistic"), "logistic weighs by the deviation"));
  write("decades.csv", Sheet{"", 0, true}.csv(kRows, false, 5, true));
  CHECK(has(said("decades.csv", "tree"), "codes by octaves from"));
  CHECK(has(done("inspect wild.nhm"), "/octave"));
  // Counts cannot hold decades: said, with what can.
  const std::string of_counts = said("decades.csv", "tree --input int16");
  CHECK(has(of_counts, "count_merges: column \"a\" has 400 different values"));
  CHECK(has(of_counts, "train with --input float32, or give its logarithm"));
}

TEST_CASE("what --max-bytes costs is told of trees that tell the values beside an outlier apart") {
  const json trained = learn({"1e30", 0}, "forest --trees 10 --max-bytes 200", "float32", false);
  CHECK(trained["leaves"]["score_with_all"].get<double>() >= 0.99);
  CHECK(trained["leaves"]["kept"].get<int>() < trained["leaves"]["all"].get<int>());
  CHECK(std::abs(trained["leaves"]["loss"].get<double>()) <= 0.05);
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

TEST_CASE("the float column is learned and scored by doubles where float32 makes values one") {
  // Each pair is one float32, of which two classes have one each: double precision tells all, the device half.
  for (const auto& [one, other] : {std::pair("16777216", "16777217"), std::pair("0.1", "0.10000000001")}) {
    std::string text = "a,b,label\n";
    for (int row = 0; row < 100; ++row) text += fmt::format("{},{},{}\n", row % 2 ? one : other, row / 2, row % 2);
    write("double.csv", text);
    write("double_test.csv", text);
    for (const char* model : {"tree", "forest --trees 10", "logistic", "naive-bayes", "svm"}) {
      CAPTURE(model);
      const json trained = json_of(
          fmt::format("train --data double.csv --test double_test.csv --target label --task classification --model {} "
                      "-o double.nhm --json",
                      model));
      CHECK(trained["score"] == 0.5);
      CHECK(trained["scores"][trained["precision"].get<std::string>()]["loss"] == 0.5);
    }
  }
}

TEST_CASE("values that the codes of float32 input make one are said, with a remedy that works") {
  std::mt19937 random(7);
  std::string whole = "a,b,label\n";
  std::string parts = "low,high,label\n";
  for (int row = 0; row < 400; ++row) {
    const double share = static_cast<double>(random() % 1000) / 10000;
    const char* label = share >= 0.05 ? "hi" : "lo";
    const bool high = random() % 2 == 0;
    whole += fmt::format("{:.4f},{},{}\n", high ? 1000 + share : share, random() % 100, label);
    parts += high ? fmt::format(",{:.4f},{}\n", 1000 + share, label) : fmt::format("{:.4f},,{}\n", share, label);
  }
  write("clusters.csv", whole);
  write("parts.csv", parts);
  const auto train = [](const char* data) {
    return json_of(fmt::format("train --data {} --target label --model tree -o clusters.nhm --json", data));
  };
  const auto merges_of = [](const json& trained) {
    std::string said;
    for (const json& each : trained["findings"]) said += each["kind"] == "code_merges" ? each["text"] : "";
    return said;
  };
  CHECK(merges_of(train("clusters.csv")).find("column \"a\"") == 0);
  CHECK(merges_of(train("clusters.csv")).find("split it at 500.0") != std::string::npos);
  const json split = train("parts.csv");
  CHECK(merges_of(split).empty());
  CHECK(split["score"].get<double>() >= 0.99);  // a row at the median of what is empty may go either way
}

TEST_CASE("what the device's numbers cannot tell apart is a finding, with a remedy that serves") {
  const auto finding_of = [](double middle, double step, const std::string& input) -> std::string {
    std::string text = "a,label\n";
    for (int row = 0; row < 40; ++row) text += fmt::format("{},{}\n", middle + step * row, row < 20 ? "low" : "high");
    write("unresolved.csv", text);
    const json found =
        json_of("train --data unresolved.csv --target label --model tree -o unresolved.nhm --json --input " +
                input)["findings"];
    for (const json& each : found) {
      if (each["kind"] == "unresolved") return each["text"];
    }
    return "";
  };
  const auto has = [](const std::string& text, const char* words) { return text.find(words) != std::string::npos; };
  CHECK(has(finding_of(1e-40, 1e-42, "float32"), "multiply it by a constant"));
  CHECK(has(finding_of(1e-40, 1e-42, "int16"), "multiply it by a constant"));
  CHECK(has(finding_of(1000, 1e-4, "int16"), "subtract a constant from it"));
  CHECK(finding_of(1000, 1, "int16").empty());
}

}  // namespace nuthatch::cli
