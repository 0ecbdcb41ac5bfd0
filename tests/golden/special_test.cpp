// The device's special functions against SciPy's, within the bounds that they state (make_special.py).

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "golden/probability.hpp"
#include "runtime/src/exponential.hpp"
#include "runtime/src/tanh.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::golden {
namespace {

using Pair = std::pair<std::int32_t, double>;  // an argument, and the function of it
using Pairs = std::vector<Pair>;

Pairs read(const char* function) {
  std::ifstream file(NUTHATCH_TEST_DATA "/golden/sklearn/special.json");
  const auto pairs = nlohmann::json::parse(file).at(function).get<Pairs>();
  REQUIRE(pairs.size() > 50);
  return pairs;
}

}  // namespace

TEST_CASE("exp2_negative is SciPy's exp2 within 2^-15 of its value and one unit") {
  for (const Pair& pair : read("exp2")) {
    const auto x = pair.first;
    const double expected = pair.second;
    CAPTURE(x);
    const double value = detail::exp2_negative(static_cast<std::uint32_t>(x));
    CHECK(std::abs(value - std::ldexp(expected, 27)) <= std::ldexp(expected, 27 - 15) + 1);
  }
}

TEST_CASE("tanh_of is NumPy's tanh within 2^-15 and its rounding") {
  for (const Pair& pair : read("tanh")) {
    const auto argument = pair.first;
    const double expected = pair.second;
    for (const std::int16_t high : {std::int16_t{127}, std::int16_t{4095}, std::int16_t{32767}}) {
      CAPTURE(argument);
      CAPTURE(high);
      CHECK(std::abs(detail::tanh_of(argument, high) - high * expected) <= 0.5 + high * 0x1p-15);
    }
  }
}

TEST_CASE("the sigmoid of Probability is SciPy's expit within 2^-14") {
  trainer_test::Trained trained = trainer_test::train(trainer_test::load("pima.train"), "logistic", true);
  // Exponents that are the scores.
  std::visit([](auto& predictor) { predictor.link.scale = {{1 << 20, 0, 20}}; }, trained.contents.predictor);
  const exporting::LoadedModel model(exporting::write_model(trained.contents));
  Probability probability;
  REQUIRE(probability.attach(model.model()) == Status::kOk);
  for (const Pair& pair : read("sigmoid")) {
    const auto exponent = pair.first;
    const double expected = pair.second;
    CAPTURE(exponent);
    std::int32_t words[2] = {};
    const std::int32_t scores[1] = {exponent};
    REQUIRE(probability.of(scores, words) == Status::kOk);
    CHECK(std::abs(std::ldexp(words[1], -16) - expected) <= 0x1p-14 + 2 * 0x1p-27);
    CHECK(std::abs(std::ldexp(words[0], -16) - (1 - expected)) <= 0x1p-14 + 2 * 0x1p-27);
  }
}

}  // namespace nuthatch::golden
