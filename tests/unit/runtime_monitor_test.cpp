// The monitor against a naive recount, which takes codes, scores and classes from runtime_reference.hpp.

#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <random>

#include "snapshot_generated.h"
#include "unit/make_model.hpp"
#include "unit/runtime_raw_model.hpp"
#include "unit/runtime_reference.hpp"

namespace nuthatch::test {
namespace {

using exporting::ModelContents;
using Random = std::mt19937;
using Words = std::vector<std::uint32_t>;

constexpr std::uint32_t kFull = 0xFFFFFFFF;

/// The smallest ticks of each bucket: 0 to 3, then four steps a power of two.
std::vector<std::uint64_t> bucket_starts() {
  std::vector<std::uint64_t> starts = {0, 1, 2, 3};
  for (std::uint64_t power = 4; starts.size() < 64; power *= 2) {
    for (std::uint64_t quarter = 0; quarter < 4; ++quarter) starts.push_back(power + quarter * power / 4);
  }
  return starts;
}

std::size_t naive_bucket(std::uint32_t ticks) {
  static const std::vector<std::uint64_t> starts = bucket_starts();
  return static_cast<std::size_t>(std::upper_bound(starts.begin(), starts.end(), ticks) - starts.begin()) - 1;
}

/// One prediction to be counted.
struct Event {
  std::vector<float> row;
  std::uint32_t ticks;
};

std::vector<Event> make_events(const ModelContents& contents, std::uint32_t seed, int count) {
  Random random(seed);
  std::vector<Event> events;
  for (int i = 0; i < count; ++i) {
    Event event{{}, static_cast<std::uint32_t>(random()) >> random() % 32};
    for (const auto& feature : contents.common().encoding.features) {
      const auto code = static_cast<float>(static_cast<std::int32_t>(random() % 60000) - 30000);
      event.row.push_back(feature.offset + code / feature.scale);
      if (random() % 50 == 0) event.row.back() = std::numeric_limits<float>::quiet_NaN();
      if (random() % 90 == 0) event.row.back() = std::numeric_limits<float>::infinity();
    }
    events.push_back(event);
  }
  return events;
}

/// rows, refused, a class, below and above a feature, latency.
Words recount(const ModelContents& contents, const std::vector<Event>& events, unsigned shift) {
  const std::size_t classes = contents.classes.size();
  const std::size_t features = contents.feature_names.size();
  Words words(2 + classes + 2 * features + 64);
  for (const Event& event : events) {
    const Answer answer = reference(contents, event.row);
    ++words[answer.status == Status::kOk ? 0 : 1];
    if (answer.status != Status::kOk) continue;
    if (classes != 0) ++words[2 + reference_class(contents, answer.scores)];
    for (std::size_t i = 0; i < features; ++i) {
      words[2 + classes + 2 * i] += answer.codes[i] < contents.common().encoding.features[i].low;
      words[2 + classes + 2 * i + 1] += answer.codes[i] > contents.common().encoding.features[i].high;
    }
    ++words[2 + classes + 2 * features + naive_bucket(event.ticks >> shift)];
  }
  return words;
}

/// A model with a monitor in memory of exactly the size it asks for.
struct Watched {
  explicit Watched(const ModelContents& contents, unsigned shift = 0)
      : opened(exporting::write_model(contents)), words(opened.model.footprint().monitor_words, 0xDEADBEEF) {
    REQUIRE(opened.status == Status::kOk);
    REQUIRE(monitor.attach(opened.model, words, shift) == Status::kOk);
  }

  Status observe(Status predicted, std::uint32_t ticks) {
    return monitor.observe(predicted, Span<const std::int32_t>(opened.outputs.data(), opened.outputs.size()),
                           Span<const std::uint32_t>(opened.scratch.data(), opened.scratch.size()), ticks);
  }
  void count(const std::vector<Event>& events) {
    for (const Event& event : events) REQUIRE(observe(opened.predict(event.row), event.ticks) == Status::kOk);
  }
  Words counted() const { return {words.begin(), words.end()}; }
  Bytes snapshot(const SnapshotContext& context = {}) const {
    Bytes bytes(opened.model.footprint().snapshot_bytes);
    std::size_t written = 0;
    REQUIRE(monitor.snapshot(context, Span<std::uint8_t>(bytes.data(), bytes.size()), written) == Status::kOk);
    REQUIRE(written == bytes.size());
    return bytes;
  }

