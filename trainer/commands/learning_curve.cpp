#include "commands/learning_curve.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "commands/cross_validation.hpp"
#include "learn/random.hpp"
#include "prepare/labels.hpp"
#include "prepare/split.hpp"
#include "report/progress.hpp"

namespace nuthatch::commands {
namespace {

constexpr double kShares[] = {0.1, 0.2, 0.35, 0.55, 0.75, 1};
constexpr double kMostSeconds = 20;
constexpr std::size_t kFewestRows = 4;

/// The rows to take from and those to score on.
struct Parts {
  data::Dataset train;
  data::Dataset test;
};

std::optional<Parts> parts_of(const TrainingPlan& plan, const Rows& rows, const std::vector<std::string>& names) {
  if (rows.test) return Parts{rows.train, *rows.test};
  constexpr double kHeldOut = 0.2;
  std::vector<std::int32_t> groups(rows.train.rows(), 0);
  if (plan.classifies) groups = prepare::class_indices(rows.train, names);
  try {
    auto [train, test] = prepare::hold_out(rows.train, kHeldOut, plan.seed, groups);
    return Parts{std::move(train), std::move(test)};
  } catch (const data::DataError&) {  // too few rows to split
    return std::nullopt;
  }
}

std::vector<std::size_t> shuffled(std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  learn::Random random(seed, 0);
  for (std::size_t left = count; left > 1; --left) std::swap(order[left - 1], order[random.below(left)]);
  return order;
}

/// Nothing where so few rows cannot be learned from: they lack a class, or a column's values.
std::optional<report::LearningCurve::Point> point_of(const TrainingPlan& plan, const Parts& parts,
                                                     std::vector<std::size_t> places,
                                                     const std::vector<std::string>& names) {
  std::sort(places.begin(), places.end());
  const data::Dataset some = prepare::select_rows(parts.train, places);
  try {
    const exporting::LoadedModel model = train_for_scores(plan, some, [](std::uint64_t, std::uint64_t) {});
    const auto score = [&](const data::Dataset& on) {
      return score_on_fold(plan, model, on, model.predict(on), names);
    };
    return report::LearningCurve::Point{places.size(), score(some), score(parts.test)};
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

}  // namespace

report::LearningCurve learning_curve(const TrainingPlan& plan, const Rows& rows, double full_seconds) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  report::LearningCurve curve;
  curve.most_seconds = kMostSeconds;
  curve.tested_on = rows.test ? "the test rows" : "a fifth of the training rows, held out for this curve alone";
  std::vector<std::string> names;
  if (plan.classifies) names = prepare::class_names(rows.train);
  const std::optional<Parts> parts = parts_of(plan, rows, names);
  if (!parts) return curve;
  const std::vector<std::size_t> order = shuffled(parts->train.rows(), plan.seed);
  report::Progress progress("learning curve", plan.progress);
  double rate = full_seconds / static_cast<double>(rows.train.rows());  // seconds a row, the last time
  for (const double share : kShares) {
    const auto count = static_cast<std::size_t>(std::ceil(share * static_cast<double>(order.size())));
    if (count < kFewestRows) continue;
    const double before = seconds();
    if (before + rate * static_cast<double>(count) > kMostSeconds) {
      curve.stopped = true;
      break;
    }
    const auto end = order.begin() + static_cast<std::ptrdiff_t>(count);
    if (const auto point = point_of(plan, *parts, {order.begin(), end}, names)) {
      curve.points.push_back(*point);
    } else {
      ++curve.failed;
    }
    rate = (seconds() - before) / static_cast<double>(count);
    progress.update(static_cast<std::uint64_t>(100 * share), 100);
  }
  curve.seconds = seconds();
  return curve;
}

}  // namespace nuthatch::commands
