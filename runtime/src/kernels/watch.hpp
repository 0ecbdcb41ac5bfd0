#ifndef NUTHATCH_KERNELS_WATCH_HPP
#define NUTHATCH_KERNELS_WATCH_HPP

#include <cstddef>
#include <cstdint>

namespace nuthatch::kernels {

constexpr std::size_t kBins = 16;
constexpr std::size_t kCells = 64;
constexpr std::size_t kGridWords = kBins + 5;
/// Rows that wait; that many equal codes are a constant block.
constexpr std::size_t kBlockRows = 8;

/// Equal cells of codes: a distance (code - low) of 0 to `last` is of the cell (distance * scale) >> 15.
struct CellGrid {
  std::uint16_t feature;
  std::int16_t low;
  std::uint16_t last;
  std::uint16_t scale;
};

struct Range {
  std::int16_t low;
  std::int16_t high;
};

/// Rows of codes, in pairs of histograms: of histogram s and row r code `codes[(s / 2) * 16 + 2 * r + s % 2]`, s
/// counted among those of rank below `chosen`.
struct CodeBatch {
  const CellGrid* grids;
  const std::uint8_t* cell_bins;  // 64 a grid
  const std::uint16_t* ranks;     // one a grid
  std::size_t grid_count;
  std::size_t chosen;
  const std::int16_t* codes;
  const Range* ranges;          // of features; null: nothing is counted as out of range
  std::uint32_t* range_counts;  // two a feature: below, above
  std::uint32_t* blocks;        // kGridWords a chosen grid: bins, sum, squares, rows of constant blocks
};

/// Counts a whole batch. Returns a bit a row that is out of some feature's range.
std::uint32_t count_batch(const CodeBatch& batch);
/// Counts rows `first` to `last` - 1 only; the constant blocks where `last` is the batch's.
std::uint32_t count_rows(const CodeBatch& batch, std::size_t first, std::size_t last);

/// True if some code is out of its range. codes, at a multiple of 4, and ranges: `count` each.
bool any_outside(const std::int16_t* codes, const Range* ranges, std::size_t count);

}  // namespace nuthatch::kernels

#endif
