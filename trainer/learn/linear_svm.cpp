#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "learn/liblinear.hpp"
#include "learn/linear.hpp"
#include "learn/unseen.hpp"

namespace nuthatch::learn {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Up to here Newton's method with its whole curvature is fastest; with more features LIBLINEAR, which needs none.
constexpr Eigen::Index kMostNewton = 512;

/// One machine: minimizes |x|^2 / 2 + the sum of cost * max(0, 1 - sign * score)^2, score = x . (features, 1).
/// The function is quadratic between the places where a row joins or leaves those within the margin, so Newton's method
/// ends after a few steps at its exact minimum (Mangasarian, A Finite Newton Method for Classification, 2002).
struct Newton {
  const MatrixXd& columns;  ///< features and a 1, a column a row of the data
  const VectorXd& signs;
  const VectorXd& costs;  ///< a row: C times its weight

  double value(const VectorXd& x, const VectorXd& scores) const {
    const auto inside = (1 - signs.array() * scores.array()).max(0);
    return x.squaredNorm() / 2 + (costs.array() * inside.square()).sum();
  }

  VectorXd slope(const VectorXd& x, const VectorXd& scores) const {
    const VectorXd inside = costs.array() * signs.array() * (1 - signs.array() * scores.array()).max(0);
    return x - 2 * (columns * inside);
  }

  /// The step to the minimum of the quadratic around x.
  VectorXd step(const VectorXd& slope, const VectorXd& scores) const {
    MatrixXd within(columns.rows(), columns.cols());
    Eigen::Index count = 0;
    for (Eigen::Index row = 0; row < columns.cols(); ++row) {
      if (signs[row] * scores[row] < 1) within.col(count++) = std::sqrt(costs[row]) * columns.col(row);
    }
    MatrixXd curvature = MatrixXd::Identity(columns.rows(), columns.rows());
    curvature.selfadjointView<Eigen::Lower>().rankUpdate(within.leftCols(count), 2);
    return -curvature.selfadjointView<Eigen::Lower>().ldlt().solve(slope);
  }

  VectorXd minimize() const {
    constexpr int kMostSteps = 200;
    constexpr double kTolerance = 1e-9;  // of the slope at 0
    VectorXd x = VectorXd::Zero(columns.rows());
    VectorXd scores = VectorXd::Zero(columns.cols());
    VectorXd down = slope(x, scores);
    const double enough = kTolerance * down.norm();
    for (int i = 0; i < kMostSteps && down.norm() > enough; ++i) {
      const VectorXd direction = step(down, scores);
      const VectorXd change = columns.transpose() * direction;
      const double before = value(x, scores);
      double length = 1;
      while (length > 1e-10 &&
             value(x + length * direction, scores + length * change) > before + 1e-4 * length * down.dot(direction)) {
        length /= 2;
      }
      x += length * direction;
      scores = columns.transpose() * x;
      down = slope(x, scores);
    }
    return x;
  }
};

VectorXd signs_of(const std::vector<std::int32_t>& classes, std::int32_t positive) {
  VectorXd signs(std::ssize(classes));
  for (std::size_t row = 0; row < classes.size(); ++row) {
    signs[static_cast<Eigen::Index>(row)] = classes[row] == positive ? 1 : -1;
  }
  return signs;
}

/// Weights of a sign's rows: of two classes each class's own, of more the machine's class's.
struct SignWeights {
  double positive = 1;
  double negative = 1;
};

SignWeights sign_weights(const Examples& examples, Eigen::Index machine) {
  if (examples.class_count == 2) return {examples.class_weight(1), examples.class_weight(0)};
  return {examples.class_weight(static_cast<std::int32_t>(machine)), 1};
}

MatrixXd with_ones(const MatrixXd& features) {
  MatrixXd columns(features.cols() + 1, features.rows());
  columns << features.transpose(), Eigen::RowVectorXd::Ones(features.rows());
  return columns;
}

/// A machine for class 1 of two, or for each of more.
LinearModel machines(const Examples& examples, double c) {
  const MatrixXd& features = examples.features;
  const Eigen::Index outputs = examples.class_count == 2 ? 1 : examples.class_count;
  const bool newton = features.cols() <= kMostNewton;
  const MatrixXd columns = newton ? with_ones(features) : MatrixXd();
  LinearModel model{MatrixXd(outputs, features.cols()), VectorXd(outputs)};
  for (Eigen::Index k = 0; k < outputs; ++k) {
    const VectorXd signs = signs_of(examples.classes, outputs == 1 ? 1 : static_cast<std::int32_t>(k));
    const SignWeights weights = sign_weights(examples, k);
    const VectorXd costs = (signs.array() > 0)
                               .select(VectorXd::Constant(signs.size(), c * weights.positive),
                                       VectorXd::Constant(signs.size(), c * weights.negative));
    const VectorXd solution =
        newton ? Newton{columns, signs, costs}.minimize()
               : solve_liblinear(LiblinearSolver::kSquaredHinge, features, {signs.begin(), signs.end()},
                                 {c, 0, weights.positive, weights.negative});
    model.weights.row(k) = solution.head(features.cols()).transpose();
    model.bias[k] = solution[features.cols()];
    if (examples.progress) examples.progress(static_cast<std::uint64_t>(k) + 1, static_cast<std::uint64_t>(outputs));
  }
  return model;
}

}  // namespace

LinearModel linear_svm(const Examples& examples, double c) {
  for (std::int32_t k = 0; k < examples.class_count; ++k) {
    if (std::find(examples.classes.begin(), examples.classes.end(), k) == examples.classes.end()) {
      throw std::runtime_error("linear-svm: a class has no row to learn from");
    }
  }
  return machines(examples, c);
}

LinearModel linear_svm_with_probability(const Examples& examples, double c, std::uint64_t seed) {
  LinearModel model = linear_svm(examples, c);
  const auto fit_and_score = [c](const Examples& some, const MatrixXd& others) -> MatrixXd {
    const LinearModel machine = machines(some, c);
    return (others * machine.weights.transpose()).rowwise() + machine.bias.transpose();
  };
  model.link = fit_link(unseen_scores(examples, seed, fit_and_score));
  return model;
}

}  // namespace nuthatch::learn
