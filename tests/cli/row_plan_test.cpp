// `--group` and `--folds` decide whatever is held out: the test rows, folds, and what learning itself holds out.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <random>

#include "cli/program.hpp"

namespace nuthatch::cli {

using nlohmann::json;

namespace {

/// Rows whose features are the fingerprint of their machine and say nothing else, and whose label is drawn for each
/// machine: whoever has met the machine is right, whoever has not guesses.
std::string fingerprints(int machines, int rows_each, std::uint64_t seed = 11) {
  std::mt19937_64 random(seed);
  const auto digits = [&](std::uint64_t bound) { return static_cast<double>(random() % bound) / 1000; };
  std::string text = "machine,a,b,c,label\n";
  for (int machine = 0; machine < machines; ++machine) {
    const double a = digits(10000);
    const double b = digits(10000);
    const double c = digits(10000);
    const char* label = random() % 2 == 0 ? "good" : "bad";
    for (int row = 0; row < rows_each; ++row) {
      text +=
          fmt::format("m{},{:.4f},{:.4f},{:.4f},{}\n", machine, a + digits(20), b + digits(20), c + digits(20), label);
    }
  }
  return text;
}

/// 200 machines: 40 of them held out are right by guessing in 0.5 of cases, with a deviation of sqrt(0.25 / 40) = 0.08;
/// on average over five seeds, of which each holds out others, less than half of that.
constexpr double kChance = 0.15;

json trained(const std::string& model, const std::string& flags) {
  return json_of("train --data machines.csv --target label --json -o machines.nhm --model " + model + " " + flags);
}

double mean_of(const std::string& model, const std::string& flags, const std::function<double(const json&)>& score) {
  double sum = 0;
  for (int seed = 0; seed < 5; ++seed) sum += score(trained(model, fmt::format("{} --seed {}", flags, seed)));
  return sum / 5;
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

double held_out(const json& answer) { return answer["score"]; }
double on_folds(const json& answer) { return answer["cross_validation"]["mean"]; }

}  // namespace

TEST_CASE("row plan: what a model knows of a machine by heart scores as chance, on folds and on rows held out" *
          figures) {
  write("machines.csv", fingerprints(200, 6));
  for (const char* model : {"tree --max-depth 0", "forest --trees 10", "svm --C 100 --gamma 20"}) {
    CAPTURE(model);
    const std::string flags = "--test-fraction 0.2 --cross-validate 5 ";
    CHECK(held_out(trained(model, flags + "--drop machine")) > 0.9);
    CHECK(on_folds(trained(model, flags + "--drop machine")) > 0.9);
    const std::string grouped = flags + "--group machine";
    CHECK(std::abs(mean_of(model, grouped, held_out) - 0.5) < kChance);
    CHECK(std::abs(mean_of(model, grouped, on_folds) - 0.5) < kChance);
  }
  // Selected features and fitted probabilities are of other machines, too; the row of a machine is not told from it.
  const json selected = trained("tree", "--test-fraction 0.2 --group machine --select f");
  CHECK(std::abs(selected["selection"]["tried"][0]["mean"].get<double>() - 0.5) < 2 * kChance);
  write("others.csv", fingerprints(200, 6, 12));
  const auto log_loss = [](const std::string& flags) {
    trained("svm --probability --C 100 --gamma 20", flags);
    return json_of("evaluate machines.nhm --json --data others.csv")["log_loss"].get<double>();
  };
  CHECK(log_loss("--group machine") < std::log(2) + 0.05);  // it knows that it does not know
  CHECK(log_loss("--drop machine") > std::log(2) + 0.1);
}

TEST_CASE("row plan: the split is said, in text, JSON, card and lineage") {
  write("machines.csv", fingerprints(40, 5));
  const json answer = trained("tree", "--test-fraction 0.25 --group machine --card card.json");
  const json& split = answer["held_out"];
  CHECK(split["kind"] == "grouped");
  CHECK(split["group"] == "machine");
  CHECK(split["groups"] == 10);
  CHECK(split["of_groups"] == 40);
  CHECK(split["rows"] == 50);
  CHECK(split["of_rows"] == 200);
  CHECK(split["fraction"] == 0.25);
  CHECK(answer["test_rows"] == 50);
  CHECK(answer["features"] == 3);  // the group is none
  const json card = json::parse(read("card.json"));
  CHECK(card["split"]["kind"] == "grouped");
  CHECK(card["split"]["groups"] == 10);
  CHECK(json_of("inspect machines.nhm --json")["lineage"]["parameters"]["group"] == "machine");
  done("inspect machines.nhm --card later.json");
  CHECK(json::parse(read("later.json"))["split"]["kind"] == "grouped");
  const std::string text = done(
      "train --data machines.csv --target label --model tree -o m.nhm --test-fraction 0.25 "
      "--group machine");
  CHECK(text.find("held out to score on: 50 of 200 rows: 10 of 40 whole groups of \"machine\"\n") != std::string::npos);
  // Groups of 50, 30 and 20 rows: 0.1 is nearer to 20 than to none.
  std::string uneven = "who,x,label\n";
  for (int row = 0; row < 100; ++row) {
    uneven += fmt::format("{},{},{}\n", row < 50 ? "a" : row < 80 ? "b" : "c", row * 37 % 100, row % 2);
  }
  write("uneven.csv", uneven);
  CHECK(done("train --data uneven.csv --target label --model tree -o m.nhm --test-fraction 0.15 --group who")
            .find("20 of 100 rows: 1 of 3 whole groups of \"who\"; that is 0.200 of the rows, not 0.15") !=
        std::string::npos);
  const json plain = train("iris", "logistic", "s.nhm", "--test-fraction 0.25");
  CHECK(plain["held_out"]["kind"] == "stratified");
  CHECK(plain["held_out"]["groups"].is_null());
  CHECK(train("iris", "logistic", "s.nhm", "--test " + data("iris.test.csv"))["held_out"].is_null());
  CHECK(train("diabetes", "ridge", "s.nhm", "--test-fraction 0.25")["held_out"]["kind"] == "plain");
}

TEST_CASE("row plan: a split by time is the last rows, and the file is the same as of these in a file of their own") {
  const std::vector<std::string> lines = lines_of(data_text("diabetes.train.csv"));
  const std::size_t rows = lines.size() - 1;
  const std::size_t last = static_cast<std::size_t>(std::lround(0.2 * static_cast<double>(rows)));
  std::string early = lines[0] + "\n";
  std::string late = early;
  for (std::size_t row = 0; row < rows; ++row) (row < rows - last ? early : late) += lines[row + 1] + "\n";
  write("early.csv", early);
  write("late.csv", late);
  const json split = train("diabetes", "ridge", "time.nhm", "--test-fraction 0.2 --folds time");
  const json apart = json_of("train --data early.csv --test late.csv --target label --model ridge -o apart.nhm --json");
  CHECK(split["score"] == apart["score"]);
  CHECK(split["test_rows"] == last);
  CHECK(split["held_out"]["kind"] == "time");
  CHECK(done("train --target label --model ridge -o time.nhm --test-fraction 0.2 --folds time --data " +
             data("diabetes.train.csv"))
            .find(fmt::format("held out to score on: the last {} of {} rows in the order of the file", last, rows)) !=
        std::string::npos);
  // Its hash is of the places of these rows, each as eight bytes with the lowest first (SPEC.md).
  const std::string places = fmt::format(
      "python3 -c \"import hashlib, struct; print(hashlib.sha256(b''.join(struct.pack('<Q', i) for i in "
      "range({}, {}))).hexdigest())\"",
      rows - last, rows);
  train("diabetes", "ridge", "time.nhm", "--test-fraction 0.2 --folds time --card card.json");
  CHECK(json::parse(read("card.json"))["split"]["sha256"] == lines_of(shell(places)).front());
  CHECK(json::parse(read("card.json"))["split"]["kind"] == "time");
}

TEST_CASE("row plan: early stopping watches whole groups, or the last rows") {
  write("machines.csv", fingerprints(40, 10));
  const std::string mlp =
      "mlp --epochs 300 --alpha 0 --early-stopping 0.2 --patience 10 --hidden 64 --learning-rate 0.02";
  // On machines that it has not met it gets no better, so it stops before it knows those that it has met by heart.
  const auto of_train = [&](const std::string& flags) {
    return trained(mlp, flags)["scores"]["float32"]["train"]["score"].get<double>();
  };
  const double by_row = of_train("--drop machine");
  CHECK(of_train("--group machine") < by_row);
  CHECK(of_train("--folds time --drop machine") < by_row);
  std::string one = replaced(read("machines.csv"), "m1,", "m0,");
  for (int machine = 1; machine < 40; ++machine) one = replaced(one, fmt::format("m{},", machine), "m0,");
  write("one.csv", one);
  const Outcome outcome = nuthatch("train --data one.csv --target label -o x.nhm --group machine --model " + mlp);
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("there is one group only") != std::string::npos);
}

TEST_CASE("row plan: tune holds out, searches and scores by it" * figures) {
  write("machines.csv", fingerprints(60, 5));
  const std::string base =
      "tune --data machines.csv --target label -o tuned.nhm --json --trials 10 --models tree,forest --seed 2 "
      "--test-fraction 0.3 ";
  const json torn = json_of(base + "--drop machine");
  CHECK(torn["best"]["score_held_out"].get<double>() > 0.85);
  CHECK(torn["held_out"]["kind"] == "stratified");
  const json whole = json_of(base + "--group machine --card card.json");
  CHECK(whole["best"]["score_held_out"].get<double>() < 0.8);  // 18 machines: 0.5 + 2.5 deviations
  CHECK(whole["best"]["score_cv"].get<double>() < 0.75);
  CHECK(whole["held_out"]["groups"] == 18);
  CHECK(json::parse(read("card.json"))["metrics"]["cross_validation"]["kind"] == "grouped");
  const json time = json_of(base + "--drop machine --folds time");
  CHECK(time["held_out"]["kind"] == "time");
  CHECK(time["best"]["score_held_out"].get<double>() < 0.8);  // the last machines, whole: they lie together
}

TEST_CASE("row plan: neither flag needs folds, and what does not go together is said with what to do") {
  write("machines.csv", fingerprints(12, 4));
  std::string one = "who,x,label\n";
  std::string apart = one;
  for (int row = 0; row < 20; ++row) {
    one += fmt::format("a,{},{}\n", row, row % 2);
    apart += fmt::format("{},{},{}\n", row % 2 == 0 ? "a" : "b", row, row % 2);
  }
  write("one.csv", one);
  write("apart.csv", apart);
  write("late.csv", "x,label\n1,a\n2,b\n3,a\n4,b\n5,a\n6,b\n7,a\n8,b\n9,c\n10,c\n");
  CHECK(trained("tree", "--group machine")["features"] == 3);
  CHECK(trained("tree", "--drop machine --folds time --cross-validate 2")["held_out"].is_null());
  struct Mistake {
    const char* flags;
    int status;
    const char* says;
  };
  for (const Mistake& mistake : {
           Mistake{
               "--data machines.csv --group machine --folds stratified --test-fraction 0.2", 2,
               "--group: --folds stratified knows no groups; grouped does, or --drop machine leaves the column out"},
           {"--data machines.csv --group machine --folds plain", 2, "--folds plain knows no groups"},
           {"--data machines.csv --group machine --folds time --test-fraction 0.2", 2, "--folds time knows no groups"},
           {"--data machines.csv --folds grouped --test-fraction 0.2", 2, "--folds grouped needs --group COL"},
           {"--data one.csv --group who --test-fraction 0.2", 1, "all rows are of one group of \"who\""},
           {"--data apart.csv --group who --test-fraction 0.2", 1, "has a class that no other group has"},
           {"--data late.csv --folds time --test-fraction 0.2", 1,
            "class \"c\" is only among the last 2 rows held out"},
           {"--data machines.csv --group machine --cross-validate 13", 1, "12 groups are too few for 13 folds"},
       }) {
    CAPTURE(mistake.flags);
    for (const char* command : {"train --model tree ", "tune --trials 2 --models tree "}) {
      const Outcome outcome =
          nuthatch(std::string(command) + "--target label -o never.nhm " + std::string(mistake.flags));
      CAPTURE(outcome.err);
      CHECK(outcome.status == mistake.status);
      CHECK(outcome.err.find(mistake.says) != std::string::npos);
    }
  }
  CHECK(!std::filesystem::exists(folder() / "never.nhm"));
}

TEST_CASE("row plan: a class of which no row is scored is named, and has no recall") {
  // 60 rows, the first half good and bad by turns, the last half good.
  std::string text = "x,label\n";
  for (int i = 0; i < 60; ++i) text += fmt::format("{},{}\n", i % 2 + i * 0.001, i < 30 && i % 2 == 1 ? "bad" : "good");
  write("ended.csv", text);
  const std::string base = "--data ended.csv --target label ";
  const std::string train = "train --model tree -o ended.nhm " + base;
  const json held_out = json_of(train + "--folds time --test-fraction 0.2 --json");
  const json* found = nullptr;
  for (const json& each : held_out["findings"]) found = each["kind"] == "unscored_classes" ? &each : found;
  REQUIRE(found != nullptr);
  CHECK((*found)["count"] == 1);
  CHECK((*found)["columns"] == json({"label"}));
  CHECK(says((*found)["text"], "none of the 12 rows held out is of bad"));
  CHECK(says(done("tune -o ended_tuned.nhm --trials 3 --folds time --test-fraction 0.2 --cross-validate 2 " + base),
             "none of the 12 rows held out is of bad"));

  // Folds of ten rows after ten: the last three of five have no bad row.
  const json folds = json_of(train + "--folds time --cross-validate 5 --json")["cross_validation"];
  CHECK(folds["unscored_classes"] == json({{{"name", "bad"}, {"folds", 3}}}));
  CHECK(says(done(train + "--folds time --cross-validate 5"), "3 of 5 folds have no row of bad"));
  CHECK(json_of(train + "--cross-validate 5 --json")["cross_validation"]["unscored_classes"] == json::array());

  write("ended_good.csv", "x,label\n0,good\n0.1,good\n0.2,good\n");
  const json scores = json_of("evaluate ended.nhm --data ended_good.csv --json");
  CHECK(scores["unscored_classes"] == json({"bad"}));
  CHECK(scores["classes"][0]["recall"].is_null());
  CHECK(scores["classes"][0]["f1"].is_null());
  CHECK(scores["classes"][1]["recall"] == 1);
  CHECK(says(done("evaluate ended.nhm --data ended_good.csv"), "no row is of bad"));
}

TEST_CASE("row plan: what folds leave to learn from has two classes, or is said before anything is learned") {
  std::string text = "x,label\n";
  for (int i = 0; i < 60; ++i) text += fmt::format("{},{}\n", i, i < 40 ? "good" : "bad");
  write("began.csv", text);
  for (const char* command : {"train --model tree", "tune --trials 3"}) {
    CAPTURE(command);
    const Outcome run = nuthatch(command + std::string(" --data began.csv --target label -o began.nhm --folds time "
                                                       "--cross-validate 5"));
    CHECK(run.status == 1);
    CHECK(says(run.err, "the rows before fold 1 of 5 are all of class \"good\""));
    CHECK(says(run.err, "ask for fewer folds"));
  }
}

TEST_CASE("row plan: a threshold is chosen on folds of the groups that are left to learn from") {
  // Five machines, one of which is held out.
  std::string text = "machine,x,label\n";
  for (int i = 0; i < 100; ++i) text += fmt::format("m{},{},{}\n", i % 5, i % 7, i % 7 < 3 ? "bad" : "good");
  write("five.csv", text);
  const std::string base = "--data five.csv --target label --model tree -o five.nhm ";
  const json found = json_of("train --json --group machine --test-fraction 0.2 --threshold-for cost=1:1 " + base);
  CHECK(found["threshold"]["folds"] == 4);
  write("four.csv", "x,label\n1,a\n2,b\n3,a\n4,b\n");
  const Outcome few =
      nuthatch("train --folds plain --threshold-for cost=1:1 --target label --model tree -o five.nhm --data four.csv");
  CAPTURE(few.err);
  CHECK(few.status == 1);
  CHECK(says(few.err, "--threshold-for: "));
}

TEST_CASE("row plan: a target keeps its unit where rows are held out") {
  std::string text = "x,power\n";
  for (int i = 0; i < 40; ++i) text += fmt::format("{},{} kW\n", i, 2 * i);
  write("power.csv", text);
  done("train --units --data power.csv --target power --model ridge -o power.nhm --test-fraction 0.2");
  CHECK(json_of("inspect power.nhm --json")["lineage"]["parameters"]["target_unit"] == "kW");
  CHECK(nuthatch("evaluate power.nhm --data power.csv --units").err == "");
}

TEST_CASE("row plan: --folds where no rows are held out is said to have no effect") {
  write("idle.csv", fingerprints(8, 6));
  const std::string base =
      "train --data idle.csv --target label --model tree --drop machine -o idle.nhm --folds plain ";
  CHECK(says(nuthatch(base).err, "--folds has no effect where no rows are held out"));
  CHECK(nuthatch(base + "--test-fraction 0.2").err == "");
  CHECK(nuthatch(base + "--cross-validate 2").err == "");
}

}  // namespace nuthatch::cli