  Opened opened;
  Buffer<std::uint32_t> words;
  Monitor monitor;
};

ModelContents contents_of(std::size_t classes, std::size_t features = 3) {
  return make_contents({Precision::kInt8, Input::kFloat32, features, classes});
}

/// One feature whose code is its value, in a range of -10 to 20.
ModelContents ranged() {
  ModelContents contents = contents_of(2, 1);
  quantize::FeatureEncoding& feature = contents.common().encoding.features[0];
  feature.offset = 0;
  feature.scale = 1;
  feature.low = -10;
  feature.high = 20;
  contents.golden = {};
  return contents;
}

Status read(const Bytes& bytes, Snapshot& snapshot) {
  const Buffer<std::uint8_t> exact(bytes);
  return read_snapshot({exact.data(), exact.size()}, snapshot);
}

Status read(const Bytes& bytes) {
  Snapshot snapshot;
  return read(bytes, snapshot);
}

void reseal_snapshot(Bytes& bytes) {
  const auto crc = static_cast<std::uint32_t>(::crc32(0, bytes.data(), static_cast<uInt>(bytes.size() - 4)));
  std::memcpy(bytes.data() + bytes.size() - 4, &crc, sizeof crc);
}

}  // namespace

TEST_CASE("monitor: counts what a naive recount counts") {
  for (const std::size_t classes : std::vector<std::size_t>{0, 2, 3, 7}) {
    for (const unsigned shift : {0u, 5u, 31u}) {
      CAPTURE(classes);
      CAPTURE(shift);
      const ModelContents contents = contents_of(classes, 5);
      const std::vector<Event> events = make_events(contents, 9, 3000);
      Watched watched(contents, shift);
      watched.count(events);
      const Words expected = recount(contents, events, shift);
      CHECK(watched.counted() == expected);
      const auto ranges = expected.begin() + static_cast<std::ptrdiff_t>(2 + classes);
      CHECK(std::count(ranges, ranges + 10, 0u) == 0);  // each is tried
    }
  }
}

TEST_CASE("monitor: the accessors give the words in SPEC.md's order, and 0 past their ends") {
  const ModelContents contents = contents_of(3, 4);
  Watched watched(contents);
  for (std::size_t i = 0; i < watched.words.size(); ++i) watched.words[i] = static_cast<std::uint32_t>(1000 + i);
  CHECK(watched.monitor.rows() == 1000);
  CHECK(watched.monitor.refused() == 1001);
  for (std::size_t k = 0; k < 3; ++k) CHECK(watched.monitor.predicted(k) == 1002 + k);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(watched.monitor.below(i) == 1005 + 2 * i);
    CHECK(watched.monitor.above(i) == 1006 + 2 * i);
  }
  for (std::size_t b = 0; b < 64; ++b) CHECK(watched.monitor.latency(b) == 1013 + b);
  CHECK(watched.words.size() == 13 + 64);
  for (const std::size_t past : {std::size_t{64}, ~std::size_t{0}}) {
    CHECK(watched.monitor.predicted(past) + watched.monitor.below(past) + watched.monitor.above(past) +
              watched.monitor.latency(past) ==
          0);
  }
  CHECK(watched.monitor.predicted(3) + watched.monitor.below(4) + watched.monitor.above(4) == 0);
}

TEST_CASE("monitor: exactly at the range, one code inside and one outside") {
  Watched watched(ranged());
  struct Case {
    float value;
    std::uint32_t below;
    std::uint32_t above;
  };
  for (const Case& expected : std::vector<Case>{{-9, 0, 0},
                                                {-10, 0, 0},
                                                {-11, 1, 0},
                                                {19, 0, 0},
                                                {20, 0, 0},
                                                {21, 0, 1},
                                                {-10.5F, 0, 0},
                                                {-10.51F, 1, 0},
                                                {20.5F, 0, 0},
                                                {20.51F, 0, 1}}) {
    const std::uint32_t below = watched.monitor.below(0);
    const std::uint32_t above = watched.monitor.above(0);
    REQUIRE(watched.observe(watched.opened.predict(std::vector<float>{expected.value}), 0) == Status::kOk);
    CAPTURE(expected.value);
    CHECK(watched.monitor.below(0) - below == expected.below);
    CHECK(watched.monitor.above(0) - above == expected.above);
  }
}

