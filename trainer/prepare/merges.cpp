#include "prepare/merges.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

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

/// What the change makes of the values, as float32.
template <class Number, class Change>
std::vector<float> each(const std::vector<Number>& values, const Change& change) {
  std::vector<float> changed;
  changed.reserve(values.size());
  for (const Number value : values) changed.push_back(static_cast<float>(change(double{value})));
  return changed;
}

template <class Value>
std::size_t different(std::vector<Value> values) {
  std::sort(values.begin(), values.end());
  return static_cast<std::size_t>(std::unique(values.begin(), values.end()) - values.begin());
}

/// The range of the values without a few that are far from all others.
std::pair<double, double> usual_range(const std::vector<double>& values) {
  constexpr double kTimes = 8;  // as of saturating counts
  if (const auto found = range_without_far(values, kTimes)) return *found;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {*low, *high};
}

/// The middle of a range, as round as the range allows.
double round_middle(std::pair<double, double> range) {
  const double width = range.second - range.first;
  const double round_to = std::pow(10, std::ceil(std::log10(width)));
  const double middle = range.first + width / 2;
  return width > 0 && round_to > 0 ? std::round(middle / round_to) * round_to : middle;
}

/// In two steps, as a double has no 1e310.
double times_power(double value, int power) {
  const int half = power / 2;
  return value * std::pow(10, half) * std::pow(10, power - half);
}

/// The power of ten that makes the largest of the values 1 to 10; nothing where it is that or 0.
std::optional<int> power_to_one(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  const int power = largest > 0 ? -static_cast<int>(std::floor(std::log10(largest))) : 0;
  return power != 0 ? std::optional(power) : std::nullopt;
}

bool are_positive(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()) > 0; }

/// Whether float32 tells at least 99 in 100 of the different values apart once they are changed: of a million chance
/// merges a few.
bool is_told(std::size_t all, std::size_t told) {
  constexpr double kLost = 0.01;
  return static_cast<double>(all - std::min(all, told)) <= kLost * static_cast<double>(all);
}

}  // namespace

std::optional<CountMerges> find_count_merges(const std::vector<float>& column, const std::vector<double>& exact) {
  constexpr double kLost = 0.05;  // of the different values
  const std::vector<float> values = present_values(column);
  if (values.size() < 2 || counts_serve(values)) return {};
  const int exponent = exponent_of(values);
  CountMerges found;
  found.different = different(values);
  found.kept = different(each(values, [&](double value) { return to_raw(static_cast<float>(value), exponent); }));
  found.step = std::ldexp(1.0, -exponent);
  if (static_cast<double>(found.different - found.kept) < kLost * static_cast<double>(found.different)) return {};
  const std::vector<double> written = present_values(exact);
  Remedies& remedies = found.remedies;
  const double offset = round_middle(usual_range(written));
  const bool shifts = offset != 0 && counts_serve(each(written, [&](double value) { return value - offset; }));
  if (shifts) remedies.offset = offset;
  const std::optional<int> power = power_to_one(written);
  const bool scales = power && counts_serve(each(written, [&](double value) { return times_power(value, *power); }));
  if (scales) remedies.power = power;
  remedies.by_float32 = float32_serves(values) && is_told(different(written), found.different);
  remedies.by_logarithm =
      are_positive(written) && counts_serve(each(written, [](double value) { return std::log(value); }));
  return found;
}

Float32Merges find_float32_remedies(const std::vector<double>& exact) {
  constexpr double kFar = 4;  // times the range
  Float32Merges found;
  const std::vector<double> values = present_values(exact);
  if (values.empty()) return found;
  const auto range = usual_range(values);
  found.far = std::max(std::abs(range.first), std::abs(range.second)) >= kFar * (range.second - range.first);
  const std::size_t all = different(values);
  const auto serves = [&](const auto& change) { return is_told(all, different(each(values, change))); };
  std::vector<double> usual;
  std::copy_if(values.begin(), values.end(), std::back_inserter(usual),
               [&](double value) { return range.first <= value && value <= range.second; });
  const double offset = round_middle(range);
  const auto shifted = each(usual, [&](double value) { return value - offset; });
  if (offset != 0 && is_told(different(usual), different(shifted))) found.remedies.offset = offset;
  const std::optional<int> power = power_to_one(values);
  if (power && serves([&](double value) { return times_power(value, *power); })) found.remedies.power = power;
  found.remedies.by_logarithm = are_positive(values) && serves([](double value) { return std::log(value); });
  for (const double divisor : {1.0, 1e6}) {
    if (found.remedies.divisor) break;
    const auto whole = [&](double value) { return std::floor(value / divisor); };
    const std::vector<float> quotients = each(values, whole);
    const std::vector<float> remainders = each(values, [&](double value) { return value - whole(value) * divisor; });
    std::vector<std::pair<float, float>> pairs;
    for (std::size_t i = 0; i < values.size(); ++i) pairs.emplace_back(quotients[i], remainders[i]);
    const bool parts = different(quotients) > 1 && different(remainders) > 1;
    if (parts && is_told(all, different(pairs))) found.remedies.divisor = divisor;
  }
  return found;
}

std::optional<CodeMerges> find_code_merges(const std::vector<float>& column, const std::vector<double>& exact) {
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
  const std::vector<double> written = present_values(exact);
  const std::optional<int> power = power_to_one(written);
  const bool scales = power && float32_serves(each(written, [&](double value) { return times_power(value, *power); }));
  if (scales) found.power = power;
  found.by_logarithm =
      are_positive(written) && float32_serves(each(written, [](double value) { return std::log(value); }));
  return found;
}

}  // namespace nuthatch::prepare
