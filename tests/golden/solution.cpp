#include "golden/solution.hpp"

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

namespace nuthatch::golden {

using learn::LinearModel;
using trainer_test::Fitted;

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::MatrixXd matrix(const std::vector<double>& values, Eigen::Index columns) {
  return Eigen::Map<const RowMajor>(values.data(), std::ssize(values) / columns, columns);
}

/// Derivative of the losses by the scores, in place of the scores.
void logistic_slope(const Fitted& fitted, Eigen::MatrixXd& scores) {
  for (Eigen::Index row = 0; row < scores.rows(); ++row) {
    const std::int32_t label = fitted.indices[static_cast<std::size_t>(row)];
    if (scores.cols() == 1) {
      scores(row, 0) = 1 / (1 + std::exp(-scores(row, 0))) - label;
    } else {
      const double sum = scores.row(row).array().exp().sum();
      scores.row(row) = scores.row(row).array().exp() / sum;
      scores(row, label) -= 1;
    }
  }
}

void hinge_slope(const Fitted& fitted, Eigen::MatrixXd& scores) {
  for (Eigen::Index row = 0; row < scores.rows(); ++row) {
    for (Eigen::Index k = 0; k < scores.cols(); ++k) {
      const std::int32_t positive = scores.cols() == 1 ? 1 : static_cast<std::int32_t>(k);
      const double sign = fitted.indices[static_cast<std::size_t>(row)] == positive ? 1 : -1;
      scores(row, k) = -2 * sign * std::max(0.0, 1 - sign * scores(row, k));
    }
  }
}

}  // namespace

Solution read_solution(const std::string& set, const std::string& family) {
  std::ifstream file(std::string(NUTHATCH_TEST_DATA "/golden/sklearn/") + set + "." + family + ".json");
  const auto json = nlohmann::json::parse(file);
  const auto numbers = [&](const char* key) { return json.at(key).get<std::vector<double>>(); };
  const std::vector<double> bias = numbers("bias");
  Solution solution{numbers("median"), numbers("mean"), numbers("deviation"), {}, {}};
  solution.model.weights = matrix(numbers("weights"), std::ssize(solution.mean));
  solution.model.bias = Eigen::Map<const Eigen::VectorXd>(bias.data(), std::ssize(bias));
  solution.decisions = matrix(numbers("decisions"), json.at("outputs").get<Eigen::Index>());
  return solution;
}

const Fitted& fitted_on(const std::string& set, const std::string& family) {
  static std::map<std::string, Fitted> all;
  const std::string key = set + "." + family;
  const auto known = all.find(key);
  if (known != all.end()) return known->second;
  return all.emplace(key, trainer_test::fit(trainer_test::load(set + ".train"), family)).first->second;
}

Eigen::MatrixXd stacked(const LinearModel& model) {
  Eigen::MatrixXd all(model.weights.cols() + 1, model.weights.rows());
  all << model.weights.transpose(), model.bias.transpose();
  return all;
}

Eigen::MatrixXd slope(const std::string& family, const Fitted& fitted, const LinearModel& model) {
  Eigen::MatrixXd scores = (fitted.features * model.weights.transpose()).rowwise() + model.bias.transpose();
  family == "logistic" ? logistic_slope(fitted, scores) : hinge_slope(fitted, scores);
  Eigen::MatrixXd gradient = stacked(model);  // that of the penalty
  if (family == "logistic") gradient.bottomRows(1).setZero();
  gradient.topRows(fitted.features.cols()) += fitted.features.transpose() * scores;
  gradient.bottomRows(1) += scores.colwise().sum();
  return gradient;
}

}  // namespace nuthatch::golden
