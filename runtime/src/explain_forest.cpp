// Where the way of a row through a tree turns, the mean answer of the training rows there changes; the feature that was
// asked is given the change.
#include "explain.hpp"
#include "forest.hpp"

namespace nuthatch {
namespace {

using detail::ExplanationView;
using detail::ForestView;
using detail::ModelView;
using detail::Slot;
using detail::TreeGroup;

/// Additions wrap: a sum of some contributions may leave 32 bits in a file that was made for it; what is promised of
/// all of them holds in any case, and no trainer's model comes near.
std::int32_t plus(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}
std::int32_t minus(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b));
}
/// value * 2^shift, of any sign.
std::int32_t shifted(std::int32_t value, unsigned shift) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(value) << shift);
}
/// Back to units of the score, half up; what is shifted left before comes back as it was.
std::int32_t rounded(std::int32_t value, unsigned shift) {
  const std::int64_t half = (std::int64_t{1} << shift) >> 1;
  return static_cast<std::int32_t>((value + half) >> shift);
}

/// What a leaf's list gives a class.
std::int32_t vote_for(const std::int32_t* votes, std::uint32_t at, std::size_t output) {
  for (;; ++at) {
    const std::int32_t weight = votes[at] >> 16;
    const bool last = weight < 0;
    if ((static_cast<std::uint32_t>(votes[at]) & 0xFFFF) == output) return last ? -weight : weight;
    if (last) return 0;
  }
}

struct Walk {
  const ModelView& view;
  const ExplanationView& explanation;
  const std::int16_t* codes;
  std::size_t output;
  std::int32_t* contributions;

  /// What a slot stands for, in units of the score shifted left.
  std::int32_t value_of(const Slot& slot, std::uint32_t index) const {
    const ForestView& forest = view.forest;
    if (slot.child != 0) {
      const std::int32_t node = forest.votes != nullptr
                                    ? explanation.node_shares[std::size_t{index} * view.outputs + output]
                                    : explanation.node_values[index];
      return shifted(node, explanation.node_shift);
    }
    const std::int32_t leaf = forest.votes != nullptr ? vote_for(forest.votes, slot.payload, output) : slot.value;
    return shifted(leaf, explanation.leaf_shift);
  }

  /// Follows a tree to its leaf. The root's value goes to the base, and each change to who asked.
  void follow(std::uint32_t group, std::uint32_t root, std::int32_t& base) const {
    std::uint32_t index = group + root;
    std::int32_t* credited = &base;
    std::int32_t value = 0;
    for (;;) {
      const Slot slot = detail::slot_at(view.forest, index);
      const std::int32_t next = value_of(slot, index);
      *credited = plus(*credited, minus(next, value));
      if (slot.child == 0) return;
      value = next;
      credited = contributions + detail::feature_of(view, slot.feature);
      index = group + slot.child + (codes[slot.feature] > slot.value ? 1 : 0);
    }
  }
};

/// From fine units to words of the score: each is given what the rounded sum up to it moves.
void round_all(std::int32_t* contributions, std::size_t count, unsigned shift, std::int32_t& base) {
  std::int32_t sum = base;
  std::int32_t score = rounded(sum, shift);
  base = score;
  for (std::size_t i = 0; i < count; ++i) {
    sum = plus(sum, contributions[i]);
    const std::int32_t next = rounded(sum, shift);
    contributions[i] = minus(next, score);
    score = next;
  }
}

void explain(const ModelView& view, const ExplanationView& explanation, const std::int16_t* codes, std::size_t output,
             std::int32_t* contributions, std::int32_t& base) {
  const ForestView& forest = view.forest;
  const Walk walk = {view, explanation, codes, output, contributions};
  base = shifted(forest.bias[output], explanation.leaf_shift);
  for (std::uint32_t g = 0; g < forest.group_count; ++g) {
    const TreeGroup& group = forest.groups[g];
    if (forest.votes == nullptr && group.output != output) continue;
    for (std::uint32_t tree = 0; tree < group.trees; ++tree) walk.follow(group.slot, tree, base);
  }
  round_all(contributions, view.features, explanation.leaf_shift, base);
}

}  // namespace

const detail::ExplanationPart ExplainForest::part = {detail::kForestKind, false, detail::prove_explained_forest,
                                                     explain};

}  // namespace nuthatch
