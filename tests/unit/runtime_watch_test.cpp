// What the monitor counts in bins, against a naive recount that takes codes, scores and classes from
// runtime_reference.hpp and bins from their definition in SPEC.md.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <memory>
#include <random>

#include "export/loaded_model.hpp"
#include "nuthatch.h"
#include "report/counters.hpp"
#include "report/health.hpp"
#include "unit/make_model.hpp"
#include "unit/runtime_reference.hpp"

namespace nuthatch::test {
namespace {

using exporting::ModelContents;
using quantize::Histogram;
using report::Counters;
using Random = std::mt19937;
using Row = std::vector<float>;

std::vector<Row> make_rows(const ModelContents& contents, std::uint32_t seed, std::size_t count) {
  Random random(seed);
  std::vector<Row> rows;
  for (std::size_t i = 0; i < count; ++i) {
    Row row;
    for (std::size_t k = 0; k < contents.feature_names.size(); ++k) {
      const std::vector<std::int16_t> codes = codes_of(k, random);
      float value = codes[random() % codes.size()];
      if (random() % 8 == 0) value = static_cast<float>(static_cast<std::int32_t>(random() % 70001) - 35000);
      if (random() % 60 == 0) value = std::numeric_limits<float>::quiet_NaN();
      if (random() % 90 == 0) value = std::numeric_limits<float>::infinity();
      row.push_back(value);
    }
    rows.push_back(row);
    if (random() % 4 == 0) rows.insert(rows.end(), random() % 20, row);  // some blocks are constant
  }
  return rows;
}

std::int64_t reference_measure(const std::vector<std::int32_t>& scores, bool classifies) {
  if (!classifies) return scores[0];
  if (scores.size() == 1) return std::min<std::int64_t>(std::abs(std::int64_t{scores[0]}), INT32_MAX);
  std::vector<std::int64_t> sorted(scores.begin(), scores.end());
  std::sort(sorted.rbegin(), sorted.rend());
  return std::min<std::int64_t>(sorted[0] - sorted[1], INT32_MAX);
}

std::size_t reference_bin(const Histogram& histogram, std::int32_t code) {
  // Cells of 32768 / scale codes, in fractions.
  const double inside = std::clamp<double>(code - histogram.low, 0, histogram.last);
  return histogram.cell_bins[static_cast<std::size_t>(std::floor(inside * histogram.scale / 32768))];
}

/// All but the classes and latencies, which runtime_monitor_test.cpp recounts.
Counters recount(const ModelContents& contents, const std::vector<Row>& rows) {
  const std::size_t features = contents.feature_names.size();
  Counters counters;
  counters.below.assign(features, 0);
  counters.above.assign(features, 0);
  counters.refusals.assign(features, 0);
  counters.output.assign(contents.watch.output_edges.size() + 1, 0);
  counters.histograms.resize(contents.watch.histograms.size());
  for (report::HistogramCounters& histogram : counters.histograms) histogram.bins.assign(16, 0);
  std::vector<std::vector<std::int16_t>> answered;
  for (const Row& row : rows) {
    const Answer answer = reference(contents, row);
    if (answer.status != Status::kOk) {
      ++counters.refused;
      counters.not_finite += answer.status == Status::kNotFinite;
      counters.missing += answer.status == Status::kMissing;
      ++counters.refusals[answer.codes.size()];
      continue;
    }
    ++counters.rows;
    answered.push_back(answer.codes);
    bool outside = false;
    for (std::size_t i = 0; i < features; ++i) {
      const quantize::FeatureEncoding& feature = contents.common().encoding.features[i];
      counters.below[i] += answer.codes[i] < feature.low;
      counters.above[i] += answer.codes[i] > feature.high;
      outside = outside || answer.codes[i] < feature.low || answer.codes[i] > feature.high;
    }
    counters.outside += outside;
    const std::int64_t measure = reference_measure(answer.scores, contents.classifies);
    const auto& edges = contents.watch.output_edges;
    const auto bin = std::count_if(edges.begin(), edges.end(), [&](std::int32_t edge) { return measure >= edge; });
    if (!outside) ++counters.output[static_cast<std::size_t>(bin)];
  }
  for (std::size_t h = 0; h < counters.histograms.size(); ++h) {
    const Histogram& histogram = contents.watch.histograms[h];
    report::HistogramCounters& counted = counters.histograms[h];
    for (std::size_t row = 0; row < answered.size(); ++row) {
      const std::int16_t code = answered[row][histogram.feature];
      ++counted.bins[reference_bin(histogram, code)];
      counted.sum += code;
      counted.squares += static_cast<std::uint64_t>(std::int64_t{code} * code);
      if (row % 8 != 7) continue;
      const bool constant = std::all_of(answered.begin() + static_cast<std::ptrdiff_t>(row) - 7,
                                        answered.begin() + static_cast<std::ptrdiff_t>(row) + 1,
                                        [&](const auto& codes) { return codes[histogram.feature] == code; });
      if (constant) counted.constant += 8;
    }
  }
  return counters;
}

/// A model with a monitor in memory of exactly the size it asks for.
struct Watched {
  explicit Watched(const ModelContents& contents)
      : opened(exporting::write_model(contents)), words(opened.model.footprint().monitor_words, 0xDEADBEEF) {
    REQUIRE(opened.status == Status::kOk);
    REQUIRE(monitor.attach<Histograms>(opened.model, words) == Status::kOk);
  }

