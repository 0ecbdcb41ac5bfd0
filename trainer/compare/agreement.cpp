#include "compare/agreement.hpp"

#include <algorithm>
#include <cmath>

namespace nuthatch::compare {

Agreement agreement_of(const exporting::LoadedModel& model, const exporting::Predictions& predictions,
                       const exporting::Reference& reference) {
  double rows = 0;
  double equal = 0;
  double difference = 0;
  for (std::size_t row = 0; row < predictions.statuses.size(); ++row) {
    if (predictions.statuses[row] != Status::kOk || !reference.answered[row]) continue;
    ++rows;
    const auto words = predictions.row(row);
    for (std::size_t k = 0; k < words.size(); ++k) {
      const double own = reference.scores(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(k));
      difference = std::max(difference, std::abs(model.value_of(words[k]) - own));
    }
    if (!reference.classes.empty() && model.model().class_of(words) == reference.classes[row]) ++equal;
  }
  Agreement agreement;
  if (rows == 0) return agreement;
  if (!reference.classes.empty()) agreement.labels = equal / rows;
  agreement.max_score_difference = difference;
  return agreement;
}

}  // namespace nuthatch::compare
