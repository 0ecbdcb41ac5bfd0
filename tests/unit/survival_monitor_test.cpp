// A real monitor's counters, kept over reboots.

#include <doctest/doctest.h>

#include <algorithm>

#include "nuthatch/nuthatch.hpp"
#include "nuthatch/retained.hpp"
#include "quantize/watch.hpp"
#include "unit/make_model.hpp"

namespace nuthatch::test {
namespace {

/// Three features with a histogram each.
Bytes watched_model() {
  exporting::ModelContents contents = make_contents({Precision::kInt8, Input::kFloat32, 3, 2});
  learn::CodeMatrix codes(200, 3);
  for (int row = 0; row < 200; ++row) {
    for (int i = 0; i < 3; ++i) codes(row, i) = static_cast<std::int16_t>((row - 100) * (i + 1));
  }
  for (quantize::FeatureEncoding& feature : contents.common().encoding.features) {
    feature.offset = 0;
    feature.scale = 1;
    feature.low = -300;
    feature.high = 300;
  }
  contents.watch.histograms = quantize::watch_codes(codes, contents.common().encoding);
  contents.watch.level = quantize::Level::kFull;
  contents.watch.ranks = {0, 1, 2};
  quantize::measure_memory(codes, {}, contents.watch);
  quantize::add_tests(codes, {}, 1e6, contents.watch);
  contents.golden = {};
  return exporting::write_model(contents);
}

/// Rows in the bins of a histogram.
std::uint32_t binned_rows(const Monitor& monitor, std::size_t histogram) {
  std::uint32_t rows = 0;
  for (std::size_t bin = 0; bin < 16; ++bin) rows += monitor.binned(histogram, bin);
  return rows;
}

}  // namespace

TEST_CASE("retained: the class keeps a monitor's counters, histograms included, over a reboot") {
  Opened opened(watched_model());
  REQUIRE(opened.status == Status::kOk);
  std::vector<std::uint32_t> words(opened.model.footprint().monitor_words);
  std::vector<std::uint32_t> memory(retained_words(words.size()));
  const Owner owner = owner_of(opened.model, 3);
  CHECK((owner.layout >> 16) == 3);
  const auto* first = reinterpret_cast<const std::uint8_t*>(owner.model);
  CHECK(std::equal(first, first + 8, opened.model.identity()));
  Life stamp;
  for (std::uint32_t boot = 0; boot < 4; ++boot) {
    Monitor monitor;
    Retained retained;
    REQUIRE(monitor.attach<Histograms>(opened.model, words, 3) == Status::kOk);
    REQUIRE(retained.begin(memory, owner, {boot == 0, 77, 40}, words) == Status::kOk);
    CHECK(retained.life().boots == 41 + boot);
    const std::uint32_t flags = boot == 0 ? kPowerWasOff : kPowerWasOff | kRestored;
    CHECK(retained.life().flags == flags);
    // Five rows a boot: some of them wait for eight when they are saved.
    CHECK(words[0] == 5 * boot);
    for (int i = 0; i < 5; ++i) {
      const Status status = opened.predict(std::vector<float>(3, 1));
      REQUIRE(monitor.observe(status, opened.outputs, opened.scratch, 9) == Status::kOk);
    }
    REQUIRE(retained.take_sequence(words, stamp) == Status::kOk);
    CHECK(stamp.epoch == 77);
    CHECK(stamp.sequence == boot);
    std::vector<std::uint32_t> read(words.size());
    Life life;
    REQUIRE(retained.load(read, life) == Status::kOk);
    CHECK(read == words);
    CHECK(life.sequence == boot + 1);
  }
  Monitor monitor;
  Retained again;
  REQUIRE(monitor.attach<Histograms>(opened.model, words, 3) == Status::kOk);
  REQUIRE(again.begin(memory, owner, {false, 1, 0}, words) == Status::kOk);
  for (std::size_t i = 0; i < 3; ++i) CHECK(binned_rows(monitor, i) == 20);
  CHECK(monitor.rows() == 20);
  // Another shift of the latencies is another layout.
  Retained retained;
  REQUIRE(retained.begin(memory, owner_of(opened.model, 4), {false, 1, 0}, words) == Status::kOk);
  CHECK(retained.life().epoch == 78);
  CHECK(retained.life().flags == kOwnerChanged);
  CHECK(std::all_of(words.begin(), words.end(), [](std::uint32_t word) { return word == 0; }));
}

}  // namespace nuthatch::test
