#include "quantize/forest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <unordered_map>

#include "quantize/quantize.hpp"

namespace nuthatch::quantize {
namespace {

using learn::ForestModel;
using learn::Tree;
using learn::TreeNode;

constexpr std::size_t kMostTreesAGroup = 65535;

/// Lists of votes one after another; a list that is the end of another lies in it.
class VoteTable {
 public:
  void add(const Tree& tree, const TreeNode& leaf) { places_.emplace(list_of(tree, leaf), 0); }

  /// The longest first, so that every end finds the list it is of.
  void lay_out() {
    std::vector<List> lists;
    for (const auto& [list, place] : places_) lists.push_back(list);
    std::stable_sort(lists.begin(), lists.end(), [](const List& a, const List& b) { return a.size() > b.size(); });
    std::map<List, std::uint32_t> ends;
    for (const List& list : lists) {
      const auto known = ends.find(list);
      if (known == ends.end()) {
        for (std::size_t skip = 0; skip < list.size(); ++skip) {
          ends.emplace(List(list.begin() + static_cast<std::ptrdiff_t>(skip), list.end()), elements_.size() + skip);
        }
        elements_.insert(elements_.end(), list.begin(), list.end());
      }
      places_[list] = ends[list];
    }
  }

  std::uint32_t place(const Tree& tree, const TreeNode& leaf) const { return places_.at(list_of(tree, leaf)); }
  const std::vector<std::int32_t>& elements() const { return elements_; }

 private:
  using List = std::vector<std::int32_t>;

  List list_of(const Tree& tree, const TreeNode& leaf) const {
    List list;
    for (std::int32_t i = 0; i < leaf.vote_count; ++i) {
      const learn::Vote& vote = tree.votes[static_cast<std::size_t>(leaf.answer + i)];
      const std::int32_t weight = i + 1 < leaf.vote_count ? vote.weight : -vote.weight;
      list.push_back(weight * 65536 + vote.class_index);
    }
    return list;
  }

  std::map<List, std::uint32_t> places_;
  std::vector<std::int32_t> elements_;
};

/// A subtree that occurs once, however often it is used. A leaf's `threshold` is what it says: a value, or a place in
/// the votes.
struct Subtree {
  std::int64_t threshold = 0;
  std::int32_t feature = -1;
  std::uint32_t left = 0;
  std::uint32_t right = 0;

  bool operator==(const Subtree&) const = default;
};

struct SubtreeHash {
  std::size_t operator()(const Subtree& subtree) const {
    std::uint64_t hash = 0;
    for (const auto part : {static_cast<std::uint64_t>(subtree.threshold), static_cast<std::uint64_t>(subtree.feature),
                            std::uint64_t{subtree.left}, std::uint64_t{subtree.right}}) {
      hash = (hash ^ part) * 0x9E3779B97F4A7C15;
      hash ^= hash >> 29;
    }
    return hash;
  }
};

/// All trees' subtrees, numbered in the order they were met, children before parents.
struct Subtrees {
  std::vector<Subtree> all;
  std::vector<std::uint32_t> roots;  ///< a tree
  std::unordered_map<Subtree, std::uint32_t, SubtreeHash> numbers;

  std::uint32_t number(const Subtree& subtree) {
    // Both ways to the same: no question.
    if (subtree.feature >= 0 && subtree.left == subtree.right) return subtree.left;
    const auto [found, is_new] = numbers.emplace(subtree, static_cast<std::uint32_t>(all.size()));
    if (is_new) all.push_back(subtree);
    return found->second;
  }
};

Subtrees share_subtrees(const std::vector<Tree>& trees, const VoteTable* votes) {
  Subtrees subtrees;
  std::vector<std::uint32_t> numbers;
  for (const Tree& tree : trees) {
    numbers.assign(tree.nodes.size(), 0);
    for (std::size_t i = tree.nodes.size(); i-- > 0;) {
      const TreeNode& node = tree.nodes[i];
      Subtree subtree;
      if (node.feature < 0) {
        subtree.threshold = votes != nullptr ? std::int64_t{votes->place(tree, node)} : std::int64_t{node.answer};
      } else {
        subtree = {node.threshold, node.feature, numbers[static_cast<std::size_t>(node.left)],
                   numbers[static_cast<std::size_t>(node.right)]};
      }
      numbers[i] = subtrees.number(subtree);
    }
    subtrees.roots.push_back(numbers[0]);
  }
  return subtrees;
}

/// How many bits of a slot go to the feature and the child.
struct SlotFormat {
  std::uint8_t feature_bits;

