#include "quantize/explain.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "quantize/forest_slot.hpp"

namespace nuthatch::quantize {
namespace {

constexpr double kMostInt32 = 2147483647.0;
constexpr int kMostShift = 15;
constexpr int kShareBits = 8;

using Slot = ForestSlot;

/// Of all slots: what the training rows that came there went on to, on average, an output each (trees of values: the
/// one they add to), in score words.
class NodeMeans {
 public:
  NodeMeans(const QuantizedForest& forest, const learn::CodeMatrix& codes)
      : forest_(forest),
        columns_(forest.votes_leaf ? forest.outputs : 1),
        slots_(slot_count(forest)),
        means_(slots_ * columns_, 0),
        rows_(slots_, 0) {
    for (const TreeGroup& group : forest.groups) {
      for (std::size_t tree = 0; tree < group.trees; ++tree) {
        for (Eigen::Index row = 0; row < codes.rows(); ++row) walk(group.slot, group.slot + tree, codes, row);
      }
    }
    divide();
  }

  std::size_t columns() const { return columns_; }
  std::size_t slots() const { return slots_; }
  double operator()(std::size_t slot, std::size_t column) const { return means_[slot * columns_ + column]; }
  bool is_leaf(std::size_t slot) const { return decode_slot(forest_, slot).child == 0; }

  /// The most that one tree's contributions to a column can come to on the way down, and its root.
  std::vector<double> largest_ways(std::size_t column) const {
    std::vector<double> ways(slots_, 0);
    for (std::size_t g = forest_.groups.size(); g-- > 0;) {
      const std::size_t first = forest_.groups[g].slot;
      const std::size_t last = g + 1 < forest_.groups.size() ? forest_.groups[g + 1].slot : slots_;
      for (std::size_t slot = last; slot-- > first;) {
        const std::size_t child = decode_slot(forest_, slot).child;
        for (std::size_t next = first + child; child != 0 && next <= first + child + 1; ++next) {
          const double step = std::abs((*this)(next, column) - (*this)(slot, column));
          ways[slot] = std::max(ways[slot], step + ways[next]);
        }
      }
    }
    return ways;
  }

 private:
  void add_leaf(const Slot& leaf, std::size_t to) {
    double* const sums = means_.data() + to * columns_;
    if (!forest_.votes_leaf) {
      sums[0] += leaf.value;
      return;
    }
    for (std::size_t at = leaf.payload;; ++at) {
      const std::int32_t weight = forest_.votes[at] >> 16;
      sums[static_cast<std::uint32_t>(forest_.votes[at]) & 0xFFFF] += std::abs(weight);
      if (weight < 0) return;
    }
  }

  void walk(std::size_t group, std::size_t root, const learn::CodeMatrix& codes, Eigen::Index row) {
    way_.assign(1, root);
    Slot slot = decode_slot(forest_, root);
    while (slot.child != 0) {
      const bool right = codes(row, static_cast<Eigen::Index>(slot.feature)) > slot.value;
      way_.push_back(group + slot.child + (right ? 1 : 0));
      slot = decode_slot(forest_, way_.back());
    }
    for (const std::size_t passed : way_) {
      ++rows_[passed];
      add_leaf(slot, passed);
    }
  }

  void divide() {
    for (std::size_t slot = 0; slot < slots_; ++slot) {
      for (std::size_t k = 0; k < columns_ && rows_[slot] > 0; ++k) {
        means_[slot * columns_ + k] /= static_cast<double>(rows_[slot]);
      }
    }
    // Children lie behind: where no row came, both are taken to be as likely.
    for (std::size_t g = forest_.groups.size(); g-- > 0;) {
      const std::size_t first = forest_.groups[g].slot;
      const std::size_t last = g + 1 < forest_.groups.size() ? forest_.groups[g + 1].slot : slots_;
      for (std::size_t slot = last; slot-- > first;) guess(first, slot);
    }
  }

  void guess(std::size_t group, std::size_t at) {
    if (rows_[at] > 0) return;
    const Slot slot = decode_slot(forest_, at);
    if (slot.child == 0) return add_leaf(slot, at);
    for (std::size_t k = 0; k < columns_; ++k) {
      means_[at * columns_ + k] = ((*this)(group + slot.child, k) + (*this)(group + slot.child + 1, k)) / 2;
    }
  }

