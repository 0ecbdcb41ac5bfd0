#ifndef NUTHATCH_TRAINER_COMPARE_AGREEMENT_HPP
#define NUTHATCH_TRAINER_COMPARE_AGREEMENT_HPP

#include <optional>

#include "export/reference.hpp"

namespace nuthatch::compare {

/// How a deployment's answers stand to those in floating point, over the rows that both answer.
struct Agreement {
  std::optional<double> labels;  ///< share of equal labels; nothing for a regression, or without such rows
  std::optional<double> max_score_difference;  ///< the largest, in the scores' unit
};

Agreement agreement_of(const exporting::LoadedModel& model, const exporting::Predictions& predictions,
                       const exporting::Reference& reference);

}  // namespace nuthatch::compare

#endif
