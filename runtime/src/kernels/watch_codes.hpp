#ifndef NUTHATCH_KERNELS_WATCH_CODES_HPP
#define NUTHATCH_KERNELS_WATCH_CODES_HPP

#include "watch.hpp"

namespace nuthatch::kernels {

/// One histogram of a batch: the first of its codes (the next row's is two further), its grid, bins and counters.
struct Column {
  const std::int16_t* codes;
  const CellGrid& grid;
  const std::uint8_t* bins;
  std::uint32_t* block;
};

inline std::uint32_t cell_of(std::uint32_t distance, std::uint32_t scale) { return (distance * scale) >> 15; }

/// A code of no cell, which is rare: it is counted in the first or the last cell's bin. True if it is out of range too.
bool count_outside(const CodeBatch& batch, const Column& column, std::int32_t code);

/// Each code in its cell's bin. Returns a bit a row that is out of range.
[[gnu::always_inline]] inline std::uint32_t count_cells(const CodeBatch& batch, const Column& column, std::size_t first,
                                                        std::size_t last) {
  std::uint32_t outside = 0;
  // Copies, as the stores to the counters cannot change them.
  const std::int32_t low = column.grid.low;
  const std::uint32_t last_distance = column.grid.last;
  const std::uint32_t scale = column.grid.scale;
#pragma GCC unroll 8
  for (std::size_t row = first; row < last; ++row) {
    const std::int32_t code = column.codes[2 * row];
    const auto distance = static_cast<std::uint32_t>(code - low);
    if (distance <= last_distance) {
      ++column.block[column.bins[cell_of(distance, scale)]];
    } else if (count_outside(batch, column, code)) {
      outside |= 1U << row;
    }
  }
  return outside;
}

/// What is of the codes themselves: their sum, that of their squares, and whether a whole batch is of one code.
[[gnu::always_inline]] inline void count_sums(const Column& column, std::size_t first, std::size_t last) {
  const auto add = [](std::uint32_t* words, std::int64_t summand) {
    const std::uint64_t sum = (words[0] | std::uint64_t{words[1]} << 32) + static_cast<std::uint64_t>(summand);
    words[0] = static_cast<std::uint32_t>(sum);
    words[1] = static_cast<std::uint32_t>(sum >> 32);
  };
  std::int32_t sum = 0;
  std::int64_t squares = 0;
#pragma GCC unroll 8
  for (std::size_t row = first; row < last; ++row) {
    const std::int32_t code = column.codes[2 * row];
    sum += code;
    squares += static_cast<std::uint32_t>(code * code);  // at most 2^30
  }
  add(column.block + kBins, sum);
  add(column.block + kBins + 2, squares);
}

/// Calls `count(column)` for each histogram of a batch that is chosen.
template <class Count>
[[gnu::always_inline]] inline void for_each_column(const CodeBatch& batch, const Count& count) {
  const std::int16_t* codes = batch.codes;
  std::uint32_t* block = batch.blocks;
  std::size_t slot = 0;
  for (std::size_t i = 0; i < batch.grid_count; ++i) {
    if (batch.ranks[i] >= batch.chosen) continue;
    count(Column{codes, batch.grids[i], batch.cell_bins + kCells * i, block});
    block += kGridWords;
    // The pair's other half, or the next pair.
    codes += slot % 2 == 0 ? 1 : 2 * kBlockRows - 1;
    ++slot;
  }
}

inline bool is_constant(const std::int16_t* codes) {
  if (codes[0] != codes[2 * (kBlockRows - 1)]) return false;
  for (std::size_t row = 1; row + 1 < kBlockRows; ++row) {
    if (codes[2 * row] != codes[0]) return false;
  }
  return true;
}

}  // namespace nuthatch::kernels

#endif
