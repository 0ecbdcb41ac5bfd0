#include "learn/huber.hpp"
#include "learn/least_squares.hpp"
#include "learn/liblinear.hpp"

namespace nuthatch::learn {

LinearModel linear_svr(const Examples& examples, double c, double epsilon, RegressionLoss loss) {
  if (loss == RegressionLoss::kHuber) return huber_of_fixed_scale(examples, c, epsilon);
  const StandardTarget target(examples);
  const LiblinearSolver solver = loss == RegressionLoss::kEpsilonInsensitive
                                     ? LiblinearSolver::kEpsilonInsensitive
                                     : LiblinearSolver::kSquaredEpsilonInsensitive;
  const std::vector<double> values(target.values.begin(), target.values.end());
  return target.model(solve_liblinear(solver, examples.features, values, c, epsilon));
}

}  // namespace nuthatch::learn