  void count(const Row& row) {
    const Status status = opened.predict(row);
    REQUIRE(monitor.observe(status, Span<const std::int32_t>(opened.outputs.data(), opened.outputs.size()),
                            Span<const std::uint32_t>(opened.scratch.data(), opened.scratch.size()), 0) == Status::kOk);
  }
  Counters counted() const {
    Bytes bytes(opened.model.footprint().snapshot_bytes);
    std::size_t written = 0;
    REQUIRE(monitor.snapshot({}, Span<std::uint8_t>(bytes.data(), bytes.size()), written) == Status::kOk);
    Snapshot snapshot = {};
    REQUIRE(read_snapshot({bytes.data(), written}, snapshot) == Status::kOk);
    return report::read_counters(snapshot);
  }

  Opened opened;
  Buffer<std::uint32_t> words;
  Monitor monitor;
};

void check_same(const Counters& counted, const Counters& expected, bool constants) {
  CHECK(counted.rows == expected.rows);
  CHECK(counted.refused == expected.refused);
  CHECK(counted.not_finite == expected.not_finite);
  CHECK(counted.missing == expected.missing);
  CHECK(counted.outside == expected.outside);
  CHECK(counted.below == expected.below);
  CHECK(counted.above == expected.above);
  CHECK(counted.output == expected.output);
  CHECK(counted.refusals == expected.refusals);
  REQUIRE(counted.histograms.size() == expected.histograms.size());
  for (std::size_t i = 0; i < counted.histograms.size(); ++i) {
    CAPTURE(i);
    CHECK(counted.histograms[i].bins == expected.histograms[i].bins);
    CHECK(counted.histograms[i].sum == expected.histograms[i].sum);
    CHECK(counted.histograms[i].squares == expected.histograms[i].squares);
    if (constants) CHECK(counted.histograms[i].constant == expected.histograms[i].constant);
  }
}

/// What SPEC.md says of windows, from the whole list of rows that were answered.
class Judge {
 public:
  Judge(const ModelContents& contents, std::size_t chosen)
      : contents_(contents),
        counted_(contents.watch.counted(chosen)),
        histories_(counted_.size() + 2),
        sums_(counted_.size()) {}

  void count(const Answer& answer) {
    if (answer.status != Status::kOk) {
      ++refused_;
      if (answer.codes.size() < refusals_.size()) ++refusals_[answer.codes.size()];
      return;
    }
    window_.push_back(answer);
    if (window_.size() < 240) return;
    for (std::size_t i = 0; i < counted_.size(); ++i) close(i);
    close_outputs();
    close_classes();
    silent_ = refused_ >= 24;
    refused_ = 0;
    window_.clear();
  }

  Diagnosis diagnosis() const {
    if (silent_ || refused_ >= 24) {
      const auto most = std::max_element(refusals_.begin(), refusals_.end()) - refusals_.begin();
      return {Health::kBroken, Reason::kRefused, static_cast<std::uint16_t>(most)};
    }
    Diagnosis worst;
    for (std::size_t i = 0; i < histories_.size(); ++i) {
      const bool feature = i < counted_.size();
      const Reason reason = feature ? Reason::kDistribution : i == counted_.size() ? Reason::kOutput : Reason::kClasses;
      const std::uint16_t index = feature ? contents_.watch.histograms[counted_[i]].feature : kNoFeature;
      Diagnosis found;
      if (histories_[i].stuck)
        found = {Health::kBroken, Reason::kStuck, index};
      else if (two_of_three(histories_[i].material))
        found = {Health::kDrift, reason, index};
      else if (two_of_three(histories_[i].statistical))
        found = {Health::kWatch, reason, index};
      else if (histories_[i].slow)
        found = {Health::kWatch, Reason::kSlowDrift, index};
      if (found.health > worst.health) worst = found;
    }
    return worst;
  }

 private:
  struct History {
    std::vector<bool> statistical;
    std::vector<bool> material;
    bool slow = false;
    bool stuck = false;
  };
  struct Sums {
    std::int64_t up = 0;
    std::int64_t down = 0;
  };

  static bool two_of_three(const std::vector<bool>& windows) {
    const std::size_t size = windows.size();
    return std::count(windows.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(size, 3)), windows.end(),
                      true) >= 2;
  }