  const QuantizedForest& forest_;
  std::size_t columns_;
  std::size_t slots_;
  std::vector<double> means_;
  std::vector<std::uint64_t> rows_;
  std::vector<std::size_t> way_;
};

double largest_leaf(const QuantizedForest& forest, const NodeMeans& means) {
  double largest = 1;
  for (const std::int32_t vote : forest.votes) largest = std::max<double>(largest, std::abs(vote >> 16));
  for (std::size_t slot = 0; slot < means.slots() && !forest.votes_leaf; ++slot) {
    if (means.is_leaf(slot)) largest = std::max<double>(largest, std::abs(decode_slot(forest, slot).value));
  }
  return largest;
}

/// The largest size of any sum that explaining some row could come to, of scores and of some of their contributions.
double largest_sum(const QuantizedForest& forest, const NodeMeans& means) {
  const double leaf = largest_leaf(forest, means);
  double largest = 0;
  for (std::size_t k = 0; k < forest.bias.size(); ++k) {
    const std::size_t column = forest.votes_leaf ? k : 0;
    const std::vector<double> ways = means.largest_ways(column);
    double sum = std::abs(static_cast<double>(forest.bias[k]));
    double leaves = sum;
    for (const TreeGroup& group : forest.groups) {
      leaves += leaf * group.trees;  // as `open` adds them up, whatever output they are of
      if (!forest.votes_leaf && group.output != k) continue;
      for (std::size_t tree = 0; tree < group.trees; ++tree) {
        sum += std::abs(means(group.slot + tree, column)) + ways[group.slot + tree];
      }
    }
    largest = std::max({largest, sum, leaves});
  }
  return largest;
}

/// The finest unit, in powers of two of a score word, in which no sum leaves 32 bits; with room for rounded nodes.
int finest_shift(const QuantizedForest& forest, const NodeMeans& means) {
  const double largest = largest_sum(forest, means);
  if (largest >= kMostInt32) {
    throw std::runtime_error(
        "--explain: contributions of so many trees could leave 32 bits; fewer trees, or a lower "
        "--max-depth");
  }
  return std::clamp(static_cast<int>(std::floor(30 - std::log2(std::max(largest, 1.0)))), 0, kMostShift);
}

Explanation explain_kind(const QuantizedForest& forest, const learn::CodeMatrix& codes) {
  const NodeMeans means(forest, codes);
  const int leaf_bits = static_cast<int>(std::ceil(std::log2(largest_leaf(forest, means))));
  const int finest = finest_shift(forest, means);
  Explanation explanation;
  // A leaf takes all 15 bits of an int16; of a share, all 8.
  const int wanted = (forest.votes_leaf ? kShareBits : 15) - leaf_bits;
  const int leaf_shift = std::clamp(wanted, 0, finest);
  const int node_shift = forest.votes_leaf ? std::max(0, leaf_bits + leaf_shift - kShareBits) : 0;
  explanation.leaf_shift = static_cast<std::uint8_t>(leaf_shift);
  explanation.node_shift = static_cast<std::uint8_t>(node_shift);
  for (std::size_t slot = 0; slot < means.slots(); ++slot) {
    const bool leaf = means.is_leaf(slot);
    for (std::size_t k = 0; k < means.columns(); ++k) {
      const double word = leaf ? 0 : std::nearbyint(std::ldexp(means(slot, k), leaf_shift - node_shift));
      if (forest.votes_leaf) {
        explanation.node_shares.push_back(static_cast<std::uint8_t>(std::clamp(word, 0.0, 255.0)));
      } else {
        explanation.node_values.push_back(static_cast<std::int16_t>(std::clamp(word, -32768.0, 32767.0)));
      }
    }
  }
  return explanation;
}

std::optional<Explanation> explain_kind(const QuantizedLinear& linear, const learn::CodeMatrix& codes) {
  if (linear.precision == Precision::kFloat32) return {};
  Explanation explanation;
  for (Eigen::Index i = 0; i < codes.cols(); ++i) {
    explanation.means.push_back(static_cast<std::int16_t>(std::lround(codes.col(i).cast<double>().mean())));
  }
  return explanation;
}

template <class Kind>
std::optional<Explanation> explain_kind(const Kind& /*other*/, const learn::CodeMatrix& /*codes*/) {
  return {};
}

}  // namespace

std::optional<Explanation> explain(const Predictor& predictor, const learn::CodeMatrix& codes) {
  return std::visit([&](const auto& kind) -> std::optional<Explanation> { return explain_kind(kind, codes); },
                    predictor);
}

std::size_t bytes_of(const Explanation& explanation) {
  return 2 * (explanation.means.size() + explanation.node_values.size()) + explanation.node_shares.size();
}

}  // namespace nuthatch::quantize
