#ifndef NUTHATCH_TRAINER_LEARN_LIBLINEAR_HPP
#define NUTHATCH_TRAINER_LEARN_LIBLINEAR_HPP

#include <Eigen/Core>
#include <vector>

namespace nuthatch::learn {

/// LIBLINEAR's L2R_L2LOSS_SVC, L2R_L2LOSS_SVR, L2R_L1LOSS_SVR_DUAL.
enum class LiblinearSolver { kSquaredHinge, kSquaredEpsilonInsensitive, kEpsilonInsensitive };

/// Weights and below them the bias, which is penalized as they are. `targets`: one a row, -1 or 1 for kSquaredHinge.
/// Throws std::runtime_error with LIBLINEAR's own words where it refuses the problem, and where it gives up.
Eigen::VectorXd solve_liblinear(LiblinearSolver solver, const Eigen::MatrixXd& features,
                                const std::vector<double>& targets, double c, double epsilon = 0);

}  // namespace nuthatch::learn

#endif