  void judge(const std::array<std::uint64_t, 16>& observed, std::size_t test, History& history) const {
    std::uint64_t rows = 0;
    std::uint64_t sum = 0;
    for (std::size_t bin = 0; bin < 16; ++bin) {
      rows += observed[bin];
      sum += observed[bin] * observed[bin] * contents_.watch.reciprocals[test][bin];
    }
    const quantize::DriftTest& limits = contents_.watch.tests[test];
    history.statistical.push_back(rows >= 120 && sum > rows * (1024 * rows + limits.statistical));
    history.material.push_back(rows >= 120 && sum > rows * (1024 * rows + limits.material));
  }

  void close(std::size_t i) {
    const Histogram& histogram = contents_.watch.histograms[counted_[i]];
    const quantize::DriftTest& test = contents_.watch.tests[counted_[i]];
    std::array<std::uint64_t, 16> observed{};
    std::int64_t sum = 0;
    int constant = 0;
    for (std::size_t row = 0; row < window_.size(); ++row) {
      const std::int16_t code = window_[row].codes[histogram.feature];
      ++observed[reference_bin(histogram, code)];
      sum += code;
      if (row % 8 != 0) continue;
      constant += std::all_of(window_.begin() + static_cast<std::ptrdiff_t>(row),
                              window_.begin() + static_cast<std::ptrdiff_t>(row) + 8,
                              [&](const Answer& answer) { return answer.codes[histogram.feature] == code; });
    }
    judge(observed, counted_[i], histories_[i]);
    histories_[i].stuck = constant >= 27 && histogram.constant_share <= 6553;
    if (test.slack == 0) return;
    const double exact =
        std::floor(static_cast<double>(sum - test.sum) / std::pow(2.0, test.shift) + (test.shift > 0 ? 0.5 : 0));
    const std::int64_t step =
        std::clamp<std::int64_t>(static_cast<std::int64_t>(exact), -8 * test.slack, 8 * test.slack);
    sums_[i].up = std::clamp<std::int64_t>(sums_[i].up + step - test.slack, 0, test.limit);
    sums_[i].down = std::clamp<std::int64_t>(sums_[i].down - step - test.slack, 0, test.limit);
    const std::int64_t larger = std::max(sums_[i].up, sums_[i].down);
    histories_[i].slow = larger >= (histories_[i].slow ? test.limit / 2 : test.limit);
  }

  void close_outputs() {
    std::array<std::uint64_t, 16> observed{};
    for (const Answer& answer : window_) {
      bool outside = false;
      for (std::size_t i = 0; i < answer.codes.size(); ++i) {
        const quantize::FeatureEncoding& feature = contents_.common().encoding.features[i];
        outside = outside || answer.codes[i] < feature.low || answer.codes[i] > feature.high;
      }
      const auto& edges = contents_.watch.output_edges;
      const std::int64_t measure = reference_measure(answer.scores, contents_.classifies);
      const auto bin = std::count_if(edges.begin(), edges.end(), [&](std::int32_t edge) { return measure >= edge; });
      if (!outside) ++observed[static_cast<std::size_t>(bin)];
    }
    judge(observed, contents_.watch.histograms.size(), histories_[counted_.size()]);
  }

  void close_classes() {
    if (contents_.watch.class_bins.empty()) return;
    std::array<std::uint64_t, 16> observed{};
    for (const Answer& answer : window_) {
      std::size_t best = 0;
      if (answer.scores.size() == 1) best = answer.scores[0] > 0 ? 1 : 0;
      for (std::size_t k = 1; k < answer.scores.size(); ++k) best = answer.scores[k] > answer.scores[best] ? k : best;
      ++observed[contents_.watch.class_bins[best]];
    }
    judge(observed, contents_.watch.histograms.size() + 1, histories_[counted_.size() + 1]);
  }

  const ModelContents& contents_;
  std::vector<std::size_t> counted_;
  std::vector<History> histories_;
  std::vector<Sums> sums_;
  std::vector<Answer> window_;
  std::array<std::uint64_t, 8> refusals_{};
  std::uint64_t refused_ = 0;
  bool silent_ = false;
};

/// Rows as in training, with one of several faults in some windows; between, many rows are as they were.
std::vector<Row> faulty_rows(const ModelContents& contents, std::uint32_t seed, std::size_t count) {
  Random random(seed);
  std::vector<std::vector<std::int16_t>> trained;
  Random first(5);
  for (std::size_t k = 0; k < contents.feature_names.size(); ++k) trained.push_back(codes_of(k, first));
  std::vector<Row> rows;
  std::uint32_t fault = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (i % 480 == 0) fault = static_cast<std::uint32_t>(random() % 7);
    Row row;
    for (std::size_t k = 0; k < trained.size(); ++k) row.push_back(trained[k][random() % trained[k].size()]);
    if (fault == 1) row[0] = std::abs(row[0]);
    if (fault == 2) row[0] = 1234;
    if (fault == 3 && i % 3 == 0) row[1] = std::numeric_limits<float>::infinity();
    if (fault == 4) row[0] = std::min(row[0] + 5000, 29000.0F);
    if (fault == 5) row[3 % trained.size()] = std::abs(row[3 % trained.size()]);
    rows.push_back(row);
  }
  return rows;
}

