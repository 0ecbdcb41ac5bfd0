#include "prepare/merges.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "prepare/features.hpp"

namespace nuthatch::prepare {
namespace {

/// What raw counts of the values are worth, laid as a model of kinds that learn on codes lays them.
int exponent_of(const std::vector<float>& values) {
  FeatureStatistics feature;
  const auto [minimum, maximum] = std::minmax_element(values.begin(), values.end());
  feature.minimum = *minimum;
  feature.maximum = *maximum;
  feature.integers =
      std::all_of(values.begin(), values.end(), [](float value) { return std::nearbyint(value) == value; });
  feature.count_coverage = find_coverage(values, true);
  return covering_exponent(feature);
}

bool counts_serve(const std::vector<float>& values) {
  const int exponent = exponent_of(values);
  return tells_apart(values, [&](float value) { return to_raw(value, exponent); });
}

bool float32_serves(const std::vector<float>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const std::optional<Coverage> coverage = find_coverage(values, false);
  if (coverage)
    return coverage->blurred * static_cast<double>(values.size()) <= static_cast<double>(tolerated_rows(values.size()));
  // There is none where codes over the whole range serve, and where no others are better.
  const double middle = (double{*low} + double{*high}) / 2;
  const double scale = 26213 / std::max((double{*high} - double{*low}) / 2, 1e-300);
  return tells_apart(values,
                     [&](float value) { return static_cast<std::int32_t>(std::lround((value - middle) * scale)); });
}

template <class Change>
std::vector<float> each(std::vector<float> values, const Change& change) {
  for (float& value : values) value = static_cast<float>(change(double{value}));
  return values;
}

std::size_t different(std::vector<float> values) {
  std::sort(values.begin(), values.end());
  return static_cast<std::size_t>(std::unique(values.begin(), values.end()) - values.begin());
}

}  // namespace

std::optional<CountMerges> find_count_merges(const std::vector<float>& column, double offset) {
  constexpr double kLost = 0.05;  // of the different values
  std::vector<float> values;
  std::copy_if(column.begin(), column.end(), std::back_inserter(values),
               [](float value) { return std::isfinite(value); });
  if (values.size() < 2 || counts_serve(values)) return {};
  const int exponent = exponent_of(values);
  CountMerges found;
  found.different = different(values);
  found.kept = different(each(values, [&](double value) { return to_raw(static_cast<float>(value), exponent); }));
  found.step = std::ldexp(1.0, -exponent);
  if (static_cast<double>(found.different - found.kept) < kLost * static_cast<double>(found.different)) return {};
  found.by_offset = offset != 0 && counts_serve(each(values, [&](double value) { return value - offset; }));
  found.by_float32 = float32_serves(values);
  const bool positive = *std::min_element(values.begin(), values.end()) > 0;
  found.by_logarithm = positive && counts_serve(each(values, [](double value) { return std::log(value); }));
  return found;
}

}  // namespace nuthatch::prepare
