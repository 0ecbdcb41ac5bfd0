#ifndef NUTHATCH_TRAINER_LEARN_ROW_PLAN_HPP
#define NUTHATCH_TRAINER_LEARN_ROW_PLAN_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

/// Which rows may be parted from which. Whatever holds rows out, of all rows or again of some of them, goes by this:
/// rows of one group, or later rows, tell about the others what no new row will.
namespace nuthatch::learn {

enum class Drawing : std::uint8_t {
  kStratified,  ///< of each class its share
  kPlain,       ///< any row
  kGrouped,     ///< whole groups
  kTime         ///< the last rows, for what is learned from is earlier than what is asked
};

/// Of rows in the order of the file.
struct RowPlan {
  Drawing kind = Drawing::kStratified;
  std::vector<std::uint32_t> groups = {};  ///< kGrouped: one a row
};

/// How many groups have a row.
std::size_t count_groups(const std::vector<std::uint32_t>& groups);

/// The fold of each row, of `folds` folds: the largest group first, each goes to the fold with the fewest rows.
std::vector<std::size_t> deal_groups(const std::vector<std::uint32_t>& groups, std::size_t folds, std::uint64_t seed);

/// Places of rows, rising: groups as they are drawn, as long as each brings their rows nearer to `fraction` of all; at
/// least one group, and at least one is left. classes: one a row, or empty; a group with the last rows of a class is
/// left, for its class could not be learned. Empty where that leaves no group to hold out.
std::vector<std::size_t> whole_groups(const std::vector<std::uint32_t>& groups,
                                      const std::vector<std::int32_t>& classes, double fraction, std::uint64_t seed);

/// Places of the last rows, `fraction` of all: at least one of them, and at least one row is left. Empty of one row.
std::vector<std::size_t> last_rows(std::size_t rows, double fraction);

}  // namespace nuthatch::learn

#endif
