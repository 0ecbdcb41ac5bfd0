#include <doctest/doctest.h>

#include <cmath>

#include "runtime/src/exponential.hpp"

namespace {

using nuthatch::detail::exp2_negative;
using nuthatch::detail::kExpOne;

TEST_CASE("exp2_negative: every fraction of the first octaves is within its stated bound and never rises") {
  std::uint32_t last = kExpOne;
  for (std::uint32_t x = 0; x < 5 * 65536; ++x) {
    const std::uint32_t value = exp2_negative(x);
    const double exact = std::ldexp(std::exp2(-static_cast<double>(x) / 65536), 27);
    REQUIRE(std::abs(value - exact) <= std::ldexp(exact, -15) + 1);
    REQUIRE(value <= last);
    last = value;
  }
}

TEST_CASE("exp2_negative: whole exponents are exact, and from 28 on it is 0") {
  for (std::uint32_t whole = 0; whole < 28; ++whole) CHECK(exp2_negative(whole << 16) == kExpOne >> whole);
  CHECK(exp2_negative(28U << 16) == 0);
  CHECK(exp2_negative(0xFFFFFFFF) == 0);
}

}  // namespace
