#ifndef NUTHATCH_TRAINER_PREPARE_REPEATS_HPP
#define NUTHATCH_TRAINER_PREPARE_REPEATS_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/csv.hpp"

/// Rows that are there more than once. Two values are the same where they are written as one number, even if float32
/// does not tell others apart, or both missing.
namespace nuthatch::prepare {

/// Rows of equal features.
struct Repeats {
  std::vector<std::size_t> copies;       ///< rows that an earlier one equals, label included; rising
  std::vector<std::size_t> conflicting;  ///< rows that another one equals but for the label; rising
};

/// The dataset has a target; labels are the same if their texts are.
Repeats find_repeats(const data::Dataset& rows);

/// Rows of `test` whose features a row of `train` has, whatever the labels; rising. Both have the same columns.
std::vector<std::size_t> find_overlap(const data::Dataset& train, const data::Dataset& test);

/// Of each column (a feature) the first earlier one that has the same value in every row; its own place where none has.
std::vector<std::size_t> equal_columns(const data::Dataset& rows);

}  // namespace nuthatch::prepare

#endif
