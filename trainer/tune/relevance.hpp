#ifndef NUTHATCH_TRAINER_TUNE_RELEVANCE_HPP
#define NUTHATCH_TRAINER_TUNE_RELEVANCE_HPP

#include <vector>

#include "data/csv.hpp"

/// Which features tell most by themselves.
namespace nuthatch::tune {

/// Places of the features, the most telling first, by the share of a feature's variance that the classes explain (the
/// correlation ratio, in the order of ANOVA's F), or by the squared correlation with the values. Missing values are
/// left out. Exactly one of classes (an index a row) and values is not empty.
std::vector<std::size_t> by_relevance(const data::Dataset& rows, const std::vector<std::int32_t>& classes,
                                      const std::vector<double>& values);

/// The dataset with these features only, in their order in the data.
data::Dataset with_features(const data::Dataset& rows, std::vector<std::size_t> places);

/// The dataset with the features of these names only, in their order in the data.
data::Dataset only(const data::Dataset& rows, const std::vector<std::string>& features);

}  // namespace nuthatch::tune

#endif
