#include "learn/tree_grower.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <stdexcept>

namespace nuthatch::learn {
namespace {

constexpr std::size_t kMostBins = 256;
/// With this many rows or fewer each different code has a bin, however many.
constexpr std::size_t kExactRows = 4096;
/// A node's histograms of all features are kept for its children up to this many numbers (64 MiB).
constexpr std::size_t kMostShared = std::size_t{8} << 20;
/// Squared error below this share of the squares is their rounding.
constexpr double kNoise = 1e-12;

/// How many rows have each code, from the lowest to the highest.
struct CodeCounts {
  std::int32_t lowest = 0;
  std::vector<std::uint32_t> counts;
};

CodeCounts count_codes(const std::int16_t* codes, std::size_t rows) {
  const auto [low, high] = std::minmax_element(codes, codes + rows);
  CodeCounts found{*low, std::vector<std::uint32_t>(static_cast<std::size_t>(*high - *low) + 1)};
  for (std::size_t row = 0; row < rows; ++row) ++found.counts[static_cast<std::size_t>(codes[row] - found.lowest)];
  return found;
}

BinnedFeatures::Feature bin_feature(const std::int16_t* codes, const double* values, std::size_t rows) {
  const CodeCounts found = count_codes(codes, rows);
  const auto distinct =
      found.counts.size() - static_cast<std::size_t>(std::count(found.counts.begin(), found.counts.end(), 0U));
  const bool exact = distinct <= kMostBins || rows <= kExactRows;
  BinnedFeatures::Feature feature;
  std::vector<std::uint16_t> bin_of(found.counts.size());
  std::size_t below = 0;  // rows in finished bins and this one
  bool open = false;      // the last bin takes more codes
  for (std::size_t i = 0; i < found.counts.size(); ++i) {
    if (found.counts[i] == 0) continue;
    const auto code = static_cast<std::int16_t>(found.lowest + static_cast<std::int32_t>(i));
    if (!open) feature.low.push_back(code), feature.high.push_back(code);
    feature.high.back() = code;
    bin_of[i] = static_cast<std::uint16_t>(feature.high.size() - 1);
    below += found.counts[i];
    open = !exact && below * kMostBins < feature.high.size() * rows;
  }
  feature.bins.resize(rows);
  feature.low_z.assign(feature.low.size(), std::numeric_limits<double>::infinity());
  feature.high_z.assign(feature.low.size(), -std::numeric_limits<double>::infinity());
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint16_t bin = bin_of[static_cast<std::size_t>(codes[row] - found.lowest)];
    feature.bins[row] = bin;
    feature.low_z[bin] = std::min(feature.low_z[bin], values[row]);
    feature.high_z[bin] = std::max(feature.high_z[bin], values[row]);
  }
  return feature;
}

}  // namespace

BinnedFeatures bin_features(const Examples& examples) {
  if (examples.codes == nullptr || std::ssize(examples.scales) != examples.codes->cols()) {
    throw std::invalid_argument("trees learn on codes, and there are none");
  }
  BinnedFeatures binned;
  binned.codes = examples.codes;
  binned.rows = static_cast<std::size_t>(examples.codes->rows());
  for (Eigen::Index i = 0; i < examples.codes->cols(); ++i) {
    BinnedFeatures::Feature feature =
        bin_feature(examples.codes->col(i).data(), examples.features.col(i).data(), binned.rows);
    feature.scale = examples.scales[static_cast<std::size_t>(i)];
    binned.most_bins = std::max(binned.most_bins, feature.low.size());
    binned.features.push_back(std::move(feature));
  }
  return binned;
}

std::int16_t threshold_between(const BinnedFeatures::Feature& feature, std::size_t bin, std::size_t later) {
  const std::int32_t low = feature.high[bin];
  const std::int32_t high = feature.low[later];
  if (feature.scale.counts) return static_cast<std::int16_t>((low + high) >> 1);
  // Rounded as the device rounds the value itself, and up where that is in doubt.
  constexpr double kDoubt = 0.01;
  const double middle = (feature.high_z[bin] + feature.low_z[later]) / 2;
  const double code = std::floor((middle - feature.scale.shift_in_z) / feature.scale.unit + 0.5 + kDoubt);
  return static_cast<std::int16_t>(std::clamp<double>(code, low, high - 1));
}

