#include "explain/inputs.hpp"

#include <cmath>

namespace nuthatch::explain {
namespace {

double input_of(const quantize::Quantized& model, std::size_t feature, float value) {
  const quantize::Encoding& encoding = model.encoding;
  const double code = quantize::code_of(encoding, feature, value);
  const bool rounded = model.precision != quantize::Precision::kFloat32 || encoding.input != quantize::Input::kFloat32;
  if (rounded || std::isnan(value)) return code;
  const float scaled = (value - encoding.features[feature].offset) * encoding.features[feature].scale;
  return std::abs(scaled) <= static_cast<float>(encoding.code_limit) ? double{scaled} : code;
}

}  // namespace

Inputs inputs_of(const exporting::LoadedModel& model, const data::Dataset& dataset,
                 const std::vector<std::size_t>& which) {
  Inputs inputs(std::ssize(which), std::ssize(dataset.columns));
  for (Eigen::Index row = 0; row < inputs.rows(); ++row) {
    for (Eigen::Index i = 0; i < inputs.cols(); ++i) {
      const auto feature = static_cast<std::size_t>(i);
      const float value = dataset.columns[feature][which[static_cast<std::size_t>(row)]];
      inputs(row, i) = input_of(model.contents().common(), feature, value);
    }
  }
  return inputs;
}

}  // namespace nuthatch::explain
