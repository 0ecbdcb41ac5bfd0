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

}  // namespace

std::uint32_t count_batch(const CodeBatch& batch) {
  std::uint32_t outside = 0;
  const std::uint8_t* bins = batch.cell_bins;
  std::uint32_t* block = batch.blocks;
  const std::size_t stride = batch.stride;
  const std::int16_t* const end = batch.codes + batch.rows * stride;
  for (std::size_t i = 0; i < batch.grid_count; ++i, bins += kCells, block += kGridWords) {
    // Copies, as the stores to the counters cannot change them.
    const CellGrid grid = batch.grids[i];
    const std::int32_t low = grid.low;
    const std::uint32_t cells = grid.cells;
    const unsigned shift = grid.shift;
    std::int32_t sum = 0;
    std::int64_t squares = 0;
    for (const std::int16_t* at = batch.codes + i; at < end; at += stride) {
      const std::int32_t code = *at;
      sum += code;
      squares += std::int64_t{code} * code;
      const std::uint32_t cell = static_cast<std::uint32_t>(code - low) >> shift;
      if (cell < cells) {
        ++block[bins[cell]];
      } else if (count_outside(batch, grid, bins, code, block)) {
        outside |= 1U << (static_cast<std::size_t>(at - batch.codes) / stride);
      }
    }
    add(block + kBins, sum);
    add(block + kBins + 2, squares);
    // The squares' mean is the mean's square where nothing varies.
    if (batch.is_block && std::int64_t{sum} * sum == std::int64_t{kBlockRows} * squares) block[kBins + 4] += kBlockRows;
  }
  return outside;
}

}  // namespace nuthatch::kernels
