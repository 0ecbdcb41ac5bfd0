// A monitor whose model is opened anew underneath it (an update in the field), and the C API's names and counters.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "nuthatch.h"
#include "nuthatch/crc32.hpp"
#include "nuthatch/explain.hpp"
#include "nuthatch/probability.hpp"
#include "unit/make_model.hpp"

namespace nuthatch::test {
namespace {

Recipe recipe_of(std::size_t features, std::size_t classes, std::uint32_t seed = 1) {
  Recipe recipe;
  recipe.features = features;
  recipe.classes = classes;
  recipe.seed = seed;
  return recipe;
}

/// Attached to a small model; what a test then opens into that model must not be followed.
struct Watched {
  Opened small{make_model(recipe_of(2, 3))};
  Buffer<std::uint32_t> words;
  Monitor monitor;

  Watched() : words(small.model.footprint().monitor_words) {
    REQUIRE(monitor.attach(small.model, words) == Status::kOk);
    REQUIRE(count_one() == Status::kOk);
  }

  Status count_one() {
    return monitor.observe(small.predict(std::vector<float>{0, 0}), small.outputs, small.scratch, 7);
  }

  void check_detached() {
    Buffer<std::uint8_t> bytes(4096);
    std::size_t written = 0;
    CHECK(monitor.observe(Status::kOk, small.outputs, small.scratch, 7) == Status::kNotAttached);
    CHECK(monitor.snapshot({}, bytes, written) == Status::kNotAttached);
    CHECK(monitor.rows() + monitor.refused() + monitor.predicted(0) == 0);
    CHECK(monitor.below(1) + monitor.above(1) + monitor.latency(7) == 0);
  }
};

Status open_into(Model& model, const Bytes& bytes) {
  static std::vector<std::uint8_t> kept;  // what the model points into must outlive it
  kept = bytes;
  return EveryPart::open({kept.data(), kept.size()}, model);
}

}  // namespace

TEST_CASE("a monitor counts while its model is the one it was attached to") {
  Watched watched;
  CHECK(watched.monitor.rows() == 1);
  CHECK(watched.monitor.latency(7) == 1);
}

TEST_CASE("a monitor stops when a larger model is opened into its own") {
  Watched watched;
  REQUIRE(open_into(watched.small.model, make_model(recipe_of(40, 12))) == Status::kOk);
  watched.check_detached();
}

TEST_CASE("a monitor stops when another model of the same shape is opened into its own") {
  Watched watched;
  REQUIRE(open_into(watched.small.model, make_model(recipe_of(2, 3, 2))) == Status::kOk);
  watched.check_detached();
}

TEST_CASE("a monitor stops when an update is refused, however far open came") {
  const Bytes good = make_model(recipe_of(40, 12));
  for (const bool resealed : {false, true}) {
    Watched watched;
    Bytes broken = good;
    broken[broken.size() / 2] ^= 0xFF;
    if (resealed) reseal(broken);
    static_cast<void>(open_into(watched.small.model, broken));
    watched.check_detached();
  }
}

TEST_CASE("a monitor stops when its own model is opened again, until it is attached again") {
  Watched watched;
  const Bytes bytes = make_model(recipe_of(2, 3));
  REQUIRE(open_into(watched.small.model, bytes) == Status::kOk);
  watched.check_detached();
  REQUIRE(watched.monitor.attach(watched.small.model, watched.words) == Status::kOk);
  CHECK(watched.count_one() == Status::kOk);
  CHECK(watched.monitor.rows() == 1);
}

namespace {

/// `bytes` with the identity of `of`: nothing on a device computes the SHA-256.
Bytes forged(Bytes bytes, const Bytes& of) {
  constexpr std::size_t kIdentity = 136 - 32;  // from the end
  std::copy_n(of.end() - kIdentity, 32, bytes.end() - kIdentity);
  const auto crc = crc32(bytes.data(), bytes.size() - 4);
  std::memcpy(bytes.data() + bytes.size() - 4, &crc, sizeof crc);
  return bytes;
}

/// Every part there is, attached to one model; all of its memory is exactly as large as it asks for.
struct Parts {
  Opened opened;
  Buffer<std::uint32_t> words;
  Buffer<std::uint32_t> sums;
  Monitor plain;
  Monitor watched;
  Probability probability;
  Explanation explanation;
  ContributionCounters counters;

