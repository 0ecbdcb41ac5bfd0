// The learners on problems whose solutions are known in closed form, or by an independent decomposition.

#include <doctest/doctest.h>

#include <Eigen/SVD>
#include <cmath>
#include <random>

#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

using learn::Examples;
using learn::LinearModel;

namespace {

const std::vector<std::int32_t> kNoClasses;
const std::vector<double> kNoValues;

Eigen::MatrixXd random_matrix(Eigen::Index rows, Eigen::Index columns, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  return Eigen::MatrixXd::NullaryExpr(rows, columns, [&] { return normal(random); });
}

std::vector<double> column(const Eigen::VectorXd& values) { return {values.begin(), values.end()}; }

/// The minimum-norm least-squares solution by singular values, with the columns and the target centered.
LinearModel by_singular_values(const Eigen::MatrixXd& features, const Eigen::VectorXd& target, double alpha) {
  const Eigen::RowVectorXd center = features.colwise().mean();
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd(features.rowwise() - center, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const Eigen::VectorXd sizes = svd.singularValues();
  Eigen::VectorXd inverse = Eigen::VectorXd::Zero(sizes.size());
  for (Eigen::Index i = 0; i < sizes.size(); ++i) {
    if (sizes[i] > 1e-9 * sizes[0]) inverse[i] = sizes[i] / (sizes[i] * sizes[i] + alpha);
  }
  const Eigen::VectorXd centered = target.array() - target.mean();
  const Eigen::VectorXd weights = svd.matrixV() * inverse.asDiagonal() * svd.matrixU().transpose() * centered;
  return {weights.transpose(), Eigen::VectorXd::Constant(1, target.mean() - center.dot(weights))};
}

void check_same(const LinearModel& left, const LinearModel& right, double tolerance) {
  CHECK((left.weights - right.weights).norm() <= tolerance * (1 + right.weights.norm()));
  CHECK((left.bias - right.bias).norm() <= tolerance * (1 + right.bias.norm()));
}

/// Two clusters on a line, at -1 (class 0) and +1 (class 1), `rows` of each.
struct OnALine {
  explicit OnALine(int rows) : features(2 * rows, 1) {
    for (int row = 0; row < 2 * rows; ++row) {
      classes.push_back(row % 2);
      features(row, 0) = row % 2 == 1 ? 1 : -1;
    }
  }
  Eigen::MatrixXd features;
  std::vector<std::int32_t> classes;
  Examples examples() const { return {features, kNoValues, classes, 2}; }
};

/// The root of a rising function.
template <class Function>
double root_of(const Function& function, double low, double high) {
  for (int step = 0; step < 200; ++step) {
    const double middle = (low + high) / 2;
    (function(middle) > 0 ? high : low) = middle;
  }
  return low;
}

}  // namespace

TEST_CASE("learn: least squares of duplicate, collinear and constant columns has minimum norm") {
  Eigen::MatrixXd features = random_matrix(40, 5, 1);
  features.col(1) = features.col(0);
  features.col(2).setZero();
  features.col(4) = features.col(0) - 2 * features.col(3);
  const Eigen::VectorXd target = 3 * features.col(0) + features.col(3) + 0.1 * random_matrix(40, 1, 2).col(0);
  const std::vector<double> values = column(target);
  const LinearModel model = learn::linear_regression({features, values, kNoClasses});
  CHECK(model.weights(0, 0) == doctest::Approx(model.weights(0, 1)).epsilon(1e-10));
  CHECK(std::abs(model.weights(0, 2)) < 1e-12);
  check_same(model, by_singular_values(features, target, 0), 1e-11);
}

TEST_CASE("learn: least squares with fewer rows than columns fits exactly, with minimum norm") {
  const Eigen::MatrixXd features = random_matrix(6, 20, 3);
  const Eigen::VectorXd target = random_matrix(6, 1, 4).col(0);
  const std::vector<double> values = column(target);
  const LinearModel model = learn::linear_regression({features, values, kNoClasses});
  CHECK((features * model.weights.transpose() + Eigen::VectorXd::Constant(6, model.bias[0]) - target).norm() < 1e-12);
  check_same(model, by_singular_values(features, target, 0), 1e-11);
}

TEST_CASE("learn: one row, and all columns constant, give the mean") {
  const Eigen::MatrixXd one = Eigen::MatrixXd::Zero(1, 3);
  const std::vector<double> five = {5};
  const LinearModel single = learn::linear_regression({one, five, kNoClasses});
  CHECK(single.weights.norm() == 0);
  CHECK(single.bias[0] == 5);
  const Eigen::MatrixXd constant = Eigen::MatrixXd::Zero(4, 2);
  const std::vector<double> values = {1, 2, 3, 6};
  for (const auto& model :
       {learn::linear_regression({constant, values, kNoClasses}), learn::ridge({constant, values, kNoClasses}, 1)}) {
    CHECK(model.weights.norm() == 0);
    CHECK(model.bias[0] == 3);
  }
}

TEST_CASE("learn: ridge is the penalized solution at every strength, 0 included") {
  Eigen::MatrixXd features = random_matrix(50, 4, 5);
  features.col(3) = features.col(2);
  const Eigen::VectorXd target = 10 + (features * Eigen::Vector4d(1, -2, 3, 0)).array();
  const std::vector<double> values = column(target);
  const Examples examples{features, values, kNoClasses};
  for (const double alpha : {0.0, 1e-3, 1.0, 1e3, 1e9}) {
    CAPTURE(alpha);
    // The smallest pivot is alpha itself: the error of the normal equations grows with 1 / alpha.
    check_same(learn::ridge(examples, alpha), by_singular_values(features, target, alpha),
               alpha == 1e-3 ? 1e-8 : 1e-10);
  }
}

TEST_CASE("learn: logistic regression of separable rows converges to the penalized optimum") {
  for (const double c : {1e-3, 1.0, 1e3, 1e6, 1e9}) {
    CAPTURE(c);
    const OnALine line(10);
    const LinearModel model = learn::logistic(line.examples(), c);
    // By symmetry the bias is 0 and w solves w = 20 C / (1 + exp(w)).
    const double optimum = root_of([&](double w) { return w - 20 * c / (1 + std::exp(w)); }, 0, 100);
    REQUIRE(model.weights.rows() == 1);
    CHECK(model.weights(0, 0) == doctest::Approx(optimum).epsilon(1e-6));
    CHECK(std::abs(model.bias[0]) < 1e-6);
  }
}

TEST_CASE("learn: a linear SVM of separable rows is the squared hinge's optimum") {
  const OnALine line(10);
  const LinearModel model = learn::linear_svm(line.examples(), 1);
  // w^2 / 2 + 20 (1 - w)^2 is least at w = 40 / 41; LIBLINEAR's 1e-4 is of the slope at zero, 40, over a curvature
  // of 41.
  CHECK(model.weights(0, 0) == doctest::Approx(40.0 / 41).epsilon(1e-4));
  CHECK(std::abs(model.bias[0]) < 1e-4);
}

TEST_CASE("learn: a positive score is class 1, whichever class comes first in the file") {
  Eigen::MatrixXd features(4, 1);
  features << -1, 1, -2, 2;
  const std::vector<std::int32_t> zero_first = {0, 1, 0, 1};
  const std::vector<std::int32_t> one_first = {1, 0, 1, 0};
  for (const auto& fit : {learn::logistic, learn::linear_svm}) {
    const LinearModel rising = fit({features, kNoValues, zero_first, 2}, 1);
    const LinearModel falling = fit({features, kNoValues, one_first, 2}, 1);
    CHECK(rising.weights(0, 0) > 0.5);
    CHECK(falling.weights(0, 0) == doctest::Approx(-rising.weights(0, 0)).epsilon(1e-6));
  }
}

TEST_CASE("learn: three classes have a score each, and their numbering is only a numbering") {
  const Eigen::MatrixXd features = random_matrix(90, 2, 6);
  std::vector<std::int32_t> classes;
  std::vector<std::int32_t> renamed;
  for (Eigen::Index row = 0; row < 90; ++row) {
    const std::int32_t label = features(row, 0) > 0.5 ? 2 : features(row, 1) > 0 ? 1 : 0;
    classes.push_back(label);
    renamed.push_back((label + 1) % 3);
  }
  for (const auto& fit : {learn::logistic, learn::linear_svm}) {
    const LinearModel model = fit({features, kNoValues, classes, 3}, 1);
    const LinearModel other = fit({features, kNoValues, renamed, 3}, 1);
    REQUIRE(model.weights.rows() == 3);
    for (Eigen::Index k = 0; k < 3; ++k) {
      CHECK((model.weights.row(k) - other.weights.row((k + 1) % 3)).norm() < 1e-3);
      CHECK(std::abs(model.bias[k] - other.bias[(k + 1) % 3]) < 1e-3);
    }
    const Eigen::MatrixXd scores = (features * model.weights.transpose()).rowwise() + model.bias.transpose();
    int right = 0;
    for (Eigen::Index row = 0; row < 90; ++row) {
      Eigen::Index best = 0;
      scores.row(row).maxCoeff(&best);
      right += best == classes[static_cast<std::size_t>(row)] ? 1 : 0;
    }
    CHECK(right >= 75);  // the middle class is in nobody's corner: some of its rows are lost to any linear score
  }
}

TEST_CASE("learn: a class that no row has is an error, not weights out of nowhere") {
  const OnALine line(3);
  CHECK_THROWS_AS(learn::linear_svm({line.features, kNoValues, line.classes, 3}, 1), std::runtime_error);
}

TEST_CASE("learn: machines with other caches learn the same weights, to the bit") {
  const Eigen::MatrixXd weights_of[] = {
      (Eigen::setCpuCacheSizes(16 << 10, 128 << 10, 512 << 10), fit(load("digits.train"), "logistic").learned.weights),
      (Eigen::setCpuCacheSizes(48 << 10, 2 << 20, 96 << 20), fit(load("digits.train"), "logistic").learned.weights)};
  REQUIRE(weights_of[0].size() > 0);
  CHECK((weights_of[0].array() == weights_of[1].array()).all());
}

}  // namespace nuthatch::trainer_test
