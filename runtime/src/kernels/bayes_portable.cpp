#include "bayes.hpp"

#include <cstddef>
#include <cstring>

namespace nuthatch::kernels {
namespace {

/// Two words at a multiple of 4, which is less than an int64_t asks for.
std::int64_t load(const std::uint32_t* words) {
  std::int64_t value = 0;
  std::memcpy(&value, __builtin_assume_aligned(words, 4), sizeof value);
  return value;
}

void store(std::uint32_t* words, std::int64_t value) {
  std::memcpy(__builtin_assume_aligned(words, 4), &value, sizeof value);
}

/// One multiply-add and one long multiply-add.
std::int64_t evaluate(const std::int32_t* term, std::int32_t code) {
  return std::int64_t{term[0] * code + term[1]} * code;
}

/// kRows outputs at a time: each code is loaded once for all of them, and the sums stay in registers.
template <std::size_t kRows>
struct Tile {
  const std::int32_t* terms[kRows];
  std::int64_t sums[kRows];

  void add(std::size_t at, std::int32_t code) {
    for (std::size_t row = 0; row < kRows; ++row) sums[row] += evaluate(terms[row] + 2 * at, code);
  }
  void advance(std::size_t columns) {
    for (std::size_t row = 0; row < kRows; ++row) terms[row] += 2 * columns;
  }
};

template <std::size_t kRows>
void sum_tile(const QuadraticShape& shape, const std::int32_t* terms, const std::uint32_t* constants,
              const std::int16_t* codes, std::uint32_t* sums) {
  Tile<kRows> tile;
  for (std::size_t row = 0; row < kRows; ++row) {
    tile.terms[row] = terms + 2 * row * shape.stride;
    tile.sums[row] = load(constants + 2 * row);
  }
  const std::int16_t* const end = codes + shape.columns;
  for (const std::int16_t* const fours = codes + (shape.columns & ~3U); codes != fours; codes += 4) {
    tile.add(0, codes[0]);
    tile.add(1, codes[1]);
    tile.add(2, codes[2]);
    tile.add(3, codes[3]);
    tile.advance(4);
  }
  for (; codes != end; ++codes) {
    tile.add(0, *codes);
    tile.advance(1);
  }
  for (std::size_t row = 0; row < kRows; ++row) store(sums + 2 * row, tile.sums[row]);
}

}  // namespace

void sum_quadratics(const QuadraticShape& shape, const std::int32_t* terms, const std::uint32_t* constants,
                    const std::int16_t* codes, std::uint32_t* sums) {
  std::size_t row = 0;
  for (; row + 2 <= shape.rows; row += 2) {
    sum_tile<2>(shape, terms + 2 * row * shape.stride, constants + 2 * row, codes, sums + 2 * row);
  }
  if (row < shape.rows) {
    sum_tile<1>(shape, terms + 2 * row * shape.stride, constants + 2 * row, codes, sums + 2 * row);
  }
}

}  // namespace nuthatch::kernels
