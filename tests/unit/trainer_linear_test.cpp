// The regression families of the linear kind and the links of its classifiers, on problems whose solutions are known.

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

#include "evaluate/calibration.hpp"
#include "learn/interior_point.hpp"
#include "learn/minimize.hpp"
#include "learn/platt.hpp"
#include "quantize/linear.hpp"
#include "report/metrics.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

using learn::Examples;
using learn::LinearModel;
using learn::RegressionLoss;

namespace {

const std::vector<std::int32_t> kNoClasses;
const std::vector<double> kNoValues;

Eigen::MatrixXd random_matrix(Eigen::Index rows, Eigen::Index columns, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  return Eigen::MatrixXd::NullaryExpr(rows, columns, [&] { return normal(random); });
}

/// Centered columns, each orthogonal to the others, of mean square 1: every family's problem falls apart by feature.
Eigen::MatrixXd orthogonal() {
  Eigen::MatrixXd features(8, 3);
  features << 1, 1, 1, 1, 1, -1, 1, -1, 1, 1, -1, -1, -1, 1, 1, -1, 1, -1, -1, -1, 1, -1, -1, -1;
  return features;
}

std::vector<double> column(const Eigen::VectorXd& values) { return {values.begin(), values.end()}; }

double soft(double value, double by) { return std::copysign(std::max(std::abs(value) - by, 0.0), value); }

/// A line y = 3x + 2 with a share of the rows far above it.
struct WithOutliers {
  WithOutliers(int rows, int every, double noise) : features(random_matrix(rows, 1, 1)) {
    const Eigen::MatrixXd errors = random_matrix(rows, 1, 2);
    for (int row = 0; row < rows; ++row) {
      values.push_back(3 * features(row, 0) + 2 + noise * errors(row, 0) + (row % every == 0 ? 100 : 0));
    }
  }
  Eigen::MatrixXd features;
  std::vector<double> values;
  Examples examples() const { return {features, values, kNoClasses}; }
};

}  // namespace

TEST_CASE("lasso and elastic-net of orthogonal features are soft thresholds") {
  const Eigen::MatrixXd features = orthogonal();
  const Eigen::Vector3d truth(3, -0.4, 0.05);
  const std::vector<double> values = column((features * truth).array() + 10);
  for (const double alpha : {0.01, 0.1, 0.5, 2.0}) {
    for (const double ratio : {1.0, 0.5, 0.01}) {
      CAPTURE(alpha);
      CAPTURE(ratio);
      const LinearModel model = learn::elastic_net({features, values, kNoClasses}, alpha, ratio);
      for (Eigen::Index i = 0; i < 3; ++i) {
        CHECK(std::abs(model.weights(0, i) - soft(truth[i], alpha * ratio) / (1 + alpha * (1 - ratio))) < 1e-6);
      }
      CHECK(model.bias[0] == doctest::Approx(10).epsilon(1e-12));
    }
  }
}

TEST_CASE("elastic-net without an L1 part is ridge, without a penalty least squares") {
  const Eigen::MatrixXd features = random_matrix(30, 4, 3);
  const std::vector<double> values = column(random_matrix(30, 1, 4).col(0));
  const Examples examples{features, values, kNoClasses};
  CHECK((learn::elastic_net(examples, 0.3, 0).weights - learn::ridge(examples, 9).weights).norm() < 1e-12);
  CHECK((learn::elastic_net(examples, 0, 1).weights - learn::linear_regression(examples).weights).norm() < 1e-12);
  // The limit is reached from the side of the L1 part, too.
  CHECK((learn::elastic_net(examples, 0.3, 1e-9).weights - learn::ridge(examples, 9).weights).norm() < 1e-4);
}

TEST_CASE("lasso with more columns than rows, duplicate and constant ones") {
  Eigen::MatrixXd features = random_matrix(10, 40, 5);
  features.col(1) = features.col(0);
  features.col(2).setZero();
  const Eigen::VectorXd target = 5 * features.col(0) - 3 * features.col(7);
  const std::vector<double> values = column(target);
  const double alpha = 0.05;
  const LinearModel model = learn::elastic_net({features, values, kNoClasses}, alpha, 1);
  CHECK(model.weights(0, 2) == 0);
  CHECK(model.weights.array().isFinite().all());
  // The conditions of the minimum: the residual's slope is alpha along what has a weight, and no more along the rest.
  const Eigen::MatrixXd centered = features.rowwise() - features.colwise().mean();
  const Eigen::VectorXd residual = (target - features * model.weights.transpose()).array() - model.bias[0];
  const Eigen::VectorXd slope = centered.transpose() * residual / 10;
  for (Eigen::Index i = 0; i < 40; ++i) {
    CHECK(std::abs(slope[i]) <= alpha + 1e-4);
    if (std::abs(model.weights(0, i)) > 1e-3)
      CHECK(slope[i] == doctest::Approx(soft(1e9 * slope[i], 0) > 0 ? alpha : -alpha).epsilon(1e-2));
  }
}

