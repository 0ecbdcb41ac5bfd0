#ifndef NUTHATCH_TRAINER_LEARN_EXAMPLES_HPP
#define NUTHATCH_TRAINER_LEARN_EXAMPLES_HPP

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <vector>

#include "learn/row_plan.hpp"

namespace nuthatch::learn {

/// rows x features of codes, column after column (SPEC.md, "Codes").
using CodeMatrix = Eigen::Matrix<std::int16_t, Eigen::Dynamic, Eigen::Dynamic>;

/// What a feature's codes mean: z = code * unit + shift_in_z, z the standardized feature; unit 0: nothing.
struct CodeScale {
  double unit = 0;
  double shift_in_z = 0;
  bool counts = false;  ///< codes are raw counts: no value lies between two
  /// Codes are ranks of the features' different values, from 0 on: borders lie between values, as exact as they are.
  bool ranks = false;
  /// The standardized value between a code and the next, where codes are not linear; null where they are.
  std::function<double(std::int16_t)> border = {};
};

/// Called now and then with steps done and in all.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Rows of standardized features with what is to be learned: `values` for regression, class indices otherwise.
struct Examples {
  const Eigen::MatrixXd& features;
  const std::vector<double>& values;
  const std::vector<std::int32_t>& classes;
  std::int32_t class_count = 0;  ///< 0: regression
  /// The same rows as the device sees them; only for families that learn on codes.
  const CodeMatrix* codes = nullptr;
  Progress progress = {};  ///< if there is one
  /// One a feature, where there are codes.
  std::vector<CodeScale> scales = {};
  /// How much each row of a class counts, one a class; empty: all count 1.
  std::vector<double> class_weights = {};
  const RowPlan* plan = nullptr;  ///< of these rows, where some are held out to stop or to calibrate by; or stratified

  Drawing drawing() const { return plan == nullptr ? Drawing::kStratified : plan->kind; }
  bool classifies() const { return class_count > 0; }
  double class_weight(std::int32_t index) const {
    return class_weights.empty() ? 1 : class_weights[static_cast<std::size_t>(index)];
  }
  double weight(std::size_t row) const { return class_weights.empty() ? 1 : class_weight(classes[row]); }
};

}  // namespace nuthatch::learn

#endif
