#include "report/metrics.hpp"

#include <numeric>

#include "prepare/labels.hpp"

namespace nuthatch::report {
namespace {

double squared_error(const std::vector<double>& truth, const std::vector<double>& predicted) {
  double sum = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) sum += (truth[i] - predicted[i]) * (truth[i] - predicted[i]);
  return sum;
}

}  // namespace

double accuracy(const std::vector<std::int32_t>& truth, const std::vector<std::int32_t>& predicted) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) right += truth[i] == predicted[i] ? 1U : 0U;
  return truth.empty() ? 0 : static_cast<double>(right) / static_cast<double>(truth.size());
}

double r2(const std::vector<double>& truth, const std::vector<double>& predicted) {
  if (truth.empty()) return 0;
  const double mean = std::accumulate(truth.begin(), truth.end(), 0.0) / static_cast<double>(truth.size());
  const double error = squared_error(truth, predicted);
  const double spread = squared_error(truth, std::vector<double>(truth.size(), mean));
  if (spread == 0) return error == 0 ? 1 : 0;
  return 1 - error / spread;
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
    result.value = accuracy(prepare::class_indices(dataset, model.contents().classes), predicted);
    return result;
  }
  result.metric = "r2";
  const std::vector<double> values = prepare::target_values(dataset, decimal_comma);
  std::vector<double> truth;
  std::vector<double> predicted;
  for (std::size_t row = 0; row < result.rows; ++row) {
    if (!answered(row)) continue;
    truth.push_back(values[row]);
    predicted.push_back(model.value_of(predictions.row(row)[0]));
  }
  result.value = r2(truth, predicted);
  if (!truth.empty()) result.mean_squared_error = squared_error(truth, predicted) / static_cast<double>(truth.size());
  return result;
}

}  // namespace nuthatch::report