Status attach_to(const ModelContents& contents) {
  const Opened opened(exporting::write_model(contents));
  REQUIRE(opened.status == Status::kOk);
  std::vector<std::uint32_t> words(opened.model.footprint().monitor_words);
  Monitor monitor;
  return monitor.attach<Histograms>(opened.model, words);
}

}  // namespace

TEST_CASE("watch: counts what a naive recount counts") {
  for (const std::size_t classes : std::vector<std::size_t>{0, 2, 3, 7}) {
    for (const std::size_t histograms : std::vector<std::size_t>{1, 3, 6}) {
      CAPTURE(classes);
      CAPTURE(histograms);
      const ModelContents contents = watched_contents(classes, 6, histograms);
      const std::vector<Row> rows = make_rows(contents, 11, 400);
      Watched watched(contents);
      for (const Row& row : rows) watched.count(row);
      const Counters expected = recount(contents, rows);
      check_same(watched.counted(), expected, true);
      // Each is tried.
      CHECK(expected.not_finite > 0);
      CHECK(expected.missing > 0);
      CHECK(expected.outside > 0);
      for (const report::HistogramCounters& histogram : expected.histograms) CHECK(histogram.constant > 0);
    }
  }
}

TEST_CASE("watch: a stream split over devices and snapshots counts the same") {
  const ModelContents contents = watched_contents(3, 5, 5);
  const std::vector<Row> rows = make_rows(contents, 3, 300);
  Random random(2);
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<std::unique_ptr<Watched>> devices;
    for (int i = 0; i < 3; ++i) devices.push_back(std::make_unique<Watched>(contents));
    for (const Row& row : rows) {
      Watched& device = *devices[random() % devices.size()];
      device.count(row);
      if (random() % 13 == 0) (void)device.counted();  // whoever looks does not change what is counted
    }
    Counters sum = devices[0]->counted();
    sum.add(devices[1]->counted());
    sum.add(devices[2]->counted());
    check_same(sum, recount(contents, rows), false);  // blocks of eight rows are of a device
  }
}

TEST_CASE(
    "watch: decides on windows as SPEC.md says, whoever looks between, with memory for few histograms as for all") {
  std::map<Reason, int> found;
  for (const std::size_t classes : std::vector<std::size_t>{0, 2, 3, 7}) {
    for (const std::size_t chosen : std::vector<std::size_t>{4, 2, 1}) {
      CAPTURE(classes);
      CAPTURE(chosen);
      ModelContents contents = watched_contents(classes, 4, 4);
      contents.watch.tests[0].limit = static_cast<std::uint16_t>(3 * contents.watch.tests[0].slack);  // soon slow
      contents.watch.tests[4].statistical = 3000;
      contents.watch.tests[5].material = 9000;
      Watched watched(contents);
      const std::size_t less = 27 * (4 - chosen) + (4 - chosen) / 2 * 8 + (chosen < 3 ? 1 : 0);
      const Span<std::uint32_t> fewer(watched.words.data(), watched.words.size() - less);
      REQUIRE(watched.monitor.attach<Histograms>(watched.opened.model, fewer) == Status::kOk);
      REQUIRE(watched.monitor.watched() == chosen);
      Judge judge(contents, chosen);
      Random random(4);
      std::size_t wrong = 0;
      for (const Row& row : faulty_rows(contents, static_cast<std::uint32_t>(classes + 1), 480 * 25)) {
        watched.count(row);
        judge.count(reference(contents, row));
        if (random() % 5 == 0) (void)watched.counted();
        const Diagnosis expected = judge.diagnosis();
        const Diagnosis answer = watched.monitor.health();
        ++found[answer.reason];
        wrong +=
            answer.health != expected.health || answer.reason != expected.reason || answer.feature != expected.feature;
      }
      CHECK(wrong == 0);
    }
  }
  for (const Reason reason : {Reason::kNone, Reason::kRefused, Reason::kStuck, Reason::kDistribution,
                              Reason::kSlowDrift, Reason::kOutput, Reason::kClasses}) {
    CAPTURE(static_cast<int>(reason));
    CHECK(found[reason] > 0);
  }
}

TEST_CASE("watch: a window's last row is of its classes, too") {
  ModelContents contents = watched_contents(3, 2, 2);
  quantize::Watch& watch = contents.watch;
  for (Histogram& histogram : watch.histograms) histogram.constant_share = 65535;
  for (std::size_t test = 0; test < watch.tests.size(); ++test) {
    watch.tests[test] = {};
    watch.reciprocals[test] = {};
  }
  // Of n rows of one class n (R - 1024) is above the threshold where n is 240, and not where it is 239.
  watch.reciprocals.back().fill(1034);
  watch.tests.back().statistical = 2395;
  Watched watched(contents);
  const Row row(2, 1);
  for (int i = 0; i < 479; ++i) watched.count(row);
  CHECK(watched.monitor.health().health == Health::kOk);
  watched.count(row);
  CHECK(watched.monitor.health().health == Health::kWatch);
  CHECK(watched.monitor.health().reason == Reason::kClasses);
}

