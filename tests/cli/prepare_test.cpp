// Text, missing values, skew and outliers from a CSV to answers, through the program.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "cli/program.hpp"

namespace nuthatch::cli {

using nlohmann::json;

namespace {

const char* const kChoices = R"({"all": {"indicator": true}, "columns": {"hours": {"transform": "log1p"},
  "load": {"clip": [0.01, 0.99]}, "cooling": {"encode": "ordinal", "order": ["water", "air", "none"]}}})";

std::string rows(const std::string& part) { return "--data " + data("workshop." + part + ".csv") + " "; }

json train_workshop(const std::string& output, const std::string& flags = "") {
  write("prepare.json", kChoices);
  return json_of("train " + rows("train") + "--target label --model logistic --test " + data("workshop.test.csv") +
                 " -o " + output + " --json " + flags);
}

std::vector<std::string> predictions(const std::string& text) {
  write("rows.csv", text);
  return column(done("predict plain.nhm --data rows.csv 2>/dev/null"), "prediction");
}

}  // namespace

TEST_CASE("prepare: text is encoded by default, and what was done is said") {
  const json answer = train_workshop("plain.nhm");
  CHECK(answer["preparation"] == json::array({"maker: 4 categories, one-hot", "cooling: 3 categories, one-hot"}));
  const json facts = json_of("inspect plain.nhm --json");
  CHECK(facts["features"][0]["categories"] == json::array({"Acme", "Borg & Sons", "Cyclo", "Delta"}));
  CHECK(facts["columns"].size() == 4 + 3 + 4);
  CHECK(facts["columns"][1]["name"] == "maker=Borg & Sons");
  CHECK(facts["bytes"]["preparation"] == 12 * 11);
  // A maker that training never saw is no error, and no other maker either.
  const std::string head = "maker,cooling,hours,load,temperature,serviced\n";
  CHECK(predictions(head + "Acme,air,100,60,20,20\n").size() == 1);
  CHECK(predictions(head + "Nobody,,100,60,20,20\n,air,100,60,20,20\n") ==
        std::vector<std::string>{predictions(head + "Nobody,air,100,60,20,20\n")[0], ""});  // none was missing
}

TEST_CASE("prepare: what is chosen makes the better model, and is in the file") {
  const double plain = train_workshop("plain.nhm")["score"];
  const json answer = train_workshop("chosen.nhm", "--prepare prepare.json --input int16 --seed 1");
  CHECK(answer["score"].get<double>() > plain + 0.03);
  const json parameters = json_of("inspect chosen.nhm --json")["lineage"]["parameters"];
  CHECK(parameters["prepare"] == json::parse(kChoices));
  // The same again, to the byte.
  train_workshop("again.nhm", "--prepare prepare.json --input int16 --seed 1");
  CHECK(read("again.nhm") == read("chosen.nhm"));
  const std::string header = done("export chosen.nhm --as c-array --name workshop");
  CHECK(header.find("open<Int16Input, Linear, Preparation> takes it") != std::string::npos);
  CHECK(header.find("#define WORKSHOP_MAKER_BORG___SONS 1 /* Borg & Sons */") != std::string::npos);
  CHECK(header.find("#define WORKSHOP_COOLING_NONE 2 /* none */") != std::string::npos);
}

TEST_CASE("prepare: cross-validation, explain, compare and tune take text") {
  const json folds = train_workshop("folds.nhm", "--prepare prepare.json --cross-validate 3")["cross_validation"];
  CHECK(folds["mean"].get<double>() > 0.8);
  const json row = json_of("explain folds.nhm --row 1 --json " + rows("test"));
  double sum = row["base"].get<double>();
  for (const json& each : row["contributions"]) sum += each["contribution"].get<double>();
  CHECK(row["contributions"].size() == 6);
  for (const json& each : row["contributions"]) {
    if (each["feature"] == "maker") CHECK(each["value"] == "Acme");
  }
  CHECK(sum == doctest::Approx(row["score"].get<double>()));
  const json compared = json_of("compare folds.nhm --targets local --json " + rows("test"));
  CHECK(compared["targets"].size() == 1);
  const json tuned = json_of(
      "tune --target label --trials 4 --models logistic,tree --prepare prepare.json -o tuned.nhm "
      "--json " +
      rows("train"));
  CHECK(tuned["best"]["score_cv"].get<double>() > 0.7);
}

TEST_CASE("prepare: each fold learns its preparation from its own training rows, of a selection, too") {
  // y goes on with x. A fold in time knows only smaller x, so what it clips to leaves it without an answer.
  std::string text = "x,z,y\n";
  for (int row = 0; row < 120; ++row) text += fmt::format("{},{},{}\n", row, row * row % 7, row);
  write("rising.csv", text);
  write("clip.json", R"({"all": {"clip": [0, 1]}})");
  const auto answer = [](const std::string& flags) {
    return json_of(
        "train --data rising.csv --target y --model linear-regression --cross-validate 3 -o rising.nhm --json " +
        flags);
  };
  const auto score = [](const json& found) { return found["cross_validation"]["mean"].get<double>(); };
  CHECK(score(answer("--folds time")) > 0.99);
  CHECK(score(answer("--folds time --prepare clip.json")) < 0);
  const auto tried = [&](const std::string& folds) -> double {
    return answer("--select f --prepare clip.json --folds " + folds)["selection"]["tried"][0]["mean"];
  };
  CHECK(tried("plain") > 0.99);
  CHECK(tried("time") < 0);
}

