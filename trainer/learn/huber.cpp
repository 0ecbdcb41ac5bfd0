#include "learn/huber.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "learn/least_squares.hpp"
#include "learn/minimize.hpp"

namespace nuthatch::learn {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Residuals are taken in units of the target's deviation; a scale below this is taken as this, or half of the rows on
/// one plane would make the loss as steep as a cone.
constexpr double kSmallestScale = 1e-6;

/// The scale that minimizes the loss for these residuals: scale^2 (n - epsilon^2 * outliers) = sum of the inliers'
/// squares, inliers being |r| < epsilon * scale. The loss is convex in the scale, so the first that agrees with its own
/// inliers, from the largest down, is the one.
double best_scale(const VectorXd& residuals, double epsilon) {
  std::vector<double> sizes(residuals.data(), residuals.data() + residuals.size());
  for (double& size : sizes) size = std::abs(size);
  std::sort(sizes.begin(), sizes.end());
  double squares = std::inner_product(sizes.begin(), sizes.end(), sizes.begin(), 0.0);
  const auto rows = static_cast<double>(sizes.size());
  for (std::size_t inliers = sizes.size(); inliers > 0; --inliers) {
    const double left = rows - epsilon * epsilon * (rows - static_cast<double>(inliers));
    if (left <= 0) break;
    const double scale = std::sqrt(std::max(squares, 0.0) / left);
    if (sizes[inliers - 1] <= epsilon * scale) return std::max(scale, kSmallestScale);
    squares -= sizes[inliers - 1] * sizes[inliers - 1];
  }
  return kSmallestScale;
}

/// L of each residual and its derivative, as linear.hpp defines it.
double huber_loss(VectorXd& residuals, double epsilon) {
  double loss = 0;
  for (double& residual : residuals) {
    const double size = std::abs(residual);
    loss += size <= epsilon ? size * size / 2 : epsilon * (size - epsilon / 2);
    residual = std::clamp(residual, -epsilon, epsilon);
  }
  return loss;
}

VectorXd residuals_of(const MatrixXd& features, const VectorXd& target, const MatrixXd& at) {
  const Eigen::Index columns = features.cols();
  return (features * at.topRows(columns) - target).array() + at(columns, 0);
}

/// Slope of a loss by the unknowns from that by the residuals.
void set_slope(const MatrixXd& features, const VectorXd& by_residual, MatrixXd& slope) {
  slope.topRows(features.cols()).noalias() = features.transpose() * by_residual;
  slope(features.cols(), 0) = by_residual.sum();
}

/// Weights and below them the bias, of least squares: where the search starts.
MatrixXd least_squares(const Examples& examples, const StandardTarget& target) {
  const std::vector<double> values(target.values.begin(), target.values.end());
  const LinearModel model = linear_regression({examples.features, values, examples.classes});
  MatrixXd start(model.weights.cols() + 1, 1);
  start << model.weights.transpose(), model.bias;
  return start;
}

}  // namespace

LinearModel huber(const Examples& examples, double epsilon, double alpha) {
  const MatrixXd& features = examples.features;
  const Eigen::Index columns = features.cols();
  const StandardTarget target(examples);
  const auto rows = static_cast<double>(features.rows());
  const double penalty = alpha * target.deviation / rows;  // the whole divided by the deviation and the rows
  // The scale is put at its minimum for each residuals, so its own derivative is 0.
  const Objective objective = [&](const MatrixXd& at, MatrixXd& slope) {
    VectorXd residuals = residuals_of(features, target.values, at);
    const double scale = best_scale(residuals, epsilon);
    residuals /= scale;
    const double loss = huber_loss(residuals, epsilon);
    set_slope(features, residuals, slope);
    slope *= 2 / rows;
    slope.topRows(columns) += 2 * penalty * at.topRows(columns);
    return scale * (1 + 2 * loss / rows) + penalty * at.topRows(columns).squaredNorm();
  };
  const Minimization how{"huber", 1e-8, curvature_of(features, 2 / rows, 1e-6 + 2 * penalty)};
  return target.model(minimize(objective, least_squares(examples, target), how));
}

LinearModel huber_of_fixed_scale(const Examples& examples, double c, double epsilon) {
  const MatrixXd& features = examples.features;
  const Eigen::Index columns = features.cols();
  const StandardTarget target(examples);
  // Divided by C and the rows.
  const auto rows = static_cast<double>(features.rows());
  const double penalty = 1 / (c * rows);
  const Objective objective = [&](const MatrixXd& at, MatrixXd& slope) {
    VectorXd residuals = residuals_of(features, target.values, at);
    const double loss = huber_loss(residuals, epsilon);
    set_slope(features, residuals, slope);
    slope /= rows;
    slope.topRows(columns) += penalty * at.topRows(columns);
    return loss / rows + penalty / 2 * at.topRows(columns).squaredNorm();
  };
  const Minimization how{"linear-svr", 1e-9, curvature_of(features, 1 / rows, 1e-6 + penalty)};
  return target.model(minimize(objective, MatrixXd::Zero(columns + 1, 1), how));
}

}  // namespace nuthatch::learn
