#ifndef NUTHATCH_TRAINER_QUANTIZE_FOREST_HPP
#define NUTHATCH_TRAINER_QUANTIZE_FOREST_HPP

#include <cstdint>
#include <vector>

#include "quantize/quantized.hpp"

namespace nuthatch::quantize {

struct TreeGroup {
  std::uint32_t slot = 0;    ///< its first; its last is before the next group's first
  std::uint16_t trees = 0;   ///< their roots are its first slots
  std::uint16_t output = 0;  ///< leaves that are values: the score they add to
};

/// Trees packed as the device walks them (SPEC.md, "The forest kind").
struct QuantizedForest : Quantized {
  std::uint8_t feature_bits = 0;  ///< 6 or 8; 0: two words a slot
  bool votes_leaf = false;        ///< leaves index `votes`; else they are values
  std::vector<TreeGroup> groups;
  std::vector<std::uint32_t> slots;  ///< words
  std::vector<std::int32_t> votes;
  std::vector<std::int32_t> bias;  ///< one an output
};

}  // namespace nuthatch::quantize

#endif
