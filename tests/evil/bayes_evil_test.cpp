// Every change of a single byte of small naive Bayes models, with the seal made good again: refused with a reason or
// used in bounds.

#include <doctest/doctest.h>

#include "evil/small_models.hpp"

namespace nuthatch::test {

TEST_CASE("evil: every change of a byte of naive Bayes, sealed again, is refused or used in bounds") {
  Tally tally;
  for (const auto input : {quantize::Input::kFloat32, quantize::Input::kInt16}) {
    for (const std::size_t classes : {std::size_t{2}, std::size_t{3}}) {
      const ModelBytes bytes = small_bayes(classes, input, classes == 3);
      change_good_model(bytes, tally);
    }
  }
  check_tally(tally, 100000, 100000);
}

}  // namespace nuthatch::test
