#ifndef NUTHATCH_KERNELS_WATCH_HPP
#define NUTHATCH_KERNELS_WATCH_HPP

#include <cstddef>
#include <cstdint>

/// Counting codes in bins, what the monitor costs. Plain views only, so that a CPU's own file can stand in for the
/// portable one (CMake picks: NUTHATCH_KERNELS). Every version counts the same.
namespace nuthatch::kernels {

constexpr std::size_t kBins = 16;
constexpr std::size_t kCells = 64;
/// Of a grid: its bins, the sum of its codes and that of their squares (64 bits, the low word first), the rows of
/// constant blocks.
constexpr std::size_t kGridWords = kBins + 5;
/// The rows of a block.
constexpr std::uint32_t kBlockRows = 8;

/// Where a feature's codes are counted: cell (code - low) >> shift, if that is below `cells` (at most kCells).
struct CellGrid {
  std::uint16_t feature;
  std::int16_t low;
  std::uint8_t shift;
  std::uint8_t cells;
};

struct Range {
  std::int16_t low;
  std::int16_t high;
};

/// A batch of rows to count (SPEC.md, "Monitor words").
struct CodeBatch {
  const CellGrid* grids;
  const std::uint8_t* cell_bins;  // kCells a grid
  std::size_t grid_count;
  const std::int16_t* codes;  // rows x stride, a code a grid
  std::size_t stride;
  std::size_t rows;             // at most kBlockRows
  bool is_block;                // kBlockRows, of which it is counted whether they have one code
  const Range* ranges;          // a feature; null: what is out of range is counted elsewhere
  std::uint32_t* range_counts;  // below and above, a feature
  std::uint32_t* blocks;        // kGridWords a grid
};

/// Counts the batch. Returns the rows of which a code is out of its feature's range: a bit a row, the first the lowest;
/// none without `ranges`.
std::uint32_t count_batch(const CodeBatch& batch);

}  // namespace nuthatch::kernels

#endif
