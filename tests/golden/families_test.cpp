// The figures to reach, for every family that scikit-learn's reference has: with default flags, averaged over the data
// sets within 0.01 of its scores, and no data set worse by more than 0.03; the learned model and the quantized one,
// which is scored through the runtime.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "prepare/labels.hpp"
#include "report/metrics.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::golden {
namespace {

/// sklearn_reference.csv's name of a family, and ours.
const std::vector<std::pair<std::string, std::string>>& families() {
  static const std::vector<std::pair<std::string, std::string>> all = {
      {"linear", "linear-regression"},
      {"ridge", "ridge"},
      {"lasso", "lasso"},
      {"huber", "huber"},
      {"logistic", "logistic"},
      {"linear_svm", "linear-svm"},
      {"svm_rbf", "svm"},
      {"svr_rbf", "svr"},
      {"naive_bayes", "naive-bayes"},
      {"mlp", "mlp"},
      {"tree", "tree"},
      {"forest", "forest"},
      {"boosting", "boosting"},
  };
  return all;
}

struct Reference {
  std::string set;
  double score;
};

/// The rows of sklearn_reference.csv for a family.
std::vector<Reference> references(const std::string& family) {
  std::vector<Reference> rows;
  std::ifstream file(NUTHATCH_TEST_DATA "/data/sklearn_reference.csv");
  for (std::string line; std::getline(file, line);) {
    std::istringstream cells(line);
    std::string set, name, score;
    std::getline(std::getline(std::getline(cells, set, ','), name, ','), score, ',');
    if (name == family) rows.push_back({set, std::stod(score)});
  }
  return rows;
}

struct Scored {
  double reference;
  double learned;
  double quantized;
};

/// The least that is well on a data set. Which of equally good splits a tree takes is chance, which scikit-learn's seed
/// decides; on small test splits that alone is worth more than the 0.03 (a row of iris 0.033, of sonar 0.024). There a
/// single tree may be as bad as scikit-learn's own with another seed, of 30.
double least_of(const std::string& family, const Reference& reference) {
  std::ifstream file(NUTHATCH_TEST_DATA "/golden/sklearn/seeds.json");
  const auto seeds = nlohmann::json::parse(file);
  if (family != "tree" || !seeds.contains(reference.set)) return reference.score - 0.03;
  return seeds.at(reference.set).at("lowest").get<double>();
}

Scored score(const std::string& family, const Reference& reference) {
  const data::Dataset train = trainer_test::load(reference.set + ".train");
  const data::Dataset test = trainer_test::load(reference.set + ".test");
  const bool classifies = reference.set != "boston_housing" && reference.set != "diabetes";
  const trainer_test::Trained trained = trainer_test::train(train, family, classifies);
  const exporting::LoadedModel model(exporting::write_model(trained.contents));
  const Eigen::MatrixXd scores = trained.score(prepare::standardize(test, prepare::describe(train)));
  return {reference.score, report::score(scores, test, trained.contents.classes, false).value,
          report::score(model, test, model.predict(test), false).value};
}

}  // namespace

TEST_CASE("every family, at its defaults, scores as scikit-learn's does") {
  for (const auto& entry : families()) {
    const auto& name = entry.first;
    const auto& family = entry.second;
    Scored sum = {0, 0, 0};
    double count = 0;
    for (const Reference& reference : references(name)) {
      const Scored scored = score(family, reference);
      fmt::print("{:<18} {:<15} scikit-learn {:.4f}  learned {:.4f}  quantized {:.4f}\n", family, reference.set,
                 scored.reference, scored.learned, scored.quantized);
      CAPTURE(family);
      CAPTURE(reference.set);
      const double least = least_of(family, reference) - 1e-9;
      CHECK(scored.learned >= least);
      CHECK(scored.quantized >= least);
      sum = {sum.reference + scored.reference, sum.learned + scored.learned, sum.quantized + scored.quantized};
      ++count;
    }
    REQUIRE(count > 0);
    fmt::print("{:<18} {:<15} scikit-learn {:.4f}  learned {:.4f}  quantized {:.4f}\n", family, "average",
               sum.reference / count, sum.learned / count, sum.quantized / count);
    CHECK(sum.learned / count >= sum.reference / count - 0.01);
    CHECK(sum.quantized / count >= sum.reference / count - 0.01);
  }
}

}  // namespace nuthatch::golden
