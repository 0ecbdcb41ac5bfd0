#include "commands/cross_validation.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "commands/common.hpp"
#include "commands/row_plan.hpp"
#include "commands/write_text.hpp"
#include "evaluate/answers.hpp"
#include "evaluate/classification.hpp"
#include "evaluate/folds.hpp"
#include "evaluate/regression.hpp"
#include "prepare/labels.hpp"
#include "prepare/split.hpp"
#include "report/progress.hpp"
#include "select/ranking.hpp"

namespace nuthatch::commands {
namespace {

using evaluate::Fold;

constexpr std::size_t kMostFolds = 1000;

std::string fold_count(const std::string& text) {
  std::string wrong = whole_number(text);
  if (!wrong.empty()) return wrong;
  std::size_t folds = 0;
  if (CLI::detail::lexical_cast(text, folds) && 2 <= folds && folds <= kMostFolds) return "";
  return fmt::format("{} is not a number of folds from 2 to {}", text, kMostFolds);
}

std::vector<Fold> folds_of(std::size_t count, const TrainingPlan& plan, const data::Dataset& rows) {
  using learn::Drawing;
  const Drawing kind = drawing_of(plan);
  if (kind == Drawing::kTime) return evaluate::time_folds(rows.rows(), count);
  if (kind == Drawing::kPlain) return evaluate::plain_folds(rows.rows(), count, plan.seed);
  if (kind == Drawing::kGrouped) return evaluate::grouped_folds(rows.group->ids, count, plan.seed);
  const std::vector<std::string> names = prepare::class_names(rows, learn::for_values(*plan.family));
  return evaluate::stratified_folds(prepare::class_indices(rows, names), names, count, plan.seed);
}

/// Without a fold there must be two classes left to tell apart.
void check_learnable(const std::vector<Fold>& folds, const FoldPlan& asked, const TrainingPlan& plan,
                     const data::Dataset& rows) {
  if (!plan.classifies) return;
  const std::vector<std::string> names = prepare::class_names(rows, learn::for_values(*plan.family));
  const std::vector<std::int32_t> classes = prepare::class_indices(rows, names);
  for (std::size_t fold = 0; fold < folds.size(); ++fold) {
    const std::vector<std::size_t>& train = folds[fold].train;
    const auto is_first = [&](std::size_t row) { return classes[row] == classes[train.front()]; };
    if (!train.empty() && !std::all_of(train.begin(), train.end(), is_first)) continue;
    const bool time = drawing_of(plan) == learn::Drawing::kTime;
    throw data::DataError(
        fmt::format("{}: {} {}: {} fold {} of {} are all of class \"{}\", so there is nothing to tell apart; {}",
                    rows.file, asked.flag, asked.folds, time ? "the rows before" : "the rows without", fold + 1,
                    folds.size(), train.empty() ? "" : names[static_cast<std::size_t>(classes[train.front()])],
                    time ? "ask for fewer folds, so that the first ones learn from more rows, or begin the file with "
                           "rows of two classes"
                         : "ask for other folds"));
  }
}

/// names: the classes of all folds; a row of one that the model has not met counts as wrong.
double score_classes(const exporting::LoadedModel& model, const data::Dataset& test,
                     const exporting::Predictions& predictions, const std::vector<std::string>& names) {
  const std::vector<std::int32_t> places = places_of(model, test, names);
  std::vector<std::int32_t> predicted;
  for (std::size_t row = 0; row < predictions.statuses.size(); ++row) {
    const bool answered = predictions.statuses[row] == Status::kOk;
    predicted.push_back(answered ? places[model.model().class_of(predictions.row(row))] : evaluate::kNoAnswer);
  }
  return evaluate::accuracy(prepare::class_indices(test, names), predicted);
}

/// rows x classes of the model: the logarithms of its probabilities, or its scores; all 0 where a row was refused.
std::vector<double> scores_of_all(const exporting::LoadedModel& model, const exporting::Predictions& predictions) {
  const std::vector<std::int32_t> words = model.probabilities(predictions);
  const std::size_t classes = model.contents().classes.size();
  std::vector<double> scores;
  const std::vector<double> answered = words.empty() ? evaluate::class_scores(model, predictions) : scores;
  std::size_t next = 0;
  for (std::size_t row = 0; row < predictions.statuses.size(); ++row) {
    const bool is_answered = predictions.statuses[row] == Status::kOk;
    for (std::size_t k = 0; k < classes; ++k) {
      if (!is_answered) {
        scores.push_back(0);
      } else if (words.empty()) {
        scores.push_back(answered[next++]);
      } else {
        scores.push_back(std::log(std::ldexp(std::max(words[row * classes + k] * 2, 1), -17)));
      }
    }
  }
  return scores;
}

double score_values(const exporting::LoadedModel& model, const data::Dataset& test,
                    const exporting::Predictions& predictions, bool decimal_comma) {
  const evaluate::ValueAnswers answers = evaluate::value_answers(model, test, predictions, decimal_comma);
  return evaluate::r2(answers.truth, answers.predicted);
}

/// What a model that is learned without a fold answers to it.
FoldAnswers answer_fold(const TrainingPlan& plan, const Judge& judge, const data::Dataset& rows, const Fold& fold,
                        const std::function<void(std::uint64_t, std::uint64_t)>& progress, std::size_t& refused) {
  const data::Dataset learned = prepare::select_rows(rows, fold.train);
  const exporting::LoadedModel model = train_for_scores(plan, learned, progress);
  progress(1, 1);  // not every family tells its own
  const data::Dataset test =
      select::with_features(prepare::select_rows(rows, fold.test), model.contents().feature_names);
  const exporting::Predictions predictions = model.predict(test);
  for (const Status status : predictions.statuses) refused += status == Status::kOk ? 0U : 1U;
  FoldAnswers answers = answers_on_fold(judge, model, test, predictions, plan.decimal_comma);
  answers.guess = guess_from(judge, learned, plan.decimal_comma);
  return answers;
}

void summarize(CrossValidation& found) {
  const auto folds = static_cast<double>(found.scores.size());
  found.mean = std::accumulate(found.scores.begin(), found.scores.end(), 0.0) / folds;
  double squares = 0;
  for (const double score : found.scores) squares += (score - found.mean) * (score - found.mean);
  found.deviation = std::sqrt(squares / (folds - 1));
}

std::vector<UnscoredClass> unscored_classes(const Judge& judge, const std::vector<FoldAnswers>& folds) {
  std::vector<UnscoredClass> found;
  for (const std::string& name : judge.names) found.push_back({name, 0});
  for (const FoldAnswers& fold : folds) {
    if (found.empty()) break;
    const std::vector<std::size_t> counts = evaluate::class_counts(fold.classes.truth, found.size());
    for (std::size_t k = 0; k < found.size(); ++k) found[k].folds += counts[k] == 0 ? 1U : 0U;
  }
  std::erase_if(found, [](const UnscoredClass& each) { return each.folds == 0; });
  return found;
}

/// As many as --cross-validate of tune has, where each can have a row of each class, or a group.
std::size_t folds_for_threshold(const std::string& kind, const Judge& judge, const data::Dataset& rows) {
  constexpr std::size_t kUsual = 5;
  if (kind == "grouped") return std::clamp<std::size_t>(learn::count_groups(rows.group->ids), 2, kUsual);
  if (kind != "stratified") return kUsual;
  const std::vector<std::size_t> counts =
      evaluate::class_counts(prepare::class_indices(rows, judge.names), judge.names.size());
  const std::size_t fewest = *std::min_element(counts.begin(), counts.end());
  if (fewest >= 2) return std::min(kUsual, fewest);
  throw data::DataError(fmt::format(
      "{}: --threshold-for: class \"{}\" has one row to learn from; a threshold is chosen on rows that were "
      "not learned from, so it takes two",
      rows.file, judge.names[counts[0] < 2 ? 0 : 1]));
}

/// One bar over all folds: each is as much of it as the others.
class FoldProgress {
 public:
  FoldProgress(std::size_t folds, bool asked_for) : bar_("cross-validating", asked_for), folds_(folds) {}