TEST_CASE("lasso says which penalty leaves a weight, and takes a target that is constant") {
  const Eigen::MatrixXd features = orthogonal();
  const std::vector<double> values = column((features * Eigen::Vector3d(2, 0, 0)).array());
  CHECK_THROWS_WITH_AS(learn::elastic_net({features, values, kNoClasses}, 2, 1),
                       "--alpha 2 leaves no feature a weight; give one below 2", std::runtime_error);
  CHECK(learn::elastic_net({features, values, kNoClasses}, 1.9, 1).weights(0, 0) == doctest::Approx(0.1));
  const std::vector<double> same(8, 4);
  const LinearModel model = learn::elastic_net({features, same, kNoClasses}, 2, 1);
  CHECK(model.weights.norm() == 0);
  CHECK(model.bias[0] == 4);
}

TEST_CASE("huber is not moved by outliers that move least squares") {
  for (const double noise : {0.0, 1e-3, 0.5}) {
    CAPTURE(noise);
    const WithOutliers rows(200, 10, noise);
    const LinearModel robust = learn::huber(rows.examples(), 1.35, 1e-4);
    const LinearModel squares = learn::linear_regression(rows.examples());
    CHECK(std::abs(squares.bias[0] - 2) > 5);
    // A tenth of the rows pull by at most epsilon deviations each.
    CHECK(std::abs(robust.bias[0] - 2) <= 0.5 * noise + 1e-3);
    CHECK(std::abs(robust.weights(0, 0) - 3) <= 0.5 * noise + 1e-3);
  }
}

TEST_CASE("huber with a large epsilon is least squares; of exact and of constant targets too") {
  const Eigen::MatrixXd features = random_matrix(50, 3, 6);
  const Eigen::VectorXd exact = (features * Eigen::Vector3d(1, 2, 3)).array() + 7;
  const std::vector<double> noisy = column(exact + random_matrix(50, 1, 7).col(0));
  const LinearModel squares = learn::linear_regression({features, noisy, kNoClasses});
  const LinearModel model = learn::huber({features, noisy, kNoClasses}, 1e3, 0);
  CHECK((model.weights - squares.weights).norm() < 1e-6);
  CHECK(std::abs(model.bias[0] - squares.bias[0]) < 1e-6);
  const std::vector<double> values = column(exact);
  const LinearModel plane = learn::huber({features, values, kNoClasses}, 1.35, 0);
  CHECK((plane.weights.transpose() - Eigen::Vector3d(1, 2, 3)).norm() < 1e-5);
  const std::vector<double> same(50, 3);
  for (const LinearModel& flat : {learn::huber({features, same, kNoClasses}, 1.35, 1e-4),
                                  learn::linear_svr({features, same, kNoClasses}, 1, 0.1, RegressionLoss::kHuber)}) {
    CHECK(flat.weights.norm() < 1e-12);
    CHECK(flat.bias[0] == doctest::Approx(3).epsilon(1e-12));
  }
}

TEST_CASE("a target of any scale, and scaled by a thousand, gives the same model scaled") {
  const WithOutliers rows(100, 12, 0.3);
  const auto fits = {
      +[](const Examples& examples) { return learn::huber(examples, 1.35, 0); },
      +[](const Examples& examples) {
        return learn::linear_svr(examples, 1, 0.1, RegressionLoss::kEpsilonInsensitive);
      },
      +[](const Examples& examples) {
        return learn::linear_svr(examples, 1, 0.1, RegressionLoss::kSquaredEpsilonInsensitive);
      },
      +[](const Examples& examples) { return learn::linear_svr(examples, 1, 0.1, RegressionLoss::kHuber); }};
  for (const auto& fit : fits) {
    const LinearModel model = fit(rows.examples());
    for (const double scale : {1e-9, 1e3, 1e12}) {
      CAPTURE(scale);
      std::vector<double> values = rows.values;
      for (double& value : values) value *= scale;
      const LinearModel scaled = fit({rows.features, values, kNoClasses});
      CHECK(scaled.weights(0, 0) == doctest::Approx(scale * model.weights(0, 0)).epsilon(1e-5));
      CHECK(scaled.bias[0] == doctest::Approx(scale * model.bias[0]).epsilon(1e-5));
    }
  }
}

