#ifndef NUTHATCH_TRAINER_EXPLAIN_LINEAR_SHAP_HPP
#define NUTHATCH_TRAINER_EXPLAIN_LINEAR_SHAP_HPP

#include <span>
#include <vector>

#include "explain/inputs.hpp"
#include "quantize/linear.hpp"

namespace nuthatch::explain {

/// Exact Shapley values of one score of a linear model, as its sum is before it is rounded to score words: of feature i
/// w_i (x_i - the background's mean of it), the same for any order in which features are added.
class LinearShap {
 public:
  /// `output`: the score, below model.outputs. `background`: one row at least.
  LinearShap(const quantize::QuantizedLinear& model, std::size_t output, const Inputs& background);

  /// row: inputs, one a feature. In score words, one a feature.
  std::vector<double> of(std::span<const double> row) const;

 private:
  std::vector<double> gains_;  ///< score words a unit of input
  std::vector<double> means_;
};

}  // namespace nuthatch::explain

#endif
