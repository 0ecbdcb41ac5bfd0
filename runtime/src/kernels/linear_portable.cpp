#include <Eigen/Core>

#include "linear.hpp"

namespace nuthatch::kernels {
namespace {

/// kRows outputs at a time: each code is loaded once for all of them, and the sums stay in registers.
template <int kRows>
const std::int8_t* multiply_tile(const MatrixShape& shape, const std::int8_t* weights, const std::int16_t* codes,
                                 std::int32_t* sums) {
  using Sums = Eigen::Matrix<std::int32_t, kRows, 1>;
  using Column = Eigen::Map<const Eigen::Matrix<std::int8_t, kRows, 1>, 0, Eigen::InnerStride<>>;
  const Eigen::InnerStride<> stride(static_cast<Eigen::Index>(shape.stride));
  Sums tile = Sums::Zero();
  for (std::uint32_t column = 0; column < shape.columns; ++column) {
    tile += Column(weights + column, stride).template cast<std::int32_t>() * static_cast<std::int32_t>(codes[column]);
  }
  Eigen::Map<Sums>{sums} = tile;
  return weights + std::size_t{kRows} * shape.stride;
}

}  // namespace

void multiply_int8(const MatrixShape& shape, const std::int8_t* weights, const std::int16_t* codes,
                   std::int32_t* sums) {
  std::uint32_t row = 0;
  for (; row + 4 <= shape.rows; row += 4) weights = multiply_tile<4>(shape, weights, codes, sums + row);
  if (row + 2 <= shape.rows) {
    weights = multiply_tile<2>(shape, weights, codes, sums + row);
    row += 2;
  }
  if (row < shape.rows) multiply_tile<1>(shape, weights, codes, sums + row);
}

std::int64_t dot_int16(std::uint32_t columns, const std::int16_t* weights, const std::int16_t* codes) {
  std::int64_t sum = 0;
  for (std::uint32_t column = 0; column < columns; ++column) {
    const std::int32_t product = weights[column] * codes[column];
    sum += product;
  }
  return sum;
}

}  // namespace nuthatch::kernels
