#ifndef NUTHATCH_TRAINER_QUANTIZE_QUANTIZE_HPP
#define NUTHATCH_TRAINER_QUANTIZE_QUANTIZE_HPP

#include <optional>
#include <utility>

#include "learn/families.hpp"
#include "prepare/preparation.hpp"
#include "quantize/predictor.hpp"

namespace nuthatch::quantize {

/// What a learned model is to become, and the rows it was learned from.
struct Request {
  const std::vector<prepare::FeatureStatistics>& statistics;
  const learn::Examples& examples;
  const learn::Parameters& parameters;
  /// Of families that learn on codes: how the codes were made.
  const Encoding& encoding;
  Input input;
  Precision precision;
  /// No code is to be larger.
  std::int16_t most_code = INT16_MAX;
  /// Of two classes, in the scores' unit: a greater one is class 1.
  double threshold = 0;
};

/// The codes of families that learn on codes.
Encoding learning_codes(const learn::Family& family, const std::vector<prepare::FeatureStatistics>& statistics,
                        Input input);

/// How a column is made one whose codes tell its values apart.
struct Sharpening {
  std::optional<std::pair<float, float>> within;  ///< by prepare::keep_within
  bool by_octaves = false;                        ///< by prepare::add_octaves
};

/// One a column; empty where nothing is to be done, as for all families that choose codes by what their kind needs.
/// `columns`: those that the statistics and the preparation are of. Where a target has far values, too, columns stay
/// as they are: theirs may be what explains those.
std::vector<Sharpening> sharpenings(const learn::Family& family, const data::Dataset& columns,
                                    const prepare::Preparation& preparation,
                                    const std::vector<prepare::FeatureStatistics>& statistics,
                                    const std::vector<double>& targets, Input input);

/// A learned model in the device's arithmetic; an overload a kind. Throws std::runtime_error if a weight is not finite.
QuantizedLinear quantize(const learn::LinearModel& model, const Request& request);
QuantizedSvm quantize(const learn::SvmModel& model, const Request& request);
QuantizedNetwork quantize(const learn::NetworkModel& model, const Request& request);
QuantizedBayes quantize(const learn::BayesModel& model, const Request& request);
QuantizedForest quantize(const learn::ForestModel& model, const Request& request);
QuantizedBlend quantize(const learn::BlendModel& model, const Request& request);

}  // namespace nuthatch::quantize

#endif
