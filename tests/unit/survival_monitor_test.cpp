// A real monitor's counters, kept over reboots.

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <random>

#include "nuthatch/nuthatch.hpp"
#include "nuthatch/retained.hpp"
#include "quantize/watch.hpp"
#include "report/intervals.hpp"
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
  contents.watch.output_edges = {500, 4000, 20000};
  contents.watch.output_rows.assign(4, 50);
  contents.watch.output_right.assign(4, 40);
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

using Random = std::mt19937;

/// Some of them out of range, some refused.
std::vector<float> some_row(Random& random) {
  std::vector<float> row;
  for (int i = 0; i < 3; ++i) row.push_back(static_cast<float>(random() % 801) - 400);
  if (random() % 20 == 0) row[random() % 3] = std::numeric_limits<float>::quiet_NaN();
  return row;
}

/// A device in the field, which sends snapshots, boots and loses power.
class FieldDevice {
 public:
  FieldDevice(const Bytes& model, std::uint64_t id)
      : id_(id),
        opened_(model),
        words_(opened_.model.footprint().monitor_words),
        memory_(retained_words(words_.size())),
        record_(opened_.model.footprint().snapshot_bytes) {
    start(true);
  }

  void count(const std::vector<float>& row, std::uint32_t ticks) {
    const Status status = opened_.predict(row);
    REQUIRE(monitor_.observe(status, opened_.outputs, opened_.scratch, ticks) == Status::kOk);
  }

  report::SnapshotFile send() {
    Life life;
    REQUIRE(retained_.take_sequence(words_, life) == Status::kOk);
    SnapshotContext context;
    context.device_id = id_;
    context.epoch = life.epoch;
    context.sequence = life.sequence;
    std::size_t written = 0;
    REQUIRE(monitor_.snapshot(context, record_, written) == Status::kOk);
    return {"device", {record_.begin(), record_.begin() + static_cast<std::ptrdiff_t>(written)}};
  }

  void boot() {
    REQUIRE(retained_.save(words_) == Status::kOk);
    start(false);
  }
  /// Right after a snapshot was sent: what came after it would be lost.
  void lose_power() { start(true); }

 private:
  void start(bool cold) {
    std::fill(words_.begin(), words_.end(), 0xDEADBEEF);
    monitor_ = Monitor();
    retained_ = Retained();
    REQUIRE(monitor_.attach<Histograms>(opened_.model, words_) == Status::kOk);
    REQUIRE(retained_.begin(memory_, owner_of(opened_.model), {cold, ++powered_, 0}, words_) == Status::kOk);
  }

  std::uint64_t id_;
  Opened opened_;
  std::vector<std::uint32_t> words_;
  std::vector<std::uint32_t> memory_;
  std::vector<std::uint8_t> record_;
  Monitor monitor_;
  Retained retained_;
  std::uint32_t powered_ = 0;  // fresh epochs
};

/// All but what belongs to a device: windows, and blocks of eight rows that never change.
void check_same(const report::Counters& sum, const report::Counters& one) {
  using report::Counters;
  for (const auto count :
       {&Counters::rows, &Counters::refused, &Counters::not_finite, &Counters::missing, &Counters::outside}) {
    CHECK(sum.*count == one.*count);
  }
  for (const auto counts : {&Counters::classes, &Counters::below, &Counters::above, &Counters::latency,
                            &Counters::output, &Counters::refusals}) {
    CHECK(sum.*counts == one.*counts);
  }
  REQUIRE(sum.histograms.size() == one.histograms.size());
  for (std::size_t i = 0; i < one.histograms.size(); ++i) {
    CHECK(sum.histograms[i].bins == one.histograms[i].bins);
    CHECK(sum.histograms[i].sum == one.histograms[i].sum);
    CHECK(sum.histograms[i].squares == one.histograms[i].squares);
  }
}

}  // namespace

TEST_CASE("a stream over devices, boots, losses of power and snapshots counts as one") {
  const Bytes model = watched_model();
  for (std::uint32_t seed = 0; seed < 4; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    FieldDevice one(model, 9);
    std::deque<FieldDevice> fleet;  // they stay where they are
    for (std::uint64_t id = 0; id < 1 + seed % 4; ++id) fleet.emplace_back(model, id);
    std::vector<report::SnapshotFile> files;
    for (int i = 0; i < 400; ++i) {
      const std::vector<float> row = some_row(random);
      const auto ticks = static_cast<std::uint32_t>(random() % 3000);
      FieldDevice& device = fleet[random() % fleet.size()];
      one.count(row, ticks);
      device.count(row, ticks);
      if (random() % 11 == 0) files.push_back(device.send());
      if (random() % 7 == 0) device.boot();
      if (random() % 50 != 0) continue;
      files.push_back(device.send());
      device.lose_power();
    }
    for (FieldDevice& device : fleet) files.push_back(device.send());
    // In any order, and some twice.
    for (int i = 0; i < 5; ++i) files.push_back(files[random() % files.size()]);
    std::shuffle(files.begin(), files.end(), random);
    const report::Counters whole = report::history_of({one.send()}).total;
    check_same(report::history_of(files).total, whole);
    CHECK(whole.rows > 300);
    CHECK(whole.refused > 0);
    CHECK(whole.outside > 0);
  }
}

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
