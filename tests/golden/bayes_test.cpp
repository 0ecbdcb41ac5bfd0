// Naive Bayes against scikit-learn's GaussianNB: what is learned, what the exported models decide on every test row,
// within a bound that is derived, and the figures to reach.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "golden/probability.hpp"
#include "report/metrics.hpp"
#include "unit/trainer_bayes.hpp"

namespace nuthatch::golden {

using quantize::Input;
using quantize::QuantizedBayes;
using trainer_test::TrainedBayes;

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

const std::vector<std::string> kDetailed = {"breast_cancer", "iris", "pima", "sonar", "wine"};

struct Golden {
  std::vector<std::size_t> predicted;
  Eigen::MatrixXd means;
  Eigen::MatrixXd variances;
  Eigen::MatrixXd decisions;
  Eigen::MatrixXd probabilities;
};

Golden read_golden(const std::string& set, Eigen::Index features, Eigen::Index outputs) {
  std::ifstream file(NUTHATCH_TEST_DATA "/golden/sklearn/" + set + ".naive-bayes.json");
  const auto json = nlohmann::json::parse(file);
  const auto matrix = [&](const char* key, Eigen::Index columns) -> Eigen::MatrixXd {
    if (!json.contains(key)) return {};
    const auto values = json.at(key).get<std::vector<double>>();
    return Eigen::Map<const RowMajor>(values.data(), std::ssize(values) / columns, columns);
  };
  return {json.at("predicted").get<std::vector<std::size_t>>(), matrix("means", features),
          matrix("variances", features), matrix("decisions", outputs),
          matrix("probabilities", outputs == 1 ? 2 : outputs)};
}

double reference_score(const std::string& set) {
  std::ifstream file(NUTHATCH_TEST_DATA "/data/sklearn_reference.csv");
  const std::string start = set + ",naive_bayes,";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(start)) return std::stod(line.substr(start.size()));
  }
  throw std::logic_error("no reference for " + set);
}

/// What quantization may cost one row: the codes' rounding, then the terms', then the score's.
struct Bound {
  const TrainedBayes& trained;
  const QuantizedBayes& bayes;

  /// The most by which a feature is off, in deviations.
  double code_error(std::size_t i, double code) const {
    const quantize::FeatureEncoding& feature = bayes.encoding.features[i];
    if (bayes.encoding.input == Input::kFloat32) return feature.unit * (0.5 + std::abs(code) * 0x1p-23);
    const bool exact = feature.exponent == 0 && trained.statistics[i].integers;
    const double count = exact ? 0 : 0.5 * std::ldexp(feature.multiplier, -feature.shift);
    return feature.unit * (count + (bayes.encoding.counts ? 0 : 0.5));
  }

  /// Of the difference between classes a and b; negative if a feature is past the limit, where saturation decides.
  double total(Eigen::Index a, Eigen::Index b, const Eigen::MatrixXd& features, Eigen::Index row) const {
    const double step = std::ldexp(1.0, -(bayes.shift + bayes.fraction_bits));
    double error = std::ldexp(1.0, -bayes.fraction_bits) + 2 * step;
    for (std::size_t i = 0; i < trained.statistics.size(); ++i) {
      const auto column = static_cast<Eigen::Index>(i);
      const quantize::FeatureEncoding& feature = bayes.encoding.features[i];
      const double z = features(row, column);
      const double code = (z - feature.shift_in_z) / feature.unit;
      if (std::abs(code) > bayes.encoding.code_limit) return -1;
      const double off = code_error(i, code);
      const auto slope = [&](Eigen::Index k) {
        return (z - trained.model.means(k, column)) / trained.model.variances(k, column);
      };
      const auto curve = [&](Eigen::Index k) { return 0.5 / trained.model.variances(k, column); };
      error += std::abs(slope(a) - slope(b)) * off + std::abs(curve(a) - curve(b)) * off * off;
      for (const Eigen::Index k : {a, b}) {
        const double steps = (std::abs(z - trained.model.means(k, column)) + off) / feature.unit;
        error += step / 2 * (steps * steps + std::abs(code) + 1);
      }
    }
    return error;
  }
};

