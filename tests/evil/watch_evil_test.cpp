// Every change of a single byte of small models with histograms, with the seal made good again: refused by `open` or by
// Monitor::attach with a reason, or counted in bounds.

#include <doctest/doctest.h>

#include "evil/small_models.hpp"

namespace nuthatch::test {

TEST_CASE("evil: every change of a byte of a monitor's part, sealed again, is refused or used in bounds") {
  Tally tally;
  for (const ModelBytes& bytes : {small_watched(0, 1), small_watched(3, 2)}) {
    change_good_model(bytes, tally);
  }
  check_tally(tally, 100000, 50000);
}

}  // namespace nuthatch::test
