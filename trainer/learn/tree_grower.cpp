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
/// Bins that the rows of a rare class have beside the quantiles of all rows.
constexpr std::size_t kRareBins = 128;
/// A class is rare below 1/8 of an even share.
constexpr std::size_t kRareShare = 8;
/// A value is rare beyond so many deviations.
constexpr double kRareDeviations = 2.5;
/// Nodes of so few rows, or of so few bins of a feature, are split between single codes.
constexpr std::size_t kFineRows = 512;
constexpr std::size_t kFewBins = 16;
/// A node's histograms of all features are kept for its children up to this many numbers (64 MiB).
constexpr std::size_t kMostShared = std::size_t{8} << 20;
/// Squared error below this share of the squares is their rounding.
constexpr double kNoise = 1e-12;

/// How many rows have each code, from the lowest to the highest, and what their rare rows weigh.
struct CodeCounts {
  std::int32_t lowest = 0;
  std::vector<std::uint32_t> counts;
  std::vector<double> rare;  ///< empty: none are

  std::size_t place(std::int16_t code) const { return static_cast<std::size_t>(code - lowest); }
  std::int16_t code(std::size_t place) const {
    return static_cast<std::int16_t>(lowest + static_cast<std::int32_t>(place));
  }
};

/// What every row counts among the rare, in steps of their sum; `steps` bins are for them.
struct RareRows {
  std::vector<double> weights;  ///< a row; empty: none are
  double steps = 0;
};

/// Rows of classes that quantiles of all rows would hardly see; all such classes count alike.
RareRows rare_classes(const Examples& examples) {
  std::vector<std::size_t> counts(static_cast<std::size_t>(examples.class_count), 0);
  for (const std::int32_t index : examples.classes) ++counts[static_cast<std::size_t>(index)];
  const auto is_rare = [&](std::size_t count) {
    return count > 0 && count * kRareShare * counts.size() < examples.classes.size();
  };
  const auto classes = static_cast<std::size_t>(std::count_if(counts.begin(), counts.end(), is_rare));
  if (classes == 0) return {};
  RareRows rare{{}, static_cast<double>(std::min(kRareBins * classes, kMostBins))};
  for (const std::int32_t index : examples.classes) {
    const std::size_t count = counts[static_cast<std::size_t>(index)];
    rare.weights.push_back(is_rare(count) ? 1 / static_cast<double>(count * static_cast<std::size_t>(classes)) : 0);
  }
  return rare;
}

/// Rows whose value lies far from the mean, by their squared distance: what they take of the squared error.
RareRows rare_values(const Examples& examples) {
  const auto count = static_cast<double>(examples.values.size());
  double mean = 0;
  for (const double value : examples.values) mean += value / count;
  double variance = 0;
  for (const double value : examples.values) variance += (value - mean) * (value - mean) / count;
  RareRows rare{{}, kRareBins};
  double sum = 0;
  for (const double value : examples.values) {
    const double square = (value - mean) * (value - mean);
    rare.weights.push_back(square > kRareDeviations * kRareDeviations * variance ? square : 0);
    sum += rare.weights.back();
  }
  if (sum == 0) return {};
  for (double& weight : rare.weights) weight /= sum;
  return rare;
}

CodeCounts count_codes(const std::int16_t* codes, std::size_t rows, const RareRows& rare) {
  const auto [low, high] = std::minmax_element(codes, codes + rows);
  CodeCounts found{*low, std::vector<std::uint32_t>(static_cast<std::size_t>(*high - *low) + 1), {}};
  for (std::size_t row = 0; row < rows; ++row) ++found.counts[found.place(codes[row])];
  if (rare.weights.empty()) return found;
  found.rare.resize(found.counts.size());
  for (std::size_t row = 0; row < rows; ++row) found.rare[found.place(codes[row])] += rare.weights[row] * rare.steps;
  return found;
}

/// Decides, code after code, where bins end: `most` of about as many rows each, and, where there are rare rows, borders
/// at every step of theirs as well. A code that is a step by itself has a bin of its own.
class BinBorders {
 public:
  BinBorders(std::size_t rows, std::size_t most) : rows_(rows), most_(most) {}

