// `tune` as a contract: its JSON, the budget that it keeps, the same again by its seed, and going on.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "cli/program.hpp"

namespace nuthatch::cli {

using nlohmann::json;

namespace {

std::string tune(const std::string& set, const std::string& flags) {
  return "tune --target label --data " + data(set + ".train.csv") + " " + flags;
}

void check_entry(const json& entry) {
  CHECK(entry["model"].is_string());
  CHECK(entry["score_cv"].is_number());
  for (const char* field : {"flash_bytes", "ram_bytes", "instructions"}) CHECK(entry[field].get<int>() > 0);
  CHECK(entry["parameters"]["precision"].is_string());
}

/// Every flag that `train --help` lists for the family.
void check_parameters(const json& best) {
  const std::vector<std::string> help = lines_of(done("train --help"));
  const std::string family = best["model"];
  const auto own = std::find_if(help.begin(), help.end(),
                                [&](const std::string& line) { return line.starts_with("  " + family + " "); });
  REQUIRE(own != help.end());
  std::size_t flags = 0;
  for (auto line = own + 1; line != help.end() && line->starts_with("    --"); ++line, ++flags) {
    const std::string flag = line->substr(6, line->find(' ', 6) - 6);
    CAPTURE(flag);
    CHECK(best["parameters"].contains(flag));
  }
  CHECK((flags > 0 || family == "linear-regression"));
  for (const char* field : {"precision", "input", "features"}) CHECK(best["parameters"].contains(field));
  CHECK(best["parameters"].size() == flags + 3);
}

}  // namespace

TEST_CASE("tune: every field of the contract, a file within the budget, and the same from the same seed") {
  const std::string flags =
      "--trials 20 --seed 3 --models logistic,tree,naive-bayes --budget "
      "flash=8K,ram=1K,instructions=2000,core=cortex-m4 ";
  const json answer = json_of(tune("iris", flags + "-o tuned.nhm --json"));
  check_entry(answer["best"]);
  CHECK(answer["best"]["score_cv"].get<double>() > 0.9);
  CHECK(answer["best"]["flash_bytes"].get<int>() <= 8192);
  CHECK(answer["best"]["ram_bytes"].get<int>() <= 1024);
  CHECK(answer["best"]["instructions"].get<int>() <= 2000);
  CHECK(answer["best"]["measured_instructions"] <= answer["best"]["instructions"]);
  const double usual = answer["best"]["usual_instructions"].get<double>();
  CHECK(std::abs(usual / answer["best"]["measured_instructions"].get<double>() - 1) < 0.25);
  check_parameters(answer["best"]);
  CHECK(answer["dropped"].empty());
  CHECK(answer["trials"] == 20);
  CHECK(answer["seconds"].get<double>() > 0);
  CHECK(answer["cpu_seconds"].get<double>() > 0);
  REQUIRE(!answer["front"].empty());
  bool has_chosen = false;
  for (const json& entry : answer["front"]) {
    check_entry(entry);
    has_chosen = has_chosen || entry["parameters"] == answer["best"]["parameters"];
    CHECK(entry["flash_bytes"].get<int>() <= 8192);
  }
  CHECK(has_chosen);
  CHECK(answer["best"]["log_loss_cv"].get<double>() > 0);
  CHECK(answer["best"]["score_held_out"].is_null());
  const json score = json_of("evaluate tuned.nhm --json --data " + data("iris.test.csv"));
  CHECK(score["score"].get<double>() > 0.85);
  const json again = json_of(tune("iris", flags + "-o again.nhm --json"));
  CHECK(again["best"] == answer["best"]);
  CHECK(again["front"] == answer["front"]);
  CHECK(read("again.nhm") == read("tuned.nhm"));
  CHECK(done(tune("iris", flags + "-o text.nhm")).find("text.nhm: written") != std::string::npos);
}

TEST_CASE("tune: rows held out are scored, and the search never sees them; card, parent") {
  train("iris", "tree", "old.nhm");
  const std::string flags = "--trials 8 --models logistic,tree --input float32 ";
  const std::string test = "--test " + data("iris.test.csv") + " ";
  const json plain = json_of(tune("iris", flags + "-o plain.nhm --json"));
  const json tested = json_of(tune("iris", flags + test + "-o tested.nhm --parent old.nhm --card card.json --json"));
  CHECK(tested["best"]["parameters"] == plain["best"]["parameters"]);
  CHECK(tested["best"]["score_cv"] == plain["best"]["score_cv"]);
  const json score = json_of("evaluate tested.nhm --json --data " + data("iris.test.csv"));
  CHECK(tested["best"]["score_held_out"] == score["score"]);
  const json card = json::parse(read("card.json"));
  CHECK(card["metrics"]["held_out"]["score"] == score["score"]);
  CHECK(card["metrics"]["cross_validation"]["mean"] == plain["best"]["score_cv"]);
  CHECK(card["parent_sha256"].is_string());
  CHECK(card["split"]["rows"] == 30);
  const json part = json_of(tune("iris", flags + "--test-fraction 0.25 -o part.nhm --json"));
  CHECK(part["best"]["score_held_out"].get<double>() > 0.8);
  CHECK(json_of("inspect part.nhm --json")["lineage"]["training_rows"] == 90);
}

TEST_CASE("tune: the command that is printed makes the file again, of each family" * figures) {
  struct Search {
    const char* set;
    const char* models;
    const char* flags;
  };
  std::vector<Search> searches;
  for (const char* family :
       {"logistic", "linear-svm", "svm", "naive-bayes", "tree", "forest", "extra-trees", "boosting", "mlp"}) {
    searches.push_back({"iris", family, "--trials 3 --seed 2"});
  }
  for (const char* family : {"linear-regression", "ridge", "lasso", "elastic-net", "huber", "linear-svr", "svr", "tree",
                             "forest", "extra-trees", "boosting", "mlp", "blend,ridge,tree"}) {
    searches.push_back({"diabetes", family, "--trials 4 --seed 1 --budget flash=16K"});
  }
  searches.push_back({"iris", "naive-bayes,tree", "--trials 16 --drop petal_width_cm --class-weight balanced"});
  searches.push_back({"iris", "svm", "--trials 3 --metric log-loss --folds plain --test-fraction 0.2"});
  searches.push_back(
      {"pima", "naive-bayes", "--trials 3 --threshold-for recall=0.9 --positive pos --cross-validate 4"});
  bool some_features = false;
  for (const Search& search : searches) {
    CAPTURE(search.models);
    CAPTURE(search.flags);
    const std::string flags = fmt::format("--models {} {} -o how.nhm --json", search.models, search.flags);
    const json answer = json_of(tune(search.set, flags));
    const json& best = answer["best"];
    check_parameters(best);
    some_features = some_features || !best["features"].is_null();
    const std::string made = read("how.nhm");
    write("how.nhm", "");
    const std::string command = answer["command"];
    CAPTURE(command);
    REQUIRE(command.starts_with("nuthatch train "));
    done(command.substr(9));
    CHECK(read("how.nhm") == made);
  }
  CHECK(some_features);
}

TEST_CASE("tune: by log loss support vector machines learn probabilities, and the parameters say so") {
  const json answer = json_of(tune("iris", "--models svm --metric log-loss --trials 4 -o loss.nhm --json"));
  CHECK(answer["best"]["parameters"]["probability"] == true);
  CHECK(answer["command"].get<std::string>().find(" --probability ") != std::string::npos);
  CHECK(done(tune("iris", "--models svm --metric log-loss --trials 4 -o loss.nhm")).find("--probability") !=
        std::string::npos);
  const json plain = json_of(tune("iris", "--models svm --trials 4 -o loss.nhm --json"))["best"];
  CHECK(plain["parameters"]["probability"] == false);
}

TEST_CASE("tune: where nothing can be learned it says so, and takes the smallest model") {
  // What is to be learned has nothing to do with the features.
  std::string rows = "a,b,label\n";
  unsigned number = 1;
  const auto next = [&number] { return (number = number * 1664525U + 1013904223U) >> 16U; };
  for (int row = 0; row < 160; ++row) rows += fmt::format("{},{},{}\n", next(), next(), next() % 2 == 0 ? "x" : "y");
  write("chance.csv", rows);
  const std::string flags = "tune --data chance.csv --target label --trials 12 --models naive-bayes,tree,forest ";
  const json answer = json_of(flags + "-o chance.nhm --json");
  CHECK(answer["better_than_guessing"] == false);
  for (const json& entry : answer["front"]) {
    if (entry["score_cv"] >= answer["best"]["score_cv"]) CHECK(entry["flash_bytes"] >= answer["best"]["flash_bytes"]);
  }
  const std::string text = done(flags + "-o chance.nhm");
  CHECK(text.find("the best is no better than guessing") != std::string::npos);
  CHECK(json_of(tune("iris", "--trials 4 --models tree -o knows.nhm --json"))["better_than_guessing"] == true);
}

TEST_CASE("tune: a target of one value, and a fold that nobody can learn from, are said before the search") {
  std::string constant = "a,label\n";
  std::string one_class = "a,label\n";
  std::string late = "a,b,label\n";  // no value of a in the rows before the first fold
  for (int row = 0; row < 100; ++row) {
    constant += fmt::format("{},3.5\n", row * 37 % 101);
    one_class += fmt::format("{},x\n", row * 37 % 101);
    late += fmt::format("{},{},{}\n", row < 40 ? "" : std::to_string(row), row * 37 % 101, row % 2 == 0 ? "x" : "y");
  }
  write("constant.csv", constant);
  write("one_class.csv", one_class);
  write("late.csv", late);
  struct Case {
    const char* flags;
    std::vector<const char*> says;
  };
  for (const Case& each : {Case{"--data constant.csv",
                                {"constant.csv: column \"label\" is 3.5 in all 100 rows", "choose another --target"}},
                           {"--data one_class.csv", {"has one class only (\"x\")", "choose another --target"}},
                           {"--data late.csv --folds time", {"fold 1", "column \"a\" has no value", "--drop a"}}}) {
    CAPTURE(each.flags);
    // Not one candidate is tried.
    const Outcome outcome = nuthatch(
        fmt::format("tune {} --target label --resume {}.jsonl -o none.nhm --trials 30", each.flags, each.says.size()));
    CAPTURE(outcome.err);
    CHECK(outcome.status == 1);
    for (const char* part : each.says) CHECK(outcome.err.find(part) != std::string::npos);
    CHECK(outcome.err.find("candidates") == std::string::npos);
  }
  CHECK(!std::filesystem::exists(folder() / "none.nhm"));
  CHECK(done("tune --data late.csv --target label --folds time --drop a -o late.nhm --trials 4").find("best: ") !=
        std::string::npos);
}

TEST_CASE("tune: a search by time names the families that there was none for, and no other") {
  // 3,000 rows of three classes that no line parts: kernels take the square of them.
  std::string rows = "a,b,c,label\n";
  for (int row = 0; row < 3000; ++row) {
    const int a = row * 7919 % 1009;
    const int b = row * 1301 % 997;
    rows += fmt::format("{},{},{},{}\n", a, b, row * 643 % 991, (a / 300 + b / 250) % 3);
  }
  write("hard.csv", rows);
  const json answer =
      json_of("tune --data hard.csv --target label -o hard.nhm --json --time 10s --models naive-bayes,svm,boosting");
  CHECK(answer["best"]["score_cv"].is_number());
  std::set<std::string> tried;
  for (const json& entry : answer["front"]) tried.insert(entry["model"]);
  for (const json& one : answer["dropped"]) {
    CAPTURE(one.dump());
    CHECK(!tried.contains(one["family"]));
    CHECK(!one["why"].get<std::string>().empty());
    CHECK(one["needs"].get<double>() > 10);
  }
}

TEST_CASE("tune: values, too") {
  const json answer = json_of(tune("diabetes", "--trials 8 --models ridge,tree --input int16 -o values.nhm --json"));
  CHECK(answer["metric"] == "r2");
  CHECK(answer["best"]["parameters"]["input"] == "int16");
  CHECK(json_of("evaluate values.nhm --json --data " + data("diabetes.test.csv"))["metric"] == "r2");
}

TEST_CASE("tune: goes on from what it has found, also where it was interrupted, but not from other data") {
  const std::string flags = "--models logistic,tree --seed 1 --resume trials.jsonl ";
  const json first = json_of(tune("iris", "--trials 10 -o one.nhm --json " + flags));
  const std::vector<std::string> lines = lines_of(read("trials.jsonl"));
  CHECK(lines.size() > 10);
  // The same again asks for nothing.
  const json same = json_of(tune("iris", "--trials 10 -o two.nhm --json " + flags));
  CHECK(same["best"] == first["best"]);
  CHECK(lines_of(read("trials.jsonl")).size() == lines.size());
  // Half of it, the last line cut off: only what is missing is asked for, and the outcome is the same.
  std::string half;
  for (std::size_t i = 0; i < lines.size() / 2; ++i) half += lines[i] + "\n";
  write("trials.jsonl", half + "{\"trial\": \"logis");
  CHECK(json_of(tune("iris", "--trials 10 -o three.nhm --json " + flags))["best"] == first["best"]);
  CHECK(read("three.nhm") == read("one.nhm"));
  // A file of before called candidates otherwise.
  write("before.jsonl", replaced(lines[0], "{\"format\":4,", "{\"format\":3,") + "\n");
  const Outcome before =
      nuthatch(tune("iris", "--trials 10 -o x.nhm --models logistic,tree --seed 1 --resume before.jsonl"));
  CHECK(before.status == 1);
  CHECK(before.err.find("before.jsonl: is no file of trials of this version of nuthatch") != std::string::npos);
  const Outcome other = nuthatch(tune("wine", "--trials 5 -o x.nhm " + flags));
  CHECK(other.status == 1);
  CHECK(other.err.find("trials.jsonl: holds trials of other data") != std::string::npos);
}

TEST_CASE("tune: wrong flags and budgets that nothing fits are said") {
  struct Mistake {
    const char* flags;
    int status;
    const char* says;
  };
  for (const Mistake& mistake : {
           Mistake{"--budget flash=8M", 2, "\"flash=8M\": give bytes"},
           {"--budget core=cortex-m9", 2, "core=cortex-m9: is none of cortex-m0"},
           {"--time soon", 2, "--time soon: give a time"},
           {"--time 5s --trials 3", 2, "--trials"},
           {"--models nothing", 2, "nothing"},
           {"--models ridge", 2, "does not learn classes"},
           {"--trials 6 --models logistic,tree --budget flash=1K", 1, "nothing fits the budget; the smallest, "},
           {"--trials 6 --folds grouped", 2, "--group COL"},
       }) {
    CAPTURE(mistake.flags);
    const Outcome outcome = nuthatch(tune("iris", std::string(mistake.flags) + " -o untuned.nhm"));
    CAPTURE(outcome.err);
    CHECK(outcome.status == mistake.status);
    CHECK(outcome.err.find(mistake.says) != std::string::npos);
  }
  CHECK(!std::filesystem::exists(folder() / "untuned.nhm"));
}

TEST_CASE("tune: a path that is no UTF-8 is no reason to lose what was found") {
  write("caf\xE9.csv", data_text("iris.train.csv"));
  const json answer = json_of("tune --data caf\xE9.csv --test caf\xE9.csv --target label -o odd.nhm --trials 1 --json");
  CHECK(answer["findings"].dump().find("caf\uFFFD.csv") != std::string::npos);
}

TEST_CASE("tune: why nothing could be learned is said, and time is not blamed for it") {
  std::string rows = "id,a,label\n";
  for (int i = 0; i < 60; ++i) rows += fmt::format("part-{}-x,{},{}\n", i, i % 7, i % 2 == 0 ? "x" : "y");
  write("names.csv", rows);
  const std::string flags = "tune --data names.csv --target label -o names.nhm --trials 4 --models tree,logistic ";
  const Outcome outcome = nuthatch(flags);
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("column \"id\" has another text in every row") != std::string::npos);
  CHECK(outcome.err.find("--time") == std::string::npos);
  const Outcome told = nuthatch(flags + "--json");
  CHECK(told.status == 1);
  const json answer = json::parse(told.out);
  CHECK(answer["best"].is_null());
  CHECK(answer["error"].get<std::string>().find("another text in every row") != std::string::npos);
  std::set<std::string> families;
  for (const json& one : answer["failures"]) families.insert(one["family"]);
  CHECK(families == std::set<std::string>{"logistic", "tree"});
  CHECK(answer["dropped"].empty());
}

TEST_CASE("tune: however short the time, there is an answer, and what there was no time for is named") {
  const std::string flags =
      "tune --target label --data " + data("satellite.train.csv") + " -o short.nhm --time 0.2s --json";
  const json answer = json_of(flags);
  CHECK(answer["best"]["score_cv"].get<double>() > 0.6);
  CHECK(json_of("evaluate short.nhm --json --data " + data("satellite.test.csv"))["score"].get<double>() > 0.6);
  std::set<std::string> dropped;
  for (const json& one : answer["dropped"]) {
    dropped.insert(one["family"]);
    CHECK(one["needs"].get<double>() > 0.2);
  }
  CHECK(dropped.contains("svm"));
  CHECK(!dropped.contains(answer["best"]["model"].get<std::string>()));
}

}  // namespace nuthatch::cli
