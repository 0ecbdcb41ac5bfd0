#ifndef NUTHATCH_TRAINER_PREPARE_MERGES_HPP
#define NUTHATCH_TRAINER_PREPARE_MERGES_HPP

#include <cstddef>
#include <optional>
#include <vector>

namespace nuthatch::prepare {

/// A column of which raw int16 counts make many values one, and what keeps them apart.
struct CountMerges {
  std::size_t different = 0;  ///< values, as float32
  std::size_t kept = 0;       ///< counts that they have
  double step = 0;            ///< what one count more means
  bool by_offset = false;     ///< with `offset` subtracted
  bool by_float32 = false;    ///< float32 input, whose codes are chosen by find_coverage
  bool by_logarithm = false;
};

/// Nothing where counts serve: where no count that several values share has more than 1/128 of the rows, or 4, whether
/// they lie over the whole range or over what find_coverage says; or where few of the values are lost. NaN is left out.
std::optional<CountMerges> find_count_merges(const std::vector<float>& column, double offset);

/// A column of which the best 16-bit codes of float32 input make values one, and what keeps them apart.
struct CodeMerges {
  double share = 0;             ///< of the rows that have a value, at most, that have one code though theirs differ
  std::size_t rows = 0;         ///< these
  std::optional<double> split;  ///< where two columns part it, each of which has codes that serve
  bool by_logarithm = false;
};

/// Nothing where codes serve, as find_coverage chooses them, or blur less than 2 % of the rows. NaN is left out.
std::optional<CodeMerges> find_code_merges(const std::vector<float>& column);

}  // namespace nuthatch::prepare

#endif
