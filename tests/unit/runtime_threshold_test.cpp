// The decision threshold of two classes: what answers by it, what does not change, and what `open` refuses.

#include <doctest/doctest.h>

#include <limits>

#include "nuthatch.h"
#include "unit/make_model.hpp"
#include "unit/runtime_raw_model.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::test {
namespace {

using Limits = std::numeric_limits<std::int32_t>;

constexpr std::int32_t kThresholds[] = {Limits::min(), -70000, -1, 0, 1, 70000, Limits::max()};

exporting::ModelContents with_threshold(exporting::ModelContents contents, std::int32_t threshold) {
  contents.threshold = threshold;
  return contents;
}

std::size_t class_of(const Model& model, std::int32_t score) { return model.class_of({&score, 1}); }

struct Kind {
  const char* family;
  const char* precision;
  trainer_test::Flags flags;
};

/// Every kind that a model of two classes can be of, in every precision.
std::vector<Kind> two_class_kinds() {
  return {{"logistic", "int8", {}},
          {"logistic", "int16", {}},
          {"logistic", "float32", {}},
          {"linear-svm", "int8", {}},
          {"naive-bayes", "int16", {}},
          {"tree", "int16", {{"max-depth", "4"}}},
          {"forest", "int16", {{"trees", "5"}, {"max-depth", "4"}}},
          {"boosting", "int16", {{"rounds", "4"}}},
          {"svm", "int8", {{"max-support-vectors", "20"}}},
          {"mlp", "int8", {{"hidden", "4"}, {"epochs", "5"}}}};
}

}  // namespace

TEST_CASE("threshold: a score word above it is class 1, and at it class 0") {
  const exporting::ModelContents contents = make_contents({Precision::kInt8, Input::kFloat32, 3, 2});
  for (const std::int32_t threshold : kThresholds) {
    CAPTURE(threshold);
    const Opened opened(exporting::write_model(with_threshold(contents, threshold)));
    REQUIRE(opened.status == Status::kOk);
    CHECK(opened.model.threshold() == threshold);
    for (const std::int32_t score : {Limits::min(), threshold, Limits::max()}) {
      CHECK(class_of(opened.model, score) == (score > threshold ? 1 : 0));
    }
    if (threshold < Limits::max()) CHECK(class_of(opened.model, threshold + 1) == 1);
    CHECK(opened.model.class_of({}) == 0);
  }
}

TEST_CASE("threshold: a file without one has the bytes that it had, and answers by the sign") {
  exporting::ModelContents contents = make_contents({Precision::kInt8, Input::kFloat32, 3, 2});
  const Bytes without = exporting::write_model(contents);
  contents.threshold = 5;
  const Bytes with = exporting::write_model(contents);
  contents.threshold = 0;
  CHECK(exporting::write_model(contents) == without);
  CHECK(with != without);
  CHECK(with.size() <= without.size() + 24);  // a word, its place in the table, and alignment of each
  CHECK(exporting::read_model(with).threshold == 5);
  CHECK(exporting::read_model(without).threshold == 0);
  const Opened opened(without);
  CHECK(opened.model.threshold() == 0);
  CHECK(class_of(opened.model, 1) == 1);
  CHECK(class_of(opened.model, 0) == 0);
}

TEST_CASE("I22 a threshold is of two classes") {
  for (const std::size_t classes : {0U, 2U, 3U}) {
    CAPTURE(classes);
    const exporting::ModelContents contents = make_contents({Precision::kInt8, Input::kFloat32, 3, classes});
    for (const std::int32_t threshold : kThresholds) {
      const Status status = open_status(exporting::write_model(with_threshold(contents, threshold)));
      CHECK(status == (classes == 2 || threshold == 0 ? Status::kOk : Status::kNumber));
    }
  }
}

TEST_CASE("threshold: a closed model has none") {
  const Model closed;
  CHECK(closed.threshold() == 0);
}

TEST_CASE("threshold: of every kind it moves the class and nothing else") {
  const data::Dataset rows = trainer_test::load("pima.train");
  for (const Kind& kind : two_class_kinds()) {
    for (const Input input : {Input::kFloat32, Input::kInt16}) {
      CAPTURE(kind.family);
      CAPTURE(kind.precision);
      exporting::ModelContents contents =
          trainer_test::train(rows, kind.family, true, kind.flags, input, kind.precision).contents;
      const exporting::LoadedModel plain(exporting::write_model(contents));
      const exporting::Predictions before = plain.predict(rows);
      contents.threshold = before.scores[rows.rows() / 3];
      const exporting::LoadedModel moved(exporting::write_model(contents));
      const exporting::Predictions after = moved.predict(rows);
      CHECK(after.scores == before.scores);
      CHECK(after.statuses == before.statuses);
      CHECK(moved.probabilities(after) == plain.probabilities(before));
      std::size_t wrong = 0;
      std::size_t ones = 0;
      for (std::size_t row = 0; row < rows.rows(); ++row) {
        if (after.statuses[row] != Status::kOk) continue;
        const std::size_t wanted = after.scores[row] > contents.threshold ? 1 : 0;
        wrong += moved.model().class_of(after.row(row)) == wanted ? 0U : 1U;
        ones += wanted;
      }
      CHECK(wrong == 0);
      CHECK(ones > 0);
      CHECK(ones < rows.rows());
    }
  }
}

