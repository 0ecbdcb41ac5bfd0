#ifndef NUTHATCH_TRAINER_LEARN_LINEAR_HPP
#define NUTHATCH_TRAINER_LEARN_LINEAR_HPP

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace nuthatch::learn {

/// score_k = bias_k + sum over i of weights(k, i) * z_i, z the standardized features.
/// One row of weights for regression and two classes (positive: class 1), else one a class.
struct LinearModel {
  Eigen::MatrixXd weights;
  Eigen::VectorXd bias;
};

/// Rows of standardized features with what is to be learned: `values` for regression, class indices otherwise.
struct Examples {
  const Eigen::MatrixXd& features;
  const std::vector<double>& values;
  const std::vector<std::int32_t>& classes;
  std::int32_t class_count = 0;
};

/// Ordinary least squares; of many solutions the one of least norm (complete orthogonal decomposition).
LinearModel linear_regression(const Examples& examples);

/// Minimizes |y - Zw - b|^2 + alpha * |w|^2; the bias is not penalized.
LinearModel ridge(const Examples& examples, double alpha);

/// Minimizes C * sum of log losses + |w|^2 / 2; binomial for two classes, multinomial for more; the bias is not
/// penalized. L-BFGS (libLBFGS). Throws std::runtime_error if it does not converge.
LinearModel logistic(const Examples& examples, double c);

/// Linear support vector machine with squared hinge loss, one against the rest (LIBLINEAR, L2R_L2LOSS_SVC).
LinearModel linear_svm(const Examples& examples, double c);

}  // namespace nuthatch::learn

#endif
