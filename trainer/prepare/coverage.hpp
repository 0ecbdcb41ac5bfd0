#ifndef NUTHATCH_TRAINER_PREPARE_COVERAGE_HPP
#define NUTHATCH_TRAINER_PREPARE_COVERAGE_HPP

#include <cstdint>
#include <optional>
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

/// A float32 as an integer that rises with it: its bits, of negative numbers those of the magnitude with the sign.
std::int32_t order_of(float value);
float value_of_order(std::int32_t order);

/// How far the orders of two values are shifted to differ by no more than the codes that a range gets.
int octave_shift(float low, float high);

/// The power of two by which values up to `largest` fit int16 with a quarter of headroom.
int exponent_for(double largest);

}  // namespace nuthatch::prepare

#endif
