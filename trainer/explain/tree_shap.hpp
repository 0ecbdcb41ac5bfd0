#ifndef NUTHATCH_TRAINER_EXPLAIN_TREE_SHAP_HPP
#define NUTHATCH_TRAINER_EXPLAIN_TREE_SHAP_HPP

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "explain/inputs.hpp"
#include "quantize/forest.hpp"

namespace nuthatch::explain {

/// Exact Shapley values of one score of a packed forest. The value of a set S of features is the mean, over the
/// background's rows b, of the score of the row with b's codes for the features outside S ("interventional" TreeSHAP,
/// Lundberg et al. 2020). A row and a background row go down each tree together and part only where their codes answer
/// a question differently, so a pair costs at most the tree's leaves, whatever the number of features.
class TreeShap {
 public:
  /// `output`: the score, below forest.outputs. `background`: one row at least. Throws ModelError of trees with so many
  /// ways through them that it would take too long.
  TreeShap(const quantize::QuantizedForest& forest, std::size_t output, const Inputs& background);

  /// row: codes, one a feature. In score words, one a feature; they add up to the row's score less the background's
  /// mean score, to what adding doubles loses.
  std::vector<double> of(std::span<const double> row) const;

 private:
  struct Node {
    std::size_t child = 0;  ///< slot of the left answer, the right one behind it; 0: a leaf
    std::size_t feature = 0;
    double value = 0;  ///< the threshold, or what a leaf adds to the score
  };
  class Walk;

  void check_ways() const;
  double weight(std::size_t own, std::size_t others) const;

  std::vector<Node> nodes_;  ///< as the slots
  std::vector<std::size_t> roots_;
  Inputs background_;
  static constexpr std::size_t kTable = 64;
  std::vector<std::array<double, kTable>> weights_;
};

}  // namespace nuthatch::explain

#endif
