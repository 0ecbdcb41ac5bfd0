// Every change of a single byte of small models that prepare their features, with the seal made good again: refused
// with a reason or used in bounds.

#include <doctest/doctest.h>

#include "evil/small_models.hpp"

namespace nuthatch::test {

TEST_CASE("evil: every change of a byte of a preparation, sealed again, is refused or used in bounds") {
  Tally tally;
  for (const auto input : {quantize::Input::kFloat32, quantize::Input::kInt16}) {
    change_good_model(small_prepared(input), tally);
    change_good_model(small_projected(input), tally);
  }
  check_tally(tally, 50000, 50000);
}

}  // namespace nuthatch::test
