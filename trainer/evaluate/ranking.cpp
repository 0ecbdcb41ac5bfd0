#include "evaluate/ranking.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "learn/parallel.hpp"

namespace nuthatch::evaluate {
namespace {

/// The rows from the highest score down to one that differs from the next.
struct Step {
  double threshold = 0;
  std::size_t positive = 0;
  std::size_t negative = 0;
};

std::vector<Step> steps_of(const std::vector<bool>& positive, const std::vector<double>& scores) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::vector<Step> steps;
  Step step;
  for (std::size_t i = 0; i < order.size(); ++i) {
    ++(positive[order[i]] ? step.positive : step.negative);
    step.threshold = scores[order[i]];
    if (i + 1 == order.size() || scores[order[i + 1]] != step.threshold) steps.push_back(step);
  }
  return steps;
}

std::optional<double> area_of(const std::vector<Step>& steps) {
  if (steps.empty() || steps.back().positive == 0 || steps.back().negative == 0) return {};
  double area = 0;
  Step before;
  for (const Step& step : steps) {
    area += static_cast<double>(step.negative - before.negative) *
            (static_cast<double>(step.positive) + static_cast<double>(before.positive)) / 2;
    before = step;
  }
  return area / static_cast<double>(steps.back().positive) / static_cast<double>(steps.back().negative);
}

double precision_of(const Step& step) {
  return static_cast<double>(step.positive) / static_cast<double>(step.positive + step.negative);
}

std::optional<double> average_precision_of(const std::vector<Step>& steps) {
  if (steps.empty() || steps.back().positive == 0) return {};
  double sum = 0;
  std::size_t before = 0;
  for (const Step& step : steps) {
    sum += static_cast<double>(step.positive - before) * precision_of(step);
    before = step.positive;
  }
  return sum / static_cast<double>(steps.back().positive);
}

Ranking rank_one(const std::vector<std::int32_t>& truth, const std::vector<double>& scores, std::size_t classes,
                 std::size_t own) {
  std::vector<bool> positive(truth.size());
  std::vector<double> column(truth.size());
  for (std::size_t row = 0; row < truth.size(); ++row) {
    positive[row] = static_cast<std::size_t>(truth[row]) == own;
    column[row] = scores[row * classes + own];
  }
  const std::vector<Step> steps = steps_of(positive, column);
  return {area_of(steps), average_precision_of(steps)};
}

std::optional<double> mean_of(const std::vector<Ranking>& rankings, std::optional<double> Ranking::*which) {
  double sum = 0;
  std::size_t count = 0;
  for (const Ranking& each : rankings) {
    if (!(each.*which)) continue;
    sum += *(each.*which);
    ++count;
  }
  return count == 0 ? std::optional<double>() : sum / static_cast<double>(count);
}

}  // namespace

std::vector<RocPoint> roc_curve(const std::vector<bool>& positive, const std::vector<double>& scores) {
  const std::vector<Step> steps = steps_of(positive, scores);
  if (!area_of(steps)) return {};
  std::vector<RocPoint> points = {{std::numeric_limits<double>::infinity(), 0, 0}};
  for (const Step& step : steps) {
    points.push_back({step.threshold, static_cast<double>(step.negative) / static_cast<double>(steps.back().negative),
                      static_cast<double>(step.positive) / static_cast<double>(steps.back().positive)});
  }
  return points;
}

std::vector<PrecisionRecallPoint> precision_recall_curve(const std::vector<bool>& positive,
                                                         const std::vector<double>& scores) {
  const std::vector<Step> steps = steps_of(positive, scores);
  if (steps.empty() || steps.back().positive == 0) return {};
  std::vector<PrecisionRecallPoint> points;
  for (const Step& step : steps) {
    points.push_back({step.threshold, precision_of(step),
                      static_cast<double>(step.positive) / static_cast<double>(steps.back().positive)});
  }
  return points;
}

std::optional<double> roc_auc(const std::vector<bool>& positive, const std::vector<double>& scores) {
  return area_of(steps_of(positive, scores));
}

std::optional<double> average_precision(const std::vector<bool>& positive, const std::vector<double>& scores) {
  return average_precision_of(steps_of(positive, scores));
}

Ranking rank_classes(const std::vector<std::int32_t>& truth, const std::vector<double>& scores, std::size_t classes,
                     std::optional<std::size_t> positive) {
  if (positive) return rank_one(truth, scores, classes, *positive);
  std::vector<Ranking> rankings(classes);
  learn::parallel_for(classes, [&](std::size_t k) { rankings[k] = rank_one(truth, scores, classes, k); });
  return {mean_of(rankings, &Ranking::roc_auc), mean_of(rankings, &Ranking::average_precision)};
}

}  // namespace nuthatch::evaluate
