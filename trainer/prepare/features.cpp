#include "prepare/features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace nuthatch::prepare {
namespace {

/// The middle value, or the float32 nearest to the mean of the middle two. Reorders `values`.
float median_of(std::vector<float>& values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  const float below = *std::max_element(values.begin(), middle);
  return static_cast<float>((double{below} + double{*middle}) / 2);
}

float imputed(float value, const FeatureStatistics& feature) { return std::isnan(value) ? feature.imputed : value; }

void describe_spread(const std::vector<float>& column, FeatureStatistics& feature) {
  const auto count = static_cast<double>(column.size());
  double sum = 0;
  for (const float value : column) sum += imputed(value, feature);
  feature.mean = feature.constant ? feature.minimum : sum / count;
  double squares = 0;
  for (const float value : column) {
    const double difference = imputed(value, feature) - feature.mean;
    squares += difference * difference;
  }
  feature.deviation = feature.constant ? std::max(1.0, std::abs(feature.mean)) : std::sqrt(squares / count);
}

FeatureStatistics describe_column(const data::Dataset& dataset, std::size_t index, std::optional<float> imputed) {
  FeatureStatistics feature;
  feature.name = dataset.feature_names[index];
  std::vector<float> present = present_values(dataset.columns[index]);
  if (present.empty()) {
    throw data::DataError(fmt::format("{}: column \"{}\" has no value in any training row; leave it out with --drop {}",
                                      dataset.file, feature.name, data::as_argument(feature.name)));
  }
  feature.missing = dataset.columns[index].size() - present.size();
  const auto [minimum, maximum] = std::minmax_element(present.begin(), present.end());
  feature.minimum = *minimum;
  feature.maximum = *maximum;
  feature.constant = feature.minimum == feature.maximum;
  feature.integers =
      std::all_of(present.begin(), present.end(), [](float value) { return std::nearbyint(value) == value; });
  feature.imputed = imputed ? *imputed : median_of(present);
  feature.text = dataset.is_text(index);
  if (!feature.text) {
    feature.coverage = find_coverage(present, false);
    feature.count_coverage = find_coverage(present, true);
  }
  describe_spread(dataset.columns[index], feature);
  return feature;
}

}  // namespace

double quantile(const std::vector<float>& column, double q) {
  std::vector<float> present = present_values(column);
  if (present.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(present.begin(), present.end());
  const double place = q * static_cast<double>(present.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, present.size() - 1);
  return present[below] + (place - static_cast<double>(below)) * (double{present[above]} - double{present[below]});
}

std::vector<FeatureStatistics> describe(const data::Dataset& dataset,
                                        const std::vector<std::optional<float>>& imputed) {
  std::vector<FeatureStatistics> all;
  for (std::size_t i = 0; i < dataset.columns.size(); ++i) {
    all.push_back(describe_column(dataset, i, i < imputed.size() ? imputed[i] : std::nullopt));
  }
  return all;
}

namespace {

/// `value_of`: of a column and a row.
template <class ValueOf>
Eigen::MatrixXd standardize_values(const data::Dataset& dataset, const std::vector<FeatureStatistics>& statistics,
                                   const ValueOf& value_of) {
  Eigen::MatrixXd matrix(static_cast<Eigen::Index>(dataset.rows()), std::ssize(dataset.columns));
  for (std::size_t i = 0; i < dataset.columns.size(); ++i) {
    const FeatureStatistics& feature = statistics[i];
    auto out = matrix.col(static_cast<Eigen::Index>(i));
    for (std::size_t row = 0; row < dataset.columns[i].size(); ++row) {
      const double value = value_of(i, row);
      out[static_cast<Eigen::Index>(row)] =
          ((std::isnan(value) ? feature.imputed : value) - feature.mean) / feature.deviation * feature.stretch;
    }
  }
  return matrix;
}

}  // namespace

Eigen::MatrixXd standardize(const data::Dataset& dataset, const std::vector<FeatureStatistics>& statistics) {
  return standardize_values(dataset, statistics,
                            [&](std::size_t i, std::size_t row) { return double{dataset.columns[i][row]}; });
}

Eigen::MatrixXd standardize_exactly(const data::Dataset& dataset, const std::vector<FeatureStatistics>& statistics) {
  return standardize_values(dataset, statistics,
                            [&](std::size_t i, std::size_t row) { return dataset.exact_value(i, row); });
}

std::vector<FeatureStatistics> spread_exactly(const data::Dataset& dataset, std::vector<FeatureStatistics> statistics) {
  for (std::size_t i = 0; i < dataset.exact.size(); ++i) {
    std::vector<double> values = dataset.exact[i];
    FeatureStatistics& feature = statistics[i];
    for (double& value : values) value = std::isnan(value) ? feature.imputed : value;
    const bool varies = std::any_of(values.begin(), values.end(), [&](double value) { return value != values[0]; });
    if (!varies) continue;
    const auto count = static_cast<double>(values.size());
    // From the first value on, so that what varies little beside its size keeps its digits.
    double sum = 0, squares = 0;
    for (const double value : values) sum += value - values[0];
    feature.mean = values[0] + sum / count;
    for (const double value : values) squares += (value - feature.mean) * (value - feature.mean);
    if (!(squares > 0)) continue;
    feature.constant = false;
    feature.deviation = std::sqrt(squares / count);
  }
  return statistics;
}

bool float32_merges_rows(const data::Dataset& dataset) {
  constexpr std::size_t kShare = 20;  // one row in so many
  for (std::size_t i = 0; i < dataset.exact.size(); ++i) {
    std::vector<std::pair<float, double>> sorted;
    for (std::size_t row = 0; row < dataset.exact[i].size(); ++row) {
      if (!std::isnan(dataset.columns[i][row])) sorted.emplace_back(dataset.columns[i][row], dataset.exact[i][row]);
    }
    std::sort(sorted.begin(), sorted.end());
    std::size_t all = 0, most = 0;
    for (std::size_t begin = 0, end = 0; begin < sorted.size(); begin = end) {
      while (end < sorted.size() && sorted[end].first == sorted[begin].first) ++end;
      if (sorted[begin].second == sorted[end - 1].second) continue;
      all += end - begin;
      most = std::max(most, end - begin);
    }
    if (kShare * all > sorted.size() || most > tolerated_rows(sorted.size())) return true;
  }
  return false;
}

int raw_exponent(const FeatureStatistics& statistics) {
  const double largest = std::max(std::abs(double{statistics.minimum}), std::abs(double{statistics.maximum}));
  return statistics.integers && largest <= INT16_MAX ? 0 : exponent_for(largest);
}

int covering_exponent(const FeatureStatistics& statistics) {
  if (!statistics.count_coverage) return raw_exponent(statistics);
  FeatureStatistics covered = statistics;
  covered.minimum = statistics.count_coverage->low;
  covered.maximum = statistics.count_coverage->high;
  return raw_exponent(covered);
}

std::int16_t to_raw(float value, int exponent) {
  if (std::isnan(value)) return INT16_MIN;
  const double scaled = std::nearbyint(std::ldexp(double{value}, exponent));
  return static_cast<std::int16_t>(std::clamp(scaled, -32767.0, 32767.0));
}

}  // namespace nuthatch::prepare
