#include "evaluate/answers.hpp"

#include <cmath>

#include "evaluate/classification.hpp"
#include "prepare/labels.hpp"

namespace nuthatch::evaluate {
std::vector<double> answered_probabilities(const exporting::LoadedModel& model,
                                           const exporting::Predictions& predictions) {
  const std::vector<std::int32_t> words = model.probabilities(predictions);
  const std::size_t classes = model.contents().classes.size();
  std::vector<double> probabilities;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (predictions.statuses[i / classes] == Status::kOk) probabilities.push_back(std::ldexp(words[i], -16));
  }
  return probabilities;
}

ClassAnswers class_answers(const exporting::LoadedModel& model, const data::Dataset& dataset,
                           const exporting::Predictions& predictions) {
  ClassAnswers answers;
  answers.classes = model.contents().classes.size();
  answers.truth = prepare::class_indices(dataset, model.contents().classes);
  for (std::size_t row = 0; row < answers.truth.size(); ++row) {
    if (predictions.statuses[row] != Status::kOk) {
      answers.predicted.push_back(kNoAnswer);
      continue;
    }
    answers.predicted.push_back(static_cast<std::int32_t>(model.model().class_of(predictions.row(row))));
    answers.answered_truth.push_back(answers.truth[row]);
    answers.answered_predicted.push_back(answers.predicted[row]);
  }
  answers.probabilities = answered_probabilities(model, predictions);
  answers.scores = class_scores(model, predictions);
  return answers;
}

std::vector<double> class_scores(const exporting::LoadedModel& model, const exporting::Predictions& predictions) {
  std::vector<double> scores;
  for (std::size_t row = 0; row < predictions.statuses.size(); ++row) {
    if (predictions.statuses[row] != Status::kOk) continue;
    const auto words = predictions.row(row);
    if (predictions.outputs == 1) scores.push_back(-model.value_of(words[0]));
    for (const std::int32_t word : words) scores.push_back(model.value_of(word));
  }
  return scores;
}

ValueAnswers value_answers(const exporting::LoadedModel& model, const data::Dataset& dataset,
                           const exporting::Predictions& predictions, bool decimal_comma) {
  const std::vector<double> values = prepare::target_values(dataset, decimal_comma);
  ValueAnswers answers;
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (predictions.statuses[row] != Status::kOk) continue;
    answers.truth.push_back(values[row]);
    answers.predicted.push_back(model.value_of(predictions.row(row)[0]));
  }
  return answers;
}

}  // namespace nuthatch::evaluate