  /// Whether the bin before this code ends there.
  bool ends_before(double rare) const { return open_ && rare >= 1; }
  void add(std::size_t count, double rare, bool is_new) {
    bins_ += is_new ? 1 : 0;
    below_ += count;
    rare_below_ += rare;
    const bool quantile = below_ * most_ >= bins_ * rows_;
    const bool step = rare_below_ >= rare_steps_ + 1;
    if (step) rare_steps_ = std::floor(rare_below_);
    open_ = !quantile && !step;
    if (step && !quantile) --bins_;  // it takes no bin from the quantiles
  }
  /// Closes the bin; it takes none from the quantiles.
  void end() { --bins_; }
  bool is_open() const { return open_; }

 private:
  std::size_t rows_;
  std::size_t most_;
  std::size_t below_ = 0;  // rows in finished bins and this one
  std::size_t bins_ = 0;
  double rare_below_ = 0;
  double rare_steps_ = 0;
  bool open_ = false;  // the last bin takes more codes
};

/// The bin of each code, by the code's place.
std::vector<std::uint16_t> cut_bins(const CodeCounts& found, std::size_t rows, bool exact, Bins& bins) {
  std::vector<std::uint16_t> bin_of(found.counts.size());
  BinBorders borders(rows, exact ? std::numeric_limits<std::uint32_t>::max() : kMostBins);
  for (std::size_t i = 0; i < found.counts.size(); ++i) {
    if (found.counts[i] == 0) continue;
    const double rare = exact || found.rare.empty() ? 0 : found.rare[i];
    const bool ends = borders.ends_before(rare);
    if (ends) borders.end();
    const bool is_new = ends || !borders.is_open();
    if (is_new) bins.low.push_back(found.code(i)), bins.high.push_back(found.code(i));
    bins.high.back() = found.code(i);
    bin_of[i] = static_cast<std::uint16_t>(bins.size() - 1);
    borders.add(found.counts[i], rare, is_new);
  }
  return bin_of;
}

Bins sort_into_bins(const std::int16_t* codes, const double* values, std::size_t rows, const CodeCounts& found,
                    bool exact) {
  Bins bins;
  const std::vector<std::uint16_t> bin_of = cut_bins(found, rows, exact, bins);
  bins.of_row.resize(rows);
  bins.low_z.assign(bins.size(), std::numeric_limits<double>::infinity());
  bins.high_z.assign(bins.size(), -std::numeric_limits<double>::infinity());
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint16_t bin = bin_of[found.place(codes[row])];
    bins.of_row[row] = bin;
    bins.low_z[bin] = std::min(bins.low_z[bin], values[row]);
    bins.high_z[bin] = std::max(bins.high_z[bin], values[row]);
  }
  return bins;
}

BinnedFeatures::Feature bin_feature(const std::int16_t* codes, const double* values, std::size_t rows,
                                    const RareRows& rare, const CodeScale& scale) {
  const CodeCounts found = count_codes(codes, rows, rare);
  const auto distinct =
      found.counts.size() - static_cast<std::size_t>(std::count(found.counts.begin(), found.counts.end(), 0U));
  const bool exact = distinct <= kMostBins || rows <= kExactRows || scale.ranks;
  BinnedFeatures::Feature feature;
  feature.scale = scale;
  feature.coarse = sort_into_bins(codes, values, rows, found, exact);
  if (!exact) feature.fine = sort_into_bins(codes, values, rows, found, true);
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
  const RareRows rare = examples.classifies() ? rare_classes(examples) : rare_values(examples);
  for (Eigen::Index i = 0; i < examples.codes->cols(); ++i) {
    BinnedFeatures::Feature feature = bin_feature(examples.codes->col(i).data(), examples.features.col(i).data(),
                                                  binned.rows, rare, examples.scales[static_cast<std::size_t>(i)]);
    binned.most_bins = std::max({binned.most_bins, feature.coarse.size(), feature.fine.size()});
    binned.features.push_back(std::move(feature));
  }
  return binned;
}

std::int16_t threshold_between(const Bins& bins, const CodeScale& scale, std::size_t bin, std::size_t later) {
  const std::int32_t low = bins.high[bin];
  const std::int32_t high = bins.low[later];
  if (scale.ranks) return static_cast<std::int16_t>(low);
  if (scale.counts) return static_cast<std::int16_t>((low + high) >> 1);
  // Rounded as the device rounds the value itself, and up where that is in doubt.
  constexpr double kDoubt = 0.01;
  const double middle = (bins.high_z[bin] + bins.low_z[later]) / 2;
  const double code = std::floor((middle - scale.shift_in_z) / scale.unit + 0.5 + kDoubt);
  return static_cast<std::int16_t>(std::clamp<double>(code, low, high - 1));
}

