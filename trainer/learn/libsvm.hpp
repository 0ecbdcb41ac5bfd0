#ifndef NUTHATCH_TRAINER_LEARN_LIBSVM_HPP
#define NUTHATCH_TRAINER_LEARN_LIBSVM_HPP

#include <Eigen/Core>
#include <vector>

#include "learn/svm.hpp"

namespace nuthatch::learn {

struct LibsvmSettings {
  KernelFunction kernel;
  double c = 1;
  double epsilon = 0;                      ///< regression: the tube's half width
  std::vector<double> class_weights = {};  ///< what C is multiplied by, by class; empty: nothing
};

/// Which rows are support vectors, and what comes of them (SvmModel).
struct LibsvmSolution {
  std::vector<Eigen::Index> rows;  ///< class after class
  std::vector<std::uint32_t> class_vectors;
  Eigen::MatrixXd coefficients;
  Eigen::VectorXd bias;
};

/// Solves with LIBSVM, to its default accuracy of 1e-3; silent, and the same for the same rows. Each class has a row.
/// `progress` hears of steps done and of the most there may be. Throws std::runtime_error after so many.
LibsvmSolution classify_libsvm(const Eigen::MatrixXd& features, const std::vector<std::int32_t>& classes,
                               const LibsvmSettings& settings, const Progress& progress);
LibsvmSolution regress_libsvm(const Eigen::MatrixXd& features, const Eigen::VectorXd& targets,
                              const LibsvmSettings& settings, const Progress& progress);

}  // namespace nuthatch::learn

#endif
