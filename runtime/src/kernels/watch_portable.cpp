#include "watch_codes.hpp"

namespace nuthatch::kernels {

std::uint32_t count_batch(const CodeBatch& batch) {
  std::uint32_t outside = 0;
  for_each_column(batch, [&](const Column& column) {
    count_sums(column, 0, kBlockRows);
    if (is_constant(column.codes)) column.block[kBins + 4] += kBlockRows;
    outside |= count_cells(batch, column, 0, kBlockRows);
  });
  return outside;
}

}  // namespace nuthatch::kernels