/// Where a threshold lies among standardized values; `border`: of ranks.
static double border_in_z(const CodeScale& scale, std::int16_t threshold, double border) {
  if (scale.ranks) return border;
  return scale.border ? scale.border(threshold) : (threshold + 0.5) * scale.unit + scale.shift_in_z;
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
  bool coarse = false;      // it lies between two bins of several codes:
  std::uint16_t below = 0;  // the last that goes left
  std::uint16_t above = 0;  // the first that goes right
  double border = 0;        // of ranks: the value that the threshold stands for
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

/// Adds one of the node's rows to a bin: its weight, then its sums.
inline void TreeGrower::add_row(std::size_t i, double* entry) const {
  entry[0] += row_weights_[i];
  if (targets_.class_count > 0) {
    entry[1 + row_classes_[i]] += row_weights_[i];
  } else {
    entry[1] += row_values_[i];
  }
}

/// Adds the node's rows to a histogram.
void TreeGrower::fill(const Bins& bins, const Work& work, double* histogram) {
  const std::uint32_t* const rows = rows_.data() + work.begin;
  const std::size_t wide = width();
  for (std::size_t i = 0; i < work.size(); ++i) add_row(i, histogram + bins.of_row[rows[i]] * wide);
}

/// Fills histogram_ with the node's rows; of its bins only those in touched_ mean anything.
void TreeGrower::fill_touched(const Bins& bins, const Work& work) {
  const std::uint32_t* const rows = rows_.data() + work.begin;
  const std::size_t wide = width();
  touched_.clear();
  for (std::size_t i = 0; i < work.size(); ++i) {
    const std::uint16_t bin = bins.of_row[rows[i]];
    double* const entry = histogram_.data() + bin * wide;
    std::uint64_t& bits = touched_bits_[bin / 64];
    const std::uint64_t bit = std::uint64_t{1} << (bin % 64);
    if ((bits & bit) == 0) {
      std::fill(entry, entry + wide, 0.0);
      bits |= bit;
      touched_.push_back(bin);
    }
    add_row(i, entry);
  }
  list_touched(bins, nullptr);
}

/// The bins with rows in them, rising: tracked while histogram_ was filled, or found by their weight.
void TreeGrower::list_touched(const Bins& bins, const double* histogram) {
  if (histogram != nullptr) {
    touched_.clear();
    for (std::size_t bin = 0; bin < bins.size(); ++bin) {
      if (histogram[bin * width()] != 0) touched_.push_back(static_cast<std::uint16_t>(bin));
    }
    return;
  }
  constexpr std::size_t kWorthAWord = 4;
  const std::size_t words = bins.size() / 64 + 1;
  if (touched_.size() * kWorthAWord < words) {
    for (const std::uint16_t bin : touched_) touched_bits_[bin / 64] = 0;
    std::sort(touched_.begin(), touched_.end());
    return;
  }
  touched_.clear();
  for (std::size_t word = 0; word < words; ++word) {
    for (std::uint64_t& bits = touched_bits_[word]; bits != 0; bits &= bits - 1) {
      touched_.push_back(static_cast<std::uint16_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(bits))));
    }
  }
}

/// What a border takes from the squared error, left_sums_ being what lies left of it: the sum over both sides of
/// |sums|^2 / weight. Without the divisions where it is below `least`.
inline double TreeGrower::score_of(const Work& work, double left_weight, double least) const {
  const double right_weight = work.weight - left_weight;
  double left = 0;
  double right = 0;
  for (std::size_t k = 0; k < sums(); ++k) {
    left += left_sums_[k] * left_sums_[k];
    right += (work.sums[k] - left_sums_[k]) * (work.sums[k] - left_sums_[k]);
  }
  constexpr double kDoubt = 1 - 1e-9;
  if (left * right_weight + right * left_weight < kDoubt * least * (left_weight * right_weight)) return least;
  return left / left_weight + right / right_weight;
}

