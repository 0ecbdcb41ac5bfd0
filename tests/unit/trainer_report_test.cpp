// Metrics against scikit-learn's, and the monitor's baseline against the rows it was made from.

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "evaluate/classification.hpp"
#include "evaluate/regression.hpp"
#include "nuthatch/crc32.hpp"
#include "quantize/steps.hpp"
#include "report/cost.hpp"
#include "report/intervals.hpp"
#include "report/latency.hpp"
#include "report/metrics.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

using exporting::LoadedModel;
using quantize::Input;
using quantize::Precision;

namespace {

/// The counters of a monitor that watched these rows.
struct Watched {
  Watched(const LoadedModel& model, const data::Dataset& dataset) : words(model.model().footprint().monitor_words) {
    REQUIRE(monitor.attach(model.model(), words) == Status::kOk);
    predictions = model.predict(dataset, &monitor);
    for (std::size_t i = 0; i < dataset.columns.size(); ++i) {
      below += monitor.below(i);
      above += monitor.above(i);
    }
  }

  std::vector<std::uint32_t> words;
  Monitor monitor;
  exporting::Predictions predictions;
  std::uint64_t below = 0;
  std::uint64_t above = 0;
};

}  // namespace

TEST_CASE("metrics: accuracy and r2 are scikit-learn's") {
  std::ifstream file(NUTHATCH_TEST_DATA "/golden/sklearn/metrics.json");
  const auto json = nlohmann::json::parse(file);
  const auto& classes = json.at("classes");
  CHECK(evaluate::accuracy(classes.at("truth"), classes.at("predicted")) == classes.at("accuracy").get<double>());
  for (const char* name : {"values", "worse_than_mean", "constant_right", "constant_wrong"}) {
    CAPTURE(name);
    const auto& values = json.at(name);
    CHECK(evaluate::r2(values.at("truth"), values.at("predicted")) ==
          doctest::Approx(values.at("r2").get<double>()).epsilon(1e-13));
  }
}

TEST_CASE("metrics: r2 of a constant truth is 1 or 0, though the mean of three times 0.1 is not 0.1") {
  const std::vector<double> truth(3, 0.1);
  CHECK(evaluate::r2(truth, truth) == 1);
  CHECK(evaluate::r2(truth, {0.1, 0.1 + 1e-9, 0.1}) == 1);
  CHECK(evaluate::r2(truth, {0.1, 0.1 + 1e-6, 0.1}) == 0);
  CHECK(evaluate::r2({0, 0}, {0, 1e-30}) == 0);
}

TEST_CASE("metrics: of no rows the score is 0, not a division by 0") {
  CHECK(evaluate::accuracy({}, {}) == 0);
  CHECK(evaluate::r2({}, {}) == 0);
}

TEST_CASE("metrics: a refused row counts as a wrong class, and not at all in r2") {
  for (const char* set : {"iris", "diabetes"}) {
    CAPTURE(set);
    const data::Dataset train = load(std::string(set) + ".train");
    data::Dataset test = load(std::string(set) + ".test");
    const bool classifies = std::string(set) == "iris";
    const auto model =
        deploy(train, fit(train, classifies ? "logistic" : "ridge"), Input::kFloat32, Precision::kFloat32);
    const report::Score whole = report::score(model, test, model.predict(test), false);
    CHECK(whole.refused == 0);
    test.columns[1][0] = std::numeric_limits<float>::quiet_NaN();  // a row that is right in both
    const report::Score holed = report::score(model, test, model.predict(test), false);
    CHECK(holed.rows == test.rows());
    CHECK(holed.refused == 1);
    if (classifies) {
      CHECK(holed.value == doctest::Approx(whole.value - 1.0 / static_cast<double>(test.rows())));
    } else {
      for (auto& column : test.columns) column.erase(column.begin());
      test.target->ids.erase(test.target->ids.begin());
      const report::Score rest = report::score(model, test, model.predict(test), false);
      CHECK(holed.value == rest.value);
      CHECK(holed.mean_squared_error == rest.mean_squared_error);
      CHECK(rest.value != whole.value);
    }
  }
}