namespace {

/// Of rows that a monitor counted: of each class, and of the output's bins of those in range.
struct Counted {
  std::uint32_t classes[2] = {0, 0};
  std::vector<std::uint32_t> bins;
};

Counted count(const exporting::ModelContents& contents, const std::vector<std::vector<float>>& rows, bool fully) {
  Opened opened(exporting::write_model(contents));
  REQUIRE(opened.status == Status::kOk);
  Buffer<std::uint32_t> words(opened.model.footprint().monitor_words);
  Monitor monitor;
  REQUIRE((fully ? monitor.attach<Histograms>(opened.model, words) : monitor.attach(opened.model, words)) ==
          Status::kOk);
  for (const std::vector<float>& row : rows) {
    const Status status = opened.predict(row);
    REQUIRE(status == Status::kOk);
    REQUIRE(monitor.observe(status, Span<const std::int32_t>(opened.outputs.data(), 1),
                            Span<const std::uint32_t>(opened.scratch.data(), opened.scratch.size()), 0) == Status::kOk);
  }
  Counted counted;
  for (const std::size_t k : {0U, 1U}) counted.classes[k] = monitor.predicted(k);
  // Behind ranges and latencies: four words, then the output's bins (SPEC.md).
  const std::size_t features = contents.feature_names.size();
  const std::size_t first = 2 + 2 + 2 * features + contents.watch.latency_buckets + 4;
  for (std::size_t bin = 0; bin <= contents.watch.output_edges.size(); ++bin) {
    if (fully) counted.bins.push_back(words[first + bin]);
  }
  return counted;
}

}  // namespace

TEST_CASE("threshold: the monitor's classes are the device's, and its margin is the distance from the threshold") {
  exporting::ModelContents contents = watched_contents(2, 3, 3);
  contents.watch.output_edges = {100, 3000, 60000};
  contents.watch.output_rows.assign(4, 1);
  contents.watch.output_right.assign(4, 1);
  std::vector<std::vector<float>> rows;
  for (std::size_t i = 0; i < 160; ++i) {
    std::vector<float> row;
    for (const auto& feature : contents.common().encoding.features) {
      const int span = feature.high - feature.low;
      row.push_back(static_cast<float>(feature.low + static_cast<int>(i * 7919 % 97) * span / 97));
    }
    rows.push_back(row);
  }
  Opened plain(exporting::write_model(contents));
  std::vector<std::int32_t> scores;
  for (const std::vector<float>& row : rows) {
    REQUIRE(plain.predict(row) == Status::kOk);
    scores.push_back(plain.outputs[0]);
  }
  std::vector<std::int32_t> sorted = scores;
  std::sort(sorted.begin(), sorted.end());
  for (const std::int32_t threshold : {sorted[40], sorted[120], 0, Limits::min(), Limits::max()}) {
    CAPTURE(threshold);
    contents.threshold = threshold;
    std::uint32_t ones = 0;
    std::vector<std::uint32_t> bins(4, 0);
    for (const std::int32_t score : scores) {
      ones += score > threshold ? 1U : 0U;
      const std::int64_t distance = std::min<std::int64_t>(std::abs(std::int64_t{score} - threshold), Limits::max());
      std::size_t bin = 0;
      for (const std::int32_t edge : contents.watch.output_edges) bin += distance >= edge ? 1U : 0U;
      ++bins[bin];
      CHECK(quantize::measure_of(&score, 1, true, threshold) == distance);
    }
    const Counted full = count(contents, rows, true);
    CHECK(full.classes[1] == ones);
    CHECK(full.classes[0] == rows.size() - ones);
    CHECK(full.bins == bins);
    const Counted basic = count(contents, rows, false);
    CHECK(basic.classes[1] == ones);
  }
}

TEST_CASE("threshold: the C API answers by it") {
  const exporting::ModelContents contents =
      with_threshold(make_contents({Precision::kInt8, Input::kFloat32, 3, 2}), -1234);
  const Buffer<std::uint8_t> bytes(exporting::write_model(contents));
  const nuthatch_part* const parts[] = {nuthatch_float32_input(), nuthatch_linear()};
  nuthatch_model model;
  REQUIRE(nuthatch_open(bytes.data(), bytes.size(), parts, 2, &model) == NUTHATCH_OK);
  CHECK(nuthatch_threshold(&model) == -1234);
  for (const std::int32_t score : {-1235, -1234, -1233, 0}) {
    CHECK(nuthatch_class_of(&model, &score, 1) == (score > -1234 ? 1 : 0));
  }
}

}  // namespace nuthatch::test
