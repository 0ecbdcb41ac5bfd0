#ifndef NUTHATCH_TRAINER_QUANTIZE_FAR_VALUES_HPP
#define NUTHATCH_TRAINER_QUANTIZE_FAR_VALUES_HPP

#include <Eigen/Core>
#include <optional>
#include <utility>
#include <vector>

#include "prepare/features.hpp"

namespace nuthatch::quantize {

/// Of standardized values, of which a few are so far from the others that they make most of the deviation (more than
/// eight times that of the others): the range of the others, as prepare::range_without_far says.
std::optional<std::pair<double, double>> range_without_far(const Eigen::VectorXd& values, double deviation);

/// The feature as if there were nothing beyond [low, high], in the CSV's units; a deviation is a quarter of that.
prepare::FeatureStatistics within(prepare::FeatureStatistics feature, float low, float high);

/// All features as if they had no far values; nothing where none has any. `features`: the standardized rows.
std::optional<std::vector<prepare::FeatureStatistics>> without_far(
    const std::vector<prepare::FeatureStatistics>& statistics, const Eigen::MatrixXd& features);

}  // namespace nuthatch::quantize

#endif
