// nuthatch.h against the C++ API; the calls are made from C99, in runtime_c_api.c. And the CRC-32 against zlib's.

#include "unit/runtime_c_api.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <zlib.h>

#include <cstring>
#include <random>
#include <set>
#include <string>

#include "nuthatch.h"
#include "nuthatch/crc32.hpp"
#include "unit/make_model.hpp"

namespace nuthatch::test {
namespace {

constexpr Status kStatuses[] = {Status::kOk,
                                Status::kNull,
                                Status::kUnaligned,
                                Status::kTruncated,
                                Status::kNotAModel,
                                Status::kSealBroken,
                                Status::kChecksum,
                                Status::kVersion,
                                Status::kStructure,
                                Status::kKindNotLinked,
                                Status::kInputNotLinked,
                                Status::kShape,
                                Status::kNumber,
                                Status::kOverflow,
                                Status::kBudget,
                                Status::kPreparationNotLinked,
                                Status::kWork,
                                Status::kPromise,
                                Status::kNotOpen,
                                Status::kWrongInput,
                                Status::kFeatureCount,
                                Status::kOutputCount,
                                Status::kScratch,
                                Status::kNotFinite,
                                Status::kMissing,
                                Status::kIndex,
                                Status::kNoProbability,
                                Status::kNoExplanation,
                                Status::kUnknownCategory,
                                Status::kSelfTest,
                                Status::kMonitorWords,
                                Status::kNotAttached,
                                Status::kSnapshotSize,
                                Status::kNotASnapshot,
                                Status::kSnapshotChecksum,
                                Status::kNoMonitor,
                                Status::kOtherModel,
                                Status::kRetainedWords,
                                Status::kNotBegun,
                                Status::kBusy,
                                Status::kFlashGeometry,
                                Status::kRecordSize,
                                Status::kNoRecord,
                                Status::kFlash};

/// A row that every model here accepts.
template <class Feature>
void check_run(const Recipe& recipe) {
  Opened opened(make_model(recipe));
  REQUIRE(opened.status == Status::kOk);
  std::vector<Feature> row;
  for (std::size_t i = 0; i < recipe.features; ++i) row.push_back(static_cast<Feature>(7 * i) - 11);
  const c_api_result result =
      c_api_run(opened.bytes.data(), opened.bytes.size(), std::is_same_v<Feature, std::int16_t>, row.data());
  CHECK(result.opened == 0);
  const Footprint footprint = opened.model.footprint();
  CHECK(result.features == footprint.features);
  CHECK(result.outputs == footprint.outputs);
  CHECK(result.classes == footprint.classes);
  CHECK(result.scratch_words == footprint.scratch_words);
  CHECK(result.monitor_words == footprint.monitor_words);
  CHECK(result.snapshot_bytes == footprint.snapshot_bytes);
  CHECK(result.fraction_bits == opened.model.fraction_bits());

  REQUIRE(opened.predict(row) == Status::kOk);
  CHECK(result.predicted == 0);
  CHECK(std::equal(opened.outputs.begin(), opened.outputs.end(), result.scores));
  const Span<const std::int32_t> outputs(opened.outputs.data(), opened.outputs.size());
  CHECK(result.class_of == opened.model.class_of(outputs));
  CHECK(result.value == opened.model.value_of(opened.outputs[0]));
  CHECK(result.self_tested == 0);
  for (std::size_t k = 0; k < recipe.classes; ++k) CHECK(std::string(result.names[k]) == fmt::format("c{}", k));
  CHECK(result.name_past_end == 39);
}

template <class Feature>
void check_watched(const Recipe& recipe) {
  Opened opened(make_model(recipe));
  const std::vector<Feature> row(recipe.features, 1);
  const c_api_result result =
      c_api_run(opened.bytes.data(), opened.bytes.size(), std::is_same_v<Feature, std::int16_t>, row.data());
  CHECK(result.attached == 0);
  CHECK(result.observed == 0);
  CHECK(result.refused_observed == 0);
  CHECK(result.snapped == 0);
  Snapshot snapshot;
  REQUIRE(read_snapshot({result.snapshot, result.snapshot_size}, snapshot) == Status::kOk);
  CHECK(snapshot.context.device_id == 1);
  CHECK(snapshot.context.firmware_id == 2);
  CHECK(snapshot.context.uptime_start == 3);
  CHECK(snapshot.context.uptime_end == 4);
  CHECK(snapshot.context.boot_count == 5);
  CHECK(snapshot.context.epoch == 6);
  CHECK(snapshot.context.sequence == 7);
  CHECK(snapshot.context.time_known);
  CHECK(snapshot.latency_shift == 3);
  CHECK(snapshot.word(0) == 1);
  CHECK(snapshot.word(1) == 1);
  // 800 ticks >> 3 = 100 = 64 + 36: the third quarter of [64, 128).
  CHECK(snapshot.word(2 + recipe.classes + 2 * recipe.features + 4 * 5 + 2) == 1);
}

}  // namespace

TEST_CASE("C API: every call gives what the C++ API gives") {
  for (const std::size_t classes : std::vector<std::size_t>{0, 2, 5}) {
    check_run<float>({Precision::kFloat32, Input::kFloat32, 3, classes});
    check_run<float>({Precision::kInt8, Input::kFloat32, 3, classes});
    check_run<std::int16_t>({Precision::kInt16, Input::kInt16, 3, classes});
    check_watched<float>({Precision::kFloat32, Input::kFloat32, 3, classes});
    check_watched<std::int16_t>({Precision::kInt16, Input::kInt16, 3, classes});
  }
}

TEST_CASE("C API: refusals, in memory that nobody has cleared") {
  const Buffer<std::uint8_t> bytes(make_model({Precision::kInt8, Input::kFloat32, 3, 2}));
  int statuses[kMostStatuses];
  const std::size_t count = c_api_refusals(bytes.data(), bytes.size(), statuses);
  const std::vector<int> expected = {NUTHATCH_NULL,  // open: no model
                                     NUTHATCH_NULL,  // open: no parts
                                     0,              // its footprint
                                     NUTHATCH_INPUT_NOT_LINKED,
                                     0,
                                     NUTHATCH_NOT_OPEN,
                                     NUTHATCH_NOT_OPEN,
                                     NUTHATCH_NOT_OPEN,
                                     NUTHATCH_NOT_OPEN,
                                     0,                  // class_of
                                     NUTHATCH_NOT_OPEN,  // attach
                                     NUTHATCH_NOT_ATTACHED,
                                     NUTHATCH_OK,  // open
                                     NUTHATCH_NULL,
                                     NUTHATCH_NULL,
                                     NUTHATCH_NOT_ATTACHED,
                                     NUTHATCH_MONITOR_WORDS,
                                     NUTHATCH_WRONG_INPUT,
                                     NUTHATCH_FEATURE_COUNT,
                                     NUTHATCH_OUTPUT_COUNT,
                                     NUTHATCH_SCRATCH,
                                     NUTHATCH_OK,  // attach
                                     NUTHATCH_SNAPSHOT_SIZE,
                                     NUTHATCH_NULL,
                                     NUTHATCH_NULL,
                                     NUTHATCH_NOT_ATTACHED,
                                     NUTHATCH_NO_PROBABILITY};
  CHECK(std::vector<int>(statuses, statuses + count) == expected);
}

TEST_CASE("C API: probabilities are the C++ API's") {
  for (const std::size_t classes : std::vector<std::size_t>{2, 5}) {
    exporting::ModelContents contents = make_contents({Precision::kInt8, Input::kFloat32, 3, classes});
    contents.common().link = {quantize::LinkKind::kLogistic, {{1 << 20, 7, 21}}, 0};
    Opened opened(exporting::write_model(contents));
    const std::vector<float> row = {1, -2, 3};
    REQUIRE(opened.predict(row) == Status::kOk);
    const c_api_result result = c_api_run(opened.bytes.data(), opened.bytes.size(), 0, row.data());
    CHECK(result.probability_attached == 0);
    CHECK(result.probability_given == 0);
    Probability probability;
    std::vector<std::int32_t> words(classes);
    REQUIRE(probability.attach(opened.model) == Status::kOk);
    REQUIRE(probability.of({opened.outputs.data(), opened.outputs.size()}, words) == Status::kOk);
    CHECK(std::equal(words.begin(), words.end(), result.probabilities));
  }
}

TEST_CASE("C API: an all-zero model is closed") {
  nuthatch_model model;
  std::memset(&model, 0, sizeof model);
  CHECK(nuthatch_footprint(&model).features == 0);
  CHECK(nuthatch_fraction_bits(&model) == 0);
  std::int32_t outputs[1];
  std::uint32_t scratch[1];
  CHECK(nuthatch_self_test(&model, outputs, 1, scratch, 1) == NUTHATCH_NOT_OPEN);
}

TEST_CASE("C API: the status numbers are nuthatch::Status's, one by one, and none is missing") {
  int numbers[kMostStatuses];
  const std::size_t count = c_api_statuses(numbers);
  REQUIRE(count == std::size(kStatuses));
  std::set<int> known;
  for (std::size_t i = 0; i < count; ++i) {
    CHECK(numbers[i] == static_cast<int>(kStatuses[i]));
    known.insert(numbers[i]);
  }
  CHECK(known.size() == count);
  // Whatever has a text is a status; so a new one that the lists above lack shows here.
  std::set<std::string> texts;
  for (int number = 0; number < 256; ++number) {
    const std::string text = status_text(static_cast<Status>(number));
    CAPTURE(number);
    CHECK((text != "unknown status") == (known.count(number) == 1));
    if (number < 128) CHECK(text == nuthatch_status_text(static_cast<nuthatch_status>(number)));
    if (known.count(number) == 1) CHECK(texts.insert(text).second);
  }
}

TEST_CASE("crc32 is zlib's, whole and in parts") {
  CHECK(nuthatch::crc32(reinterpret_cast<const std::uint8_t*>("123456789"), 9) == 0xCBF43926);
  CHECK(nuthatch::crc32(nullptr, 0) == 0);
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 300; ++size) {
    const Buffer<std::uint8_t> bytes(size);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    const auto expected = static_cast<std::uint32_t>(::crc32(0, bytes.data(), static_cast<uInt>(size)));
    CHECK(nuthatch::crc32(bytes.data(), size) == expected);
    const std::size_t half = size == 0 ? 0 : random() % size;
    CHECK(nuthatch::crc32(bytes.data() + half, size - half, nuthatch::crc32(bytes.data(), half)) == expected);
  }
}

}  // namespace nuthatch::test