TEST_CASE("watch: an input that stays silent stays broken, however many rows are refused") {
  const ModelContents contents = watched_contents(2, 2, 2);
  Watched watched(contents);
  const Row silent(2, std::numeric_limits<float>::quiet_NaN());
  std::size_t wrong = 0;
  for (std::size_t rows = 1; rows <= 2 * 65536 + 100; ++rows) {
    watched.count(silent);
    wrong += (watched.monitor.health().health == Health::kBroken) != (rows >= 24);
  }
  CHECK(wrong == 0);
}

TEST_CASE("watch: a monitor goes on from a snapshot, whenever it was taken") {
  std::map<Reason, std::size_t> found;
  for (const std::size_t classes : {std::size_t{0}, std::size_t{3}}) {
    const ModelContents contents = watched_contents(classes, 4, 4);
    const std::vector<Row> rows = make_rows(contents, 21, 1500);
    Watched whole(contents);
    for (const Row& row : rows) whole.count(row);
    for (const std::size_t cut : {std::size_t{0}, std::size_t{3}, std::size_t{240}, std::size_t{1001}}) {
      CAPTURE(cut);
      Watched before(contents);
      for (std::size_t i = 0; i < cut; ++i) before.count(rows[i]);
      Bytes bytes(before.opened.model.footprint().snapshot_bytes);
      std::size_t written = 0;
      SnapshotContext context;
      context.epoch = 5;
      context.sequence = 8;
      context.crashes = 2;
      REQUIRE(before.monitor.snapshot(context, Span<std::uint8_t>(bytes.data(), bytes.size()), written) == Status::kOk);

      Watched after(contents);
      for (std::size_t i = 0; i < 250; ++i) after.count(rows[i]);  // forgotten
      SnapshotContext next;
      REQUIRE(after.monitor.resume({bytes.data(), written}, next) == Status::kOk);
      CHECK(next.epoch == 5);
      CHECK(next.sequence == 9);
      CHECK(next.crashes == 2);
      CHECK(next.restored);
      check_same(after.counted(), before.counted(), true);
      Judge judge(contents, 4);
      std::size_t wrong = 0;
      for (std::size_t i = cut; i < rows.size(); ++i) {
        after.count(rows[i]);
        judge.count(reference(contents, rows[i]));
        const Diagnosis answer = after.monitor.health();
        const Diagnosis expected = judge.diagnosis();
        ++found[expected.reason];
        if (answer.reason == Reason::kRange) continue;  // by all rows, which the judge did not see
        const bool whom = expected.reason == Reason::kRefused || answer.feature == expected.feature;
        wrong += answer.health != expected.health || answer.reason != expected.reason || !whom;
      }
      CHECK(wrong == 0);
      check_same(after.counted(), whole.counted(), false);
    }
  }
  CHECK(found[Reason::kDistribution] > 0);
  CHECK(found[Reason::kNone] > 0);
}

TEST_CASE("watch: a monitor does not go on from what is not its own") {
  const ModelContents contents = watched_contents(3, 4, 4);
  Watched watched(contents);
  for (const Row& row : make_rows(contents, 4, 300)) watched.count(row);
  const Counters counted = watched.counted();
  Bytes bytes(watched.opened.model.footprint().snapshot_bytes);
  std::size_t written = 0;
  REQUIRE(watched.monitor.snapshot({}, Span<std::uint8_t>(bytes.data(), bytes.size()), written) == Status::kOk);
  SnapshotContext context;
  const auto resumed = [&](Monitor& monitor) { return monitor.resume({bytes.data(), written}, context); };
  Monitor none;
  CHECK(resumed(none) == Status::kNotAttached);
  CHECK(watched.monitor.resume({bytes.data(), written - 1}, context) == Status::kSnapshotSize);
  CHECK(watched.monitor.resume({nullptr, written}, context) == Status::kNull);
  Bytes changed = bytes;
  changed[100] ^= 1;
  CHECK(watched.monitor.resume({changed.data(), written}, context) == Status::kSnapshotChecksum);
  check_same(watched.counted(), counted, true);  // nothing is lost
  CHECK(!context.restored);

  Watched other(watched_contents(3, 4, 3));
  CHECK(resumed(other.monitor) == Status::kOtherModel);
  Monitor shifted;
  REQUIRE(shifted.attach<Histograms>(watched.opened.model, watched.words, 1) == Status::kOk);
  CHECK(resumed(shifted) == Status::kOtherModel);
  Monitor fewer;
  REQUIRE(fewer.attach<Histograms>(watched.opened.model, {watched.words.data(), watched.words.size() - 1}) ==
          Status::kOk);
  CHECK(resumed(fewer) == Status::kOtherModel);
  Monitor plain;
  REQUIRE(plain.attach(watched.opened.model, watched.words) == Status::kOk);
  CHECK(resumed(plain) == Status::kOtherModel);
}

