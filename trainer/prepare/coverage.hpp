#ifndef NUTHATCH_TRAINER_PREPARE_COVERAGE_HPP
#define NUTHATCH_TRAINER_PREPARE_COVERAGE_HPP

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace nuthatch::prepare {

/// Where codes over the whole training range would blur a column: what to lay them over instead. `blurred` is the
/// largest share of the rows that have one code though their values differ.
struct Coverage {
  float low = 0;  ///< of linear codes; what lies beyond saturates
  float high = 0;
  bool octaves = false;  ///< codes of octaves keep more apart, over the two values that follow
  float octaves_low = 0;
  float octaves_high = 0;
  double blurred_whole = 0;  ///< by linear codes over the whole range
  double blurred = 0;        ///< by what is chosen here
};

/// Nothing where linear codes over the whole range serve: no code that several values share has more than 1/128 of the
/// rows, or 4. `values`: those that are there. `counts`: for raw int16 counts, which are always linear, and have a
/// power of two for a unit.
std::optional<Coverage> find_coverage(const std::vector<float>& values, bool counts);

/// Those that are there: not NaN.
template <class Number>
std::vector<Number> present_values(const std::vector<Number>& column) {
  std::vector<Number> values;
  values.reserve(column.size());
  std::copy_if(column.begin(), column.end(), std::back_inserter(values),
               [](Number value) { return !std::isnan(value); });
  return values;
}

/// The largest share of the rows that have one code though their values differ, by the best codes there are of float32.
double blurred_by_codes(const std::vector<float>& values);

using CodeOf = std::function<std::int32_t(float)>;

/// How many of the rows a code may have that several values share: 1/128, or 4.
std::size_t tolerated_rows(std::size_t rows);

/// Whether codes serve: no code in [-32767, 32767] that several values share has more rows than that. `values`: those
/// that are there.
bool tells_apart(const std::vector<float>& values, const CodeOf& code_of);

/// Where a few values are so far from the others that the deviation is more than `times` that of the others: the range
/// of the others; nothing elsewhere. At most 5 % of the different values, and of the rows, are left out on a side,
/// or 3.
std::optional<std::pair<double, double>> range_without_far(std::vector<double> values, double times);

/// A float32 as an integer that rises with it: its bits, of negative numbers those of the magnitude with the sign.
std::int32_t order_of(float value);
float value_of_order(std::int32_t order);

/// How far the orders of two values are shifted to differ by no more than the codes that a range gets.
int octave_shift(float low, float high);

/// The power of two by which values up to `largest` fit int16 with a quarter of headroom.
int exponent_for(double largest);

}  // namespace nuthatch::prepare

#endif
