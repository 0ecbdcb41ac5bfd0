// ContributionCounters and their snapshot, and the C API of explanations.

#include <doctest/doctest.h>

#include <cstring>
#include <random>

#include "nuthatch/crc32.hpp"
#include "nuthatch/retained.hpp"
#include "unit/explain_c_api.h"
#include "unit/make_model.hpp"

namespace nuthatch::test {

namespace {

using Words = std::vector<std::int32_t>;

constexpr std::size_t kFeatures = 3;
constexpr std::int32_t kLow = INT32_MIN;
constexpr std::int32_t kHigh = INT32_MAX;

exporting::ModelContents explained_contents(std::size_t classes = 3) {
  exporting::ModelContents contents = make_contents({Precision::kInt8, Input::kFloat32, kFeatures, classes, 0});
  contents.explanation.emplace();
  contents.explanation->means = {100, -2000, 30};
  return contents;
}

struct Counted {
  Counted()
      : opened(exporting::write_model(explained_contents())),
        words(contribution_words(kFeatures), 99),
        status(counters.attach(opened.model, {words.data(), words.size()})) {}

  Status observe(const Words& contributions) { return counters.observe({contributions.data(), contributions.size()}); }
  Bytes snapshot(const SnapshotContext& context = {}) const {
    Bytes bytes(contribution_snapshot_bytes(kFeatures));
    std::size_t written = 0;
    REQUIRE(counters.snapshot(context, true, {bytes.data(), bytes.size()}, written) == Status::kOk);
    REQUIRE(written == bytes.size());
    return bytes;
  }

