#include "watch.hpp"

namespace nuthatch::kernels {

std::uint32_t count_codes(const CellGrid& grid, const std::int16_t* codes, std::size_t stride, std::size_t rows,
                          std::uint32_t* counts, CodeSums& sums) {
  const CellGrid here = grid;  // a copy: the stores to counts cannot change it
  std::int32_t sum = 0;
  std::int64_t squares = 0;
  std::uint32_t outside = 0;
  for (std::size_t row = 0; row < rows; ++row, codes += stride) {
    const std::int32_t code = *codes;
    sum += code;
    squares += std::int64_t{code} * code;
    const std::uint32_t cell = static_cast<std::uint32_t>(code - here.low) >> here.shift;
    if (cell < here.cells) {
      ++counts[here.bins[cell]];
    } else {
      outside |= 1U << row;
    }
  }
  sums = {sum, squares};
  return outside;
}

}  // namespace nuthatch::kernels
