// nuthatch.h's calls for survival, from C99 in survival_c_api.c.

#include "unit/survival_c_api.h"

#include <doctest/doctest.h>

#include <cstring>

#include "nuthatch/retained.hpp"
#include "unit/make_model.hpp"

namespace nuthatch::test {

TEST_CASE("C API: counters, sequence and crash go on over boots") {
  Opened opened(make_model({Precision::kInt8, Input::kFloat32, 3, 2}));
  REQUIRE(opened.status == Status::kOk);
  const auto* model = reinterpret_cast<const nuthatch_model*>(&opened.model);
  const std::vector<float> row = {1, 2, 3};
  const std::uint32_t hash = input_hash(Span<const float>(row.data(), row.size()));
  c_survival s;
  std::memset(&s, 0xA5, sizeof s);
  for (std::uint32_t boot = 0; boot < 5; ++boot) {
    CAPTURE(boot);
    c_survival_boot(&s, model, boot == 0 ? 1 : 0);
    CHECK(s.begun == NUTHATCH_OK);
    CHECK(s.ring_begun == NUTHATCH_OK);
    CHECK(s.found == (boot == 0 ? NUTHATCH_NO_RECORD : NUTHATCH_OK));
    CHECK(s.appended == NUTHATCH_OK);
    CHECK(s.loaded == NUTHATCH_OK);
    CHECK(s.rows == boot);
    CHECK(s.life.epoch == 900);
    CHECK(s.life.boots == boot + 1);
    const std::uint32_t flags = boot == 0 ? NUTHATCH_POWER_WAS_OFF : NUTHATCH_POWER_WAS_OFF | NUTHATCH_RESTORED;
    CHECK(s.life.flags == flags);
    CHECK(s.stamp.sequence == boot);
    CHECK(s.read.sequence == boot + 1);
    if (boot != 0) CHECK(s.record_size == opened.model.footprint().snapshot_bytes);
    // The third boot reports and clears.
    const std::uint32_t crashes = boot < 3 ? boot : boot - 2;
    CHECK(s.crash.crashes == crashes);
    if (crashes == 0) continue;
    CHECK(s.crash.input_hash == hash + (boot < 3 ? 1 : 3));
    CHECK(s.crash.predicted_class == 1);
    CHECK(s.crash.status == NUTHATCH_OK);
  }
}

TEST_CASE("C API: what cannot survive is refused") {
  Opened opened(make_model({Precision::kInt8, Input::kFloat32, 3, 2}));
  int statuses[32];
  const std::size_t count = c_survival_refusals(reinterpret_cast<const nuthatch_model*>(&opened.model), statuses);
  const std::vector<int> expected = {NUTHATCH_NULL,
                                     NUTHATCH_NULL,
                                     NUTHATCH_RETAINED_WORDS,
                                     NUTHATCH_NOT_BEGUN,
                                     NUTHATCH_OK,
                                     NUTHATCH_MONITOR_WORDS,
                                     NUTHATCH_MONITOR_WORDS,
                                     NUTHATCH_OK,
                                     NUTHATCH_RENEWED,
                                     1,
                                     NUTHATCH_NULL,
                                     NUTHATCH_NULL,
                                     NUTHATCH_NOT_BEGUN,
                                     NUTHATCH_FLASH_GEOMETRY,
                                     NUTHATCH_NOT_BEGUN};
  CHECK(std::vector<int>(statuses, statuses + count) == expected);
}

}  // namespace nuthatch::test
