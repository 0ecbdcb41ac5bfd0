#include "unit/network_pipeline.hpp"

#include <cmath>
#include <stdexcept>

#include "prepare/labels.hpp"

namespace nuthatch::trainer_test {

learn::Parameters default_network_parameters() { return learn::default_parameters(*learn::find_family("mlp")); }

FittedNetwork fit_network(const data::Dataset& train, bool classifies, const learn::Parameters& parameters) {
  FittedNetwork fitted;
  fitted.classifies = classifies;
  fitted.parameters = parameters;
  fitted.statistics = prepare::describe(train);
  fitted.features = prepare::standardize(train, fitted.statistics);
  if (classifies) {
    fitted.classes = prepare::class_names(train);
    fitted.indices = prepare::class_indices(train, fitted.classes);
  } else {
    fitted.values = prepare::target_values(train, false);
  }
  fitted.model = std::get<learn::NetworkModel>(learn::fit(*learn::find_family("mlp"), fitted.examples(), parameters));
  return fitted;
}

quantize::QuantizedNetwork quantized(const FittedNetwork& fitted, quantize::Input input) {
  const learn::Examples examples = fitted.examples();
  const quantize::Encoding unused;
  return quantize::quantize(
      fitted.model, {fitted.statistics, examples, fitted.parameters, unused, input, quantize::Precision::kInt8});
}

exporting::LoadedModel deploy_network(const data::Dataset& train, const FittedNetwork& fitted, quantize::Input input) {
  exporting::ModelContents contents;
  contents.classifies = fitted.classifies;
  contents.feature_names = train.feature_names;
  contents.classes = fitted.classes;
  contents.predictor = quantized(fitted, input);
  contents.baseline_rows = train.rows();
  contents.lineage = {"test", "mlp", "label", "{}", std::vector<std::uint8_t>(32), train.rows(), 7, {}};
  return exporting::LoadedModel(exporting::write_model(contents));
}

Eigen::MatrixXd float_scores(const FittedNetwork& fitted, const data::Dataset& rows) {
  return learn::scores(fitted.model, prepare::standardize(rows, fitted.statistics));
}

Eigen::MatrixXd device_scores(const exporting::LoadedModel& model, const data::Dataset& rows) {
  const exporting::Predictions predictions = model.predict(rows);
  const auto outputs = static_cast<Eigen::Index>(model.model().footprint().outputs);
  Eigen::MatrixXd scores(static_cast<Eigen::Index>(rows.rows()), outputs);
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    if (predictions.statuses[row] != Status::kOk) throw std::runtime_error("a row was refused");
    for (Eigen::Index k = 0; k < outputs; ++k) {
      const std::int32_t word = predictions.row(row)[static_cast<std::size_t>(k)];
      scores(static_cast<Eigen::Index>(row), k) = std::ldexp(word, -model.model().fraction_bits());
    }
  }
  return scores;
}

}  // namespace nuthatch::trainer_test
