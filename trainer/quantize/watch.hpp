#ifndef NUTHATCH_TRAINER_QUANTIZE_WATCH_HPP
#define NUTHATCH_TRAINER_QUANTIZE_WATCH_HPP

#include <array>
#include <cstdint>
#include <vector>

#include "quantize/encoding.hpp"

namespace nuthatch::quantize {

constexpr std::size_t kMostBins = 16;
constexpr std::size_t kMostCells = 64;

/// What a feature's codes looked like in training (SPEC.md, "Monitor words"): bins of about equal mass, put together from
/// equal cells of a power of two of codes, so that the device finds a code's bin by a shift and a table.
struct Histogram {
  std::uint16_t feature = 0;
  std::int16_t low = 0;
  std::uint8_t shift = 0;
  std::uint8_t cells = 1;
  std::array<std::uint8_t, kMostCells> cell_bins{};
  std::array<std::uint32_t, kMostBins> rows{};  ///< training rows a bin
  std::uint16_t constant_share = 0;             ///< of 65535: blocks of eight rows in which the code never changes

  std::size_t bin_of(std::int16_t code) const;
  std::size_t bins() const;
};

/// What a model's monitor counts beyond ranges.
struct Watch {
  std::vector<Histogram> histograms;
  std::vector<std::int32_t> output_edges;
  std::vector<std::uint32_t> output_rows;   ///< one an output's bin
  std::vector<std::uint32_t> output_right;  ///< classification: of those, the rows classified rightly

  std::size_t output_bin_of(std::int32_t measure) const;
};

/// A histogram of every feature. codes: rows x features.
std::vector<Histogram> watch_codes(const learn::CodeMatrix& codes, const Encoding& encoding);

/// At most 15 edges between bins of about equal mass of the output's measure, a value a row.
std::vector<std::int32_t> output_edges(std::vector<std::int32_t> measures);

/// The output's measure of a row: a regression's score, a classifier's margin (the highest score less the next, or the
/// size of the only one), at most 2^31 - 1.
std::int32_t measure_of(const std::int32_t* scores, std::size_t outputs, bool classifies);

/// Uint32 words of a monitor, computed a second time, from SPEC.md and not from the runtime.
std::size_t monitor_words(std::size_t features, std::size_t classes, const Watch& watch);

}  // namespace nuthatch::quantize

#endif