TEST_CASE("monitor: a refused row counts as refused and as nothing else") {
  Watched watched(contents_of(2));
  std::uint32_t refused = 0;
  for (const Status status : {Status::kNotFinite, Status::kMissing, Status::kFeatureCount, Status::kSelfTest}) {
    CHECK(watched.observe(status, 5) == Status::kOk);
    Words expected(watched.words.size());
    expected[1] = ++refused;
    CHECK(watched.counted() == expected);
  }
  // Not even outputs or scratch are needed.
  CHECK(watched.monitor.observe(Status::kMissing, {}, {}, 0) == Status::kOk);
  CHECK(watched.monitor.refused() == refused + 1);
}

TEST_CASE("monitor: too few outputs or scratch words, and none attached") {
  Watched watched(contents_of(3, 9));
  const Span<const std::int32_t> outputs(watched.opened.outputs.data(), 3);
  const Span<const std::uint32_t> scratch(watched.opened.scratch.data(), 6);
  REQUIRE(watched.opened.predict(std::vector<float>(9, 1)) == Status::kOk);
  CHECK(watched.monitor.observe(Status::kOk, {outputs.data(), 2}, scratch, 0) == Status::kOutputCount);
  CHECK(watched.monitor.observe(Status::kOk, {nullptr, 3}, scratch, 0) == Status::kOutputCount);
  CHECK(watched.monitor.observe(Status::kOk, outputs, {scratch.data(), 5}, 0) == Status::kScratch);
  CHECK(watched.monitor.observe(Status::kOk, outputs, {nullptr, 6}, 0) == Status::kScratch);
  CHECK(watched.counted() == Words(watched.words.size()));
  CHECK(watched.monitor.observe(Status::kOk, outputs, scratch, 0) == Status::kOk);
  CHECK(watched.monitor.rows() == 1);

  Monitor loose;
  std::size_t written = 99;
  Bytes bytes(4096);
  CHECK(loose.observe(Status::kOk, outputs, scratch, 0) == Status::kNotAttached);
  CHECK(loose.snapshot({}, bytes, written) == Status::kNotAttached);
  CHECK(written == 99);
  CHECK(loose.rows() + loose.refused() + loose.predicted(0) + loose.below(0) + loose.above(0) + loose.latency(0) == 0);
}

TEST_CASE("monitor: attach asks for all its words, and starts from zero in no more than those") {
  const Opened opened(make_model({}));
  const std::size_t needed = opened.model.footprint().monitor_words;
  Buffer<std::uint32_t> words(needed + 3, 7);
  Monitor monitor;
  for (std::size_t few = 0; few < needed; ++few) {
    CHECK(monitor.attach(opened.model, Span<std::uint32_t>(words.data(), few)) == Status::kMonitorWords);
  }
  CHECK(monitor.attach(opened.model, Span<std::uint32_t>(nullptr, needed)) == Status::kMonitorWords);
  CHECK(words[0] == 7);
  CHECK(monitor.attach(opened.model, words) == Status::kOk);
  for (std::size_t i = 0; i < words.size(); ++i) CHECK(words[i] == (i < needed ? 0 : 7));
  CHECK(monitor.attach(Model(), words) == Status::kNotOpen);
  CHECK(monitor.observe(Status::kMissing, {}, {}, 0) == Status::kNotAttached);  // refused is detached
}

TEST_CASE("latency_bucket: every duration to 2^20, every power of two and its neighbours") {
  std::size_t before = 0;
  bool same = true;
  bool in_order = true;
  for (std::uint32_t ticks = 0; ticks <= 1u << 20; ++ticks) {
    const std::size_t bucket = latency_bucket(ticks);
    same = same && bucket == naive_bucket(ticks);
    in_order = in_order && (bucket == before || bucket == before + 1);
    before = bucket;
  }
  CHECK(same);
  CHECK(in_order);
  CHECK(before == 63);
  CHECK(latency_bucket(0) == 0);
  for (unsigned power = 0; power < 32; ++power) {
    for (const std::uint32_t near : {(1u << power) - 1, 1u << power, (1u << power) + 1}) {
      CHECK(latency_bucket(near) == naive_bucket(near));
    }
  }
  CHECK(latency_bucket(kFull) == 63);
}

