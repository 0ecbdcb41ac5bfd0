// Every truncation and every change of a single byte of small models of each arithmetic and task: as it is, refused;
// with its seal made good again, refused with a reason or used in bounds (the `sanitize` build sees what is not).

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <zlib.h>

#include <cstring>
#include <map>
#include <string>

#include "evil/exercise.hpp"
#include "unit/make_model.hpp"

namespace nuthatch::test {
namespace {

/// What became of the changed models.
struct Tally {
  std::map<Status, std::size_t> statuses;
  std::size_t broken = 0;
  std::string first;

  void add(const Outcome& outcome, const std::string& what) {
    ++statuses[outcome.status];
    if (outcome.failure == nullptr) return;
    ++broken;
    if (first.empty()) first = what + ": " + outcome.failure;
  }
  std::size_t opened() const { return statuses.count(Status::kOk) == 0 ? 0 : statuses.at(Status::kOk); }
  std::size_t total() const {
    std::size_t sum = 0;
    for (const auto& [status, count] : statuses) sum += count;
    return sum;
  }
  std::string text() const {
    std::string text = fmt::format("{} models:", total());
    for (const auto& [status, count] : statuses)
      text += fmt::format(" status {}: {};", static_cast<int>(status), count);
    return text;
  }
};

void put_crc(const Buffer<std::uint8_t>& bytes) {
  const auto crc = static_cast<std::uint32_t>(::crc32(0, bytes.data(), static_cast<uInt>(bytes.size() - 4)));
  std::memcpy(bytes.data() + bytes.size() - 4, &crc, sizeof crc);
}

/// Changes one byte to its other values; the seal's own CRC-32 is then as `sealed` says.
void change_byte(const Buffer<std::uint8_t>& bytes, std::size_t position, bool sealed, Tally& tally) {
  const std::uint8_t before = bytes[position];
  for (int change = 1; change < 256; ++change) {
    bytes[position] = static_cast<std::uint8_t>(before ^ change);
    if (sealed) put_crc(bytes);
    tally.add(exercise(bytes.data(), bytes.size()), fmt::format("byte {} ^ {}", position, change));
  }
  bytes[position] = before;
}

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
    const Bytes good = make_model(recipe);
    Tally plain;
    Tally sealed;
    for (std::size_t size = 0; size < good.size(); ++size) {
      const auto end = good.begin() + static_cast<std::ptrdiff_t>(size);
      const Buffer<std::uint8_t> shorter(Bytes(good.begin(), end));
      plain.add(exercise(shorter.data(), shorter.size()), fmt::format("{} bytes", size));
      if (size % 8 != 0 || size + 136 > good.size()) continue;
      // The FlatBuffer cut off, and a seal that says so.
      Bytes cut(good.begin(), end);
      cut.insert(cut.end(), good.end() - 136, good.end());
      const std::uint32_t sizes[] = {static_cast<std::uint32_t>(cut.size()), static_cast<std::uint32_t>(size)};
      std::memcpy(cut.data() + size + 12, sizes, sizeof sizes);
      const Buffer<std::uint8_t> exact(cut);
      put_crc(exact);
      sealed.add(exercise(exact.data(), exact.size()), fmt::format("{} bytes, sealed", size));
    }
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
    const Buffer<std::uint8_t> bytes(make_model(recipe));
    for (std::size_t position = 0; position < bytes.size(); ++position) change_byte(bytes, position, false, tally);
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
    const Buffer<std::uint8_t> bytes(make_model(recipe));
    for (std::size_t position = 0; position + 4 < bytes.size(); ++position) change_byte(bytes, position, true, tally);
  }
  MESSAGE(tally.text());
  CHECK(tally.opened() > 100000);
  CHECK(tally.total() - tally.opened() > 100000);
  // Memory is right, the checksum made good, and every part linked; all else is reached by some byte.
  for (int status = 3; status <= 14; ++status) {
    CAPTURE(status);
    const bool reached = tally.statuses.count(static_cast<Status>(status)) == 1;
    CHECK(reached == (status != 6 && status != 10));
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
    const Buffer<std::uint8_t> bytes(exporting::write_model(contents));
    for (std::size_t position = 0; position + 4 < bytes.size(); ++position) change_byte(bytes, position, true, tally);
  }
  MESSAGE(tally.text());
  CHECK(tally.opened() > 100000);
  CHECK_MESSAGE(tally.broken == 0, tally.first);
}

}  // namespace nuthatch::test
