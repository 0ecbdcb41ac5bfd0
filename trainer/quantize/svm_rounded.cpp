#include "quantize/svm_rounded.hpp"

#include <Eigen/IterativeLinearSolvers>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "learn/decision.hpp"

namespace nuthatch::quantize {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kVisible = 1.0 / 32;

double root_mean_square(const VectorXd& values) {
  return std::sqrt(values.squaredNorm() / static_cast<double>(values.size()));
}

double deviation(const VectorXd& values) { return root_mean_square(values.array() - values.mean()); }

/// At most `most` of them, evenly.
std::vector<Index> thin_out(const std::vector<Index>& rows, std::size_t most) {
  const std::size_t step = (rows.size() + most - 1) / most;
  std::vector<Index> some;
  for (std::size_t i = 0; i < rows.size(); i += step) some.push_back(rows[i]);
  return some;
}

/// The mean square of what is left of `wanted`, and of what coefficients of 16 bits will add to it.
double error_of(const MatrixXd& columns, const VectorXd& wanted, const VectorXd& unknowns) {
  const Index vectors = columns.cols() - 1;
  const double step = unknowns.head(vectors).cwiseAbs().maxCoeff() / INT16_MAX;
  const double left = (columns * unknowns - wanted).squaredNorm();
  return (left + step * step / 12 * columns.leftCols(vectors).squaredNorm()) / static_cast<double>(wanted.size());
}

/// Coefficients and bias, from those there are, with which the columns come nearest to `wanted`. Conjugate gradients
/// that end early take the errors that many rows share, which is what rounding makes, and leave the coefficients about
/// as large as they were; an exact solution would make them larger than 16 bits can tell.
VectorXd fit(const MatrixXd& columns, const VectorXd& wanted, const VectorXd& start) {
  constexpr int kMostSteps = 100;
  constexpr double kEnough = 1e-5;
  Eigen::LeastSquaresConjugateGradient<MatrixXd> solver;
  solver.setMaxIterations(kMostSteps);
  solver.setTolerance(kEnough);
  solver.compute(columns);
  return solver.solveWithGuess(wanted, start);
}

/// Leaves the machine as it is where that is better.
void refit(const learn::Decision& decision, const std::vector<Index>& rows, const RoundedVectors& rounded,
           const VectorXd& wanted, learn::SvmModel& machine) {
  constexpr std::size_t kMostValues = std::size_t{1} << 24;  // a matrix of 128 MiB
  const std::vector<Index> some = thin_out(rows, std::max<std::size_t>(kMostValues / decision.vectors.size(), 1));
  MatrixXd columns(std::ssize(some), std::ssize(decision.vectors) + 1);
  columns << machine.kernel(rounded.rows(some, Eigen::all), machine.vectors(decision.vectors, Eigen::all)),
      VectorXd::Ones(std::ssize(some));
  const VectorXd before = unknowns_of(machine, decision);
  const VectorXd after = fit(columns, wanted(some), before);
  if (error_of(columns, wanted(some), after) < error_of(columns, wanted(some), before)) {
    set_unknowns(decision, after, machine);
  }
}

/// The decisions that rounding moves visibly. A thousand rows tell; usually there are none.
std::vector<learn::Decision> moved_decisions(const learn::SvmModel& model, const learn::SvmModel& machine,
                                             const RoundedVectors& rounded, const learn::Examples& examples) {
  constexpr std::size_t kEnoughRows = 1024;
  std::vector<Index> all(static_cast<std::size_t>(rounded.rows.rows()));
  std::iota(all.begin(), all.end(), 0);
  const std::vector<Index> some = thin_out(all, kEnoughRows);
  std::vector<std::int32_t> classes;
  for (const Index row : some) {
    if (examples.classifies()) classes.push_back(examples.classes[static_cast<std::size_t>(row)]);
  }
  const MatrixXd wanted = learn::decisions(model, examples.features(some, Eigen::all));
  const MatrixXd found = learn::decisions(machine, rounded.rows(some, Eigen::all));
  std::vector<learn::Decision> moved;
  for (const learn::Decision& decision : learn::decisions_of(machine)) {
    const std::vector<Index> rows = learn::rows_of(decision, classes, wanted.rows());
    if (rows.empty()) continue;
    const VectorXd own = wanted(rows, decision.place);
    const VectorXd off = found(rows, decision.place) - own;
    if (root_mean_square(off) > kVisible * deviation(own)) moved.push_back(decision);
  }
  return moved;
}

}  // namespace

learn::SvmModel fit_to_rounded(const learn::SvmModel& model, const RoundedVectors& rounded,
                               const learn::Examples& examples) {
  learn::SvmModel machine = model;
  machine.kernel = rounded.kernel;
  machine.vectors = rounded.vectors;
  const std::vector<learn::Decision> moved = moved_decisions(model, machine, rounded, examples);
  if (moved.empty()) return model;
  const MatrixXd wanted = learn::decisions(model, examples.features);
  for (const learn::Decision& decision : moved) {
    const std::vector<Index> rows = learn::rows_of(decision, examples.classes, rounded.rows.rows());
    refit(decision, rows, rounded, wanted.col(decision.place), machine);
  }
  machine.kernel = model.kernel;
  machine.vectors = model.vectors;
  return machine;
}

}  // namespace nuthatch::quantize
