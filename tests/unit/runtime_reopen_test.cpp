// A monitor whose model is opened anew underneath it (an update in the field), and the C API's names and counters.

#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "nuthatch.h"
#include "unit/make_model.hpp"

namespace nuthatch::test {
namespace {

Recipe recipe_of(std::size_t features, std::size_t classes, std::uint32_t seed = 1) {
  Recipe recipe;
  recipe.features = features;
  recipe.classes = classes;
  recipe.seed = seed;
  return recipe;
}

/// Attached to a small model; what a test then opens into that model must not be followed.
struct Watched {
  Opened small{make_model(recipe_of(2, 3))};
  Buffer<std::uint32_t> words;
  Monitor monitor;

  Watched() : words(small.model.footprint().monitor_words) {
    REQUIRE(monitor.attach(small.model, words) == Status::kOk);
    REQUIRE(count_one() == Status::kOk);
  }

  Status count_one() {
    return monitor.observe(small.predict(std::vector<float>{0, 0}), small.outputs, small.scratch, 7);
  }

  void check_detached() {
    Buffer<std::uint8_t> bytes(4096);
    std::size_t written = 0;
    CHECK(monitor.observe(Status::kOk, small.outputs, small.scratch, 7) == Status::kNotAttached);
    CHECK(monitor.snapshot({}, bytes, written) == Status::kNotAttached);
    CHECK(monitor.rows() + monitor.refused() + monitor.predicted(0) == 0);
    CHECK(monitor.below(1) + monitor.above(1) + monitor.latency(7) == 0);
  }
};

Status open_into(Model& model, const Bytes& bytes) {
  static std::vector<std::uint8_t> kept;  // what the model points into must outlive it
  kept = bytes;
  return EveryPart::open({kept.data(), kept.size()}, model);
}

}  // namespace

TEST_CASE("a monitor counts while its model is the one it was attached to") {
  Watched watched;
  CHECK(watched.monitor.rows() == 1);
  CHECK(watched.monitor.latency(7) == 1);
}

TEST_CASE("a monitor stops when a larger model is opened into its own") {
  Watched watched;
  REQUIRE(open_into(watched.small.model, make_model(recipe_of(40, 12))) == Status::kOk);
  watched.check_detached();
}

TEST_CASE("a monitor stops when another model of the same shape is opened into its own") {
  Watched watched;
  REQUIRE(open_into(watched.small.model, make_model(recipe_of(2, 3, 2))) == Status::kOk);
  watched.check_detached();
}

TEST_CASE("a monitor stops when an update is refused, however far open came") {
  const Bytes good = make_model(recipe_of(40, 12));
  for (const bool resealed : {false, true}) {
    Watched watched;
    Bytes broken = good;
    broken[broken.size() / 2] ^= 0xFF;
    if (resealed) reseal(broken);
    static_cast<void>(open_into(watched.small.model, broken));
    watched.check_detached();
  }
}

TEST_CASE("a monitor goes on when its own model is opened again") {
  Watched watched;
  const Bytes bytes = make_model(recipe_of(2, 3));
  REQUIRE(open_into(watched.small.model, bytes) == Status::kOk);
  CHECK(watched.count_one() == Status::kOk);
  CHECK(watched.monitor.rows() == 2);
}

TEST_CASE("the C API tells names, exponents, identity and counters as the C++ API does") {
  Recipe recipe = recipe_of(3, 3);
  recipe.precision = Precision::kInt16;
  recipe.input = Input::kInt16;
  exporting::ModelContents contents = make_contents(recipe);
  contents.common().encoding.features[1].exponent = -3;
  Opened opened(exporting::write_model(contents));
  REQUIRE(opened.status == Status::kOk);
  nuthatch_model model;
  const nuthatch_part* const parts[] = {nuthatch_int16_input(), nuthatch_linear()};
  REQUIRE(nuthatch_open(opened.bytes.data(), opened.bytes.size(), parts, 2, &model) == NUTHATCH_OK);
  const char* text = nullptr;
  std::size_t length = 0;
  REQUIRE(nuthatch_feature_name(&model, 1, &text, &length) == NUTHATCH_OK);
  CHECK(std::string(text, length) == contents.feature_names[1]);
  CHECK(nuthatch_feature_name(&model, 3, &text, &length) == NUTHATCH_INDEX);
  int exponent = 0;
  REQUIRE(nuthatch_raw_exponent(&model, 1, &exponent) == NUTHATCH_OK);
  CHECK(exponent == -3);
  CHECK(std::memcmp(nuthatch_identity(&model), opened.model.identity(), 32) == 0);
}

TEST_CASE("the C API's counters are the C++ API's") {
  Opened opened(make_model(recipe_of(2, 3)));
  nuthatch_model model;
  nuthatch_monitor monitor;
  const nuthatch_part* const parts[] = {nuthatch_float32_input(), nuthatch_linear()};
  REQUIRE(nuthatch_open(opened.bytes.data(), opened.bytes.size(), parts, 2, &model) == NUTHATCH_OK);
  std::uint32_t words[256];
  REQUIRE(nuthatch_monitor_attach(&monitor, &model, words, 256, 0) == NUTHATCH_OK);
  std::int32_t outputs[3];
  std::uint32_t scratch[16];
  const float rows[2][2] = {{-1e30F, 1e30F}, {1e30F, 1e30F}};
  std::size_t answers[3] = {};
  for (const auto& row : rows) {
    const nuthatch_status status = nuthatch_predict_float32(&model, row, 2, outputs, 3, scratch, 16);
    ++answers[nuthatch_class_of(&model, outputs, 3)];
    REQUIRE(nuthatch_monitor_observe(&monitor, status, outputs, 3, scratch, 16, 5) == NUTHATCH_OK);
  }
  REQUIRE(nuthatch_monitor_observe(&monitor, NUTHATCH_MISSING, outputs, 3, scratch, 16, 5) == NUTHATCH_OK);
  CHECK(nuthatch_monitor_rows(&monitor) == 2);
  CHECK(nuthatch_monitor_refused(&monitor) == 1);
  for (std::size_t k = 0; k < 3; ++k) CHECK(nuthatch_monitor_predicted(&monitor, k) == answers[k]);
  CHECK(nuthatch_monitor_below(&monitor, 0) == 1);
  CHECK(nuthatch_monitor_above(&monitor, 0) == 1);
  CHECK(nuthatch_monitor_above(&monitor, 1) == 2);
  CHECK(nuthatch_monitor_latency(&monitor, 5) == 2);
}

}  // namespace nuthatch::test
