// `compare` as a contract: what its JSON says, what it refuses, and that one failure loses no other result.

#include <doctest/doctest.h>

#include "cli/program.hpp"

namespace nuthatch::cli {

using nlohmann::json;

namespace {

const std::string kQuick = " --seconds 0.2 --rate 200 ";

std::string on_iris(const std::string& flags) {
  train("iris", "logistic", "compared.nhm");
  return "compare compared.nhm --data " + data("iris.test.csv") + kQuick + flags;
}

/// Ends with that status; its JSON.
json compared(const std::string& arguments, int status = 0) {
  const Outcome outcome = nuthatch(arguments + " --json");
  CAPTURE(outcome.err);
  CHECK(outcome.status == status);
  return json::parse(outcome.out);
}

/// A number, or null.
bool is_number_or_null(const json& value) { return value.is_number() || value.is_null(); }

void check_latency(const json& latency) {
  CHECK((latency["kind"] == "measured" || latency["kind"] == "estimated"));
  CHECK(latency["p50"].get<double>() > 0);
  CHECK(latency["p50"] <= latency["p90"]);
  CHECK(latency["p90"] <= latency["max"]);
  CHECK(latency["p999"].is_null());  // of 40 predictions
}

}  // namespace

TEST_CASE("compare: local, cloud as JSON and in binary: the same bits, and every field of the contract") {
  const json answer =
      compared(on_iris("--targets local,cloud,cloud-json --network rtt=20ms,bandwidth=10Mbit --deadline 15ms"));
  REQUIRE(answer["targets"].size() == 3);
  CHECK(answer["requests"] == 40);
  for (const json& target : answer["targets"]) {
    CAPTURE(target["name"]);
    CHECK(target["identical_bits"] == true);
    CHECK(target["score"].get<double>() > 0.9);
    CHECK(target["agreement"].get<double>() > 0.9);
    CHECK(target["max_score_difference"].get<double>() < 0.1);
    check_latency(target["latency_us"]);
    for (const char* part : {"send", "queue", "compute", "receive"}) CHECK(target["time_us"][part].get<double>() >= 0);
    CHECK(target["cold_start_us"].get<double>() > 0);
    for (const char* field : {"instructions", "flash_bytes", "ram_bytes", "cost_per_million", "answered_in_deadline"}) {
      CAPTURE(field);
      CHECK(is_number_or_null(target.at(field)));
    }
    CHECK(is_number_or_null(target["energy_uj"]["value"]));
    const std::string label = target["energy_uj"]["label"];
    CHECK((label == "measured" || label == "estimated" || label == "unavailable"));
    CHECK((label == "unavailable") == target["energy_uj"]["value"].is_null());
  }
  CHECK(answer["targets"][0]["bytes_per_prediction"] == 0);
  for (const std::size_t cloud : {1U, 2U}) {
    const json& target = answer["targets"][cloud];
    // The features alone are 16 bytes, a packet's headers 40, HTTP's more.
    CHECK(target["bytes_per_prediction"].get<double>() > 150);
    // No answer can come sooner than the round trip, which is longer than the deadline.
    CHECK(target["latency_us"]["p50"].get<double>() >= 20000);
    CHECK(target["answered_in_deadline"] == 0);
    CHECK(target["energy_uj"]["label"] == "estimated");
  }
  REQUIRE(answer["break_even"].size() == 2);
  CHECK(answer["break_even"][0]["local"] == "local");
  CHECK(answer["break_even"][0]["cloud"] == "cloud");
  CHECK(answer["break_even"][0]["local_is_faster"] == true);
  // What a round trip is held against has none of this network in it.
  const json& time = answer["targets"][1]["time_us"];
  double mean = 0;
  for (const char* part : {"send", "queue", "compute", "receive"}) mean += time[part].get<double>();
  CHECK(answer["break_even"][0]["server_us"].get<double>() < mean - 20000);
  const json& thresholds = answer["hybrid"]["thresholds"];
  REQUIRE(thresholds.size() > 2);
  CHECK(thresholds.front()["asked"] == 0);
  CHECK(thresholds.back()["asked"] == 1);
  CHECK(answer["network"]["emulated"] == "in the client");
}

TEST_CASE("compare: a target that fails keeps the others' results, and the status says so") {
  const json answer = compared(on_iris("--targets http://127.0.0.1:1,local"), 1);
  REQUIRE(answer["targets"].size() == 2);
  CHECK(answer["targets"][0]["error"].get<std::string>().find("http://127.0.0.1:1: no answer") == 0);
  CHECK(answer["targets"][1]["identical_bits"] == true);
  const Outcome text = nuthatch(on_iris("--targets http://127.0.0.1:1,local"));
  CHECK(text.status == 1);
  CHECK(text.out.find("failed: ") != std::string::npos);
  CHECK(text.err.find("nuthatch: http://127.0.0.1:1 failed: ") == 0);
}

TEST_CASE("compare: a regression has no labels to agree on and no margin to ask at") {
  train("diabetes", "ridge", "values.nhm");
  const json answer =
      compared("compare values.nhm --data " + data("diabetes.test.csv") + kQuick + "--targets local,cloud");
  CHECK(answer["metric"] == "r2");
  CHECK(answer["hybrid"].is_null());
  for (const json& target : answer["targets"]) {
    CHECK(target["agreement"].is_null());
    CHECK(target["max_score_difference"].get<double>() > 0);
    CHECK(target["identical_bits"] == true);
  }
}

TEST_CASE("compare: without labels there is no score, and all else") {
  std::string text;
  for (const std::string& line : lines_of(data_text("iris.test.csv"))) text += line.substr(0, line.rfind(',')) + "\n";
  write("unlabelled.csv", text);
  train("iris", "logistic", "compared.nhm");
  const json answer = compared("compare compared.nhm --data unlabelled.csv --targets local" + kQuick);
  CHECK(answer["targets"][0]["score"].is_null());
  CHECK(answer["targets"][0]["agreement"].get<double>() > 0.9);
}

TEST_CASE("compare: the learned model's own answers, from train") {
  const std::string sets =
      "train --target label --data " + data("digits.train.csv") + " --test " + data("digits.test.csv");
  const json trained = json_of(sets + " --model logistic -o float.nhm --float-predictions float.csv --json");
  const std::vector<std::string> lines = lines_of(read("float.csv"));
  CHECK(lines.size() == 361);
  CHECK(lines[0] == "prediction,score_0,score_1,score_2,score_3,score_4,score_5,score_6,score_7,score_8,score_9");
  // Its score by its own predictions is what train says of the learned model.
  const std::vector<std::string> rows = lines_of(data_text("digits.test.csv"));
  int right = 0;
  for (std::size_t row = 1; row < lines.size(); ++row) {
    right += cells_of(lines[row])[0] == cells_of(rows[row]).back() ? 1 : 0;
  }
  CHECK(right / 360.0 == doctest::Approx(trained["scores"]["float32"]["test"]["score"].get<double>()));
  const std::string compare = "compare float.nhm --data " + data("digits.test.csv") + kQuick + "--targets local ";
  const json answer = compared(compare + "--reference float.csv");
  CHECK(answer["reference"] == "float.csv");
  CHECK(answer["targets"][0]["agreement"].get<double>() > 0.95);
  CHECK(answer["targets"][0]["max_score_difference"].get<double>() > 0);
  write("short.csv", read("float.csv").substr(0, read("float.csv").size() / 2));
  const Outcome outcome = nuthatch(compare + "--reference short.csv");
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("short.csv") != std::string::npos);
}

