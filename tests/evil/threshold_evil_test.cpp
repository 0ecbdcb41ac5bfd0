// Every change of a byte of models of two classes with a threshold, with a seal of its own: refused, or used in bounds
// and by the threshold that the file then has (exercise.cpp).

#include <doctest/doctest.h>

#include "evil/changes.hpp"
#include "evil/small_models.hpp"

namespace nuthatch::test {

TEST_CASE("evil: every change of a byte of a model with a threshold, sealed again") {
  Tally tally;
  for (const ModelBytes& bytes : {small_thresholded(), small_thresholded(true)}) {
    REQUIRE(exercise(bytes.data(), bytes.size()).status == Status::kOk);
    change_every_byte(bytes, true, tally);
  }
  MESSAGE(tally.text());
  CHECK(tally.opened() > 10000);
  CHECK_MESSAGE(tally.broken == 0, tally.first);
}

}  // namespace nuthatch::test