TEST_CASE("latency_bucket: a bucket is at most a quarter wide, and the last is open") {
  std::map<std::size_t, std::pair<std::uint32_t, std::uint32_t>> ends;
  for (std::uint32_t ticks = 0; ticks <= 1u << 20; ++ticks) {
    const auto inserted = ends.insert({latency_bucket(ticks), {ticks, ticks}}).first;
    inserted->second.second = ticks;
  }
  REQUIRE(ends.size() == 64);
  for (const auto& entry : ends) {
    const std::size_t bucket = entry.first;
    const auto& range = entry.second;
    CAPTURE(bucket);
    if (bucket < 63) CHECK(4 * (range.second - range.first + 1) <= std::max(4u, range.first));
  }
  CHECK(ends.at(62).second + 1 == ends.at(63).first);
  CHECK(ends.at(63).first == 7u << 14);
}

TEST_CASE("monitor: the latency shift") {
  struct Case {
    unsigned shift;
    std::uint32_t ticks;
    std::size_t bucket;
  };
  for (const Case& expected : std::vector<Case>{{0, 3, 3},
                                                {1, 7, 3},
                                                {1, 8, 4},
                                                {8, 255, 0},
                                                {8, 256, 1},
                                                {31, kFull, 1},
                                                {31, 0x7FFFFFFF, 0},
                                                {32, kFull, 1},
                                                {4000, kFull, 1}}) {
    Watched watched(contents_of(0), expected.shift);
    REQUIRE(watched.opened.predict(std::vector<float>(3, 1)) == Status::kOk);
    REQUIRE(watched.observe(Status::kOk, expected.ticks) == Status::kOk);
    CAPTURE(expected.shift);
    CAPTURE(expected.ticks);
    CHECK(watched.monitor.latency(expected.bucket) == 1);
  }
}

TEST_CASE("monitor: full counters stay full, and the snapshot says so") {
  const auto saturated = [](const Watched& watched) {
    Snapshot snapshot;
    const Bytes bytes = watched.snapshot();
    REQUIRE(read_snapshot({bytes.data(), bytes.size()}, snapshot) == Status::kOk);
    return snapshot.saturated;
  };
  Watched watched(contents_of(2));
  REQUIRE(watched.opened.predict(std::vector<float>(3, 1000)) == Status::kOk);
  watched.words[0] = watched.words[1] = kFull - 1;
  CHECK_FALSE(saturated(watched));
  REQUIRE(watched.observe(Status::kOk, 0) == Status::kOk);
  CHECK(watched.monitor.rows() == kFull);
  CHECK(saturated(watched));
  const Words full = watched.counted();
  CHECK(full[2] + full[3] == 1);
  REQUIRE(watched.observe(Status::kOk, 0) == Status::kOk);
  REQUIRE(watched.observe(Status::kMissing, 0) == Status::kOk);
  CHECK(watched.counted() == full);  // all counting stops, of refused rows too
  watched.words[0] = 0;
  CHECK_FALSE(saturated(watched));
  REQUIRE(watched.observe(Status::kMissing, 0) == Status::kOk);
  CHECK(watched.monitor.refused() == kFull);
  CHECK(saturated(watched));
  const Words stopped = watched.counted();
  REQUIRE(watched.observe(Status::kMissing, 0) == Status::kOk);
  REQUIRE(watched.observe(Status::kOk, 0) == Status::kOk);
  CHECK(watched.counted() == stopped);
}

TEST_CASE("monitor: a stream in parts adds up to the whole") {
  const ModelContents contents = contents_of(4, 6);
  const std::vector<Event> events = make_events(contents, 21, 2000);
  Watched whole(contents);
  whole.count(events);
  Words sum(whole.words.size());
  for (std::size_t part = 0; part < 5; ++part) {
    const auto begin = events.begin() + static_cast<std::ptrdiff_t>(part * 400);
    Watched watched(contents);
    watched.count({begin, begin + 400});
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += watched.words[i];
  }
  CHECK(sum == whole.counted());
  CHECK(sum == recount(contents, events, 0));
}

