// What a forest's explanation must be. Runs once: small, not fast.
#include "explain.hpp"
#include "forest.hpp"

namespace nuthatch::detail {
namespace {

constexpr std::uint8_t kMostShift = 15;
constexpr std::int64_t kMost = 0x7FFFFFFF;

std::int32_t size_of(std::int32_t value) { return value < 0 ? -value : value; }

/// The largest size of what a leaf gives a score: at most 2^15.
std::int32_t largest_leaf(const ForestView& forest) {
  std::int32_t largest = 0;
  const bool votes = forest.votes != nullptr;
  const std::uint32_t count = votes ? forest.vote_count : forest.slot_count;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Slot slot = votes ? Slot{0, 0, 0, forest.votes[i] >> 16} : slot_at(forest, i);
    if (slot.child == 0 && size_of(slot.value) > largest) largest = size_of(slot.value);
  }
  return largest;
}

/// No score leaves 32 bits, shifted left.
bool scores_fit(const ModelView& view, unsigned shift) {
  const ForestView& forest = view.forest;
  std::int64_t trees = 0;
  for (std::uint32_t g = 0; g < forest.group_count; ++g) trees += forest.groups[g].trees;
  const std::int64_t room = (kMost >> shift) - trees * largest_leaf(forest);
  for (std::size_t k = 0; k < view.outputs; ++k) {
    if (forest.bias[k] > room || forest.bias[k] < -room) return false;
  }
  return true;
}

}  // namespace

Status prove_explained_forest(const ModelView& view, const ExplanationView& explanation) {
  const ForestView& forest = view.forest;
  const bool votes = forest.votes != nullptr;
  const std::uint64_t values = votes ? 0 : forest.slot_count;
  const std::uint64_t shares = votes ? std::uint64_t{forest.slot_count} * view.outputs : 0;
  if (explanation.value_count != values || explanation.share_count != shares) return Status::kShape;
  if (explanation.leaf_shift > kMostShift || explanation.node_shift > kMostShift) return Status::kNumber;
  return scores_fit(view, explanation.leaf_shift) ? Status::kOk : Status::kOverflow;
}

}  // namespace nuthatch::detail
