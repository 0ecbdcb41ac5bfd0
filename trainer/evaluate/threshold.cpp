#include "evaluate/threshold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <tuple>

#include "data/number.hpp"

namespace nuthatch::evaluate {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Rows above a threshold, of either sort.
struct Above {
  std::size_t positives = 0;
  std::size_t others = 0;
};

/// How good a cut is for a goal, the greatest first; and whether it reaches the goal.
using Rank = std::tuple<double, double, double>;

bool reaches(const Cut& cut, const ThresholdGoal& goal) {
  switch (goal.kind) {
    case ThresholdGoal::Kind::kRecall: return cut.recall() >= goal.at;
    case ThresholdGoal::Kind::kPrecision: return cut.found > 0 && cut.precision() >= goal.at;
    default: return true;
  }
}

Rank rank_of(const Cut& cut, const ThresholdGoal& goal) {
  const double near = -std::abs(cut.threshold());
  switch (goal.kind) {
    case ThresholdGoal::Kind::kRecall: return {cut.precision(), cut.recall(), near};
    case ThresholdGoal::Kind::kPrecision: return {cut.recall(), cut.precision(), near};
    default: return {-cut.cost(goal.miss, goal.alarm), near, 0};
  }
}

}  // namespace

ThresholdGoal threshold_goal(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string what = text.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
  if (what == "recall" || what == "precision") {
    const std::optional<double> at = data::parse_number(value);
    if (!at || !(*at > 0) || *at > 1)
      throw std::invalid_argument(fmt::format("{} is a share above 0 and up to 1", what));
    return {what == "recall" ? ThresholdGoal::Kind::kRecall : ThresholdGoal::Kind::kPrecision, *at, 0, 0};
  }
  const std::size_t colon = value.find(':');
  if (what == "cost" && colon != std::string::npos) {
    const std::optional<double> miss = data::parse_number(value.substr(0, colon));
    const std::optional<double> alarm = data::parse_number(value.substr(colon + 1));
    const auto is_cost = [](const std::optional<double>& cost) { return cost && *cost > 0 && std::isfinite(*cost); };
    if (is_cost(miss) && is_cost(alarm)) return {ThresholdGoal::Kind::kCost, 0, *miss, *alarm};
    throw std::invalid_argument("cost takes two numbers above 0, of a miss and of a false alarm: cost=10:1");
  }
  throw std::invalid_argument("give recall=0.9, precision=0.9, or cost=10:1 (a miss costs 10 false alarms)");
}

double Cut::recall() const { return share(found, positives); }

double Cut::precision() const { return share(found, found + alarms); }

double Cut::cost(double miss, double alarm) const {
  const std::size_t rows = positives + others;
  if (rows == 0) return 0;
  const double missed = miss * static_cast<double>(positives - found);
  return (missed + alarm * static_cast<double>(alarms + refused_others)) / static_cast<double>(rows);
}

double Cut::threshold() const {
  if (low <= 0 && 0 < high) return 0;
  if (std::isinf(low) || std::isinf(high)) return std::isinf(low) ? low : high;
  return low + (high - low) / 2;
}

std::vector<Cut> cuts_of(const RankedRows& rows) {
  const std::size_t count = rows.scores.size();
  if (count == 0) return {};
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rows.scores[a] < rows.scores[b]; });
  Above all;
  for (const bool positive : rows.positive) ++(positive ? all.positives : all.others);
  const auto cut_at = [&](double low, double high, const Above& above) {
    const Above said =
        rows.positive_is_class_1 ? above : Above{all.positives - above.positives, all.others - above.others};
    return Cut{low,
               high,
               said.positives,
               said.others,
               all.positives + rows.refused_positives,
               all.others + rows.refused_others,
               rows.refused_others};
  };
  std::vector<Cut> cuts;
  Above above = all;
  double low = -kInfinity;
  for (std::size_t i = 0; i < count;) {
    const double score = rows.scores[order[i]];
    cuts.push_back(cut_at(low, score, above));
    for (; i < count && rows.scores[order[i]] == score; ++i)
      --(rows.positive[order[i]] ? above.positives : above.others);
    low = score;
  }
  cuts.push_back(cut_at(low, kInfinity, above));
  return cuts;
}

std::optional<Cut> best_cut(const RankedRows& rows, const ThresholdGoal& goal) {
  std::optional<Cut> best;
  for (const Cut& cut : cuts_of(rows)) {
    if (cut.positives == 0 || !reaches(cut, goal)) continue;
    if (!best || rank_of(cut, goal) > rank_of(*best, goal)) best = cut;
  }
  return best;
}

std::int32_t threshold_word(double threshold, int fraction_bits) {
  const double word = std::floor(std::ldexp(threshold, fraction_bits));
  return static_cast<std::int32_t>(std::clamp(word, static_cast<double>(INT32_MIN), static_cast<double>(INT32_MAX)));
}

}  // namespace nuthatch::evaluate
