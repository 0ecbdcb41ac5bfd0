#include "quantize/watch.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "quantize/autocorrelation.hpp"

namespace nuthatch::quantize {
namespace {

using Counts = std::map<std::int32_t, std::uint32_t>;  // rows a code

constexpr double kTail = 0.005;  // on each side, may lie outside of the cells where that makes them finer
constexpr std::size_t kBlock = 8;
/// A bin that is expected to hold less than this share of the rows joins a neighbour: chi-square wants several rows a
/// bin.
constexpr double kFewestInBin = 1.0 / 48;

std::int32_t quantile(const Counts& counts, double share, std::uint64_t rows) {
  std::uint64_t seen = 0;
  for (const auto& [code, count] : counts) {
    seen += count;
    if (static_cast<double>(seen) > share * static_cast<double>(rows)) return code;
  }
  return counts.rbegin()->first;
}

/// The finest cells that hold all rows but the tails; all rows where the tails would not even make them twice as fine,
/// as the device is slower where a code has no cell.
void choose_cells(const Counts& counts, std::uint64_t rows, Histogram& histogram) {
  const std::int32_t least = counts.begin()->first;
  const std::int32_t most = counts.rbegin()->first;
  std::int32_t low = quantile(counts, kTail, rows);
  std::int32_t high = quantile(counts, 1 - kTail, rows);
  if (2 * (high - low + 1) > most - least + 1) {
    low = least;
    high = most;
  }
  constexpr std::int32_t kUnit = 1 << kScaleBits;
  constexpr auto kCells = static_cast<std::int32_t>(kMostCells);
  histogram.low = static_cast<std::int16_t>(low);
  histogram.last = static_cast<std::uint16_t>(high - low);
  histogram.scale = static_cast<std::uint16_t>(std::min(kUnit, kCells * kUnit / (high - low + 1)));
}

/// Consecutive cells of which the middle of the mass falls into the same sixteenth.
std::vector<std::uint64_t> cut_bins(const std::vector<std::uint64_t>& masses, std::uint64_t rows,
                                    std::vector<std::size_t>& bin_of_cell) {
  std::vector<std::uint64_t> bins;
  std::uint64_t before = 0;
  std::size_t last = kMostBins;
  for (const std::uint64_t mass : masses) {
    const std::size_t sixteenth =
        std::min<std::size_t>(kMostBins - 1, static_cast<std::size_t>((2 * before + mass) * kMostBins / (2 * rows)));
    if (bins.empty() || sixteenth != last) bins.push_back(0);
    last = sixteenth;
    bins.back() += mass;
    bin_of_cell.push_back(bins.size() - 1);
    before += mass;
  }
  return bins;
}

/// Joins the smallest bin with its smaller neighbour until each holds enough.
void join_small_bins(std::vector<std::uint64_t>& bins, std::uint64_t rows, std::vector<std::size_t>& bin_of_cell) {
  while (bins.size() > 1) {
    const auto smallest = static_cast<std::size_t>(std::min_element(bins.begin(), bins.end()) - bins.begin());
    if (static_cast<double>(bins[smallest]) >= kFewestInBin * static_cast<double>(rows)) return;
    const bool to_left = smallest + 1 == bins.size() || (smallest > 0 && bins[smallest - 1] <= bins[smallest + 1]);
    const std::size_t first = to_left ? smallest - 1 : smallest;
    bins[first] += bins[first + 1];
    bins.erase(bins.begin() + static_cast<std::ptrdiff_t>(first) + 1);
    for (std::size_t& bin : bin_of_cell) bin -= bin > first ? 1 : 0;
  }
}

void cut(const Counts& counts, std::uint64_t rows, Histogram& histogram) {
  std::vector<std::uint64_t> masses(histogram.cells(), 0);
  for (const auto& [code, count] : counts) masses[histogram.cell_of(code)] += count;
  std::vector<std::size_t> bin_of_cell;
  std::vector<std::uint64_t> bins = cut_bins(masses, rows, bin_of_cell);
  join_small_bins(bins, rows, bin_of_cell);
  for (std::size_t cell = 0; cell < bin_of_cell.size(); ++cell) {
    histogram.cell_bins[cell] = static_cast<std::uint8_t>(bin_of_cell[cell]);
  }
  for (std::size_t bin = 0; bin < bins.size(); ++bin) histogram.rows[bin] = static_cast<std::uint32_t>(bins[bin]);
}

/// The larger of two shares of blocks of rows that all have one code: of the blocks as they come, and of blocks of rows
/// drawn at random, as the order of a file may mean nothing.
double constant_share(const learn::CodeMatrix::ConstColXpr& codes, const Counts& counts) {
  const auto rows = static_cast<std::size_t>(codes.size());
  double at_random = 0;
  for (const auto& [code, count] : counts) {
    at_random += std::pow(static_cast<double>(count) / static_cast<double>(rows), static_cast<double>(kBlock));
  }
  std::size_t constant = 0;
  for (std::size_t start = 0; start + kBlock <= rows; start += kBlock) {
    const auto block = codes.segment(static_cast<Eigen::Index>(start), kBlock);
    constant += (block.array() == block[0]).all() ? 1 : 0;
  }
  const std::size_t blocks = rows / kBlock;
  return std::max(at_random, blocks == 0 ? 0 : static_cast<double>(constant) / static_cast<double>(blocks));
}

}  // namespace

std::size_t Histogram::cells() const { return cell_of(low + last) + 1; }

std::size_t Histogram::cell_of(std::int32_t code) const {
  const auto distance = static_cast<std::uint32_t>(std::clamp<std::int32_t>(code - low, 0, last));
  return (distance * scale) >> kScaleBits;
}

std::int32_t Histogram::first_code_of(std::size_t cell) const {
  return low + static_cast<std::int32_t>(((cell << kScaleBits) + scale - 1) / scale);
}

std::size_t Histogram::bin_of(std::int16_t code) const { return cell_bins[cell_of(code)]; }

std::size_t Histogram::bins() const { return std::size_t{cell_bins[cells() - 1]} + 1; }

std::vector<std::size_t> Watch::counted(std::size_t count) const {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < histograms.size(); ++i) {
    if (i < ranks.size() ? ranks[i] < count : i < count) indices.push_back(i);
  }
  return indices;
}

