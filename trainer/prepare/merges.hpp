#ifndef NUTHATCH_TRAINER_PREPARE_MERGES_HPP
#define NUTHATCH_TRAINER_PREPARE_MERGES_HPP

#include <cstddef>
#include <optional>
#include <vector>

namespace nuthatch::prepare {

/// What keeps the values of a column apart where counts or float32 do not; each was tried on the values as written, of
/// which a few far from all others are left out where an offset is looked for.
struct Remedies {
  std::optional<double> offset;  ///< subtracted before the value becomes a count or a float32
  std::optional<int> power;      ///< multiplied by ten to it
  bool by_float32 = false;       ///< of counts: float32 input, whose codes are chosen by find_coverage
  bool by_logarithm = false;
  std::optional<double> divisor;  ///< two columns: the quotient, a whole number, and the remainder
};

/// A column of which raw int16 counts make many values one.
struct CountMerges {
  std::size_t different = 0;  ///< values, as float32
  std::size_t kept = 0;       ///< counts that they have
  double step = 0;            ///< what one count more means
  Remedies remedies;
};

/// Nothing where counts serve: where no count that several values share has more than 1/128 of the rows, or 4, whether
/// they lie over the whole range or over what find_coverage says; or where few of the values are lost. NaN is left out.
/// `exact`: the same column in doubles.
std::optional<CountMerges> find_count_merges(const std::vector<float>& column, const std::vector<double>& exact);

/// A column of which float32 makes values one that are different doubles.
struct Float32Merges {
  bool far = false;  ///< the values lie four times as far from 0 as they are apart, or more
  Remedies remedies;
};

Float32Merges find_float32_remedies(const std::vector<double>& exact);

/// A column of which the best 16-bit codes of float32 input make values one, and what keeps them apart.
struct CodeMerges {
  double share = 0;             ///< of the rows that have a value, at most, that have one code though theirs differ
  std::size_t rows = 0;         ///< these
  std::optional<double> split;  ///< where two columns part it, each of which has codes that serve
  std::optional<int> power;     ///< as of Remedies
  bool by_logarithm = false;
};

/// Nothing where codes serve, as find_coverage chooses them, or blur less than 2 % of the rows. NaN is left out.
std::optional<CodeMerges> find_code_merges(const std::vector<float>& column, const std::vector<double>& exact);

}  // namespace nuthatch::prepare

#endif
