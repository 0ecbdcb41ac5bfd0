#include "prepare/coverage.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <numeric>

namespace nuthatch::prepare {
namespace {

constexpr std::int32_t kMostCode = 32767;
constexpr double kHeadroom = 1.25;
/// Shares of the different values that may be left out on a side, beside none and a few.
constexpr double kTrims[] = {0.001, 0.01, 0.05};
constexpr std::size_t kFewTrims[] = {0, 1, 3};
constexpr std::size_t kFewestBlurred = 4;
constexpr std::size_t kBlurredShare = 128;

std::int32_t saturated(double code) {
  return static_cast<std::int32_t>(std::clamp<double>(code, -kMostCode, kMostCode));
}

CodeOf linear_codes(float low, float high) {
  const double middle = (double{low} + double{high}) / 2;
  const double scale = kMostCode / (kHeadroom * (double{high} - double{low}) / 2);
  return [=](float value) { return saturated(std::nearbyint((value - middle) * scale)); };
}

CodeOf count_codes(float low, float high, bool integers) {
  const double largest = std::max(std::abs(double{low}), std::abs(double{high}));
  const double unit = std::ldexp(1.0, integers && largest <= kMostCode ? 0 : exponent_for(largest));
  return [=](float value) { return saturated(std::nearbyint(value * unit)); };
}

CodeOf octave_codes(float low, float high) {
  const int shift = octave_shift(low, high);
  const std::int64_t base = (std::int64_t{order_of(low)} + order_of(high)) / 2 >> shift;
  return [=](float value) { return saturated(static_cast<double>((order_of(value) >> shift) - base)); };
}

/// The different values, rising, and how many rows have each.
struct Values {
  std::vector<float> values;
  std::vector<std::size_t> rows;
  std::size_t all = 0;
};

Values sorted(std::vector<float> column) {
  std::sort(column.begin(), column.end());
  Values found;
  found.all = column.size();
  for (const float value : column) {
    if (found.values.empty() || found.values.back() != value) {
      found.values.push_back(value);
      found.rows.push_back(0);
    }
    ++found.rows.back();
  }
  return found;
}

/// Rows of the fullest code that several values share.
std::size_t most_blurred(const Values& values, const CodeOf& code_of) {
  std::size_t most = 0;
  std::size_t rows = 0;
  std::int32_t last = 0;
  bool shared = false;
  for (std::size_t i = 0; i < values.values.size(); ++i) {
    const std::int32_t code = code_of(values.values[i]);
    shared = i > 0 && code == last;
    rows = shared ? rows + values.rows[i] : values.rows[i];
    if (shared) most = std::max(most, rows);
    last = code;
  }
  return most;
}

/// Of many rows, without sorting them: whether no code that several values share has more than the tolerated rows.
bool serves(const std::vector<float>& column, const CodeOf& code_of, std::size_t tolerated) {
  constexpr std::size_t kMany = 10000;
  if (column.size() < kMany) return most_blurred(sorted(column), code_of) <= tolerated;
  struct Cell {
    std::size_t rows = 0;
    float value = 0;
    bool shared = false;
  };
  std::vector<Cell> cells(2 * kMostCode + 1);
  for (const float value : column) {
    Cell& cell = cells[static_cast<std::size_t>(code_of(value) + kMostCode)];
    cell.shared = cell.shared || (cell.rows > 0 && cell.value != value);
    cell.value = value;
    ++cell.rows;
  }
  return std::none_of(cells.begin(), cells.end(),
                      [&](const Cell& cell) { return cell.shared && cell.rows > tolerated; });
}

std::vector<std::size_t> trims_of(std::size_t values) {
  std::vector<std::size_t> trims(std::begin(kFewTrims), std::end(kFewTrims));
  for (const double share : kTrims) trims.push_back(static_cast<std::size_t>(share * static_cast<double>(values)));
  std::sort(trims.begin(), trims.end());
  trims.erase(std::unique(trims.begin(), trims.end()), trims.end());
  return trims;
}

/// How many different values are left out below and above; the level says how much that is in all.
struct Trim {
  std::size_t low = 0;
  std::size_t high = 0;
  std::size_t level = 0;
};

/// The least first.
std::vector<Trim> trims_on_sides(std::size_t values) {
  std::vector<Trim> all;
  const std::vector<std::size_t> trims = trims_of(values);
  for (std::size_t level = 0; level < 2 * trims.size() - 1; ++level) {
    for (std::size_t low = 0; low <= level; ++low) {
      const std::size_t high = level - low;
      if (low >= trims.size() || high >= trims.size() || trims[low] + trims[high] + 2 > values) continue;
      all.push_back({trims[low], trims[high], level});
    }
  }
  return all;
}

struct Range {
  float low = 0;
  float high = 0;
  std::size_t blurred = SIZE_MAX;
};

/// The range that blurs the fewest rows: the least is left out that is tolerable.
Range best_range(const Values& values, std::size_t tolerated, const std::function<CodeOf(float, float)>& codes) {
  Range best;
  std::size_t level = 0;
  for (const Trim& trim : trims_on_sides(values.values.size())) {
    if (trim.level > level && best.blurred <= tolerated) break;
    level = trim.level;
    const float first = values.values[trim.low];
    const float last = values.values[values.values.size() - 1 - trim.high];
    const std::size_t blurred = most_blurred(values, codes(first, last));
    if (blurred < best.blurred) best = {first, last, blurred};
  }
  return best;
}

double deviation_of(std::vector<double>::const_iterator begin, std::vector<double>::const_iterator end) {
  const auto count = static_cast<double>(end - begin);
  const double mean = std::accumulate(begin, end, 0.0) / count;
  const double squares =
      std::accumulate(begin, end, 0.0, [&](double sum, double x) { return sum + (x - mean) * (x - mean); });
  return std::sqrt(squares / count);
}

}  // namespace

std::int32_t order_of(float value) {
  const auto bits = std::bit_cast<std::int32_t>(value);
  return bits < 0 ? -(bits & INT32_MAX) : bits;
}

float value_of_order(std::int32_t order) {
  return order < 0 ? -std::bit_cast<float>(-order) : std::bit_cast<float>(order);
}

int octave_shift(float low, float high) {
  const double most = 2 * kMostCode / kHeadroom;
  int shift = 1;
  while (std::ldexp(static_cast<double>(std::int64_t{order_of(high)} - order_of(low)), -shift) > most) ++shift;
  return shift;
}

int exponent_for(double largest) {
  const double room = std::log2(kMostCode / (kHeadroom * largest));
  return static_cast<int>(std::clamp(std::floor(room), -126.0, 126.0));
}

std::optional<Coverage> find_coverage(const std::vector<float>& values, bool counts) {
  const std::size_t tolerated = tolerated_rows(values.size());
  if (values.size() <= tolerated) return {};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*low == *high || !std::isfinite(*low) || !std::isfinite(*high)) return {};
  const bool integers =
      std::all_of(values.begin(), values.end(), [](float value) { return std::nearbyint(value) == value; });
  const auto codes = [&](float from, float to) {
    return counts ? count_codes(from, to, integers) : linear_codes(from, to);
  };
  if (serves(values, codes(*low, *high), tolerated)) return {};
  const Values sorted_values = sorted(values);
  const auto rows = static_cast<double>(sorted_values.all);
  const std::size_t whole = most_blurred(sorted_values, codes(*low, *high));
  const Range linear = best_range(sorted_values, tolerated, codes);
  Coverage found{linear.low, linear.high, false, 0, 0, static_cast<double>(whole) / rows, 0};
  found.blurred = static_cast<double>(linear.blurred) / rows;
  if (!counts && linear.blurred > tolerated) {
    const Range octaves = best_range(sorted_values, tolerated, octave_codes);
    if (2 * octaves.blurred < linear.blurred) {
      found.octaves = true;
      found.octaves_low = octaves.low;
      found.octaves_high = octaves.high;
      found.blurred = static_cast<double>(octaves.blurred) / rows;
    }
  }
  const bool better = found.octaves || 2 * linear.blurred < whole;
  return better ? std::optional<Coverage>(found) : std::nullopt;
}

