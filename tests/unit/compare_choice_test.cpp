// Energy, money, break-even, hybrid and the floating-point reference: by hand, or by a second way to the same figure.

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "compare/agreement.hpp"
#include "compare/choice.hpp"
#include "compare/energy.hpp"
#include "prepare/labels.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

using compare::Constants;

namespace {

/// Constants from a file with that text.
Constants constants_of(const std::string& text) {
  const auto path = std::filesystem::temp_directory_path() / "nuthatch-constants-test.json";
  std::ofstream(path) << text;
  const auto remove = [&] { std::filesystem::remove(path); };
  try {
    Constants constants = Constants::from_file(path.string());
    remove();
    return constants;
  } catch (...) {
    remove();
    throw;
  }
}

std::string error_of(const std::string& text) {
  try {
    constants_of(text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

bool says(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("compare: every constant has a unit and says where it comes from; a file replaces those it names") {
  const Constants defaults = Constants::defaults();
  for (const auto& entry : defaults.all()) {
    CAPTURE(entry.first);
    const compare::Constant& constant = entry.second;
    CHECK(constant.unit != "");
    CHECK(constant.source.size() > 10);
  }
  const Constants read = constants_of(
      R"({"cortex-m4.clock": {"value": 84e6, "source": "my board"}, "cortex-m7.active_current": {"value": null}})");
  CHECK(read.value("cortex-m4.clock") == 84e6);
  CHECK(read.all().at("cortex-m4.clock").source == "my board");
  CHECK(!read.value("cortex-m7.active_current"));
  CHECK(read.value("cortex-m0.clock") == 16e6);
  CHECK(!read.value("nothing"));
  // What is printed is read back as it was.
  CHECK(constants_of(Constants::defaults().to_json()).to_json() == Constants::defaults().to_json());
}

TEST_CASE("compare: wrong constants are said") {
  CHECK(says(error_of("{"), "nuthatch-constants-test.json"));
  CHECK(says(error_of("[1]"), "no JSON object"));
  CHECK(says(error_of(R"({"cortex-m4.clok": {"value": 1}})"), "did you mean \"cortex-m4.clock\"?"));
  CHECK(says(error_of(R"({"cortex-m4.clock": 1})"), "cortex-m4.clock"));
  CHECK(says(error_of(R"({"cortex-m4.clock": {"value": -1}})"), "neither null nor a number from 0 on"));
  CHECK(says(error_of(R"({"cortex-m4.clock": {"value": "fast"}})"), "neither null nor a number from 0 on"));
  CHECK_THROWS_AS(Constants::from_file("/nowhere/c.json"), std::runtime_error);
}

TEST_CASE("compare: energy and money by their formulas") {
  const Constants constants = constants_of(R"({
    "cortex-m0.clock": {"value": 10e6}, "cortex-m0.cycles_per_instruction": {"value": 2},
    "cortex-m0.volts": {"value": 3}, "cortex-m0.active_current": {"value": 0.005},
    "radio.bitrate": {"value": 1e6}, "radio.volts": {"value": 2}, "radio.send_current": {"value": 0.01},
    "radio.receive_current": {"value": 0.02}, "radio.wait_current": {"value": 0.001}, "host.watts": {"value": 10},
    "price.cpu_second": {"value": 0.5}, "price.request": {"value": 1e-6}, "price.megabyte": {"value": 0.1},
    "price.kilowatt_hour": {"value": 0.36}})");
  // 1,000 instructions, 2,000 cycles, 200 us; at 15 mW that is 3 uJ.
  CHECK(*compare::estimated_us(constants, "cortex-m0", 1000) == doctest::Approx(200));
  CHECK(*compare::compute_energy(constants, "cortex-m0", 200).microjoules == doctest::Approx(3));
  // 1,000 bits at 20 mW, 500 bits at 40 mW, the other 8,500 us at 2 mW.
  CHECK(*compare::radio_energy(constants, 125, 62.5, 10000).microjoules == doctest::Approx(20 + 20 + 17));
  CHECK(compare::host_energy(constants, {}, {}, 1, 5).label == "estimated");
  CHECK(*compare::host_energy(constants, {}, {}, 1, 5).microjoules == doctest::Approx(50));
  CHECK(compare::host_energy(constants, 1.0, 3.0, 1000, 5).label == "measured");
  CHECK(*compare::host_energy(constants, 1.0, 3.0, 1000, 5).microjoules == doctest::Approx(2000));
  CHECK(compare::host_energy(constants, 3.0, 1.0, 1000, 5).label == "estimated");  // the counter began anew
  // A million: requests 1, 20 s of a CPU 10, 500 MB 50, 1,000 J of the device 0.0001.
  CHECK(*compare::cost_per_million(constants, {1, 20, 500, 1000}) == doctest::Approx(1 + 10 + 50 + 0.0001));
}

TEST_CASE("compare: what rests on an unknown constant is unknown") {
  const Constants constants = constants_of(
      R"({"cortex-m0.active_current": {"value": null}, "radio.bitrate": {"value": null},
          "price.megabyte": {"value": null}, "cortex-m3.clock": {"value": null}})");
  CHECK(compare::compute_energy(constants, "cortex-m0", 1).label == "unavailable");
  CHECK(!compare::compute_energy(constants, "cortex-m0", 1).microjoules);
  CHECK(compare::radio_energy(constants, 1, 1, 1).label == "unavailable");
  CHECK(!compare::estimated_us(constants, "cortex-m3", 1));
  CHECK(!compare::estimated_us(constants, "a core of which nothing is known", 1));
  CHECK(compare::host_energy(constants, {}, {}, 1, 1).label == "unavailable");
  CHECK(!compare::cost_per_million(constants, {1, 1, 1, {}}));
  CHECK(compare::cost_per_million(constants, {1, 1, 0, {}}));  // no bytes, no price of bytes
}

TEST_CASE("compare: break-even in time and in energy") {
  const compare::BreakEven even = compare::break_even({"edge", 50000, 10, 1000}, {"cloud", 2000, 400, {}}, 40000);
  CHECK(even.local_is_faster == false);  // 50 ms against 40 + 2
  CHECK(*even.rtt_break_even_us == 48000);
  CHECK(even.local_takes_less == true);
  CHECK(*even.instructions_break_even == 40000);  // 400 uJ at 100 instructions a microjoule
  CHECK(*compare::break_even({"edge", 10, 1, 1}, {"cloud", 20, 1, {}}, 0).rtt_break_even_us == 0);
  const compare::BreakEven unknown = compare::break_even({"edge", {}, {}, {}}, {"cloud", 20, 1, {}}, 0);
  CHECK(!unknown.local_is_faster);
  CHECK(!unknown.rtt_break_even_us);
  CHECK(!unknown.local_takes_less);
}

TEST_CASE("compare: the hybrid goes from the device's answers to the server's, and asks the doubtful first") {
  const data::Dataset train_rows = load("digits.train");
  const data::Dataset test_rows = load("digits.test");
  const exporting::LoadedModel small = train_and_load(train_rows, "tree", true, {{"max-depth", "4"}});
  const exporting::LoadedModel large = train_and_load(train_rows, "svm", true);
  const auto truth = prepare::class_indices(test_rows, large.contents().classes);
  const auto here = small.predict(test_rows);
  const auto there = large.predict(test_rows);
  const auto points = compare::hybrid(small, here, large, there, truth, 500);
  const auto accuracy = [&](const exporting::LoadedModel& model, const exporting::Predictions& predictions) {
    double right = 0;
    for (std::size_t row = 0; row < truth.size(); ++row) {
      right += static_cast<std::int32_t>(model.model().class_of(predictions.row(row))) == truth[row] ? 1 : 0;
    }
    return right / static_cast<double>(truth.size());
  };
  REQUIRE(points.size() > 3);
  CHECK(points.front().asked == 0);
  CHECK(points.front().bytes == 0);
  CHECK(*points.front().accuracy == doctest::Approx(accuracy(small, here)));
  CHECK(points.back().asked == 1);
  CHECK(points.back().bytes == doctest::Approx(500));
  CHECK(points.back().agreement == doctest::Approx(1));
  CHECK(*points.back().accuracy == doctest::Approx(accuracy(large, there)));
  for (std::size_t i = 1; i < points.size(); ++i) {
    CHECK(points[i].asked > points[i - 1].asked);
    CHECK(points[i].margin > points[i - 1].margin);
    CHECK(points[i].agreement >= points[i - 1].agreement);
    // What the threshold says: as many rows have a smaller margin.
    std::size_t below = 0;
    for (std::size_t row = 0; row < truth.size(); ++row) {
      std::vector<std::int32_t> words(here.row(row).begin(), here.row(row).end());
      std::sort(words.rbegin(), words.rend());
      below += small.value_of(words[0]) - small.value_of(words[1]) < points[i].margin ? 1U : 0U;
    }
    CHECK(static_cast<double>(below) == doctest::Approx(points[i].asked * static_cast<double>(truth.size())));
  }
}

TEST_CASE("compare: the file's parameters in floating point answer as the device does, but for its rounding") {
  const std::pair<const char*, std::vector<std::pair<const char*, Flags>>> sets[] = {
      {"iris",
       {{"logistic", {}},
        {"linear-svm", {}},
        {"naive-bayes", {}},
        {"forest", {{"trees", "20"}}},
        {"boosting", {{"rounds", "20"}}},
        {"mlp", {{"hidden", "8"}, {"epochs", "30"}}},
        {"mlp", {{"hidden", "8"}, {"epochs", "30"}, {"activation", "tanh"}}},
        {"svm", {}},
        {"svm", {{"kernel", "linear"}}},
        {"svm", {{"kernel", "poly"}}},
        {"svm", {{"kernel", "sigmoid"}}}}},
      {"pima", {{"naive-bayes", {}}, {"svm", {}}, {"tree", {}}}},
      {"diabetes", {{"ridge", {}}, {"svr", {}}, {"boosting", {{"rounds", "20"}}}, {"mlp", {{"epochs", "30"}}}}}};
  for (const auto& [set, families] : sets) {
    const data::Dataset train_rows = load(std::string(set) + ".train");
    const data::Dataset test_rows = load(std::string(set) + ".test");
    const bool classifies = std::string(set) != "diabetes";
    for (const auto& [family, flags] : families) {
      for (const quantize::Input input : {quantize::Input::kFloat32, quantize::Input::kInt16}) {
        const std::string which = std::string(set) + " " + family;
        CAPTURE(which);
        CAPTURE(static_cast<int>(input));
        const exporting::LoadedModel model = train_and_load(train_rows, family, classifies, flags, input);
        const exporting::Reference reference = exporting::float_reference(model, test_rows);
        const exporting::Predictions predictions = model.predict(test_rows);
        const compare::Agreement agreement = compare::agreement_of(model, predictions, reference);
        const double range = reference.scores.maxCoeff() - reference.scores.minCoeff();
        REQUIRE(agreement.max_score_difference);
        CHECK(*agreement.max_score_difference < 0.05 * range);
        CHECK(agreement.labels.has_value() == classifies);
        if (classifies) CHECK(*agreement.labels >= 0.96);
        for (std::size_t row = 0; row < test_rows.rows(); ++row) {
          CHECK(reference.answered[row] == (predictions.statuses[row] == Status::kOk));
        }
      }
    }
  }
}

TEST_CASE("compare: float32 linear models answer as their weights say to float32's precision") {
  const data::Dataset test_rows = load("diabetes.test");
  const exporting::LoadedModel model =
      train_and_load(load("diabetes.train"), "ridge", false, {}, quantize::Input::kFloat32, "float32");
  const auto agreement =
      compare::agreement_of(model, model.predict(test_rows), exporting::float_reference(model, test_rows));
  CHECK(*agreement.max_score_difference < 1e-3);  // of values of 25 to 346, with score words of 2^-22
  CHECK(!agreement.labels);
}

TEST_CASE("compare: a wrong answer lowers agreement by its share") {
  const data::Dataset rows = load("iris.test");
  const exporting::LoadedModel model = train_and_load(load("iris.train"), "logistic", true);
  const exporting::Reference reference = exporting::float_reference(model, rows);
  exporting::Predictions predictions = model.predict(rows);
  const double before = *compare::agreement_of(model, predictions, reference).labels;
  const auto best = model.model().class_of(predictions.row(0));
  for (std::size_t k = 0; k < 3; ++k) predictions.scores[k] = k == (best + 1) % 3 ? 1000000 : 0;
  CHECK(*compare::agreement_of(model, predictions, reference).labels == doctest::Approx(before - 1.0 / 30));
  predictions.statuses.assign(predictions.statuses.size(), Status::kMissing);
  CHECK(!compare::agreement_of(model, predictions, reference).labels);
}

}  // namespace nuthatch::trainer_test
