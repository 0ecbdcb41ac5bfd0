#ifndef NUTHATCH_TRAINER_LEARN_BAYES_HPP
#define NUTHATCH_TRAINER_LEARN_BAYES_HPP

#include <Eigen/Core>

#include "learn/examples.hpp"

namespace nuthatch::learn {

/// Every feature normally distributed in each class, independently of the others.
struct BayesModel {
  Eigen::MatrixXd means;      ///< classes x features, of the standardized features
  Eigen::MatrixXd variances;  ///< classes x features, all positive
  Eigen::VectorXd priors;     ///< each class's share of the rows
};

/// Maximum likelihood; to all variances is added `var_smoothing` times the largest variance of a feature, as
/// scikit-learn's GaussianNB does. Throws std::runtime_error if a class has no row.
BayesModel naive_bayes(const Examples& examples, double var_smoothing);

/// log(prior * density) of each class but for what the row's features add to every class alike: what is left where
/// each feature is at the class's mean.
Eigen::VectorXd peak_log_likelihoods(const BayesModel& model);

}  // namespace nuthatch::learn

#endif