  bool wide() const { return feature_bits == 0; }
  unsigned child_bits() const { return 16U - feature_bits; }
  std::uint64_t most_slots() const { return wide() ? std::uint64_t{1} << 26 : std::uint64_t{1} << child_bits(); }
  std::uint64_t most_features() const { return wide() ? 65536 : std::uint64_t{1} << feature_bits; }
  std::uint64_t most_payload() const { return wide() ? UINT32_MAX : (std::uint64_t{1} << (16 + feature_bits)) - 1; }
};

/// Siblings: the numbers of a left and a right subtree.
using Pair = std::pair<std::uint32_t, std::uint32_t>;

/// The pairs of a group, each once, and which pair lies below an inner subtree.
struct Pairs {
  std::vector<Pair> all;
  std::unordered_map<std::uint64_t, std::size_t> numbers;

  static std::uint64_t key_of(const Subtree& subtree) { return std::uint64_t{subtree.left} << 32 | subtree.right; }

  std::size_t below(const Subtree& subtree) const { return numbers.at(key_of(subtree)); }
  /// True if it is new.
  bool add_below(const Subtree& subtree) {
    if (!numbers.emplace(key_of(subtree), all.size()).second) return false;
    all.push_back({subtree.left, subtree.right});
    return true;
  }
  void forget_from(std::size_t count) {
    std::erase_if(numbers, [&](const auto& pair) { return pair.second >= count; });
    all.resize(count);
  }
};

/// Slots for a group's pairs, siblings side by side, every pair behind all slots that lead to it. A slot may be the
/// right one of a pair and the left one of the next: (x, leaf) and (leaf, y) take three slots, not four. So a pair that
/// begins with the last slot's subtree comes next; where there is none, one that ends so that another can follow.
class Trails {
 public:
  Trails(const Pairs& pairs, const Subtrees& subtrees)
      : pairs_(pairs), subtrees_(subtrees), waits_for_(pairs.all.size(), 0), places_(pairs.all.size()) {
    for (const Pair& pair : pairs_.all) {
      for_children(pair, [&](std::size_t child) { ++waits_for_[child]; });
    }
    for (std::size_t i = pairs_.all.size(); i-- > 0;) {
      if (waits_for_[i] == 0) ready_[pairs_.all[i].first].push_back(i);
    }
    while (!ready_.empty()) lay_trail();
  }

  /// The subtree in each slot.
  const std::vector<std::uint32_t>& slots() const { return slots_; }
  /// Where each pair's left sibling lies.
  const std::vector<std::uint32_t>& places() const { return places_; }

 private:
  bool is_leaf(std::uint32_t subtree) const { return subtrees_.all[subtree].feature < 0; }

  template <class Visit>
  void for_children(const Pair& pair, const Visit& visit) const {
    for (const std::uint32_t side : {pair.first, pair.second}) {
      if (!is_leaf(side)) visit(pairs_.below(subtrees_.all[side]));
    }
  }

  /// What begins with a leaf waits for something that ends with it.
  std::uint32_t first_of_trail() const {
    for (const auto& [left, waiting] : ready_) {
      if (!is_leaf(left)) return left;
    }
    return ready_.begin()->first;
  }

