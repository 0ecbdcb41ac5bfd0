#ifndef NUTHATCH_TRAINER_LEARN_TREE_GROWER_HPP
#define NUTHATCH_TRAINER_LEARN_TREE_GROWER_HPP

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "learn/forest.hpp"
#include "learn/random.hpp"

namespace nuthatch::learn {

/// One feature's codes in rising bins, each of one code or of several neighbours.
struct Bins {
  std::vector<std::uint16_t> of_row;  ///< a row
  std::vector<std::int16_t> low;      ///< a bin: its lowest code
  std::vector<std::int16_t> high;     ///< a bin: its highest code
  std::vector<double> low_z;          ///< a bin: its lowest standardized value
  std::vector<double> high_z;         ///< a bin: its highest

  std::size_t size() const { return low.size(); }
  bool is_one_code(std::size_t bin) const { return low[bin] == high[bin]; }
};

/// The codes of all rows, sorted into bins once for all trees. With at most 256 different codes, or with few rows, each
/// code has a bin of its own; else bins are quantiles of the rows, and of the rare rows by themselves, and `fine` has a
/// bin a code for nodes that the quantiles no longer tell apart.
struct BinnedFeatures {
  struct Feature {
    Bins coarse;
    Bins fine;  ///< empty where `coarse` has a bin a code
    CodeScale scale;

    bool has_fine() const { return fine.size() > 0; }
  };
  std::vector<Feature> features;
  const CodeMatrix* codes = nullptr;
  std::size_t rows = 0;
  std::size_t most_bins = 1;
};

/// The code of the middle between a bin's highest value and a later bin's lowest, which goes left with the former.
std::int16_t threshold_between(const Bins& bins, const CodeScale& scale, std::size_t bin, std::size_t later);

/// Throws std::invalid_argument if the examples bring no codes.
BinnedFeatures bin_features(const Examples& examples);

/// What a tree is to tell: a class a row, or where class_count is 0 a value a row. Two classes may be given as values 0
/// and 1: the Gini impurity is twice the variance of those, which is what `impurity_scale` says.
struct Targets {
  const std::int32_t* classes = nullptr;
  const double* values = nullptr;
  std::int32_t class_count = 0;
  double impurity_scale = 1;
};

struct GrowLimits {
  std::int64_t max_depth = 0;  ///< 0: none
  double min_samples_leaf = 1;
  std::size_t max_features = 0;    ///< candidates a split; at least one that is not constant is looked at
  bool random_thresholds = false;  ///< extra-trees: one threshold a candidate, drawn between its extremes
};

/// The rows of a node and what they sum to.
struct NodeRows {
  std::span<const std::uint32_t> rows;
  double weight = 0;             ///< sum of the rows' weights
  const double* sums = nullptr;  ///< of weights by class, or one: of weight times value
};

/// Grows trees on binned codes, best split first found by one scan over a histogram a feature; where all features are
/// candidates a child's histogram is its parent's less its sibling's. Where bins hold several codes, the best split's
/// border is moved to the best code of the two bins beside it, and nodes of few rows or few bins look at single codes.
/// One a thread.
class TreeGrower {
 public:
  /// Answers for the node, which it may be the last of `tree.nodes`: fills `answer` and `vote_count`.
  using Answer = std::function<void(const NodeRows& rows, Tree& tree, TreeNode& node)>;

  TreeGrower(const BinnedFeatures& data, const GrowLimits& limits) : data_(data), limits_(limits) {}

  /// A tree on `rows`, each counted `weights[row]` times. The same arguments give the same tree.
  Tree grow(const Targets& targets, std::vector<std::uint32_t> rows, const std::vector<double>& weights,
            const Answer& answer, Random random);

 private:
  struct Work;
  struct Split;

  void sum_rows(Work& work) const;
  bool is_pure(const Work& work) const;
  void take_rows(const Work& work);
  void fill(const Bins& bins, const Work& work, double* histogram);
  void fill_touched(const Bins& bins, const Work& work);
  void list_touched(const Bins& bins, const double* histogram);
  void scan(std::size_t feature, const Bins& bins, const Work& work, const double* histogram, Split& best);
  bool is_coarse_here(const BinnedFeatures::Feature& feature) const;
  void add_row(std::size_t i, double* entry) const;
  double score_of(const Work& work, double left_weight, double least) const;
  void refine(const Work& work, Split& split);
  std::pair<std::int16_t, double> draw_between(const BinnedFeatures::Feature& feature, std::int32_t low,
                                               std::int32_t high);
  void try_random_threshold(std::size_t feature, const Work& work, Split& best);
  bool try_feature(std::size_t feature, const Work& work, Split& best);
  Split find_split(const Work& work);
  std::uint32_t partition(const Work& work, const Split& split);
  void share_histograms(Work& parent, Work& left, Work& right);
  void make_node(const Work& work, const Answer& answer);
  void begin();
  Work make_root(const Answer& answer);
  std::pair<Work, Work> make_children(Work& work, const Split& split, const Answer& answer);
  double impurity(const Work& work) const;

  std::size_t sums() const { return targets_.class_count > 0 ? static_cast<std::size_t>(targets_.class_count) : 1; }
  std::size_t width() const { return sums() + 1; }

  const BinnedFeatures& data_;
  const GrowLimits limits_;
  Targets targets_;
  const double* weights_ = nullptr;
  double total_weight_ = 0;
  Tree tree_;
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint32_t> moved_;         // partition's second buffer
  std::vector<double> row_weights_;          // of the node at hand, in the order of its rows
  std::vector<double> row_values_;           // weight times value
  std::vector<std::int32_t> row_classes_;    // class
  std::vector<std::uint64_t> touched_bits_;  // bins that the node's rows fall into
  std::vector<std::uint16_t> touched_;       // the same as a list, rising
  std::vector<std::uint32_t> beside_;        // refine's rows: code and place in the node
  std::vector<double> histogram_;            // of the feature at hand
  std::vector<double> left_sums_;
  std::vector<std::size_t> offsets_;       // of each feature in a node's histogram of all features
  std::vector<std::uint32_t> candidates_;  // features, partly shuffled
  Random* random_ = nullptr;
};

}  // namespace nuthatch::learn

#endif
