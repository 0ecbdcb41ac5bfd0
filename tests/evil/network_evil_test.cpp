// Every change of a single byte of small networks, with the seal made good again: refused with a reason or used in
// bounds.

#include <doctest/doctest.h>

#include "evil/small_models.hpp"

namespace nuthatch::test {

TEST_CASE("evil: every change of a byte of a network, sealed again, is refused or used in bounds") {
  using quantize::Activation;
  Tally tally;
  for (const Activation activation : {Activation::kNone, Activation::kRelu, Activation::kTanh}) {
    const auto input = activation == Activation::kRelu ? quantize::Input::kInt16 : quantize::Input::kFloat32;
    for (const std::vector<std::uint16_t>& sizes : {std::vector<std::uint16_t>{2, 3, 5, 3}, {3, 4, 1}}) {
      const ModelBytes bytes = small_network(sizes, activation, input);
      change_good_model(bytes, tally);
    }
  }
  check_tally(tally, 100000, 100000);
}

}  // namespace nuthatch::test