/// The best border between two touched bins.
void TreeGrower::scan(std::size_t feature, const Bins& bins, const Work& work, const double* histogram, Split& best) {
  double left_weight = 0;
  left_sums_.assign(sums(), 0);
  for (std::size_t i = 0; i + 1 < touched_.size(); ++i) {
    const double* const entry = histogram + touched_[i] * width();
    left_weight += entry[0];
    for (std::size_t k = 0; k < left_sums_.size(); ++k) left_sums_[k] += entry[1 + k];
    if (left_weight < limits_.min_samples_leaf || work.weight - left_weight < limits_.min_samples_leaf) continue;
    const double score = score_of(work, left_weight, best.score);
    if (score <= best.score) continue;
    const bool coarse = !bins.is_one_code(touched_[i]) || !bins.is_one_code(touched_[i + 1]);
    best = {score, static_cast<std::int32_t>(feature), 0, coarse, touched_[i], touched_[i + 1]};
    best.threshold = threshold_between(bins, data_.features[feature].scale, best.below, best.above);
    best.border = bins.high_z[best.below] + (bins.low_z[best.above] - bins.high_z[best.below]) / 2;
  }
}

/// Of the listed bins of a feature: whether so few are left that the node wants single codes.
bool TreeGrower::is_coarse_here(const BinnedFeatures::Feature& feature) const {
  return feature.has_fine() && touched_.size() < kFewBins &&
         std::any_of(touched_.begin(), touched_.end(),
                     [&](std::uint16_t bin) { return !feature.coarse.is_one_code(bin); });
}

/// Moves the border of a split between bins to the best one between the codes of the two bins beside it.
void TreeGrower::refine(const Work& work, Split& split) {
  const BinnedFeatures::Feature& feature = data_.features[static_cast<std::size_t>(split.feature)];
  const std::uint32_t* const rows = rows_.data() + work.begin;
  if (!work.histogram.empty()) take_rows(work);
  beside_.clear();
  std::vector<double> left(width(), 0);
  for (std::size_t i = 0; i < work.size(); ++i) {
    const std::uint16_t bin = feature.coarse.of_row[rows[i]];
    if (bin < split.below) add_row(i, left.data());
    if (bin == split.below || bin == split.above) beside_.push_back(static_cast<std::uint32_t>(i));
  }
  const auto fine_of = [&](std::uint32_t i) { return feature.fine.of_row[rows[i]]; };
  std::sort(beside_.begin(), beside_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return fine_of(a) != fine_of(b) ? fine_of(a) < fine_of(b) : a < b;
  });
  for (std::size_t i = 0; i + 1 < beside_.size(); ++i) {
    add_row(beside_[i], left.data());
    const std::uint16_t below = fine_of(beside_[i]);
    const std::uint16_t above = fine_of(beside_[i + 1]);
    if (below == above || left[0] < limits_.min_samples_leaf || work.weight - left[0] < limits_.min_samples_leaf) {
      continue;
    }
    left_sums_.assign(left.begin() + 1, left.end());
    const double score = score_of(work, left[0], split.score);
    if (score <= split.score) continue;
    split.score = score;
    split.threshold = threshold_between(feature.fine, feature.scale, below, above);
  }
}

/// A code of [low, high), and of ranks the value that it stands for: drawn between the values, not between the ranks.
std::pair<std::int16_t, double> TreeGrower::draw_between(const BinnedFeatures::Feature& feature, std::int32_t low,
                                                         std::int32_t high) {
  if (!feature.scale.ranks) {
    return {static_cast<std::int16_t>(
                low + static_cast<std::int32_t>(random_->below(static_cast<std::uint64_t>(high - low)))),
            0};
  }
  constexpr std::uint64_t kSteps = std::uint64_t{1} << 53;
  const std::vector<double>& values = feature.coarse.low_z;  // a bin a rank
  const double share = static_cast<double>(random_->below(kSteps)) / static_cast<double>(kSteps);
  const auto first = values.begin() + low;
  const auto last = values.begin() + high;
  const double border = *first + share * (*last - *first);
  const auto above = std::upper_bound(first + 1, last, border);
  return {static_cast<std::int16_t>(above - values.begin() - 1), border};
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
  const auto [threshold, border] = draw_between(data_.features[feature], low, high);
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
  if (score <= best.score) return;
  best = {score, static_cast<std::int32_t>(feature), threshold};
  best.border = border;
}

