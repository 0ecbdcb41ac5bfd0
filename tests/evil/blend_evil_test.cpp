// Every change of a single byte of small blends, with the seal made good again: refused with a reason or used in
// bounds.

#include <doctest/doctest.h>

#include "evil/small_models.hpp"

namespace nuthatch::test {

TEST_CASE("evil: every change of a byte of a blend, sealed again, is refused or used in bounds") {
  Tally tally;
  change_good_model(small_blend(0, 2, quantize::Input::kInt16), tally);
  change_good_model(small_blend(1, 3, quantize::Input::kFloat32), tally);
  check_tally(tally, 100000, 100000);
}

}  // namespace nuthatch::test
