// Naive Bayes: what is learned against sums by hand, what is quantized against what was learned, and columns as awkward
// as a CSV allows, through the runtime.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <random>

#include "report/metrics.hpp"
#include "unit/trainer_bayes.hpp"

namespace nuthatch::trainer_test {

using learn::BayesModel;
using quantize::Input;
using Trained = TrainedBayes;
using quantize::QuantizedBayes;

namespace {

constexpr double kPi = 3.14159265358979323846;

double accuracy(const data::Dataset& dataset, Input input) {
  const auto model = Trained(dataset).deploy(dataset, input);
  const report::Score score = report::score(model, dataset, model.predict(dataset), false);
  CHECK(score.refused == 0);
  return score.value;
}

/// Of the model in floating point.
double learned_accuracy(const data::Dataset& dataset) {
  const Trained trained(dataset);
  return report::score(learn::scores(trained.model, trained.features), dataset, trained.classes, false).value;
}

/// Rows of `classes` normal clusters; `cell(class, normal, row)` writes all of a row's features.
template <class Cell>
data::Dataset clusters(int classes, int rows, const std::string& header, const Cell& cell) {
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  std::string text = header + ",label\n";
  for (int row = 0; row < rows; ++row) {
    text += cell(
                row % classes, [&] { return normal(random); }, row) +
            fmt::format(",c{}\n", row % classes);
  }
  return parse(text);
}

/// What the capped, rounded model makes of codes, in nats, with all the error that rounding A and B may make.
struct Exact {
  double score;
  double error;
};

Exact exact_score(const Trained& trained, const QuantizedBayes& bayes, Eigen::Index k,
                  const std::vector<std::int16_t>& codes) {
  const double step = std::ldexp(1.0, -(bayes.shift + bayes.fraction_bits));
  Exact exact{std::log(trained.model.priors[k]), step};
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const quantize::FeatureEncoding& feature = bayes.encoding.features[i];
    if (feature.unit == 0 || trained.statistics[i].constant) continue;
    const auto column = static_cast<Eigen::Index>(i);
    const double variance = trained.model.variances(k, column);
    const double apart = codes[i] * feature.unit + feature.shift_in_z - trained.model.means(k, column);
    const double steps = apart / feature.unit;
    exact.score -= apart * apart / (2 * variance) + std::log(2 * kPi * variance) / 2;
    exact.error += step / 2 * (steps * steps + std::abs(static_cast<double>(codes[i])));
  }
  exact.error += 1e-12 * std::abs(exact.score);
  return exact;
}

struct Worst {
  double share = 0;  ///< of the bound
  double error = 0;  ///< nats
};

/// Every score against the learned densities at the row's codes.
Worst compare(const Trained& trained, const data::Dataset& dataset, Input input) {
  const QuantizedBayes bayes = trained.quantize(input);
  const auto model = trained.deploy(dataset, input);
  const exporting::Predictions predictions = model.predict(dataset);
  const auto codes = quantize::codes_of(dataset, trained.statistics, bayes.encoding);
  Worst worst;
  for (std::size_t row = 0; row < dataset.rows(); ++row) {
    REQUIRE(predictions.statuses[row] == Status::kOk);
    const auto line = codes.row(static_cast<Eigen::Index>(row));
    std::vector<Exact> classes;
    for (Eigen::Index k = 0; k < trained.model.means.rows(); ++k) {
      classes.push_back(exact_score(trained, bayes, k, {line.begin(), line.end()}));
    }
    const auto best = std::max_element(classes.begin(), classes.end(),
                                       [](const Exact& a, const Exact& b) { return a.score < b.score; });
    for (std::size_t k = 0; k < bayes.outputs; ++k) {
      const Exact& own = classes[bayes.outputs == 1 ? 1 : k];
      const Exact& other = bayes.outputs == 1 ? classes[0] : *best;
      const double limit = std::ldexp(1.0, 30 - bayes.fraction_bits);
      const double expected = std::clamp(own.score - other.score, -limit, limit);
      const double error = std::abs(std::ldexp(predictions.row(row)[k], -bayes.fraction_bits) - expected);
      const double bound = own.error + 2 * other.error + std::ldexp(1.0, -bayes.fraction_bits);
      worst.share = std::max(worst.share, error / bound);
      worst.error = std::max(worst.error, error);
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("naive-bayes: means, variances and priors of rows counted by hand") {
  Eigen::MatrixXd features(5, 2);
  features << 1, 10, 3, 10, 2, 10, 7, -10, 9, -6;
  const std::vector<double> none;
  const std::vector<std::int32_t> classes = {0, 0, 0, 1, 1};
  const BayesModel model = learn::naive_bayes({features, none, classes, 2}, 0.001);
  // The second feature: mean 2.8, squares 3 * 7.2^2 + 12.8^2 + 8.8^2, a fifth of it.
  const double smoothing = 0.001 * (3 * 51.84 + 163.84 + 77.44) / 5;
  CHECK(model.priors[0] == doctest::Approx(0.6));
  CHECK(model.priors[1] == doctest::Approx(0.4));
  CHECK(model.means(0, 0) == doctest::Approx(2));
  CHECK(model.means(1, 0) == doctest::Approx(8));
  CHECK(model.means(0, 1) == doctest::Approx(10));
  CHECK(model.means(1, 1) == doctest::Approx(-8));
  CHECK(model.variances(0, 0) == doctest::Approx(2.0 / 3 + smoothing));
  CHECK(model.variances(1, 0) == doctest::Approx(1 + smoothing));
  CHECK(model.variances(0, 1) == doctest::Approx(smoothing));
  CHECK(model.variances(1, 1) == doctest::Approx(4 + smoothing));
}

TEST_CASE("naive-bayes: scores are log posteriors") {
  const BayesModel model{Eigen::MatrixXd{{0.0}, {2.0}, {5.0}}, Eigen::MatrixXd{{1.0}, {4.0}, {0.25}},
                         Eigen::VectorXd{{0.5, 0.3, 0.2}}};
  const auto density = [&](int k, double x) {
    const double apart = x - model.means(k, 0);
    return model.priors[k] * std::exp(-apart * apart / (2 * model.variances(k, 0))) / std::sqrt(model.variances(k, 0));
  };
  for (const double x : {-3.0, 0.0, 1.5, 4.0, 5.5}) {
    const Eigen::MatrixXd scores = learn::scores(model, Eigen::MatrixXd{{x}});
    const double most = std::max({density(0, x), density(1, x), density(2, x)});
    for (int k = 0; k < 3; ++k) CHECK(scores(0, k) == doctest::Approx(std::log(density(k, x) / most)));
  }
  const BayesModel two{model.means.topRows(2), model.variances.topRows(2), Eigen::VectorXd{{0.5, 0.5}}};
  // Equal priors; 1 and 2 deviations of 1: log(1/2) - 1/8 * 0 + 2^2 / 2 at the second mean.
  CHECK(learn::scores(two, Eigen::MatrixXd{{2.0}})(0, 0) == doctest::Approx(std::log(0.5) + 2));
}

TEST_CASE("naive-bayes: a class without a row is an error, columns that never vary are not") {
  const Eigen::MatrixXd features = Eigen::MatrixXd::Zero(4, 3);
  const std::vector<double> none;
  const std::vector<std::int32_t> classes = {0, 2, 0, 2};
  CHECK_THROWS_AS(learn::naive_bayes({features, none, classes, 3}, 1e-9), std::runtime_error);
  const std::vector<std::int32_t> two = {0, 1, 0, 0};
  const BayesModel model = learn::naive_bayes({features, none, two, 2}, 1e-9);
  CHECK(learn::scores(model, features)(0, 0) == doctest::Approx(std::log(1.0 / 3)));
}

TEST_CASE("naive-bayes: quantized scores are the learned ones at the codes, within the rounding of the terms") {
  for (const int classes : {2, 3, 7}) {
    for (const int features : {1, 5, 40}) {
      std::string header = "x0";
      for (int i = 1; i < features; ++i) header += fmt::format(",x{}", i);
      const data::Dataset dataset = clusters(classes, 210, header, [&](int k, auto normal, int) {
        std::string row;
        for (int i = 0; i < features; ++i) {
          const double scale = std::pow(10.0, i % 7 - 3);
          row += fmt::format("{}{}", i == 0 ? "" : ",", scale * (100 + (k * (i + 3) % 5) + (1 + k) * normal()));
        }
        return row;
      });
      const Trained trained(dataset);
      for (const Input input : {Input::kFloat32, Input::kInt16}) {
        CAPTURE(classes);
        CAPTURE(features);
        CAPTURE(static_cast<int>(input));
        const Worst worst = compare(trained, dataset, input);
        CHECK(worst.share <= 1);
        CHECK(worst.share > 0.001);
        CHECK(worst.error < 0.25);
      }
    }
  }
}

TEST_CASE("naive-bayes: raw counts are taken as they are where that leaves room for the weights") {
  const auto even = clusters(2, 200, "a,b", [](int k, auto normal, int) {
    return fmt::format("{},{}", std::nearbyint(1000 + 900 * k + 300 * normal()), std::nearbyint(500 * normal()));
  });
  CHECK(Trained(even).quantize(Input::kInt16).encoding.counts);
  CHECK(!Trained(even).quantize(Input::kFloat32).encoding.counts);
  // Counts of 0 to 3 beside counts of thousands: one scale for both squares cannot be.
  const auto uneven = clusters(2, 200, "a,b", [](int k, auto normal, int row) {
    return fmt::format("{},{}", std::nearbyint(9000 * normal()), (row / 2) % 3 + k);
  });
  CHECK(!Trained(uneven).quantize(Input::kInt16).encoding.counts);
  CHECK(accuracy(uneven, Input::kInt16) >= accuracy(uneven, Input::kFloat32) - 0.005);
}

TEST_CASE("naive-bayes: columns that are constant, in all rows or in one class, or hardly vary") {
  const auto dataset = clusters(3, 150, "always,in_class,tiny,useful", [](int k, auto normal, int row) {
    return fmt::format("7,{},{},{}", k == 1 ? 3.0 : 3 + 2 * normal(), row == 4 ? 1e-30 : 0, 4 * k + normal());
  });
  for (const Input input : {Input::kFloat32, Input::kInt16}) CHECK(accuracy(dataset, input) > 0.95);
  // Nothing varies: the most frequent class.
  const auto same = parse("a,b,label\n1,2,x\n1,2,y\n1,2,y\n1,2,z\n");
  for (const Input input : {Input::kFloat32, Input::kInt16}) CHECK(accuracy(same, input) == 0.5);
}

TEST_CASE("naive-bayes: one row a class, and rows that are all the same within their class") {
  const auto one = parse("a,b,label\n1,2,x\n3,4,y\n-5,9,z\n");
  const auto twice = parse("a,b,label\n1,2,x\n3,4,y\n1,2,x\n3,4,y\n");
  for (const Input input : {Input::kFloat32, Input::kInt16}) {
    CHECK(accuracy(one, input) == 1);
    CHECK(accuracy(twice, input) == 1);
  }
}

TEST_CASE("naive-bayes: missing values, outliers, huge and denormal columns") {
  const auto dataset = clusters(2, 400, "missing,outlier,huge,small,useful", [](int k, auto normal, int row) {
    return fmt::format("{},{},{},{},{}", row % 5 == 0 ? "" : fmt::format("{}", k + normal()), row == 7 ? 1e9 : normal(),
                       1e37 * normal(), 1e-40 * normal(), 5 * k + normal());
  });
  for (const Input input : {Input::kFloat32, Input::kInt16}) {
    const QuantizedBayes bayes = Trained(dataset).quantize(input);
    CHECK(bayes.encoding.features[0].imputation != INT16_MIN);
    CHECK(bayes.encoding.features[1].imputation == INT16_MIN);
    // One outlier widens its class's column and so costs the learned model itself a good part of its rows.
    // Three rows of 400 may fall to the other side.
    CHECK(std::abs(accuracy(dataset, input) - learned_accuracy(dataset)) <= 0.0075);
  }
}

TEST_CASE("naive-bayes: one far value costs few distinct values nothing that it does not cost in floating point") {
  for (const double far : {500.0, 1000.0, 4095.0, 20000.0, 65535.0, -9999.0, 1e6}) {
    const auto bits = clusters(2, 400, "bit,fine", [&](int k, auto normal, int row) {
      const bool flipped = row % 32 == 9;
      return fmt::format("{},{:.4f}", row == 7 ? far : double((k == 1) != flipped), normal());
    });
    const auto counts = clusters(2, 400, "count,fine", [&](int k, auto normal, int row) {
      return fmt::format("{},{:.4f}", row == 7 ? far : std::nearbyint(10 + 10 * k + 3 * normal()), normal());
    });
    for (const auto* dataset : {&bits, &counts}) {
      for (const Input input : {Input::kFloat32, Input::kInt16}) {
        CAPTURE(far);
        CAPTURE(static_cast<int>(input));
        CHECK(std::abs(accuracy(*dataset, input) - learned_accuracy(*dataset)) <= 0.01);
      }
    }
  }
}

TEST_CASE("naive-bayes: classes a thousand times narrower than the feature are still told apart") {
  const auto dataset =
      clusters(4, 200, "x", [](int k, auto normal, int) { return fmt::format("{}", 1000.0 * k * k + 0.5 * normal()); });
  for (const Input input : {Input::kFloat32, Input::kInt16}) CHECK(accuracy(dataset, input) == 1);
}

}  // namespace nuthatch::trainer_test