/// False where the feature is constant in the node.
bool TreeGrower::try_feature(std::size_t feature, const Work& work, Split& best) {
  const BinnedFeatures::Feature& binned = data_.features[feature];
  if (binned.scale.unit == 0) return false;  // the device cannot tell its values apart
  if (limits_.random_thresholds) {
    try_random_threshold(feature, work, best);
    return touched_.size() > 1;
  }
  const double* histogram = histogram_.data();
  bool fine = binned.has_fine() && work.size() <= kFineRows;
  if (!fine && !work.histogram.empty()) {
    histogram = work.histogram.data() + offsets_[feature];
    list_touched(binned.coarse, histogram);
  } else if (!fine) {
    fill_touched(binned.coarse, work);
  }
  if (!fine && is_coarse_here(binned)) {
    if (!work.histogram.empty()) take_rows(work);
    histogram = histogram_.data();
    fine = true;
  }
  if (fine) fill_touched(binned.fine, work);
  scan(feature, fine ? binned.fine : binned.coarse, work, histogram, best);
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
    fill(data_.features[feature].coarse, small, small.histogram.data() + offsets_[feature]);
  }
  for (std::size_t i = 0; i < length; ++i) large.histogram[i] -= small.histogram[i];
}

void TreeGrower::make_node(const Work& work, const Answer& answer) {
  TreeNode& node = tree_.nodes[work.node];
  node.risk = targets_.impurity_scale * impurity(work) / total_weight_;
  answer({{rows_.data() + work.begin, work.size()}, work.weight, work.sums.data()}, tree_, node);
}

/// For a tree of its own. Histograms are kept where every node tries every feature, and they are not too long.
void TreeGrower::begin() {
  tree_ = {};
  tree_.nodes.emplace_back();
  touched_bits_.assign(data_.most_bins / 64 + 1, 0);
  histogram_.resize(data_.most_bins * width());
  candidates_.resize(data_.features.size());
  std::iota(candidates_.begin(), candidates_.end(), 0U);
  offsets_.clear();
  if (limits_.max_features < candidates_.size() || limits_.random_thresholds) return;
  offsets_.push_back(0);
  for (const auto& feature : data_.features) offsets_.push_back(offsets_.back() + feature.coarse.size() * width());
  if (offsets_.back() > kMostShared) offsets_.clear();
}

/// All rows, and their histograms where they are worth it.
TreeGrower::Work TreeGrower::make_root(const Answer& answer) {
  Work root;
  root.end = static_cast<std::uint32_t>(rows_.size());
  sum_rows(root);
  total_weight_ = root.weight;
  make_node(root, answer);
  if (offsets_.empty() || root.size() * data_.features.size() < offsets_.back()) return root;
  take_rows(root);
  root.histogram.assign(offsets_.back(), 0);
  for (std::size_t i = 0; i < data_.features.size(); ++i) {
    fill(data_.features[i].coarse, root, root.histogram.data() + offsets_[i]);
  }
  return root;
}

/// Makes the node a question and its children nodes; the smaller one is the second.
std::pair<TreeGrower::Work, TreeGrower::Work> TreeGrower::make_children(Work& work, const Split& split,
                                                                        const Answer& answer) {
  const std::uint32_t border = partition(work, split);
  const BinnedFeatures::Feature& feature = data_.features[static_cast<std::size_t>(split.feature)];
  const std::size_t left_node = tree_.nodes.size();
  tree_.nodes.resize(left_node + 2);
  TreeNode& node = tree_.nodes[work.node];
  node.feature = split.feature;
  node.threshold = split.threshold;
  node.threshold_in_z = border_in_z(feature.scale, split.threshold, split.border);
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
  if (left.size() <= right.size()) std::swap(left, right);
  return {std::move(left), std::move(right)};
}

Tree TreeGrower::grow(const Targets& targets, std::vector<std::uint32_t> rows, const std::vector<double>& weights,
                      const Answer& answer, Random random) {
  targets_ = targets;
  weights_ = weights.data();
  rows_ = std::move(rows);
  random_ = &random;
  begin();
  std::vector<Work> stack;
  stack.push_back(make_root(answer));
  while (!stack.empty()) {
    Work work = std::move(stack.back());
    stack.pop_back();
    if ((limits_.max_depth > 0 && work.depth >= limits_.max_depth) || is_pure(work)) continue;
    if (work.histogram.empty()) take_rows(work);
    Split split = find_split(work);
    if (split.feature < 0) continue;
    if (split.coarse) refine(work, split);
    auto [large, small] = make_children(work, split, answer);
    // The smaller child next, so that few histograms wait.
    stack.push_back(std::move(large));
    stack.push_back(std::move(small));
  }
  return std::move(tree_);
}

}  // namespace nuthatch::learn