TEST_CASE("prepare: dependence on text is told by the names, all of them") {
  train_workshop("plain.nhm");
  const json found = json_of("explain plain.nhm --dependence maker --grid 2 --json " + rows("train"))["dependence"];
  std::vector<std::string> names = found["grid"];
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"Acme", "Borg & Sons", "Cyclo", "Delta"});
  CHECK(done("explain plain.nhm --dependence maker " + rows("train")).find("Borg & Sons") != std::string::npos);
}

TEST_CASE("prepare: principal components are learned on, said, and explained by what can") {
  const json answer = train_workshop("pca.nhm", "--pca 4 --input int16");
  CHECK(answer["preparation"].back().get<std::string>().find("4 principal components of 11 columns") == 0);
  const json facts = json_of("inspect pca.nhm --json");
  CHECK(facts["components"] == 4);
  CHECK(facts["columns"].size() == 11);
  CHECK(facts["bytes"]["preparation"] == 12 * 11 + 4 * (8 + 2 * 11));
  CHECK(facts["budget"]["steps"]["product of a component"] == 44);
  CHECK(facts["budget"]["multiply_accumulates"] == 44 + 4);
  CHECK(facts["budget"]["scratch_words"] == 4 + 6 + 2);  // six features, eleven columns, four components, by fours
  CHECK(facts["lineage"]["parameters"]["prepare"] == json::parse(R"({"pca": 4})"));
  CHECK(done("inspect pca.nhm").find("4 principal component(s) of these 11 columns") != std::string::npos);
  write("pca.json", R"({"pca": 4})");
  train_workshop("same.nhm", "--prepare pca.json --input int16");
  CHECK(column(done("predict same.nhm " + rows("test") + " 2>/dev/null"), "prediction") ==
        column(done("predict pca.nhm " + rows("test") + " 2>/dev/null"), "prediction"));
  const Outcome refused = nuthatch("explain pca.nhm --row 1 " + rows("test"));
  CHECK(refused.status == 1);
  CHECK(refused.err.find("works on principal components") != std::string::npos);
  CHECK(json_of("explain pca.nhm --permutation --json " + rows("test"))["importance"].size() == 6);
  for (const char* wrong : {"0", "1.5", "-2", "many"}) {
    CHECK(nuthatch("train " + rows("train") + "--target label --model tree -o none.nhm --pca " + wrong).status == 2);
  }
}

TEST_CASE("prepare: the device's contributions are the features', whatever columns are made of them") {
  for (const char* model : {"logistic", "forest --trees 5"}) {
    write("prepare.json", kChoices);
    done("train " + rows("train") + "--target label --prepare prepare.json --explain -o told.nhm --json --model " +
         model);
    const std::string told = done("predict told.nhm --explain " + rows("test") + " 2>/dev/null");
    const std::vector<std::string> names = cells_of(lines_of(told)[0]);
    CHECK(std::count_if(names.begin(), names.end(), [](const auto& name) { return name.rfind("why_", 0) == 0; }) == 6);
    const std::vector<std::string> base = column(told, "base"), maker = column(told, "why_maker");
    CHECK(std::any_of(maker.begin(), maker.end(), [&](const std::string& text) { return text != maker[0]; }));
    CHECK(base.size() == maker.size());
  }
  CHECK(nuthatch("train " + rows("train") + "--target label --model logistic --pca 2 --explain -o none.nhm").status ==
        2);
}

TEST_CASE("prepare: an unknown category refuses its row where that was asked for") {
  write("refuse.json", R"({"columns": {"maker": {"unknown": "refuse"}}})");
  for (const char* input : {"float32", "int16"}) {
    train_workshop("plain.nhm", std::string("--prepare refuse.json --input ") + input);
    const std::string head = "maker,cooling,hours,load,temperature,serviced\n";
    const std::vector<std::string> answers =
        predictions(head + "Acme,air,100,60,20,20\nNobody,air,100,60,20,20\nAcme,none of these,100,60,20,20\n");
    CHECK(answers[0] != "");
    CHECK(answers[1] == "");
    CHECK(answers[2] != "");
  }
}

TEST_CASE("prepare: what is wrong is said, and nothing is written") {
  const auto error = [](const std::string& choices) {
    write("wrong.json", choices);
    const Outcome outcome =
        nuthatch("train " + rows("train") + "--target label --model tree -o none.nhm --prepare wrong.json");
    CHECK(outcome.status == 1);
    return outcome.err;
  };
  CHECK(error(R"({"columns": {"hour": {"transform": "log1p"}}})").find("Did you mean \"hours\"?") != std::string::npos);
  CHECK(error(R"({"columns": {"hours": {"transform": "sqrt"}}})").find("columns.hours.transform") != std::string::npos);
  CHECK(error(R"({"columns": {"maker": {"transform": "log1p"}}})").find("\"maker\" is text") != std::string::npos);
  CHECK(!std::filesystem::exists(folder() / "none.nhm"));
}

}  // namespace nuthatch::cli
