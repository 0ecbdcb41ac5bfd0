#include "explain/tree_shap.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "export/model_file.hpp"
#include "quantize/forest_slot.hpp"

namespace nuthatch::explain {
namespace {

using quantize::QuantizedForest;

/// What a leaf adds to the score `output`; values: only where that is the group's.
double leaf_value(const QuantizedForest& forest, const quantize::ForestSlot& leaf, bool is_groups, std::size_t output) {
  if (!forest.votes_leaf) return is_groups ? leaf.value : 0;
  for (std::size_t at = leaf.payload;; ++at) {
    const std::int32_t vote = forest.votes[at];
    if ((static_cast<std::uint32_t>(vote) & 0xFFFF) == output) return std::abs(vote >> 16);
    if (vote < 0) return 0;
  }
}

/// Slots may be shared, so that a small file has any number of ways from root to leaf, and nobody would wait for them.
constexpr double kMostWays = 1 << 26;

}  // namespace

TreeShap::TreeShap(const QuantizedForest& forest, std::size_t output, const Inputs& background)
    : nodes_(quantize::slot_count(forest)), background_(background), weights_(kTable) {
  for (std::size_t g = 0; g < forest.groups.size(); ++g) {
    const quantize::TreeGroup& group = forest.groups[g];
    const std::size_t last = g + 1 < forest.groups.size() ? forest.groups[g + 1].slot : nodes_.size();
    const bool is_groups = group.output == output;
    for (std::size_t index = group.slot; index < last; ++index) {
      const quantize::ForestSlot slot = quantize::decode_slot(forest, index);
      const bool leaf = slot.child == 0;
      nodes_[index] = {leaf ? 0 : group.slot + slot.child, slot.feature,
                       leaf ? leaf_value(forest, slot, is_groups, output) : slot.value};
    }
    // Trees of other scores need no walk.
    if (!forest.votes_leaf && !is_groups) continue;
    for (std::size_t tree = 0; tree < group.trees; ++tree) roots_.push_back(group.slot + tree);
  }
  check_ways();
  for (std::size_t own = 1; own < kTable; ++own) {
    weights_[own][0] = 1.0 / static_cast<double>(own);
    for (std::size_t others = 1; others < kTable; ++others) {
      weights_[own][others] =
          weights_[own][others - 1] * static_cast<double>(others) / static_cast<double>(own + others);
    }
  }
}

void TreeShap::check_ways() const {
  std::vector<double> ways(nodes_.size(), 1);
  for (std::size_t at = nodes_.size(); at-- > 0;) {  // children lie behind their parents
    const std::size_t child = nodes_[at].child;
    if (child != 0) ways[at] = ways[child] + ways[child + 1];
  }
  double all = 0;
  for (const std::size_t root : roots_) all += ways[root];
  if (all > kMostWays) {
    throw exporting::ModelError(
        fmt::format("its trees have {:.3g} ways from a root to a leaf, and contributions want at most {:.3g}; ask for "
                    "--permutation or --dependence",
                    all, kMostWays));
  }
}

/// (own - 1)! others! / (own + others)!: the share of all orders of own + others players in which one of the own comes
/// right after the rest of the own and before all others.
double TreeShap::weight(std::size_t own, std::size_t others) const {
  if (own < kTable && others < kTable) return weights_[own][others];
  return std::beta(static_cast<double>(own), static_cast<double>(others + 1));
}

/// A row and a background row through the trees together.
class TreeShap::Walk {
 public:
  Walk(const TreeShap& forest, std::span<const double> row, std::vector<double>& sums)
      : forest_(forest), row_(row), sums_(sums), sides_(row.size(), Side::kBoth) {}

  void through(std::size_t root, std::span<const double> background) {
    background_ = background;
    (void)below(root, 0, 0);
  }

 private:
  /// Whose code the way down took at a feature's questions; both where they never differed.
  enum class Side : std::uint8_t { kBoth, kRow, kBackground };

  /// What the leaves below give each feature that the way took from the row, and each that it took from the background.
  struct Given {
    double of_row = 0;
    double of_background = 0;
  };

  /// A leaf is reached with a set S where S has all of the way's features that are the row's, and none of those that
  /// are the background's.
  Given leaf(double value, std::size_t of_row, std::size_t of_background) const {
    return {of_row == 0 ? 0 : value * forest_.weight(of_row, of_background),
            of_background == 0 ? 0 : -value * forest_.weight(of_background, of_row)};
  }

  /// of_row, of_background: how many features the way has taken from each.
  Given below(std::size_t at, std::size_t of_row, std::size_t of_background) {
    for (;;) {
      const Node& node = forest_.nodes_[at];
      if (node.child == 0) return leaf(node.value, of_row, of_background);
      const std::size_t as_row = node.child + (row_[node.feature] > node.value ? 1 : 0);
      const std::size_t as_background = node.child + (background_[node.feature] > node.value ? 1 : 0);
      Side& side = sides_[node.feature];
      if (as_row != as_background && side == Side::kBoth) {
        side = Side::kRow;
        const Given row = below(as_row, of_row + 1, of_background);
        side = Side::kBackground;
        const Given background = below(as_background, of_row, of_background + 1);
        side = Side::kBoth;
        sums_[node.feature] += row.of_row + background.of_background;
        return {row.of_row + background.of_row, row.of_background + background.of_background};
      }
      at = side == Side::kBackground ? as_background : as_row;
    }
  }

  const TreeShap& forest_;
  std::span<const double> row_;
  std::span<const double> background_;
  std::vector<double>& sums_;
  std::vector<Side> sides_;
};

std::vector<double> TreeShap::of(std::span<const double> row) const {
  std::vector<double> sums(row.size(), 0);
  Walk walk(*this, row, sums);
  for (Eigen::Index b = 0; b < background_.rows(); ++b) {
    const std::span<const double> background(background_.row(b).data(), row.size());
    for (const std::size_t root : roots_) walk.through(root, background);
  }
  for (double& sum : sums) sum /= static_cast<double>(background_.rows());
  return sums;
}

}  // namespace nuthatch::explain
