#ifndef NUTHATCH_TESTS_UNIT_TRAINER_BAYES_HPP
#define NUTHATCH_TESTS_UNIT_TRAINER_BAYES_HPP

#include "prepare/labels.hpp"
#include "quantize/quantize.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

/// `train` with its defaults, as far as the model in floating point.
struct TrainedBayes {
  explicit TrainedBayes(const data::Dataset& dataset)
      : statistics(prepare::describe(dataset)),
        features(prepare::standardize(dataset, statistics)),
        classes(prepare::class_names(dataset)),
        indices(prepare::class_indices(dataset, classes)),
        model(learn::naive_bayes(examples(), 1e-9)) {}

  learn::Examples examples() const { return {features, values, indices, static_cast<std::int32_t>(classes.size())}; }

  quantize::QuantizedBayes quantize(quantize::Input input) const {
    const learn::Parameters parameters;
    return quantize::quantize(
        model, {statistics, examples(), parameters, quantize::Encoding(), input, quantize::Precision::kInt16});
  }

  exporting::LoadedModel deploy(const data::Dataset& dataset, quantize::Input input) const {
    exporting::ModelContents contents;
    contents.classifies = true;
    contents.feature_names = dataset.feature_names;
    contents.classes = classes;
    contents.predictor = quantize(input);
    contents.lineage = {"test", "naive-bayes", "label", "{}", std::vector<std::uint8_t>(32), dataset.rows(), 7, {}};
    return exporting::LoadedModel(exporting::write_model(contents));
  }

  std::vector<prepare::FeatureStatistics> statistics;
  Eigen::MatrixXd features;
  std::vector<std::string> classes;
  std::vector<std::int32_t> indices;
  std::vector<double> values;
  learn::BayesModel model;
};

}  // namespace nuthatch::trainer_test

#endif
