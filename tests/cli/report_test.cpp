// --report, --card and --parent: what is written, what is refused, and that a model's bytes depend on its inputs alone.
// The pages themselves are looked at in tests/report.

#include <doctest/doctest.h>

#include <algorithm>

#include "cli/program.hpp"

namespace nuthatch::cli {

using nlohmann::json;

namespace {

const std::string kTrain = "train --target label --model logistic ";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

json card_of(const std::string& name) { return json::parse(read(name)); }

std::string sha256_of(const std::string& path) { return shell("sha256sum " + path).substr(0, 64); }

}  // namespace

TEST_CASE("--report writes a page and says where; with --json stdout stays one document") {
  const std::string rows = "--data " + data("iris.train.csv") + " --test " + data("iris.test.csv");
  CHECK(has(done(kTrain + rows + " -o page.nhm --report page.html"), "page.html: the report"));
  CHECK(has(read("page.html"), "page.nhm"));
  json_of("evaluate page.nhm --json --report other.html --data " + data("iris.test.csv"));
  CHECK(has(read("other.html"), "the 30 rows of iris.test.csv"));
  // The very rows that it was learned from are told apart from others.
  CHECK_FALSE(has(read("other.html"), "the score flatters"));
  done("evaluate page.nhm --report other.html --data " + data("iris.train.csv"));
  CHECK(has(read("other.html"), "the score flatters"));
}

TEST_CASE("--report and --card replace nothing that the command reads or writes") {
  write("rows.csv", data_text("iris.train.csv"));
  done(kTrain + "--data rows.csv -o kept.nhm");
  const std::string rows = read("rows.csv");
  const std::string model = read("kept.nhm");
  for (const std::string& wrong :
       {kTrain + "--data rows.csv -o new.nhm --report rows.csv",
        kTrain + "--data rows.csv -o new.nhm --report ./rows.csv",
        kTrain + "--data rows.csv -o new.nhm --report new.nhm", kTrain + "--data rows.csv -o new.nhm --card rows.csv",
        kTrain + "--data rows.csv -o new.nhm --card c.json --report c.json",
        kTrain + "--data rows.csv -o new.nhm --parent kept.nhm --report kept.nhm",
        std::string("evaluate kept.nhm --data rows.csv --report kept.nhm"),
        std::string("evaluate kept.nhm --data rows.csv --report rows.csv"),
        std::string("inspect kept.nhm --card kept.nhm"),
        std::string("tune --data rows.csv --target label --trials 1 -o new.nhm --report rows.csv")}) {
    CAPTURE(wrong);
    const Outcome refused = nuthatch(wrong);
    CHECK(refused.status == 2);
    CHECK(has(refused.err, "would overwrite"));
  }
  CHECK(read("rows.csv") == rows);
  CHECK(read("kept.nhm") == model);
  CHECK_FALSE(std::filesystem::exists(folder() / "new.nhm"));
}

TEST_CASE("a page that cannot be written is an error that says why") {
  done(kTrain + "--data " + data("iris.train.csv") + " -o full.nhm");
  const std::string evaluate = "evaluate full.nhm --data " + data("iris.test.csv") + " --report ";
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"nowhere/r.html", "there is no folder nowhere"}, {"/dev/full", "No space left"}, {".", "is a directory"}};
  for (const auto& each : wrong) {
    CAPTURE(each.first);
    const Outcome failed = nuthatch(evaluate + each.first);
    CHECK(failed.status == 1);
    CHECK(has(failed.err, each.second));
  }
  CHECK(nuthatch(evaluate + "''").status == 2);
}

