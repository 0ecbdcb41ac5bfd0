// Text, missing values, skew and outliers from a CSV to answers, through the program.

#include <doctest/doctest.h>

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
  return column(done("predict plain.nhm --data rows.csv"), "prediction");
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
