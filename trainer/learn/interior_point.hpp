#ifndef NUTHATCH_TRAINER_LEARN_INTERIOR_POINT_HPP
#define NUTHATCH_TRAINER_LEARN_INTERIOR_POINT_HPP

#include <Eigen/Core>

namespace nuthatch::learn {

/// Minimizes |x|^2 / 2 + c * sum of max(0, |columns x - target| - epsilon), by Mehrotra's predictor-corrector method on
/// the dual (Ferris and Munson, Interior-Point Methods for Massive Support Vector Machines, 2002): about twenty steps,
/// whatever c, each of a decomposition of the smaller of rows and columns. Ends where the duality gap is 1e-9 of the
/// value. Throws std::runtime_error if it does not get there.
Eigen::VectorXd solve_epsilon_insensitive(const Eigen::MatrixXd& columns, const Eigen::VectorXd& target, double c,
                                          double epsilon);

}  // namespace nuthatch::learn

#endif
