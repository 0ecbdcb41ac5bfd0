// Whichever kernel file is linked (NUTHATCH_KERNELS), against a plain loop.

#include <doctest/doctest.h>

#include <random>

#include "runtime/src/kernels/linear.hpp"
#include "unit/make_model.hpp"

namespace nuthatch::test {
namespace {

using Random = std::mt19937;

std::int32_t draw(Random& random, std::int32_t low, std::int32_t high) {
  return low + static_cast<std::int32_t>(random() % static_cast<std::uint32_t>(high - low + 1));
}

template <class Element>
void fill(Random& random, const Buffer<Element>& buffer, std::int32_t low, std::int32_t high) {
  for (Element& element : buffer) element = static_cast<Element>(draw(random, low, high));
}

template <class Weight>
std::int64_t plain_sum(const Weight* weights, const std::int16_t* codes, std::uint32_t columns) {
  std::int64_t sum = 0;
  for (std::uint32_t i = 0; i < columns; ++i) sum += std::int64_t{weights[i]} * codes[i];
  return sum;
}

/// Weights, codes and sums lie in memory of exactly their size, so that a kernel that reads ahead is caught.
bool multiply_agrees(Random& random, const kernels::MatrixShape& shape) {
  const Buffer<std::int8_t> weights(std::size_t{shape.rows} * shape.stride);
  const Buffer<std::int16_t> codes(shape.columns);
  const Buffer<std::int32_t> sums(shape.rows, 0x5A5A5A5A);
  fill(random, weights, -128, 127);
  fill(random, codes, -32767, 32767);
  kernels::multiply_int8(shape, weights.data(), codes.data(), sums.data());
  for (std::uint32_t k = 0; k < shape.rows; ++k) {
    if (sums[k] != plain_sum(weights.data() + k * shape.stride, codes.data(), shape.columns)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("kernels: multiply_int8 on every small shape and many others") {
  Random random(1);
  for (std::uint32_t rows = 1; rows <= 20; ++rows) {
    for (std::uint32_t columns = 1; columns <= 140; columns += rows < 10 ? 1 : 7) {
      const std::uint32_t padding = 4 * static_cast<std::uint32_t>(draw(random, 0, 2));
      CAPTURE(rows);
      CAPTURE(columns);
      CHECK(multiply_agrees(random, {rows, columns, (columns + 3) / 4 * 4 + padding}));
    }
  }
}

TEST_CASE("kernels: multiply_int8 at the ends of 32 bits") {
  // 512 * 128 * 32767 = 2^31 - 2^16
  for (std::uint32_t rows = 1; rows <= 8; ++rows) {
    for (const int sign : {1, -1}) {
      const Buffer<std::int8_t> weights(rows * 512, -128);
      const Buffer<std::int16_t> codes(512, static_cast<std::int16_t>(32767 * sign));
      const Buffer<std::int32_t> sums(rows);
      kernels::multiply_int8({rows, 512, 512}, weights.data(), codes.data(), sums.data());
      for (const std::int32_t sum : sums) CHECK(sum == -2147418112 * sign);
    }
  }
}

TEST_CASE("kernels: dot_int16 on every length to 300, and at its largest") {
  Random random(2);
  for (std::uint32_t columns = 1; columns <= 300; ++columns) {
    const Buffer<std::int16_t> weights(columns);
    const Buffer<std::int16_t> codes(columns);
    fill(random, weights, -32768, 32767);
    fill(random, codes, -32767, 32767);
    CAPTURE(columns);
    CHECK(kernels::dot_int16(columns, weights.data(), codes.data()) ==
          plain_sum(weights.data(), codes.data(), columns));
  }
  const Buffer<std::int16_t> weights(65535, -32768);
  for (const int sign : {1, -1}) {
    const Buffer<std::int16_t> codes(65535, static_cast<std::int16_t>(32767 * sign));
    CHECK(kernels::dot_int16(65535, weights.data(), codes.data()) == -65535LL * 32768 * 32767 * sign);
  }
}

}  // namespace nuthatch::test
