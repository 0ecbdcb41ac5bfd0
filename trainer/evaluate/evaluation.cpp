#include "evaluate/evaluation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evaluate/answers.hpp"

namespace nuthatch::evaluate {
namespace {

constexpr const char* kNoAnswers = "no row was answered";

/// Of two classes what is said of class 1; of more, that the answer is right.
Calibration calibrate(const ClassAnswers& answers, const std::vector<std::string>& names) {
  const bool two = answers.classes == 2;
  std::vector<bool> happened;
  std::vector<double> probabilities;
  for (std::size_t row = 0; row < answers.answered_truth.size(); ++row) {
    const std::int32_t which = two ? 1 : answers.answered_predicted[row];
    happened.push_back(answers.answered_truth[row] == which);
    probabilities.push_back(answers.probabilities[row * answers.classes + static_cast<std::size_t>(which)]);
  }
  Calibration calibration{two ? names[1] : "answer", {}, 0};
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
  result.calibration = calibrate(answers, result.names);
}

/// Why there is no area under the ROC curve, or no average precision.
std::string why_unranked(const ClassAnswers& answers, const std::string& otherwise) {
  if (answers.classes > kMostClasses) return fmt::format("the model has more than {} classes", kMostClasses);
  return answers.answered_truth.empty() ? kNoAnswers : otherwise;
}

void add_ranking(const exporting::LoadedModel& model, const exporting::Predictions& predictions,
                 const ClassAnswers& answers, bool has_probabilities, Evaluation& evaluation) {
  Classification& result = *evaluation.classification;
  result.ranked_by = has_probabilities ? "probabilities" : "scores";
  if (answers.classes <= kMostClasses) {
    result.ranking =
        rank_classes(answers.answered_truth,
                     has_probabilities ? answers.probabilities : class_scores(model, predictions), answers.classes);
  }
  if (!result.ranking.roc_auc) {
    evaluation.undefined["roc_auc"] = why_unranked(answers, "the answered rows are all of one class");
  }
  if (!result.ranking.average_precision) {
    evaluation.undefined["average_precision"] =
        why_unranked(answers, fmt::format("no answered row is of class \"{}\"", result.names[1]));
  }
}

bool has_probabilities(const exporting::LoadedModel& model) {
  Probability probability;
  return probability.attach(model.model()) == Status::kOk;
}

void evaluate_classes(const exporting::LoadedModel& model, const data::Dataset& dataset,
                      const exporting::Predictions& predictions, Evaluation& evaluation) {
  const ClassAnswers answers = class_answers(model, dataset, predictions);
  evaluation.metric = "accuracy";
  evaluation.score = accuracy(answers.truth, answers.predicted);
  Classification& result = evaluation.classification.emplace();
  result.names = model.contents().classes;
  result.classes = score_classes(answers.truth, answers.predicted, answers.classes);
  if (answers.classes <= kMostClasses) {
    result.matrix = confusion(answers.truth, answers.predicted, answers.classes);
  } else {
    evaluation.undefined["confusion"] = why_unranked(answers, "");
  }
  const bool probable = has_probabilities(model);
  add_ranking(model, predictions, answers, probable, evaluation);
  add_probabilities(answers, probable, evaluation);
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

void evaluate_values(const ValueAnswers& answers, Evaluation& evaluation) {
  evaluation.metric = "r2";
  evaluation.score = r2(answers.truth, answers.predicted);
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

}  // namespace

Evaluation evaluate(const exporting::LoadedModel& model, const data::Dataset& dataset,
                    const exporting::Predictions& predictions, bool decimal_comma) {
  Evaluation evaluation;
  evaluation.rows = predictions.statuses.size();
  for (const Status status : predictions.statuses) evaluation.refused += status == Status::kOk ? 0U : 1U;
  if (model.contents().classifies) {
    evaluate_classes(model, dataset, predictions, evaluation);
  } else {
    evaluate_values(value_answers(model, dataset, predictions, decimal_comma), evaluation);
  }
  return evaluation;
}

}  // namespace nuthatch::evaluate
