#ifndef NUTHATCH_TRAINER_REPORT_METRICS_HPP
#define NUTHATCH_TRAINER_REPORT_METRICS_HPP

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <vector>

#include "data/csv.hpp"
#include "evaluate/calibration.hpp"
#include "export/loaded_model.hpp"

namespace nuthatch::report {

/// How well predictions fit the labels.
struct Score {
  const char* metric = "accuracy";  ///< or "r2"
  double value = 0;                 ///< accuracy: refused rows count as wrong. r2: over the answered rows
  double mean_squared_error = 0;    ///< regression only
  std::size_t rows = 0;
  std::size_t refused = 0;
  std::optional<evaluate::ProbabilityScore> probabilities = {};  ///< of the answered rows; classifiers that have them
};

/// Scores against the target column of `dataset`. Throws data::DataError on labels the model cannot have.
Score score(const exporting::LoadedModel& model, const data::Dataset& dataset,
            const exporting::Predictions& predictions, bool decimal_comma);

/// The same for scores in floating point, rows x outputs, that no file holds; `classes` empty: regression. threshold:
/// of two classes, in the scores' unit.
Score score(const Eigen::MatrixXd& scores, const data::Dataset& dataset, const std::vector<std::string>& classes,
            bool decimal_comma, double threshold = 0);

}  // namespace nuthatch::report

#endif