TEST_CASE("linear-svr with Huber's loss and a large epsilon is ridge of alpha = 1 / C") {
  const Eigen::MatrixXd features = random_matrix(60, 3, 8);
  const std::vector<double> values =
      column((features * Eigen::Vector3d(1, -2, 0.5)).array() + random_matrix(60, 1, 9).col(0).array());
  for (const double c : {0.01, 1.0, 100.0}) {
    const LinearModel model = learn::linear_svr({features, values, kNoClasses}, c, 1e6, RegressionLoss::kHuber);
    const LinearModel ridge = learn::ridge({features, values, kNoClasses}, 1 / c);
    CHECK((model.weights - ridge.weights).norm() < 1e-6);
    CHECK(std::abs(model.bias[0] - ridge.bias[0]) < 1e-6);
  }
}

TEST_CASE("linear-svr does not see errors below epsilon") {
  // The target deviates by its own deviation at most: with epsilon 1.5 no row costs anything, and no weight is best.
  const Eigen::MatrixXd features = orthogonal();
  const std::vector<double> values = column((features * Eigen::Vector3d(1, 0, 0)).array() + 5);
  for (const RegressionLoss loss : {RegressionLoss::kEpsilonInsensitive, RegressionLoss::kSquaredEpsilonInsensitive}) {
    const LinearModel model = learn::linear_svr({features, values, kNoClasses}, 1, 1.5, loss);
    CHECK(model.weights.norm() < 1e-9);
    CHECK(model.bias[0] == doctest::Approx(5).epsilon(1e-9));
  }
  // w = 1 - epsilon is enough for a loss of 0, and C large asks for it.
  const LinearModel model =
      learn::linear_svr({features, values, kNoClasses}, 1e3, 0.25, RegressionLoss::kEpsilonInsensitive);
  CHECK(model.weights(0, 0) == doctest::Approx(0.75).epsilon(1e-3));
}

TEST_CASE("linear-svr is at its minimum whatever C is: no small step in any direction goes down") {
  struct Problem {
    const char* name;
    Eigen::MatrixXd columns;
  };
  Eigen::MatrixXd twice = random_matrix(200, 6, 3);
  twice.col(5) = twice.col(0);
  const std::vector<Problem> problems = {
      {"tall", random_matrix(300, 7, 1)}, {"wide", random_matrix(30, 50, 2)}, {"a column twice", twice}};
  for (const Problem& problem : problems) {
    const Eigen::MatrixXd& columns = problem.columns;
    const Eigen::VectorXd target = (columns.col(0) + random_matrix(columns.rows(), 1, 4).col(0)) / std::sqrt(2);
    for (const double c : {1e-6, 1.0, 1e3, 1e6}) {
      CAPTURE(problem.name);
      CAPTURE(c);
      const double epsilon = 0.1;
      const auto value = [&](const Eigen::VectorXd& x) {
        const Eigen::ArrayXd beyond = ((columns * x - target).array().abs() - epsilon).max(0);
        return x.squaredNorm() / 2 + c * beyond.sum();
      };
      const Eigen::VectorXd x = learn::solve_epsilon_insensitive(columns, target, c, epsilon);
      const double least = value(x);
      CHECK(least <= value(Eigen::VectorXd::Zero(columns.cols())));
      // The function is convex, so a lower value anywhere would show near by.
      for (unsigned seed = 10; seed < 60; ++seed) {
        const Eigen::VectorXd direction = random_matrix(columns.cols(), 1, seed).col(0);
        for (const double length : {1e-6, 1e-3, 1e-1}) CHECK(value(x + length * direction) >= least * (1 - 1e-9));
      }
    }
  }
}

TEST_CASE("linear-svr learns as much with a large C, in both of its solvers' ways to fail") {
  const data::Dataset rows = load("diabetes.train");
  const Eigen::MatrixXd features = prepare::standardize(rows, prepare::describe(rows));
  const auto learned = [&](const char* c) {
    return report::score(train(rows, "linear-svr", false, {{"C", c}}).score(features), rows, {}, false).value;
  };
  // Its value at C = 1000 is 1000 times the least sum of errors, which scikit-learn's SVR meets with r2 0.524.
  for (const char* c : {"1", "10", "100", "300", "1000", "1e9"})
    CHECK(learned(c) == doctest::Approx(0.524).epsilon(0.005));
  // So many rows and columns that LIBLINEAR solves it, and such a C that it cannot.
  const Eigen::MatrixXd large = random_matrix(1100, 1100, 5);
  const std::vector<double> values = column(large.col(0) + random_matrix(1100, 1, 6).col(0));
  CHECK_THROWS_WITH(learn::linear_svr({large, values, kNoClasses}, 1e6, 0.1, RegressionLoss::kEpsilonInsensitive),
                    doctest::Contains("did not converge"));
}