TEST_CASE("watch: the accessors see the rows that wait") {
  const ModelContents contents = watched_contents(2, 3, 3);
  const Histogram& histogram = contents.watch.histograms[0];
  Watched watched(contents);
  const auto inside = static_cast<float>(histogram.low);
  const std::size_t bin = reference_bin(histogram, histogram.low);
  for (std::uint32_t rows = 1; rows <= 20; ++rows) {
    watched.count({inside, 0, 7});
    CHECK(watched.monitor.binned(0, bin) == rows);
    CHECK(watched.monitor.outside() == 0);
  }
  watched.count({32767, 0, 7});
  CHECK(watched.monitor.outside() == 1);
  CHECK(watched.monitor.above(0) == 1);
  CHECK(watched.monitor.binned(3, 0) + watched.monitor.binned(0, 16) == 0);
}

TEST_CASE("watch: answers below the confident margin are unsure, on the device and as the host's share") {
  for (const std::size_t classes : {std::size_t{2}, std::size_t{3}}) {
    for (const std::uint8_t confident : {std::uint8_t{0}, std::uint8_t{3}, std::uint8_t{6}}) {
      ModelContents contents = watched_contents(classes, 3, 2);
      contents.watch.confident_bin = confident;
      Watched watched(contents);
      std::uint32_t inside = 0;
      std::uint32_t unsure = 0;
      for (const Row& row : make_rows(contents, 77, 150)) {
        watched.count(row);
        const Answer answer = reference(contents, row);
        if (answer.status != Status::kOk) continue;
        bool in_range = true;
        for (std::size_t i = 0; i < 3; ++i) {
          const quantize::FeatureEncoding& feature = contents.common().encoding.features[i];
          in_range = in_range && answer.codes[i] >= feature.low && answer.codes[i] <= feature.high;
        }
        // The margin from which on answers are confident is the edge below their first bin.
        const std::int64_t least = confident == 0   ? INT64_MIN
                                   : confident == 6 ? INT64_MAX
                                                    : contents.watch.output_edges[confident - 1U];
        inside += in_range;
        unsure += in_range && reference_measure(answer.scores, true) < least;
      }
      REQUIRE(inside > 10);
      CHECK(watched.monitor.unsure() == unsure);
      const auto share = report::assess(watched.counted(), contents).unsure_share;
      REQUIRE(share);
      CHECK(*share == doctest::Approx(static_cast<double>(unsure) / inside));
    }
  }
}

TEST_CASE("watch: firmware that names no histograms counts ranges, in fewer words") {
  const ModelContents contents = watched_contents(3, 4, 4);
  const std::vector<Row> rows = make_rows(contents, 21, 100);
  Opened opened(exporting::write_model(contents));
  const std::size_t ranges = 66 + 3 + 2 * 4;
  Buffer<std::uint32_t> words(ranges);
  Monitor monitor;
  CHECK(monitor.attach(opened.model, Span<std::uint32_t>(words.data(), words.size() - 1)) == Status::kMonitorWords);
  REQUIRE(monitor.attach(opened.model, words) == Status::kOk);
  for (const Row& row : rows) {
    const Status status = opened.predict(row);
    REQUIRE(monitor.observe(status, Span<const std::int32_t>(opened.outputs.data(), opened.outputs.size()),
                            Span<const std::uint32_t>(opened.scratch.data(), opened.scratch.size()), 0) == Status::kOk);
  }
  const Counters expected = recount(contents, rows);
  CHECK(monitor.rows() == expected.rows);
  CHECK(monitor.refused() == expected.refused);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(monitor.below(i) == expected.below[i]);
    CHECK(monitor.above(i) == expected.above[i]);
  }
  CHECK(monitor.outside() + monitor.binned(0, 0) + monitor.unsure() == 0);
  Bytes bytes(opened.model.footprint().snapshot_bytes);
  std::size_t written = 0;
  REQUIRE(monitor.snapshot({}, Span<std::uint8_t>(bytes.data(), bytes.size()), written) == Status::kOk);
  CHECK(written == 96 + 4 * words.size() + 4);
}

