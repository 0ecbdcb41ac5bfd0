#ifndef NUTHATCH_TRAINER_EXPLAIN_PERMUTATION_HPP
#define NUTHATCH_TRAINER_EXPLAIN_PERMUTATION_HPP

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "export/loaded_model.hpp"

namespace nuthatch::explain {

/// What the score loses when a feature's values are shuffled among the rows, over the repeats.
struct FeatureImportance {
  double mean = 0;
  double deviation = 0;  ///< population standard deviation, as scikit-learn's importances_std
};

struct Importance {
  std::string metric;                       ///< "accuracy" or "r2", as `evaluate` has it
  double score = 0;                         ///< of the rows as they are
  std::vector<FeatureImportance> features;  ///< in the model's order
};

struct ImportancePlan {
  std::size_t repeats = 5;
  std::uint64_t seed = 0;
  bool decimal_comma = false;  ///< of the labels
};

/// Permutation importance (Breiman 2001) of the device's answers, of any kind of model. Missing values move with the
/// rest; a row that is refused counts as wrong. rows: labelled. The same seed gives the same figures, and a feature's
/// do not depend on the others. `done` hears how many of features x repeats are.
/// Throws data::DataError on labels that the model cannot have.
Importance permutation_importance(const exporting::LoadedModel& model, const data::Dataset& rows,
                                  const ImportancePlan& plan, const std::function<void(std::size_t)>& done = {});

}  // namespace nuthatch::explain

#endif