TEST_CASE("monitor: a model that is opened anew, or refused, is no longer watched") {
  const ModelContents contents = contents_of(2, 3);
  const auto nothing = [](Watched& watched, const char* what) {
    CAPTURE(what);
    std::size_t written = 99;
    Bytes bytes(4096);
    CHECK(watched.observe(Status::kOk, 5) == Status::kNotAttached);
    CHECK(watched.observe(Status::kMissing, 5) == Status::kNotAttached);
    CHECK(watched.monitor.snapshot({}, bytes, written) == Status::kNotAttached);
    CHECK(watched.monitor.rows() + watched.monitor.refused() + watched.monitor.latency(0) == 0);
    CHECK(watched.monitor.predicted(0) + watched.monitor.below(0) + watched.monitor.above(0) == 0);
  };
  const auto reopen = [](Watched& watched, const Buffer<std::uint8_t>& bytes) {
    return EveryPart::open({bytes.data(), bytes.size()}, watched.opened.model);
  };
  Watched watched(contents);
  watched.count(make_events(contents, 3, 100));
  const Words before = watched.counted();
  // More features, more counters: its memory would not hold them.
  const Buffer<std::uint8_t> larger(make_model({Precision::kInt8, Input::kFloat32, 40, 5}));
  REQUIRE(reopen(watched, larger) == Status::kOk);
  nothing(watched, "larger");
  // As many counters, of another model.
  const Buffer<std::uint8_t> other(make_model({Precision::kInt8, Input::kFloat32, 3, 2, 2, 99}));
  REQUIRE(reopen(watched, other) == Status::kOk);
  nothing(watched, "other");
  const Buffer<std::uint8_t> refused(Bytes(200));
  REQUIRE(reopen(watched, refused) != Status::kOk);
  nothing(watched, "refused");
  REQUIRE(reopen(watched, watched.opened.bytes) == Status::kOk);
  nothing(watched, "the same file again");
  CHECK(watched.counted() == before);
  REQUIRE(watched.monitor.attach(watched.opened.model, watched.words) == Status::kOk);
  CHECK(watched.observe(Status::kMissing, 5) == Status::kOk);
  CHECK(watched.monitor.refused() == 1);
}

TEST_CASE("monitor: a file that claims fewer words than its monitor needs is refused") {
  exporting::ModelContents contents = contents_of(2, 3);
  RawModel model = raw_of(contents);
  const std::uint32_t needed = 2 + 2 + 2 * 3 + 64;
  std::vector<std::uint32_t> words(needed);
  Monitor monitor;
  for (const std::uint32_t claimed : {needed, needed - 1, 1U}) {
    model.monitor_words = claimed;
    const Opened opened(model.bytes());
    REQUIRE(opened.status == Status::kOk);
    CHECK(monitor.attach(opened.model, words) == (claimed == needed ? Status::kOk : Status::kBudget));
  }
}

// Snapshots.

namespace {

SnapshotContext some_context() {
  SnapshotContext context;
  context.device_id = 0x1122334455667788;
  context.firmware_id = 0x99AABBCCDDEEFF00;
  context.uptime_start = 0x0102030405060708;
  context.uptime_end = 0x0807060504030201;
  context.boot_count = 0xA1A2A3A4;
  context.epoch = 0xB1B2B3B4;
  context.sequence = 0xC1C2C3C4;
  context.time_known = true;
  return context;
}

bool same(const SnapshotContext& a, const SnapshotContext& b) {
  return a.device_id == b.device_id && a.firmware_id == b.firmware_id && a.uptime_start == b.uptime_start &&
         a.uptime_end == b.uptime_end && a.boot_count == b.boot_count && a.epoch == b.epoch &&
         a.sequence == b.sequence && a.time_known == b.time_known;
}

/// A snapshot with something in every kind of counter.
Bytes some_snapshot() {
  const ModelContents contents = contents_of(3, 4);
  Watched watched(contents, 2);
  watched.count(make_events(contents, 4, 500));
  return watched.snapshot(some_context());
}

}  // namespace

