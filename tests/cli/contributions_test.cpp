// Contributions that devices counted, and what monitor makes of them.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "cli/program.hpp"
#include "export/loaded_model.hpp"
#include "nuthatch/explain.hpp"

namespace nuthatch::cli {
namespace {

using nlohmann::json;

constexpr const char* kBusy = "bmi";  // what lasso learns most from
constexpr const char* kIdle = "age";  // and what it gives a weight of 0

/// diabetes' test rows, both features moved by 1.25 of their deviations over the whole data set.
std::string shifted_rows() {
  const std::map<std::string, double> deviations = {{kBusy, 4.418}, {kIdle, 13.109}};
  const std::vector<std::string> lines = lines_of(data_text("diabetes.test.csv"));
  const std::vector<std::string> names = cells_of(lines[0]);
  std::string text = lines[0] + "\n";
  for (std::size_t row = 1; row < lines.size(); ++row) {
    std::vector<std::string> cells = cells_of(lines[row]);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto moved = deviations.find(names[i]);
      if (moved != deviations.end()) cells[i] = std::to_string(std::stod(cells[i]) + 1.25 * moved->second);
      text += (i == 0 ? "" : ",") + cells[i];
    }
    text += "\n";
  }
  return text;
}

/// Rows first to last of shifted.csv as the file `name`.
void write_part(const std::string& name, std::size_t first, std::size_t last) {
  const std::vector<std::string> lines = lines_of(read("shifted.csv"));
  std::string text = lines[0] + "\n";
  for (std::size_t row = first; row <= last; ++row) text += lines.at(row) + "\n";
  write(name, text);
}

struct Shifted {
  Shifted() {
    train("diabetes", "lasso", "why.nhm", "--alpha 2 --monitor full --explain");
    write("shifted.csv", shifted_rows());
    done("predict why.nhm --data shifted.csv --snapshot s.bin --contributions c.bin > /dev/null");
  }
};

json monitored(const std::string& files) { return json::parse(nuthatch("monitor " + files + " --json").out); }

json feature_of(const json& said, const std::string& name) {
  for (const json& feature : said["features"]) {
    if (feature["name"] == name) return feature;
  }
  FAIL(name);
  return {};
}

/// The mean size of a column of `predict --explain`.
double mean_size(const std::string& printed, const std::string& column) {
  const std::vector<std::string> lines = lines_of(printed);
  const std::vector<std::string> header = cells_of(lines[0]);
  const auto at = static_cast<std::size_t>(std::find(header.begin(), header.end(), column) - header.begin());
  double sum = 0;
  for (std::size_t row = 1; row < lines.size(); ++row) sum += std::abs(std::stod(cells_of(lines[row]).at(at)));
  return sum / static_cast<double>(lines.size() - 1);
}

}  // namespace

