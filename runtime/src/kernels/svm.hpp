#ifndef NUTHATCH_KERNELS_SVM_HPP
#define NUTHATCH_KERNELS_SVM_HPP

#include <cstdint>

/// What a support vector machine does with the values of its kernel. Plain views only, so that a CPU's own file can
/// stand in for the portable one (CMake picks: NUTHATCH_KERNELS). Every version gives the same bits.
namespace nuthatch::kernels {

/// The sum of code[i]^2 over `count` codes; the caller has proven that it fits 31 bits.
std::int32_t sum_of_squares(std::uint32_t count, const std::int16_t* codes);

/// sum + the sum of coefficients[i] * values[i] over `count` elements; the caller has proven that nothing overflows.
std::int64_t add_weighted(std::uint32_t count, const std::int16_t* coefficients, const std::int32_t* values,
                          std::int64_t sum);

}  // namespace nuthatch::kernels

#endif
