#include "learn/bayes.hpp"

#include <numbers>
#include <stdexcept>

#include "learn/families.hpp"

namespace nuthatch::learn {
namespace {

Eigen::VectorXd rows_of_classes(const Examples& examples) {
  Eigen::VectorXd rows = Eigen::VectorXd::Zero(examples.class_count);
  for (const std::int32_t k : examples.classes) rows[k] += 1;
  if (examples.class_count == 0 || (rows.array() == 0).any()) {
    throw std::runtime_error("naive-bayes: a class has no row to learn from");
  }
  return rows;
}

/// classes x features: the sums over each class's rows of value(row, column).
template <class Value>
Eigen::MatrixXd sums_by_class(const Examples& examples, const Value& value) {
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(examples.class_count, examples.features.cols());
  for (Eigen::Index column = 0; column < sums.cols(); ++column) {
    auto sum = sums.col(column);
    for (Eigen::Index row = 0; row < examples.features.rows(); ++row) {
      sum[examples.classes[static_cast<std::size_t>(row)]] += value(row, column);
    }
  }
  return sums;
}

/// Of the features over all rows. Standardized ones have 1, or 0 where the column is constant.
double largest_variance(const Eigen::MatrixXd& features) {
  double largest = 0;
  for (Eigen::Index column = 0; column < features.cols(); ++column) {
    const auto values = features.col(column).array();
    largest = std::max(largest, (values - values.mean()).square().mean());
  }
  return largest;
}

/// rows x classes: log(prior * density), without the constant that all classes share.
Eigen::MatrixXd joint_log_likelihood(const BayesModel& model, const Eigen::MatrixXd& features) {
  Eigen::MatrixXd result(features.rows(), model.means.rows());
  const Eigen::VectorXd peaks = peak_log_likelihoods(model);
  for (Eigen::Index k = 0; k < model.means.rows(); ++k) {
    const Eigen::VectorXd weights = 0.5 / model.variances.row(k).array();
    result.col(k) = peaks[k] - ((features.rowwise() - model.means.row(k)).array().square().matrix() * weights).array();
  }
  return result;
}

}  // namespace

BayesModel naive_bayes(const Examples& examples, double var_smoothing) {
  const Eigen::VectorXd rows = rows_of_classes(examples);
  const Eigen::MatrixXd& features = examples.features;
  BayesModel model;
  model.priors = rows;
  for (Eigen::Index k = 0; k < rows.size(); ++k) model.priors[k] *= examples.class_weight(static_cast<std::int32_t>(k));
  model.priors /= model.priors.sum();
  const Eigen::MatrixXd sums = sums_by_class(examples, [&](auto row, auto column) { return features(row, column); });
  model.means = sums.array().colwise() / rows.array();
  const Eigen::MatrixXd squares = sums_by_class(examples, [&](Eigen::Index row, Eigen::Index column) {
    const double difference =
        features(row, column) - model.means(examples.classes[static_cast<std::size_t>(row)], column);
    return difference * difference;
  });
  const double largest = largest_variance(features);
  // Where every column is constant any positive variance does: the features tell nothing apart.
  model.variances = (squares.array().colwise() / rows.array()) + var_smoothing * (largest > 0 ? largest : 1.0);
  return model;
}

Eigen::VectorXd peak_log_likelihoods(const BayesModel& model) {
  return model.priors.array().log() - 0.5 * (2 * std::numbers::pi * model.variances).array().log().rowwise().sum();
}

std::vector<Family> bayes_families() {
  return {{"naive-bayes",
           true,
           false,
           "Gaussian naive Bayes",
           {{"var-smoothing", "1e-9", "share of the largest variance of a feature that is added to all variances"}},
           {"int16"},
           false,
           [](const Examples& examples, const Parameters& parameters) -> Learned {
             return naive_bayes(examples, parameters.var_smoothing);
           }}};
}

/// Two classes: the log-odds of class 1. Several: relative to the likeliest.
Eigen::MatrixXd scores(const BayesModel& model, const Eigen::MatrixXd& features) {
  const Eigen::MatrixXd joint = joint_log_likelihood(model, features);
  if (joint.cols() == 2) return joint.col(1) - joint.col(0);
  return joint.colwise() - joint.rowwise().maxCoeff();
}

}  // namespace nuthatch::learn