std::size_t Watch::output_bin_of(std::int32_t measure) const {
  return static_cast<std::size_t>(std::upper_bound(output_edges.begin(), output_edges.end(), measure) -
                                  output_edges.begin());
}

std::vector<Histogram> watch_codes(const learn::CodeMatrix& codes, const Encoding& encoding) {
  std::vector<Histogram> histograms;
  const auto rows = static_cast<std::uint64_t>(codes.rows());
  for (std::size_t i = 0; i < encoding.features.size(); ++i) {
    const auto column = codes.col(static_cast<Eigen::Index>(i));
    Counts counts;
    for (const std::int16_t code : column) ++counts[code];
    Histogram histogram;
    histogram.feature = static_cast<std::uint16_t>(i);
    choose_cells(counts, rows, histogram);
    cut(counts, rows, histogram);
    histogram.constant_share = static_cast<std::uint16_t>(std::lround(constant_share(column, counts) * 65535));
    histograms.push_back(histogram);
  }
  return histograms;
}

std::vector<std::int32_t> output_edges(std::vector<std::int32_t> measures) {
  std::vector<std::int32_t> edges;
  if (measures.empty()) return edges;
  std::sort(measures.begin(), measures.end());
  constexpr std::size_t kOutputBins = 8;
  for (std::size_t k = 1; k < kOutputBins; ++k) {
    const std::int32_t edge = measures[k * measures.size() / kOutputBins];
    if (edge > (edges.empty() ? measures.front() : edges.back())) edges.push_back(edge);
  }
  return edges;
}

std::int32_t measure_of(const std::int32_t* scores, std::size_t outputs, bool classifies, std::int32_t threshold) {
  if (!classifies) return scores[0];
  std::int64_t best = scores[0];
  if (outputs == 1) return static_cast<std::int32_t>(std::min<std::int64_t>(std::abs(best - threshold), INT32_MAX));
  std::int64_t next = INT64_MIN;
  for (std::size_t k = 1; k < outputs; ++k) {
    next = std::max(next, std::min<std::int64_t>(best, scores[k]));
    best = std::max<std::int64_t>(best, scores[k]);
  }
  return static_cast<std::int32_t>(std::min<std::int64_t>(best - next, INT32_MAX));
}

std::vector<std::uint8_t> class_bins(const std::vector<std::uint32_t>& class_rows) {
  constexpr std::size_t kMostClasses = 255;
  if (class_rows.empty() || class_rows.size() > kMostClasses) return {};
  std::uint64_t rows = 0;
  for (const std::uint32_t count : class_rows) rows += count;
  std::vector<std::size_t> order(class_rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return class_rows[a] > class_rows[b]; });
  const bool all_fit = class_rows.size() <= kMostBins;
  std::vector<std::uint8_t> bins(class_rows.size());
  for (std::size_t place = 0; place < order.size(); ++place) {
    const bool enough = static_cast<double>(class_rows[order[place]]) >= kFewestInBin * static_cast<double>(rows);
    const bool own = (all_fit || place < kMostBins - 1) && enough;
    bins[order[place]] = static_cast<std::uint8_t>(own ? place : kMostBins - 1);
  }
  return bins;
}

