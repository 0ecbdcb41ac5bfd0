#ifndef NUTHATCH_KERNELS_WATCH_HPP
#define NUTHATCH_KERNELS_WATCH_HPP

#include <cstddef>
#include <cstdint>

/// Counting codes in bins, what the monitor costs. Plain views only, so that a CPU's own file can stand in for the
/// portable one (CMake picks: NUTHATCH_KERNELS). Every version counts the same.
namespace nuthatch::kernels {

/// Where a code's bin stands: cell (code - low) >> shift, if that is below `cells` (at most 64).
struct CellGrid {
  const std::uint8_t* bins;
  std::int32_t low;
  std::uint32_t cells;
  std::uint32_t shift;
};

/// Sums over a batch of codes.
struct CodeSums {
  std::int32_t sum;
  std::int64_t squares;
};

/// Counts each of `rows` codes (at most 32), `stride` apart, in `counts`, by its bin. Returns the rows whose code is of
/// no cell, and so was not counted: a bit a row, the first the lowest.
std::uint32_t count_codes(const CellGrid& grid, const std::int16_t* codes, std::size_t stride, std::size_t rows,
                          std::uint32_t* counts, CodeSums& sums);

}  // namespace nuthatch::kernels

#endif