  explicit Parts(const Bytes& bytes)
      : opened(bytes),
        words(opened.model.footprint().monitor_words),
        sums(contribution_words(opened.model.footprint().features)) {
    REQUIRE(opened.status == Status::kOk);
    attach(opened.model);
  }

  void attach(const Model& model) {
    REQUIRE(plain.attach(model, words) == Status::kOk);
    REQUIRE(watched.attach<Histograms>(model, words) == Status::kOk);
    REQUIRE(probability.attach(model) == Status::kOk);
    REQUIRE(explanation.attach(model) == Status::kOk);
    REQUIRE(counters.attach(model, sums) == Status::kOk);
  }

  /// What each part says to a row of the model that is open now, in memory of that model's size.
  std::vector<Status> statuses() {
    const Footprint footprint = opened.model.footprint();
    const Buffer<std::int32_t> outputs(footprint.outputs);
    const Buffer<std::uint32_t> scratch(footprint.scratch_words, 0x7FFF7FFF);
    const Buffer<std::int32_t> contributions(footprint.features);
    const Buffer<std::int32_t> shares(footprint.classes);
    const Buffer<std::uint8_t> snapshot(footprint.snapshot_bytes);
    const Span<const std::int32_t> answers(outputs.data(), outputs.size());
    const Span<const std::uint32_t> codes(scratch.data(), scratch.size());
    std::int32_t base = 0;
    std::size_t written = 0;
    SnapshotContext context;
    return {plain.observe(Status::kOk, answers, codes, 3),
            watched.observe(Status::kOk, answers, codes, 3),
            watched.observe(Status::kMissing, answers, codes, 3),
            watched.snapshot({}, snapshot, written),
            watched.resume({snapshot.data(), written}, context),
            probability.of(answers, shares),
            explanation.contributions(answers, codes, contributions, base),
            explanation.contributions_to(0, codes, contributions, base),
            counters.observe({contributions.data(), contributions.size()}),
            counters.snapshot({}, true, snapshot, written)};
  }

  void check_detached(const char* after) {
    CAPTURE(after);
    const std::vector<std::uint32_t> before(words.begin(), words.end());
    for (const Status status : statuses()) CHECK(status == Status::kNotAttached);
    CHECK(watched.health().health == Health::kOk);
    CHECK(watched.rows() + watched.watched() + watched.binned(0, 0) + watched.outside() + watched.unsure() == 0);
    CHECK(counters.rows() + counters.sum(0) == 0);
    CHECK(before == std::vector<std::uint32_t>(words.begin(), words.end()));
  }