/// A node that is still to be split: rows_[begin, end).
struct TreeGrower::Work {
  std::size_t node = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::int64_t depth = 0;
  double weight = 0;
  double squares = 0;             // of the values; of classes, whose one is 1: the weight
  std::vector<double> sums;       // by class, or of the values
  std::vector<double> histogram;  // of all features; empty: none is kept

  std::size_t size() const { return end - begin; }
};

struct TreeGrower::Split {
  double score = -std::numeric_limits<double>::infinity();
  std::int32_t feature = -1;
  std::int16_t threshold = 0;
};

void TreeGrower::sum_rows(Work& work) const {
  work.sums.assign(sums(), 0);
  work.weight = work.squares = 0;
  for (std::uint32_t i = work.begin; i < work.end; ++i) {
    const std::uint32_t row = rows_[i];
    const double weight = weights_[row];
    work.weight += weight;
    if (targets_.class_count > 0) {
      work.sums[static_cast<std::size_t>(targets_.classes[row])] += weight;
    } else {
      const double value = targets_.values[row];
      work.sums[0] += weight * value;
      work.squares += weight * value * value;
    }
  }
  if (targets_.class_count > 0) work.squares = work.weight;
}

/// Of all the node's rows together: the sum of squared errors, of which the Gini impurity is a case.
double TreeGrower::impurity(const Work& work) const {
  double explained = 0;
  for (const double sum : work.sums) explained += sum * sum;
  return std::max(0.0, work.squares - explained / work.weight);
}

bool TreeGrower::is_pure(const Work& work) const { return impurity(work) <= kNoise * work.squares; }

/// The node's rows in one piece, for all the features that will ask for them.
void TreeGrower::take_rows(const Work& work) {
  row_weights_.resize(work.size());
  (targets_.class_count > 0 ? row_classes_.resize(work.size()) : row_values_.resize(work.size()));
  for (std::size_t i = 0; i < work.size(); ++i) {
    const std::uint32_t row = rows_[work.begin + i];
    row_weights_[i] = weights_[row];
    if (targets_.class_count > 0) {
      row_classes_[i] = targets_.classes[row];
    } else {
      row_values_[i] = weights_[row] * targets_.values[row];
    }
  }
}

/// Adds the node's rows to a feature's histogram: a bin's weight, then its sums. With `track` the bins it finds not yet
/// touched are cleared first; else the histogram is all zero.
void TreeGrower::fill(std::size_t feature, const Work& work, double* histogram, bool track) {
  const std::uint16_t* const bins = data_.features[feature].bins.data();
  const std::uint32_t* const rows = rows_.data() + work.begin;
  const std::size_t wide = width();
  const bool classes = targets_.class_count > 0;
  for (std::size_t i = 0; i < work.size(); ++i) {
    const std::size_t bin = bins[rows[i]];
    double* const entry = histogram + bin * wide;
    if (track) {
      std::uint64_t& bits = touched_bits_[bin / 64];
      const std::uint64_t bit = std::uint64_t{1} << (bin % 64);
      if ((bits & bit) == 0) std::fill(entry, entry + wide, 0.0);
      bits |= bit;
    }
    entry[0] += row_weights_[i];
    if (classes) {
      entry[1 + row_classes_[i]] += row_weights_[i];
    } else {
      entry[1] += row_values_[i];
    }
  }
}

/// The bins with rows in them: tracked while the histogram was filled, or (null) found by their weight.
void TreeGrower::list_touched(std::size_t feature, const double* histogram) {
  touched_.clear();
  const std::size_t bins = data_.features[feature].low.size();
  if (histogram != nullptr) {
    for (std::size_t bin = 0; bin < bins; ++bin) {
      if (histogram[bin * width()] != 0) touched_.push_back(static_cast<std::uint16_t>(bin));
    }
    return;
  }
  for (std::size_t word = 0; word * 64 < bins; ++word) {
    for (std::uint64_t& bits = touched_bits_[word]; bits != 0; bits &= bits - 1) {
      touched_.push_back(static_cast<std::uint16_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(bits))));
    }
  }
}

