// Every change of a single byte of small models that explain themselves, with the seal made good again: refused by
// `open` or by Explanation::attach with a reason, or explained in bounds and so that it adds up.

#include <doctest/doctest.h>

#include "evil/small_models.hpp"

namespace nuthatch::test {

TEST_CASE("evil: every change of a byte of an explanation, sealed again, is refused or adds up") {
  Tally tally;
  for (const ModelBytes& bytes :
       {small_explained_linear(0, quantize::Precision::kInt8), small_explained_linear(3, quantize::Precision::kInt16),
        small_explained_columns(), small_explained_forest(6, false), small_explained_forest(8, true),
        small_explained_forest(0, true)}) {
    change_good_model(bytes, tally);
  }
  check_tally(tally, 100000, 50000);
}

}  // namespace nuthatch::test