  Opened opened;
  Buffer<std::uint32_t> words;
  ContributionCounters counters;
  Status status;
};

Status read(const Bytes& bytes, ContributionSnapshot& snapshot) {
  const Buffer<std::uint8_t> exact(bytes);
  return read_contributions({exact.data(), exact.size()}, snapshot);
}

void put_crc(Bytes& bytes) {
  const std::uint32_t crc = crc32(bytes.data(), bytes.size() - 4);
  std::memcpy(bytes.data() + bytes.size() - 4, &crc, sizeof crc);
}

}  // namespace

TEST_CASE("contributions: sizes are summed, a feature each") {
  Counted counted;
  REQUIRE(counted.status == Status::kOk);
  CHECK(counted.counters.rows() == 0);
  REQUIRE(counted.observe({5, -7, 0}) == Status::kOk);
  REQUIRE(counted.observe({-5, -1, 0}) == Status::kOk);
  CHECK(counted.counters.rows() == 2);
  CHECK(counted.counters.sum(0) == 10);
  CHECK(counted.counters.sum(1) == 8);
  CHECK(counted.counters.sum(2) == 0);
  CHECK(counted.counters.sum(3) == 0);
}

TEST_CASE("contributions: sums carry into their high words, and take the size of -2^31") {
  Counted counted;
  std::mt19937 random(1);
  std::uint64_t expected[kFeatures] = {};
  for (int row = 0; row < 2000; ++row) {
    Words words = {kLow, kHigh, static_cast<std::int32_t>(random())};
    if (row % 3 == 0) words = {static_cast<std::int32_t>(random()) >> 8, 0, kLow};
    for (std::size_t i = 0; i < kFeatures; ++i) {
      expected[i] += static_cast<std::uint64_t>(std::abs(std::int64_t{words[i]}));
    }
    REQUIRE(counted.observe(words) == Status::kOk);
  }
  for (std::size_t i = 0; i < kFeatures; ++i) CHECK(counted.counters.sum(i) == expected[i]);
}

TEST_CASE("contributions: counting stops when the rows are full, and the snapshot says so") {
  Counted counted;
  counted.words[0] = 0xFFFFFFFE;
  ContributionSnapshot snapshot;
  REQUIRE(read(counted.snapshot(), snapshot) == Status::kOk);
  CHECK_FALSE(snapshot.saturated);
  for (int row = 0; row < 3; ++row) REQUIRE(counted.observe({1, 1, 1}) == Status::kOk);
  CHECK(counted.counters.rows() == 0xFFFFFFFF);
  CHECK(counted.counters.sum(0) == 1);
  const Bytes bytes = counted.snapshot();
  REQUIRE(read_contributions({bytes.data(), bytes.size()}, snapshot) == Status::kOk);
  CHECK(snapshot.saturated);
}

TEST_CASE("contributions: refused calls") {
  Counted counted;
  std::uint32_t words[7] = {};
  ContributionCounters counters;
  CHECK(counters.observe({}) == Status::kNotAttached);
  CHECK(counters.rows() == 0);
  CHECK(counters.sum(0) == 0);
  CHECK(counters.attach(Model(), words) == Status::kNotOpen);
  CHECK(counters.attach(counted.opened.model, {words, 6}) == Status::kMonitorWords);
  CHECK(counters.attach(counted.opened.model, {nullptr, 7}) == Status::kMonitorWords);
  CHECK(counted.observe({1, 2}) == Status::kFeatureCount);
  CHECK(counted.counters.observe({nullptr, 3}) == Status::kFeatureCount);
  Bytes bytes(contribution_snapshot_bytes(kFeatures) - 1);
  std::size_t written = 7;
  CHECK(counted.counters.snapshot({}, true, {bytes.data(), bytes.size()}, written) == Status::kSnapshotSize);
  CHECK(counted.counters.snapshot({}, true, {nullptr, 1000}, written) == Status::kSnapshotSize);
  CHECK(counters.snapshot({}, true, {bytes.data(), bytes.size()}, written) == Status::kNotAttached);
  CHECK(written == 7);
  const Buffer<std::uint8_t> other(exporting::write_model(explained_contents(2)));
  REQUIRE(EveryPart::open({other.data(), other.size()}, counted.opened.model) == Status::kOk);
  CHECK(counted.observe({1, 2, 3}) == Status::kNotAttached);
}

TEST_CASE("contributions: a snapshot is read back as it was") {
  Counted counted;
  REQUIRE(counted.observe({kLow, -7, 0}) == Status::kOk);
  REQUIRE(counted.observe({kLow, 7, 1}) == Status::kOk);
  SnapshotContext context;
  context.device_id = 0x123456789ABCDEF0;
  context.epoch = 5;
  context.sequence = 6;
  const Bytes bytes = counted.snapshot(context);
  ContributionSnapshot snapshot;
  REQUIRE(read_contributions({bytes.data(), bytes.size()}, snapshot) == Status::kOk);
  CHECK(snapshot.device_id == context.device_id);
  CHECK(snapshot.epoch == 5);
  CHECK(snapshot.sequence == 6);
  CHECK(snapshot.features == kFeatures);
  CHECK(snapshot.fraction_bits == counted.opened.model.fraction_bits());
  CHECK(snapshot.exact);
  CHECK(std::memcmp(snapshot.model, counted.opened.model.identity(), 8) == 0);
  CHECK(snapshot.rows() == 2);
  CHECK(snapshot.sum(0) == 0x100000000);
  CHECK(snapshot.sum(1) == 14);
  CHECK(snapshot.sum(2) == 1);
  CHECK(snapshot.sum(3) == 0);
}

TEST_CASE("contributions: a changed snapshot is refused, and a resealed one is read in bounds") {
  Counted counted;
  REQUIRE(counted.observe({1, 2, 3}) == Status::kOk);
  const Bytes good = counted.snapshot();
  ContributionSnapshot snapshot;
  std::size_t opened = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int change = 1; change < 256; ++change) {
      Bytes bad = good;
      bad[at] = static_cast<std::uint8_t>(bad[at] ^ change);
      REQUIRE(read(bad, snapshot) != Status::kOk);
      put_crc(bad);
      const Buffer<std::uint8_t> exact(bad);
      if (read_contributions({exact.data(), exact.size()}, snapshot) != Status::kOk) continue;
      ++opened;
      CHECK(snapshot.features == kFeatures);
      CHECK(snapshot.rows() + snapshot.sum(snapshot.features - 1) > 0);
    }
  }
  CHECK(opened > 255 * (8 + 8 + 4 + 4));  // model, device, epoch, sequence, and what is counted
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK(read({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}, snapshot) == Status::kSnapshotSize);
  }
  CHECK(read_contributions({nullptr, 100}, snapshot) == Status::kNull);
}