/// The best border between two touched bins: the largest sum over both sides of |sums|^2 / weight, which is what a
/// split takes from the squared error.
void TreeGrower::scan(std::size_t feature, const Work& work, const double* histogram, Split& best) {
  const BinnedFeatures::Feature& binned = data_.features[feature];
  const std::size_t count = sums();
  double left_weight = 0;
  left_sums_.assign(count, 0);
  for (std::size_t i = 0; i + 1 < touched_.size(); ++i) {
    const double* const entry = histogram + touched_[i] * width();
    left_weight += entry[0];
    const double right_weight = work.weight - left_weight;
    double left = 0;
    double right = 0;
    for (std::size_t k = 0; k < count; ++k) {
      const double sum = left_sums_[k] += entry[1 + k];
      left += sum * sum;
      right += (work.sums[k] - sum) * (work.sums[k] - sum);
    }
    if (left_weight < limits_.min_samples_leaf || right_weight < limits_.min_samples_leaf) continue;
    const double score = left / left_weight + right / right_weight;
    if (score <= best.score) continue;
    best = {score, static_cast<std::int32_t>(feature), threshold_between(binned, touched_[i], touched_[i + 1])};
  }
}

void TreeGrower::try_random_threshold(std::size_t feature, const Work& work, Split& best) {
  const std::int16_t* const codes = data_.codes->col(static_cast<Eigen::Index>(feature)).data();
  const std::uint32_t* const rows = rows_.data() + work.begin;
  std::int32_t low = INT16_MAX;
  std::int32_t high = INT16_MIN;
  for (std::size_t i = 0; i < work.size(); ++i) {
    low = std::min<std::int32_t>(low, codes[rows[i]]);
    high = std::max<std::int32_t>(high, codes[rows[i]]);
  }
  touched_.assign(low == high ? 1 : 2, 0);
  if (low == high) return;
  const std::int32_t threshold =
      low + static_cast<std::int32_t>(random_->below(static_cast<std::uint64_t>(high - low)));
  double weight = 0;
  left_sums_.assign(sums(), 0);
  for (std::size_t i = 0; i < work.size(); ++i) {
    if (codes[rows[i]] > threshold) continue;
    weight += row_weights_[i];
    if (targets_.class_count > 0) {
      left_sums_[static_cast<std::size_t>(row_classes_[i])] += row_weights_[i];
    } else {
      left_sums_[0] += row_values_[i];
    }
  }
  double left = 0;
  double right = 0;
  for (std::size_t k = 0; k < sums(); ++k) {
    left += left_sums_[k] * left_sums_[k];
    right += (work.sums[k] - left_sums_[k]) * (work.sums[k] - left_sums_[k]);
  }
  const double right_weight = work.weight - weight;
  if (weight < limits_.min_samples_leaf || right_weight < limits_.min_samples_leaf) return;
  const double score = left / weight + right / right_weight;
  if (score > best.score) best = {score, static_cast<std::int32_t>(feature), static_cast<std::int16_t>(threshold)};
}

/// False where the feature is constant in the node.
bool TreeGrower::try_feature(std::size_t feature, const Work& work, Split& best) {
  if (data_.features[feature].scale.unit == 0) return false;  // the device cannot tell its values apart
  if (limits_.random_thresholds) {
    try_random_threshold(feature, work, best);
  } else if (!work.histogram.empty()) {
    const double* const histogram = work.histogram.data() + offsets_[feature];
    list_touched(feature, histogram);
    scan(feature, work, histogram, best);
  } else {
    fill(feature, work, histogram_.data(), true);
    list_touched(feature, nullptr);
    scan(feature, work, histogram_.data(), best);
  }
  return touched_.size() > 1;
}

TreeGrower::Split TreeGrower::find_split(const Work& work) {
  Split best;
  const std::size_t count = candidates_.size();
  if (limits_.max_features >= count && !limits_.random_thresholds) {
    for (std::size_t feature = 0; feature < count; ++feature) try_feature(feature, work, best);
    return best;
  }
  std::size_t varying = 0;
  for (std::size_t tried = 0; tried < count && (tried < limits_.max_features || varying == 0); ++tried) {
    std::swap(candidates_[tried], candidates_[tried + random_->below(count - tried)]);
    varying += try_feature(candidates_[tried], work, best) ? 1U : 0U;
  }
  return best;
}

/// Rows that go left first, both sides in the order they were in; the first that goes right.
std::uint32_t TreeGrower::partition(const Work& work, const Split& split) {
  const std::int16_t* const codes = data_.codes->col(split.feature).data();
  moved_.clear();
  std::uint32_t at = work.begin;
  for (std::uint32_t i = work.begin; i < work.end; ++i) {
    const std::uint32_t row = rows_[i];
    if (codes[row] <= split.threshold) {
      rows_[at++] = row;
    } else {
      moved_.push_back(row);
    }
  }
  std::copy(moved_.begin(), moved_.end(), rows_.begin() + at);
  return at;
}

