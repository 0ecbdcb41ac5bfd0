// Every change of a single byte of small forests, with the seal made good again: refused with a reason or used in
// bounds.

#include <doctest/doctest.h>

#include "evil/small_models.hpp"

namespace nuthatch::test {

TEST_CASE("evil: every change of a byte of a forest, sealed again, is refused or used in bounds") {
  Tally tally;
  for (const std::uint8_t bits : {std::uint8_t{6}, std::uint8_t{8}, std::uint8_t{0}}) {
    for (const bool votes : {false, true}) {
      const auto input = votes == (bits == 8) ? quantize::Input::kInt16 : quantize::Input::kFloat32;
      const ModelBytes bytes = small_forest(bits, votes, input);
      change_good_model(bytes, tally);
    }
  }
  check_tally(tally, 100000, 100000);
}

TEST_CASE("evil: every change of a byte of a forest with codes of octaves") {
  Tally tally;
  change_good_model(small_octaves(), tally);
  check_tally(tally, 10000, 10000);
}

}  // namespace nuthatch::test