  void update(std::size_t fold, std::uint64_t done, std::uint64_t total) {
    const double part = total == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    bar_.update(fold * kSteps + static_cast<std::uint64_t>(part * kSteps), folds_ * kSteps);
  }

 private:
  static constexpr std::uint64_t kSteps = 1000;

  report::Progress bar_;
  std::size_t folds_;
};

}  // namespace

void add_fold_flags(CLI::App& command, FoldPlan& plan) {
  command
      .add_option("--cross-validate", plan.folds,
                  "before, learn K times without one of K folds of the rows, and score on that fold")
      ->type_name("K")
      ->check(fold_count);
}

std::vector<Fold> make_folds(const FoldPlan& folds, const TrainingPlan& plan, const data::Dataset& rows) {
  std::vector<Fold> made;
  try {
    made = folds_of(folds.folds, plan, rows);
  } catch (const std::invalid_argument& error) {
    throw data::DataError(fmt::format("{}: {}: {}", rows.file, folds.flag, error.what()));
  }
  check_learnable(made, folds, plan, rows);
  return made;
}

double score_on_fold(const TrainingPlan& plan, const exporting::LoadedModel& model, const data::Dataset& test,
                     const exporting::Predictions& predictions, const std::vector<std::string>& names) {
  return plan.classifies ? score_classes(model, test, predictions, names)
                         : score_values(model, test, predictions, plan.decimal_comma);
}

std::vector<double> log_losses_on_fold(const TrainingPlan& plan, const exporting::LoadedModel& model,
                                       const data::Dataset& test, const exporting::Predictions& predictions,
                                       const std::vector<std::string>& names) {
  if (!plan.classifies) return {};
  const std::vector<std::int32_t> places = places_of(model, test, names);
  std::vector<std::int32_t> truth = prepare::class_indices(test, names);
  for (std::int32_t& index : truth) {
    const auto found = std::find(places.begin(), places.end(), index);
    index = found == places.end() ? -1 : static_cast<std::int32_t>(found - places.begin());
  }
  return evaluate::log_losses(truth, scores_of_all(model, predictions), places.size());
}

FoldRun run_folds(const FoldPlan& asked, const Judge& judge, const TrainingPlan& plan, const data::Dataset& rows) {
  FoldPlan folds = asked;
  if (folds.folds == 0) folds = {folds_for_threshold(drawing_name(plan), judge, rows), "--threshold-for"};
  FoldRun run{drawing_name(plan), {}, 0};
  const std::vector<Fold> made = make_folds(folds, plan, rows);
  check_judged_folds(judge, plan, rows, made);
  FoldProgress progress(made.size(), plan.progress);
  for (std::size_t fold = 0; fold < made.size(); ++fold) {
    try {
      run.answers.push_back(answer_fold(
          plan, judge, rows, made[fold],
          [&](std::uint64_t done, std::uint64_t total) { progress.update(fold, done, total); }, run.refused));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(
          fmt::format("{}: without fold {} of {}: {}", folds.flag, fold + 1, made.size(), error.what()));
    }
  }
  return run;
}

CrossValidation cross_validation(const Judge& judge, FoldRun run) {
  CrossValidation found{run.kind, judge.metric.name(), {}, 0, 0, run.refused, 0, judge.words()};
  if (judge.metric.is_of_best_threshold()) found.threshold_from = "own fold";
  if (judge.goal && judge.metric.is_of_answers()) {
    found.threshold_from = "other folds";
    answer_by_threshold(judge, run.answers);
  }
  for (const FoldAnswers& answers : run.answers) {
    found.scores.push_back(judged(judge, answers));
    found.guessing_score += guessing(judge, answers) / static_cast<double>(run.answers.size());
  }
  found.unscored = unscored_classes(judge, run.answers);
  summarize(found);
  return found;
}

nlohmann::ordered_json to_json(const CrossValidation& found) {
  auto unscored = nlohmann::ordered_json::array();
  for (const UnscoredClass& each : found.unscored) unscored.push_back({{"name", each.name}, {"folds", each.folds}});
  return {{"folds", found.scores.size()},
          {"kind", found.kind},
          {"metric", found.metric},
          {"scores", found.scores},
          {"mean", found.mean},
          {"sd", found.deviation},
          {"refused", found.refused},
          {"guessing_score", found.guessing_score},
          {"unscored_classes", unscored},
          {"threshold_from",
           found.threshold_from.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(found.threshold_from)}};
}

void print(const CrossValidation& found) {
  std::vector<std::string> scores;
  for (const double score : found.scores) scores.push_back(four_digits(score));
  write_text("\ncross-validation, {} {} folds: {} {}, standard deviation {}{}\n  {}\n  guessing {}\n",
             found.scores.size(), found.kind, found.words, four_digits(found.mean), four_digits(found.deviation),
             found.refused > 0 ? fmt::format(", {} rows refused", found.refused) : "", fmt::join(scores, " "),
             four_digits(found.guessing_score));
  for (const UnscoredClass& each : found.unscored) {
    write_text("  {} of {} folds have no row of {}: their scores do not tell whether the model finds it\n", each.folds,
               found.scores.size(), each.name);
  }
  if (found.threshold_from == "other folds") {
    write_text("  each fold is answered by the threshold that the other folds choose\n");
  } else if (found.threshold_from == "own fold") {
    write_text("  each fold is judged at the threshold that is best for its own rows, which flatters a little\n");
  }
}

}  // namespace nuthatch::commands
