// Every change of a single byte of small support vector machines, with the seal made good again: refused with a reason
// or used in bounds.

#include <doctest/doctest.h>

#include "evil/small_models.hpp"

namespace nuthatch::test {

TEST_CASE("evil: every change of a byte of a support vector machine, sealed again, is refused or used in bounds") {
  using quantize::Kernel;
  Tally tally;
  for (const Kernel kernel : {Kernel::kRbf, Kernel::kLinear, Kernel::kPolynomial, Kernel::kSigmoid}) {
    const auto input = kernel == Kernel::kRbf ? quantize::Input::kInt16 : quantize::Input::kFloat32;
    for (const std::vector<std::uint32_t>& classes : {std::vector<std::uint32_t>{3, 1, 2}, {5}}) {
      const ModelBytes bytes = small_svm(kernel, classes, input);
      change_good_model(bytes, tally);
    }
  }
  check_tally(tally, 100000, 100000);
}

}  // namespace nuthatch::test
