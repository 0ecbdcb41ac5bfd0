// The fewest vectors that decide as a support vector machine does.

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "learn/decision.hpp"

namespace nuthatch::learn {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// A decision function and what of it is spanned already.
struct Function {
  Decision decision;
  VectorXd residual;  ///< at each vector: what is left of the function
  VectorXd power;     ///< at each vector: the squared distance of its kernel from what is spanned
  MatrixXd basis;     ///< a column a vector taken: the Newton basis at each vector
  Index taken = 0;
};

/// What adding a vector takes off the squared norm of the residual; 0 where it is spanned already.
double gain(const Function& function, Index at) {
  constexpr double kSpanned = 1e-9;
  return function.power[at] > kSpanned ? function.residual[at] * function.residual[at] / function.power[at] : 0;
}

/// Takes the function's vector `at`: one more Newton basis function.
void take(const SvmModel& model, Function& function, Index at) {
  if (gain(function, at) == 0) return;
  const MatrixXd own = model.vectors(function.decision.vectors, Eigen::all);
  VectorXd column = model.kernel(own, own.row(at));
  column -= function.basis.leftCols(function.taken) * function.basis.row(at).head(function.taken).transpose();
  const double length = std::sqrt(function.power[at]);
  column /= length;
  function.residual -= function.residual[at] / length * column;
  function.power -= column.cwiseAbs2();
  function.power[at] = 0;
  if (function.taken == function.basis.cols()) function.basis.conservativeResize(Eigen::NoChange, 2 * function.taken);
  function.basis.col(function.taken++) = column;
}

Function function_of(const SvmModel& model, const Decision& decision) {
  Function function;
  function.decision = decision;
  const MatrixXd vectors = model.vectors(decision.vectors, Eigen::all);
  const MatrixXd gram = model.kernel(vectors, vectors);
  function.residual = gram * unknowns_of(model, decision).head(gram.cols());
  function.power = gram.diagonal();
  function.basis.resize(gram.cols(), 8);
  return function;
}

std::vector<Function> functions_of(const SvmModel& model) {
  std::vector<Function> functions;
  for (const Decision& decision : decisions_of(model)) functions.push_back(function_of(model, decision));
  return functions;
}

/// The vectors to keep, in the model's order: each time the one that all functions together gain most by.
std::vector<Index> choose(const SvmModel& model, std::vector<Function> functions, std::size_t budget) {
  std::vector<bool> kept(static_cast<std::size_t>(model.vectors.rows()), false);
  for (std::size_t count = 0; count < budget; ++count) {
    VectorXd gains = VectorXd::Zero(model.vectors.rows());
    for (const Function& function : functions) {
      const std::vector<Index>& own = function.decision.vectors;
      for (std::size_t at = 0; at < own.size(); ++at) gains[own[at]] += gain(function, static_cast<Index>(at));
    }
    Index best = 0;
    if (gains.maxCoeff(&best) <= 0) break;
    kept[static_cast<std::size_t>(best)] = true;
    for (Function& function : functions) {
      const std::vector<Index>& own = function.decision.vectors;
      const auto found = std::lower_bound(own.begin(), own.end(), best);
      if (found != own.end() && *found == best) take(model, function, found - own.begin());
    }
  }
  std::vector<Index> chosen;
  for (std::size_t v = 0; v < kept.size(); ++v) {
    if (kept[v]) chosen.push_back(static_cast<Index>(v));
  }
  if (chosen.empty()) chosen.push_back(0);
  return chosen;
}

/// Coefficients and a bias with which `values`, rows x vectors, come nearest to `wanted`; the bias is the last.
VectorXd fit(const MatrixXd& values, const VectorXd& wanted) {
  constexpr double kRidge = 1e-8;  // of the mean square: vectors may be alike
  MatrixXd columns(values.rows(), values.cols() + 1);
  columns << values, VectorXd::Ones(values.rows());
  MatrixXd squares = MatrixXd::Zero(columns.cols(), columns.cols());
  squares.selfadjointView<Eigen::Lower>().rankUpdate(columns.transpose());
  squares.diagonal().array() += kRidge * squares.diagonal().mean();
  return squares.selfadjointView<Eigen::Lower>().ldlt().solve(columns.transpose() * wanted);
}

/// Fits a decision of `reduced` to what was `decided` on the examples before.
void refit(const Decision& decision, const Examples& examples, const VectorXd& decided, SvmModel& reduced) {
  const std::vector<Index> rows = rows_of(decision, examples.classes, examples.features.rows());
  const MatrixXd values =
      reduced.kernel(examples.features(rows, Eigen::all), reduced.vectors(decision.vectors, Eigen::all));
  set_unknowns(decision, fit(values, decided(rows)), reduced);
}

/// How many of each class were chosen.
std::vector<std::uint32_t> class_vectors_of(const SvmModel& model, const std::vector<Index>& chosen) {
  std::vector<std::uint32_t> counts;
  Index start = 0;
  for (const Index count : model.class_vectors) {
    counts.push_back(static_cast<std::uint32_t>(
        std::count_if(chosen.begin(), chosen.end(), [&](Index v) { return start <= v && v < start + count; })));
    start += count;
  }
  return counts;
}

}  // namespace

SvmModel reduce(const SvmModel& model, const Examples& examples, std::size_t budget) {
  if (static_cast<std::size_t>(model.vectors.rows()) <= budget) return model;
  const std::vector<Index> chosen = choose(model, functions_of(model), budget);
  SvmModel reduced{model.kernel, model.vectors(chosen, Eigen::all), class_vectors_of(model, chosen),
                   model.coefficients(chosen, Eigen::all), model.bias};
  const MatrixXd decided = decisions(model, examples.features);
  for (const Decision& decision : decisions_of(reduced)) {
    refit(decision, examples, decided.col(decision.place), reduced);
  }
  reduced.full = std::make_shared<const SvmModel>(model);
  return reduced;
}

}  // namespace nuthatch::learn
