#ifndef NUTHATCH_TRAINER_EXPORT_REFERENCE_HPP
#define NUTHATCH_TRAINER_EXPORT_REFERENCE_HPP

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "export/loaded_model.hpp"

namespace nuthatch::exporting {

/// Answers in floating point, which deployments are compared with.
struct Reference {
  std::string source;                ///< what they are, for people
  std::vector<bool> answered;        ///< a row
  Eigen::MatrixXd scores;            ///< rows x outputs, in the scores' unit; 0 where a row has no answer
  std::vector<std::size_t> classes;  ///< a row; empty for regression
};

/// The file's parameters in double precision: features, sums and functions are not rounded as the device rounds them
/// (SPEC.md, kind by kind), so that what differs is the device's arithmetic. What rounding the parameters cost is not
/// in it; `train --float-predictions` has that.
Reference float_reference(const LoadedModel& model, const data::Dataset& dataset);

/// What columns of scores are called in a CSV: "score_CLASS" a score; none for a regression, whose prediction it is.
std::vector<std::string> score_columns(const std::vector<std::string>& classes, std::size_t outputs);

/// What `train --float-predictions` wrote: a row each, in the order of `rows` rows. Throws data::DataError.
Reference read_reference(const std::string& path, const LoadedModel& model, std::size_t rows);

}  // namespace nuthatch::exporting

#endif
