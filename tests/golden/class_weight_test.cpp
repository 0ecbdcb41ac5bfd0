// Weighted classes beside scikit-learn's class_weight.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "prepare/features.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::golden {

namespace {

/// How far learned scores may be from scikit-learn's: LIBSVM stops at 1e-3 of its conditions, a tree's leaf writes a
/// share with 14 bits, naive Bayes has one formula, the others stop at a slope of 1e-7.
double tolerance(const std::string& family) {
  return family == "svm" ? 1e-2 : family == "naive-bayes" ? 1e-6 : family == "tree" ? 1e-4 : 1e-4;
}

}  // namespace

TEST_CASE("class weights, balanced and by name, make the scores of scikit-learn's class_weight") {
  std::ifstream file(NUTHATCH_TEST_DATA "/golden/sklearn/class_weight.json");
  const nlohmann::json all = nlohmann::json::parse(file);
  CHECK(all.size() == 24);
  for (const nlohmann::json& golden : all) {
    const std::string set = golden.at("data"), family = golden.at("family"), weight = golden.at("weight");
    CAPTURE(set);
    CAPTURE(family);
    CAPTURE(weight);
    trainer_test::Flags flags = {{"class-weight", weight}};
    if (family == "tree") flags["max-depth"] = "3";
    const data::Dataset rows = trainer_test::load(set + ".train");
    const trainer_test::Trained trained = trainer_test::train(rows, family, true, flags);
    const Eigen::MatrixXd scores =
        trained.score(prepare::standardize(trainer_test::load(set + ".test"), prepare::describe(rows)));
    const auto expected = golden.at("scores").get<std::vector<double>>();
    REQUIRE(std::ssize(expected) == scores.size());
    double farthest = 0;
    std::size_t far = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto row = static_cast<Eigen::Index>(i) / scores.cols(), k = static_cast<Eigen::Index>(i) % scores.cols();
      const double off = std::abs(scores(row, k) - expected[i]) / std::max(1.0, std::abs(expected[i]));
      farthest = std::max(farthest, off);
      far += off > tolerance(family) ? 1 : 0;
    }
    CAPTURE(farthest);
    // Splits of equal gain may be taken otherwise.
    CHECK(far <= (family == "tree" ? expected.size() / 50 : 0));
  }
}

}  // namespace nuthatch::golden
