#ifndef NUTHATCH_TESTS_UNIT_NETWORK_PIPELINE_HPP
#define NUTHATCH_TESTS_UNIT_NETWORK_PIPELINE_HPP

#include <string>
#include <vector>

#include "data/csv.hpp"
#include "export/loaded_model.hpp"
#include "learn/families.hpp"
#include "prepare/features.hpp"
#include "quantize/quantize.hpp"

/// The trainer's stages for the family mlp, as `nuthatch train` calls them, for the tests that look between them.
namespace nuthatch::trainer_test {

struct FittedNetwork {
  bool classifies = false;
  learn::Parameters parameters;
  std::vector<prepare::FeatureStatistics> statistics;
  Eigen::MatrixXd features;
  std::vector<std::string> classes;
  std::vector<std::int32_t> indices;
  std::vector<double> values;
  learn::NetworkModel model;

  learn::Examples examples() const { return {features, values, indices, static_cast<std::int32_t>(classes.size())}; }
};

learn::Parameters default_network_parameters();
FittedNetwork fit_network(const data::Dataset& train, bool classifies,
                          const learn::Parameters& parameters = default_network_parameters());

quantize::QuantizedNetwork quantized(const FittedNetwork& fitted, quantize::Input input = quantize::Input::kFloat32);
exporting::LoadedModel deploy_network(const data::Dataset& train, const FittedNetwork& fitted,
                                      quantize::Input input = quantize::Input::kFloat32);
/// The learned model's own scores, in units of a score.
Eigen::MatrixXd float_scores(const FittedNetwork& fitted, const data::Dataset& rows);
/// The device's, in the same units; every row must be answered.
Eigen::MatrixXd device_scores(const exporting::LoadedModel& model, const data::Dataset& rows);

}  // namespace nuthatch::trainer_test

#endif
