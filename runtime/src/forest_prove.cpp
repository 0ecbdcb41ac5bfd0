// What `open` proves of a forest, in one pass over its groups, its slots and its votes, and how long its walks are. A
// file of its own because it runs once at boot: small, not fast.
#include "forest.hpp"
#include "work.hpp"

namespace nuthatch::detail {
namespace {

constexpr std::int64_t kMost = 0x7FFFFFFF;
constexpr std::uint32_t kMostTrees = 0xFFFF;

/// Every list ends, its classes rise (so that a tree gives a class at most one weight) and have a score. The largest
/// weight, or -1; `longest`: the most votes of a list.
std::int32_t prove_votes(const ModelView& view, std::uint32_t& longest) {
  const ForestView& forest = view.forest;
  std::int32_t largest = 0;
  std::uint32_t lowest = 0;  // the next element's class
  std::uint32_t votes = 0;   // of the list, so far
  longest = 0;
  for (std::uint32_t i = 0; i < forest.vote_count; ++i) {
    const std::int32_t weight = forest.votes[i] >> 16;
    const std::uint32_t index = static_cast<std::uint32_t>(forest.votes[i]) & 0xFFFF;
    if (index < lowest || index >= view.outputs) return -1;
    lowest = weight < 0 ? 0 : index + 1;
    if (++votes > longest) longest = votes;
    if (weight < 0) votes = 0;
    const std::int32_t size = weight < 0 ? -weight : weight;
    if (size > largest) largest = size;
  }
  return lowest == 0 ? largest : -1;
}

/// A group's slots: roots are no leaves; children lie forward, both of them before `end`; features have codes; leaves
/// are lists that are there, or values of which the largest size goes to `largest`.
bool prove_slots(const ModelView& view, const TreeGroup& group, std::uint32_t end, std::int32_t& largest) {
  const ForestView& forest = view.forest;
  const std::uint32_t size = end - group.slot;
  for (std::uint32_t i = 0; i < size; ++i) {
    const Slot slot = slot_at(forest, group.slot + i);
    if (slot.child != 0) {
      if (slot.child <= i || slot.child >= size - 1 || slot.feature >= view.columns) return false;
    } else if (i < group.trees) {
      return false;
    } else if (forest.votes != nullptr) {
      if (slot.payload >= forest.vote_count) return false;
    } else {
      const std::int32_t size_of = slot.value < 0 ? -slot.value : slot.value;
      if (size_of > largest) largest = size_of;
    }
  }
  return true;
}

/// Finds how many questions a row is asked at most, of a forest whose slots are proven. Slots may have many parents and
/// there is no memory for what is known of each, so every way from a root to a leaf is gone, left before right. That
/// ends after `left_` questions: a tree that takes more, or is deeper than kDeepest, counts as if a way led through
/// every slot behind its root. Trained trees are far from either.
class Walks {
 public:
  explicit Walks(const ModelView& view) : forest_(view.forest), left_(UINT32_MAX) {
    if (view.bytes.size() < kMostBytes) left_ = kFew + kAByte * static_cast<std::uint32_t>(view.bytes.size());
  }

  /// The longest way from a root. `slots`: from the root to the group's end, as many as a way could have.
  std::uint32_t longest(std::uint32_t group, std::uint32_t root, std::uint32_t slots) {
    std::uint32_t sides[kDeepest / 32] = {};  // a bit a question: whether the way goes right
    std::uint32_t known = 0;                  // so many of them; left at all behind
    std::uint32_t most = 0;
    for (;;) {
      std::uint32_t turns = 0;  // the last question that went left, and right is no leaf
      std::uint32_t depth = 0;
      std::uint32_t at = root;
      for (std::uint32_t child = slot_at(forest_, at).child; child != 0; child = slot_at(forest_, at).child) {
        if (depth == kDeepest || left_ == 0) return slots;
        --left_;
        at = group + child;
        const bool right = depth < known && (sides[depth / 32] >> (depth % 32) & 1) != 0;
        ++depth;
        if (right) {
          ++at;
        } else if (slot_at(forest_, at + 1).child != 0) {
          turns = depth;
        }
      }
      if (depth > most) most = depth;
      if (turns == 0) return most;
      // The next way goes right there.
      known = turns;
      const std::uint32_t bit = 1U << ((turns - 1) % 32);
      std::uint32_t& word = sides[(turns - 1) / 32];
      word = (word & (bit - 1)) | bit;
    }
  }

 private:
  static constexpr std::uint32_t kDeepest = 256;
  static constexpr std::uint32_t kFew = 1U << 20;
  static constexpr std::uint32_t kAByte = 64;
  static constexpr std::uint32_t kMostBytes = 1U << 25;

  const ForestView& forest_;
  std::uint32_t left_;
};

/// No sum of all trees' largest leaves and a bias leaves 32 bits, in whatever order they are added.
bool sums_fit(const ModelView& view, std::int64_t trees, std::int32_t largest) {
  for (std::size_t k = 0; k < view.outputs; ++k) {
    const std::int32_t bias = view.forest.bias[k];
    if (trees * largest + (bias < 0 ? -std::int64_t{bias} : bias) > kMost) return false;
  }
  return true;
}

}  // namespace

Status prove_forest(ModelView& view) {
  const ForestView& forest = view.forest;
  if (forest.feature_bits != 0 && forest.feature_bits != 6 && forest.feature_bits != 8) return Status::kNumber;
  std::uint32_t list = 0;
  std::int32_t largest = prove_votes(view, list);
  if (largest < 0) return Status::kNumber;
  Walks walks(view);
  std::uint32_t work = 0;
  std::uint32_t trees = 0;
  std::uint32_t begin = 0;
  for (std::uint32_t g = 0; g < forest.group_count; ++g) {
    const TreeGroup& group = forest.groups[g];
    const std::uint32_t end = g + 1 < forest.group_count ? forest.groups[g + 1].slot : forest.slot_count;
    if (group.slot != begin || end <= begin || end > forest.slot_count) return Status::kShape;
    if (group.trees == 0 || group.trees > end - begin || group.output >= view.outputs) return Status::kShape;
    trees += group.trees;
    if (trees > kMostTrees) return Status::kShape;
    if (!prove_slots(view, group, end, largest)) return Status::kNumber;
    for (std::uint32_t root = begin; root < begin + group.trees && work < kEndlessWork; ++root) {
      work += walks.longest(begin, root, end - root);
    }
    begin = end;
  }
  if (begin != forest.slot_count) return Status::kShape;
  if (!sums_fit(view, trees, largest)) return Status::kOverflow;
  add_work(view, work);
  add_work(view, trees * list);  // of 16 bits each
  return check_work(view);
}

}  // namespace nuthatch::detail
