#ifndef NUTHATCH_TESTS_GOLDEN_SOLUTION_HPP
#define NUTHATCH_TESTS_GOLDEN_SOLUTION_HPP

#include <Eigen/Core>
#include <string>

#include "unit/trainer_pipeline.hpp"

/// What the goldens say, and what can be said of a solution without them.
namespace nuthatch::golden {

/// DATASET.FAMILY.json of make_golden.py.
struct Solution {
  std::vector<double> median;
  std::vector<double> mean;
  std::vector<double> deviation;
  learn::LinearModel model;
  Eigen::MatrixXd decisions;  ///< test rows x outputs
};

Solution read_solution(const std::string& set, const std::string& family);

/// Trained once a program, as two test cases look at each.
const trainer_test::Fitted& fitted_on(const std::string& set, const std::string& family);

/// The gradient of the problem that a classifier's comment in learn/linear.hpp states, at `model` (C = 1): features x
/// outputs, and below them the biases' row. Zero at the solution and nowhere else.
Eigen::MatrixXd slope(const std::string& family, const trainer_test::Fitted& fitted, const learn::LinearModel& model);

/// Weights and biases in slope()'s arrangement.
Eigen::MatrixXd stacked(const learn::LinearModel& model);

}  // namespace nuthatch::golden

#endif