  void lay_trail() {
    slots_.push_back(first_of_trail());
    for (auto found = ready_.find(slots_.back()); found != ready_.end(); found = ready_.find(slots_.back())) {
      const std::size_t number = found->second.back();
      found->second.pop_back();
      if (found->second.empty()) ready_.erase(found);
      places_[number] = static_cast<std::uint32_t>(slots_.size() - 1);
      const Pair& pair = pairs_.all[number];
      slots_.push_back(pair.second);
      for_children(pair, [&](std::size_t child) {
        if (--waits_for_[child] == 0) ready_[pairs_.all[child].first].push_back(child);
      });
    }
  }

  const Pairs& pairs_;
  const Subtrees& subtrees_;
  std::vector<std::uint32_t> waits_for_;  ///< a pair: how many places lead to it that are not laid yet
  std::map<std::uint32_t, std::vector<std::size_t>, std::greater<>>
      ready_;  ///< by left subtree, inner ones mostly first
  std::vector<std::uint32_t> slots_;
  std::vector<std::uint32_t> places_;
};

/// Lays trees out, group after group: in each the roots, then the trails of siblings, a pair once however many parents
/// it has.
class Packer {
 public:
  Packer(const Subtrees& subtrees, SlotFormat format, bool votes)
      : subtrees_(subtrees), format_(format), votes_(votes) {}

  /// The groups and slots; none if a tree is too large for the format.
  std::optional<QuantizedForest> pack(const std::vector<std::size_t>& trees, const std::vector<Tree>& all) {
    packed_.feature_bits = format_.feature_bits;
    if (!payloads_fit()) return {};
    for (const std::size_t tree : trees) {
      const std::uint32_t root = subtrees_.roots[tree];
      const auto output = static_cast<std::uint16_t>(all[tree].output);
      if (output != output_ || roots_.size() == kMostTreesAGroup) finish_group();
      output_ = output;
      const std::size_t known = pairs_.all.size();
      add_pairs(root);
      if (!fits() && !roots_.empty()) {
        pairs_.forget_from(known);
        finish_group();
        add_pairs(root);
      }
      if (roots_.empty() && !fits()) return {};
      roots_.push_back(root);
    }
    finish_group();
    return std::move(packed_);
  }

 private:
  bool payloads_fit() const {
    return std::all_of(subtrees_.all.begin(), subtrees_.all.end(), [&](const Subtree& subtree) {
      if (subtree.feature >= 0) return static_cast<std::uint64_t>(subtree.feature) < format_.most_features();
      return !votes_ || static_cast<std::uint64_t>(subtree.threshold) <= format_.most_payload();
    });
  }

  /// The group's slots and one more root.
  bool fits() const {
    const std::uint64_t most = format_.most_slots();
    if (roots_.size() + 1 + 2 * pairs_.all.size() <= most) return true;
    if (roots_.size() + 1 + pairs_.all.size() > most) return false;
    return roots_.size() + 1 + Trails(pairs_, subtrees_).slots().size() <= most;
  }

  /// The pairs below a subtree that the group does not have yet.
  void add_pairs(std::uint32_t root) {
    std::vector<std::uint32_t> open = {root};
    while (!open.empty()) {
      const Subtree& subtree = subtrees_.all[open.back()];
      open.pop_back();
      if (subtree.feature < 0 || !pairs_.add_below(subtree)) continue;
      open.push_back(subtree.right);
      open.push_back(subtree.left);
    }
  }

  void finish_group() {
    if (roots_.empty()) return;
    const std::size_t words = format_.wide() ? 2 : 1;
    packed_.groups.push_back(
        {static_cast<std::uint32_t>(packed_.slots.size() / words), static_cast<std::uint16_t>(roots_.size()), output_});
    const Trails trails(pairs_, subtrees_);
    for (const std::uint32_t root : roots_) put(root, trails);
    for (const std::uint32_t subtree : trails.slots()) put(subtree, trails);
    roots_.clear();
    pairs_ = {};
  }