struct Tally {
  Eigen::Index rows = 0;
  double closest = 0;  ///< the largest |the runtime's score - scikit-learn's| over its bound
};

Tally tally_decisions(const std::string& set, const TrainedBayes& trained, const Golden& golden, Input input) {
  const data::Dataset test = trainer_test::load(set + ".test");
  const Eigen::MatrixXd features = prepare::standardize(test, trained.statistics);
  const QuantizedBayes bayes = trained.quantize(input);
  const auto model = trained.deploy(test, input);
  const exporting::Predictions predictions = model.predict(test);
  Tally tally;
  for (Eigen::Index row = 0; row < features.rows(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    REQUIRE(predictions.statuses[at] == Status::kOk);
    Eigen::Index best = 0;
    golden.decisions.row(row).maxCoeff(&best);
    bool counted = false;
    for (Eigen::Index k = 0; k < golden.decisions.cols(); ++k) {
      const bool two = golden.decisions.cols() == 1;
      const double bound = Bound{trained, bayes}.total(two ? 1 : k, two ? 0 : best, features, row);
      if (bound < 0) continue;
      counted = true;
      const std::int32_t word = predictions.row(at)[static_cast<std::size_t>(k)];
      const double error = std::ldexp(word, -bayes.fraction_bits) - golden.decisions(row, k);
      // Another class may be the likeliest once rounded, by no more than the bound.
      tally.closest = std::max(tally.closest, std::abs(error) / (two ? bound : 2 * bound));
    }
    tally.rows += counted ? 1 : 0;
  }
  return tally;
}

/// The same of probabilities, over what the decisions' bound and the formula's let them be off.
Tally tally_probabilities(const std::string& set, const TrainedBayes& trained, const Golden& golden, Input input) {
  const data::Dataset test = trainer_test::load(set + ".test");
  const Eigen::MatrixXd features = prepare::standardize(test, trained.statistics);
  const QuantizedBayes bayes = trained.quantize(input);
  const auto model = trained.deploy(test, input);
  const std::vector<std::int32_t> words = model.probabilities(model.predict(test));
  const Eigen::Index classes = golden.probabilities.cols();
  REQUIRE(std::ssize(words) == features.rows() * classes);
  Tally tally;
  for (Eigen::Index row = 0; row < features.rows(); ++row) {
    Eigen::Index best = 0;
    golden.probabilities.row(row).maxCoeff(&best);
    double off = 0;
    bool saturated = false;
    for (Eigen::Index k = 0; k < classes; ++k) {
      const double bound = k == best ? 0 : Bound{trained, bayes}.total(k, best, features, row);
      saturated = saturated || bound < 0;
      off = std::max(off, bound);
    }
    if (saturated) continue;
    // Log-odds against all others together move by 2 * off at most (of two classes by off), a sigmoid by a quarter.
    const double bound = off / (classes == 2 ? 4 : 2) + probability_bound(static_cast<std::size_t>(classes));
    for (Eigen::Index k = 0; k < classes; ++k) {
      const double probability = std::ldexp(words[static_cast<std::size_t>(row * classes + k)], -16);
      tally.closest = std::max(tally.closest, std::abs(probability - golden.probabilities(row, k)) / bound);
    }
    ++tally.rows;
  }
  return tally;
}

std::size_t count_agreeing(const exporting::LoadedModel& model, const data::Dataset& test, const Golden& golden) {
  const exporting::Predictions predictions = model.predict(test);
  std::size_t agreeing = 0;
  for (std::size_t row = 0; row < test.rows(); ++row) {
    agreeing += model.model().class_of(predictions.row(row)) == golden.predicted[row] ? 1U : 0U;
  }
  return agreeing;
}

}  // namespace

