#ifndef NUTHATCH_TRAINER_LEARN_MINIMIZE_HPP
#define NUTHATCH_TRAINER_LEARN_MINIMIZE_HPP

#include <Eigen/Core>
#include <functional>
#include <string>

namespace nuthatch::learn {

/// The value of a smooth function at a matrix of unknowns; writes its slope there, of the same shape.
using Objective = std::function<double(const Eigen::MatrixXd& at, Eigen::MatrixXd& slope)>;

/// What minimize is told besides the function.
struct Minimization {
  std::string name;         ///< for messages
  double tolerance = 1e-7;  ///< done where |slope| <= tolerance * max(1, |unknowns|)
  /// About the function's curvature in each column of the unknowns, as the lower Cholesky factor of a matrix of as many
  /// rows as they have; steps are taken where it is a sphere. Empty: as it is.
  Eigen::MatrixXd curvature = {};
};

/// The Cholesky factor of weight * [Z 1]'[Z 1] + penalty * I, the curvature of a loss of that weight a row over
/// features and bias; empty where there are so many features that it would cost more than it saves.
Eigen::MatrixXd curvature_of(const Eigen::MatrixXd& features, double weight, double penalty);

/// L-BFGS (libLBFGS) from `start`. A line search that can go no further has met the limit of double precision near the
/// minimum: that is done, too. Throws std::runtime_error if it does not converge.
Eigen::MatrixXd minimize(const Objective& objective, const Eigen::MatrixXd& start, const Minimization& how);

}  // namespace nuthatch::learn

#endif