  void put(std::uint32_t number, const Trails& trails) {
    const Subtree& subtree = subtrees_.all[number];
    const auto payload = static_cast<std::uint32_t>(subtree.threshold);
    const unsigned low_bits = format_.wide() ? 0 : format_.child_bits();
    std::uint32_t child = 0;
    std::uint32_t word = votes_ ? payload << low_bits : payload << 16;
    if (subtree.feature >= 0) {
      child = static_cast<std::uint32_t>(roots_.size()) + trails.places()[pairs_.below(subtree)];
      word = payload << 16 | static_cast<std::uint32_t>(subtree.feature) << low_bits;
    }
    packed_.slots.push_back(format_.wide() ? word : word | child);
    if (format_.wide()) packed_.slots.push_back(child);
  }

  const Subtrees& subtrees_;
  const SlotFormat format_;
  const bool votes_;
  QuantizedForest packed_;
  std::uint16_t output_ = 0;
  std::vector<std::uint32_t> roots_;
  Pairs pairs_;
};

std::size_t bytes_of(const QuantizedForest& forest) {
  return 8 * forest.groups.size() + 4 * (forest.slots.size() + forest.votes.size() + forest.bias.size());
}

/// Trees that are nothing but a leaf go into the bias.
std::vector<std::size_t> fold_constants(const ForestModel& model, const std::vector<Tree>& trees,
                                        const Subtrees& subtrees, QuantizedForest& forest) {
  forest.bias = model.bias;
  std::vector<std::size_t> rest;
  for (std::size_t i = 0; i < trees.size(); ++i) {
    if (subtrees.all[subtrees.roots[i]].feature >= 0) {
      rest.push_back(i);
      continue;
    }
    // Any of its leaves says what all of them say.
    const auto leaf = std::find_if(trees[i].nodes.begin(), trees[i].nodes.end(),
                                   [](const TreeNode& node) { return node.feature < 0; });
    if (!model.votes) forest.bias[static_cast<std::size_t>(trees[i].output)] += leaf->answer;
    for (std::int32_t v = 0; v < leaf->vote_count; ++v) {
      const learn::Vote& vote = trees[i].votes[static_cast<std::size_t>(leaf->answer + v)];
      forest.bias[vote.class_index] += vote.weight;
    }
  }
  return rest;
}

/// The smallest of the formats that the trees fit.
QuantizedForest pack_trees(const ForestModel& model, const std::vector<Tree>& trees) {
  VoteTable votes;
  if (model.votes) {
    for (const Tree& tree : trees) {
      for (const TreeNode& node : tree.nodes) {
        if (node.feature < 0) votes.add(tree, node);
      }
    }
    votes.lay_out();
  }
  const Subtrees subtrees = share_subtrees(trees, model.votes ? &votes : nullptr);
  QuantizedForest head;
  const std::vector<std::size_t> rest = fold_constants(model, trees, subtrees, head);
  std::optional<QuantizedForest> best;
  for (const std::uint8_t feature_bits : {std::uint8_t{6}, std::uint8_t{8}, std::uint8_t{0}}) {
    std::optional<QuantizedForest> packed = Packer(subtrees, {feature_bits}, model.votes).pack(rest, trees);
    if (packed && (!best || bytes_of(*packed) < bytes_of(*best))) best = std::move(packed);
  }
  if (!best) throw std::runtime_error("the trees have more nodes than a model file can hold; try --max-depth 16");
  best->bias = head.bias;
  best->votes_leaf = model.votes && !rest.empty();
  if (best->votes_leaf) best->votes = votes.elements();
  return std::move(*best);
}

/// Splits of all trees, the weakest first: from which cost-complexity parameter on a split of which tree is gone.
using WeakLinks = std::vector<std::pair<double, std::size_t>>;

WeakLinks weak_links(const ForestModel& model, const std::vector<std::vector<double>>& from) {
  WeakLinks links;
  for (std::size_t i = 0; i < model.trees.size(); ++i) {
    for (std::size_t node = 0; node < from[i].size(); ++node) {
      if (model.trees[i].nodes[node].feature >= 0) links.emplace_back(from[i][node], i);
    }
  }
  std::sort(links.begin(), links.end());
  links.erase(std::unique(links.begin(), links.end()), links.end());
  return links;
}

/// All trees without the first `count` links.
std::vector<Tree> without(const ForestModel& model, const std::vector<std::vector<double>>& from,
                          const WeakLinks& links, std::size_t count) {
  std::vector<double> alphas(model.trees.size(), -1);
  for (std::size_t i = 0; i < count; ++i) alphas[links[i].second] = links[i].first;
  std::vector<Tree> trees;
  for (std::size_t i = 0; i < model.trees.size(); ++i) {
    trees.push_back(learn::pruned(model.trees[i], from[i], alphas[i]));
  }
  return trees;
}

/// The fewest links without which the packed trees take no more than `most_bytes`; nothing where all gone is too few.
std::optional<std::size_t> fewest_to_prune(const ForestModel& model, const std::vector<std::vector<double>>& from,
                                           const WeakLinks& links, std::size_t most_bytes) {
  std::size_t low = 0;
  std::size_t high = links.size() + 1;  // one past the last: none fits
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (bytes_of(pack_trees(model, without(model, from, links, middle))) <= most_bytes) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  if (low > links.size()) return {};
  return low;
}

/// Of the trees with as few questions as leave one at all.
std::size_t bytes_with_a_question(const ForestModel& model, const std::vector<std::vector<double>>& from,
                                  const WeakLinks& links) {
  for (std::size_t kept = 1; kept <= links.size(); ++kept) {
    const QuantizedForest packed = pack_trees(model, without(model, from, links, links.size() - kept));
    if (!packed.groups.empty()) return bytes_of(packed);
  }
  return bytes_of(pack_trees(model, model.trees));
}

std::size_t count_leaves(const std::vector<Tree>& trees) {
  std::size_t leaves = 0;
  for (const Tree& tree : trees) {
    leaves += static_cast<std::size_t>(
        std::count_if(tree.nodes.begin(), tree.nodes.end(), [](const TreeNode& node) { return node.feature < 0; }));
  }
  return leaves;
}

Link link_of(const ForestModel& model) {
  if (!model.classifies) return {};
  if (model.log_odds) {
    // Score word -> powers of two, in 2^-16.
    return {
        LinkKind::kLogistic, {requantization_of(std::ldexp(std::log2(std::exp(1.0)), 16 - model.fraction_bits), 0)}, 0};
  }
  const std::uint64_t total = std::uint64_t{model.trees.size()} << model.fraction_bits;
  return {LinkKind::kProportion, {}, static_cast<std::uint32_t>(total)};
}

}  // namespace

std::optional<PrunedForest> prune_to_fit(const ForestModel& model, std::size_t most_bytes) {
  if (bytes_of(pack_trees(model, model.trees)) <= most_bytes) return {};
  std::vector<std::vector<double>> from;
  for (const Tree& tree : model.trees) from.push_back(learn::pruned_from(tree));
  const WeakLinks links = weak_links(model, from);
  const std::optional<std::size_t> count = fewest_to_prune(model, from, links, most_bytes);
  if (!count) {
    throw std::runtime_error(
        fmt::format("--max-bytes {}: the trees take {} bytes even where they answer every row alike, and {} with a "
                    "question; give at least that",
                    most_bytes, bytes_of(pack_trees(model, without(model, from, links, links.size()))),
                    bytes_with_a_question(model, from, links)));
  }
  PrunedForest pruned{model, count_leaves(model.trees), 0, 0};
  pruned.model.trees = without(model, from, links, *count);
  pruned.leaves_after = count_leaves(pruned.model.trees);
  const bool no_question = pack_trees(pruned.model, pruned.model.trees).groups.empty();
  if (no_question) pruned.bytes_for_a_question = bytes_with_a_question(model, from, links);
  return pruned;
}

QuantizedForest quantize(const learn::ForestModel& model, const Request& request) {
  QuantizedForest forest = pack_trees(model, model.trees);
  forest.precision = Precision::kInt16;
  forest.encoding = request.encoding;
  forest.fraction_bits = model.fraction_bits;
  forest.outputs = static_cast<std::uint32_t>(model.outputs);
  forest.link = link_of(model);
  return forest;
}

}  // namespace nuthatch::quantize
