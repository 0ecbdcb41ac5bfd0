#include "commands/selecting.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "commands/common.hpp"
#include "commands/cross_validation.hpp"
#include "commands/row_plan.hpp"
#include "commands/write_text.hpp"
#include "explain/permutation.hpp"
#include "prepare/labels.hpp"
#include "prepare/split.hpp"
#include "report/cost.hpp"
#include "report/progress.hpp"
#include "select/ranking.hpp"

namespace nuthatch::commands {
namespace {

constexpr std::size_t kFolds = 5;

std::vector<double> scores_of(const TrainingPlan& plan, const data::Dataset& rows) {
  return select::find_method(plan.select)->scores(rows, target_of(plan, rows), plan.seed);
}

/// Names of the best, in the data's order.
std::vector<std::string> best_of(const data::Dataset& rows, const std::vector<double>& scores, std::size_t count) {
  std::vector<std::size_t> order = select::best_first(scores);
  order.resize(std::min(count, order.size()));
  return select::with_features(rows, std::move(order)).feature_names;
}

/// Of few groups as many as there are.
std::vector<evaluate::Fold> folds_of(const TrainingPlan& plan, const data::Dataset& rows) {
  const std::size_t groups = rows.group ? learn::count_groups(rows.group->ids) : kFolds;
  return make_folds({std::clamp<std::size_t>(groups, 2, kFolds), "--select"}, plan, rows);
}

/// The same without a selection of its own.
TrainingPlan inner(const TrainingPlan& plan) {
  TrainingPlan other = plan;
  other.select.clear();
  return other;
}

struct Mean {
  double mean = 0;
  double deviation = 0;
};

Mean mean_of(const std::vector<double>& values) {
  Mean found;
  for (const double value : values) found.mean += value / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - found.mean) * (value - found.mean);
  if (values.size() > 1) found.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return found;
}

std::vector<TriedCount> try_counts(const TrainingPlan& plan, const data::Dataset& rows) {
  const std::vector<std::size_t> counts = select::counts_to_try(rows.feature_names.size());
  const std::vector<evaluate::Fold> folds = folds_of(plan, rows);
  std::vector<std::string> names;
  if (plan.classifies) names = prepare::class_names(rows, learn::for_values(*plan.family));
  std::vector<std::vector<double>> scores(counts.size());
  report::Progress progress("selecting", plan.progress);
  std::size_t done = 0;
  for (const evaluate::Fold& fold : folds) {
    const data::Dataset train = prepare::select_rows(rows, fold.train);
    const data::Dataset test = prepare::select_rows(rows, fold.test);
    const std::vector<double> ranking = scores_of(plan, train);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const std::vector<std::string> kept = best_of(train, ranking, counts[i]);
      const exporting::LoadedModel model =
          train_for_scores(inner(plan), select::with_features(train, kept), [](std::uint64_t, std::uint64_t) {});
      const data::Dataset seen = select::with_features(test, kept);
      scores[i].push_back(score_on_fold(plan, model, seen, model.predict(seen), names));
      progress.update(++done, folds.size() * counts.size());
    }
  }
  std::vector<TriedCount> tried;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const Mean mean = mean_of(scores[i]);
    tried.push_back({counts[i], mean.mean, mean.deviation});
  }
  return tried;
}

/// The fewest within one standard error of the best, of so many folds.
const TriedCount& fewest(const std::vector<TriedCount>& tried, std::size_t folds) {
  const auto best = std::max_element(tried.begin(), tried.end(),
                                     [](const TriedCount& a, const TriedCount& b) { return a.mean < b.mean; });
  const double enough = best->mean - best->deviation / std::sqrt(static_cast<double>(folds));
  const auto found =
      std::find_if(tried.rbegin(), tried.rend(), [&](const TriedCount& each) { return each.mean >= enough; });
  return *found;
}

std::vector<Kept> worth_of(const TrainingPlan& plan, const Selection& selection, const data::Dataset& rows) {
  std::vector<std::vector<double>> losses(rows.feature_names.size());
  report::Progress progress("weighing", plan.progress);
  std::size_t done = 0;
  const std::vector<evaluate::Fold> folds = folds_of(plan, rows);
  for (const evaluate::Fold& fold : folds) {
    const exporting::LoadedModel model =
        train_for_scores(inner(plan), prepare::select_rows(rows, fold.train), [](std::uint64_t, std::uint64_t) {});
    const explain::Importance found = explain::permutation_importance(model, prepare::select_rows(rows, fold.test),
                                                                      {5, plan.seed, plan.decimal_comma});
    for (std::size_t i = 0; i < losses.size(); ++i) losses[i].push_back(found.features[i].mean);
    progress.update(++done, folds.size());
  }
  std::vector<Kept> kept;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const Mean mean = mean_of(losses[i]);
    const auto place = std::find(selection.features.begin(), selection.features.end(), rows.feature_names[i]);
    const double score = selection.scores[static_cast<std::size_t>(place - selection.features.begin())];
    kept.push_back({rows.feature_names[i], score, mean.mean, mean.deviation});
  }
  return kept;
}