TEST_CASE("compare: a server's larger model, and the user's own constants") {
  train("digits", "tree", "small.nhm", "--max-depth 4");
  train("digits", "logistic", "large.nhm");
  write("prices.json", R"({"price.megabyte": {"value": 2, "source": "a satellite"}, "price.kilowatt_hour": {"value": 0},
                           "price.cpu_second": {"value": 0}})");
  const json answer = compared("compare small.nhm --cloud-model large.nhm --data " + data("digits.test.csv") + kQuick +
                               "--targets local,cloud --constants prices.json");
  CHECK(answer["targets"][0]["score"] < answer["targets"][1]["score"]);
  const json& points = answer["hybrid"]["thresholds"];
  CHECK(points.front()["agreement"] < 0.9);
  CHECK(points.back()["agreement"].get<double>() == doctest::Approx(1));
  CHECK(points.front()["accuracy"] == answer["targets"][0]["score"]);
  const json& cloud = answer["targets"][1];
  const double bytes = cloud["bytes_per_prediction"].get<double>() + cloud["bytes_received"].get<double>();
  CHECK(cloud["cost_per_million"].get<double>() == doctest::Approx(2 * bytes));  // a million bytes a byte
  const Outcome other =
      nuthatch("compare small.nhm --cloud-model compared.nhm --targets local --data " + data("digits.test.csv"));
  CHECK(other.status == 1);
}

TEST_CASE("compare: constants are printed as they are read") {
  const json printed = json::parse(done("compare --print-constants"));
  CHECK(printed["cortex-m0.clock"]["value"] == 16e6);
  write("printed.json", printed.dump());
  const json answer = compared(on_iris("--targets local --constants printed.json"));
  CHECK(answer["targets"][0]["identical_bits"] == true);
}

TEST_CASE("compare: wrong flags are said") {
  train("iris", "logistic", "compared.nhm");
  const std::string good = "compare compared.nhm --data " + data("iris.test.csv") + " ";
  const std::pair<std::string, std::string> mistakes[] = {
      {"compare", "needs a model and --data"},
      {"compare compared.nhm", "needs a model and --data"},
      {good + "--targets nowhere", "nowhere is none of local, cloud, cloud-json"},
      {good + "--targets edge:cortex-m9", "edge:cortex-m9 is none of"},
      {good + "--network rtt=40", "\"rtt=40\": give a number"},
      {good + "--network delay=40ms", "is none of rtt=, jitter=, loss="},
      {good + "--deadline soon", "rtt=soon"},
      {good + "--rate 0", "0 is not a number above 0"},
      {good + "--rate 1e9", "1e+10 predictions are more than 1e+07"},
      {good + "--seconds x", "x is not a number above 0"}};
  for (const auto& mistake : mistakes) {
    CAPTURE(mistake.first);
    const Outcome outcome = nuthatch(mistake.first);
    CAPTURE(outcome.err);
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find(mistake.second) != std::string::npos);
  }
  const Outcome full = nuthatch(good + "--targets local --report nowhere/r.html" + kQuick);
  CHECK(full.status == 1);
  CHECK(full.out == "");  // said before the work
  CHECK(full.err.find("nowhere/r.html") != std::string::npos);
  const Outcome outcome = nuthatch(good + "--targets local --constants nowhere.json");
  CHECK(outcome.status == 1);
  CHECK(outcome.err == "nuthatch: nowhere.json: cannot be read\n");
}

}  // namespace nuthatch::cli
