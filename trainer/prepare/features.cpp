#include "prepare/features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nuthatch::prepare {
namespace {

FeatureStatistics describe_column(const data::Dataset& dataset, std::size_t index) {
  const std::vector<float>& column = dataset.columns[index];
  FeatureStatistics statistics;
  statistics.name = dataset.feature_names[index];
  statistics.integers = true;
  double sum = 0;
  std::uint64_t count = 0;
  for (const float value : column) {
    if (std::isnan(value)) continue;
    statistics.minimum = count == 0 ? value : std::min(statistics.minimum, value);
    statistics.maximum = count == 0 ? value : std::max(statistics.maximum, value);
    statistics.integers = statistics.integers && std::nearbyint(value) == value;
    sum += value;
    ++count;
  }
  if (count == 0) {
    throw data::DataError(fmt::format("{}: column \"{}\" has no value in any training row; leave it out with --drop {}",
                                      dataset.file, statistics.name, statistics.name));
  }
  statistics.missing = column.size() - count;
  statistics.mean = sum / static_cast<double>(count);
  double squares = 0;
  for (const float value : column) {
    if (!std::isnan(value)) squares += (value - statistics.mean) * (value - statistics.mean);
  }
  statistics.constant = statistics.minimum == statistics.maximum;
  if (statistics.constant) statistics.mean = statistics.minimum;
  statistics.deviation = statistics.constant ? std::max(1.0, std::abs(statistics.mean))
                                             : std::sqrt(squares / static_cast<double>(count));
  return statistics;
}

}  // namespace

std::vector<FeatureStatistics> describe(const data::Dataset& dataset) {
  std::vector<FeatureStatistics> all;
  for (std::size_t i = 0; i < dataset.columns.size(); ++i) all.push_back(describe_column(dataset, i));
  return all;
}

Eigen::MatrixXd standardize(const data::Dataset& dataset, const std::vector<FeatureStatistics>& statistics) {
  Eigen::MatrixXd matrix(static_cast<Eigen::Index>(dataset.rows()), std::ssize(dataset.columns));
  for (std::size_t i = 0; i < dataset.columns.size(); ++i) {
    const FeatureStatistics& feature = statistics[i];
    auto out = matrix.col(static_cast<Eigen::Index>(i));
    for (std::size_t row = 0; row < dataset.columns[i].size(); ++row) {
      const float value = dataset.columns[i][row];
      out[static_cast<Eigen::Index>(row)] = std::isnan(value) ? 0 : (value - feature.mean) / feature.deviation;
    }
  }
  return matrix;
}

int raw_exponent(const FeatureStatistics& statistics) {
  constexpr double kMost = 32767;
  const double largest = std::max(std::abs(double{statistics.minimum}), std::abs(double{statistics.maximum}));
  if (statistics.integers && largest <= kMost) return 0;
  constexpr double kHeadroom = 1.25;
  const double room = std::log2(kMost / (kHeadroom * largest));
  return static_cast<int>(std::clamp(std::floor(room), -126.0, 126.0));
}

std::int16_t to_raw(float value, int exponent) {
  if (std::isnan(value)) return INT16_MIN;
  const double scaled = std::nearbyint(std::ldexp(double{value}, exponent));
  return static_cast<std::int16_t>(std::clamp(scaled, -32767.0, 32767.0));
}

}  // namespace nuthatch::prepare
