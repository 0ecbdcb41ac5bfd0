#ifndef NUTHATCH_TRAINER_EXPLAIN_CONTRIBUTIONS_HPP
#define NUTHATCH_TRAINER_EXPLAIN_CONTRIBUTIONS_HPP

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "export/loaded_model.hpp"

/// Why a model answers as it does, of the quantized model that ships: exact contributions of single rows, permutation
/// importance, and how answers depend on a feature.
namespace nuthatch::explain {

/// Rows with what the model answered. Indices of rows begin at 0.
struct AnsweredRows {
  const data::Dataset* dataset = nullptr;
  exporting::Predictions predictions;

  AnsweredRows(const exporting::LoadedModel& model, const data::Dataset& rows)
      : dataset(&rows), predictions(model.predict(rows)) {}

  /// Indices of those that the model does not refuse.
  std::vector<std::size_t> answered() const;
};

/// The score that is explained: a classifier's of a class, or a regression's.
struct ScoreOf {
  std::size_t output = 0;
  bool negative = false;  ///< of two classes the first: its score is the only one's negative
  std::optional<std::size_t> class_index;
};
/// Nothing: the score that decides `scores`; of two classes the second's, which is the only one there is.
ScoreOf score_of(const exporting::LoadedModel& model, Span<const std::int32_t> scores,
                 std::optional<std::size_t> class_index);

/// Of one row, in the score's unit: base + sum of `values` = score to the last bits of doubles; within a unit of the
/// score's word where no feature of a linear model contributes anything.
struct Contributions {
  std::size_t row = 0;
  std::optional<std::size_t> answer;  ///< of classifiers: the class that the row is answered with
  ScoreOf of;
  double base = 0;             ///< mean score of the background's rows
  double score = 0;            ///< the device's
  std::vector<double> values;  ///< Shapley values, one a feature
};

/// Empty for a model whose scores have exact contributions: linear and forest kinds; else a sentence.
std::string why_no_contributions(const exporting::LoadedModel& model);

/// Of the rows `which`, none of them refused; `class_index`: of this class's score, else of the one that decided each
/// row. Refused rows of the background are left out. A linear score's rounding to its word is shared among the features
/// by the size of what each contributes. `done` hears how many rows are.
/// Throws ModelError of other kinds, data::DataError where all of the background is refused.
std::vector<Contributions> contributions(const exporting::LoadedModel& model, const AnsweredRows& rows,
                                         const std::vector<std::size_t>& which, const AnsweredRows& background,
                                         std::optional<std::size_t> class_index,
                                         const std::function<void(std::size_t)>& done = {});

}  // namespace nuthatch::explain

#endif