TEST_CASE_FIXTURE(Shifted, "of two features that moved alike, the one that matters is told from the idle one") {
  const json said = monitored("s.bin c.bin --model why.nhm --report why.html");
  const json busy = feature_of(said, kBusy);
  const json idle = feature_of(said, kIdle);
  CHECK(busy["drift"] == true);
  CHECK(idle["drift"] == true);
  CHECK(idle["psi"] > busy["psi"]);  // by distance alone the idle one would lead
  CHECK(idle["mean_abs_contribution"] == 0);
  CHECK(idle["impact"] == 0);
  CHECK(busy["impact"] > 0.5);
  CHECK(said["impact_by"] == "contributions");
  CHECK(said["matters_most"] == kBusy);
  CHECK(said["contribution_rows"] == 89);
  CHECK(said["contributions_exact"] == true);
  const std::string page = read("why.html");
  const std::size_t first = page.find("role=\"rowheader\">");
  CHECK(page.compare(first, 20, "role=\"rowheader\">bmi") == 0);
  CHECK(page.find("contributes ") != std::string::npos);
  const Outcome text = nuthatch("monitor s.bin c.bin --model why.nhm");
  CHECK(text.out.find("bmi matters most: its drift weighed by the exact contributions of 89 rows") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(Shifted, "mean_abs_contribution is the mean of what predict --explain prints, impact its share") {
  const json said = monitored("c.bin s.bin --model why.nhm");
  const std::string printed = done("predict why.nhm --explain --data shifted.csv");
  double most = 0;
  for (const json& feature : said["features"]) {
    most = std::max(most, mean_size(printed, "why_" + feature["name"].get<std::string>()));
  }
  for (const json& feature : said["features"]) {
    const double mean = mean_size(printed, "why_" + feature["name"].get<std::string>());
    CAPTURE(feature["name"]);
    CHECK(feature["mean_abs_contribution"].get<double>() == doctest::Approx(mean).epsilon(1e-12));
    const double beyond = feature["psi"].get<double>() - feature["thresholds"]["psi"].get<double>() + 0.1;
    CHECK(feature["impact"].get<double>() == doctest::Approx(mean / most * std::max(0.0, beyond)));
  }
}

TEST_CASE_FIXTURE(Shifted, "without contributions impact is by permutation; without the model means have no names") {
  const json said = monitored("s.bin --model why.nhm");
  CHECK(said["impact_by"] == "permutation");
  CHECK(said["contribution_rows"].is_null());
  CHECK(feature_of(said, kBusy)["mean_abs_contribution"].is_null());
  CHECK(feature_of(said, kBusy)["impact"] > 0);
  const json nameless = monitored("s.bin c.bin");
  const json named = monitored("s.bin c.bin --model why.nhm");
  CHECK(nameless["features"][2]["mean_abs_contribution"] == named["features"][2]["mean_abs_contribution"]);
  CHECK(nameless["features"][2]["impact"].is_null());
}

TEST_CASE_FIXTURE(Shifted, "csv and prometheus have the contributions; a label tells devices apart") {
  const std::string of = "monitor s.bin c.bin --model why.nhm --format ";
  const std::vector<std::string> lines = lines_of(nuthatch(of + "csv").out);
  const std::vector<std::string> header = cells_of(lines[0]);
  const auto column = std::find(header.begin(), header.end(), "mean_abs_contribution") - header.begin();
  const auto sex =
      std::find_if(lines.begin(), lines.end(), [](const auto& line) { return line.rfind("sex,", 0) == 0; });
  REQUIRE(sex != lines.end());
  const double mean = feature_of(monitored("s.bin c.bin --model why.nhm"), "sex")["mean_abs_contribution"];
  CHECK(std::stod(cells_of(*sex).at(static_cast<std::size_t>(column))) == doctest::Approx(mean));
  const std::string metrics = nuthatch(of + "prometheus").out;
  CHECK(metrics.find("nuthatch_feature_mean_abs_contribution{feature=\"age\"} 0\n") != std::string::npos);
  CHECK(metrics.find("nuthatch_contribution_rows_total 89\n") != std::string::npos);
  CHECK(metrics.find("nuthatch_contributions_exact 1\n") != std::string::npos);
  done("predict why.nhm --data shifted.csv --device-id 5 --snapshot s5.bin > /dev/null");
  const std::string devices =
      nuthatch("monitor s.bin s5.bin c.bin --model why.nhm --format prometheus --device-label").out;
  CHECK(devices.find("nuthatch_contribution_rows_total{device=\"0\"} 89\n") != std::string::npos);
  CHECK(devices.find("nuthatch_contribution_rows_total{device=\"5\"}") == std::string::npos);
}

TEST_CASE_FIXTURE(Shifted, "contributions of devices add; of an epoch the last report counts, and twice is once") {
  write_part("a.csv", 1, 40);
  write_part("b.csv", 41, 89);
  done("predict why.nhm --data a.csv --device-id 1 --contributions a.bin > /dev/null");
  done("predict why.nhm --data b.csv --device-id 2 --contributions b.bin > /dev/null");
  const json one = monitored("s.bin c.bin --model why.nhm");
  const json two = monitored("b.bin s.bin a.bin b.bin --model why.nhm");
  CHECK(two["contribution_rows"] == 89);
  for (std::size_t i = 0; i < one["features"].size(); ++i) {
    CHECK(two["features"][i]["mean_abs_contribution"].get<double>() ==
          doctest::Approx(one["features"][i]["mean_abs_contribution"].get<double>()).epsilon(1e-12));
  }
  done("predict why.nhm --data b.csv --device-id 1 --contributions other.bin > /dev/null");
  const Outcome differ = nuthatch("monitor s.bin a.bin other.bin --model why.nhm");
  CHECK(differ.status == 1);
  CHECK(differ.err.find("a.bin and other.bin are both contributions 0 of device 1 in epoch 0, but differ") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(Shifted, "contributions go on in the next epoch, and never fall within one") {
  const exporting::LoadedModel model = exporting::LoadedModel::from_file(folder() / "why.nhm");
  const auto report = [&](std::size_t rows, std::uint32_t epoch, std::uint32_t sequence, const std::string& file) {
    const std::size_t features = model.contents().feature_names.size();
    const std::vector<std::int32_t> contributions(features, -1000);
    std::vector<std::uint32_t> words(contribution_words(features));
    std::vector<std::uint8_t> bytes(contribution_snapshot_bytes(features));
    ContributionCounters counters;
    REQUIRE(counters.attach(model.model(), words) == Status::kOk);
    for (std::size_t row = 0; row < rows; ++row) {
      REQUIRE(counters.observe({contributions.data(), features}) == Status::kOk);
    }
    SnapshotContext context;
    context.epoch = epoch;
    context.sequence = sequence;
    std::size_t written = 0;
    REQUIRE(counters.snapshot(context, true, bytes, written) == Status::kOk);
    write(file, std::string(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(written)));
  };
  report(10, 0, 0, "e0s0.bin");
  report(20, 0, 1, "e0s1.bin");
  report(5, 1, 0, "e1s0.bin");
  CHECK(monitored("s.bin e1s0.bin e0s1.bin e0s0.bin")["contribution_rows"] == 25);
  report(3, 0, 2, "e0s2.bin");
  const Outcome fallen = nuthatch("monitor s.bin e0s0.bin e0s1.bin e0s2.bin");
  CHECK(fallen.status == 1);
  CHECK(fallen.err.find("e0s2.bin (contributions 2 of device 0 in epoch 0) counted less than e0s1.bin") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(Shifted, "what a forest contributes is called approximate") {
  train("diabetes", "boosting", "trees.nhm", "--monitor full --explain");
  done("predict trees.nhm --data shifted.csv --snapshot t.bin --contributions tc.bin > /dev/null");
  CHECK(monitored("t.bin tc.bin --model trees.nhm --report trees.html")["contributions_exact"] == false);
  CHECK(read("trees.html").find("a forest's are approximate") != std::string::npos);
  CHECK(nuthatch("monitor t.bin tc.bin --model trees.nhm").out.find("the approximate contributions of 89 rows") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(Shifted, "contributions that are cut off, changed, alone, or of another model are refused") {
  write("cut.bin", read("c.bin").substr(0, 60));
  std::string changed = read("c.bin");
  changed[50] = static_cast<char>(changed[50] ^ 1);
  write("changed.bin", changed);
  write("foreign.bin", "NHC0" + read("c.bin").substr(4));
  train("diabetes", "lasso", "other.nhm", "--alpha 1 --monitor full --explain");
  done("predict other.nhm --data shifted.csv --contributions oc.bin > /dev/null");
  struct Case {
    const char* files;
    const char* said;
  };
  for (const Case& expected :
       {Case{"s.bin cut.bin", "cut.bin: "}, Case{"s.bin changed.bin", "changed.bin: "},
        Case{"s.bin foreign.bin", "foreign.bin: not a "}, Case{"s.bin oc.bin", "oc.bin was taken of another model"},
        Case{"c.bin", "c.bin holds contributions only"}}) {
    CAPTURE(expected.files);
    const Outcome outcome = nuthatch(fmt::format("monitor {} --model why.nhm --json", expected.files));
    CHECK(outcome.status == 1);
    CHECK(outcome.out == "");
    CHECK(outcome.err.find(expected.said) != std::string::npos);
  }
  train("diabetes", "lasso", "untold.nhm", "--alpha 2");
  const Outcome untold = nuthatch("predict untold.nhm --contributions u.bin --data shifted.csv");
  CHECK(untold.status == 1);
  CHECK(untold.err.find("untold.nhm: this lasso model does not explain its scores; train it with --explain") !=
        std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder() / "u.bin"));
}

}  // namespace nuthatch::cli
