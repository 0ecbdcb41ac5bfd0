#ifndef NUTHATCH_TRAINER_LEARN_FOREST_HPP
#define NUTHATCH_TRAINER_LEARN_FOREST_HPP

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "learn/examples.hpp"
#include "learn/parameters.hpp"

namespace nuthatch::learn {

/// A node of a decision tree. Inner nodes keep what they would answer, for pruning makes leaves of them.
struct TreeNode {
  std::int32_t feature = -1;  ///< -1: a leaf
  std::int32_t left = 0;      ///< children come after their parent
  std::int32_t right = 0;
  std::int16_t threshold = 0;  ///< code <= threshold goes left
  double threshold_in_z = 0;   ///< the same border between standardized values
  double risk = 0;             ///< its share of the rows times their impurity, were it a leaf
  /// Trees of values: what it adds to the score, in units of the score word. Trees of votes: its first in Tree::votes.
  std::int32_t answer = 0;
  std::int32_t vote_count = 0;
};

struct Vote {
  std::uint16_t class_index = 0;
  std::uint16_t weight = 0;  ///< in units of the score word
};

/// Node 0 is the root.
struct Tree {
  std::int32_t output = 0;  ///< trees of values: the score it adds to
  std::vector<TreeNode> nodes;
  std::vector<Vote> votes;
};

/// score_k = 2^-fraction_bits * (bias_k + the sum of what the leaves that a row reaches add to it). Answers are learned
/// in units of the device's score words, so quantization has nothing left to round.
struct ForestModel {
  std::vector<Tree> trees;
  std::int32_t outputs = 1;
  bool votes = false;     ///< leaves are lists of votes; else values
  bool log_odds = false;  ///< scores are log-odds (boosting); else, for classes, sums of votes
  bool classifies = false;
  int fraction_bits = 0;
  std::vector<std::int32_t> bias;
};

/// One tree on all rows (CART: Breiman, Friedman, Olshen and Stone 1984), Gini impurity or squared error.
ForestModel decision_tree(const Examples& examples, const Parameters& parameters);

/// Random forest (Breiman 2001): trees on bootstrap samples, each split the best of some random features.
ForestModel random_forest(const Examples& examples, const Parameters& parameters);

/// Extremely randomized trees (Geurts, Ernst and Wehenkel 2006): all rows, each split the best of some random ones.
ForestModel extra_trees(const Examples& examples, const Parameters& parameters);

/// Gradient boosting (Friedman 2001): squared error, or log loss with Newton steps in the leaves.
ForestModel boosting(const Examples& examples, const Parameters& parameters);

/// What the rows of a leaf must weigh: --min-samples-leaf rows of the lightest class.
double least_weight(const Examples& examples, const Parameters& parameters);

/// By node the cost-complexity parameter from which on it is a leaf or gone; leaves: 0. A parent's is at least its
/// children's, so the trees of rising parameters are nested (weakest-link pruning, Breiman et al. 1984, chapter 3).
std::vector<double> pruned_from(const Tree& tree);

/// The tree without the nodes that are gone at `alpha`; `from` is pruned_from(tree).
Tree pruned(const Tree& tree, const std::vector<double>& from, double alpha);

}  // namespace nuthatch::learn

#endif
