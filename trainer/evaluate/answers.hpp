#ifndef NUTHATCH_TRAINER_EVALUATE_ANSWERS_HPP
#define NUTHATCH_TRAINER_EVALUATE_ANSWERS_HPP

#include <cstdint>
#include <vector>

#include "data/csv.hpp"
#include "export/loaded_model.hpp"

/// A model's answers beside the truth, for metrics that know no model.
namespace nuthatch::evaluate {

struct ClassAnswers {
  std::vector<std::int32_t> truth;      ///< class indices, of all rows
  std::vector<std::int32_t> predicted;  ///< class indices, of all rows; kNoAnswer where refused
  std::size_t classes = 0;

  std::vector<std::int32_t> answered_truth;      ///< of the answered rows only
  std::vector<std::int32_t> answered_predicted;  ///< of the answered rows only
  std::vector<double> probabilities;             ///< answered rows x classes; empty if the model has none
  std::vector<double> scores;                    ///< answered rows x classes, as class_scores

  /// What ranks rows: probabilities where the model has them, else scores.
  const std::vector<double>& ranks() const { return probabilities.empty() ? scores : probabilities; }
};

/// Throws data::DataError on labels that the model cannot have.
ClassAnswers class_answers(const exporting::LoadedModel& model, const data::Dataset& dataset,
                           const exporting::Predictions& predictions);

/// answered rows x classes, from words of 2^-16; empty if the model has none.
std::vector<double> answered_probabilities(const exporting::LoadedModel& model,
                                           const exporting::Predictions& predictions);

/// answered rows x classes: each class's score; of a single output its negative and itself.
std::vector<double> class_scores(const exporting::LoadedModel& model, const exporting::Predictions& predictions);

/// Of the answered rows, in the target's unit.
struct ValueAnswers {
  std::vector<double> truth;
  std::vector<double> predicted;
};

/// Throws data::DataError on a target that is no number.
ValueAnswers value_answers(const exporting::LoadedModel& model, const data::Dataset& dataset,
                           const exporting::Predictions& predictions, bool decimal_comma);

}  // namespace nuthatch::evaluate

#endif
