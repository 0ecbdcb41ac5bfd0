// The fewest vectors that decide as a support vector machine does.

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "learn/svm.hpp"

namespace nuthatch::learn {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// One decision function, of a pair of classes or of a regression: which vectors it has, in the model's numbers.
struct Function {
  std::vector<Index> vectors;
  Index first = 0;    ///< the classes
  Index second = 0;   ///< regression: as many as there are, so none
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
  const MatrixXd own = model.vectors(function.vectors, Eigen::all);
  VectorXd column = model.kernel(own, own.row(at));
  column -= function.basis.leftCols(function.taken) * function.basis.row(at).head(function.taken).transpose();
  const double length = std::sqrt(function.power[at]);
  column /= length;
  function.residual -= function.residual[at] / length * column;
  function.power -= column.cwiseAbs2();
  function.power[at] = 0;
  if (function.taken == function.basis.cols())
    function.basis.conservativeResize(Eigen::NoChange, 2 * function.taken + 8);
  function.basis.col(function.taken++) = column;
}

/// Where class `own` of the model has its vectors.
struct Slice {
  Index start;
  Index count;
};

std::vector<Slice> slices_of(const SvmModel& model) {
  if (model.class_vectors.empty()) return {{0, model.vectors.rows()}};
  std::vector<Slice> slices;
  Index start = 0;
  for (const Index count : model.class_vectors) {
    slices.push_back({start, count});
    start += count;
  }
  return slices;
}

/// The column of class `own`'s coefficients for the pair with `other`.
Index column_of(Index own, Index other) { return other < own ? other : other - 1; }

Function function_of(const SvmModel& model, const std::vector<Slice>& slices, Index first, Index second) {
  Function function;
  function.first = first;
  function.second = second;
  std::vector<double> coefficients;
  for (const auto& [own, other] : {std::pair{first, second}, {second, first}}) {
    if (own >= std::ssize(slices)) continue;
    const Slice slice = slices[static_cast<std::size_t>(own)];
    for (Index v = slice.start; v < slice.start + slice.count; ++v) {
      function.vectors.push_back(v);
      coefficients.push_back(model.coefficients(v, column_of(own, other)));
    }
  }
  const MatrixXd vectors = model.vectors(function.vectors, Eigen::all);
  const MatrixXd gram = model.kernel(vectors, vectors);
  function.residual = gram * Eigen::Map<const VectorXd>(coefficients.data(), std::ssize(coefficients));
  function.power = gram.diagonal();
  function.basis.resize(std::ssize(coefficients), 0);
  return function;
}

std::vector<Function> functions_of(const SvmModel& model, const std::vector<Slice>& slices) {
  const auto classes = std::ssize(model.class_vectors);
  if (classes == 0) return {function_of(model, slices, 0, 1)};
  std::vector<Function> functions;
  for (Index first = 0; first < classes; ++first) {
    for (Index second = first + 1; second < classes; ++second) {
      functions.push_back(function_of(model, slices, first, second));
    }
  }
  return functions;
}

/// The vectors to keep, in the model's order: each time the one that all functions together gain most by.
std::vector<Index> choose(const SvmModel& model, std::vector<Function> functions, std::size_t budget) {
  std::vector<bool> kept(static_cast<std::size_t>(model.vectors.rows()), false);
  for (std::size_t count = 0; count < budget; ++count) {
    VectorXd gains = VectorXd::Zero(model.vectors.rows());
    for (const Function& function : functions) {
      for (std::size_t at = 0; at < function.vectors.size(); ++at) {
        gains[function.vectors[at]] += gain(function, static_cast<Index>(at));
      }
    }
    Index best = 0;
    if (gains.maxCoeff(&best) <= 0) break;
    kept[static_cast<std::size_t>(best)] = true;
    for (Function& function : functions) {
      const auto found = std::lower_bound(function.vectors.begin(), function.vectors.end(), best);
      if (found != function.vectors.end() && *found == best) take(model, function, found - function.vectors.begin());
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

/// The examples that a function decides on: those of its classes.
std::vector<Index> rows_of(const Function& function, const Examples& examples) {
  std::vector<Index> rows;
  for (Index row = 0; row < examples.features.rows(); ++row) {
    const Index own = examples.classifies() ? examples.classes[static_cast<std::size_t>(row)] : function.first;
    if (own == function.first || own == function.second) rows.push_back(row);
  }
  return rows;
}

/// Fits the coefficients of `reduced`, whose vectors are those `chosen`, to what a function decided on the examples.
void refit(const Function& function, Index place, const Examples& examples, const VectorXd& decided,
           const std::vector<Index>& chosen, SvmModel& reduced) {
  std::vector<Index> own;  // in the reduced model's numbers
  for (const Index v : function.vectors) {
    const auto found = std::lower_bound(chosen.begin(), chosen.end(), v);
    if (found != chosen.end() && *found == v) own.push_back(found - chosen.begin());
  }
  const std::vector<Index> rows = rows_of(function, examples);
  const MatrixXd values = reduced.kernel(examples.features(rows, Eigen::all), reduced.vectors(own, Eigen::all));
  const VectorXd solution = fit(values, decided(rows));
  const Index firsts = reduced.class_vectors.empty()
                           ? std::ssize(chosen)
                           : slices_of(reduced)[static_cast<std::size_t>(function.second)].start;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const bool of_second = own[i] >= firsts;
    const Index column =
        of_second ? column_of(function.second, function.first) : column_of(function.first, function.second);
    reduced.coefficients(own[i], column) = solution[static_cast<Index>(i)];
  }
  reduced.bias[place] = solution[std::ssize(own)];
}

}  // namespace

SvmModel reduce(const SvmModel& model, const Examples& examples, std::size_t budget) {
  if (static_cast<std::size_t>(model.vectors.rows()) <= budget) return model;
  const std::vector<Slice> slices = slices_of(model);
  const std::vector<Function> functions = functions_of(model, slices);
  const std::vector<Index> chosen = choose(model, functions, budget);
  SvmModel reduced{
      model.kernel, model.vectors(chosen, Eigen::all), {}, model.coefficients(chosen, Eigen::all), model.bias};
  for (std::size_t k = 0; k < model.class_vectors.size(); ++k) {
    reduced.class_vectors.push_back(
        static_cast<std::uint32_t>(std::count_if(chosen.begin(), chosen.end(), [&](Index v) {
          return slices[k].start <= v && v < slices[k].start + slices[k].count;
        })));
  }
  const MatrixXd decided = decisions(model, examples.features);
  for (Index i = 0; i < std::ssize(functions); ++i) {
    refit(functions[static_cast<std::size_t>(i)], i, examples, decided.col(i), chosen, reduced);
  }
  reduced.full = std::make_shared<const SvmModel>(model);
  return reduced;
}

}  // namespace nuthatch::learn
