#include "quantize/far_values.hpp"

#include <algorithm>

namespace nuthatch::quantize {

std::optional<std::pair<double, double>> range_without_far(const Eigen::VectorXd& values, double deviation) {
  constexpr double kMost = 8;  // times the least deviation that is found
  // Where nearly all rows are not near the mean, far ones do not make the deviation.
  const auto near = (values.array().abs() <= 0.85 * deviation).count();
  if (5 * near < 4 * values.size()) return {};
  return prepare::range_without_far({values.begin(), values.end()}, kMost);
}

prepare::FeatureStatistics within(prepare::FeatureStatistics feature, float low, float high) {
  feature.minimum = low;
  feature.maximum = high;
  feature.mean = (double{low} + double{high}) / 2;
  feature.deviation = std::min(feature.deviation, (double{high} - double{low}) / 4);
  return feature;
}

std::optional<std::vector<prepare::FeatureStatistics>> without_far(
    const std::vector<prepare::FeatureStatistics>& statistics, const Eigen::MatrixXd& features) {
  std::vector<prepare::FeatureStatistics> found = statistics;
  bool any = false;
  for (std::size_t i = 0; i < found.size(); ++i) {
    prepare::FeatureStatistics& feature = found[i];
    const auto range = range_without_far(features.col(static_cast<Eigen::Index>(i)), feature.stretch);
    if (!range) continue;
    const double unit = feature.deviation / feature.stretch;
    const auto low = static_cast<float>(feature.mean + unit * range->first);
    const auto high = static_cast<float>(feature.mean + unit * range->second);
    if (!(low < high)) continue;
    feature = within(feature, low, high);
    any = true;
  }
  return any ? std::optional(found) : std::nullopt;
}

}  // namespace nuthatch::quantize