TEST_CASE("the linear SVM of 600 features, by LIBLINEAR, and of 500, by Newton, are at their minimum") {
  for (const Eigen::Index count : {500, 600}) {
    const Eigen::MatrixXd features = random_matrix(80, count, 10);
    std::vector<std::int32_t> classes;
    for (Eigen::Index row = 0; row < 80; ++row) classes.push_back(features(row, 0) + features(row, 1) > 0 ? 1 : 0);
    const LinearModel model = learn::linear_svm({features, kNoValues, classes, 2}, 0.1);
    Eigen::VectorXd slope = model.weights.transpose();
    double slope_of_bias = model.bias[0];
    Eigen::VectorXd at_zero = Eigen::VectorXd::Zero(count);
    for (Eigen::Index row = 0; row < 80; ++row) {
      const double sign = classes[static_cast<std::size_t>(row)] == 1 ? 1 : -1;
      const double score = features.row(row).dot(model.weights.row(0)) + model.bias[0];
      slope -= 0.2 * sign * std::max(0.0, 1 - sign * score) * features.row(row).transpose();
      slope_of_bias -= 0.2 * sign * std::max(0.0, 1 - sign * score);
      at_zero -= 0.2 * sign * features.row(row).transpose();
    }
    CHECK(std::hypot(slope.norm(), slope_of_bias) <= (count > 512 ? 1e-4 : 1e-8) * at_zero.norm());
  }
}

TEST_CASE("minimize finds a quadratic's minimum from anywhere, with and without its curvature") {
  const Eigen::MatrixXd features = random_matrix(40, 5, 11);
  const Eigen::MatrixXd truth = random_matrix(6, 2, 12);
  Eigen::MatrixXd rows(40, 6);
  rows << features, Eigen::VectorXd::Ones(40);
  const learn::Objective objective = [&](const Eigen::MatrixXd& at, Eigen::MatrixXd& slope) {
    slope = rows.transpose() * (rows * (at - truth));
    return (rows * (at - truth)).squaredNorm() / 2;
  };
  for (const Eigen::MatrixXd& curvature : {Eigen::MatrixXd(), learn::curvature_of(features, 1, 1e-9)}) {
    const Eigen::MatrixXd found = learn::minimize(objective, random_matrix(6, 2, 13), {"test", 1e-9, curvature});
    CHECK((found - truth).norm() < 1e-8);
  }
  CHECK(learn::curvature_of(random_matrix(3, 5, 14), 1, 1).size() == 0);
}

TEST_CASE("logistic and linear-svm --probability know how sure they are; linear-svm alone says nothing") {
  for (const auto& [name, flags] :
       std::vector<std::pair<std::string, Flags>>{{"logistic", {}}, {"linear-svm", {{"probability", "yes"}}}}) {
    const std::string& family = name;
    for (const std::string set : {"breast_cancer", "pima", "wine"}) {
      CAPTURE(family);
      CAPTURE(set);
      const data::Dataset test = load(set + ".test");
      const auto model = train_and_load(load(set + ".train"), family, true, flags);
      const report::Score score = report::score(model, test, model.predict(test), false);
      REQUIRE(score.probabilities);
      // Better than the classes' shares: of pima's rows a third are positive, entropy 0.64.
      CHECK(score.probabilities->log_loss < 0.55);
      CHECK(score.probabilities->brier < 0.2);
    }
  }
  const data::Dataset test = load("pima.test");
  const auto model = train_and_load(load("pima.train"), "linear-svm", true);
  CHECK_FALSE(report::score(model, test, model.predict(test), false).probabilities);
  CHECK(model.probabilities(model.predict(test)).empty());
}

