#ifndef NUTHATCH_TRAINER_PREPARE_FINDINGS_HPP
#define NUTHATCH_TRAINER_PREPARE_FINDINGS_HPP

#include <cstdint>
#include <string>
#include <vector>

#include "data/csv.hpp"

/// What is odd about the data: said before anybody trusts a model of them.
namespace nuthatch::prepare {

struct Finding {
  /// duplicate_rows, conflicting_rows, test_overlap, other_range, imbalance, constant_target, constant, near_constant,
  /// missing, identifier, float32_merges, count_merges, code_merges, units, same_number, leak, equal_columns or
  /// correlated_columns;
  /// of the test rows, by the commands, unknown_categories, same_number, units, shared_groups and unscored_classes; of
  /// the codes that were learned on, encoding and unresolved; of the answers, one_answer.
  std::string kind;
  std::vector<std::string> columns;  ///< that it is about; empty: rows
  std::uint64_t count = 0;           ///< rows, or columns where it is about those
  std::string text;                  ///< a sentence: what, where, what to do
};

/// Looks at the rows of `data` and, if there are any, of `test`, whose features are the same. Exactly one of `classes`
/// (one index of `names` per row) and `values` (one number per row) is not empty. `counts`: the device gives raw int16
/// counts, so what those merge is found, too. Numbers of rows are exact; rows are numbered from 1, the first below the
/// header. Columns are correlated where that takes less than 2e10 products of values, some seconds.
std::vector<Finding> find_in(const data::Dataset& data, const data::Dataset* test,
                             const std::vector<std::string>& names, const std::vector<std::int32_t>& classes,
                             const std::vector<double>& values, bool counts = false);

}  // namespace nuthatch::prepare

#endif
