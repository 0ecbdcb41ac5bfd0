// The figures to reach with the family mlp at its defaults: as good as scikit-learn's, on the device too.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "report/metrics.hpp"
#include "unit/network_pipeline.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::golden {
namespace {

struct Line {
  std::string set;
  double reference = 0;
  double exact = 0;
  double int8 = 0;
  double raw = 0;  ///< int8 weights, int16 input
};

/// dataset,family,score,...: the lines of mlp.
std::vector<Line> read_lines() {
  std::vector<Line> lines;
  std::ifstream file(NUTHATCH_TEST_DATA "/data/sklearn_reference.csv");
  for (std::string text; std::getline(file, text);) {
    std::istringstream cells(text);
    std::string set, family, score;
    std::getline(std::getline(std::getline(cells, set, ','), family, ','), score, ',');
    if (family == "mlp") lines.push_back({set, std::stod(score)});
  }
  return lines;
}

void measure(Line& line) {
  const data::Dataset train = trainer_test::load(line.set + ".train");
  const data::Dataset test = trainer_test::load(line.set + ".test");
  const bool classifies = line.set != "boston_housing" && line.set != "diabetes";
  const trainer_test::FittedNetwork fitted = trainer_test::fit_network(train, classifies);
  line.exact = report::score(trainer_test::float_scores(fitted, test), test, fitted.classes, false).value;
  const auto score = [&](quantize::Input input) {
    const exporting::LoadedModel model = trainer_test::deploy_network(train, fitted, input);
    return report::score(model, test, model.predict(test), false).value;
  };
  line.int8 = score(quantize::Input::kFloat32);
  line.raw = score(quantize::Input::kInt16);
}

}  // namespace

TEST_CASE("the figures of mlp: scikit-learn's on every data set, float and int8") {
  std::vector<Line> lines = read_lines();
  REQUIRE(lines.size() == 9);
  Line mean;
  fmt::print("{:<16}{:<8}{:>9}{:>9}{:>9}{:>11}\n", "test score", "family", "sklearn", "float", "int8", "int8, raw");
  for (Line& line : lines) {
    measure(line);
    CAPTURE(line.set);
    fmt::print("{:<16}{:<8}{:>9.4f}{:>9.4f}{:>9.4f}{:>11.4f}\n", line.set, "mlp", line.reference, line.exact, line.int8,
               line.raw);
    for (const double score : {line.exact, line.int8, line.raw}) CHECK(score >= line.reference - 0.03);
    for (const double score : {line.int8, line.raw}) CHECK(score >= line.exact - 0.01);
    mean.reference += line.reference / 9;
    mean.exact += line.exact / 9;
    mean.int8 += line.int8 / 9;
    mean.raw += line.raw / 9;
  }
  fmt::print("{:<16}{:<8}{:>9.4f}{:>9.4f}{:>9.4f}{:>11.4f}\n", "mean", "mlp", mean.reference, mean.exact, mean.int8,
             mean.raw);
  for (const double score : {mean.exact, mean.int8, mean.raw}) CHECK(score >= mean.reference - 0.01);
}

}  // namespace nuthatch::golden
