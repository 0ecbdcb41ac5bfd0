#ifndef NUTHATCH_TRAINER_LEARN_SVM_HPP
#define NUTHATCH_TRAINER_LEARN_SVM_HPP

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <vector>

#include "learn/examples.hpp"
#include "learn/linear.hpp"
#include "learn/parameters.hpp"

namespace nuthatch::learn {

/// A kernel with its numbers settled.
struct KernelFunction {
  Kernel kernel = Kernel::kRbf;
  double gamma = 1;
  double coef0 = 0;
  std::uint32_t degree = 3;

  /// rows of a x rows of b.
  Eigen::MatrixXd operator()(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) const;
};

/// A support vector machine on standardized features. The decision of classes i < j, positive for i, is the sum of
/// coefficient * kernel(row, vector) over the vectors of both, plus a bias; each vector is there once, with a
/// coefficient for each of the other classes, in their order. Regression: one sum over all vectors, plus the bias, is
/// the value.
struct SvmModel {
  KernelFunction kernel;
  Eigen::MatrixXd vectors;                   ///< a row each, class after class
  std::vector<std::uint32_t> class_vectors;  ///< how many each class has; empty: regression
  Eigen::MatrixXd coefficients;              ///< vectors x (classes - 1), or x 1
  Eigen::VectorXd bias;                      ///< one a pair of classes (0-1, 0-2, ..., 1-2, ...), or 1
  LogisticLink link = {};
  std::shared_ptr<const SvmModel> full = nullptr;  ///< of a reduced model: what it was before; else null
};

/// The place of a pair of classes, first < second, among all.
constexpr Eigen::Index pair_of(Eigen::Index classes, Eigen::Index first, Eigen::Index second) {
  return first * (2 * classes - first - 1) / 2 + second - first - 1;
}

/// The model with at most `budget` vectors, at least 1: those are taken, one after the other, that bring the decisions
/// nearest to the model's own (in the norm of the kernel's space: Wirtz and Haasdonk, "A vectorial kernel orthogonal
/// greedy algorithm", 2013); then the coefficients are fitted to the model's decisions on the examples (least squares).
/// A model that has no more is left as it is.
SvmModel reduce(const SvmModel& model, const Examples& examples, std::size_t budget);

/// C-SVC one against one, as LIBSVM solves it. Throws std::runtime_error if a class has no row.
SvmModel svm(const Examples& examples, const Parameters& parameters);

/// Epsilon-SVR, C and epsilon in units of the target's standard deviation.
SvmModel svr(const Examples& examples, const Parameters& parameters);

/// rows x pairs (regression: x 1).
Eigen::MatrixXd decisions(const SvmModel& model, const Eigen::MatrixXd& features);

}  // namespace nuthatch::learn

#endif
