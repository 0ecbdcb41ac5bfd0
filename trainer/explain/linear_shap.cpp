#include "explain/linear_shap.hpp"

#include <cmath>

namespace nuthatch::explain {

LinearShap::LinearShap(const quantize::QuantizedLinear& model, std::size_t output, const Inputs& background) {
  const bool in_float = model.precision == quantize::Precision::kFloat32;
  const double unit = in_float ? std::ldexp(1.0, model.fraction_bits)
                               : std::ldexp(static_cast<double>(model.requantization[output].multiplier),
                                            -static_cast<int>(model.requantization[output].shift) - model.sum_shift);
  for (Eigen::Index i = 0; i < background.cols(); ++i) {
    const std::size_t at = output * model.stride + static_cast<std::size_t>(i);
    gains_.push_back(unit * (in_float ? static_cast<double>(model.weights_float32[at]) : model.weights[at]));
    means_.push_back(background.col(i).mean());
  }
}

std::vector<double> LinearShap::of(std::span<const double> row) const {
  std::vector<double> sums(row.size());
  for (std::size_t i = 0; i < row.size(); ++i) sums[i] = gains_[i] * (row[i] - means_[i]);
  return sums;
}

}  // namespace nuthatch::explain
