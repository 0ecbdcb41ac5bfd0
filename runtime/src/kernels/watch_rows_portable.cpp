// What is rare: a part of a batch, and codes outside of the cells.
#include "watch_codes.hpp"

namespace nuthatch::kernels {

bool count_outside(const CodeBatch& batch, const Column& column, std::int32_t code) {
  const CellGrid& grid = column.grid;
  ++column.block[code < grid.low ? column.bins[0] : column.bins[cell_of(grid.last, grid.scale)]];
  if (batch.ranges == nullptr) return false;
  const Range& range = batch.ranges[grid.feature];
  if (code >= range.low && code <= range.high) return false;
  ++batch.range_counts[2 * std::size_t{grid.feature} + (code > range.high ? 1 : 0)];
  return true;
}

std::uint32_t count_rows(const CodeBatch& batch, std::size_t first, std::size_t last) {
  std::uint32_t outside = 0;
  for_each_column(batch, [&](const Column& column) {
    count_sums(column, first, last);
    if (last == kBlockRows && is_constant(column.codes)) column.block[kBins + 4] += kBlockRows;
    outside |= count_cells(batch, column, first, last);
  });
  return outside;
}

}  // namespace nuthatch::kernels