TEST_CASE("a model's bytes depend on its inputs alone: not on folder, cores, report or card") {
  write("same.csv", data_text("sonar.train.csv"));
  const std::string same = "--data same.csv --test-fraction 0.3 --seed 4 ";
  done(kTrain + same + "-o first.nhm");
  done(kTrain + same + "-o second.nhm --report same.html --card same.json");
  shell("mkdir -p elsewhere && cp same.csv elsewhere/ && cd elsewhere && taskset -c 0 \"$NUTHATCH_PROGRAM\" " + kTrain +
        same + "-o third.nhm >/dev/null");
  shell("cmp first.nhm second.nhm && cmp first.nhm elsewhere/third.nhm");
}

TEST_CASE("the card tells where a model comes from and how good it is, in the file and beside it") {
  const std::string test = data("boston_housing.test.csv");
  const json trained = train("boston_housing", "ridge", "card.nhm", "--test " + test + " --card card.json --seed 5");
  done("inspect card.nhm --card inspected.json");
  const json scored = json_of("evaluate card.nhm --json --data " + test);
  for (const char* name : {"card.json", "inspected.json"}) {
    CAPTURE(name);
    const json card = card_of(name);
    CHECK(card["model"]["sha256"] == trained["sha256"]);
    CHECK(card["data"]["sha256"] == sha256_of(data("boston_housing.train.csv")));
    CHECK(card["split"]["sha256"] == sha256_of(test));
    CHECK(card["split"]["rows"] == 102);
    CHECK(card["seed"] == 5);
    CHECK(card["versions"]["schema"] == 1);
    CHECK(card["parent_sha256"] == nullptr);
    const json& held_out = card["metrics"]["held_out"];
    CHECK(held_out["score"].get<double>() == doctest::Approx(scored["score"].get<double>()).epsilon(1e-6));
    CHECK(held_out["interval"]["low"].get<double>() ==
          doctest::Approx(scored["interval"]["low"].get<double>()).epsilon(1e-6));
    CHECK(held_out["interval"]["high"].get<double>() ==
          doctest::Approx(scored["interval"]["high"].get<double>()).epsilon(1e-6));
    CHECK(card["ranges"].size() == 13);
    // What is not known is null, and says so.
    const json& energy = card["energy"];
    CHECK(energy["training"]["joules"].is_null() == (energy["training"]["label"] == "unavailable"));
    for (const json& core : energy["prediction"]) {
      CHECK(core["microjoules"].is_null() == (core["label"] == "unavailable"));
      CHECK_FALSE(core["how"].get<std::string>().empty());
    }
  }
  CHECK(card_of("card.json")["energy"]["training"]["cpu_seconds"].get<double>() > 0);
  CHECK(card_of("inspected.json")["energy"]["training"]["joules"] == nullptr);
}

TEST_CASE("rows held out cost a file 72 bytes, a parent 48, and nothing where there are none") {
  const auto bytes = [](const std::string& flags) {
    return train("iris", "logistic", "size.nhm", flags)["model_bytes"].get<int>();
  };
  const int plain = bytes("");
  CHECK(bytes("--test " + data("iris.test.csv")) - plain <= 72);
  train("iris", "logistic", "old.nhm");
  CHECK(bytes("--parent old.nhm") - plain <= 48);
  done("inspect size.nhm --card size.json");
  CHECK(card_of("size.json")["split"] == nullptr);
  CHECK(card_of("size.json")["metrics"]["held_out"] == nullptr);
}

TEST_CASE("--parent names the model that is replaced, which must predict the same column") {
  const json old = train("iris", "logistic", "parent.nhm");
  train("iris", "logistic", "child.nhm", "--parent parent.nhm --C 2");
  CHECK(json_of("inspect child.nhm --json")["lineage"]["parent_sha256"] == old["sha256"]);
  write("other.csv", "a,b,state\n1,2,x\n2,1,y\n3,1,x\n1,4,y\n");
  const Outcome wrong =
      nuthatch("train --data other.csv --target state --model logistic -o other.nhm --parent parent.nhm");
  CHECK(wrong.status == 1);
  CHECK(has(wrong.err, "predicts label, not state"));
}

}  // namespace nuthatch::cli
