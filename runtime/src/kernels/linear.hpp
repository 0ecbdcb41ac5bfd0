#ifndef NUTHATCH_KERNELS_LINEAR_HPP
#define NUTHATCH_KERNELS_LINEAR_HPP

#include <cstdint>

/// Matrix times vector, the whole cost of a linear model. Plain views only, so that a CPU's own file can stand in for
/// the portable one (CMake picks: NUTHATCH_KERNELS). Every version gives the same bits.
namespace nuthatch::kernels {

/// weights: rows x stride, row after row. codes: columns <= stride. sums: rows.
/// The caller has proven that no sum leaves its type.
struct MatrixShape {
  std::uint32_t rows;
  std::uint32_t columns;
  std::uint32_t stride;
};

void multiply_int8(const MatrixShape& shape, const std::int8_t* weights, const std::int16_t* codes, std::int32_t* sums);

/// One row; sums of int16 products need 64 bits.
std::int64_t dot_int16(std::uint32_t columns, const std::int16_t* weights, const std::int16_t* codes);

}  // namespace nuthatch::kernels

#endif
