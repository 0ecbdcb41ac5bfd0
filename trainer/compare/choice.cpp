#include "compare/choice.hpp"

#include <algorithm>
#include <cmath>

namespace nuthatch::compare {
namespace {

/// A row that both answered.
struct Row {
  double margin = 0;
  std::int32_t local = 0;
  std::int32_t cloud = 0;
  std::int32_t truth = -1;
};

std::int32_t class_of(const exporting::LoadedModel& model, const exporting::Predictions& predictions, std::size_t row) {
  return static_cast<std::int32_t>(model.model().class_of(predictions.row(row)));
}

double margin_of(const exporting::LoadedModel& model, const exporting::Predictions& predictions, std::size_t row) {
  const auto words = predictions.row(row);
  if (words.size() == 1) return std::abs(model.value_of(words[0]) - model.value_of(model.model().threshold()));
  std::vector<std::int32_t> sorted(words.begin(), words.end());
  std::nth_element(sorted.begin(), sorted.begin() + 1, sorted.end(), std::greater<>());
  return model.value_of(sorted[0]) - model.value_of(sorted[1]);
}

/// The rows below the threshold come first.
HybridPoint point_of(const std::vector<Row>& rows, std::size_t asked, double bytes) {
  HybridPoint point;
  const auto count = static_cast<double>(rows.size());
  // Just above the last that is asked, for a row asks where its margin is below the threshold.
  point.margin = asked == 0 ? 0 : std::nextafter(rows[asked - 1].margin, HUGE_VAL);
  point.asked = static_cast<double>(asked) / count;
  point.bytes = bytes * point.asked;
  double right = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::int32_t answer = i < asked ? rows[i].cloud : rows[i].local;
    point.agreement += answer == rows[i].cloud ? 1 / count : 0;
    right += answer == rows[i].truth ? 1 : 0;
  }
  if (rows.front().truth >= 0) point.accuracy = right / count;
  return point;
}

}  // namespace

BreakEven break_even(const Side& local, const Side& cloud, double rtt_us) {
  BreakEven result;
  result.local = local.name;
  result.cloud = cloud.name;
  result.local_us = local.us;
  result.server_us = cloud.us.value_or(0);
  result.rtt_us = rtt_us;
  if (local.us && cloud.us) {
    result.local_is_faster = *local.us < rtt_us + *cloud.us;
    result.rtt_break_even_us = std::max(0.0, *local.us - *cloud.us);
  }
  result.local_uj = local.microjoules;
  result.radio_uj = cloud.microjoules;
  if (local.microjoules && cloud.microjoules) {
    result.local_takes_less = *local.microjoules < *cloud.microjoules;
    if (local.instructions && *local.microjoules > 0) {
      result.instructions_break_even = *cloud.microjoules * *local.instructions / *local.microjoules;
    }
  }
  return result;
}

std::vector<HybridPoint> hybrid(const exporting::LoadedModel& local_model, const exporting::Predictions& local,
                                const exporting::LoadedModel& cloud_model, const exporting::Predictions& cloud,
                                const std::vector<std::int32_t>& truth, double bytes) {
  std::vector<Row> rows;
  for (std::size_t row = 0; row < local.statuses.size(); ++row) {
    if (local.statuses[row] != Status::kOk || cloud.statuses[row] != Status::kOk) continue;
    rows.push_back({margin_of(local_model, local, row), class_of(local_model, local, row),
                    class_of(cloud_model, cloud, row), truth.empty() ? -1 : truth[row]});
  }
  if (rows.empty()) return {};
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.margin < b.margin; });
  std::vector<HybridPoint> points;
  constexpr std::size_t kSteps = 10;
  for (std::size_t step = 0; step <= kSteps; ++step) {
    // Rows of one margin go together.
    std::size_t asked = rows.size() * step / kSteps;
    while (asked > 0 && asked < rows.size() && rows[asked].margin == rows[asked - 1].margin) ++asked;
    if (points.empty() || points.back().asked * static_cast<double>(rows.size()) < static_cast<double>(asked)) {
      points.push_back(point_of(rows, asked, bytes));
    }
  }
  return points;
}

}  // namespace nuthatch::compare