TEST_CASE("linear-svm --probability: the same seed gives the same bytes; classes of one row and of few") {
  const data::Dataset rows = parse("x,label\n1,a\n2,a\n3,a\n9,b\n8,b\n20,c\n");
  const auto bytes = [&] {
    return exporting::write_model(train(rows, "linear-svm", true, {{"probability", "yes"}}).contents);
  };
  CHECK(bytes() == bytes());
  const auto model = train_and_load(rows, "linear-svm", true, {{"probability", "yes"}});
  const std::vector<std::int32_t> words = model.probabilities(model.predict(rows));
  REQUIRE(words.size() == 18);
  const auto two = train_and_load(parse("x,label\n1,a\n2,b\n"), "linear-svm", true, {{"probability", "yes"}});
  CHECK(two.probabilities(two.predict(parse("x,label\n1,a\n2,b\n"))).size() == 4);
}

TEST_CASE("the link in the file is the learned one in powers of two, and none where there is none") {
  LinearModel model;
  model.weights = Eigen::MatrixXd::Constant(3, 1, 0.5);
  model.bias = Eigen::VectorXd::Zero(3);
  model.link = {{0.25, 1, 3}, {-2, 0, 5}};
  const std::vector<prepare::FeatureStatistics> statistics = prepare::describe(parse("x,label\n1,a\n2,b\n3,c\n"));
  for (const auto& arithmetic : all_arithmetic()) {
    const auto linear = quantize::quantize_linear(model, statistics, arithmetic.input, arithmetic.precision);
    REQUIRE(linear.link.kind == quantize::LinkKind::kLogistic);
    REQUIRE(linear.link.scale.size() == 3);
    for (std::size_t k = 0; k < 3; ++k) {
      const quantize::Requantization& scale = linear.link.scale[k];
      const double slope = std::ldexp(scale.multiplier, linear.fraction_bits - scale.shift) / 65536;
      CHECK(slope == doctest::Approx(model.link.slope[k] / std::log(2)).epsilon(1e-8));
      CHECK(std::abs(scale.bias / 65536.0 - model.link.offset[k] / std::log(2)) <= 0.5 / 65536);
    }
  }
  model.link = {};
  const auto linear =
      quantize::quantize_linear(model, statistics, quantize::Input::kFloat32, quantize::Precision::kInt8);
  CHECK(linear.link.kind == quantize::LinkKind::kNone);
  CHECK(linear.link.scale.empty());
  // An offset that no word holds stays within one.
  model.link = {{1}, {1e9}};
  const auto far = quantize::quantize_linear(model, statistics, quantize::Input::kFloat32, quantize::Precision::kInt8);
  CHECK(far.link.scale[0].bias == std::numeric_limits<std::int32_t>::max());
}

TEST_CASE("log loss and Brier score by hand") {
  const std::vector<double> shares = {0.25, 0.75, 0.75, 0.25, 1, 0};
  const evaluate::ProbabilityScore two = evaluate::score_probabilities({1, 0, 1}, shares, 2);
  CHECK(two.log_loss == doctest::Approx((2 * std::log(4.0 / 3) + 17 * std::log(2)) / 3).epsilon(1e-12));
  CHECK(two.brier == doctest::Approx((1.0 / 16 + 1.0 / 16 + 1) / 3).epsilon(1e-12));
  const evaluate::ProbabilityScore three = evaluate::score_probabilities({2}, {0.25, 0.25, 0.5}, 3);
  CHECK(three.log_loss == doctest::Approx(std::log(2)).epsilon(1e-12));
  CHECK(three.brier == doctest::Approx(0.0625 + 0.0625 + 0.25).epsilon(1e-12));
}

TEST_CASE("log losses at each scale: by hand, and those of probabilities at 1") {
  // Two rows of three classes; the second row's truth has no score.
  const std::vector<double> losses = evaluate::log_losses({2, -1}, {0, 1, 3, 0, 0, 0}, 3);
  REQUIRE(losses.size() == 13);  // 2^-4 to 2^8
  for (int i = 0; i < 13; ++i) {
    const double scale = std::exp2(i - 4);
    const double by_hand = std::log(1 + std::exp(-2 * scale) + std::exp(-3 * scale));
    CHECK(losses[static_cast<std::size_t>(i)] == doctest::Approx((by_hand + 17 * std::log(2)) / 2).epsilon(1e-12));
  }
  const std::vector<double> shares = {0.25, 0.75, 0.9, 0.1};
  std::vector<double> logs;
  for (const double share : shares) logs.push_back(std::log(share));
  CHECK(evaluate::log_losses({1, 1}, logs, 2)[4] ==
        doctest::Approx(evaluate::score_probabilities({1, 1}, shares, 2).log_loss).epsilon(1e-12));
}

}  // namespace nuthatch::trainer_test
