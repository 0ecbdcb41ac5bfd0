#ifndef NUTHATCH_TRAINER_PREPARE_LABELS_HPP
#define NUTHATCH_TRAINER_PREPARE_LABELS_HPP

#include <cstdint>
#include <string>
#include <vector>

#include "data/csv.hpp"

namespace nuthatch::prepare {

/// Class names in the order of the class index: by value if all are numbers, else by text. Labels are compared as text;
/// settle_labels says which are one.
/// Throws data::DataError if there is only one class, or more than 65,535; `for_values`: what to use where the labels
/// look like values.
std::vector<std::string> class_names(const data::Dataset& dataset, const std::string& for_values = "a regression");

/// A class index a row. A label that is not among `names`, as text, throws data::DataError.
std::vector<std::int32_t> class_indices(const data::Dataset& dataset, const std::vector<std::string>& names);

/// Whether the target looks like values to predict rather than classes to tell apart: all labels are numbers, and one
/// is not whole or there are more than 20 of them.
bool looks_continuous(const data::Dataset& dataset, const data::Notation& notation);

/// The target as numbers, a row each. Throws data::DataError naming the first label that is none,
/// or is larger than 1e18; `for_classes`: what to use where the labels are classes.
std::vector<double> target_values(const data::Dataset& dataset, bool decimal_comma,
                                  const std::string& for_classes = "a classifier");

}  // namespace nuthatch::prepare

#endif
