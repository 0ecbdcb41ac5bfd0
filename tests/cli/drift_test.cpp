// What goes wrong with a sensor in the field, and what `monitor` says of it.

#include <doctest/doctest.h>

#include <functional>
#include <sstream>

#include "cli/program.hpp"
#include "export/loaded_model.hpp"

namespace nuthatch::cli {
namespace {

using nlohmann::json;
using Fields = std::vector<std::string>;

/// satellite's test rows, each changed: the label is the last field.
void write_changed(const std::string& name, const std::function<void(Fields&)>& change) {
  std::ostringstream out;
  bool header = true;
  for (const std::string& line : lines_of(data_text("satellite.test.csv"))) {
    Fields fields;
    std::istringstream stream(line);
    for (std::string field; std::getline(stream, field, ',');) fields.push_back(field);
    if (!header) change(fields);
    header = false;
    for (std::size_t i = 0; i < fields.size(); ++i) out << (i == 0 ? "" : ",") << fields[i];
    out << '\n';
  }
  write(name, out.str());
}

/// What `monitor` says of the rows of a file, and its exit status.
std::pair<json, int> watch(const std::string& rows) {
  done("predict satellite.nhm --snapshot s.bin --data " + rows + " > /dev/null");
  const Outcome outcome = nuthatch("monitor s.bin --model satellite.nhm --json");
  CHECK(outcome.err.empty());
  return {json::parse(outcome.out), outcome.status};
}

std::string name_of(std::size_t column) {
  std::istringstream header(lines_of(data_text("satellite.test.csv"))[0]);
  std::string name;
  for (std::size_t i = 0; i <= column; ++i) std::getline(header, name, ',');
  return name;
}

Fields drifting(const json& said) {
  Fields names;
  for (const json& feature : said["features"]) {
    if (feature["drift"] == true) names.push_back(feature["name"]);
  }
  return names;
}

struct Trained {
  Trained() { train("satellite", "logistic", "satellite.nhm", "--monitor full --test " + data("satellite.test.csv")); }
};

}  // namespace

TEST_CASE_FIXTURE(Trained,
                  "rows like those of training are healthy, and their expected accuracy is near the true one") {
  write_changed("same.csv", [](Fields&) {});
  const auto [said, status] = watch("same.csv");
  CHECK(status == 0);
  CHECK(said["health"] == "ok");
  CHECK(said["reason"] == "");
  CHECK(drifting(said).empty());
  const double accuracy = json_of("evaluate satellite.nhm --json --data same.csv")["score"];
  CHECK(said["expected_accuracy"].get<double>() == doctest::Approx(accuracy).epsilon(0.01));
  CHECK(said["out_of_range_share"].get<double>() < 0.02);
  for (const json& feature : said["features"]) {
    CHECK(feature["rows"] == 1287);
    CHECK(feature["psi"].get<double>() < 0.1);
    CHECK(feature["p_value"].get<double>() > 0);
    CHECK(feature["not_finite"] == 0);
  }
}

TEST_CASE_FIXTURE(Trained, "an offset, a stuck column and a swapped pair are found and named, with exit status 3") {
  write_changed("offset.csv", [](Fields& fields) { fields[5] = std::to_string(std::stod(fields[5]) + 10); });
  write_changed("stuck.csv", [](Fields& fields) { fields[7] = "70"; });
  write_changed("swapped.csv", [](Fields& fields) { std::swap(fields[0], fields[2]); });
  struct Case {
    const char* file;
    const char* health;
    Fields names;
  };
  for (const Case& expected : {Case{"offset.csv", "drift", {name_of(5)}}, Case{"stuck.csv", "broken", {name_of(7)}},
                               Case{"swapped.csv", "drift", {name_of(0), name_of(2)}}}) {
    CAPTURE(expected.file);
    const auto [said, status] = watch(expected.file);
    CHECK(status == 3);
    CHECK(said["health"] == expected.health);
    CHECK(drifting(said) == expected.names);
    CHECK(said["reason"].get<std::string>().rfind(expected.names[0] + ": ", 0) == 0);
  }
}

TEST_CASE_FIXTURE(Trained, "a sensor that falls silent is found and named") {
  std::size_t row = 0;
  write_changed("silent.csv", [&](Fields& fields) { fields[3] = row++ % 20 == 0 ? "" : fields[3]; });
  const auto [said, status] = watch("silent.csv");
  CHECK(status == 3);
  CHECK(said["health"] == "broken");
  CHECK(said["refused"] == 65);
  CHECK(said["features"][3]["not_finite"] == 65);
  CHECK(said["reason"].get<std::string>().rfind(name_of(3) + ": missing", 0) == 0);
}

TEST_CASE_FIXTURE(Trained, "reports of several devices add up to those of one; a report that came twice counts once") {
  std::size_t row = 0;
  const Fields lines = lines_of(data_text("satellite.test.csv"));
  for (const std::size_t device : {0U, 1U, 2U}) {
    std::string part = lines[0] + "\n";
    for (row = 1 + device; row < lines.size(); row += 3) part += lines[row] + "\n";
    write("part.csv", part);
    done("predict satellite.nhm --data part.csv --device-id " + std::to_string(device) + " --snapshot d" +
         std::to_string(device) + ".bin > /dev/null");
  }
  write_changed("same.csv", [](Fields&) {});
  done("predict satellite.nhm --data same.csv --snapshot one.bin > /dev/null");
  json one = json_of("monitor one.bin --model satellite.nhm --json");
  json several = json_of("monitor d0.bin d1.bin d2.bin d1.bin --model satellite.nhm --json");
  CHECK(several["reports"] == 3);
  CHECK(several["rows"] == 1287);
  for (const char* part :
       {"rows", "refused", "classes", "features", "expected_accuracy", "out_of_range_share", "health"}) {
    CAPTURE(part);
    CHECK(several[part] == one[part]);
  }
  const Outcome mixed = nuthatch("monitor one.bin d0.bin");
  CHECK(mixed.status == 1);
  CHECK(mixed.err.find("one.bin and d0.bin are both report 0 of device 0 in epoch 0, but differ") != std::string::npos);
  train("iris", "logistic", "iris.nhm");
  done("predict iris.nhm --snapshot iris.bin --data " + data("iris.test.csv") + " > /dev/null");
  const Outcome strange = nuthatch("monitor one.bin iris.bin");
  CHECK(strange.status == 1);
  CHECK(strange.err.find("iris.bin was taken of another model") != std::string::npos);
}

TEST_CASE_FIXTURE(Trained, "firmware that names no histograms reports ranges of a model that has some") {
  const exporting::LoadedModel model = exporting::LoadedModel::from_file(folder() / "satellite.nhm");
  std::vector<std::uint32_t> words(model.model().footprint().monitor_words);
  std::vector<std::uint8_t> bytes(model.model().footprint().snapshot_bytes);
  Monitor monitor;
  REQUIRE(monitor.attach(model.model(), words) == Status::kOk);
  std::size_t written = 0;
  REQUIRE(monitor.snapshot({}, bytes, written) == Status::kOk);
  write("plain.bin", std::string(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(written)));
  const json said = json_of("monitor plain.bin --model satellite.nhm --json");
  CHECK(said["health"] == "ok");
  CHECK(said["features"][0]["psi"].is_null());
  CHECK(said["expected_accuracy"].is_null());
}

TEST_CASE("without histograms only ranges tell") {
  train("satellite", "logistic", "basic.nhm");
  write_changed("offset.csv", [](Fields& fields) { fields[5] = std::to_string(std::stod(fields[5]) + 10); });
  done("predict basic.nhm --snapshot b.bin --data offset.csv > /dev/null");
  const json said = json::parse(nuthatch("monitor b.bin --model basic.nhm --json").out);
  CHECK(said["features"][5]["psi"].is_null());
  CHECK(said["features"][5]["above"].get<int>() > 0);
  CHECK(said["expected_accuracy"].is_null());
}

}  // namespace nuthatch::cli
