// The smallest model of each kind, cut off at every byte and with every byte changed: refused, each by its status.

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "evil/small_models.hpp"
#include "unit/make_model.hpp"

namespace nuthatch::test {
namespace {

struct SmallKind {
  SmallKind(const char* its_name, ModelBytes its_bytes) : name(its_name), bytes(std::move(its_bytes)) {}
  std::string name;
  ModelBytes bytes;
};

std::vector<SmallKind> small_kinds() {
  std::vector<SmallKind> kinds;
  kinds.emplace_back("linear", ModelBytes(make_model({Precision::kInt8, Input::kFloat32, 1, 0, 0})));
  kinds.emplace_back("svm", small_svm(quantize::Kernel::kRbf, {1, 1}, Input::kFloat32));
  kinds.emplace_back("bayes", small_bayes(2, Input::kFloat32, true));
  kinds.emplace_back("forest of words", small_forest(6, true, Input::kInt16, 3));
  kinds.emplace_back("forest of two words", small_forest(0, false, Input::kFloat32, 3));
  kinds.emplace_back("network", small_network({2, 2, 1}, quantize::Activation::kRelu, Input::kFloat32));
  kinds.emplace_back("blend of linear and forest", small_blend(0, 2, Input::kFloat32));
  kinds.emplace_back("linear with a preparation", small_prepared(Input::kInt16));
  kinds.emplace_back("linear with a projection", small_projected(Input::kInt16));
  kinds.emplace_back("linear with histograms", small_watched(0, 1));
  kinds.emplace_back("linear of two classes with a threshold", small_thresholded());
  return kinds;
}

}  // namespace

TEST_CASE("evil: of every kind, every truncation is refused, as it is and with a seal of its own") {
  for (const SmallKind& kind : small_kinds()) {
    CAPTURE(kind.name);
    const ModelBytes& bytes = kind.bytes;
    REQUIRE(exercise(bytes.data(), bytes.size()).status == Status::kOk);
    Tally plain;
    cut_everywhere(bytes, plain);
    CHECK(plain.total() == bytes.size());
    CHECK(plain.opened() == 0);
    CHECK_MESSAGE(plain.broken == 0, plain.first);
    Tally sealed;
    cut_and_seal_everywhere(bytes, sealed);
    CHECK(sealed.opened() == 1);  // the whole
    CHECK_MESSAGE(sealed.broken == 0, sealed.first);
  }
}

TEST_CASE("evil: of every kind, every change of a byte is refused by the seal") {
  for (const SmallKind& kind : small_kinds()) {
    CAPTURE(kind.name);
    const ModelBytes& bytes = kind.bytes;
    Tally tally;
    change_every_byte(bytes, false, tally);
    CHECK(tally.total() == 255 * bytes.size());
    CHECK(tally.opened() == 0);
    CHECK_MESSAGE(tally.broken == 0, tally.first);
    CHECK(exercise(bytes.data(), bytes.size()).status == Status::kOk);
  }
}

}  // namespace nuthatch::test