double blurred_by_codes(const std::vector<float>& values) {
  if (values.empty()) return 0;
  if (const std::optional<Coverage> coverage = find_coverage(values, false)) return coverage->blurred;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*low == *high || tells_apart(values, linear_codes(*low, *high))) return 0;
  return static_cast<double>(most_blurred(sorted(values), linear_codes(*low, *high))) /
         static_cast<double>(values.size());
}

std::size_t tolerated_rows(std::size_t rows) { return std::max(kFewestBlurred, rows / kBlurredShare); }

bool tells_apart(const std::vector<float>& values, const CodeOf& code_of) {
  return serves(values, code_of, tolerated_rows(values.size()));
}

std::optional<std::pair<double, double>> range_without_far(std::vector<double> values, double times) {
  std::sort(values.begin(), values.end());
  std::vector<double> different = values;
  different.erase(std::unique(different.begin(), different.end()), different.end());
  const std::size_t most = std::max(kFewTrims[2], values.size() / 20);
  struct Kept {
    double low, high, deviation;
  };
  std::vector<Kept> all;
  for (const Trim& trim : trims_on_sides(different.size())) {
    const double low = different[trim.low];
    const double high = different[different.size() - 1 - trim.high];
    const auto begin = std::lower_bound(values.begin(), values.end(), low);
    const auto end = std::upper_bound(begin, values.end(), high);
    const auto beyond = static_cast<std::size_t>(std::max(begin - values.begin(), values.end() - end));
    if (beyond <= most) all.push_back({low, high, deviation_of(begin, end)});
  }
  if (all.empty()) return {};
  const auto narrower = [](const Kept& a, const Kept& b) { return a.deviation < b.deviation; };
  const double least = std::min_element(all.begin(), all.end(), narrower)->deviation;
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Kept& kept) { return kept.deviation <= times * least; });
  if (found == all.begin()) return {};
  return std::pair(found->low, found->high);
}

}  // namespace nuthatch::prepare