TEST_CASE("naive Bayes: means and variances are scikit-learn's, and so are the decisions of the learned model") {
  for (const std::string& set : kDetailed) {
    CAPTURE(set);
    const TrainedBayes trained(trainer_test::load(set + ".train"));
    const Eigen::MatrixXd scores =
        learn::scores(trained.model, prepare::standardize(trainer_test::load(set + ".test"), trained.statistics));
    const Golden golden = read_golden(set, trained.features.cols(), scores.cols());
    REQUIRE(golden.means.rows() == trained.model.means.rows());
    CHECK((trained.model.means - golden.means).cwiseAbs().maxCoeff() < 1e-12);
    CHECK(((trained.model.variances - golden.variances).array() / golden.variances.array()).abs().maxCoeff() < 1e-12);
    REQUIRE(golden.decisions.rows() == scores.rows());
    CHECK((scores - golden.decisions).cwiseAbs().maxCoeff() < 1e-9);
  }
}

TEST_CASE("naive Bayes: exported models decide within the bound of their quantization") {
  for (const std::string& set : kDetailed) {
    const TrainedBayes trained(trainer_test::load(set + ".train"));
    const Golden golden =
        read_golden(set, trained.features.cols(), trained.classes.size() == 2 ? 1 : std::ssize(trained.classes));
    for (const Input input : {Input::kFloat32, Input::kInt16}) {
      const Tally tally = tally_decisions(set, trained, golden, input);
      fmt::print("{:<16}naive-bayes {:<8}{:>5} rows, largest error / bound {:.3f}\n", set,
                 input == Input::kInt16 ? "int16" : "float32", tally.rows, tally.closest);
      CAPTURE(set);
      CHECK(tally.closest <= 1);
      CHECK(tally.closest > 0.01);
      CHECK(tally.rows * 10 >= golden.decisions.rows() * 9);
    }
  }
}

TEST_CASE("naive Bayes: probabilities of exported models are predict_proba's") {
  for (const std::string& set : kDetailed) {
    const TrainedBayes trained(trainer_test::load(set + ".train"));
    const Golden golden =
        read_golden(set, trained.features.cols(), trained.classes.size() == 2 ? 1 : std::ssize(trained.classes));
    for (const Input input : {Input::kFloat32, Input::kInt16}) {
      const Tally tally = tally_probabilities(set, trained, golden, input);
      CAPTURE(set);
      CHECK(tally.closest <= 1);
      CHECK(tally.closest > 0.001);
      CHECK(tally.rows * 10 >= golden.probabilities.rows() * 9);
    }
  }
}

TEST_CASE("naive Bayes: the figures, and scikit-learn's class on all but 1 of 200 rows") {
  double gap = 0;
  for (const char* set : {"breast_cancer", "digits", "iris", "pima", "satellite", "sonar", "wine"}) {
    CAPTURE(set);
    const TrainedBayes trained(trainer_test::load(std::string(set) + ".train"));
    const data::Dataset test = trainer_test::load(std::string(set) + ".test");
    const Golden golden = read_golden(set, 1, 1);
    const double reference = reference_score(set);
    const auto rows = static_cast<double>(test.rows());
    const Eigen::MatrixXd scores = learn::scores(trained.model, prepare::standardize(test, trained.statistics));
    CHECK(std::abs(report::score(scores, test, trained.classes, false).value - reference) < 1e-4);
    for (const Input input : {Input::kFloat32, Input::kInt16}) {
      const auto model = trained.deploy(test, input);
      const double score = report::score(model, test, model.predict(test), false).value;
      const std::size_t agreeing = count_agreeing(model, test, golden);
      fmt::print("{:<16}naive-bayes {:<8}{:>9.4f}{:>9.4f}, {} of {} rows alike\n", set,
                 input == Input::kInt16 ? "int16" : "float32", reference, score, agreeing, test.rows());
      CHECK(std::abs(score - reference) <= std::max(0.005, 1 / rows) + 1e-4);
      CHECK(static_cast<double>(test.rows() - agreeing) <= std::max(0.005 * rows, 1.0));
      gap += std::abs(score - reference) / 14;
    }
  }
  CHECK(gap < 0.001);
}

}  // namespace nuthatch::golden