TEST_CASE("snapshot: the bytes are snapshot.fbs's, with zlib's CRC-32 behind them") {
  const ModelContents contents = contents_of(3, 4);
  Watched watched(contents, 2);
  watched.count(make_events(contents, 4, 500));
  const Bytes bytes = watched.snapshot(some_context());
  schema::SnapshotHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  CHECK(std::memcmp(bytes.data(), "NHS1", 4) == 0);
  CHECK(header.layout() == 3);
  const auto seal = exporting::read_seal({watched.opened.bytes.data(), watched.opened.bytes.size()});
  CHECK(std::equal(header.model()->begin(), header.model()->end(), seal.sha256.begin()));
  CHECK(header.device_id() == 0x1122334455667788);
  CHECK(header.firmware_id() == 0x99AABBCCDDEEFF00);
  CHECK(header.uptime_start() == 0x0102030405060708);
  CHECK(header.uptime_end() == 0x0807060504030201);
  CHECK(header.boot_count() == 0xA1A2A3A4);
  CHECK(header.epoch() == 0xB1B2B3B4);
  CHECK(header.sequence() == 0xC1C2C3C4);
  CHECK(header.flags() == 1);
  CHECK(header.features() == 4);
  CHECK(header.classes() == 3);
  CHECK(header.latency_buckets() == 64);
  CHECK(header.latency_shift() == 2);
  CHECK(header.words() == watched.words.size());
  CHECK(header.histograms() == 0);
  CHECK(header.output_bins() == 0);
  REQUIRE(bytes.size() == sizeof header + 4 * watched.words.size() + 4);
  CHECK(std::memcmp(bytes.data() + sizeof header, watched.words.data(), 4 * watched.words.size()) == 0);
  Bytes resealed = bytes;
  reseal_snapshot(resealed);
  CHECK(bytes == resealed);
}

TEST_CASE("snapshot: read back, at any alignment, it says what was written") {
  const ModelContents contents = contents_of(3, 4);
  Watched watched(contents, 7);
  watched.count(make_events(contents, 5, 500));
  for (const bool time_known : {true, false}) {
    SnapshotContext context = some_context();
    context.time_known = time_known;
    const Bytes bytes = watched.snapshot(context);
    for (std::size_t shift = 0; shift < 8; ++shift) {
      Buffer<std::uint8_t> room(bytes.size() + shift);
      std::memcpy(room.data() + shift, bytes.data(), bytes.size());
      Snapshot snapshot;
      REQUIRE(read_snapshot({room.data() + shift, bytes.size()}, snapshot) == Status::kOk);
      CHECK(same(snapshot.context, context));
      CHECK(std::memcmp(snapshot.model, watched.opened.model.identity(), 8) == 0);
      CHECK(snapshot.features == 4);
      CHECK(snapshot.classes == 3);
      CHECK(snapshot.latency_buckets == 64);
      CHECK(snapshot.latency_shift == 7);
      CHECK_FALSE(snapshot.saturated);
      REQUIRE(snapshot.word_count == watched.words.size());
      for (std::size_t i = 0; i < snapshot.word_count; ++i) CHECK(snapshot.word(i) == watched.words[i]);
      CHECK(snapshot.word(snapshot.word_count) == 0);
    }
  }
}

TEST_CASE("snapshot: too few bytes to write, and the exact number") {
  Watched watched(contents_of(2));
  const std::size_t needed = watched.opened.model.footprint().snapshot_bytes;
  Buffer<std::uint8_t> bytes(needed + 4, 0x77);
  std::size_t written = 99;
  for (std::size_t few = 0; few < needed; ++few) {
    CHECK(watched.monitor.snapshot({}, Span<std::uint8_t>(bytes.data(), few), written) == Status::kSnapshotSize);
  }
  CHECK(watched.monitor.snapshot({}, Span<std::uint8_t>(nullptr, needed), written) == Status::kSnapshotSize);
  CHECK(written == 99);
  CHECK(bytes[0] == 0x77);
  CHECK(watched.monitor.snapshot({}, bytes, written) == Status::kOk);
  CHECK(written == needed);
  for (std::size_t i = needed; i < bytes.size(); ++i) CHECK(bytes[i] == 0x77);
}

