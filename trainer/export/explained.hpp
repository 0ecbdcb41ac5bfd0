#ifndef NUTHATCH_TRAINER_EXPORT_EXPLAINED_HPP
#define NUTHATCH_TRAINER_EXPORT_EXPLAINED_HPP

#include <cstdint>
#include <string>
#include <vector>

#include "export/loaded_model.hpp"

namespace nuthatch::exporting {

/// What each feature did for the score that decided, through the runtime's Explanation.
struct Explained {
  std::size_t width = 0;            ///< words a row: the base, then one a feature
  std::vector<Status> statuses;     ///< of each row's prediction
  std::vector<std::int32_t> words;  ///< score words; 0 where a row was refused
};

/// "exact", "approximate", or "no".
std::string explains(const LoadedModel& model);

/// Empty for a model that explains its scores; else a sentence, with what to do about it where something can be done.
std::string why_unexplained(const LoadedModel& model);

/// Of a model that explains its scores. Throws ModelError of any other.
Explained explain(const LoadedModel& model, const data::Dataset& dataset);

}  // namespace nuthatch::exporting

#endif
