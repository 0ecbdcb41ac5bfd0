#ifndef NUTHATCH_TRAINER_LEARN_LEARNED_HPP
#define NUTHATCH_TRAINER_LEARN_LEARNED_HPP

#include <variant>

#include "learn/bayes.hpp"
#include "learn/blend.hpp"
#include "learn/forest.hpp"
#include "learn/linear.hpp"
#include "learn/network.hpp"
#include "learn/parameters.hpp"
#include "learn/svm.hpp"

namespace nuthatch::learn {

/// What a family learned, before it is quantized.
using Learned = std::variant<LinearModel, SvmModel, BayesModel, ForestModel, NetworkModel, BlendModel>;

/// rows x outputs: the scores of the learned model itself, in double precision, from standardized features; the
/// baseline that a quantized model is compared with.
Eigen::MatrixXd scores(const LinearModel& model, const Eigen::MatrixXd& features);
Eigen::MatrixXd scores(const SvmModel& model, const Eigen::MatrixXd& features);
Eigen::MatrixXd scores(const NetworkModel& model, const Eigen::MatrixXd& features);
Eigen::MatrixXd scores(const BayesModel& model, const Eigen::MatrixXd& features);
Eigen::MatrixXd scores(const ForestModel& model, const Eigen::MatrixXd& features);
Eigen::MatrixXd scores(const BlendModel& model, const Eigen::MatrixXd& features);

/// The class of a row's scores, as Model::class_of; threshold: of two classes, in the scores' unit.
inline std::size_t class_of(const Eigen::MatrixXd& scores, Eigen::Index row, double threshold) {
  if (scores.cols() == 1) return scores(row, 0) > threshold ? 1 : 0;
  Eigen::Index best = 0;
  scores.row(row).maxCoeff(&best);
  return static_cast<std::size_t>(best);
}

}  // namespace nuthatch::learn

#endif
