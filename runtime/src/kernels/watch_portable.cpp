#include "watch.hpp"

namespace nuthatch::kernels {
namespace {

void add(std::uint32_t* words, std::int64_t summand) {
  const std::uint64_t sum = (words[0] | std::uint64_t{words[1]} << 32) + static_cast<std::uint64_t>(summand);
  words[0] = static_cast<std::uint32_t>(sum);
  words[1] = static_cast<std::uint32_t>(sum >> 32);
}

/// A code of no cell, which is rare: it is counted in the first or the last cell's bin. True if it is out of range too.
[[gnu::noinline]] bool count_outside(const CodeBatch& batch, const CellGrid& grid, const std::uint8_t* bins,
                                     std::int32_t code, std::uint32_t* block) {
  ++block[code < grid.low ? bins[0] : bins[grid.cells - 1]];
  if (batch.ranges == nullptr) return false;
  const Range& range = batch.ranges[grid.feature];
  if (code >= range.low && code <= range.high) return false;
  ++batch.range_counts[2 * std::size_t{grid.feature} + (code > range.high ? 1 : 0)];
  return true;
}

bool is_constant(const std::int16_t* codes) {
  if (codes[0] != codes[2 * (kBlockRows - 1)]) return false;
  for (std::size_t row = 1; row + 1 < kBlockRows; ++row) {
    if (codes[2 * row] != codes[0]) return false;
  }
  return true;
}

/// Inlined twice: with the bounds of a whole batch it is a straight line.
[[gnu::always_inline]] inline std::uint32_t count(const CodeBatch& batch, std::size_t first, std::size_t last) {
  std::uint32_t outside = 0;
  const std::uint8_t* bins = batch.cell_bins;
  std::uint32_t* block = batch.blocks;
  const std::int16_t* codes = batch.codes;
  std::size_t slot = 0;
  for (std::size_t i = 0; i < batch.grid_count; ++i, bins += kCells) {
    if (batch.ranks[i] >= batch.chosen) continue;
    // Copies, as the stores to the counters cannot change them.
    const CellGrid grid = batch.grids[i];
    const std::int32_t low = grid.low;
    const std::uint32_t cells = grid.cells;
    const unsigned shift = grid.shift;
    std::int32_t sum = 0;
    std::int64_t squares = 0;
#pragma GCC unroll 8
    for (std::size_t row = first; row < last; ++row) {
      const std::int32_t code = codes[2 * row];
      sum += code;
      squares += std::int64_t{code} * code;
      const std::uint32_t cell = static_cast<std::uint32_t>(code - low) >> shift;
      if (cell < cells) {
        ++block[bins[cell]];
      } else if (count_outside(batch, grid, bins, code, block)) {
        outside |= 1U << row;
      }
    }
    add(block + kBins, sum);
    add(block + kBins + 2, squares);
    if (last == kBlockRows && is_constant(codes)) block[kBins + 4] += kBlockRows;
    block += kGridWords;
    // The pair's other half, or the next pair.
    codes += slot % 2 == 0 ? 1 : 2 * kBlockRows - 1;
    ++slot;
  }
  return outside;
}

}  // namespace

std::uint32_t count_batch(const CodeBatch& batch) { return count(batch, 0, kBlockRows); }

std::uint32_t count_rows(const CodeBatch& batch, std::size_t first, std::size_t last) {
  return count(batch, first, last);
}

}  // namespace nuthatch::kernels