TEST_CASE("metrics: the mean squared error is that of the values predicted") {
  const data::Dataset train = load("diabetes.train");
  const Fitted fitted = fit(train, "linear-regression");
  const auto model = deploy(train, fitted, Input::kFloat32, Precision::kFloat32);
  const Eigen::VectorXd values =
      (fitted.features * fitted.learned.weights.transpose()).array() + fitted.learned.bias[0];
  double sum = 0;
  for (std::size_t row = 0; row < train.rows(); ++row) {
    const double error = values[static_cast<Eigen::Index>(row)] - fitted.values[row];
    sum += error * error;
  }
  const double expected = sum / static_cast<double>(train.rows());
  CHECK(report::score(model, train, model.predict(train), false).mean_squared_error ==
        doctest::Approx(expected).epsilon(1e-5));
}

TEST_CASE("monitor: training rows never leave the training range, on any data set, in any arithmetic") {
  for (const auto& pair : all_sets()) {
    const std::string& set = pair.first;
    const std::string& family = pair.second;
    if (family == "linear-svm" || family == "ridge") continue;  // the range is the features', not the weights'
    const data::Dataset train = load(set + ".train");
    const Fitted fitted = fit(train, family);
    for (const Arithmetic& arithmetic : all_arithmetic()) {
      CAPTURE(set);
      CAPTURE(arithmetic.name);
      const LoadedModel model = deploy(train, fitted, arithmetic.input, arithmetic.precision);
      const Watched watched(model, train);
      CHECK(watched.monitor.rows() == train.rows());
      CHECK(watched.monitor.refused() == 0);
      CHECK(watched.below == 0);
      CHECK(watched.above == 0);
    }
  }
}

TEST_CASE("monitor: each class counts as often as it was predicted") {
  const data::Dataset train = load("wine.train");
  const LoadedModel model = deploy(train, fit(train, "logistic"), Input::kInt16, Precision::kInt8);
  const Watched watched(model, train);
  std::vector<std::uint32_t> counts(3, 0);
  for (std::size_t row = 0; row < train.rows(); ++row) ++counts[model.model().class_of(watched.predictions.row(row))];
  for (std::size_t k = 0; k < 3; ++k) CHECK(watched.monitor.predicted(k) == counts[k]);
}

TEST_CASE("monitor: rows one feature of which is shifted are counted there, and nowhere else") {
  for (const Input input : {Input::kFloat32, Input::kInt16}) {
    data::Dataset train = load("wine.train");
    const LoadedModel model = deploy(train, fit(train, "logistic"), input, Precision::kInt8);
    const float range = *std::max_element(train.columns[3].begin(), train.columns[3].end()) -
                        *std::min_element(train.columns[3].begin(), train.columns[3].end());
    for (std::size_t row = 0; row < train.rows(); ++row) train.columns[3][row] += (row < 10 ? -1.1F : 1.1F) * range;
    const Watched watched(model, train);
    CHECK(watched.monitor.below(3) == 10);
    CHECK(watched.monitor.above(3) == train.rows() - 10);
    CHECK(watched.below + watched.above == train.rows());
  }
}

TEST_CASE("cost: every step that a prediction can be made of has one on every core, and only one") {
  std::set<std::pair<std::string, std::string>> known;
  std::set<std::string> cores;
  for (const report::StepCost& cost : report::step_costs()) {
    CHECK(known.insert({cost.core, cost.step}).second);
    cores.insert(cost.core);
  }
  CHECK(cores == std::set<std::string>{"cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55"});
  for (const std::string& core : cores) {
    for (const std::string& step : quantize::step_names()) {
      CAPTURE(core);
      CAPTURE(step);
      CHECK(known.contains({core, step}));
    }
  }
}

TEST_CASE("cost: forests whose slots take two words have a bound on every core") {
  std::mt19937_64 random(1);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  std::string deep = "a,b,label\n";
  for (int row = 0; row < 3000; ++row) deep += fmt::format("{},{},{}\n", uniform(), uniform(), uniform());
  std::string broad;
  for (int column = 0; column < 300; ++column) broad += fmt::format("x{},", column);
  broad += "label\n";
  for (int row = 0; row < 60; ++row) {
    for (int column = 0; column < 300; ++column) broad += fmt::format("{},", uniform());
    broad += row % 2 == 0 ? "even\n" : "odd\n";
  }
  for (const bool classifies : {false, true}) {
    CAPTURE(classifies);
    const auto trained = train(parse(classifies ? broad : deep), "forest", classifies, {{"trees", "3"}});
    REQUIRE(std::get<quantize::QuantizedForest>(trained.contents.predictor).feature_bits == 0);
    CHECK(report::most_instructions(trained.contents.predictor).size() == 6);
  }
}

