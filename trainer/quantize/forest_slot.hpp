#ifndef NUTHATCH_TRAINER_QUANTIZE_FOREST_SLOT_HPP
#define NUTHATCH_TRAINER_QUANTIZE_FOREST_SLOT_HPP

#include <cstddef>
#include <cstdint>

#include "quantize/forest.hpp"

namespace nuthatch::quantize {

/// A packed slot taken apart (SPEC.md, "The forest kind").
struct ForestSlot {
  std::size_t child = 0;  ///< from the group's first slot; 0: a leaf
  std::size_t feature = 0;
  std::int32_t value = 0;   ///< or threshold
  std::size_t payload = 0;  ///< where a leaf's list begins
};

/// How many there are.
inline std::size_t slot_count(const QuantizedForest& forest) {
  return forest.slots.size() / (forest.feature_bits == 0 ? 2 : 1);
}

/// index: below slot_count.
inline ForestSlot decode_slot(const QuantizedForest& forest, std::size_t index) {
  if (forest.feature_bits == 0) {
    const std::uint32_t word = forest.slots[2 * index];
    return {forest.slots[2 * index + 1], word & 0xFFFF, static_cast<std::int32_t>(word) >> 16, word};
  }
  const std::uint32_t word = forest.slots[index];
  const unsigned child_bits = 16U - forest.feature_bits;
  return {word & ((1U << child_bits) - 1), (word & 0xFFFF) >> child_bits, static_cast<std::int32_t>(word) >> 16,
          word >> child_bits};
}

}  // namespace nuthatch::quantize

#endif
