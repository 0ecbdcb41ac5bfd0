#include "report/metrics.hpp"

#include "evaluate/answers.hpp"
#include "evaluate/classification.hpp"
#include "evaluate/regression.hpp"
#include "learn/learned.hpp"
#include "prepare/labels.hpp"

namespace nuthatch::report {
namespace {

void score_values(const evaluate::ValueAnswers& answers, Score& result) {
  result.metric = "r2";
  result.value = evaluate::r2(answers.truth, answers.predicted);
  result.mean_squared_error = evaluate::mean_squared_error(answers.truth, answers.predicted);
}

}  // namespace

Score score(const exporting::LoadedModel& model, const data::Dataset& dataset,
            const exporting::Predictions& predictions, bool decimal_comma) {
  Score result;
  result.rows = predictions.statuses.size();
  for (const Status status : predictions.statuses) result.refused += status == Status::kOk ? 0U : 1U;
  if (!model.contents().classifies) {
    score_values(evaluate::value_answers(model, dataset, predictions, decimal_comma), result);
    return result;
  }
  const evaluate::ClassAnswers answers = evaluate::class_answers(model, dataset, predictions);
  result.value = evaluate::accuracy(answers.truth, answers.predicted);
  if (!answers.probabilities.empty()) {
    result.probabilities =
        evaluate::score_probabilities(answers.answered_truth, answers.probabilities, answers.classes);
  }
  return result;
}

Score score(const Eigen::MatrixXd& scores, const data::Dataset& dataset, const std::vector<std::string>& classes,
            bool decimal_comma, double threshold) {
  Score result;
  result.rows = dataset.rows();
  if (classes.empty()) {
    score_values({prepare::target_values(dataset, decimal_comma), {scores.data(), scores.data() + scores.rows()}},
                 result);
    return result;
  }
  std::vector<std::int32_t> predicted;
  for (Eigen::Index row = 0; row < scores.rows(); ++row) {
    predicted.push_back(static_cast<std::int32_t>(learn::class_of(scores, row, threshold)));
  }
  result.value = evaluate::accuracy(prepare::class_indices(dataset, classes), predicted);
  return result;
}

}  // namespace nuthatch::report
