#ifndef NUTHATCH_TRAINER_EXPLAIN_DEPENDENCE_HPP
#define NUTHATCH_TRAINER_EXPLAIN_DEPENDENCE_HPP

#include <optional>
#include <string>
#include <vector>

#include "export/loaded_model.hpp"

namespace nuthatch::explain {

/// How answers go with one feature while each row keeps its others.
struct Dependence {
  /// "probability" of the class, where the model has probabilities; else its "score"; a regression's "prediction".
  std::string value;
  std::optional<std::size_t> class_index;
  std::vector<double> grid;               ///< values of the feature, in the CSV's unit, rising; of text, indices
  std::vector<double> mean;               ///< one a grid point: over the rows (Friedman's partial dependence)
  std::vector<std::size_t> rows;          ///< indices of those counted: the model refuses none of them on the grid
  std::vector<std::vector<double>> each;  ///< rows x grid: individual conditional expectation (Goldstein et al. 2015)
};

/// Partial dependence and ICE of the device's answers, of any kind of model. grid: at most so many quantiles of the
/// feature's values, its least and its largest included, or all that there are where they are no more, or text; 2 or
/// more. class_index: nothing means of two classes the second, of more the one that most rows are answered with. Throws
/// data::DataError where the feature has no value, or the model refuses all rows.
Dependence dependence(const exporting::LoadedModel& model, const data::Dataset& rows, std::size_t feature,
                      std::size_t grid, std::optional<std::size_t> class_index = std::nullopt);

}  // namespace nuthatch::explain

#endif
