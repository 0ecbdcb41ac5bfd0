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

  /// The leaf that a row reaches from a root. The mask is a variable, so that one instruction takes the child and
  /// compares it with 0, the leaf's.
  static std::uint32_t leaf(const std::uint32_t* slots, const std::uint32_t* root, std::uint32_t mask,
                            const std::int16_t* codes) {
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

  static std::uint32_t leaf(const std::uint32_t* slots, const std::uint32_t* root, std::uint32_t /*mask*/,
                            const std::int16_t* codes) {
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
void sum(const Trees& trees, const std::int16_t* codes, std::int32_t* scores) {
  const TreeGroup* group = trees.groups;
  const TreeGroup* const end = trees.end;
  const std::uint32_t* const all = trees.slots;
  const std::uint32_t mask = trees.child_mask;
  do {
    const std::uint32_t* const slots = all + group->slot * Slots::kWords;
    const std::uint32_t* root = slots;
    const std::uint32_t* const last = root + group->trees * Slots::kWords;
    std::int32_t total = scores[group->output];
    do {
      total += static_cast<std::int32_t>(Slots::leaf(slots, root, mask, codes)) >> 16;
      root += Slots::kWords;
    } while (root != last);
    scores[group->output] = total;
  } while (++group != end);
}

/// A list's last vote is negative: it is taken away.
[[gnu::always_inline]] inline void add_list(const std::int32_t* votes, std::uint32_t at, std::int32_t* scores) {
  std::int32_t vote = votes[at];
  while (vote >= 0) {
    scores[vote & 0xFFFF] += vote >> 16;
    vote = votes[++at];
  }
  scores[vote & 0xFFFF] -= vote >> 16;
}

template <class Slots>
void vote(const Trees& trees, const std::int32_t* votes, const std::int16_t* codes, std::int32_t* scores) {
  const TreeGroup* group = trees.groups;
  const TreeGroup* const end = trees.end;
  const std::uint32_t* const all = trees.slots;  // the stores to scores cannot change these
  const std::uint32_t mask = trees.child_mask;
  do {
    const std::uint32_t* const slots = all + group->slot * Slots::kWords;
    const std::uint32_t* root = slots;
    const std::uint32_t* const last = root + group->trees * Slots::kWords;
    do {
      add_list(votes, Slots::leaf(slots, root, mask, codes) >> Slots::kChildBits, scores);
      root += Slots::kWords;
    } while (root != last);
  } while (++group != end);
}

}  // namespace

void add_values(const Trees& trees, const std::int16_t* codes, std::int32_t* scores) {
  if (trees.feature_bits == 6) return sum<Narrow<6>>(trees, codes, scores);
  if (trees.feature_bits == 8) return sum<Narrow<8>>(trees, codes, scores);
  sum<Wide>(trees, codes, scores);
}

void add_votes(const Trees& trees, const std::int32_t* votes, const std::int16_t* codes, std::int32_t* scores) {
  if (trees.feature_bits == 6) return vote<Narrow<6>>(trees, votes, codes, scores);
  if (trees.feature_bits == 8) return vote<Narrow<8>>(trees, votes, codes, scores);
  vote<Wide>(trees, votes, codes, scores);
}

}  // namespace nuthatch::kernels