TEST_CASE("contributions: the words survive a reset in retained memory") {
  Counted counted;
  Buffer<std::uint32_t> memory(retained_words(counted.words.size()));
  Owner owner = owner_of(counted.opened.model);
  owner.layout = kContributionLayout;
  const Span<std::uint32_t> words(counted.words.data(), counted.words.size());
  const Span<std::uint32_t> kept(memory.data(), memory.size());
  Retained retained;
  REQUIRE(retained.begin(kept, owner, {}, words) == Status::kOk);
  REQUIRE(counted.observe({1, -2, 3}) == Status::kOk);
  REQUIRE(retained.save({counted.words.data(), counted.words.size()}) == Status::kOk);
  REQUIRE(counted.counters.attach(counted.opened.model, words) == Status::kOk);
  CHECK(counted.counters.rows() == 0);
  Retained again;
  Boot warm;
  warm.cold = false;
  REQUIRE(again.begin(kept, owner, warm, words) == Status::kOk);
  CHECK(counted.counters.rows() == 1);
  CHECK(counted.counters.sum(1) == 2);
  Retained others;
  REQUIRE(others.begin(kept, owner_of(counted.opened.model), warm, words) == Status::kOk);
  CHECK((others.life().flags & kOwnerChanged) != 0);
  CHECK(counted.counters.rows() == 0);
}

TEST_CASE("contributions: C explains and counts as C++ does") {
  for (const std::size_t classes : {0U, 2U, 3U}) {
    const Bytes bytes = exporting::write_model(explained_contents(classes));
    const float row[kFeatures] = {12.5F, -3, 40};
    const Opened aligned(bytes);
    const c_explained said = c_explain(aligned.bytes.data(), aligned.bytes.size(), row);
    const std::vector<int> expected = {0, 1, 1, 1, 9, 0, 0, 0, 0, 0, 0, 0};
    CHECK(std::vector<int>(said.statuses, said.statuses + said.status_count) == expected);
    CHECK(said.exact);
    Opened opened(bytes);
    REQUIRE(opened.predict(std::vector<float>(row, row + kFeatures)) == Status::kOk);
    Explanation explanation;
    REQUIRE(explanation.attach(opened.model) == Status::kOk);
    std::int32_t words[kFeatures] = {};
    std::int32_t base = 0;
    const Span<const std::uint32_t> scratch(opened.scratch.data(), opened.scratch.size());
    const Span<const std::int32_t> outputs(opened.outputs.data(), opened.outputs.size());
    REQUIRE(explanation.contributions(outputs, scratch, words, base) == Status::kOk);
    CHECK(said.base == base);
    CHECK(Words(said.contributions, said.contributions + kFeatures) == Words(words, words + kFeatures));
    for (std::size_t i = 0; i < kFeatures; ++i) {
      CHECK(said.sums[i] == static_cast<std::uint64_t>(std::abs(std::int64_t{words[i]})));
    }
    REQUIRE(explanation.contributions_to(outputs.size() - 1, scratch, words, base) == Status::kOk);
    CHECK(said.base_of_last == base);
    CHECK(Words(said.of_last, said.of_last + kFeatures) == Words(words, words + kFeatures));
    CHECK(said.rows == 1);
    ContributionSnapshot snapshot;
    REQUIRE(read_contributions({said.snapshot, said.written}, snapshot) == Status::kOk);
    CHECK(snapshot.device_id == 77);
    CHECK(snapshot.epoch == 3);
    CHECK(snapshot.sequence == 9);
    CHECK(snapshot.sum(2) == said.sums[2]);
  }
}

}  // namespace nuthatch::test
