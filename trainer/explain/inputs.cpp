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

Inputs prepared_inputs(const exporting::ModelContents& contents, const data::Dataset& dataset,
                       const std::vector<std::size_t>& which) {
  const quantize::Preparation& preparation = *contents.preparation;
  Inputs inputs(std::ssize(which), std::ssize(preparation.steps));
  for (Eigen::Index row = 0; row < inputs.rows(); ++row) {
    for (std::size_t i = 0; i < preparation.steps.size(); ++i) {
      const std::size_t feature = preparation.steps[i].feature;
      const float value = dataset.columns[feature][which[static_cast<std::size_t>(row)]];
      const std::int16_t code = quantize::code_of(preparation.inputs, feature, value);
      inputs(row, static_cast<Eigen::Index>(i)) = quantize::column_code(preparation, i, code, std::isnan(value));
    }
  }
  return inputs;
}

}  // namespace

Inputs inputs_of(const exporting::LoadedModel& model, const data::Dataset& given,
                 const std::vector<std::size_t>& which) {
  const data::Dataset dataset = model.with_categories(given);
  if (model.contents().preparation) return prepared_inputs(model.contents(), dataset, which);
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
