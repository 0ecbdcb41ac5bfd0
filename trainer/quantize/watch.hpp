#ifndef NUTHATCH_TRAINER_QUANTIZE_WATCH_HPP
#define NUTHATCH_TRAINER_QUANTIZE_WATCH_HPP

#include <array>
#include <cstdint>
#include <vector>

#include "quantize/alarm.hpp"
#include "quantize/encoding.hpp"

namespace nuthatch::quantize {

constexpr std::size_t kMostBins = 16;
constexpr std::size_t kMostCells = 64;
constexpr unsigned kScaleBits = 15;

/// What a feature's codes looked like in training (SPEC.md, "Monitor words"): bins of about equal mass, put together
/// from equal cells of codes, so that the device finds a code's bin by a product and a table.
struct Histogram {
  std::uint16_t feature = 0;
  std::int16_t low = 0;
  std::uint16_t last = 0;                  ///< distance of the last code that has a cell from `low`
  std::uint16_t scale = 1U << kScaleBits;  ///< the cell of a distance is (distance * scale) >> kScaleBits
  std::array<std::uint8_t, kMostCells> cell_bins{};
  std::array<std::uint32_t, kMostBins> rows{};  ///< training rows a bin
  std::uint16_t constant_share = 0;             ///< of 65535: blocks of eight rows in which the code never changes

  std::size_t cells() const;
  /// Codes before the first or behind the last cell count as of that one.
  std::size_t cell_of(std::int32_t code) const;
  std::int32_t first_code_of(std::size_t cell) const;
  std::size_t bin_of(std::int16_t code) const;
  std::size_t bins() const;
};

enum class Level : std::uint8_t { kOff, kBasic, kFull };

/// What a model's monitor counts: at kBasic ranges, classes and latencies, at kFull all of it.
struct Watch {
  Level level = Level::kBasic;
  std::uint8_t latency_buckets = 64;
  std::vector<Histogram> histograms;
  std::vector<std::int32_t> output_edges;
  std::vector<std::uint32_t> output_rows;   ///< one an output's bin
  std::vector<std::uint32_t> output_right;  ///< classification: of those, the rows classified rightly
  std::uint8_t confident_bin = 0;           ///< answers of output bins from this one on are confident
  std::vector<std::uint16_t> ranks;         ///< one a histogram: 0 is of the most important feature
  std::vector<DriftTest> tests;             ///< one a histogram, then the output's, then the classes'
  std::vector<std::array<std::uint16_t, kMostBins>> reciprocals;  ///< likewise
  std::vector<std::uint8_t> class_bins;                           ///< one a class; empty: not watched
  std::vector<std::uint32_t> class_rows;                          ///< one a class: rows that were given it
  std::vector<std::uint16_t> importance;                          ///< one a feature, of 65535: see schema/model.fbs
  std::vector<std::uint16_t> memory;  ///< one a feature, then the classes', or none: see schema/model.fbs

  /// Autocorrelation of consecutive rows of a feature, or of the classes.
  double phi(std::size_t feature) const;
  double class_phi() const;
  /// How many independent rows tell as much of a histogram's shares as its training rows do.
  double independent_rows(std::size_t histogram) const;

  /// The histograms that are counted where there is memory for `count`, as indices.
  std::vector<std::size_t> counted(std::size_t count) const;
  std::size_t output_bin_of(std::int32_t measure) const;
  /// Histograms of which chance alone moves a window by as much as is tolerated, so that only larger drift is called.
  std::vector<std::size_t> coarse() const;
};

/// A histogram of every feature. codes: rows x features.
std::vector<Histogram> watch_codes(const learn::CodeMatrix& codes, const Encoding& encoding);

/// The bin of each class: its own where 16 are enough and it has enough rows, else the last one, of all others.
std::vector<std::uint8_t> class_bins(const std::vector<std::uint32_t>& class_rows);

/// What the model answered to training rows, in their order.
struct TrainedAnswers {
  std::vector<std::int32_t> measures;   ///< measure_of
  std::vector<std::size_t> class_bins;  ///< classification: of the class
};

/// Sets Watch::memory of a monitor with histograms or without. codes: rows x features, in the order of time.
void measure_memory(const learn::CodeMatrix& codes, const TrainedAnswers& answers, Watch& watch);

/// Tests of all histograms, the output and the classes, for a false alarm every `rows_between` rows. After
/// measure_memory, of the same rows.
void add_tests(const learn::CodeMatrix& codes, const TrainedAnswers& answers, double rows_between, Watch& watch);

/// Counts answers, but decides nothing on them: those to rows that a model learned from are no baseline, as a forest,
/// say, is far surer of them than of any others. After add_tests.
void leave_output_unjudged(Watch& watch);

/// At most 7 edges between bins of about equal mass of the output's measure, a value a row.
std::vector<std::int32_t> output_edges(std::vector<std::int32_t> measures);

/// The output's measure of a row: a regression's score, a classifier's margin (the highest score less the next, or how
/// far the only one is from the model's threshold), at most 2^31 - 1.
std::int32_t measure_of(const std::int32_t* scores, std::size_t outputs, bool classifies, std::int32_t threshold);

/// Uint32 words of a monitor, computed a second time, from SPEC.md and not from the runtime.
std::size_t monitor_words(std::size_t features, std::size_t classes, const Watch& watch);

}  // namespace nuthatch::quantize

#endif
