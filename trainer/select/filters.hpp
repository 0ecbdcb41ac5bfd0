#ifndef NUTHATCH_TRAINER_SELECT_FILTERS_HPP
#define NUTHATCH_TRAINER_SELECT_FILTERS_HPP

#include <cstdint>
#include <vector>

#include "data/csv.hpp"

/// How much each feature tells by itself, whatever is learned from it.
namespace nuthatch::select {

/// What features are to tell: exactly one of classes (an index a row) and values is not empty.
struct Target {
  std::vector<std::int32_t> classes;
  std::int32_t class_count = 0;
  std::vector<double> values;
};

/// Of each feature the F statistic: of the classes' means (one-way ANOVA), or of the regression of the values on it.
/// Infinite where it tells all, 0 where it is constant. Missing values are left out. Of text, of the category that
/// tells most.
std::vector<double> f_statistics(const data::Dataset& rows, const Target& target);

/// Of each feature the mutual information with the target in nats, both cut into at most 16 bins of as many rows
/// (classes and categories as they are; equal values stay together). Missing values are a bin of their own.
std::vector<double> mutual_information(const data::Dataset& rows, const Target& target);

/// Of each feature (numbers) the variance once its values are scaled to [0, 1].
std::vector<double> variances(const data::Dataset& rows);

/// The scores with those made negative whose feature (numbers) correlates, to |r| >= 0.95, with one of a higher score
/// that is kept: what they tell, that one does.
std::vector<double> without_redundant(const data::Dataset& rows, std::vector<double> scores);

}  // namespace nuthatch::select

#endif
