#ifndef NUTHATCH_KERNELS_WATCH_HPP
#define NUTHATCH_KERNELS_WATCH_HPP

#include <cstddef>
#include <cstdint>

/// Counting codes in bins, what the monitor costs. Plain views only, so that a CPU's own file can stand in for the
/// portable one (CMake picks: NUTHATCH_KERNELS). Every version counts the same.
namespace nuthatch::kernels {

/// Where a feature's codes are counted: cell (code - low) >> shift, if that is below `cells` (at most 64).
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
  const std::uint8_t* cell_bins;  // 64 a grid
  std::size_t grid_count;
  const std::int16_t* codes;  // rows x stride, a code a grid
  std::size_t stride;
  std::size_t rows;             // at most 8
  bool is_block;                // eight rows, of which it is counted whether they have one code
  const Range* ranges;          // a feature; null: what is out of range is counted elsewhere
  std::uint32_t* range_counts;  // below and above, a feature
  std::uint32_t* blocks;        // 21 a grid: 16 bins, sum, squares, constant rows
};

/// Counts the batch. Returns the rows of which a code is out of its feature's range: a bit a row, the first the lowest;
/// none without `ranges`.
std::uint32_t count_batch(const CodeBatch& batch);

}  // namespace nuthatch::kernels

#endif