TEST_CASE("snapshot: every change of a byte is refused, and every truncation") {
  const Bytes good = some_snapshot();
  REQUIRE(read(good) == Status::kOk);
  Buffer<std::uint8_t> exact(good);
  Snapshot snapshot;
  std::size_t accepted = 0;
  for (std::uint8_t& byte : exact) {
    const std::uint8_t before = byte;
    for (int change = 1; change < 256; ++change) {
      byte = static_cast<std::uint8_t>(before ^ change);
      accepted += read_snapshot({exact.data(), exact.size()}, snapshot) == Status::kOk;
    }
    byte = before;
  }
  CHECK(accepted == 0);
  for (std::size_t size = 0; size < good.size(); ++size) {
    const Status status = read(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)));
    CHECK(status == Status::kSnapshotSize);
  }
  Bytes longer = good;
  longer.push_back(0);
  CHECK(read(longer) == Status::kSnapshotSize);
  CHECK(read_snapshot({nullptr, good.size()}, snapshot) == Status::kNull);
}

TEST_CASE("snapshot: each refusal by name") {
  const Bytes good = some_snapshot();
  const auto status_with = [&](std::size_t position, std::uint8_t byte) {
    Bytes bytes = good;
    bytes[position] = byte;
    reseal_snapshot(bytes);
    return read(bytes);
  };
  for (std::size_t i = 0; i < 4; ++i) CHECK(status_with(i, 'X') == Status::kNotASnapshot);
  for (const std::uint8_t layout : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{255}}) {
    CHECK(status_with(4, layout) == Status::kNotASnapshot);
  }
  // features, classes and words must add up; offsets of snapshot.fbs.
  for (const std::size_t position : std::vector<std::size_t>{64, 65, 66, 67, 72, 73, 74, 75}) {
    CHECK(status_with(position, static_cast<std::uint8_t>(good[position] + 1)) == Status::kSnapshotSize);
  }
  for (const std::size_t position : {std::size_t{68}, std::size_t{69}}) {
    CHECK(status_with(position, static_cast<std::uint8_t>(good[position] + 1)) == Status::kNotASnapshot);  // buckets
  }
  for (const std::uint8_t shift : {std::uint8_t{0}, std::uint8_t{31}}) CHECK(status_with(70, shift) == Status::kOk);
  CHECK(status_with(70, 32) == Status::kNotASnapshot);
  CHECK(status_with(71, 1) == Status::kNotASnapshot);
  for (const std::uint8_t health : {std::uint8_t{0}, std::uint8_t{3}}) CHECK(status_with(80, health) == Status::kOk);
  for (const std::uint8_t health : {std::uint8_t{4}, std::uint8_t{255}}) {
    CHECK(status_with(80, health) == Status::kNotASnapshot);
  }
  for (const std::uint8_t reason : {std::uint8_t{0}, std::uint8_t{7}}) CHECK(status_with(81, reason) == Status::kOk);
  for (const std::uint8_t reason : {std::uint8_t{8}, std::uint8_t{255}}) {
    CHECK(status_with(81, reason) == Status::kNotASnapshot);
  }
  Bytes bytes = good;
  bytes[100] ^= 1;
  CHECK(read(bytes) == Status::kSnapshotChecksum);
}

TEST_CASE("snapshot: at most a histogram a feature") {
  // One feature, no classes, no latency buckets: rows, refused, below and above; then four words of the watch and the
  // feature's refusals; then 21 words a histogram (SPEC.md).
  const auto with_histograms = [](std::uint16_t histograms) {
    const std::uint32_t words = 4 + 4 + 1 + 21U * histograms;
    Bytes bytes(96 + 4 * words + 4);
    const std::uint32_t magic[2] = {0x3153484E, 3};
    const std::uint16_t features = 1;
    std::memcpy(bytes.data(), magic, sizeof magic);
    std::memcpy(bytes.data() + 64, &features, sizeof features);
    std::memcpy(bytes.data() + 72, &words, sizeof words);
    std::memcpy(bytes.data() + 76, &histograms, sizeof histograms);
    reseal_snapshot(bytes);
    return read(bytes);
  };
  CHECK(with_histograms(1) == Status::kOk);
  CHECK(with_histograms(2) == Status::kNotASnapshot);
}

}  // namespace nuthatch::test
