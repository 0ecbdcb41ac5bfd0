#ifndef NUTHATCH_TRAINER_SELECT_ENCODED_HPP
#define NUTHATCH_TRAINER_SELECT_ENCODED_HPP

#include <cstddef>
#include <vector>

#include "data/csv.hpp"

namespace nuthatch::select {

/// Rows in which text is numbers, as a model would have it: a column a category, of the 32 most frequent ones, which is
/// 1 where the feature is that and 0 where it is another.
struct EncodedRows {
  data::Dataset rows;
  std::vector<std::size_t> features;  ///< one a column: the feature that it is of
  std::size_t feature_count = 0;      ///< of the given rows; text that is missing in all of them has no column

  /// What a feature's best column scores, a feature each.
  std::vector<double> best(const std::vector<double>& scores) const;
  /// What all of a feature's columns score together.
  std::vector<double> sums(const std::vector<double>& scores) const;
};

EncodedRows encode_text(const data::Dataset& rows);

}  // namespace nuthatch::select

#endif
