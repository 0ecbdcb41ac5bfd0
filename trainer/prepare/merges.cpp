#include "prepare/merges.hpp"

#include <algorithm>
#include <cmath>

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

/// Whether codes serve that make the values of so many rows one.
bool serves(double blurred_rows, std::size_t rows) { return blurred_rows <= static_cast<double>(tolerated_rows(rows)); }

double rows_blurred_by_codes(const std::vector<float>& values) {
  return blurred_by_codes(values) * static_cast<double>(values.size());
}

bool float32_serves(const std::vector<float>& values) { return serves(rows_blurred_by_codes(values), values.size()); }

/// Between the two neighbours of `sorted`, several values, that are farthest apart, where codes serve on both sides.
std::optional<double> splits_at(const std::vector<float>& sorted) {
  std::size_t at = 1;
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (double{sorted[i]} - sorted[i - 1] > double{sorted[at]} - sorted[at - 1]) at = i;
  }
  const auto border = sorted.begin() + static_cast<std::ptrdiff_t>(at);
  if (!float32_serves({sorted.begin(), border}) || !float32_serves({border, sorted.end()})) return {};
  return (double{sorted[at - 1]} + sorted[at]) / 2;
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
  const std::vector<float> values = present_values(column);
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

std::optional<CodeMerges> find_code_merges(const std::vector<float>& column) {
  constexpr double kShare = 0.02;
  std::vector<float> values = present_values(column);
  const double blurred = rows_blurred_by_codes(values);
  const auto rows = static_cast<double>(values.size());
  if (values.size() < 2 || serves(blurred, values.size()) || blurred < kShare * rows) return {};
  std::sort(values.begin(), values.end());
  CodeMerges found;
  found.share = blurred / rows;
  found.rows = static_cast<std::size_t>(std::lround(blurred));
  found.split = splits_at(values);
  found.by_logarithm = values.front() > 0 && float32_serves(each(values, [](double value) { return std::log(value); }));
  return found;
}

}  // namespace nuthatch::prepare
