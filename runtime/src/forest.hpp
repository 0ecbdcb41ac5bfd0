#ifndef NUTHATCH_FOREST_HPP
#define NUTHATCH_FOREST_HPP

#include "nuthatch/view.hpp"

namespace nuthatch::detail {

/// Defined in open.cpp, the one file that sees the FlatBuffer.
Status read_forest(const Structure& file, ModelView& view);

/// The numbers of the `forest` kind (SPEC.md).
Status prove_forest(ModelView& view);

/// A slot's parts, whatever its width.
struct Slot {
  std::uint32_t child;
  std::uint32_t feature;
  std::uint32_t payload;
  std::int32_t value;
};

inline Slot slot_at(const ForestView& forest, std::uint32_t index) {
  if (forest.feature_bits == 0) {
    const std::uint32_t word = forest.slots[std::size_t{2} * index];
    return {forest.slots[std::size_t{2} * index + 1], word & 0xFFFF, word, static_cast<std::int32_t>(word) >> 16};
  }
  const std::uint32_t word = forest.slots[index];
  const unsigned child_bits = 16U - forest.feature_bits;
  return {word & ((1U << child_bits) - 1), (word & 0xFFFF) >> child_bits, word >> child_bits,
          static_cast<std::int32_t>(word) >> 16};
}

/// schema::Predictor's number of the `forest` kind.
constexpr std::uint8_t kForestKind = 4;

}  // namespace nuthatch::detail

#endif
