#include "evaluate/evaluation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "evaluate/answers.hpp"
#include "evaluate/metric.hpp"
#include "prepare/labels.hpp"

namespace nuthatch::evaluate {
namespace {

constexpr const char* kNoAnswers = "no row was answered";

/// What is said of the positive class; where there is none, that the answer is right.
Calibration calibrate(const ClassAnswers& answers, const Classification& result) {
  const std::optional<std::size_t>& positive = result.positive;
  std::vector<bool> happened;
  std::vector<double> probabilities;
  for (std::size_t row = 0; row < answers.answered_truth.size(); ++row) {
    const std::int32_t which = positive ? static_cast<std::int32_t>(*positive) : answers.answered_predicted[row];
    happened.push_back(answers.answered_truth[row] == which);
    probabilities.push_back(answers.probabilities[row * answers.classes + static_cast<std::size_t>(which)]);
  }
  Calibration calibration{positive ? result.names[*positive] : "answer", {}, 0};
  calibration.bins = reliability(happened, probabilities, kCalibrationBins, Binning::kUniform);
  calibration.expected_error = calibration_error(calibration.bins);
  return calibration;
}

void add_probabilities(const ClassAnswers& answers, bool has_probabilities, Evaluation& evaluation) {
  Classification& result = *evaluation.classification;
  if (!has_probabilities || answers.probabilities.empty()) {
    evaluation.undefined["calibration"] = has_probabilities ? kNoAnswers : "the model has no probabilities";
    if (!has_probabilities) return;
    evaluation.undefined["log_loss"] = kNoAnswers;
    evaluation.undefined["brier"] = kNoAnswers;
    return;
  }
  result.probabilities = score_probabilities(answers.answered_truth, answers.probabilities, answers.classes);
  result.calibration = calibrate(answers, result);
}

/// Why there is no area under the ROC curve, or no average precision.
std::string why_unranked(const ClassAnswers& answers, const std::string& otherwise) {
  if (answers.classes > kMostClasses) return fmt::format("the model has more than {} classes", kMostClasses);
  return answers.answered_truth.empty() ? kNoAnswers : otherwise;
}

void add_ranking(const ClassAnswers& answers, bool has_probabilities, Evaluation& evaluation) {
  Classification& result = *evaluation.classification;
  result.ranked_by = has_probabilities ? "probabilities" : "scores";
  if (answers.classes <= kMostClasses) {
    result.ranking = rank_classes(answers.answered_truth, answers.ranks(), answers.classes, result.positive);
  }
  const std::string of = result.positive ? result.names[*result.positive] : "";
  if (!result.ranking.roc_auc) {
    const bool two = answers.classes == 2;
    evaluation.undefined["roc_auc"] =
        why_unranked(answers, two || of.empty() ? "the answered rows are all of one class"
                                                : fmt::format("all or none of the answered rows are of \"{}\"", of));
  }
  if (!result.ranking.average_precision) {
    evaluation.undefined["average_precision"] =
        why_unranked(answers, fmt::format("no answered row is of class \"{}\"", of));
  }
}

bool has_probabilities(const exporting::LoadedModel& model) {
  Probability probability;
  return probability.attach(model.model()) == Status::kOk;
}

void evaluate_classes(const exporting::LoadedModel& model, const ClassAnswers& answers,
                      std::optional<std::size_t> positive, const data::Dataset* learned, Evaluation& evaluation) {
  evaluation.metric = "accuracy";
  evaluation.score = accuracy(answers.truth, answers.predicted);
  Classification& result = evaluation.classification.emplace();
  result.names = model.contents().classes;
  result.positive = positive ? positive : positive_class(model, answers.truth);
  const Guess guess{class_counts(learned == nullptr ? answers.truth : prepare::class_indices(*learned, result.names),
                                 answers.classes)};
  evaluation.guess =
      result.names[commonest_class(guess.class_rows)] + (learned == nullptr ? ", the commonest of these rows" : "");
  evaluation.guessing_score = guessing_score(usual_metric(true), guess, answers.truth, result.positive).value_or(0);
  result.classes = score_classes(answers.truth, answers.predicted, answers.classes);
  if (const std::vector<std::size_t> unscored = unscored_classes(result.classes); !unscored.empty()) {
    evaluation.undefined["recall"] =
        fmt::format("no row is of class \"{}\"{}", result.names[unscored.front()],
                    unscored.size() > 1 ? fmt::format(" or of {} others", unscored.size() - 1) : "");
  }
  if (answers.classes <= kMostClasses) {
    result.matrix = confusion(answers.truth, answers.predicted, answers.classes);
  } else {
    evaluation.undefined["confusion"] = why_unranked(answers, "");
  }
  const bool probable = has_probabilities(model);
  add_ranking(answers, probable, evaluation);
  add_probabilities(answers, probable, evaluation);
  result.most_probable = most_probable(answers);
  const auto right = static_cast<std::size_t>(std::llround(evaluation.score * static_cast<double>(evaluation.rows)));
  evaluation.interval = wilson(right, evaluation.rows, kLevel);
}

/// A thousand samples; fewer, but a hundred, of very many rows, whose score chance hardly moves.
std::size_t resamples_of(std::size_t rows) { return std::clamp<std::size_t>(100'000'000 / rows, 100, 1000); }

double r2_of(const ValueAnswers& answers, const std::vector<std::size_t>& rows) {
  ValueAnswers drawn;
  drawn.truth.reserve(rows.size());
  drawn.predicted.reserve(rows.size());
  for (const std::size_t row : rows) {
    drawn.truth.push_back(answers.truth[row]);
    drawn.predicted.push_back(answers.predicted[row]);
  }
  return r2(drawn.truth, drawn.predicted);
}

void evaluate_values(const ValueAnswers& answers, const Guess& guess, const data::Dataset* learned,
                     Evaluation& evaluation) {
  evaluation.metric = "r2";
  evaluation.score = r2(answers.truth, answers.predicted);
  evaluation.guess = learned == nullptr ? "the mean of these rows" : "the mean";
  evaluation.guessing_score = guessing_score(usual_metric(false), guess, answers.truth).value_or(0);
  const std::size_t rows = answers.truth.size();
  if (rows == 0) {
    for (const char* name : {"mse", "rmse", "mae", "r2", "residuals", "interval"}) {
      evaluation.undefined[name] = kNoAnswers;
    }
    return;
  }
  const double squared = mean_squared_error(answers.truth, answers.predicted);
  evaluation.regression = Regression{squared, std::sqrt(squared), mean_absolute_error(answers.truth, answers.predicted),
                                     evaluation.score, residuals(answers.truth, answers.predicted)};
  const auto score = [&](const std::vector<std::size_t>& drawn) -> std::optional<double> {
    return r2_of(answers, drawn);
  };
  evaluation.interval = bootstrap(rows, score, kLevel, 0, resamples_of(rows));
  if (!evaluation.interval) evaluation.undefined["interval"] = "one row alone has no spread";
}

/// What a row would be answered were it not for a threshold, and by probabilities where there are any; of classes that
/// are equally probable the one that the scores name.
std::int32_t most_probable_class(const ClassAnswers& answers, std::size_t answered) {
  const auto best_of = [&](const std::vector<double>& all) {
    const auto own = all.begin() + static_cast<std::ptrdiff_t>(answered * answers.classes);
    return std::max_element(own, own + static_cast<std::ptrdiff_t>(answers.classes)) - own;
  };
  const auto by_score = best_of(answers.scores);
  if (answers.probabilities.empty()) return static_cast<std::int32_t>(by_score);
  const double* shares = answers.probabilities.data() + answered * answers.classes;
  const auto best = best_of(answers.probabilities);
  return static_cast<std::int32_t>(shares[by_score] == shares[best] ? by_score : best);
}

}  // namespace

MostProbable most_probable(const ClassAnswers& answers) {
  MostProbable found;
  std::vector<std::int32_t> predicted = answers.predicted;
  std::size_t answered = 0;
  for (std::int32_t& answer : predicted) {
    if (answer == kNoAnswer) continue;
    const std::int32_t probable = most_probable_class(answers, answered++);
    found.different += probable != answer ? 1U : 0U;
    answer = probable;
  }
  found.accuracy = accuracy(answers.truth, predicted);
  found.classes = score_classes(answers.truth, predicted, answers.classes);
  if (answers.classes <= kMostClasses) found.matrix = confusion(answers.truth, predicted, answers.classes);
  return found;
}

std::optional<std::size_t> positive_class(const exporting::LoadedModel& model, const std::vector<std::int32_t>& truth) {
  const std::vector<std::string>& names = model.contents().classes;
  const auto flags = nlohmann::json::parse(model.contents().lineage.parameters, nullptr, false);
  if (flags.is_object() && flags.contains("positive") && flags["positive"].is_string()) {
    const auto found = std::find(names.begin(), names.end(), flags["positive"].get<std::string>());
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  }
  return rarer_class(class_counts(truth, names.size()));
}

Evaluation evaluate(const exporting::LoadedModel& model, const data::Dataset& dataset,
                    const exporting::Predictions& predictions, bool decimal_comma, std::optional<std::size_t> positive,
                    const data::Dataset* learned) {
  Evaluation evaluation;
  evaluation.rows = predictions.statuses.size();
  for (const Status status : predictions.statuses) evaluation.refused += status == Status::kOk ? 0U : 1U;
  if (model.contents().classifies) {
    evaluate_classes(model, class_answers(model, dataset, predictions), positive, learned, evaluation);
  } else {
    const ValueAnswers answers = value_answers(model, dataset, predictions, decimal_comma);
    const Guess guess{{},
                      mean_of(learned == nullptr ? answers.truth : prepare::target_values(*learned, decimal_comma))};
    evaluate_values(answers, guess, learned, evaluation);
  }
  return evaluation;
}

}  // namespace nuthatch::evaluate
