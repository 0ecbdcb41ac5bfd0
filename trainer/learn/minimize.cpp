#include "learn/minimize.hpp"

#include <fmt/format.h>
#include <lbfgs.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <new>
#include <stdexcept>

namespace nuthatch::learn {
namespace {

using Eigen::MatrixXd;

constexpr Eigen::Index kMostCurvature = 1024;
constexpr int kConverged = 1;  // what progress returns; the library's own codes are 0, 2 and negative

/// The function of v = L'x, L the curvature's factor, as libLBFGS calls it.
struct Search {
  const Objective& objective;
  const Minimization& how;
  Eigen::Index rows;
  Eigen::Index columns;

  Eigen::Map<const MatrixXd> shaped(const lbfgsfloatval_t* vector) const { return {vector, rows, columns}; }

  MatrixXd unknowns(const lbfgsfloatval_t* vector) const {
    MatrixXd at = shaped(vector);
    if (how.curvature.size() > 0) how.curvature.triangularView<Eigen::Lower>().transpose().solveInPlace(at);
    return at;
  }

  double evaluate(const lbfgsfloatval_t* vector, lbfgsfloatval_t* gradient) const {
    MatrixXd slope(rows, columns);
    const double value = objective(unknowns(vector), slope);
    if (how.curvature.size() > 0) how.curvature.triangularView<Eigen::Lower>().solveInPlace(slope);
    Eigen::Map<MatrixXd>(gradient, rows, columns) = slope;
    return value;
  }

  bool converged(const lbfgsfloatval_t* vector, const lbfgsfloatval_t* gradient) const {
    MatrixXd slope = shaped(gradient);
    if (how.curvature.size() > 0) slope = how.curvature.triangularView<Eigen::Lower>() * slope;
    return slope.norm() <= how.tolerance * std::max(1.0, unknowns(vector).norm());
  }
};

lbfgsfloatval_t evaluate(void* search, const lbfgsfloatval_t* at, lbfgsfloatval_t* gradient, const int /*count*/,
                         const lbfgsfloatval_t /*step*/) {
  return static_cast<const Search*>(search)->evaluate(at, gradient);
}

int progress(void* search, const lbfgsfloatval_t* at, const lbfgsfloatval_t* gradient, const lbfgsfloatval_t /*value*/,
             const lbfgsfloatval_t /*size*/, const lbfgsfloatval_t /*slope*/, const lbfgsfloatval_t /*step*/,
             int /*count*/, int /*iteration*/, int /*evaluations*/) {
  return static_cast<const Search*>(search)->converged(at, gradient) ? kConverged : 0;
}

}  // namespace

MatrixXd curvature_of(const MatrixXd& features, double weight, double penalty) {
  const Eigen::Index columns = features.cols();
  if (columns >= kMostCurvature || columns > features.rows()) return {};
  MatrixXd curvature = MatrixXd::Zero(columns + 1, columns + 1);
  curvature.topLeftCorner(columns, columns).selfadjointView<Eigen::Lower>().rankUpdate(features.transpose(), weight);
  curvature.row(columns).head(columns) = weight * features.colwise().sum();
  curvature(columns, columns) = weight * static_cast<double>(features.rows());
  curvature.diagonal().array() += penalty;
  const Eigen::LLT<MatrixXd> factor(curvature);
  return factor.info() == Eigen::Success ? MatrixXd(factor.matrixL()) : MatrixXd();
}

MatrixXd minimize(const Objective& objective, const MatrixXd& start, const Minimization& how) {
  Search search{objective, how, start.rows(), start.cols()};
  lbfgs_parameter_t settings;
  lbfgs_parameter_init(&settings);
  settings.epsilon = 0;  // `progress` decides
  settings.max_iterations = 10000;
  settings.linesearch = LBFGS_LINESEARCH_BACKTRACKING_STRONG_WOLFE;
  settings.max_linesearch = 100;
  // The library aligns its own vectors as its SIMD needs.
  const auto count = static_cast<int>(start.size());
  const std::unique_ptr<lbfgsfloatval_t, decltype(&lbfgs_free)> at(lbfgs_malloc(count), lbfgs_free);
  if (at == nullptr) throw std::bad_alloc();
  Eigen::Map<MatrixXd> from(at.get(), start.rows(), start.cols());
  from = start;
  if (how.curvature.size() > 0) from = how.curvature.triangularView<Eigen::Lower>().transpose() * start;
  const int result = lbfgs(count, at.get(), nullptr, evaluate, progress, &search, &settings);
  const bool stuck = result == LBFGSERR_ROUNDING_ERROR || result == LBFGSERR_MAXIMUMLINESEARCH ||
                     result == LBFGSERR_MINIMUMSTEP || result == LBFGSERR_WIDTHTOOSMALL;
  if (result < 0 && !stuck) throw std::runtime_error(fmt::format("{}: L-BFGS stopped with {}", how.name, result));
  return search.unknowns(at.get());
}

}  // namespace nuthatch::learn
