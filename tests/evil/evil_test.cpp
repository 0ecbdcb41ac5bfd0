// Every truncation and every change of a single byte of small models of each arithmetic and task: as it is, refused;
// with its seal made good again, refused with a reason or used in bounds (the `sanitize` build sees what is not).

#include <doctest/doctest.h>

#include "evil/changes.hpp"
#include "unit/make_model.hpp"

namespace nuthatch::test {
namespace {

/// Little enough that all of it can be tried.
std::vector<Recipe> small_models() {
  std::vector<Recipe> recipes = all_tasks(3);
  for (Recipe& recipe : recipes) {
    recipe.features = 2;
    recipe.golden_rows = 1;
  }
  return recipes;
}

}  // namespace

TEST_CASE("evil: every truncation is refused, as it is and with a seal of its own") {
  for (const Recipe& recipe : small_models()) {
    const ModelBytes good(make_model(recipe));
    Tally plain;
    Tally sealed;
    cut_everywhere(good, plain);
    cut_and_seal_everywhere(good, sealed);
    CAPTURE(text_of(recipe));
    CHECK(plain.total() == good.size());
    CHECK(plain.opened() == 0);
    CHECK(sealed.opened() == 1);  // the whole
    CHECK_MESSAGE(plain.broken == 0, plain.first);
    CHECK_MESSAGE(sealed.broken == 0, sealed.first);
  }
}

TEST_CASE("evil: every change of a byte is refused by the seal") {
  Tally tally;
  for (const Recipe& recipe : small_models()) {
    const ModelBytes bytes(make_model(recipe));
    change_every_byte(bytes, false, tally);
    CHECK(exercise(bytes.data(), bytes.size()).status == Status::kOk);
  }
  MESSAGE(tally.text());
  CHECK(tally.total() > 100000);
  CHECK(tally.opened() == 0);
  CHECK_MESSAGE(tally.broken == 0, tally.first);
}

TEST_CASE("evil: every change of a byte, sealed again, is refused or used in bounds") {
  Tally tally;
  for (const Recipe& recipe : small_models()) {
    const ModelBytes bytes(make_model(recipe));
    change_every_byte(bytes, true, tally);
  }
  MESSAGE(tally.text());
  CHECK(tally.opened() > 100000);
  CHECK(tally.total() - tally.opened() > 100000);
  // Memory is right, the checksum made good, and every part linked; all else is reached by some byte.
  for (int status = 3; status <= 17; ++status) {
    CAPTURE(status);
    const bool reached = tally.statuses.count(static_cast<Status>(status)) == 1;
    CHECK(reached == (status != 6 && status != 10 && status != 15 && status != 16));
  }
  CHECK_MESSAGE(tally.broken == 0, tally.first);
}

TEST_CASE("evil: every change of a byte of a model with probabilities, sealed again") {
  using quantize::LinkKind;
  constexpr quantize::Requantization kScale = {1 << 30, 5, 31};
  const std::vector<std::pair<std::size_t, quantize::Link>> links = {{2, {LinkKind::kLogistic, {kScale}, 0}},
                                                                     {3, {LinkKind::kLogistic, {kScale}, 0}},
                                                                     {3, {LinkKind::kLogistic, {3, kScale}, 0}},
                                                                     {2, {LinkKind::kProportion, {}, 1000}},
                                                                     {3, {LinkKind::kProportion, {}, 0}}};
  Tally tally;
  for (const auto& [classes, link] : links) {
    exporting::ModelContents contents = make_contents({Precision::kInt8, Input::kFloat32, 2, classes, 1});
    contents.common().link = link;
    const ModelBytes bytes(exporting::write_model(contents));
    change_every_byte(bytes, true, tally);
  }
  MESSAGE(tally.text());
  CHECK(tally.opened() > 100000);
  CHECK_MESSAGE(tally.broken == 0, tally.first);
}

}  // namespace nuthatch::test
