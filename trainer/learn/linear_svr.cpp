#include <algorithm>

#include "learn/huber.hpp"
#include "learn/interior_point.hpp"
#include "learn/least_squares.hpp"
#include "learn/liblinear.hpp"

namespace nuthatch::learn {
namespace {

/// Of rows or columns, whichever are fewer: beyond, a decomposition takes longer than LIBLINEAR's 1000 passes.
constexpr Eigen::Index kMostInterior = 1024;

/// LIBLINEAR's dual, coordinate by coordinate, needs ever more passes the larger C; the interior-point method does not.
bool by_interior_point(const Examples& examples, RegressionLoss loss) {
  return loss == RegressionLoss::kEpsilonInsensitive &&
         std::min(examples.features.rows(), examples.features.cols()) <= kMostInterior;
}

}  // namespace

LinearModel linear_svr(const Examples& examples, double c, double epsilon, RegressionLoss loss) {
  if (loss == RegressionLoss::kHuber) return huber_of_fixed_scale(examples, c, epsilon);
  const StandardTarget target(examples);
  if (by_interior_point(examples, loss)) {
    Eigen::MatrixXd columns(examples.features.rows(), examples.features.cols() + 1);
    columns << examples.features, Eigen::VectorXd::Ones(examples.features.rows());
    return target.model(solve_epsilon_insensitive(columns, target.values, c, epsilon));
  }
  const LiblinearSolver solver = loss == RegressionLoss::kEpsilonInsensitive
                                     ? LiblinearSolver::kEpsilonInsensitive
                                     : LiblinearSolver::kSquaredEpsilonInsensitive;
  const std::vector<double> values(target.values.begin(), target.values.end());
  return target.model(solve_liblinear(solver, examples.features, values, {c, epsilon}));
}

}  // namespace nuthatch::learn