std::uint64_t instructions_of(const exporting::LoadedModel& model) {
  for (const report::InstructionBound& bound :
       report::most_instructions(model.contents().predictor, model.contents().prepared())) {
    if (bound.core == "cortex-m4") return bound.instructions;
  }
  return 0;
}

FeatureCost cost_of_feature(const TrainingPlan& plan, const Selection& selection, const data::Dataset& rows) {
  if (selection.kept.size() < 2) return {};
  const auto learned = [&](const data::Dataset& some) {
    return train_for_scores(inner(plan), some, [](std::uint64_t, std::uint64_t) {});
  };
  std::vector<double> scores;
  for (const Kept& each : selection.worth) scores.push_back(each.score);
  const exporting::LoadedModel all = learned(rows);
  const exporting::LoadedModel one = learned(select::with_features(rows, best_of(rows, scores, 1)));
  const auto share = [&](std::uint64_t of_all, std::uint64_t of_one) {
    return (static_cast<double>(of_all) - static_cast<double>(of_one)) / static_cast<double>(selection.kept.size() - 1);
  };
  return {share(all.bytes().size(), one.bytes().size()), share(ram_bytes(all), ram_bytes(one)),
          share(instructions_of(all), instructions_of(one))};
}

std::string method_names() {
  std::vector<std::string> names;
  for (const select::Method& method : select::methods()) names.push_back(method.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string check_method(const std::string& text) {
  return select::find_method(text) != nullptr ? "" : fmt::format("{} is not one of {}", text, method_names());
}

}  // namespace

void add_select_flags(CLI::App& command, TrainingPlan& plan) {
  auto* method =
      command
          .add_option("--select", plan.select,
                      "keep the features that tell most, by " + method_names() + "; so many as cross-validation needs")
          ->type_name("METHOD")
          ->check(check_method);
  command.add_option("--select-features", plan.select_features, "keep so many")
      ->type_name("N")
      ->check(whole_number)
      ->needs(method);
}

select::Target target_of(const TrainingPlan& plan, const data::Dataset& rows) {
  select::Target target;
  if (!plan.classifies) {
    target.values = prepare::target_values(rows, plan.decimal_comma, learn::for_classes(*plan.family));
    return target;
  }
  const std::vector<std::string> names = prepare::class_names(rows, learn::for_values(*plan.family));
  target.classes = prepare::class_indices(rows, names);
  target.class_count = static_cast<std::int32_t>(names.size());
  return target;
}

Selection select_features(const TrainingPlan& plan, const data::Dataset& rows) {
  Selection selection{plan.select, rows.feature_names, scores_of(plan, rows), {}};
  std::size_t count = plan.select_features;
  if (count == 0) {
    selection.tried = try_counts(plan, rows);
    count = fewest(selection.tried, folds_of(plan, rows).size()).features;
  }
  selection.kept = best_of(rows, selection.scores, count);
  return selection;
}

void weigh(const TrainingPlan& plan, const data::Dataset& rows, Selection& selection) {
  selection.worth = worth_of(plan, selection, rows);
  selection.cost = cost_of_feature(plan, selection, rows);
}

nlohmann::ordered_json to_json(const Selection& selection) {
  using Json = nlohmann::ordered_json;
  Json json = {{"method", selection.method}, {"selected", selection.kept}};
  for (std::size_t i = 0; i < selection.features.size(); ++i) {
    const double score = selection.scores[i];
    json["scores"][selection.features[i]] = std::isfinite(score) ? Json(score) : Json();
  }
  json["tried"] = Json::array();
  for (const TriedCount& each : selection.tried) {
    json["tried"].push_back({{"features", each.features}, {"mean", each.mean}, {"sd", each.deviation}});
  }
  for (const Kept& each : selection.worth) {
    json["worth"][each.name] = {{"importance", each.importance}, {"sd", each.deviation}};
  }
  json["cost_of_a_feature"] = {{"flash_bytes", selection.cost.flash_bytes},
                               {"ram_bytes", selection.cost.ram_bytes},
                               {"instructions", selection.cost.instructions}};
  return json;
}

void print(const Selection& selection) {
  write_text("\nkept {} of {} features by {}\n", selection.kept.size(), selection.features.size(), selection.method);
  for (const TriedCount& each : selection.tried) {
    write_text("  {:>5} features: {} (standard deviation {:.4f}) on folds{}\n", each.features, four_digits(each.mean),
               each.deviation, each.features == selection.kept.size() ? "  <- kept" : "");
  }
  std::vector<Kept> best = selection.worth;
  std::stable_sort(best.begin(), best.end(), [](const Kept& a, const Kept& b) { return a.importance > b.importance; });
  write_text(
      "each costs about {:.0f} bytes of flash, {:.0f} of RAM, {:.0f} instructions; what the score on folds "
      "loses where a feature is shuffled:\n",
      selection.cost.flash_bytes, selection.cost.ram_bytes, selection.cost.instructions);
  for (const Kept& each : best) {
    write_text("  {:<24} {} (standard deviation {:.4f})\n", each.name, four_digits(each.importance), each.deviation);
  }
}

}  // namespace nuthatch::commands
