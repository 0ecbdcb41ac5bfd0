#include <cmath>

#include "learn/linear.hpp"
#include "learn/minimize.hpp"

namespace nuthatch::learn {
namespace {

using Eigen::MatrixXd;

/// Scores (outputs x rows) -> derivative of the loss by the scores, in place; returns the loss. Two classes:
/// log(1 + exp(-+s)).
double binomial_loss(const Examples& examples, MatrixXd& scores) {
  double loss = 0;
  for (Eigen::Index row = 0; row < scores.cols(); ++row) {
    const double score = scores(0, row);
    const std::int32_t label = examples.classes[static_cast<std::size_t>(row)];
    const double weight = examples.class_weight(label);
    // exp never overflows: its argument is not positive.
    const double small = std::exp(-std::abs(score));
    loss += weight * (std::log1p(small) + std::max(score, 0.0) - label * score);
    scores(0, row) = weight * ((score >= 0 ? 1 / (1 + small) : small / (1 + small)) - label);
  }
  return loss;
}

double multinomial_loss(const Examples& examples, MatrixXd& scores) {
  double loss = 0;
  for (Eigen::Index row = 0; row < scores.cols(); ++row) {
    auto line = scores.col(row);
    const std::int32_t label = examples.classes[static_cast<std::size_t>(row)];
    const double weight = examples.class_weight(label);
    line.array() -= line.maxCoeff();
    loss -= weight * line[label];
    line = line.array().exp();
    const double sum = line.sum();
    loss += weight * std::log(sum);
    line /= sum;
    line *= weight;
    line[label] -= weight;
  }
  return loss;
}

}  // namespace

LinearModel logistic(const Examples& examples, double c) {
  const MatrixXd& features = examples.features;
  const Eigen::Index columns = features.cols();
  const Eigen::Index outputs = examples.class_count == 2 ? 1 : examples.class_count;
  // Unknowns: a column an output, its weights and below them its bias.
  MatrixXd scores;
  const Objective objective = [&](const MatrixXd& at, MatrixXd& slope) {
    const auto weights = at.topRows(columns);
    scores.noalias() = weights.transpose() * features.transpose();
    scores.colwise() += at.row(columns).transpose();
    const double loss = outputs == 1 ? binomial_loss(examples, scores) : multinomial_loss(examples, scores);
    slope.topRows(columns).noalias() = c * (features.transpose() * scores.transpose());
    slope.topRows(columns) += weights;
    slope.row(columns) = c * scores.rowwise().sum().transpose();
    return c * loss + weights.squaredNorm() / 2;
  };
  // A row's curvature is p (1 - p): a quarter where it is undecided, less as it is learned.
  constexpr double kCurvatureOfARow = 0.05;
  const Minimization how{"logistic", 1e-7, curvature_of(features, c * kCurvatureOfARow, 1)};
  const MatrixXd solution = minimize(objective, MatrixXd::Zero(columns + 1, outputs), how);
  return {solution.topRows(columns).transpose(), solution.row(columns).transpose(), {{1}, {0}}};
}

}  // namespace nuthatch::learn
