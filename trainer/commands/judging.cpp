#include "commands/judging.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "commands/common.hpp"
#include "commands/row_plan.hpp"
#include "commands/write_text.hpp"
#include "evaluate/classification.hpp"
#include "prepare/labels.hpp"
#include "prepare/spellings.hpp"

namespace nuthatch::commands {
namespace {

using evaluate::ClassAnswers;
using evaluate::Metric;
using evaluate::RankedRows;
using evaluate::ThresholdGoal;
using exporting::LoadedModel;
using Json = nlohmann::ordered_json;

/// What a flag's text means; a usage error where it means nothing.
template <class Parse>
auto parsed(const char* flag, const std::string& text, const Parse& parse) {
  try {
    return parse();
  } catch (const std::invalid_argument& error) {
    throw CLI::ValidationError(fmt::format("{} {}: {}", flag, text, error.what()));
  }
}

/// With a goal alone, what is best is what serves the goal best.
Metric metric_for(const ThresholdGoal& goal) {
  switch (goal.kind) {
    case ThresholdGoal::Kind::kRecall: return {Metric::Kind::kPrecisionAtRecall, goal.at, 0, 0};
    case ThresholdGoal::Kind::kPrecision: return {Metric::Kind::kRecallAtPrecision, goal.at, 0, 0};
    default: return {Metric::Kind::kCost, 0, goal.miss, goal.alarm};
  }
}

std::string text_of(const ThresholdGoal& goal) {
  if (goal.kind == ThresholdGoal::Kind::kCost) return fmt::format("cost={}:{}", goal.miss, goal.alarm);
  return fmt::format("{}={}", goal.kind == ThresholdGoal::Kind::kRecall ? "recall" : "precision", goal.at);
}

void set_goal(const JudgeFlags& flags, const TrainingPlan& plan, Judge& judge) {
  if (flags.threshold_for.empty()) return;
  judge.goal =
      parsed("--threshold-for", flags.threshold_for, [&] { return evaluate::threshold_goal(flags.threshold_for); });
  if (!plan.classifies) {
    throw CLI::ValidationError(
        fmt::format("--threshold-for {}: \"{}\" has values, and a threshold is of two classes; --task classification "
                    "takes them for classes",
                    flags.threshold_for, plan.target));
  }
  if (judge.names.size() == 2) return;
  throw CLI::ValidationError(
      fmt::format("--threshold-for {}: a threshold is of two classes, and there are {}; --class-weight CLASS=W makes "
                  "mistakes of one class cost more",
                  flags.threshold_for, judge.names.size()));
}

void set_positive(const JudgeFlags& flags, const data::Dataset& rows, const TrainingPlan& plan, Judge& judge) {
  if (!plan.classifies) {
    if (flags.positive.empty()) return;
    throw CLI::ValidationError(
        fmt::format("--positive {}: \"{}\" has values, not classes", flags.positive, plan.target));
  }
  judge.positive =
      evaluate::rarer_class(evaluate::class_counts(prepare::class_indices(rows, judge.names), judge.names.size()));
  if (flags.positive.empty()) return;
  judge.positive = class_index("--positive", flags.positive, plan, judge.names);
}

/// Rows of all folds by the score of class 1.
RankedRows ranked_rows(const Judge& judge, const std::vector<FoldAnswers>& folds, std::optional<std::size_t> but = {}) {
  const auto own = static_cast<std::int32_t>(*judge.positive);
  RankedRows rows;
  rows.positive_is_class_1 = own == 1;
  for (std::size_t fold = 0; fold < folds.size(); ++fold) {
    if (but && *but == fold) continue;
    const ClassAnswers& answers = folds[fold].classes;
    for (std::size_t row = 0; row < answers.truth.size(); ++row) {
      if (answers.predicted[row] != evaluate::kNoAnswer) continue;
      ++(answers.truth[row] == own ? rows.refused_positives : rows.refused_others);
    }
    for (std::size_t row = 0; row < answers.answered_truth.size(); ++row) {
      rows.positive.push_back(answers.answered_truth[row] == own);
      rows.scores.push_back(answers.scores[2 * row + 1]);
    }
  }
  return rows;
}

void answer_by(double threshold, ClassAnswers& answers) {
  std::size_t answered = 0;
  for (std::int32_t& answer : answers.predicted) {
    if (answer == evaluate::kNoAnswer) continue;
    answer = answers.scores[2 * answered + 1] > threshold ? 1 : 0;
    answers.answered_predicted[answered++] = answer;
  }
}

/// What no threshold reached, and how far the best goes.
[[noreturn]] void fail(const Judge& judge, const RankedRows& rows) {
  const std::string& name = judge.names[*judge.positive];
  const std::string goal = text_of(*judge.goal);
  double best = 0;
  for (const evaluate::Cut& cut : evaluate::cuts_of(rows)) {
    best = std::max(best, judge.goal->kind == ThresholdGoal::Kind::kRecall ? cut.recall() : cut.precision());
  }
  throw std::runtime_error(fmt::format(
      "--threshold-for {}: no threshold reaches that for class \"{}\" on the folds, at best {:.4f}; ask for "
      "less, or for another --model",
      goal, name, best));
}

/// answered rows x judge's classes, from answered rows x the model's.
std::vector<double> in_places(const std::vector<double>& values, const std::vector<std::int32_t>& places,
                              std::size_t classes, double absent) {
  const std::size_t own = places.size();
  std::vector<double> placed(values.size() / own * classes, absent);
  for (std::size_t i = 0; i < values.size(); ++i) {
    placed[i / own * classes + static_cast<std::size_t>(places[i % own])] = values[i];
  }
  return placed;
}

/// The probability words at a threshold.
std::optional<double> probability_at(const LoadedModel& model, std::int32_t word, std::size_t of) {
  Probability probability;
  if (probability.attach(model.model()) != Status::kOk) return {};
  std::int32_t shares[2] = {0, 0};
  if (probability.of({&word, 1}, shares) != Status::kOk) return {};
  return std::ldexp(shares[of], -16);
}

}  // namespace

void add_judge_flags(CLI::App& command, JudgeFlags& flags) {
  command
      .add_option(
          "--metric", flags.metric,
          "what models are judged by on folds: accuracy, balanced-accuracy, f1, average-precision, roc-auc, "
          "log-loss, recall-at-precision=0.9, precision-at-recall=0.9, cost=MISS:ALARM; of values r2, rmse, mae")
      ->type_name("NAME");
  command.add_option("--positive", flags.positive, "the class that is looked for (the rarer of two)")
      ->type_name("CLASS");
  command
      .add_option("--threshold-for", flags.threshold_for,
                  "of two classes: a threshold chosen on folds, which the device answers by: recall=0.9, "
                  "precision=0.9, or cost=MISS:ALARM (cost=10:1: a miss costs ten false alarms)")
      ->type_name("GOAL");
}

std::string Judge::words() const {
  using Kind = Metric::Kind;
  const bool of_all = metric.kind == Kind::kAccuracy || metric.kind == Kind::kBalancedAccuracy ||
                      metric.kind == Kind::kLogLoss || names.empty();
  if (of_all) return metric.words();
  return metric.words() + (positive ? " of " + names[*positive] : ", the mean over the classes");
}

Judge judge_of(const JudgeFlags& flags, const data::Dataset& rows, TrainingPlan& plan) {
  Judge judge;
  judge.metric = evaluate::usual_metric(plan.classifies);
  if (plan.classifies) judge.names = prepare::class_names(rows, learn::for_values(*plan.family));
  set_goal(flags, plan, judge);
  set_positive(flags, rows, plan, judge);
  judge.chosen = !flags.metric.empty() || judge.goal;
  if (judge.goal) judge.metric = metric_for(*judge.goal);
  if (!flags.metric.empty()) {
    judge.metric = parsed("--metric", flags.metric, [&] { return evaluate::metric_of(flags.metric, plan.classifies); });
  }
  if (judge.goal) plan.threshold_for = text_of(*judge.goal);
  if (judge.goal || !flags.positive.empty()) plan.positive = judge.names[*judge.positive];
  return judge;
}

void check_probabilities(const Judge& judge, const TrainingPlan& plan) {
  if (judge.metric.kind != Metric::Kind::kLogLoss) return;
  const auto given = plan.parameter_texts.find("probability");
  if (given == plan.parameter_texts.end() || given->second == "yes") return;
  throw CLI::ValidationError(
      fmt::format("--metric log-loss: {} has no probabilities without --probability", plan.family->name));
}

std::size_t class_index(const char* flag, const std::string& text, const CsvFlags& flags,
                        const std::vector<std::string>& names) {
  bool by_number = false;
  const std::size_t place =
      parsed(flag, text, [&] { return prepare::place_meant(text, flags.labels, flags.notation(), names, by_number); });
  if (by_number) say_by_number(flag, text, names[place]);
  return place;
}

std::vector<std::int32_t> places_of(const LoadedModel& model, const data::Dataset& test,
                                    const std::vector<std::string>& names) {
  data::Dataset classes;
  classes.file = test.file;
  classes.target = data::Target{test.target->name, model.contents().classes, {}, {}, {}};
  classes.target->first_line.assign(model.contents().classes.size(), 0);
  classes.target->ids.resize(model.contents().classes.size());
  std::iota(classes.target->ids.begin(), classes.target->ids.end(), 0U);
  return prepare::class_indices(classes, names);
}

FoldAnswers answers_on_fold(const Judge& judge, const LoadedModel& model, const data::Dataset& test,
                            const exporting::Predictions& predictions, bool decimal_comma) {
  FoldAnswers found;
  if (judge.names.empty()) {
    found.values = evaluate::value_answers(model, test, predictions, decimal_comma);
    return found;
  }
  const std::vector<std::int32_t> places = places_of(model, test, judge.names);
  ClassAnswers& answers = found.classes;
  answers.classes = judge.names.size();
  answers.truth = prepare::class_indices(test, judge.names);
  for (std::size_t row = 0; row < answers.truth.size(); ++row) {
    if (predictions.statuses[row] != Status::kOk) {
      answers.predicted.push_back(evaluate::kNoAnswer);
      continue;
    }
    answers.predicted.push_back(places[model.model().class_of(predictions.row(row))]);
    answers.answered_truth.push_back(answers.truth[row]);
    answers.answered_predicted.push_back(answers.predicted[row]);
  }
  answers.scores = in_places(evaluate::class_scores(model, predictions), places, answers.classes,
                             -std::numeric_limits<double>::infinity());
  answers.probabilities = in_places(evaluate::answered_probabilities(model, predictions), places, answers.classes, 0);
  return found;
}

std::optional<double> score_of(const Judge& judge, const FoldAnswers& answers) {
  return judge.names.empty() ? evaluate::score(judge.metric, answers.values)
                             : evaluate::score(judge.metric, answers.classes, judge.positive);
}

double judged(const Judge& judge, const FoldAnswers& answers) {
  const std::optional<double> value = score_of(judge, answers);
  if (value) return *value;
  // Of probabilities that are all wrong, as score_probabilities counts them.
  if (judge.metric.kind == Metric::Kind::kLogLoss) return evaluate::kMostLogLoss;
  if (judge.metric.lower_is_better()) throw std::runtime_error("every row of a fold was refused");
  return 0;
}

evaluate::Guess guess_from(const Judge& judge, const data::Dataset& learned, bool decimal_comma) {
  if (judge.names.empty()) return {{}, evaluate::mean_of(prepare::target_values(learned, decimal_comma))};
  return {evaluate::class_counts(prepare::class_indices(learned, judge.names), judge.names.size())};
}

double guessing(const Judge& judge, const FoldAnswers& answers) {
  const std::optional<double> guess =
      judge.names.empty()
          ? evaluate::guessing_score(judge.metric, answers.guess, answers.values.truth)
          : evaluate::guessing_score(judge.metric, answers.guess, answers.classes.truth, judge.positive);
  return guess.value_or(std::nan(""));
}

void check_judged_folds(const Judge& judge, const TrainingPlan& plan, const data::Dataset& rows,
                        const std::vector<evaluate::Fold>& folds) {
  using Kind = Metric::Kind;
  const Kind kind = judge.metric.kind;
  if (!judge.positive || kind == Kind::kAccuracy || kind == Kind::kBalancedAccuracy || kind == Kind::kLogLoss) return;
  const std::vector<std::int32_t> classes = prepare::class_indices(rows, judge.names);
  for (const evaluate::Fold& fold : folds) {
    const auto is_own = [&](std::size_t row) { return classes[row] == static_cast<std::int32_t>(*judge.positive); };
    const auto own = std::count_if(fold.test.begin(), fold.test.end(), is_own);
    const bool no_others = kind == Kind::kRocAuc && own == std::ssize(fold.test);
    if (own > 0 && !no_others) continue;
    throw data::DataError(fmt::format("{}: a fold has no row {} class \"{}\", so it has no {}; ask for fewer folds{}",
                                      rows.file, own == 0 ? "of" : "but of", judge.names[*judge.positive],
                                      judge.metric.words(),
                                      drawing_of(plan) == learn::Drawing::kPlain ? ", or for --folds stratified" : ""));
  }
}

namespace {

Reached reached_by(const Judge& judge, const evaluate::Cut& cut) {
  return {cut.recall(), cut.precision(), cut.cost(judge.goal->miss, judge.goal->alarm)};
}

/// Where the other folds cannot reach the goal alone, by the threshold of all.
void answer_by_others(const Judge& judge, double of_all, std::vector<FoldAnswers>& folds) {
  std::vector<double> thresholds;
  for (std::size_t fold = 0; fold < folds.size(); ++fold) {
    const std::optional<evaluate::Cut> cut = evaluate::best_cut(ranked_rows(judge, folds, fold), *judge.goal);
    thresholds.push_back(cut ? cut->threshold() : of_all);
  }
  for (std::size_t fold = 0; fold < folds.size(); ++fold) answer_by(thresholds[fold], folds[fold].classes);
}

/// The answers of all folds, counted as a cut's are.
evaluate::Cut count_answers(const Judge& judge, const std::vector<FoldAnswers>& folds) {
  const auto own = static_cast<std::int32_t>(*judge.positive);
  evaluate::Cut counts;
  for (const FoldAnswers& each : folds) {
    const ClassAnswers& answers = each.classes;
    for (std::size_t row = 0; row < answers.truth.size(); ++row) {
      const bool is_own = answers.truth[row] == own;
      ++(is_own ? counts.positives : counts.others);
      if (answers.predicted[row] == own) ++(is_own ? counts.found : counts.alarms);
      if (answers.predicted[row] == evaluate::kNoAnswer && !is_own) ++counts.refused_others;
    }
  }
  return counts;
}

}  // namespace

ChosenThreshold choose_threshold(const Judge& judge, const std::vector<FoldAnswers>& folds) {
  const RankedRows rows = ranked_rows(judge, folds);
  const std::optional<evaluate::Cut> cut = evaluate::best_cut(rows, *judge.goal);
  if (!cut) fail(judge, rows);
  std::vector<FoldAnswers> others = folds;
  answer_by_others(judge, cut->threshold(), others);
  return {cut->threshold(), reached_by(judge, *cut),      reached_by(judge, count_answers(judge, others)),
          folds.size(),     cut->positives + cut->others, cut->positives};
}

void answer_by_threshold(const Judge& judge, std::vector<FoldAnswers>& folds) {
  answer_by_others(judge, choose_threshold(judge, folds).score, folds);
}

void answer_by_own_threshold(const Judge& judge, FoldAnswers& fold) {
  if (!judge.goal || !judge.metric.is_of_answers()) return;
  const std::optional<evaluate::Cut> cut = evaluate::best_cut(ranked_rows(judge, {fold}), *judge.goal);
  if (cut) answer_by(cut->threshold(), fold.classes);
}

std::string ranking_note(const Judge& judge) {
  const bool ranks = judge.chosen && !judge.metric.is_of_answers() && judge.metric.kind != Metric::Kind::kLogLoss;
  if (!ranks || judge.goal || judge.names.size() != 2) return "";
  return fmt::format(
      "{} judges the order of rows; the device answers the most probable class, unless --threshold-for "
      "says from where on it answers {}",
      judge.metric.words(), judge.names[*judge.positive]);
}

Json threshold_json(const LoadedModel& model, std::optional<std::size_t> positive) {
  const std::int32_t word = model.model().threshold();
  if (word == 0) return nullptr;
  const std::optional<double> share = positive ? probability_at(model, word, *positive) : std::nullopt;
  return {{"word", word}, {"score", model.value_of(word)}, {"probability", share ? Json(*share) : Json()}};
}

std::string threshold_text(const LoadedModel& model, std::optional<std::size_t> positive) {
  const std::int32_t word = model.model().threshold();
  if (word == 0) return "";
  const std::vector<std::string>& names = model.contents().classes;
  if (word == INT32_MIN || word == INT32_MAX) {
    return fmt::format("every row is answered {}, whatever its score", data::brief(names[word == INT32_MIN ? 1 : 0]));
  }
  const std::size_t of = positive.value_or(1);
  const std::optional<double> share = probability_at(model, word, of);
  return fmt::format("{} where the score is above {:.6g}, else {}{}", data::brief(names[1]), model.value_of(word),
                     data::brief(names[0]),
                     share ? fmt::format(" (probability of {} {:.4f})", data::brief(names[of]), *share) : "");
}

Json to_json(const Judge& judge, const ChosenThreshold& chosen, const LoadedModel& model) {
  Json json = threshold_json(model, judge.positive);
  if (json.is_null()) json = {{"word", 0}, {"score", 0.0}, {"probability", nullptr}};
  json["for"] = text_of(*judge.goal);
  const auto add = [&](Json& into, const Reached& reached) {
    into["recall"] = reached.recall;
    into["precision"] = reached.precision;
    if (judge.goal->kind == ThresholdGoal::Kind::kCost) into["cost"] = reached.cost;
  };
  add(json, chosen.on_its_rows);
  add(json["on_other_folds"], chosen.on_other_rows);
  json["folds"] = chosen.folds;
  return json;
}

void print(const Judge& judge, const ChosenThreshold& chosen, const LoadedModel& model) {
  const std::string where = threshold_text(model, judge.positive);
  const std::string& name = judge.names[*judge.positive];
  write_text("\nthreshold for {}: {}\n", text_of(*judge.goal),
             where.empty() ? "the most probable class, as without one" : where);
  const auto words = [&](const Reached& reached) {
    const bool costs = judge.goal->kind == ThresholdGoal::Kind::kCost;
    return fmt::format("recall {:.4f}, precision {:.4f}{}", reached.recall, reached.precision,
                       costs ? fmt::format(", cost {} a row", four_digits(reached.cost)) : "");
  };
  write_text("  each of {} folds answered by the threshold that the others choose: {}\n", chosen.folds,
             words(chosen.on_other_rows));
  write_text("  on the {} rows that it was chosen on, {} of them {}, where it is the best: {}\n", chosen.rows,
             chosen.positives, name, words(chosen.on_its_rows));
}

}  // namespace nuthatch::commands
