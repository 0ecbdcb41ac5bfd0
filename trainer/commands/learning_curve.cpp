#include "commands/learning_curve.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <numeric>

#include "commands/cross_validation.hpp"
#include "commands/row_plan.hpp"
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

std::optional<Parts> parts_of(const TrainingPlan& plan, const Rows& rows) {
  if (rows.test) return Parts{rows.train, *rows.test};
  constexpr double kHeldOut = 0.2;
  try {
    auto [train, test] = prepare::hold_out(rows.train, places_to_hold_out(plan, rows.train, kHeldOut));
    return Parts{std::move(train), std::move(test)};
  } catch (const data::DataError&) {  // too few rows to split
    return std::nullopt;
  }
}

/// The rows in the order in which they are added: those of groups together, and the latest first where time counts,
/// as they come before those scored.
std::vector<std::size_t> order_of(const TrainingPlan& plan, const data::Dataset& rows) {
  const learn::RowPlan split = row_plan_of(plan, rows);
  std::vector<std::size_t> order = learn::shuffled(rows.rows(), {plan.seed, 0});
  if (split.kind == learn::Drawing::kTime) std::sort(order.begin(), order.end(), std::greater<>());
  if (split.kind != learn::Drawing::kGrouped) return order;
  std::vector<std::size_t> first_of(rows.group->labels.size(), order.size());
  for (std::size_t i = order.size(); i-- > 0;) first_of[split.groups[order[i]]] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return first_of[split.groups[a]] < first_of[split.groups[b]]; });
  return order;
}

/// So many of `order`, and the rest of the group that this would tear apart.
std::size_t whole_groups_of(const data::Dataset& rows, const std::vector<std::size_t>& order, std::size_t count) {
  const auto group_of = [&](std::size_t place) { return rows.group->ids[order[place]]; };
  while (rows.group && count < order.size() && group_of(count) == group_of(count - 1)) ++count;
  return count;
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
  const std::optional<Parts> parts = parts_of(plan, rows);
  if (!parts) return curve;
  const std::vector<std::size_t> order = order_of(plan, parts->train);
  report::Progress progress("learning curve", plan.progress);
  double rate = full_seconds / static_cast<double>(rows.train.rows());  // seconds a row, the last time
  for (const double share : kShares) {
    const auto wanted = static_cast<std::size_t>(std::ceil(share * static_cast<double>(order.size())));
    const std::size_t count = whole_groups_of(parts->train, order, wanted);
    const bool again = !curve.points.empty() && curve.points.back().rows == count;  // the groups are large
    if (count < kFewestRows || again) continue;
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
