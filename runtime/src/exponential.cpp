#include "exponential.hpp"

namespace nuthatch::detail {
namespace {

/// (1 - 2^(-i / 64)) * 2^17, rounded; the last, 65536, is short of one.
constexpr std::uint16_t kDrop[65] = {
    0,     1412,  2809,  4190,  5557,  6909,  8247,  9570,  10878, 12173, 13454, 14721, 15974,
    17214, 18441, 19654, 20854, 22041, 23216, 24378, 25527, 26664, 27789, 28901, 30002, 31090,
    32167, 33233, 34287, 35329, 36361, 37381, 38390, 39388, 40376, 41353, 42320, 43276, 44221,
    45157, 46082, 46998, 47903, 48799, 49686, 50562, 51430, 52287, 53136, 53976, 54806, 55628,
    56440, 57244, 58040, 58826, 59604, 60374, 61136, 61889, 62634, 63372, 64101, 64822, 65535,
};

}  // namespace

std::uint32_t exp2_negative(std::uint32_t x) {
  const std::uint32_t whole = x >> 16;
  if (whole > 27) return 0;
  const std::uint32_t index = (x & 0xFFFF) >> 10;
  const std::uint32_t between = x & 0x3FF;
  const std::uint32_t drop = (std::uint32_t{kDrop[index]} << 10) + (kDrop[index + 1] - kDrop[index]) * between;
  return (kExpOne - drop) >> whole;
}

}  // namespace nuthatch::detail
