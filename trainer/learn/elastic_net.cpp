#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "learn/least_squares.hpp"
#include "learn/linear.hpp"

namespace nuthatch::learn {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// |target - columns w|^2 / 2 + l1 |w|_1 + l2 / 2 |w|^2
struct ElasticNet {
  const MatrixXd& columns;
  const VectorXd& target;
  double l1;
  double l2;

  /// How far the value at w is above the least, at most: the distance to a feasible point of the dual, the residual
  /// scaled until every |column' residual| <= l1 (Kim et al., An Interior-Point Method for Large-Scale l1-Regularized
  /// Least Squares, 2007, eq. 10; the l2 term as sqrt(l2) more rows of the columns).
  double gap(const VectorXd& w, const VectorXd& residual) const {
    const double steepest = (columns.transpose() * residual - l2 * w).cwiseAbs().maxCoeff();
    const double scale = steepest > l1 ? l1 / steepest : 1;
    const double squares = residual.squaredNorm() + l2 * w.squaredNorm();
    const double value = squares / 2 + l1 * w.cwiseAbs().sum();
    return value - scale * residual.dot(target) + scale * scale * squares / 2;
  }

  /// One pass over all coordinates, each put at its minimum; the residual follows.
  void sweep(const VectorXd& squares, VectorXd& w, VectorXd& residual) const {
    for (Eigen::Index i = 0; i < columns.cols(); ++i) {
      if (squares[i] == 0) continue;
      const double before = w[i];
      const double pull = columns.col(i).dot(residual) + squares[i] * before;
      w[i] = std::copysign(std::max(std::abs(pull) - l1, 0.0), pull) / (squares[i] + l2);
      if (w[i] != before) residual -= (w[i] - before) * columns.col(i);
    }
  }

  /// Empty if it does not converge.
  VectorXd minimize() const {
    constexpr double kTolerance = 1e-10;  // of the target's own square
    constexpr int kMostSweeps = 100000;
    constexpr int kSweepsAGap = 10;
    const VectorXd squares = columns.colwise().squaredNorm().transpose();
    VectorXd w = VectorXd::Zero(columns.cols());
    VectorXd residual = target;
    for (int done = 0; done < kMostSweeps; done += kSweepsAGap) {
      if (gap(w, residual) <= kTolerance * target.squaredNorm()) return w;
      for (int i = 0; i < kSweepsAGap; ++i) sweep(squares, w, residual);
    }
    return {};
  }
};

}  // namespace

LinearModel elastic_net(const Examples& examples, double alpha, double l1_ratio) {
  const auto rows = static_cast<double>(examples.values.size());
  if (alpha * l1_ratio == 0) return ridge(examples, rows * alpha);  // which also has no gap to measure
  return centered(examples, [&](const MatrixXd& features, const VectorXd& target) -> VectorXd {
    // The triangle has the features' and the target's inner products, and at most a row more than there are features.
    const MatrixXd triangle = triangle_of(features, target);
    const VectorXd rotated = triangle.rightCols(1);
    const MatrixXd columns = triangle.leftCols(features.cols());
    const double least = (columns.transpose() * rotated).cwiseAbs().maxCoeff() / (rows * l1_ratio);
    if (least > 0 && alpha >= least) {
      throw std::runtime_error(
          fmt::format("--alpha {:g} leaves no feature a weight; give one below {:.3g}", alpha, least));
    }
    VectorXd weights = ElasticNet{columns, rotated, rows * alpha * l1_ratio, rows * alpha * (1 - l1_ratio)}.minimize();
    if (weights.size() == 0) {
      throw std::runtime_error(
          fmt::format("coordinate descent did not converge; give a larger --alpha than {:g}", alpha));
    }
    return weights;
  });
}

}  // namespace nuthatch::learn
