#ifndef NUTHATCH_TRAINER_LEARN_LINEAR_HPP
#define NUTHATCH_TRAINER_LEARN_LINEAR_HPP

#include <Eigen/Core>
#include <vector>

#include "learn/examples.hpp"

namespace nuthatch::learn {

/// Probabilities from scores: the sigmoid of slope * score + offset of one score; of several the softmax, each with
/// slope and offset of its own unless there is one for all. Empty: the scores say nothing of probabilities.
struct LogisticLink {
  std::vector<double> slope = {};
  std::vector<double> offset = {};
};

/// score_k = bias_k + sum over i of weights(k, i) * z_i, z the standardized features.
/// One row of weights for regression and two classes (positive: class 1), else one a class.
struct LinearModel {
  Eigen::MatrixXd weights;
  Eigen::VectorXd bias;
  LogisticLink link = {};
};

/// Ordinary least squares; of many solutions the one of least norm (complete orthogonal decomposition).
LinearModel linear_regression(const Examples& examples);

/// Minimizes |y - Zw - b|^2 + alpha * |w|^2; the bias is not penalized.
LinearModel ridge(const Examples& examples, double alpha);

/// Minimizes |y - Zw - b|^2 / 2n + alpha * (l1_ratio * |w|_1 + (1 - l1_ratio) / 2 * |w|^2), n the rows; the bias is not
/// penalized. l1_ratio 1 is the lasso. Throws std::runtime_error if it does not converge, or leaves no weight.
LinearModel elastic_net(const Examples& examples, double alpha, double l1_ratio);

/// Minimizes, over the residuals' scale s too, the sum of s + 2 s L(r / s) over the residuals r, plus alpha * |w|^2;
/// L(r) = r^2 / 2 for |r| <= epsilon, else epsilon (|r| - epsilon / 2). The bias is not penalized.
/// (Huber and Ronchetti, Robust Statistics, 2nd ed. 2009, section 7.7: "concomitant scale".)
LinearModel huber(const Examples& examples, double epsilon, double alpha);

enum class RegressionLoss { kEpsilonInsensitive, kSquaredEpsilonInsensitive, kHuber };

/// Linear support vector regression: minimizes |w|^2 / 2 + C * sum of losses of the residuals r, all of the target in
/// units of its standard deviation. Losses: max(0, |r| - epsilon), its square (LIBLINEAR; the bias is penalized), or
/// Huber's L(r) of above, a regularized Huber regression of fixed scale (L-BFGS; the bias is not penalized).
LinearModel linear_svr(const Examples& examples, double c, double epsilon, RegressionLoss loss);

/// Classifiers: each row's loss is multiplied by its class's weight (Examples::class_weights).
/// Minimizes C * sum of log losses + |w|^2 / 2; binomial for two classes, multinomial for more; the bias is not
/// penalized. L-BFGS (libLBFGS). Throws std::runtime_error if it does not converge.
LinearModel logistic(const Examples& examples, double c);

/// Linear support vector machine with squared hinge loss, one against the rest: minimizes for each
/// (|w|^2 + b^2) / 2 + C * sum of max(0, 1 -+ score)^2. As in LIBLINEAR, of more than two classes a machine weighs the
/// rows of its own class only.
LinearModel linear_svm(const Examples& examples, double c);

/// The same with probabilities: a link that is fitted on the scores of rows that 5 machines had not seen.
LinearModel linear_svm_with_probability(const Examples& examples, double c, std::uint64_t seed);

}  // namespace nuthatch::learn

#endif
