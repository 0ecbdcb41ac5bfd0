#include "report/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "export/reference.hpp"
#include "prepare/labels.hpp"

namespace nuthatch::report {
namespace {

double squared_error(const std::vector<double>& truth, const std::vector<double>& predicted) {
  double sum = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) sum += (truth[i] - predicted[i]) * (truth[i] - predicted[i]);
  return sum;
}

/// The mean of equal numbers may differ from them in its last bit; they themselves do not.
bool is_constant(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [&](double value) { return value == values[0]; });
}

/// As far as float32 can tell: a score word may not hold 0.1 any better.
bool all_equal(const std::vector<double>& truth, const std::vector<double>& predicted) {
  return std::equal(truth.begin(), truth.end(), predicted.begin(), [](double wanted, double value) {
    return std::abs(wanted - value) <= std::ldexp(std::abs(wanted), -23);
  });
}

void score_values(const std::vector<double>& truth, const std::vector<double>& predicted, Score& result) {
  result.metric = "r2";
  result.value = r2(truth, predicted);
  if (!truth.empty()) result.mean_squared_error = squared_error(truth, predicted) / static_cast<double>(truth.size());
}

/// Of the answered rows, if the model has any.
std::optional<ProbabilityScore> score_answered(const exporting::LoadedModel& model,
                                               const exporting::Predictions& predictions,
                                               const std::vector<std::int32_t>& classes) {
  const std::vector<std::int32_t> all = model.probabilities(predictions);
  if (all.empty()) return {};
  const auto width = static_cast<std::ptrdiff_t>(model.contents().classes.size());
  std::vector<std::int32_t> truth;
  std::vector<std::int32_t> words;
  for (std::size_t row = 0; row < classes.size(); ++row) {
    if (predictions.statuses[row] != Status::kOk) continue;
    truth.push_back(classes[row]);
    const auto from = all.begin() + static_cast<std::ptrdiff_t>(row) * width;
    words.insert(words.end(), from, from + width);
  }
  if (truth.empty()) return {};
  return score_probabilities(truth, words, static_cast<std::size_t>(width));
}

}  // namespace

double accuracy(const std::vector<std::int32_t>& truth, const std::vector<std::int32_t>& predicted) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) right += truth[i] == predicted[i] ? 1U : 0U;
  return truth.empty() ? 0 : static_cast<double>(right) / static_cast<double>(truth.size());
}

double r2(const std::vector<double>& truth, const std::vector<double>& predicted) {
  if (truth.empty()) return 0;
  if (is_constant(truth)) return all_equal(truth, predicted) ? 1 : 0;
  const double mean = std::accumulate(truth.begin(), truth.end(), 0.0) / static_cast<double>(truth.size());
  const double error = squared_error(truth, predicted);
  const double spread = squared_error(truth, std::vector<double>(truth.size(), mean));
  if (spread == 0) return error == 0 ? 1 : 0;  // of differences whose squares are no numbers
  return 1 - error / spread;
}

ProbabilityScore score_probabilities(const std::vector<std::int32_t>& truth, const std::vector<std::int32_t>& words,
                                     std::size_t classes) {
  ProbabilityScore sum;
  for (std::size_t row = 0; row < truth.size(); ++row) {
    const std::int32_t* of_row = words.data() + row * classes;
    const double own = std::ldexp(of_row[truth[row]], -16);
    sum.log_loss -= std::log(std::max(own, std::ldexp(1.0, -17)));
    for (std::size_t k = classes == 2 ? 1 : 0; k < classes; ++k) {
      const double error = std::ldexp(of_row[k], -16) - (static_cast<std::size_t>(truth[row]) == k ? 1 : 0);
      sum.brier += error * error;
    }
  }
  const auto rows = static_cast<double>(truth.size());
  return {sum.log_loss / rows, sum.brier / rows};
}

Score score(const exporting::LoadedModel& model, const data::Dataset& dataset,
            const exporting::Predictions& predictions, bool decimal_comma) {
  Score result;
  result.rows = predictions.statuses.size();
  const auto answered = [&](std::size_t row) { return predictions.statuses[row] == Status::kOk; };
  for (std::size_t row = 0; row < result.rows; ++row) result.refused += answered(row) ? 0U : 1U;
  if (model.contents().classifies) {
    std::vector<std::int32_t> predicted;
    for (std::size_t row = 0; row < result.rows; ++row) {
      const auto index = static_cast<std::int32_t>(model.model().class_of(predictions.row(row)));
      predicted.push_back(answered(row) ? index : -1);
    }
    const std::vector<std::int32_t> classes = prepare::class_indices(dataset, model.contents().classes);
    result.value = accuracy(classes, predicted);
    result.probabilities = score_answered(model, predictions, classes);
    return result;
  }
  const std::vector<double> values = prepare::target_values(dataset, decimal_comma);
  std::vector<double> truth;
  std::vector<double> predicted;
  for (std::size_t row = 0; row < result.rows; ++row) {
    if (!answered(row)) continue;
    truth.push_back(values[row]);
    predicted.push_back(model.value_of(predictions.row(row)[0]));
  }
  score_values(truth, predicted, result);
  return result;
}

Score score(const Eigen::MatrixXd& scores, const data::Dataset& dataset, const std::vector<std::string>& classes,
            bool decimal_comma) {
  Score result;
  result.rows = dataset.rows();
  if (classes.empty()) {
    score_values(prepare::target_values(dataset, decimal_comma), {scores.data(), scores.data() + scores.rows()},
                 result);
    return result;
  }
  std::vector<std::int32_t> predicted;
  for (Eigen::Index row = 0; row < scores.rows(); ++row) {
    predicted.push_back(static_cast<std::int32_t>(exporting::class_of(scores, row)));
  }
  result.value = accuracy(prepare::class_indices(dataset, classes), predicted);
  return result;
}

}  // namespace nuthatch::report
