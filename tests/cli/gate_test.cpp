// Data at the gate: nothing that a CSV says is changed in silence before anything is learned of it.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "cli/program.hpp"

namespace nuthatch::cli {

using nlohmann::json;

namespace {

std::string on_case(const std::string& name, const std::string& model = "tree") {
  return fmt::format("--data {} --target {} --model {} -o gate.nhm ", data("cases/" + name + ".csv"),
                     name == "target_1em25" ? "y" : "label", model);
}

/// What is said of a command that must fail with status 1.
std::string refusal(const std::string& arguments) {
  const Outcome outcome = nuthatch(arguments);
  CHECK(outcome.status == 1);
  CHECK(outcome.out == "");
  return outcome.err;
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<std::string> classes_of(const std::string& model) {
  return json_of("inspect --json " + model)["classes"].get<std::vector<std::string>>();
}

const json* find(const json& findings, const std::string& kind) {
  for (const json& each : findings) {
    if (each["kind"] == kind) return &each;
  }
  return nullptr;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("gate: two spellings of one number are asked about, by train and by tune") {
  for (const auto& [name, first, second] :
       {std::tuple("labels_versions", "\"1.1\"", "\"1.10\""), std::tuple("labels_zip", "\"01\"", "\"1\"")}) {
    for (const std::string& command : {std::string("train --model tree"), std::string("train --model logistic"),
                                       std::string("tune --models tree,logistic --trials 2")}) {
      CAPTURE(command);
      const std::string error = refusal(
          fmt::format("{} --data {} --target label -o gate.nhm", command, data(fmt::format("cases/{}.csv", name))));
      for (const char* part : {first, second, "--labels text", "--labels number", "column \"label\""}) {
        CAPTURE(part);
        CHECK(says(error, part));
      }
    }
  }
}

TEST_CASE("gate: --labels text keeps spellings apart, --labels number makes one class of them") {
  done("train --labels text " + on_case("labels_versions"));
  CHECK(classes_of("gate.nhm") == Texts{"1.1", "1.10", "1.2", "2.0"});
  done("train --labels number --task classification " + on_case("labels_versions"));
  CHECK(classes_of("gate.nhm") == Texts{"1.1", "1.2", "2.0"});
  done("train --labels text " + on_case("labels_zip"));
  CHECK(classes_of("gate.nhm") == Texts{"001", "01", "1", "2"});
  write("zeros.csv", "x,label\n1,0e12\n2,0e34\n3,0e12\n4,0e34\n5,7\n6,7\n");
  CHECK(says(refusal("train --data zeros.csv --target label --model tree -o gate.nhm"), "\"0e34\" and \"0e12\""));
}

TEST_CASE("gate: whole numbers beyond 2^53 are as many classes as there are digits for, compared as numbers too") {
  for (const char* flags : {"", "--labels text ", "--labels number "}) {
    CAPTURE(flags);
    done("train --task classification " + std::string(flags) + on_case("labels_int64"));
    CHECK(classes_of("gate.nhm") == Texts{"9007199254740992", "9007199254740993", "9007199254740994"});
  }
}

TEST_CASE("gate: evaluate finds a label by its text, or else by its number, and says so") {
  write("whole.csv", "x,label\n1,1\n2,1\n3,2\n4,2\n5,1\n6,2\n");
  write("pointed.csv", "x,label\n1,1.0\n3,2\n4,2.0\n2,1.0\n");
  done("train --data whole.csv --target label --model tree -o whole.nhm");
  const json found = json_of("evaluate whole.nhm --data pointed.csv --json");
  CHECK(found["rows"] == 4);
  CHECK(found["labels_by_number"] == json::parse(R"([{"label":"1.0","class":"1","rows":2},
                                                      {"label":"2.0","class":"2","rows":1}])"));
  CHECK(json_of("evaluate whole.nhm --data whole.csv --json")["labels_by_number"] == json::array());
  CHECK(says(done("evaluate whole.nhm --data pointed.csv"), "label \"1.0\" of 2 rows is taken for the class \"1\""));
  CHECK(
      says(refusal("evaluate whole.nhm --data pointed.csv --labels text"), "label \"1.0\" is not one of the model's"));
  const json findings =
      json_of("train --data whole.csv --test pointed.csv --target label --model tree -o x.nhm --json")["findings"];
  REQUIRE(find(findings, "same_number") != nullptr);
}

TEST_CASE("gate: a label that is the number of two classes is refused") {
  done("train --labels text " + on_case("labels_versions"));
  write("version.csv", "x,y,label\n0,0,1.100\n0,0,1.2\n");
  const std::string error = refusal("evaluate gate.nhm --data version.csv");
  CHECK(says(error, "\"1.100\" is the number of 2 labels of the model (\"1.1\", \"1.10\")"));
  write("version.csv", "x,y,label\n0,0,1.1\n0,0,1.20\n");
  CHECK(json_of("evaluate gate.nhm --data version.csv --json")["labels_by_number"].size() == 1);
  CHECK(says(refusal("evaluate gate.nhm --data version.csv --labels number"), "\"1.1\" is the number of 2 labels"));
}

TEST_CASE("gate: groups of one number in two spellings are asked about") {
  std::string rows = "x,who,label\n";
  for (int i = 0; i < 24; ++i)
    rows += fmt::format("{},{},{}\n", i, i % 4 == 0 ? "01" : std::to_string(i % 4), i % 3 ? "a" : "b");
  write("groups.csv", rows);
  const std::string flags =
      "train --data groups.csv --target label --model tree -o g.nhm --group who --folds grouped --cross-validate 2 ";
  CHECK(says(refusal(flags), "\"1\" and \"01\""));
  CHECK(nuthatch(flags + "--labels number").status == 0);
  CHECK(nuthatch(flags + "--labels text").status == 0);
}

TEST_CASE("gate: a class with a comma in its name has a weight, and one is found by its number") {
  const std::string flags =
      "train --class-weight '\"a, b\"=2,赤=3,\"say \"\"hi\"\"\"=4' " + on_case("labels_unicode", "logistic");
  done(flags);
  CHECK(classes_of("gate.nhm")[0] == "a, b");
  CHECK(says(nuthatch("train --class-weight a=2 " + on_case("labels_unicode", "logistic")).err, "stands in quotes"));
  CHECK(says(done("explain gate.nhm --class 'a, b' --row 1 --data " + data("cases/labels_unicode.csv")), "a, b"));
  write("whole.csv", "x,label\n1,1\n2,1\n3,2\n4,2\n5,1\n6,2\n");
  const Outcome outcome =
      nuthatch("train --class-weight 1.0=2 --data whole.csv --target label --model logistic -o w.nhm");
  CHECK(outcome.status == 0);
  CHECK(says(outcome.err, "\"1.0\" is taken for the class \"1\""));
}

TEST_CASE("gate: a label that says that it is missing is refused") {
  CHECK(says(refusal("train " + on_case("labels_none")), "\"None\" means that the label is missing"));
}

TEST_CASE("gate: what float32 merges is said, and not called a duplicate row") {
  for (const char* name : {"ts_ms", "pressure"}) {
    CAPTURE(name);
    const json findings = json_of("train --json " + on_case(name))["findings"];
    const json* merges = find(findings, "float32_merges");
    REQUIRE(merges != nullptr);
    CHECK((*merges)["columns"] == json({std::string(name) == "ts_ms" ? "timestamp" : "p"}));
    CHECK(says((*merges)["text"], "subtract an offset"));
    CHECK(says((*merges)["text"], "--input int16"));
    // Of pressure.csv one row is there twice, as it is written.
    const json* copies = find(findings, "duplicate_rows");
    CHECK((copies == nullptr ? 0 : (*copies)["count"].get<int>()) == (std::string(name) == "pressure" ? 1 : 0));
    CHECK(find(findings, "conflicting_rows") == nullptr);
  }
}

TEST_CASE("gate: the remedy for a target close to 0 is one that works") {
  for (const char* model : {"ridge", "tree", "svr", "mlp"}) {
    CAPTURE(model);
    CHECK(says(refusal("train " + on_case("target_1em25", model)), "multiply the column by 1e+25"));
  }
  std::string scaled = "a,b,y\n";
  for (const std::string& line : lines_of(data_text("cases/target_1em25.csv"))) {
    const auto cells = cells_of(line);
    if (cells[2] != "y") scaled += fmt::format("{},{},{}\n", cells[0], cells[1], 1e25 * std::stod(cells[2]));
  }
  write("scaled.csv", scaled);
  CHECK(json_of("train --data scaled.csv --target y --model ridge -o s.nhm --json")["score"] > 0.5);
}

TEST_CASE("gate: numbers in other notations are not taken for text, and the flag that reads them is named") {
  const std::tuple<const char*, const char*> cases[] = {{"decomma_semicolon", "--decimal-comma"},
                                                        {"decomma_distinct", "--decimal-comma"},
                                                        {"units", "--units"},
                                                        {"percent", "--units"},
                                                        {"thousands", "--thousands comma"}};
  for (const auto& [name, flag] : cases) {
    const std::string shown = name;
    CAPTURE(shown);
    const std::string error = refusal("train " + on_case(name));
    CHECK(says(error, flag));
    CHECK(says(error, "column \"a\""));
    const json trained = json_of("train --json " + on_case(name) + flag);
    CHECK(trained["score"] > 0.9);
    const std::string rows = data(fmt::format("cases/{}.csv", name));
    CHECK(json_of(fmt::format("evaluate gate.nhm --json --data {} {}", rows, flag))["score"] == trained["score"]);
    CHECK(says(refusal(fmt::format("predict gate.nhm --data {}", rows)), flag));
  }
}

TEST_CASE("gate: words among numbers in another notation make no categories of them") {
  for (const auto& [cell, flag] :
       {std::pair("{},5", "--decimal-comma"), std::pair("{} kg", "--units"), std::pair("{}%", "--units")}) {
    std::string rows = "a;b;label\n";
    for (int row = 0; row < 90; ++row) {
      const std::string number = fmt::format(fmt::runtime(cell), row);
      rows += fmt::format("{};{};{}\n", row % 3 == 1 ? "broken" : number, row % 7, row % 2 == 0 ? "even" : "odd");
    }
    write("third_words.csv", rows);
    const std::string error = refusal("train --data third_words.csv --target label --model tree -o third.nhm");
    CAPTURE(error);
    for (const char* part : {"row 2 (line 3), column \"a\": \"broken\"", "--prepare", flag}) CHECK(says(error, part));
  }
}

TEST_CASE("gate: labels that a notation's flag reads as one number are asked about, and matched later") {
  for (const auto& [first, second, flag] :
       {std::tuple("\"1,000\"", "1000", "--thousands comma"), std::tuple("5%", "5", "--units"),
        std::tuple("0e99999999999999999999", "0", "")}) {
    const std::string shown = first;
    CAPTURE(shown);
    std::string rows = "x,label\n";
    for (int i = 0; i < 40; ++i) rows += fmt::format("{},{}\n", i, i % 4 == 0 ? first : i % 4 == 1 ? second : "other");
    write("spelled.csv", rows);
    for (const char* command : {"train --model tree", "tune --models tree --trials 2"}) {
      const std::string learn = fmt::format("{} --data spelled.csv --target label -o spelled.nhm {} ", command, flag);
      const std::string error = refusal(learn);
      CHECK(says(error, "--labels text"));
      CHECK(says(error, "--labels number"));
      done(learn + "--labels text");
      CHECK(classes_of("spelled.nhm").size() == 3);
      done(learn + "--labels number");
      CHECK(classes_of("spelled.nhm").size() == 2);
    }
    const json found = json_of(fmt::format("evaluate spelled.nhm --data spelled.csv --json {}", flag));
    CHECK(found["labels_by_number"].size() == 1);
    CHECK(found["labels_by_number"][0]["rows"] == 10);
  }
}

TEST_CASE("gate: what a file's names hold reaches no terminal, and files and JSON keep it") {
  const std::string evil =
      "e\x1b[2J\x1b]0;owned\x07\u202E\xC2\x9B"
      "0m";
  const std::string lines = "two\nnuthatch: all is well";
  const std::string longest(5000, 'L');
  const auto row = [](const std::string& a, const std::string& b) { return fmt::format("\"{}\",\"{}\"", a, b); };
  std::string rows = fmt::format("\"{}\",\"{}\",{},{}\n", evil, lines, longest, row("category, it", "label"));
  for (int i = 0; i < 60; ++i) {
    const std::string label = i % 3 == 0 ? evil : i % 3 == 1 ? lines : longest;
    rows += fmt::format("{},{},{},{}\n", i, i % 7, 5, row(i % 3 == 0 ? evil : i % 3 == 1 ? longest : lines, label));
  }
  write("evil.csv", rows);
  const std::string learn = "train --data evil.csv --target label --model tree -o evil_names.nhm ";
  std::vector<Outcome> outcomes = {nuthatch(learn),
                                   nuthatch(learn + "--cross-validate 3"),
                                   nuthatch("inspect evil_names.nhm"),
                                   nuthatch("evaluate evil_names.nhm --data evil.csv"),
                                   nuthatch("explain evil_names.nhm --permutation --data evil.csv"),
                                   nuthatch("explain evil_names.nhm --row 1 --data evil.csv"),
                                   nuthatch("train --data evil.csv --target none --model tree -o x.nhm"),
                                   nuthatch("explain evil_names.nhm --row 1 --class none --data evil.csv"),
                                   nuthatch(learn + "--class-weight none=2"),
                                   nuthatch(learn + "--positive none")};
  write("other_names.csv", replaced(rows, "owned", "other"));
  outcomes.push_back(nuthatch("evaluate evil_names.nhm --data other_names.csv"));
  std::size_t successes = 0;
  for (const Outcome& each : outcomes) {
    successes += each.status == 0 ? 1 : 0;
    for (const std::string& text : {each.out, each.err}) {
      CAPTURE(text);
      const auto raw = [](unsigned char c) { return (c < 0x20 && c != '\n') || c == 0x7F; };
      CHECK(std::none_of(text.begin(), text.end(), raw));
      for (const char* part : {"\u202E", "\xC2\x9B", "\nnuthatch: all is well"}) CHECK_FALSE(says(text, part));
      CHECK_FALSE(says(text, std::string(201, 'L')));
    }
  }
  CHECK(successes == 6);
  CHECK(says(outcomes[2].out, "\\x1b[2J"));
  CHECK(classes_of("evil_names.nhm") == Texts{longest, evil, lines});
  const std::string predicted = done("predict evil_names.nhm --data evil.csv");
  CHECK(says(predicted, lines));
  CHECK(says(predicted, longest));
}

TEST_CASE("gate: a name with a comma is one in a list") {
  CHECK(says(done("train " + on_case("labels_unicode", "logistic")), "\"a, b\""));
  write("comma_names.csv", replaced(data_text("cases/labels_unicode.csv"), "label", "\"the label, it\""));
  CHECK(says(nuthatch("train --data comma_names.csv --target label --model tree -o x.nhm").err, "\"the label, it\""));
}

TEST_CASE("gate: a cost of hundreds of digits is said short, and what is no cost is refused") {
  std::string rows = "x,label\n";
  for (int i = 0; i < 60; ++i) rows += fmt::format("{},{}\n", i * 37 % 60, i * i % 7 < 3 ? "a" : "b");
  write("costs.csv", rows);
  const std::string learn = "train --data costs.csv --target label --model logistic --cross-validate 3 -o c.nhm ";
  const std::string said = done(learn + "--threshold-for cost=1e300:1 --metric cost=1e300:1");
  CAPTURE(said);
  CHECK_FALSE(says(said, std::string(20, '0')));
  for (const char* cost : {"inf:1", "1:nan", "-1:1", "1:-1", "0:0", "1e999:1"}) {
    CAPTURE(cost);
    CHECK(nuthatch(fmt::format("{}--threshold-for cost={}", learn, cost)).status == 2);
  }
  for (const char* goal : {"recall=inf", "recall=nan", "precision=-0.5", "recall=0", "precision=2"}) {
    CAPTURE(goal);
    CHECK(nuthatch(fmt::format("{}--threshold-for {}", learn, goal)).status == 2);
  }
}

TEST_CASE("gate: a notation's flag makes no categories of a column that is written otherwise") {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"--decimal-comma", "0.{:03}", "without it"},
      {"--thousands point", "0.{:03}", "without it"},
      {"--thousands comma", "3,{:02}", "with --decimal-comma"}};
  for (const auto& [flag, cell, remedy] : cases) {
    std::string rows = "a;b;label\n";
    for (int row = 11; row < 91; ++row) {
      rows += fmt::format(fmt::runtime(std::string(cell) + ";{};{}\n"), row, row % 7, row % 2 == 0 ? "even" : "odd");
    }
    write("mixed.csv", rows);
    const std::string learn = fmt::format("train --data mixed.csv --target label --model tree -o mixed.nhm {} ", flag);
    const std::string error = refusal(learn);
    CAPTURE(error);
    CHECK(says(error, "column \"a\""));
    CHECK(says(error, fmt::format("{} does not read", flag)));
    CHECK(says(error, remedy));
  }
}

TEST_CASE("gate: U+2212 is a minus, and spellings of what is missing are missing") {
  const json minus = json_of("train --json " + on_case("unicode_minus"));
  CHECK(minus["score"] > 0.9);
  for (const char* name : {"minusnan", "capnan"}) {
    CAPTURE(name);
    CHECK(json_of("train --json " + on_case(name))["score"] > 0.9);
    CHECK(json_of("evaluate gate.nhm --json --data " + data(fmt::format("cases/{}.csv", name)))["refused"] == 0);
  }
}

TEST_CASE("gate: values in another notation are no classes") {
  std::string rows = "a;y\n";
  for (int i = 0; i < 40; ++i) rows += fmt::format("{};{},{}\n", i, i % 4, i % 10);
  write("values.csv", rows);
  const std::string flags = "train --data values.csv --target y --model tree -o v.nhm --json ";
  CHECK(says(refusal(flags), "--decimal-comma"));
  CHECK(json_of(flags + "--decimal-comma")["task"] == "regression");
  CHECK(json_of(flags + "--labels text")["task"] == "classification");
  std::string grouped = "a;y\n";
  for (int i = 0; i < 40; ++i) grouped += fmt::format("{};{}'000 W\n", i, 1 + i % 30);
  write("values.csv", grouped);
  CHECK(says(refusal(flags), "--thousands apostrophe --units"));
  done(flags + "--thousands apostrophe --units");
  const json found = json_of("evaluate v.nhm --data values.csv --thousands apostrophe --units --json");
  CHECK(found["rmse"] < 30000);
}

TEST_CASE("gate: the delimiter is what rows agree on, or what is said, for every command") {
  const std::string rows = data("cases/absnames.csv");
  done("train " + on_case("absnames"));
  CHECK(json_of("inspect --json gate.nhm")["features"][0]["name"] == "|x|");
  for (const char* way : {"comma", ",", "','"}) done(fmt::format("train --delimiter {} ", way) + on_case("absnames"));
  CHECK(says(refusal("train --delimiter bar " + on_case("absnames")), "column"));
  CHECK(nuthatch("train --delimiter ab " + on_case("absnames")).status == 2);
  write("bars.csv", replaced(data_text("cases/absnames.csv"), "|", ""));
  shell("sed 's/,/|/g' bars.csv > b.csv && sed 's/,/^/g' bars.csv > c.csv && sed 's/,/\\t/g' bars.csv > d.csv");
  for (const auto& [file, way] : {std::tuple("b.csv", "'|'"), std::tuple("c.csv", "^"), std::tuple("d.csv", "'\\t'"),
                                  std::tuple("d.csv", "tab")}) {
    const std::string shown = way;
    CAPTURE(shown);
    const std::string flags = fmt::format("--data {} --delimiter {} ", file, way);
    done("train --target label --model tree -o bars.nhm " + flags);
    done("tune --target label --models tree --trials 2 -o tuned.nhm " + flags);
    CHECK(json_of("evaluate bars.nhm --json " + flags)["rows"] == 200);
    CHECK(lines_of(done("predict bars.nhm " + flags)).size() == 201);
    done("explain bars.nhm --permutation " + flags);
    done("compare bars.nhm --targets local --seconds 0.1 " + flags);
  }
}

TEST_CASE("gate: categories that training never saw are told by evaluate and predict") {
  done("train " + on_case("bool_train"));
  const std::tuple<const char*, json> cases[] = {{"bool_test_lower", {"false", "true"}}, {"bool_test_01", {"0", "1"}}};
  for (const auto& [name, values] : cases) {
    const std::string shown = name;
    CAPTURE(shown);
    const std::string rows = data(fmt::format("cases/{}.csv", name));
    const json found = json_of("evaluate gate.nhm --json --data " + rows);
    CHECK(found["unknown_category_rows"] == 300);
    REQUIRE(found["unknown_categories"].size() == 1);
    CHECK(found["unknown_categories"][0]["feature"] == "flag");
    CHECK(found["unknown_categories"][0]["values"] == values);
    CHECK(says(done("evaluate gate.nhm --data " + rows), "note: 300 of 300 rows hold categories"));
    const Outcome predicted = nuthatch("predict gate.nhm --data " + rows);
    CHECK(predicted.status == 0);
    CHECK(lines_of(predicted.out).size() == 301);
    CHECK(says(predicted.err, "300 of 300 rows"));
    CHECK(says(predicted.err, values[0].get<std::string>()));
  }
  CHECK(json_of("evaluate gate.nhm --json --data " + data("cases/bool_train.csv"))["unknown_category_rows"] == 0);
  const json findings = json_of(
      fmt::format("train --json {} --test {}", on_case("bool_train"), data("cases/bool_test_01.csv")))["findings"];
  REQUIRE(find(findings, "unknown_categories") != nullptr);
  CHECK((*find(findings, "unknown_categories"))["count"] == 300);
}

TEST_CASE("gate: a category is found by its number where its text is none, and said") {
  std::string train = "size,x,label\n";
  std::string test = "size,x,label\n";
  for (int i = 0; i < 40; ++i) {
    const char* sizes[] = {"1", "2", "S", "M"};
    const char* pointed[] = {"1.0", "2", "S", "L"};
    train += fmt::format("{},{},{}\n", sizes[i % 4], i % 7, i % 4 == 0 ? "a" : "b");
    test += fmt::format("{},{},{}\n", pointed[i % 4], i % 7, i % 4 == 0 ? "a" : "b");
  }
  write("sizes.csv", train);
  write("pointed.csv", test);
  write("sizes.json", R"({"columns": {"size": {"encode": "one-hot"}}})");
  done("train --data sizes.csv --target label --model logistic --prepare sizes.json -o sizes.nhm");
  const json found = json_of("evaluate sizes.nhm --data pointed.csv --json");
  CHECK(found["score"] == 1.0);
  CHECK(found["unknown_category_rows"] == 10);
  CHECK(found["categories_by_number"] == json::parse(R"([{"feature":"size","value":"1.0","category":"1","rows":10}])"));
  CHECK(json_of("evaluate sizes.nhm --data pointed.csv --json --labels text")["unknown_category_rows"] == 20);
  CHECK(
      says(nuthatch("predict sizes.nhm --data pointed.csv").err, "\"1.0\" of 10 rows is taken for the category \"1\""));
}

TEST_CASE("gate: forty features that are text") {
  std::string rows;
  for (int i = 0; i < 40; ++i) rows += fmt::format("f{},", i);
  rows += "label\n";
  for (int row = 0; row < 80; ++row) {
    for (int i = 0; i < 40; ++i) rows += fmt::format("{}{},", (row >> (i % 5)) % 2 == 0 ? "no" : "yes", i);
    rows += (row >> 3) % 2 == 0 ? "a\n" : "b\n";
  }
  write("forty.csv", rows);
  done("train --data forty.csv --target label --model logistic -o forty.nhm");
  const json found = json_of("evaluate forty.nhm --data forty.csv --json");
  CHECK(found["score"] == 1.0);
  CHECK(found["unknown_category_rows"] == 0);
  const json served = json_of("evaluate forty.nhm --data forty.csv --on cloud-json --json");
  CHECK(served["identical_to_host"] == true);
}

namespace {

/// 60 rows: a cell each of `cell`, a number, and a class by turns.
std::string sixty_rows(const std::function<std::string(int)>& cell, const std::string& header = "a,b,label\n") {
  std::string text = header;
  for (int i = 0; i < 60; ++i) text += fmt::format("{},{},{}\n", cell(i), i * 37 % 61, i % 2 == 0 ? "x" : "y");
  return text;
}

}  // namespace

TEST_CASE("gate: numbers with a unit and numbers without are not one column, of features and of the target") {
  const std::tuple<const char*, std::function<std::string(int)>> columns[] = {
      {"k", [](int i) { return i % 3 == 0 ? "900" : fmt::format("{}.5k", i); }},
      {"%", [](int i) { return i % 2 == 0 ? "0.764" : fmt::format("{}.5%", i); }},
      {"km", [](int i) { return i % 5 != 0 ? "12" : fmt::format("{} km", i); }}};
  for (const auto& column : columns) {
    CAPTURE(std::get<0>(column));
    write("mixed_units.csv", sixty_rows(std::get<1>(column)));
    const std::string learn = "--data mixed_units.csv --target label --model tree -o mixed_units.nhm ";
    for (const char* flag : {"", "--units"}) {
      CAPTURE(flag);
      const std::string error = refusal("train " + learn + flag);
      CHECK(says(error, "column \"a\""));
      CHECK(says(error, "unit"));
      CHECK(!says(error, "with --units"));
    }
  }
  write("mixed_target.csv", sixty_rows([](int i) { return i == 7 ? "8" : fmt::format("{} W", i); }));
  const std::string error =
      refusal("train --data mixed_target.csv --target a --drop label --model tree -o mixed_units.nhm --units");
  CHECK(says(error, "line 9, column \"a\": \"8\" has no unit where line 2 has \"W\""));
}

TEST_CASE("gate: rows in another unit than training's are told, and the model's file knows the unit") {
  const auto in = [](const std::string& unit) {
    return sixty_rows([&](int i) { return fmt::format("{}{}", 10 + i, unit); });
  };
  write("in_mm.csv", in(" mm"));
  write("in_cm.csv", in(" cm"));
  write("bare.csv", in(""));
  const std::string learn = "train --data in_mm.csv --target label --model tree -o in_mm.nhm --units ";
  done(learn);
  CHECK(json_of("inspect in_mm.nhm --json")["features"][0]["unit"] == "mm");
  CHECK(says(done("inspect in_mm.nhm"), "a [mm]"));
  CHECK(nuthatch("predict in_mm.nhm --data in_mm.csv --units").err == "");
  CHECK(says(nuthatch("predict in_mm.nhm --data in_cm.csv --units").err,
             "column \"a\" is in the unit \"cm\" here, and was in \"mm\" where the model was trained"));
  CHECK(says(nuthatch("predict in_mm.nhm --data bare.csv").err, "column \"a\" has no unit here, and \"mm\""));
  const json found = json_of("evaluate in_mm.nhm --data in_cm.csv --units --json")["units"];
  CHECK(found == json::parse(R"([{"feature":"a","unit":"cm","trained_in":"mm"}])"));
  const json findings = json_of(learn + "--test in_cm.csv --json")["findings"];
  const auto told = [](const json& each) { return each["kind"] == "units" && says(each["text"], "in_cm.csv: column"); };
  CHECK(std::any_of(findings.begin(), findings.end(), told));
  const json alike = json_of(learn + "--test in_mm.csv --json")["findings"];
  CHECK(std::none_of(alike.begin(), alike.end(),
                     [](const json& each) { return says(each["text"], "in_mm.csv: column"); }));
  // The target's unit, too.
  done("train --data in_mm.csv --target a --drop label --model tree -o of_mm.nhm --units");
  CHECK(says(done("evaluate of_mm.nhm --data in_cm.csv --units"), "and was in \"mm\""));
  CHECK(!says(done("evaluate of_mm.nhm --data in_mm.csv --units"), "note:"));
}

TEST_CASE("gate: a file read in another notation than training's is told") {
  const auto with = [](const char* mark) {
    return sixty_rows([&](int i) { return fmt::format("1{}{:03}", mark, i + 100); }, "a,b,label\n");
  };
  write("by_points.csv", with("."));
  done("train --data by_points.csv --target label --model tree -o by_points.nhm --thousands point");
  CHECK(nuthatch("predict by_points.nhm --data by_points.csv --thousands point").err == "");
  const std::string other = nuthatch("predict by_points.nhm --data by_points.csv").err;
  CHECK(says(other, "trained on numbers read with --thousands point, and these are read without"));
}

TEST_CASE("gate: two flags that contradict each other are refused") {
  write("spaced.csv", "a b label\n1 2 x\n3 4 y\n");
  const std::string learn = "train --data spaced.csv --target label --model tree -o spaced.nhm ";
  CHECK(nuthatch(learn + "--delimiter space").status == 0);
  for (const char* flags : {"--delimiter space --thousands space", "--delimiter \"'\" --thousands apostrophe",
                            "--decimal-comma --thousands comma", "--model tree --class-weight x=1,x=50",
                            "--folds time --group a", "--test-fraction 0.2 --test spaced.csv"}) {
    CAPTURE(flags);
    CHECK(nuthatch(learn + flags).status == 2);
  }
}

TEST_CASE("gate: a column that float32 makes one value is not called constant") {
  write("near.csv", sixty_rows([](int i) { return fmt::format("16.37000{:02}", i % 11); }));
  const std::string said = done("train --data near.csv --target label --model tree -o near.nhm");
  CHECK(says(said, "has 11 different values, of which float32 tells 1 apart"));
  CHECK(says(said, "a: one value once it is a float32 (16.37)"));
  CHECK(!says(said, "a: constant"));
  write("near.csv", sixty_rows([](int) { return "16.3700001"; }));
  CHECK(says(done("train --data near.csv --target label --model tree -o near.nhm"), "a: constant (16.37)"));
}

TEST_CASE("gate: groups of --test that --data has, too, are told") {
  const auto rows = [](int first) {
    return sixty_rows([&](int i) { return std::to_string(first + i / 2 % 4); }, "who,b,label\n");
  };
  write("who_train.csv", rows(1));                             // groups 1 to 4
  write("who_test.csv", replaced(rows(3), "\n3,", "\n3.0,"));  // 3 to 6, of which 3 is written 3.0
  write("who_none.csv", replaced(rows(3), "who,", "other,"));
  const auto found = [](const std::string& test, const std::string& flags) {
    return json_of("train --data who_train.csv --target label --model tree -o who.nhm --group who --json --test " +
                   test + flags)["findings"];
  };
  const json findings = found("who_test.csv", "");
  const json* shared = find(findings, "shared_groups");
  REQUIRE(shared != nullptr);
  CHECK((*shared)["count"] == 32);
  CHECK((*shared)["columns"] == json({"who"}));
  CHECK(says((*shared)["text"],
             "32 of 60 rows of who_test.csv are of groups of \"who\" that who_train.csv has, too (3, 4)"));
  CHECK((*find(found("who_test.csv", " --labels text"), "shared_groups"))["count"] == 16);
  CHECK(says((*find(found("who_none.csv", ""), "shared_groups"))["text"], "who_none.csv has no column \"who\""));
  write("who_other.csv", rows(7));
  CHECK(find(found("who_other.csv", ""), "shared_groups") == nullptr);
  CHECK(says(done("tune --trials 2 --models tree --data who_train.csv --target label -o who.nhm --group who "
                  "--cross-validate 2 --test who_test.csv"),
             "shared_groups: "));
}

TEST_CASE("gate: cross-validation and the threshold say on which rows they were chosen") {
  const auto learn = [](const std::string& flags) {
    return "train --data " + data("threshold.csv") + " --target label --model tree -o told.nhm " + flags;
  };
  // Folds of one size: no threshold costs less on a fold than its own best.
  const std::string cost = learn("--threshold-for cost=5:1 --cross-validate 5 ");
  const json found = json_of(cost + "--json");
  CHECK(found["cross_validation"]["threshold_from"] == "own fold");
  const double own = found["cross_validation"]["mean"];
  const double of_all = found["threshold"]["cost"];
  const double of_others = found["threshold"]["on_other_folds"]["cost"];
  CHECK(own <= of_all);
  CHECK(own <= of_others);
  const std::string said = done(cost);
  CHECK(says(said, "each fold is judged at the threshold that is best for its own rows, which flatters"));
  CHECK(says(said, fmt::format("each of 5 folds answered by the threshold that the others choose: recall {:.4f}",
                               found["threshold"]["on_other_folds"]["recall"].get<double>())));
  CHECK(says(said, fmt::format("where it is the best: recall {:.4f}", found["threshold"]["recall"].get<double>())));
  // Recall and precision of the same answers tell their accuracy.
  const json by_accuracy = json_of(learn("--threshold-for cost=5:1 --cross-validate 5 --metric accuracy --json"));
  CHECK(by_accuracy["cross_validation"]["threshold_from"] == "other folds");
  const json& reached = by_accuracy["threshold"]["on_other_folds"];
  const std::vector<std::string> labels = column(data_text("threshold.csv"), "label");
  const auto rows = static_cast<double>(labels.size());
  const auto positives =
      static_cast<double>(std::count(labels.begin(), labels.end(), by_accuracy["positive_class"].get<std::string>()));
  const double found_rows = positives * reached["recall"].get<double>();
  const double alarms = found_rows / reached["precision"].get<double>() - found_rows;
  CHECK(by_accuracy["cross_validation"]["mean"].get<double>() ==
        doctest::Approx(1 - (positives - found_rows + alarms) / rows).epsilon(1e-9));
  CHECK(json_of(learn("--cross-validate 3 --json"))["cross_validation"]["threshold_from"].is_null());
  const std::string tune =
      "tune --trials 2 --models tree -o told.nhm --target label --data " + data("threshold.csv") + " ";
  CHECK(says(done(tune + "--threshold-for cost=5:1"), "each fold answered by the threshold that is best for it"));
  CHECK(json_of(tune + "--threshold-for cost=5:1 --json")["threshold_from"] == "own fold");
  CHECK(json_of(tune + "--json")["threshold_from"].is_null());
}

TEST_CASE("gate: a class has one weight") {
  write("weights.csv", "x,label\n1,1\n2,1\n3,2\n4,2\n5,1\n6,2\n");
  const std::string learn = "--data weights.csv --target label -o weights.nhm ";
  for (const char* weight : {"1=1,1=50", "1=1,1.0=50", "2=3,1=1,02=3"}) {
    for (const std::string& command : {std::string("train --model logistic "), std::string("tune --trials 1 ")}) {
      const Outcome outcome = nuthatch(command + learn + "--class-weight " + weight);
      CAPTURE(outcome.err);
      CHECK(outcome.status == 2);
      CHECK(says(outcome.err, "is named twice; give it one weight"));
    }
  }
  CHECK(nuthatch("train --model logistic --class-weight 1=1,2=50 " + learn).status == 0);
  const Outcome text = nuthatch("train --model logistic --labels text --class-weight 1.0=2 " + learn);
  CHECK(text.status == 2);
  CHECK(says(text.err, "\"1.0\" is no class"));
}

TEST_CASE("gate: a flag that names a class compares as --labels says") {
  write("ones.csv", "x,label\n1,1\n2,1\n3,2\n4,2\n5,1\n6,2\n");
  done("train --data ones.csv --target label --model tree -o ones.nhm");
  for (const std::string& command :
       {std::string("evaluate ones.nhm --data ones.csv --positive 1.0 "),
        std::string("explain ones.nhm --data ones.csv --row 1 --class 1.0 "),
        std::string("train --data ones.csv --target label --model tree -o ones.nhm --positive 1.0 ")}) {
    CAPTURE(command);
    const Outcome by_number = nuthatch(command);
    CHECK(by_number.status == 0);
    CHECK(says(by_number.err, "\"1.0\" is taken for the class \"1\", which is the same number"));
    const Outcome by_text = nuthatch(command + "--labels text");
    CHECK(by_text.status != 0);
    CHECK(says(by_text.err, "is no class"));
  }
  done("train --labels text " + on_case("labels_versions"));
  const std::string rows = data("cases/labels_versions.csv");
  CHECK(json_of("evaluate gate.nhm --json --labels text --positive 1.10 --data " + rows)["positive_class"] == "1.10");
  const std::string two = nuthatch("evaluate gate.nhm --labels number --positive 1.100 --data " + rows).err;
  CHECK(says(two, "--positive 1.100: is the number of 2 classes (\"1.1\", \"1.10\")"));
}

TEST_CASE("gate: categories of one number in two spellings are asked about, and merged where that is said") {
  std::string rows = "size,x,label\n";
  const char* sizes[] = {"1", "1.0", "S", "M"};
  for (int i = 0; i < 40; ++i) rows += fmt::format("{},{},{}\n", sizes[i % 4], i % 7, i % 4 < 2 ? "a" : "b");
  write("sizes_two.csv", rows);
  write("sizes_two.json", R"({"columns": {"size": {"encode": "one-hot"}}})");
  const std::string learn =
      "train --data sizes_two.csv --target label --model logistic --prepare sizes_two.json -o sizes_two.nhm ";
  const std::string asked = refusal(learn);
  for (const char* part : {"column \"size\": \"1\" and \"1.0\"", "--labels text", "--labels number"}) {
    CHECK(says(asked, part));
  }
  write("sizes_new.csv", replaced(rows, "\n1,", "\n1.00,"));
  done(learn + "--labels number");
  CHECK(json_of("inspect sizes_two.nhm --json")["features"][0]["categories"] == json({"1", "M", "S"}));
  for (const char* flag : {"", "--labels number "}) {
    const json found = json_of(fmt::format("evaluate sizes_two.nhm --data sizes_new.csv {}--json", flag));
    CHECK(found["score"] == 1.0);
    CHECK(found["unknown_category_rows"] == 0);
  }
  done(learn + "--labels text");
  CHECK(json_of("inspect sizes_two.nhm --json")["features"][0]["categories"] == json({"1", "1.0", "M", "S"}));
  CHECK(json_of("evaluate sizes_two.nhm --data sizes_new.csv --labels text --json")["unknown_category_rows"] == 10);
  CHECK(says(
      refusal("predict sizes_two.nhm --data sizes_new.csv"),
      "\"1.00\" is the number of 2 categories of the model (\"1\", \"1.0\"); write it as the one that is meant, or "
      "with --labels text it is none of them"));
}

TEST_CASE("gate: a server that does not answer is told in words") {
  write("ones.csv", "x,label\n1,1\n2,1\n3,2\n4,2\n5,1\n6,2\n");
  done("train --data ones.csv --target label --model tree -o ones.nhm");
  const std::string error = refusal("evaluate ones.nhm --data ones.csv --on http://localhost:1");
  CHECK(says(error, "http://localhost:1: no answer: the connection was refused"));
  CHECK(says(error, "start nuthatch serve"));
}

}  // namespace nuthatch::cli