namespace {

/// Shares of bins, smoothed by half a row each; the bins, the rows, and 16 shares, 0 of bins that are not there.
struct Shares {
  std::size_t bins = 0;
  double rows = 0;
  std::vector<double> shares;
};

Shares shares_of(const std::vector<std::uint32_t>& counts, std::size_t bins) {
  Shares found{bins, 0, {}};
  for (const std::uint32_t count : counts) found.rows += count;
  for (std::size_t i = 0; i < bins; ++i) {
    found.shares.push_back((counts[i] + 0.5) / (found.rows + 0.5 * static_cast<double>(bins)));
  }
  return found;
}

void add_test(AlarmPlan& plan, const Shares& shares, double phi, Watch& watch) {
  DriftTest test;
  set_thresholds(plan.thresholds(shares.bins, shares.rows, phi), test);
  watch.tests.push_back(test);
  watch.reciprocals.push_back(reciprocals_of(shares.shares));
}

/// Rows a bin of classes; bins that no class is of are left out of the degrees of freedom.
Shares class_shares(const Watch& watch) {
  std::vector<std::uint32_t> counts(kMostBins, 0);
  for (std::size_t k = 0; k < watch.class_bins.size(); ++k) counts[watch.class_bins[k]] += watch.class_rows[k];
  Shares shares = shares_of(counts, kMostBins);
  shares.bins =
      static_cast<std::size_t>(std::count_if(counts.begin(), counts.end(), [](auto count) { return count > 0; }));
  return shares;
}

constexpr double kPhiStep = 0x1p-16;

/// Of the bin that remembers longest.
double class_memory(const std::vector<std::size_t>& bins) {
  double longest = 0;
  for (std::size_t bin = 0; bin < kMostBins; ++bin) {
    Eigen::VectorXd indicators(std::ssize(bins));
    std::transform(bins.begin(), bins.end(), indicators.begin(), [&](std::size_t of) { return of == bin ? 1.0 : 0.0; });
    longest = std::max(longest, autocorrelation_behind(indicators));
  }
  return longest;
}

}  // namespace

void measure_memory(const learn::CodeMatrix& codes, const TrainedAnswers& answers, Watch& watch) {
  watch.memory.clear();
  const auto add = [&](double phi) { watch.memory.push_back(static_cast<std::uint16_t>(std::lround(phi / kPhiStep))); };
  for (Eigen::Index i = 0; i < codes.cols(); ++i) add(autocorrelation(codes.col(i).cast<double>()));
  if (!watch.class_bins.empty()) add(class_memory(answers.class_bins));
  const bool none = std::all_of(watch.memory.begin(), watch.memory.end(), [](auto phi) { return phi == 0; });
  if (none) watch.memory.clear();
}

double Watch::phi(std::size_t feature) const { return memory.empty() ? 0 : memory[feature] * kPhiStep; }

double Watch::class_phi() const { return memory.empty() || class_bins.empty() ? 0 : memory.back() * kPhiStep; }

double Watch::independent_rows(std::size_t histogram) const {
  const Histogram& of = histograms[histogram];
  const double rows = std::accumulate(of.rows.begin(), of.rows.end(), 0.0);
  return rows / inflation(phi(of.feature), rows);
}

void add_tests(const learn::CodeMatrix& codes, const TrainedAnswers& answers, double rows_between, Watch& watch) {
  AlarmPlan plan(rows_between, watch.histograms.size() + 2, watch.histograms.size());
  for (const Histogram& histogram : watch.histograms) {
    const Eigen::VectorXd column = codes.col(static_cast<Eigen::Index>(histogram.feature)).cast<double>();
    const double phi = watch.phi(histogram.feature);
    const std::vector<std::uint32_t> counts(histogram.rows.begin(), histogram.rows.end());
    Shares shares = shares_of(counts, histogram.bins());
    for (std::size_t i = 0; i < shares.bins; ++i) shares.shares[i] = counts[i] / shares.rows;
    add_test(plan, shares, phi, watch);
    plan.add_cusum(column, phi, watch.tests.back());
  }
  const Eigen::VectorXd measures =
      Eigen::Map<const Eigen::VectorX<std::int32_t>>(answers.measures.data(), std::ssize(answers.measures))
          .cast<double>();
  add_test(plan, shares_of(watch.output_rows, watch.output_rows.size()), autocorrelation(measures), watch);
  add_test(plan, class_shares(watch), watch.class_phi(), watch);
}

void leave_output_unjudged(Watch& watch) {
  const std::size_t output = watch.histograms.size();
  watch.tests[output] = DriftTest();
  watch.reciprocals[output] = {};  // no chi-square exceeds anything
}

std::vector<std::size_t> Watch::coarse() const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < histograms.size() && i < tests.size(); ++i) {
    const bool judges = tests[i].statistical < DriftTest().statistical;
    if (judges && tests[i].material <= tests[i].statistical) found.push_back(i);
  }
  return found;
}

std::size_t monitor_words(std::size_t features, std::size_t classes, const Watch& watch) {
  if (watch.level == Level::kOff) return 0;
  const std::size_t histograms = watch.histograms.size();
  const std::size_t output_bins = watch.output_edges.empty() ? 0 : watch.output_edges.size() + 1;
  const std::size_t ranges = 2 + classes + 2 * features + watch.latency_buckets;
  if (histograms == 0 && output_bins == 0) return ranges;
  const auto words_of = [](std::size_t bytes) { return (bytes + 3) / 4; };
  const std::size_t counters = 4 + output_bins + features + 21 * histograms;
  const std::size_t windows =
      2 + 6 * histograms + words_of(output_bins) + words_of(watch.class_bins.size()) + words_of(histograms + 2);
  const std::size_t waiting = 3 + 8 * ((histograms + 1) / 2);
  return ranges + counters + windows + waiting;
}

}  // namespace nuthatch::quantize