TEST_CASE("watch: in C, with and without histograms") {
  const Bytes bytes = exporting::write_model(watched_contents(2, 3, 3));
  const Buffer<std::uint8_t> aligned(bytes);
  nuthatch_model model;
  const nuthatch_part* const parts[] = {nuthatch_float32_input(), nuthatch_linear()};
  REQUIRE(nuthatch_open(aligned.data(), aligned.size(), parts, 2, &model) == NUTHATCH_OK);
  std::vector<std::uint32_t> words(nuthatch_footprint(&model).monitor_words);
  nuthatch_monitor monitor;
  CHECK(nuthatch_monitor_attach_histograms(&monitor, &model, words.data(), words.size(), 0) == NUTHATCH_OK);
  CHECK(nuthatch_monitor_attach_histograms(&monitor, &model, words.data(), words.size() - 1, 0) == NUTHATCH_OK);
  CHECK(nuthatch_monitor_attach_histograms(&monitor, &model, words.data(), 66, 0) == NUTHATCH_MONITOR_WORDS);
  CHECK(nuthatch_monitor_attach(&monitor, &model, words.data(), words.size() - 1, 0) == NUTHATCH_OK);
  CHECK(nuthatch_monitor_attach_histograms(&monitor, &model, words.data(), words.size(), 0) == NUTHATCH_OK);
  Bytes snapshot(nuthatch_footprint(&model).snapshot_bytes);
  nuthatch_snapshot_context context = {};
  context.sequence = 6;
  std::size_t written = 0;
  REQUIRE(nuthatch_monitor_snapshot(&monitor, &context, snapshot.data(), snapshot.size(), &written) == NUTHATCH_OK);
  CHECK(nuthatch_monitor_resume(&monitor, snapshot.data(), written, &context) == NUTHATCH_OK);
  CHECK(context.sequence == 7);
  CHECK(context.restored == 1);
  CHECK(nuthatch_monitor_resume(&monitor, snapshot.data(), written - 1, &context) == NUTHATCH_SNAPSHOT_SIZE);
  CHECK(nuthatch_monitor_attach_histograms(nullptr, &model, words.data(), words.size(), 0) == NUTHATCH_NULL);
  CHECK(nuthatch_monitor_attach_histograms(&monitor, nullptr, words.data(), words.size(), 0) == NUTHATCH_NULL);
}

TEST_CASE("watch: the file is refused where its cells, bins or edges are wrong") {
  const ModelContents good = watched_contents(3, 4, 4);
  CHECK(attach_to(good) == Status::kOk);
  const auto with = [&](const auto& change) {
    ModelContents contents = good;
    change(contents.watch);
    return attach_to(contents);
  };
  using quantize::Watch;
  CHECK(with([](Watch& watch) { watch.histograms[1].feature = 4; }) == Status::kNumber);
  CHECK(with([](Watch& watch) { watch.histograms[1].feature = 0; }) == Status::kNumber);
  CHECK(with([](Watch& watch) { watch.histograms[1].feature = 2; }) == Status::kNumber);
  // The last code's cell would be the 65th.
  const std::uint32_t last = good.watch.histograms[0].last;
  REQUIRE(last > 1000);
  const std::uint32_t first_wrong = (64 * 32768U + last - 1) / last;
  const auto scaled = [&](std::uint32_t scale) {
    return with([&](Watch& watch) { watch.histograms[0].scale = static_cast<std::uint16_t>(scale); });
  };
  CHECK(scaled(first_wrong - 1) == Status::kOk);
  CHECK(scaled(first_wrong) == Status::kNumber);
  CHECK(scaled(65535) == Status::kNumber);
  CHECK(with([](Watch& watch) { watch.histograms[0].cell_bins[63] = 16; }) == Status::kNumber);
  CHECK(with([](Watch& watch) { watch.output_edges[2] = watch.output_edges[1]; }) == Status::kNumber);
  CHECK(with([](Watch& watch) { watch.ranks[2] = watch.ranks[1]; }) == Status::kOk);  // all are counted: no matter
  CHECK(with([](Watch& watch) { watch.ranks[2] = 4; }) == Status::kNumber);
  CHECK(with([](Watch& watch) { watch.ranks.pop_back(); }) == Status::kShape);
  CHECK(with([](Watch& watch) { watch.tests.pop_back(); }) == Status::kShape);
  CHECK(with([](Watch& watch) { watch.reciprocals.pop_back(); }) == Status::kShape);
  CHECK(with([](Watch& watch) { watch.tests[4].statistical = (1U << 23) + 1; }) == Status::kNumber);
  CHECK(with([](Watch& watch) { watch.tests[5].material = (1U << 23) + 1; }) == Status::kNumber);
  CHECK(with([](Watch& watch) { watch.tests[0].sum = (1 << 23) + 1; }) == Status::kNumber);
  CHECK(with([](Watch& watch) { watch.tests[0].sum = -(1 << 23) - 1; }) == Status::kNumber);
  CHECK(with([](Watch& watch) { watch.tests[3].shift = 32; }) == Status::kNumber);
  CHECK(with([](Watch& watch) { watch.class_bins[1] = 16; }) == Status::kNumber);
  CHECK(with([](Watch& watch) { watch.latency_buckets = 65; }) == Status::kNumber);
  // Cells that reach out of the range by one code.
  ModelContents below = good;
  below.common().encoding.features[0].low = static_cast<std::int16_t>(good.watch.histograms[0].low + 1);
  CHECK(attach_to(below) == Status::kNumber);
  ModelContents above = good;
  const Histogram& first = good.watch.histograms[0];
  above.common().encoding.features[0].high = static_cast<std::int16_t>(first.low + first.last - 1);
  CHECK(attach_to(above) == Status::kNumber);
  above.common().encoding.features[0].high = static_cast<std::int16_t>(first.low + first.last);
  CHECK(attach_to(above) == Status::kOk);
}