  void check_attached(const char* after) {
    CAPTURE(after);
    for (const Status status : statuses()) CHECK(status == Status::kOk);
  }
};

/// Watched, explained, with probabilities.
Bytes whole_model(std::size_t features, std::size_t classes) {
  exporting::ModelContents contents = watched_contents(classes, features, features);
  contents.common().link = {quantize::LinkKind::kLogistic, {{1 << 30, 5, 31}}, 0};
  contents.explanation.emplace().means.assign(features, 1);
  return exporting::write_model(contents);
}

}  // namespace

TEST_CASE("every part notices a forged file of another shape, and of its own") {
  const Bytes own = whole_model(3, 3);
  const Buffer<std::uint8_t> larger(forged(whole_model(40, 12), own));
  const Buffer<std::uint8_t> smaller(forged(whole_model(1, 3), own));
  const Buffer<std::uint8_t> same(own);
  for (const Buffer<std::uint8_t>* file : {&larger, &smaller, &same}) {
    Parts parts(own);
    parts.check_attached("attach");
    REQUIRE(EveryPart::open({file->data(), file->size()}, parts.opened.model) == Status::kOk);
    CHECK(std::memcmp(parts.opened.model.identity(), own.data() + own.size() - 104, 32) == 0);
    parts.check_detached("open");
  }
}

TEST_CASE("every part notices bytes that change where they lie and are opened again") {
  const Bytes own = whole_model(3, 3);
  Parts parts(own);
  Model& model = parts.opened.model;
  const Buffer<std::uint8_t>& bytes = parts.opened.bytes;
  CHECK(EveryPart::open({bytes.data(), bytes.size()}, model) == Status::kOk);
  parts.check_detached("the same bytes");
  parts.attach(model);
  parts.check_attached("attach");
  // Refused, then the old file again: it is not what it was attached to.
  CHECK(EveryPart::open({bytes.data(), bytes.size() - 8}, model) != Status::kOk);
  parts.check_detached("refused");
  CHECK(EveryPart::open({bytes.data(), bytes.size()}, model) == Status::kOk);
  parts.check_detached("opened after that");
  CHECK(EveryPart::open({nullptr, 0}, model) == Status::kNull);
  CHECK(EveryPart::open({bytes.data(), bytes.size()}, model) == Status::kOk);
  parts.check_detached("opened after nothing");
  // One step is too few.
  parts.attach(model);
  CHECK(EveryPart::open({bytes.data(), bytes.size()}, model, 1) == Status::kWork);
  parts.check_detached("too much work");
}

TEST_CASE("every part notices an assignment, and none is attached to a copy") {
  const Bytes own = whole_model(3, 3);
  const Opened other(forged(whole_model(40, 12), own));
  Parts parts(own);
  Model& model = parts.opened.model;
  const Model kept = model;  // NOLINT(performance-unnecessary-copy-initialization): what is to be assigned
  CHECK(kept.is_open());
  parts.check_attached("copied from");
  model = other.model;
  parts.check_detached("assigned");
  model = kept;
  parts.check_detached("assigned back");
  CHECK(model.footprint().features == 3);
  parts.attach(model);
  parts.check_attached("attached to what was assigned");
  Model swapped = other.model;
  std::swap(model, swapped);
  parts.check_detached("swapped");
  std::swap(model, swapped);
  parts.check_detached("swapped back");
  parts.attach(model);
  model = Model();
  parts.check_detached("closed");
  Monitor monitor;
  CHECK(monitor.attach(model, parts.words) == Status::kNotOpen);
  model = kept;
  parts.check_detached("assigned after it was closed");
  parts.attach(model);
  const Model& itself = model;
  model = itself;
  parts.check_detached("assigned to itself");
}

TEST_CASE("words of a monitor that are another's, kept over a reset, never lead out of them") {
  // A file that forged this one's identity and has as many words would be given its own back.
  for (const std::uint32_t pattern : {0xFFFFFFFFU, 0x08080808U, 0x01020304U, 0x80808080U, 0x09000009U}) {
    for (std::size_t features : {1U, 3U, 9U}) {
      constexpr std::size_t kBehind = 400;
      constexpr std::uint32_t kUntouched = 0xABABABAB;
      Opened opened(whole_model(features, 3));
      const Footprint footprint = opened.model.footprint();
      const std::size_t own = footprint.monitor_words;
      const Buffer<std::uint32_t> words(own + kBehind, kUntouched);
      const Buffer<std::uint8_t> snapshot(footprint.snapshot_bytes);
      Monitor monitor;
      REQUIRE(monitor.attach<Histograms>(opened.model, {words.data(), own}) == Status::kOk);
      for (std::size_t i = 2; i < own; ++i) words[i] = pattern;  // full counters, the first two, would stop all
      std::size_t written = 0;
      for (std::uint32_t row = 0; row < 600; ++row) {
        REQUIRE(opened.predict(std::vector<float>(features, static_cast<float>(row))) == Status::kOk);
        REQUIRE(monitor.observe(Status::kOk, {opened.outputs.data(), opened.outputs.size()},
                                {opened.scratch.data(), opened.scratch.size()}, row) == Status::kOk);
        static_cast<void>(monitor.health());
        if (row % 37 == 0) REQUIRE(monitor.snapshot({}, snapshot, written) == Status::kOk);
      }
      CHECK(monitor.rows() == 600);
      CHECK(std::count(words.begin() + own, words.end(), kUntouched) == kBehind);
    }
  }
}

namespace {

/// In C, whose structs are opened, cleared and copied as bytes.
struct CParts {
  nuthatch_model model;
  nuthatch_monitor monitor;
  nuthatch_probability probability;
  nuthatch_explanation explanation;
  nuthatch_contribution_counters counters;
  std::uint32_t words[2048];
  std::uint32_t sums[128];

