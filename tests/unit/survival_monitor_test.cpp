// A real monitor's counters, kept over reboots.

#include <doctest/doctest.h>

#include <algorithm>

#include "nuthatch/nuthatch.hpp"
#include "nuthatch/retained.hpp"
#include "unit/make_model.hpp"

namespace nuthatch::test {

TEST_CASE("retained: the class keeps a monitor's counters, histograms included, over a reboot") {
  const Recipe recipe{Precision::kInt8, Input::kFloat32, 3, 2};
  Opened opened(make_model(recipe));
  REQUIRE(opened.status == Status::kOk);
  std::vector<std::uint32_t> words(opened.model.footprint().monitor_words);
  std::vector<std::uint32_t> memory(retained_words(words.size()));
  const Owner owner = owner_of(opened.model, 3);
  CHECK(owner.layout >> 16 == 3);
  CHECK(std::equal(opened.model.identity(), opened.model.identity() + 8,
                   reinterpret_cast<const std::uint8_t*>(owner.model)));
  Life stamp;
  for (std::uint32_t boot = 0; boot < 4; ++boot) {
    Monitor monitor;
    Retained retained;
    REQUIRE(monitor.attach<Histograms>(opened.model, words, 3) == Status::kOk);
    REQUIRE(retained.begin(memory, owner, {boot == 0, 77, 40}, words) == Status::kOk);
    CHECK(retained.life().boots == 41 + boot);
    const std::uint32_t flags = boot == 0 ? kPowerWasOff : kPowerWasOff | kRestored;
    CHECK(retained.life().flags == flags);
    CHECK(monitor.rows() == 5 * boot);
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
  // Another shift of the latencies is another layout.
  Retained retained;
  REQUIRE(retained.begin(memory, owner_of(opened.model, 4), {false, 1, 0}, words) == Status::kOk);
  CHECK(retained.life().epoch == 78);
  CHECK(retained.life().flags == kOwnerChanged);
  CHECK(std::all_of(words.begin(), words.end(), [](std::uint32_t word) { return word == 0; }));
}

}  // namespace nuthatch::test
