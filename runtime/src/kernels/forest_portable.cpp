#include "forest.hpp"

namespace nuthatch::kernels {
namespace {

/// 1 where the code is above the threshold in a slot's high half, so the right child: no branch depends on the row.
std::uint32_t step(std::uint32_t slot, std::int32_t code) {
  return static_cast<std::uint32_t>((static_cast<std::int32_t>(slot) >> 16) - code) >> 31;
}

/// Slots of one word: threshold, feature, child.
template <unsigned kFeatureBits>
struct Narrow {
  static constexpr unsigned kChildBits = 16 - kFeatureBits;
  static constexpr unsigned kWords = 1;

  /// The leaf that a row reaches. The mask is a variable, so that one instruction takes the child and compares it
  /// with 0, the leaf's.
  static std::uint32_t leaf(const Trees& trees, const std::uint32_t* root, const std::int16_t* codes) {
    const std::uint32_t* const slots = trees.slots;
    const std::uint32_t mask = trees.child_mask;
    std::uint32_t slot = *root;
    std::uint32_t child = slot & mask;
    do {
      slot = slots[child + step(slot, codes[(slot >> kChildBits) & ((1U << kFeatureBits) - 1)])];
      child = slot & mask;
    } while (child != 0);
    return slot;
  }
};

/// Slots of two words: threshold and feature; child.
struct Wide {
  static constexpr unsigned kChildBits = 0;
  static constexpr unsigned kWords = 2;

  static std::uint32_t leaf(const Trees& trees, const std::uint32_t* root, const std::int16_t* codes) {
    const std::uint32_t* const slots = trees.slots;
    std::uint32_t slot = root[0];
    std::uint32_t child = root[1];
    do {
      const std::uint32_t* const next = slots + 2 * (child + step(slot, codes[slot & 0xFFFF]));
      slot = next[0];
      child = next[1];
    } while (child != 0);
    return slot;
  }
};

template <class Slots>
std::int32_t sum(const Trees& trees, const std::int16_t* codes) {
  const std::uint32_t* root = trees.slots;
  const std::uint32_t* const end = root + trees.count * Slots::kWords;
  std::int32_t total = 0;
  do {
    total += static_cast<std::int32_t>(Slots::leaf(trees, root, codes)) >> 16;
    root += Slots::kWords;
  } while (root != end);
  return total;
}

template <class Slots>
void vote(const Trees& trees, const VoteLists& votes, const std::int16_t* codes, std::int32_t* scores) {
  const std::uint32_t* root = trees.slots;
  const std::uint32_t* const end = root + trees.count * Slots::kWords;
  const std::uint16_t* const elements = votes.elements;
  const std::uint32_t class_mask = (1U << votes.class_bits) - 1;
  const std::uint32_t weight_shift = votes.class_bits + 1;
  const Trees copy = trees;  // the stores to scores cannot change it
  do {
    const std::uint16_t* at = elements + (Slots::leaf(copy, root, codes) >> Slots::kChildBits);
    std::uint32_t element = 0;
    do {
      element = *at++;
      scores[(element >> 1) & class_mask] += static_cast<std::int32_t>(element >> weight_shift);
    } while ((element & 1) == 0);
    root += Slots::kWords;
  } while (root != end);
}

}  // namespace

std::int32_t sum_values(const Trees& trees, const std::int16_t* codes) {
  if (trees.feature_bits == 6) return sum<Narrow<6>>(trees, codes);
  if (trees.feature_bits == 8) return sum<Narrow<8>>(trees, codes);
  return sum<Wide>(trees, codes);
}

void add_votes(const Trees& trees, const VoteLists& votes, const std::int16_t* codes, std::int32_t* scores) {
  if (trees.feature_bits == 6) return vote<Narrow<6>>(trees, votes, codes, scores);
  if (trees.feature_bits == 8) return vote<Narrow<8>>(trees, votes, codes, scores);
  vote<Wide>(trees, votes, codes, scores);
}

}  // namespace nuthatch::kernels
