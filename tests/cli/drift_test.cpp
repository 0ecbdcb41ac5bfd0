// What goes wrong with a sensor in the field, and what `monitor` says of it.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <random>
#include <sstream>

#include "cli/program.hpp"
#include "export/loaded_model.hpp"

namespace nuthatch::cli {
namespace {

using nlohmann::json;
using Fields = std::vector<std::string>;

/// Rows of a file, `times` over, each changed, or left out where `keep` says no: the label is the last field.
void write_rows(const std::string& file, const std::string& name, int times, const std::function<bool(Fields&)>& keep) {
  std::ostringstream out;
  const Fields lines = lines_of(data_text(file));
  out << lines[0] << '\n';
  for (int time = 0; time < times; ++time) {
    for (std::size_t row = 1; row < lines.size(); ++row) {
      Fields fields = cells_of(lines[row]);
      if (!keep(fields)) continue;
      for (std::size_t i = 0; i < fields.size(); ++i) out << (i == 0 ? "" : ",") << fields[i];
      out << '\n';
    }
  }
  write(name, out.str());
}

/// satellite's test rows, each changed.
void write_changed(const std::string& name, const std::function<void(Fields&)>& change) {
  write_rows("satellite.test.csv", name, 1, [&](Fields& fields) {
    change(fields);
    return true;
  });
}

/// What `monitor` says of the rows of a file, and its exit status.
std::pair<json, int> watch(const std::string& rows) {
  done("predict satellite.nhm --snapshot s.bin --data " + rows + " > /dev/null");
  const Outcome outcome = nuthatch("monitor s.bin --model satellite.nhm --json");
  CHECK(outcome.err.empty());
  return {json::parse(outcome.out), outcome.status};
}

/// The files that `predict --snapshot-every` left as NAME.000.bin and so on, in a shell's words.
std::string parts_of(const std::string& name, std::size_t count) {
  std::string words;
  for (std::size_t i = 0; i < count; ++i) words += fmt::format("{}.{:03}.bin ", name, i);
  return words;
}

/// satellite's test rows, the fifth band too high from row `from` on, predicted with a snapshot every `every` rows.
void predict_late(std::size_t from, std::size_t every, const std::string& name, const std::string& flags = "") {
  std::size_t row = 0;
  write_changed("late.csv", [&](Fields& fields) {
    if (row++ >= from) fields[4] = std::to_string(std::stod(fields[4]) + 60);
  });
  done(fmt::format("predict satellite.nhm --data late.csv --snapshot {}.bin --snapshot-every {} {} > /dev/null", name,
                   every, flags));
}

/// `monitor` of drifting rows: its JSON, whatever the exit status.
json monitored(const std::string& arguments) { return json::parse(nuthatch("monitor " + arguments + " --json").out); }

std::string name_of(std::size_t column, const std::string& set = "satellite") {
  return cells_of(lines_of(data_text(set + ".test.csv"))[0])[column];
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
    const std::string reason = said["reason"];
    const auto leads = [&](const std::string& name) { return reason.rfind(name + ": ", 0) == 0; };
    CHECK(std::any_of(expected.names.begin(), expected.names.end(), leads));
  }
}

TEST_CASE(
    "the device itself finds an offset, a stuck column, a swapped pair and another class mix, and the host names "
    "them") {
  struct Place {
    const char* set;
    const char* rows;
    int times;  // so that there are windows enough
    std::size_t offset;
    double by;
    std::size_t first;  // swapped with `second`
    std::size_t second;
    std::size_t stuck;
    const char* at;
    std::string classes;  // that are left
  };
  for (const Place& place :
       {Place{"satellite", "satellite.test.csv", 2, 5, 12, 0, 2, 7, "70", "red_soil damp_grey_soil"},
        Place{"digits", "digits.train.csv", 1, 20, 5, 10, 20, 29, "8", "0 1 2 3"}}) {
    const std::string set = place.set;
    CAPTURE(set);
    train(set, "logistic", "drift.nhm", "--monitor full --test " + data(set + ".test.csv"));
    const auto said_of = [&](const std::function<bool(Fields&)>& keep) {
      write_rows(place.rows, "rows.csv", place.times, keep);
      done("predict drift.nhm --snapshot s.bin --data rows.csv > /dev/null");
      return nuthatch("monitor s.bin --model drift.nhm --json");
    };
    const auto names = [](const json& said, const std::string& name) {
      return said["reason"].get<std::string>().rfind(name + ": ", 0) == 0;
    };
    const Outcome same = said_of([](Fields&) { return true; });
    CHECK(same.status == 0);
    CHECK(json::parse(same.out)["devices"][0]["health"] != "drift");

    const Outcome offset = said_of([&](Fields& fields) {
      fields[place.offset] = std::to_string(std::stod(fields[place.offset]) + place.by);
      return true;
    });
    json said = json::parse(offset.out);
    CHECK(offset.status == 3);
    CHECK(said["health"] == "drift");
    CHECK(names(said, name_of(place.offset, set)));
    CHECK(said["devices"][0]["health"] == "drift");
    CHECK(said["devices"][0]["feature"] == name_of(place.offset, set));

    const Outcome stuck = said_of([&](Fields& fields) {
      fields[place.stuck] = place.at;
      return true;
    });
    said = json::parse(stuck.out);
    CHECK(stuck.status == 3);
    CHECK(said["health"] == "broken");
    CHECK(names(said, name_of(place.stuck, set)));
    CHECK(said["devices"][0]["health"] == "broken");
    CHECK(said["devices"][0]["feature"] == name_of(place.stuck, set));

    const Outcome swapped = said_of([&](Fields& fields) {
      std::swap(fields[place.first], fields[place.second]);
      return true;
    });
    said = json::parse(swapped.out);
    CHECK(swapped.status == 3);
    CHECK(said["features"][place.first]["drift"] == true);
    CHECK(said["features"][place.second]["drift"] == true);
    CHECK(said["devices"][0]["health"] == "drift");
    CHECK(said["devices"][0]["feature"] == name_of(place.first, set));

    const Outcome mix = said_of([&](Fields& fields) {
      return (" " + place.classes + " ").find(" " + fields.back() + " ") != std::string::npos;
    });
    said = json::parse(mix.out);
    CHECK(mix.status == 3);
    CHECK(said["health"] == "drift");
    CHECK(said["class_mix_drift"] == true);
    CHECK(said["reason"].get<std::string>().rfind("classes are predicted in other shares", 0) == 0);
    CHECK(said["devices"][0]["health"] == "drift");
  }
}

TEST_CASE("answers are judged by rows that were held out, not by those that a forest has learned from" * figures) {
  const auto said_of = [](const std::string& rows) {
    done("predict trees.nhm --snapshot s.bin --data " + data(rows) + " > /dev/null");
    return monitored("s.bin --model trees.nhm");
  };
  const auto text = [] { return nuthatch("monitor s.bin --model trees.nhm").out; };
  const std::string test = "--monitor full --test " + data("satellite.test.csv");
  // It is far surer of what it has learned from than of any other rows, which is no drift of theirs.
  train("satellite", "forest", "trees.nhm", "--monitor full");
  json said = said_of("satellite.test.csv");
  CHECK(said["health"] == "ok");
  CHECK(said["devices"][0]["health"] == "ok");
  CHECK(said["expected_accuracy_held_out"] == false);
  CHECK(text().find("learned from, which flatters") != std::string::npos);
  train("satellite", "forest", "trees.nhm", test);
  said = said_of("satellite.train.csv");
  CHECK(said["devices"][0]["health"] != "ok");
  CHECK(said["devices"][0]["reason"] == text_of(Reason::kOutput));
  said = said_of("satellite.test.csv");
  CHECK(said["devices"][0]["health"] == "ok");
  CHECK(said["expected_accuracy_held_out"] == true);
  CHECK(text().find("flatters") == std::string::npos);
  // Extra trees are equally sure of all rows they learned from; the accuracy to expect is told all the same.
  train("satellite", "extra-trees", "trees.nhm", test);
  const double accuracy = json_of("evaluate trees.nhm --json --data " + data("satellite.test.csv"))["score"];
  CHECK(said_of("satellite.test.csv")["expected_accuracy"].get<double>() == doctest::Approx(accuracy).epsilon(0.01));
}

TEST_CASE("levels of monitoring: off, basic and full, within the bytes given, of the features that matter most") {
  const auto monitor_of = [](const std::string& flags) {
    train("iris", "logistic", "level.nhm", flags);
    return json_of("inspect level.nhm --json")["monitor"];
  };
  CHECK(monitor_of("")["level"] == "basic");
  CHECK(monitor_of("")["bytes"] == 4 * (2 + 3 + 2 * 4 + 64));
  CHECK(monitor_of("--monitor off")["bytes"] == 0);
  const Outcome nothing = nuthatch("predict level.nhm --snapshot s.bin --data " + data("iris.test.csv"));
  CHECK(nothing.status == 1);
  CHECK(nothing.err.find("its monitor is off") != std::string::npos);
  const json full = monitor_of("--monitor full");
  CHECK(full["features"].size() == 4);
  std::size_t kept = 4;
  for (const std::size_t bytes : {700U, 600U, 500U, 400U, 256U, 160U}) {
    CAPTURE(bytes);
    const json some = monitor_of("--monitor full --monitor-bytes " + std::to_string(bytes));
    CHECK(some["bytes"] <= bytes);
    CHECK(some["features"].size() <= kept);
    kept = some["features"].size();
    for (std::size_t i = 0; i < kept; ++i) CHECK(some["features"][i]["name"] == full["features"][i]["name"]);
    if (bytes == 256) CHECK(kept == 1);
    // What is not counted is not told, however it is written: latencies go before the last histogram.
    done("predict level.nhm --snapshot s.bin --data " + data("iris.test.csv") + " > /dev/null");
    const std::string metrics = done("monitor s.bin --model level.nhm --format prometheus");
    CHECK(metrics.find("nuthatch_rows_total 30\n") != std::string::npos);
    CHECK((metrics.find("nuthatch_latency_ticks") != std::string::npos) == (some["latency_buckets"] > 0));
    if (bytes == 256) CHECK(some["latency_buckets"] == 0);
  }
  CHECK(kept == 0);
  const Outcome little =
      nuthatch("train --model logistic --target label --monitor full --monitor-bytes 40 -o l.nhm --data " +
               data("iris.train.csv"));
  CHECK(little.status == 1);
  CHECK(little.err.find("need 52 bytes") != std::string::npos);
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

TEST_CASE_FIXTURE(Trained, "a snapshot every N rows: each counts on from the one before, the last has all rows") {
  predict_late(5000, 200, "every");
  for (std::size_t i = 0; i < 7; ++i) {
    CAPTURE(i);
    const json said = json_of(fmt::format("monitor every.{:03}.bin", i) + " --json");
    CHECK(said["sequence"] == i);
    CHECK(said["rows"] == std::min<std::size_t>(1287, 200 * (i + 1)));
  }
  CHECK_FALSE(std::filesystem::exists(folder() / "every.007.bin"));
  CHECK_FALSE(std::filesystem::exists(folder() / "every.bin"));
  done("predict satellite.nhm --data late.csv --snapshot whole.bin > /dev/null");
  const json whole = json_of("monitor whole.bin --model satellite.nhm --json");
  const json last = json_of("monitor every.006.bin --model satellite.nhm --json");
  for (const char* part : {"rows", "classes", "features", "expected_accuracy", "out_of_range_rows", "latency"}) {
    CAPTURE(part);
    CHECK(last[part] == whole[part]);
  }
  // More than there are rows: one.
  predict_late(5000, 2000, "one");
  CHECK(json_of("monitor one.000.bin --json")["rows"] == 1287);
}

TEST_CASE_FIXTURE(Trained, "worked example: a board leaves the same snapshots as the host") {
  predict_late(700, 200, "host", "--device-id 4");
  const char* places = std::getenv("NUTHATCH_TEST_ON");
  std::istringstream names(places == nullptr ? "" : places);
  for (std::string place; names >> place;) {
    CAPTURE(place);
    predict_late(700, 200, "board", "--device-id 4 --on " + place);
    for (std::size_t i = 0; i < 7; ++i) {
      json here = monitored(fmt::format("host.{:03}.bin", i));
      json there = monitored(fmt::format("board.{:03}.bin", i));
      CHECK(there["latency"]["p50"] > 0);
      here.erase("latency");
      there.erase("latency");
      CHECK(here == there);
    }
  }
}

TEST_CASE_FIXTURE(Trained, "snapshots become intervals, in whatever order they come, and some may be lacking") {
  predict_late(5000, 250, "i");
  const std::string all = parts_of("i", 6);
  const json said = json_of("monitor --model satellite.nhm --json " + all);
  const json turned = json_of(
      "monitor --model satellite.nhm --json i.005.bin i.001.bin i.003.bin i.000.bin i.004.bin i.002.bin i.003.bin");
  CHECK(said == turned);
  CHECK(said["rows"] == 1287);
  // The last 37 rows say little and are with those before them.
  REQUIRE(said["intervals"].size() == 5);
  CHECK(said["intervals"][4]["rows"] == 287);
  CHECK(said["intervals"][4]["first_sequence"] == 4);
  CHECK(said["intervals"][4]["last_sequence"] == 5);
  for (std::size_t i = 0; i < 4; ++i) {
    const json& interval = said["intervals"][i];
    CHECK(interval["rows"] == 250);
    CHECK(interval["first_sequence"] == i);
    CHECK(interval["last_sequence"] == i);
    CHECK(interval["health"] == "ok");
    CHECK(interval["features"].size() == 36);
  }
  const json gap = json_of("monitor --model satellite.nhm --json i.000.bin i.003.bin i.005.bin");
  REQUIRE(gap["intervals"].size() == 3);
  CHECK(gap["intervals"][1]["first_sequence"] == 1);
  CHECK(gap["intervals"][1]["last_sequence"] == 3);
  CHECK(gap["intervals"][1]["rows"] == 750);
  CHECK(gap["features"] == said["features"]);
}

TEST_CASE_FIXTURE(Trained, "counters that shrink within an epoch are refused, and both files named") {
  predict_late(5000, 200, "a");
  predict_late(5000, 400, "b");
  const Outcome outcome = nuthatch("monitor b.000.bin b.001.bin a.002.bin");
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("a.002.bin (report 2 of device 0 in epoch 0) counted less than b.001.bin (report 1)") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(Trained, "since when: the first interval from which on a feature drifts to the end") {
  predict_late(700, 100, "late", "--device-id 9");
  const json said = monitored("--model satellite.nhm " + parts_of("late", 13));
  CHECK(said["health"] == "drift");
  for (std::size_t i = 0; i < 36; ++i) {
    CAPTURE(i);
    const json& since = said["features"][i]["since"];
    if (i != 4) {
      CHECK(since.is_null());
      continue;
    }
    REQUIRE(since.is_object());
    CHECK(since["device_id"] == 9);
    CHECK(since["epoch"] == 0);
    // Pairs of intervals have 200 rows: the one with rows 600 to 800 is the first.
    CHECK(since["sequence"] == 6);
    CHECK(since["rows_before"] == 600);
    CHECK(since["uptime"].is_null());
  }
  // The last report alone knows of no time before.
  const json alone = monitored("--model satellite.nhm late.012.bin");
  CHECK(alone["features"][4]["since"]["rows_before"] == 0);
  const std::string text = nuthatch("monitor --model satellite.nhm " + parts_of("late", 13)).out;
  CHECK(text.find("since report 6 of device 9 (epoch 0, after 600 rows)") != std::string::npos);
}

TEST_CASE_FIXTURE(Trained, "a device goes on in its next epoch: its rows before count, and it may know the time") {
  const exporting::LoadedModel model = exporting::LoadedModel::from_file(folder() / "satellite.nhm");
  write_changed("same.csv", [](Fields&) {});
  write_changed("high.csv", [](Fields& fields) { fields[4] = std::to_string(std::stod(fields[4]) + 60); });
  const auto report = [&](const std::string& rows, const SnapshotContext& context, const std::string& file) {
    std::vector<std::uint32_t> words(model.model().footprint().monitor_words);
    std::vector<std::uint8_t> bytes(model.model().footprint().snapshot_bytes);
    Monitor monitor;
    REQUIRE(monitor.attach<Histograms>(model.model(), words) == Status::kOk);
    data::CsvOptions options;
    options.features = model.contents().feature_names;
    model.predict(data::read_csv(folder() / rows, options), &monitor);
    std::size_t written = 0;
    REQUIRE(monitor.snapshot(context, bytes, written) == Status::kOk);
    write(file, std::string(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(written)));
  };
  SnapshotContext context;
  context.device_id = 3;
  context.time_known = true;
  context.uptime_end = 500;
  report("same.csv", context, "e0.bin");
  context.epoch = 1;
  context.uptime_start = 40;
  context.crash_input = 0x00C0FFEE;
  context.crash_class = 2;
  context.crash_status = 37;
  context.crashes = 4;
  report("high.csv", context, "e1.bin");
  const json said = monitored("e1.bin e0.bin --model satellite.nhm");
  CHECK(said["rows"] == 2 * 1287);
  CHECK(said["reports"] == 2);
  const json since = {{"device_id", 3}, {"epoch", 1}, {"sequence", 0}, {"uptime", 40}, {"rows_before", 1287}};
  CHECK(said["features"][4]["since"] == since);
  const json crash = {{"count", 4}, {"input_hash", 0x00C0FFEE}, {"class", 2}, {"status", 37}};
  CHECK(said["devices"][0]["crash"].is_null());
  CHECK(said["devices"][1]["crash"] == crash);
  CHECK(said["crashes"] == 4);
  CHECK(nuthatch("monitor e1.bin e0.bin --model satellite.nhm")
            .out.find("device 3 crashed 4 times; the first: input hash 00c0ffee, class 2, status 37") !=
        std::string::npos);
  // It came right again: no more.
  context.epoch = 2;
  report("same.csv", context, "e2.bin");
  CHECK(monitored("e1.bin e0.bin e2.bin --model satellite.nhm")["features"][4]["since"].is_null());
}

TEST_CASE_FIXTURE(Trained, "each statistic is told with what it is compared with") {
  predict_late(0, 2000, "t");
  const json said = monitored("--model satellite.nhm t.000.bin");
  CHECK(said["baseline_rows"] == 5148);
  CHECK(said["thresholds"]["psi_beyond_chance"] == 0.1);
  const json& feature = said["features"][4];
  CHECK(feature["baseline_rows"] == 5148);
  CHECK(feature["thresholds"]["p_value"].get<double>() == doctest::Approx(0.001 / 36));
  CHECK(feature["thresholds"]["psi"].get<double>() > 0.1);
  CHECK(feature["psi"] > feature["thresholds"]["psi"]);
}

TEST_CASE_FIXTURE(Trained, "csv: a header and a line a feature; prometheus: what is 0 is there too") {
  predict_late(0, 2000, "f");
  const std::string of = "monitor f.000.bin --model satellite.nhm ";
  CHECK(nuthatch(of + "--json").out == nuthatch(of + "--format json").out);
  CHECK(nuthatch(of).out == nuthatch(of + "--format text").out);
  const Outcome csv = nuthatch(of + "--format csv");
  CHECK(csv.status == 3);
  const std::vector<std::string> lines = lines_of(csv.out);
  REQUIRE(lines.size() == 37);
  CHECK(lines[0].rfind("name,below,above,not_finite,rows,", 0) == 0);
  CHECK(lines[5].rfind(name_of(4) + ",", 0) == 0);
  const std::string metrics = nuthatch(of + "--format prometheus").out;
  for (const char* line :
       {"nuthatch_health{state=\"drift\"} 1\n", "nuthatch_health{state=\"ok\"} 0\n", "nuthatch_refused_total 0\n",
        "nuthatch_feature_below_total{feature=\"x_1\"} 0\n", "# TYPE nuthatch_latency_ticks histogram\n",
        "nuthatch_latency_ticks_bucket{le=\"0\"} 1287\n", "nuthatch_latency_ticks_count 1287\n"}) {
    CAPTURE(line);
    CHECK(metrics.find(line) != std::string::npos);
  }
  CHECK(metrics.find("device=") == std::string::npos);
  CHECK(metrics.find("_sum") == std::string::npos);
  const std::string devices = nuthatch(of + "--format prometheus --device-label").out;
  CHECK(devices.find("nuthatch_rows_total{device=\"0\"} 1287\n") != std::string::npos);
}

TEST_CASE("train says what dependent rows are worth where that is too little" * figures) {
  const auto rows_of = [](double phi) {
    std::mt19937 engine(3);
    double x = 0;
    std::string text = "x,y\n";
    for (int row = 0; row < 2000; ++row) {
      double sum = -6;  // nearly normal, of deviation 1, with any standard library
      for (int i = 0; i < 12; ++i) sum += static_cast<double>(engine()) / 4294967296.0;
      x = phi * x + std::sqrt(1 - phi * phi) * sum;
      text += fmt::format("{:.4f},{:.4f}\n", x, 2 * x + 1);
    }
    return text;
  };
  const std::string flags = "train --data rows.csv --target y --model ridge --monitor full -o rows.nhm";
  write("rows.csv", rows_of(0.9));
  const json said = json_of(flags + " --json");
  REQUIRE(said.contains("coarse_monitor"));
  CHECK(said["coarse_monitor"]["features"] == 1);
  CHECK(said["coarse_monitor"]["worst"] == "x");
  // 2000 (1 - phi) / (1 + phi) = 105, as well as phi can be known.
  CHECK(said["coarse_monitor"]["independent_rows"].get<double>() == doctest::Approx(105).epsilon(0.35));
  // The same work once more, of many seconds with sanitizers.
  if (!is_sanitized()) CHECK(done(flags).find("monitor: of x the training rows are worth only ") != std::string::npos);
  write("rows.csv", rows_of(0));
  CHECK(done(flags).find("are worth only") == std::string::npos);
}

TEST_CASE("many good rows before do not hide what a device's last interval says") {
  train("satellite", "logistic", "basic.nhm");
  std::size_t row = 0;
  // 7,700 good rows, and 22 of the last 22 out of range: 0.3 % of all.
  write_rows("satellite.test.csv", "late.csv", 6, [&](Fields& fields) {
    if (++row > 7700) fields[5] = "500";
    return true;
  });
  done("predict basic.nhm --snapshot l.bin --snapshot-every 1000 --data late.csv > /dev/null");
  const Outcome alone = nuthatch("monitor l.007.bin --model basic.nhm --json");
  CHECK(alone.status == 0);
  CHECK(json::parse(alone.out)["health"] == "ok");
  const Outcome history = nuthatch("monitor " + parts_of("l", 8) + "--model basic.nhm --json");
  CHECK(history.status == 3);
  const json said = json::parse(history.out);
  CHECK(said["health"] == "drift");
  CHECK(said["reason"].get<std::string>().starts_with(name_of(5) + ": outside its training range in "));
  CHECK(said["reason"].get<std::string>().ends_with(", in the last 722 rows of device 0"));
  CHECK(drifting(said) == Fields{name_of(5)});
  CHECK(said["features"][5]["since"]["rows_before"] == 7000);
}

TEST_CASE("without histograms only ranges tell") {
  train("satellite", "logistic", "basic.nhm");
  write_changed("offset.csv", [](Fields& fields) { fields[5] = std::to_string(std::stod(fields[5]) + 10); });
  done("predict basic.nhm --snapshot b.bin --data offset.csv > /dev/null");
  const json said = json::parse(nuthatch("monitor b.bin --model basic.nhm --json").out);
  CHECK(said["features"][5]["psi"].is_null());
  CHECK(said["features"][5]["above"].get<int>() > 0);
  CHECK(said["expected_accuracy"].is_null());
  // Which feature had a row refused is not counted; that many were is told.
  std::size_t row = 0;
  write_changed("silent.csv", [&](Fields& fields) { fields[3] = row++ % 20 == 0 ? "" : fields[3]; });
  done("predict basic.nhm --snapshot b.bin --data silent.csv > /dev/null");
  const Outcome silent = nuthatch("monitor b.bin --model basic.nhm --json");
  CHECK(silent.status == 3);
  CHECK(json::parse(silent.out)["health"] == "broken");
  CHECK(json::parse(silent.out)["reason"] == "5.1 % of the rows are refused");
}

}  // namespace nuthatch::cli