/// Fills the smaller child's histograms and takes them from the parent's, which become the larger child's; where the
/// larger child has too few rows to be worth it, neither has any.
void TreeGrower::share_histograms(Work& parent, Work& left, Work& right) {
  Work& small = left.size() <= right.size() ? left : right;
  Work& large = left.size() <= right.size() ? right : left;
  const std::size_t length = offsets_.empty() ? 0 : offsets_.back();
  if (parent.histogram.empty() || large.size() * data_.features.size() < length) return;
  take_rows(small);
  small.histogram.assign(length, 0);
  large.histogram = std::move(parent.histogram);
  for (std::size_t feature = 0; feature < data_.features.size(); ++feature) {
    fill(feature, small, small.histogram.data() + offsets_[feature], false);
  }
  for (std::size_t i = 0; i < length; ++i) large.histogram[i] -= small.histogram[i];
}

void TreeGrower::make_node(const Work& work, const Answer& answer) {
  TreeNode& node = tree_.nodes[work.node];
  node.risk = targets_.impurity_scale * impurity(work) / total_weight_;
  answer({{rows_.data() + work.begin, work.size()}, work.weight, work.sums.data()}, tree_, node);
}

Tree TreeGrower::grow(const Targets& targets, std::vector<std::uint32_t> rows, const std::vector<double>& weights,
                      const Answer& answer, Random random) {
  targets_ = targets;
  weights_ = weights.data();
  rows_ = std::move(rows);
  random_ = &random;
  tree_ = {};
  tree_.nodes.emplace_back();
  touched_bits_.assign(data_.most_bins / 64 + 1, 0);
  histogram_.resize(data_.most_bins * width());
  candidates_.resize(data_.features.size());
  std::iota(candidates_.begin(), candidates_.end(), 0U);
  offsets_.clear();
  if (limits_.max_features >= candidates_.size() && !limits_.random_thresholds) {
    offsets_.push_back(0);
    for (const auto& feature : data_.features) offsets_.push_back(offsets_.back() + feature.low.size() * width());
    if (offsets_.back() > kMostShared) offsets_.clear();
  }
  std::vector<Work> stack(1);
  Work& root = stack.back();
  root.end = static_cast<std::uint32_t>(rows_.size());
  sum_rows(root);
  total_weight_ = root.weight;
  make_node(root, answer);
  if (!offsets_.empty() && root.size() * data_.features.size() >= offsets_.back()) {
    take_rows(root);
    root.histogram.assign(offsets_.back(), 0);
    for (std::size_t i = 0; i < data_.features.size(); ++i) fill(i, root, root.histogram.data() + offsets_[i], false);
  }
  while (!stack.empty()) {
    Work work = std::move(stack.back());
    stack.pop_back();
    if ((limits_.max_depth > 0 && work.depth >= limits_.max_depth) || is_pure(work)) continue;
    if (work.histogram.empty()) take_rows(work);
    const Split split = find_split(work);
    if (split.feature < 0) continue;
    const std::uint32_t border = partition(work, split);
    const BinnedFeatures::Feature& feature = data_.features[static_cast<std::size_t>(split.feature)];
    const std::size_t left_node = tree_.nodes.size();
    tree_.nodes.resize(left_node + 2);
    TreeNode& node = tree_.nodes[work.node];
    node.feature = split.feature;
    node.threshold = split.threshold;
    node.threshold_in_z = (split.threshold + 0.5) * feature.scale.unit + feature.scale.shift_in_z;
    node.left = static_cast<std::int32_t>(left_node);
    node.right = node.left + 1;
    Work left;
    left.node = left_node;
    left.begin = work.begin;
    left.end = border;
    left.depth = work.depth + 1;
    Work right;
    right.node = left_node + 1;
    right.begin = border;
    right.end = work.end;
    right.depth = work.depth + 1;
    sum_rows(left);
    sum_rows(right);
    make_node(left, answer);
    make_node(right, answer);
    share_histograms(work, left, right);
    // The smaller child next, so that few histograms wait.
    if (left.size() <= right.size()) std::swap(left, right);
    stack.push_back(std::move(left));
    stack.push_back(std::move(right));
  }
  return std::move(tree_);
}

}  // namespace nuthatch::learn
