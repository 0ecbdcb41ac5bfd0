#ifndef NUTHATCH_KERNELS_BAYES_HPP
#define NUTHATCH_KERNELS_BAYES_HPP

#include <cstdint>

/// Quadratic forms without mixed terms, the whole cost of naive Bayes. Every version gives the same bits.
namespace nuthatch::kernels {

/// terms: rows x stride pairs (square, linear), row after row; padding is 0. codes: columns <= stride.
struct QuadraticShape {
  std::uint32_t rows;
  std::uint32_t columns;
  std::uint32_t stride;
};

/// sum = constant + sum over i of (square[i] * code[i] + linear[i]) * code[i], the bracket in 32 bits, the rest in 64.
/// constants, sums: rows x 2 words, the lower first, at a multiple of 4. The caller has proven that nothing overflows.
void sum_quadratics(const QuadraticShape& shape, const std::int32_t* terms, const std::uint32_t* constants,
                    const std::int16_t* codes, std::uint32_t* sums);

}  // namespace nuthatch::kernels

#endif
