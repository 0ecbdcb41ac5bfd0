#ifndef NUTHATCH_TRAINER_LEARN_LIBLINEAR_HPP
#define NUTHATCH_TRAINER_LEARN_LIBLINEAR_HPP

#include <Eigen/Core>
#include <vector>

namespace nuthatch::learn {

/// LIBLINEAR's L2R_L2LOSS_SVC, L1R_LR, L2R_L2LOSS_SVR, L2R_L1LOSS_SVR_DUAL.
enum class LiblinearSolver { kSquaredHinge, kL1Logistic, kSquaredEpsilonInsensitive, kEpsilonInsensitive };

struct LiblinearSettings {
  double c = 1;
  double epsilon = 0;   ///< regression: the tube's half width
  double positive = 1;  ///< kSquaredHinge: what C is multiplied by for rows of 1
  double negative = 1;  ///< and of -1
};

/// Weights and below them the bias, which is penalized as they are. `targets`: one a row, -1 or 1 for the first two.
/// Throws std::runtime_error with LIBLINEAR's own words where it refuses the problem, and where it gives up.
Eigen::VectorXd solve_liblinear(LiblinearSolver solver, const Eigen::MatrixXd& features,
                                const std::vector<double>& targets, const LiblinearSettings& given);

}  // namespace nuthatch::learn

#endif