TEST_CASE("watch: host tools refuse a baseline of which they would read past the end") {
  const ModelContents good = watched_contents(3, 4, 4);
  CHECK_NOTHROW(exporting::LoadedModel(exporting::write_model(good)));
  const auto refused = [&](const auto& change) {
    ModelContents contents = good;
    change(contents.watch);
    CHECK_THROWS_AS(exporting::LoadedModel(exporting::write_model(contents)), exporting::ModelError);
  };
  using quantize::Watch;
  refused([](Watch& watch) { watch.histograms[3].feature = 4; });
  refused([](Watch& watch) { watch.importance.assign(3, 1); });
  refused([](Watch& watch) { watch.class_rows.pop_back(); });
  refused([](Watch& watch) { watch.class_bins.pop_back(); });
  refused([](Watch& watch) { watch.ranks.pop_back(); });
  refused([](Watch& watch) { watch.tests.pop_back(); });
  refused([](Watch& watch) { watch.reciprocals.pop_back(); });
}

TEST_CASE("watch: chi-square in integers is within the stated error of the exact one") {
  Random random(6);
  double worst = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    const std::size_t bins = 1 + random() % 16;
    std::vector<double> shares(bins);
    double all = 0;
    for (double& share : shares) all += share = 1.0 + static_cast<double>(random() % 1000) / 500;  // at least 1 / 48
    std::vector<std::uint32_t> observed(bins, 0);
    const bool even = random() % 2 == 0;
    for (int row = 0; row < 240; ++row) ++observed[even ? random() % bins : random() % (1 + random() % bins)];
    for (double& share : shares) share /= all;
    const auto reciprocals = quantize::reciprocals_of(shares);
    std::uint64_t sum = 0;
    double exact = 0;
    for (std::size_t bin = 0; bin < bins; ++bin) {
      sum += std::uint64_t{observed[bin]} * observed[bin] * reciprocals[bin];
      const double expected = 240 * shares[bin];
      exact += (observed[bin] - expected) * (observed[bin] - expected) / expected;
    }
    CHECK(sum <= UINT32_MAX);
    worst = std::max(worst, std::abs(static_cast<double>(sum) / (1024.0 * 240) - 240 - exact));
  }
  MESSAGE("chi-square off by at most " << worst);
  CHECK(worst > 0);
  CHECK(worst <= 240.0 / 2048 + 1e-9);
}

TEST_CASE("watch: a budget of fewer words than a monitor needs is refused, and of none means that there is none") {
  ModelContents contents = watched_contents(3, 4, 4);
  contents.watch.level = quantize::Level::kOff;
  const Opened off(exporting::write_model(contents));
  REQUIRE(off.status == Status::kOk);
  CHECK(off.model.footprint().monitor_words == 0);
  Monitor monitor;
  std::vector<std::uint32_t> words(1000);
  CHECK(monitor.attach(off.model, words) == Status::kNoMonitor);
  CHECK(monitor.attach<Histograms>(off.model, words) == Status::kNoMonitor);
  CHECK(monitor.rows() == 0);
  // The words that a plain monitor needs are fewer than histograms do.
  contents = watched_contents(3, 4, 4);
  contents.watch.histograms.clear();
  contents.watch.output_edges.clear();
  contents.watch.output_rows.clear();
  contents.watch.output_right.clear();
  contents.watch.tests.clear();
  contents.watch.reciprocals.clear();
  contents.watch.ranks.clear();
  contents.watch.class_bins.clear();
  const Bytes basic = exporting::write_model(contents);
  const Opened plain(basic);
  REQUIRE(monitor.attach(plain.model, words) == Status::kOk);
  CHECK(plain.model.footprint().monitor_words == 66 + 3 + 2 * 4);
}

TEST_CASE("watch: the trainer's bins hold all rows, each enough, and the device finds the same ones") {
  Random random(8);
  for (std::size_t feature = 0; feature < 4; ++feature) {
    CAPTURE(feature);
    const ModelContents contents = watched_contents(0, 4, 4);
    const Histogram& histogram = contents.watch.histograms[feature];
    std::uint64_t rows = 0;
    for (std::size_t bin = 0; bin < 16; ++bin) {
      rows += histogram.rows[bin];
      CHECK((histogram.rows[bin] == 0) == (bin >= histogram.bins()));
      if (histogram.bins() > 1 && bin < histogram.bins()) CHECK(histogram.rows[bin] >= 400 / 48);
    }
    CHECK(rows == 400);
    for (int code = -32767; code <= 32767; ++code) {
      REQUIRE(histogram.bin_of(static_cast<std::int16_t>(code)) == reference_bin(histogram, code));
    }
  }
}

}  // namespace nuthatch::test
