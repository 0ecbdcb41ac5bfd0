// Every change of a single byte of small models with histograms, with the seal made good again: refused by `open` or by
// Monitor::attach with a reason, or counted in bounds.

#include <doctest/doctest.h>

#include "evil/small_models.hpp"

namespace nuthatch::test {

TEST_CASE("evil: every change of a byte of a monitor's part, sealed again, is refused or used in bounds") {
  Tally tally;
  for (const ModelBytes& bytes : {small_watched(0, 1), small_watched(3, 2)}) {
    REQUIRE(exercise(bytes.data(), bytes.size()).status == Status::kOk);
    change_every_byte(bytes, true, tally);
  }
  CHECK(tally.opened() > 100000);
  CHECK(tally.total() - tally.opened() > 50000);
  CHECK_MESSAGE(tally.broken == 0, tally.first);
}

}  // namespace nuthatch::test
