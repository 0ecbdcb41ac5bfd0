#include "svm.hpp"

namespace nuthatch::kernels {

std::int32_t sum_of_squares(std::uint32_t count, const std::int16_t* codes) {
  std::int32_t sum = 0;
  for (std::uint32_t i = 0; i < count; ++i) sum += codes[i] * codes[i];
  return sum;
}

std::int64_t add_weighted(std::uint32_t count, const std::int16_t* coefficients, const std::int32_t* values,
                          std::int64_t sum) {
  for (std::uint32_t i = 0; i < count; ++i) sum += std::int64_t{values[i]} * coefficients[i];
  return sum;
}

}  // namespace nuthatch::kernels
