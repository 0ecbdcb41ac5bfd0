#ifndef NUTHATCH_TRAINER_LEARN_LEAST_SQUARES_HPP
#define NUTHATCH_TRAINER_LEARN_LEAST_SQUARES_HPP

#include <Eigen/Core>
#include <functional>

#include "learn/linear.hpp"

/// What the families have in common that predict values.
namespace nuthatch::learn {

/// The values to predict, a row each.
Eigen::VectorXd target_of(const Examples& examples);

/// The values with mean 0 and standard deviation 1 (equal values: all 0).
struct StandardTarget {
  Eigen::VectorXd values;
  double mean;
  double deviation;  ///< equal values: 1

  explicit StandardTarget(const Examples& examples);
  /// `solution`: weights and below them the bias, for `values`.
  LinearModel model(const Eigen::VectorXd& solution) const;
};

/// Centers the problem, solves it for the weights, and gives the bias back.
using Solve = std::function<Eigen::VectorXd(const Eigen::MatrixXd& features, const Eigen::VectorXd& target)>;
LinearModel centered(const Examples& examples, const Solve& solve);

/// The triangle of a QR decomposition of [features target]: the same inner products in at most as many rows as it has
/// columns, so a million rows cost one blocked pass.
Eigen::MatrixXd triangle_of(const Eigen::MatrixXd& features, const Eigen::VectorXd& target);

}  // namespace nuthatch::learn

#endif