TEST_CASE("report: boards that shift latencies differently add up, at the coarsest shift") {
  // Of all ticks: counted at a fine shift and coarsened, or counted at the coarse shift, is the same bucket; but for
  // the open last one of few buckets, which stays open.
  std::mt19937 random(5);
  for (const std::size_t count : {std::size_t{16}, std::size_t{64}}) {
    for (unsigned fine = 0; fine < 12; ++fine) {
      for (unsigned coarse = fine; coarse < 14; ++coarse) {
        const std::uint32_t ticks = static_cast<std::uint32_t>(random()) >> (random() % 32);
        const auto bucket_at = [&](unsigned shift) { return std::min(latency_bucket(ticks >> shift), count - 1); };
        std::vector<std::uint64_t> buckets(count, 0);
        buckets[bucket_at(fine)] = 7;
        report::coarsen_latency(buckets, fine, coarse);
        const std::size_t wanted = bucket_at(fine) == count - 1 ? count - 1 : bucket_at(coarse);
        CAPTURE(ticks);
        CAPTURE(fine);
        CAPTURE(coarse);
        CHECK(buckets[wanted] == 7);
      }
    }
  }
}

TEST_CASE("report: two boards with other shifts make one history, whose counts are those of both") {
  const LoadedModel model = train_and_load(load("iris.train"), "logistic", true);
  const auto snapshot_of = [&](unsigned shift, std::uint64_t device, std::uint32_t sequence) {
    std::vector<std::uint32_t> words(model.model().footprint().monitor_words);
    Monitor monitor;
    REQUIRE(monitor.attach(model.model(), words, shift) == Status::kOk);
    std::vector<std::int32_t> outputs(3);
    std::vector<std::uint32_t> scratch(model.model().footprint().scratch_words);
    const std::vector<float> row = {5, 3, 1.5F, 0.2F};
    for (int i = 0; i < 10; ++i) {
      const Status status = model.model().predict(Span<const float>(row.data(), 4), outputs, scratch);
      REQUIRE(monitor.observe(status, outputs, scratch, 1000) == Status::kOk);
    }
    std::vector<std::uint8_t> bytes(model.model().footprint().snapshot_bytes);
    SnapshotContext context = {};
    context.device_id = device;
    context.sequence = sequence;
    std::size_t written = 0;
    REQUIRE(monitor.snapshot(context, bytes, written) == Status::kOk);
    bytes.resize(written);
    return report::SnapshotFile{fmt::format("board{}.{}", device, sequence), bytes};
  };
  const std::vector<report::SnapshotFile> files = {snapshot_of(2, 1, 0), snapshot_of(5, 2, 0)};
  const report::History history = report::history_of(files);
  CHECK(history.total.rows == 20);
  CHECK(history.latency_shift == 5);
  // 1000 ticks are 31 shifted ones: octave 4, the last quarter.
  CHECK(history.total.latency[latency_bucket(31)] == 20);
  const auto most = report::latency_quantile(history.total.latency, history.latency_shift, 0.99);
  REQUIRE(most);
  CHECK(*most >= 1000);
  CHECK(*most < 1024 + 32);
  // In one epoch of one device the shift cannot change.
  CHECK_THROWS_AS(report::history_of({snapshot_of(2, 1, 0), snapshot_of(5, 1, 1)}), std::runtime_error);
  // The same report twice is one.
  CHECK(report::history_of({files[0], files[0]}).total.rows == 10);
  // As many words, a right CRC, and a feature more with two buckets less: not to be added up.
  report::SnapshotFile forged = files[1];
  constexpr std::size_t kShape = 64;  // features, classes, latency buckets: snapshot.fbs
  forged.bytes[kShape] = static_cast<std::uint8_t>(forged.bytes[kShape] + 1);
  forged.bytes[kShape + 4] = static_cast<std::uint8_t>(forged.bytes[kShape + 4] - 2);
  const std::size_t covered = forged.bytes.size() - 4;
  const std::uint32_t crc = crc32(forged.bytes.data(), covered);
  std::memcpy(forged.bytes.data() + covered, &crc, sizeof crc);
  CHECK(report::history_of({forged}).features == 5);
  CHECK_THROWS_AS(report::history_of({files[0], forged}), std::runtime_error);
}

}  // namespace nuthatch::trainer_test