  nuthatch_status open(const Buffer<std::uint8_t>& bytes, std::uint32_t most_work = UINT32_MAX) {
    const nuthatch_part* const parts[] = {nuthatch_float32_input(), nuthatch_int16_input(), nuthatch_linear()};
    return nuthatch_open_within(bytes.data(), bytes.size(), parts, 3, &model, most_work);
  }
  std::vector<nuthatch_status> attach() {
    const nuthatch_explanation_part* const parts[] = {nuthatch_explain_linear()};
    return {nuthatch_monitor_attach_histograms(&monitor, &model, words, 2048, 0),
            nuthatch_probability_attach(&probability, &model),
            nuthatch_explanation_attach(&explanation, &model, parts, 1),
            nuthatch_contribution_counters_attach(&counters, &model, sums, 128)};
  }
  std::vector<nuthatch_status> use() {
    const std::int32_t outputs[64] = {};
    const std::uint32_t scratch[64] = {};
    std::int32_t given[64] = {};
    std::int32_t base = 0;
    return {nuthatch_monitor_observe(&monitor, NUTHATCH_OK, outputs, 64, scratch, 64, 1),
            nuthatch_probability_of(&probability, outputs, 64, given, 64),
            nuthatch_explanation_contributions(&explanation, outputs, 64, scratch, 64, given, 64, &base),
            nuthatch_contribution_counters_observe(&counters, given, 64)};
  }
};

void check_all(const std::vector<nuthatch_status>& statuses, nuthatch_status expected) {
  for (const nuthatch_status status : statuses) CHECK(status == expected);
}

}  // namespace

TEST_CASE("in C every part notices what is opened into its model, whatever the storage held at first") {
  const Bytes own = whole_model(3, 3);
  const Buffer<std::uint8_t> first(own);
  const Buffer<std::uint8_t> other(forged(whole_model(40, 12), own));
  for (const int storage : {0, 0xFF, 0x5A}) {
    CParts parts;
    std::memset(&parts, storage, sizeof parts);
    REQUIRE(parts.open(first) == NUTHATCH_OK);
    check_all(parts.attach(), NUTHATCH_OK);
    check_all(parts.use(), NUTHATCH_OK);
    REQUIRE(parts.open(other) == NUTHATCH_OK);
    check_all(parts.use(), NUTHATCH_NOT_ATTACHED);
    REQUIRE(parts.open(first) == NUTHATCH_OK);
    check_all(parts.use(), NUTHATCH_NOT_ATTACHED);
    check_all(parts.attach(), NUTHATCH_OK);
    check_all(parts.use(), NUTHATCH_OK);
    CHECK(parts.open(first, 1) == NUTHATCH_WORK);
    check_all(parts.use(), NUTHATCH_NOT_ATTACHED);
    CHECK(nuthatch_footprint(&parts.model).work == 0);
    CHECK(nuthatch_open(first.data(), first.size(), nullptr, 0, &parts.model) == NUTHATCH_NULL);
    REQUIRE(parts.open(first) == NUTHATCH_OK);
    check_all(parts.use(), NUTHATCH_NOT_ATTACHED);
  }
}

TEST_CASE("in C a model that is copied as bytes predicts, and no part is attached to it") {
  const Bytes own = whole_model(3, 3);
  const Buffer<std::uint8_t> first(own);
  const Buffer<std::uint8_t> other(forged(whole_model(40, 12), own));
  CParts parts;
  CParts candidate;
  std::memset(&parts, 0, sizeof parts);
  std::memset(&candidate, 0, sizeof candidate);
  REQUIRE(parts.open(first) == NUTHATCH_OK);
  check_all(parts.attach(), NUTHATCH_OK);
  REQUIRE(candidate.open(other) == NUTHATCH_OK);
  parts.model = candidate.model;
  check_all(parts.use(), NUTHATCH_NOT_ATTACHED);
  CHECK(nuthatch_footprint(&parts.model).features == 40);
  check_all(parts.attach(), NUTHATCH_NOT_OPEN);
}

TEST_CASE("the C API tells names, exponents, identity and counters as the C++ API does") {
  Recipe recipe = recipe_of(3, 3);
  recipe.precision = Precision::kInt16;
  recipe.input = Input::kInt16;
  exporting::ModelContents contents = make_contents(recipe);
  contents.common().encoding.features[1].exponent = -3;
  Opened opened(exporting::write_model(contents));
  REQUIRE(opened.status == Status::kOk);
  nuthatch_model model;
  const nuthatch_part* const parts[] = {nuthatch_int16_input(), nuthatch_linear()};
  REQUIRE(nuthatch_open(opened.bytes.data(), opened.bytes.size(), parts, 2, &model) == NUTHATCH_OK);
  const char* text = nullptr;
  std::size_t length = 0;
  REQUIRE(nuthatch_feature_name(&model, 1, &text, &length) == NUTHATCH_OK);
  CHECK(std::string(text, length) == contents.feature_names[1]);
  CHECK(nuthatch_feature_name(&model, 3, &text, &length) == NUTHATCH_INDEX);
  int exponent = 0;
  REQUIRE(nuthatch_raw_exponent(&model, 1, &exponent) == NUTHATCH_OK);
  CHECK(exponent == -3);
  CHECK(std::memcmp(nuthatch_identity(&model), opened.model.identity(), 32) == 0);
}

TEST_CASE("the C API's counters are the C++ API's") {
  Opened opened(make_model(recipe_of(2, 3)));
  nuthatch_model model;
  nuthatch_monitor monitor;
  const nuthatch_part* const parts[] = {nuthatch_float32_input(), nuthatch_linear()};
  REQUIRE(nuthatch_open(opened.bytes.data(), opened.bytes.size(), parts, 2, &model) == NUTHATCH_OK);
  std::uint32_t words[256];
  REQUIRE(nuthatch_monitor_attach(&monitor, &model, words, 256, 0) == NUTHATCH_OK);
  std::int32_t outputs[3];
  std::uint32_t scratch[16];
  const float rows[2][2] = {{-1e30F, 1e30F}, {1e30F, 1e30F}};
  std::size_t answers[3] = {};
  for (const auto& row : rows) {
    const nuthatch_status status = nuthatch_predict_float32(&model, row, 2, outputs, 3, scratch, 16);
    ++answers[nuthatch_class_of(&model, outputs, 3)];
    REQUIRE(nuthatch_monitor_observe(&monitor, status, outputs, 3, scratch, 16, 5) == NUTHATCH_OK);
  }
  REQUIRE(nuthatch_monitor_observe(&monitor, NUTHATCH_MISSING, outputs, 3, scratch, 16, 5) == NUTHATCH_OK);
  CHECK(nuthatch_monitor_rows(&monitor) == 2);
  CHECK(nuthatch_monitor_refused(&monitor) == 1);
  for (std::size_t k = 0; k < 3; ++k) CHECK(nuthatch_monitor_predicted(&monitor, k) == answers[k]);
  CHECK(nuthatch_monitor_below(&monitor, 0) == 1);
  CHECK(nuthatch_monitor_above(&monitor, 0) == 1);
  CHECK(nuthatch_monitor_above(&monitor, 1) == 2);
  CHECK(nuthatch_monitor_latency(&monitor, 5) == 2);
}

}  // namespace nuthatch::test
