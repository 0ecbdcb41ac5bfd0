#include <fmt/format.h>
#include <lbfgs.h>

#include <cmath>
#include <stdexcept>

#include "learn/linear.hpp"

namespace nuthatch::learn {
namespace {

/// The parameters lie output after output: that output's weights, then its bias.
using Parameters = Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic>>;
using Gradient = Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic>>;

struct Problem {
  const Examples& examples;
  double c;
  Eigen::Index outputs;
};

/// Scores -> derivative of the loss by the scores, in place; returns the loss. Two classes: log(1 + exp(-+s)).
double binomial_loss(const std::vector<std::int32_t>& classes, Eigen::MatrixXd& scores) {
  double loss = 0;
  for (Eigen::Index row = 0; row < scores.rows(); ++row) {
    const double score = scores(row, 0);
    const double label = classes[static_cast<std::size_t>(row)];
    // exp never overflows: its argument is not positive.
    const double small = std::exp(-std::abs(score));
    loss += std::log1p(small) + std::max(score, 0.0) - label * score;
    scores(row, 0) = (score >= 0 ? 1 / (1 + small) : small / (1 + small)) - label;
  }
  return loss;
}

double multinomial_loss(const std::vector<std::int32_t>& classes, Eigen::MatrixXd& scores) {
  double loss = 0;
  for (Eigen::Index row = 0; row < scores.rows(); ++row) {
    auto line = scores.row(row);
    const Eigen::Index label = classes[static_cast<std::size_t>(row)];
    line.array() -= line.maxCoeff();
    loss -= line[label];
    line = line.array().exp();
    const double sum = line.sum();
    loss += std::log(sum);
    line /= sum;
    line[label] -= 1;
  }
  return loss;
}

lbfgsfloatval_t evaluate(void* instance, const lbfgsfloatval_t* at, lbfgsfloatval_t* gradient, const int /*count*/,
                         const lbfgsfloatval_t /*step*/) {
  const auto& problem = *static_cast<const Problem*>(instance);
  const Eigen::MatrixXd& features = problem.examples.features;
  const Eigen::Index columns = features.cols();
  const Parameters parameters(at, columns + 1, problem.outputs);
  Gradient slope(gradient, columns + 1, problem.outputs);
  const auto weights = parameters.topRows(columns);
  Eigen::MatrixXd scores = (features * weights).rowwise() + parameters.row(columns);
  const std::vector<std::int32_t>& classes = problem.examples.classes;
  const double loss = problem.outputs == 1 ? binomial_loss(classes, scores) : multinomial_loss(classes, scores);
  slope.topRows(columns) = problem.c * (features.transpose() * scores) + weights;
  slope.row(columns) = problem.c * scores.colwise().sum();
  return problem.c * loss + weights.squaredNorm() / 2;
}

}  // namespace

LinearModel logistic(const Examples& examples, double c) {
  Problem problem{examples, c, examples.class_count == 2 ? 1 : examples.class_count};
  const Eigen::Index columns = examples.features.cols();
  const Eigen::Index count = (columns + 1) * problem.outputs;
  lbfgs_parameter_t settings;
  lbfgs_parameter_init(&settings);
  settings.epsilon = 1e-7;
  settings.max_iterations = 10000;
  settings.linesearch = LBFGS_LINESEARCH_BACKTRACKING_STRONG_WOLFE;
  settings.max_linesearch = 100;
  // The library aligns its own vectors as its SIMD needs.
  lbfgsfloatval_t* at = lbfgs_malloc(static_cast<int>(count));
  if (at == nullptr) throw std::bad_alloc();
  std::fill(at, at + count, 0.0);
  const int result = lbfgs(static_cast<int>(count), at, nullptr, evaluate, nullptr, &problem, &settings);
  const Parameters parameters(at, columns + 1, problem.outputs);
  LinearModel model{parameters.topRows(columns).transpose(), parameters.row(columns).transpose()};
  lbfgs_free(at);
  // A line search that can go no further has met the limit of double precision near the minimum: that is converged.
  const bool stuck = result == LBFGSERR_ROUNDING_ERROR || result == LBFGSERR_MAXIMUMLINESEARCH ||
                     result == LBFGSERR_MINIMUMSTEP || result == LBFGSERR_WIDTHTOOSMALL;
  if (result < 0 && !stuck) throw std::runtime_error(fmt::format("logistic: L-BFGS stopped with {}", result));
  return model;
}

}  // namespace nuthatch::learn
