// What each command prints when all is well: the documents other tools read, and that they agree with one another.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <random>

#include "cli/program.hpp"
#include "export/loaded_model.hpp"

namespace nuthatch::cli {

using nlohmann::json;

namespace {

/// The lines of a CSV without quotes, with their columns in another order and one of text put in.
std::string shuffled(const std::string& text) {
  std::string result;
  const std::vector<std::string> lines = lines_of(text);
  for (std::size_t row = 0; row < lines.size(); ++row) {
    std::vector<std::string> cells = cells_of(lines[row]);
    std::rotate(cells.begin(), cells.begin() + 2, cells.end());
    cells.insert(cells.begin() + 1, row == 0 ? "remark" : "\"a, remark\"");
    result += fmt::format("{}\n", fmt::join(cells, ","));
  }
  return result;
}

/// Every cell of a CSV without quotes in quotes.
std::string quoted(const std::string& text) {
  std::string result;
  for (const std::string& line : lines_of(text)) result += fmt::format("\"{}\"\n", replaced(line, ",", "\",\""));
  return result;
}

/// A model's bytes as they were if the data file's hash were no part of them.
std::vector<std::uint8_t> without_data_hash(const std::string& name) {
  exporting::ModelContents contents = exporting::LoadedModel::from_file(folder() / name).contents();
  REQUIRE(contents.lineage.data_sha256.size() == 32);
  contents.lineage.data_sha256.assign(32, 0);
  return exporting::write_model(contents);
}

bool has(const json& document, std::initializer_list<const char*> keys) {
  return std::all_of(keys.begin(), keys.end(), [&](const char* key) { return document.contains(key); });
}

double r2(const std::vector<std::string>& truth, const std::vector<std::string>& predicted) {
  double mean = 0;
  for (const std::string& value : truth) mean += std::stod(value) / static_cast<double>(truth.size());
  double error = 0;
  double spread = 0;
  for (std::size_t row = 0; row < truth.size(); ++row) {
    error += std::pow(std::stod(truth[row]) - std::stod(predicted[row]), 2);
    spread += std::pow(std::stod(truth[row]) - mean, 2);
  }
  return 1 - error / spread;
}

}  // namespace

TEST_CASE("train --json has its keys, and they are true") {
  const json trained = train("iris", "logistic", "keys.nhm", "--test " + data("iris.test.csv") + " --seed 5");
  CHECK(has(trained, {"model", "output", "precision", "input", "metric", "score", "scored_on", "rows", "test_rows",
                      "features", "classes", "model_bytes", "sha256", "seed", "scores"}));
  CHECK(trained["model"] == "logistic");
  CHECK(trained["metric"] == "accuracy");
  CHECK(trained["scored_on"] == "test");
  CHECK(trained["rows"] == 120);
  CHECK(trained["test_rows"] == 30);
  CHECK(trained["features"] == 4);
  CHECK(trained["classes"] == json{"setosa", "versicolor", "virginica"});
  CHECK(trained["seed"] == 5);
  CHECK(trained["model_bytes"] == read("keys.nhm").size());
  CHECK(trained["score"] == trained["scores"]["int8"]["test"]["score"]);
  for (const char* precision : {"float32", "int16", "int8"}) {
    const json& entry = trained["scores"][precision];
    CHECK(has(entry, {"train", "test", "model_bytes", "loss"}));
    CHECK(entry["train"]["rows"] == 120);
    const double loss =
        trained["scores"]["float32"]["test"]["score"].get<double>() - entry["test"]["score"].get<double>();
    CHECK(entry["loss"].get<double>() == doctest::Approx(loss));
  }
}

TEST_CASE("train scores, precision by precision, are what evaluate says of the file") {
  for (const std::string flags : {"--precision float32", "--precision int16", "--precision int8", "--input int16",
                                  "--input int16 --precision int16", "--input int16 --precision float32"}) {
    CAPTURE(flags);
    const json trained = train("digits", "linear-svm", "same.nhm", flags + " --test " + data("digits.test.csv"));
    const json evaluated = json_of("evaluate same.nhm --json --data " + data("digits.test.csv"));
    CHECK(evaluated["score"] == trained["score"]);
    CHECK(evaluated["model_bytes"] == trained["model_bytes"]);
    const json on_train = json_of("evaluate same.nhm --json --data " + data("digits.train.csv"));
    CHECK(on_train["score"] == trained["scores"][trained["precision"].get<std::string>()]["train"]["score"]);
  }
}

TEST_CASE("train says what a budget of support vectors costs") {
  const std::string test = "--test " + data("breast_cancer.test.csv");
  const json all = train("breast_cancer", "svm", "all.nhm", test);
  const json some = train("breast_cancer", "svm", "some.nhm", test + " --max-support-vectors 20");
  CHECK_FALSE(all.contains("support_vectors"));
  const json& vectors = some["support_vectors"];
  CHECK(vectors["kept"] == 20);
  CHECK(vectors["score_with_all"] == all["scores"]["float32"]["test"]["score"]);
  const double before = vectors["score_with_all"].get<double>();
  const double after = some["scores"]["float32"]["test"]["score"].get<double>();
  CHECK(vectors["loss"].get<double>() == doctest::Approx(before - after));
  CHECK(some["model_bytes"].get<int>() * 2 < all["model_bytes"].get<int>());
  const std::string text = done("train --data " + data("breast_cancer.train.csv") + " " + test +
                                " --target label --model svm --max-support-vectors 20 -o text.nhm");
  const std::string line =
      fmt::format("kept 20 of {} support vectors: accuracy {:.4f} with all, {:.4f} with these, loss {:.4f}",
                  vectors["all"].get<int>(), before, after, before - after);
  CHECK(text.find(line) != std::string::npos);
}

TEST_CASE("train says what --max-bytes pruned and what it costs, apart from quantization") {
  const std::string test = "--test " + data("breast_cancer.test.csv");
  const json all = train("breast_cancer", "forest --trees 20", "all.nhm", test);
  const json some = train("breast_cancer", "forest --trees 20", "some.nhm", test + " --max-bytes 200");
  CHECK_FALSE(all.contains("leaves"));
  CHECK(
      done("train --help").find("--max-bytes N            prunes until the trees take no more bytes (the file adds") !=
      std::string::npos);
  const json& leaves = some["leaves"];
  const double before = all["score"].get<double>();
  const double after = some["score"].get<double>();
  CHECK(leaves["score_with_all"] == before);
  CHECK(leaves["loss"].get<double>() == doctest::Approx(before - after));
  CHECK(leaves["kept"].get<int>() < leaves["all"].get<int>());
  CHECK(leaves["kept"].get<int>() > 20);  // a leaf a tree: no question
  // The float forest is cut likewise, so what is lost to that is no loss of codes.
  CHECK(std::abs(some["scores"]["int16"]["loss"].get<double>()) < 0.03);
  const std::string text = done("train --data " + data("breast_cancer.train.csv") + " " + test +
                                " --target label --model forest --trees 20 --max-bytes 200 -o text.nhm");
  CHECK(text.find(fmt::format("pruned from {} to {} leaves to fit 200 bytes of trees: accuracy {:.4f} -> {:.4f}",
                              leaves["all"].get<int>(), leaves["kept"].get<int>(), before, after)) !=
        std::string::npos);
}

TEST_CASE("train says what --max-bytes pruned of a blend's members, together, and what it costs") {
  const auto learn = [](const std::string& file, const std::string& of) {
    return nuthatch("train --target label --model blend --of \"" + of + "\" -o " + file + " --json --data " +
                    data("diabetes.train.csv") + " --test " + data("diabetes.test.csv"));
  };
  const json all = json::parse(learn("all.nhm", "tree + boosting --rounds 20 + ridge").out);
  const json some =
      json::parse(learn("some.nhm", "tree --max-bytes 300 + boosting --rounds 20 --max-bytes 200 + ridge").out);
  const json one = json::parse(learn("one.nhm", "tree --max-bytes 300 + boosting --rounds 20 + ridge").out);
  CHECK_FALSE(all.contains("leaves"));
  const json& leaves = some["leaves"];
  const auto score = [](const json& said) { return said["scores"]["float32"]["test"]["score"].get<double>(); };
  // Beside the float members, which learn from values and not from codes.
  CHECK(leaves["score_with_all"].get<double>() == doctest::Approx(score(all)).epsilon(0.02));
  CHECK(leaves["loss"].get<double>() == doctest::Approx(score(all) - score(some)).epsilon(0.02));
  CHECK(leaves["kept"].get<int>() < leaves["all"].get<int>());
  CHECK(one["leaves"]["all"].get<int>() < leaves["all"].get<int>());  // of the tree only
  const std::string text = done(
      "train --target label --model blend --of \"tree --max-bytes 300 + boosting --rounds 20 --max-bytes 200\" "
      "-o text.nhm --data " +
      data("diabetes.train.csv"));
  CHECK(text.find(" leaves to fit 500 bytes of trees: r2 ") != std::string::npos);
  const Outcome none = learn("constant_member.nhm", "tree --max-bytes 20 + ridge");
  CHECK(none.status == 0);
  CHECK(none.err.find("--max-bytes 20 leaves no question: a member answers every row alike") != std::string::npos);
}

TEST_CASE("--max-bytes that leaves no question, or nothing at all, names the bytes that do") {
  const std::string tree =
      "train --target label --model tree -o stump.nhm --data " + data("diabetes.train.csv") + " --max-bytes ";
  const auto number_before = [](const std::string& text, const std::string& rest) {
    const std::size_t end = text.find(rest);
    REQUIRE(end != std::string::npos);
    const std::size_t start = text.rfind(' ', end - 1) + 1;
    return text.substr(start, end - start);
  };
  const Outcome none = nuthatch(tree + "20");
  CHECK(none.status == 0);
  CHECK(none.err.find("--max-bytes 20 leaves no question: the model answers every row alike") != std::string::npos);
  const std::string enough = number_before(none.err, " keeps one");
  CHECK(nuthatch(tree + enough).err == "");
  CHECK(nuthatch(tree + fmt::format("{}", std::stoi(enough) - 1)).err != "");
  const Outcome nothing = nuthatch(tree + "1");
  CHECK(nothing.status == 1);
  CHECK(nothing.err.find("take 4 bytes even where they answer every row alike, and " + enough) != std::string::npos);
}

TEST_CASE("a constant target is learned exactly, by every regression") {
  write("constant.csv", "x,label\n1,0.1\n2,0.1\n3,0.1\n");
  for (const std::string model : {"mlp", "ridge", "svr", "boosting --task regression"}) {
    CAPTURE(model);
    const json trained = json_of("train --data constant.csv --target label -o constant.nhm --json --model " + model);
    CHECK(trained["score"] == 1.0);
  }
}

TEST_CASE("scores that round to 0 have no sign") {
  write("noise.csv", "x,label\n-1,0\n0,1\n1,0\n0,1.0001\n");  // nothing to learn by a line
  for (const std::string model : {"ridge", "huber", "linear-svr"}) {
    CAPTURE(model);
    const std::string text =
        done("train --data noise.csv --target label --precision float32 -o noise.nhm --model " + model);
    CHECK(text.find("-0.0000") == std::string::npos);
    CHECK(done("evaluate noise.nhm --data noise.csv").find("-0.0000") == std::string::npos);
  }
}

TEST_CASE("the lineage's flags have one type each") {
  for (const auto& [flags, want] : std::map<std::string, json>{{"--hidden 4", {4}}, {"--hidden 4,3", {4, 3}}}) {
    train("iris", "mlp", "types.nhm", "--epochs 2 " + flags);
    CHECK(json_of("inspect types.nhm --json")["lineage"]["parameters"]["hidden"] == want);
  }
  for (const auto& [flags, want] : std::map<std::string, bool>{{"", false}, {"--probability", true}}) {
    train("iris", "svm", "types.nhm", flags);
    CHECK(json_of("inspect types.nhm --json")["lineage"]["parameters"]["probability"] == want);
  }
}

TEST_CASE("evaluate --json has the contract's keys and types") {
  train("iris", "logistic", "iris.nhm");
  const json accuracy = json_of("evaluate iris.nhm --json --data " + data("iris.test.csv"));
  CHECK(accuracy["metric"] == "accuracy");
  CHECK(accuracy["score"].is_number_float());
  CHECK(accuracy["rows"] == 30);
  CHECK(accuracy["identical_to_host"] == true);
  CHECK(accuracy["model_bytes"] == read("iris.nhm").size());
  CHECK_FALSE(accuracy.contains("instructions"));  // the host counts none
  train("diabetes", "ridge", "diabetes.nhm");
  const json r2 = json_of("evaluate diabetes.nhm --json --data " + data("diabetes.test.csv"));
  CHECK(r2["metric"] == "r2");
  CHECK(r2["rows"] == 89);
  CHECK(r2["mean_squared_error"].is_number_float());
}

TEST_CASE("predict's CSV reads back and gives evaluate's score") {
  train("pima", "logistic", "pima.nhm");
  const std::string classes = done("predict pima.nhm --data " + data("pima.test.csv"));
  const std::vector<std::string> labels = column(data_text("pima.test.csv"), "label");
  const std::vector<std::string> predicted = column(classes, "prediction");
  REQUIRE(predicted.size() == labels.size());
  double right = 0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    right += labels[row] == predicted[row] ? 1 : 0;
    const double score = std::stod(column(classes, "score_pos").at(row));
    CHECK((score > 0) == (predicted[row] == "pos"));
  }
  const json accuracy = json_of("evaluate pima.nhm --json --data " + data("pima.test.csv"));
  CHECK(accuracy["score"].get<double>() == doctest::Approx(right / static_cast<double>(labels.size())).epsilon(1e-12));
  train("diabetes", "ridge", "diabetes.nhm");
  const std::string values = done("predict diabetes.nhm --data " + data("diabetes.test.csv"));
  const json score = json_of("evaluate diabetes.nhm --json --data " + data("diabetes.test.csv"));
  const double own = r2(column(data_text("diabetes.test.csv"), "label"), column(values, "prediction"));
  CHECK(score["score"].get<double>() == doctest::Approx(own).epsilon(1e-9));
}

TEST_CASE("predict numbers its rows, says why it refused one, and writes to -o what it prints") {
  train("iris", "logistic", "iris.nhm");
  write("gap.csv", "sepal_length_cm,sepal_width_cm,petal_length_cm,petal_width_cm\n5,3,1.5,0.2\n5,,1.5,0.2\n6,3,5,2\n");
  const std::string printed = done("predict iris.nhm --data gap.csv");
  const std::vector<std::string> lines = lines_of(printed);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == "row,prediction,status,score_setosa,score_versicolor,score_virginica");
  CHECK(lines[1].find("1,setosa,ok,") == 0);
  CHECK(lines[2].find("2,,") == 0);
  CHECK(lines[2].find("missing") != std::string::npos);
  CHECK(std::count(lines[2].begin(), lines[2].end(), ',') == 5);
  CHECK(lines[3].find("3,virginica,ok,") == 0);
  CHECK(done("predict iris.nhm --data gap.csv -o gap_predictions.csv") == "");
  CHECK(read("gap_predictions.csv") == printed);
}

TEST_CASE("predict --probabilities adds a column a class, and evaluate's log loss and Brier score are theirs") {
  for (const std::string flags : {"logistic", "linear-svm --probability", "logistic --input int16 --precision int16"}) {
    CAPTURE(flags);
    train("iris", flags, "shares.nhm");
    const std::string printed = done("predict shares.nhm --probabilities --data " + data("iris.test.csv"));
    CHECK(lines_of(printed)[0] ==
          "row,prediction,status,score_setosa,score_versicolor,score_virginica,p_setosa,p_versicolor,p_virginica");
    const std::vector<std::string> labels = column(data_text("iris.test.csv"), "label");
    double log_loss = 0;
    double brier = 0;
    for (std::size_t row = 0; row < labels.size(); ++row) {
      double sum = 0;
      for (const std::string name : {"setosa", "versicolor", "virginica"}) {
        const double p = std::stod(column(printed, "p_" + name)[row]);
        const double truth = labels[row] == name ? 1 : 0;
        sum += p;
        brier += (p - truth) * (p - truth);
        if (truth == 1) log_loss -= std::log(std::max(p, 0x1p-17));
      }
      CHECK(std::abs(sum - 1) <= 6.0 / 65536);
    }
    const json evaluated = json_of("evaluate shares.nhm --json --data " + data("iris.test.csv"));
    const auto rows = static_cast<double>(labels.size());
    CHECK(evaluated["log_loss"].get<double>() == doctest::Approx(log_loss / rows).epsilon(1e-9));
    CHECK(evaluated["brier"].get<double>() == doctest::Approx(brier / rows).epsilon(1e-9));
    CHECK(evaluated["log_loss"].get<double>() < 0.3);  // knowing nothing: ln 3 = 1.0986
    CHECK(json_of("inspect shares.nhm --json")["probabilities"] == "logistic");
  }
}

TEST_CASE("two classes have two probabilities; a refused row has none") {
  write("two.csv", "x,label\n1,no\n2,no\n3,yes\n4,yes\n");
  json_of("train --data two.csv --target label --model logistic -o two.nhm --json");
  write("rows.csv", "x\n1\n\"\"\n4\n");
  const std::vector<std::string> lines = lines_of(done("predict two.nhm --probabilities --data rows.csv"));
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == "row,prediction,status,score_yes,p_no,p_yes");
  const std::vector<std::string> low = cells_of(lines[1]);
  CHECK(std::stod(low.at(4)) > 0.5);
  CHECK(std::stod(low.at(4)) + std::stod(low.at(5)) == doctest::Approx(1).epsilon(2e-5));
  CHECK(std::count(lines[2].begin(), lines[2].end(), ',') == 5);
  CHECK(lines[2].substr(lines[2].size() - 3) == ",,,");
  const json evaluated = json_of("evaluate two.nhm --json --data two.csv");
  CHECK(evaluated["brier"].get<double>() < 0.25);
  CHECK(done("evaluate two.nhm --data two.csv").find("log loss") != std::string::npos);
}

TEST_CASE("models without probabilities: no column, no score, and a word why") {
  train("pima", "linear-svm", "margins.nhm");
  const json evaluated = json_of("evaluate margins.nhm --json --data " + data("pima.test.csv"));
  CHECK_FALSE(evaluated.contains("log_loss"));
  CHECK_FALSE(evaluated.contains("brier"));
  CHECK(json_of("inspect margins.nhm --json")["probabilities"] == "none");
  const Outcome refused = nuthatch("predict margins.nhm --probabilities --data " + data("pima.test.csv"));
  CHECK(refused.status == 1);
  CHECK(refused.out == "");
  CHECK(refused.err ==
        "nuthatch: margins.nhm: this linear-svm model has no probabilities; train it with --probability\n");
  train("diabetes", "ridge", "values.nhm");
  const Outcome values = nuthatch("predict values.nhm --probabilities --data " + data("diabetes.test.csv"));
  CHECK(values.status == 1);
  CHECK(values.err == "nuthatch: values.nhm: this ridge model has no probabilities\n");
}

TEST_CASE("a penalty that leaves no feature a weight is refused, with one that does not") {
  const Outcome refused = nuthatch("train --data " + data("diabetes.train.csv") +
                                   " --target label --model lasso --alpha 1000 -o never.nhm");
  CHECK(refused.status == 1);
  CHECK(refused.err.find("--alpha 1000 leaves no feature a weight; give one below ") != std::string::npos);
  const Outcome word = nuthatch("train --data " + data("diabetes.train.csv") +
                                " --target label --model linear-svr --loss hinge -o never.nhm");
  CHECK(word.status == 2);
  CHECK(word.err.find("hinge is not one of epsilon-insensitive, squared-epsilon-insensitive, huber") !=
        std::string::npos);
}

TEST_CASE("class names with commas and quotes survive the CSV") {
  write("names.csv", "x,label\n1,\"a, b\"\n2,\"say \"\"hi\"\"\"\n1,\"a, b\"\n2,\"say \"\"hi\"\"\"\n");
  json_of("train --data names.csv --target label --model logistic -o names.nhm --json");
  const std::vector<std::string> lines = lines_of(done("predict names.nhm --data names.csv"));
  CHECK(lines.at(0) == "row,prediction,status,\"score_say \"\"hi\"\"\"");
  CHECK(lines.at(1).find("1,\"a, b\",ok,") == 0);
  CHECK(lines.at(2).find("2,\"say \"\"hi\"\"\",ok,") == 0);
  CHECK(json_of("evaluate names.nhm --data names.csv --json")["score"] == 1.0);
}

TEST_CASE("inspect --json says what was trained, of which bytes") {
  const json trained =
      train("pima", "logistic", "inspect.nhm", "--input int16 --precision int16 --seed 9 --drop age triceps --C 2");
  const json inspected = json_of("inspect inspect.nhm --json");
  CHECK(inspected["kind"] == "linear");
  CHECK(inspected["model"] == "logistic");
  CHECK(inspected["task"] == "classification");
  CHECK(inspected["precision"] == "int16");
  CHECK(inspected["input"] == "int16");
  CHECK(inspected["classes"] == json{"neg", "pos"});
  REQUIRE(inspected["features"].size() == 6);
  for (const json& feature : inspected["features"]) {
    CHECK(has(feature, {"name", "low", "high", "step", "exponent", "missing"}));
    CHECK(feature["name"] != "age");
  }
  const json& lineage = inspected["lineage"];
  CHECK(lineage["target"] == "label");
  CHECK(lineage["seed"] == 9);
  CHECK(lineage["training_rows"] == 614);
  CHECK(lineage["parameters"]["C"] == 2.0);
  CHECK(lineage["parameters"]["drop"] == json{"age", "triceps"});
  CHECK(lineage["data_sha256"] == shell("sha256sum " + data("pima.train.csv")).substr(0, 64));
  CHECK(inspected["seal"]["sha256"] == trained["sha256"]);
  std::size_t sum = 0;
  for (const auto& [part, bytes] : inspected["bytes"].items()) sum += part == "total" ? 0 : bytes.get<std::size_t>();
  CHECK(sum == read("inspect.nhm").size());
}

TEST_CASE("inspect --flash-ring: the lifetime of a ring of this model's snapshots") {
  train("iris", "logistic", "ring.nhm");
  const json plain = json_of("inspect ring.nhm --json");
  CHECK_FALSE(plain.contains("flash_ring"));
  const json ring =
      json_of("inspect ring.nhm --json --flash-ring 4x2048 --program-unit 8 --endurance 1000 --every 60")["flash_ring"];
  const auto record = ring["record_bytes"].get<std::size_t>();
  const std::size_t slot = (record + 16 + 7) / 8 * 8;
  const std::size_t records = 2048 / slot;
  CHECK(ring["slot_bytes"] == slot);
  CHECK(ring["records_a_sector"] == records);
  CHECK(ring["erases_a_day"].get<double>() == doctest::Approx(1440.0 / static_cast<double>(records)));
  CHECK(ring["lifetime_records"] == 4000 * records);
  CHECK(ring["lifetime_days"] == 4000 * records / 1440);
  // A boot a record costs an erase a record.
  CHECK(json_of("inspect ring.nhm --json --flash-ring 4x2048 --records-a-boot 1")["flash_ring"]["lifetime_days"] ==
        40000 / 24);
  const std::string text = done("inspect ring.nhm --flash-ring 4x2048");
  CHECK(text.find("flash ring  a snapshot of ") != std::string::npos);
  CHECK(text.find(fmt::format("lasts       {} days", 40000 * records / 24)) != std::string::npos);
}

TEST_CASE("inspect says what a forest does: it compares") {
  train("iris", "forest", "compares.nhm", "--trees 5");
  const json inspected = json_of("inspect compares.nhm --json");
  const auto comparisons = inspected["budget"]["comparisons"].get<int>();
  CHECK(comparisons == inspected["predictor"]["most_comparisons"].get<int>());
  const std::string text = done("inspect compares.nhm");
  CHECK(text.find(fmt::format("{} comparisons a row", comparisons)) != std::string::npos);
  CHECK(text.find("multiply-accumulates") == std::string::npos);
}

TEST_CASE("train says where quantization loses much, and what would keep more") {
  const std::string rows = "--data " + data("diabetes.train.csv") + " --target label -o loses.nhm --model ";
  const std::string lost = done("train " + rows + "svr --C 1e6 --gamma 1e-6 --kernel sigmoid");
  CHECK(lost.find("int8 loses") != std::string::npos);
  CHECK(lost.find("--C, --gamma and --degree nearer to their defaults keep more") != std::string::npos);
  CHECK(done("train " + rows + "svr").find("int8 loses") == std::string::npos);
}

TEST_CASE("inspect --json says what each kind is made of") {
  const auto predictor_of = [](const std::string& set, const std::string& model, const std::string& flags) {
    train(set, model, "kind.nhm", flags);
    return json_of("inspect kind.nhm --json");
  };
  const json linear = predictor_of("iris", "logistic", "");
  CHECK(linear["kind"] == "linear");
  CHECK(linear["predictor"]["weights"] == 12);
  const json lasso = predictor_of("diabetes", "lasso", "--alpha 10");
  CHECK(lasso["predictor"]["weights"] == 10);
  CHECK(lasso["predictor"]["zero_weights"] > 0);
  CHECK(lasso["probabilities"] == "none");

  const json svm = predictor_of("iris", "svm", "--kernel polynomial --degree 2 --probability");
  CHECK(svm["kind"] == "svm");
  CHECK(svm["probabilities"] == "logistic");
  CHECK(svm["predictor"]["kernel"] == "polynomial");
  CHECK(svm["predictor"]["degree"] == 2);
  REQUIRE(svm["predictor"]["vectors_of_classes"].size() == 3);
  std::size_t vectors = 0;
  for (const json& each : svm["predictor"]["vectors_of_classes"]) vectors += each.get<std::size_t>();
  CHECK(svm["predictor"]["support_vectors"] == vectors);
  CHECK(vectors < 120);
  CHECK(predictor_of("iris", "svm", "--kernel linear")["predictor"]["support_vectors"] == 3);  // one a pair
  const json svr = predictor_of("diabetes", "svr", "--max-support-vectors 20");
  CHECK(svr["predictor"]["support_vectors"] == 20);
  CHECK(!svr["predictor"].contains("vectors_of_classes"));

  const json bayes = predictor_of("iris", "naive-bayes", "--input int16");
  CHECK(bayes["kind"] == "bayes");
  CHECK(bayes["predictor"] == json{{"quadratic_forms", 3}, {"terms", 12}});

  const json forest = predictor_of("iris", "forest", "--trees 5 --max-depth 2 --voting hard");
  CHECK(forest["kind"] == "forest");
  CHECK(forest["probabilities"] == "proportion");
  CHECK(forest["predictor"]["trees"] == 5);
  CHECK(forest["predictor"]["bytes_a_slot"] == 4);
  CHECK(forest["predictor"]["leaves"] == "votes");
  CHECK(forest["predictor"]["vote_words"] == 3);  // a vote a class
  CHECK(forest["predictor"]["groups"] == 1);
  CHECK(forest["predictor"]["most_comparisons"] == 10);
  CHECK(predictor_of("pima", "tree", "--max-depth 4")["predictor"]["leaves"] == "values");

  const json network = predictor_of("iris", "mlp", "--hidden 6,5 --epochs 2");
  CHECK(network["kind"] == "network");
  const json& layers = network["predictor"]["layers"];
  REQUIRE(layers.size() == 3);
  CHECK(layers[0]["outputs"] == 6);
  CHECK(layers[1]["outputs"] == 5);
  CHECK(layers[1]["activation"] == "relu");
  CHECK(layers[1]["low"] == 0);
  CHECK(layers[2] == json{{"outputs", 3}, {"activation", "none"}, {"low", 0}, {"high", 0}});
}

TEST_CASE("a blend is trained, scored, inspected and exported with the kinds of its members") {
  train("diabetes", "blend", "blend.nhm",
        "--of \"ridge --alpha 3 + svr --max-support-vectors 20 + boosting --rounds 5\"");
  const json inspected = json_of("inspect blend.nhm --json");
  CHECK(inspected["kind"] == "blend");
  CHECK(inspected["lineage"]["parameters"]["of"] ==
        "ridge --alpha 3 + svr --max-support-vectors 20 + boosting --rounds 5");
  const json& members = inspected["predictor"]["members"];
  REQUIRE(members.size() == 3);
  CHECK(members[0]["kind"] == "linear");
  CHECK(members[1]["kind"] == "svm");
  CHECK(members[1]["support_vectors"] == 20);
  CHECK(members[2]["kind"] == "forest");
  CHECK(members[2]["trees"] == 5);
  CHECK(inspected["budget"]["steps"]["svm member"] == 1);
  CHECK(inspected["budget"]["most_instructions"]["cortex-m4"] > 3000);
  const json scored = json_of("evaluate blend.nhm --data " + data("diabetes.test.csv") + " --json");
  CHECK(scored["score"] > 0.4);
  const std::string header = nuthatch("export blend.nhm --as c-array").out;
  CHECK(header.find("open<Float32Input, Blend, Linear, Svm, Forest> takes it") != std::string::npos);
  const Outcome explained = nuthatch("explain blend.nhm --row 1 --data " + data("diabetes.test.csv"));
  CHECK(explained.status == 1);
  CHECK(explained.err.find("a model of kind blend has no exact contributions") != std::string::npos);
  const Outcome wrong = nuthatch("train --target label --model blend --of \"ridge + boostin\" -o never.nhm --data " +
                                 data("diabetes.train.csv"));
  CHECK(wrong.status == 2);
  CHECK(wrong.err.find("--of \"ridge + boostin\": there is no family boostin; boosting?") != std::string::npos);
}

TEST_CASE("inspect's ranges are the training columns', of every kind and input") {
  for (const std::string model : {"ridge", "svr --max-support-vectors 20", "tree", "mlp --epochs 2", "blend"}) {
    for (const std::string input : {"float32", "int16"}) {
      CAPTURE(model);
      CAPTURE(input);
      train("diabetes", model, "ranges.nhm", "--input " + input);
      const json inspected = json_of("inspect ranges.nhm --json");
      for (const json& feature : inspected["features"]) {
        double low = 1e9;
        double high = -1e9;
        for (const std::string& cell : column(data_text("diabetes.train.csv"), feature["name"])) {
          low = std::min(low, std::stod(cell));
          high = std::max(high, std::stod(cell));
        }
        // Of raw input the count was rounded too.
        const double count = input == "int16" ? std::ldexp(0.5, -feature["exponent"].get<int>()) : 0;
        const double step = feature["step"].get<double>();
        CHECK(std::abs(feature["low"].get<double>() - low) <= 0.51 * step + count);
        CHECK(std::abs(feature["high"].get<double>() - high) <= 0.51 * step + count);
        CHECK(feature["missing"] == "refused");
      }
    }
  }
}

TEST_CASE("a snapshot comes back as the counts of what was predicted") {
  train("wine", "logistic", "wine.nhm");
  const std::string predictions =
      done("predict wine.nhm --snapshot s.bin --device-id 42 --data " + data("wine.test.csv"));
  std::map<std::string, int> expected;
  for (const std::string& name : column(predictions, "prediction")) ++expected[name];
  const json counted = json_of("monitor s.bin --model wine.nhm --json");
  CHECK(counted["rows"] == 36);
  CHECK(counted["refused"] == 0);
  CHECK(counted["device_id"] == 42);
  for (const auto& [name, count] : expected) CHECK(counted["classes"][name] == count);
  CHECK(counted["features"].size() == 13);
  CHECK(counted["model"] == json_of("inspect wine.nhm --json")["seal"]["sha256"].get<std::string>().substr(0, 16));
  CHECK(json_of("monitor s.bin --json")["features"][0]["name"] == "feature 0");
  done("evaluate wine.nhm --snapshot t.bin --data " + data("wine.train.csv"));
  const json watched = json_of("monitor t.bin --model wine.nhm --json");
  for (const json& feature : watched["features"]) {
    CHECK(feature["below"] == 0);
    CHECK(feature["above"] == 0);
  }
}

TEST_CASE("rows that leave the training range are counted by feature and side") {
  write("steps.csv", "a,b,label\n0,10,x\n1,11,y\n2,12,x\n3,13,y\n");
  json_of("train --data steps.csv --target label --model logistic -o steps.nhm --json");
  write("out.csv", "a,b\n-1,10\n5,10\n6,13\n1,11\n1,1e6\n,11\n");
  done("predict steps.nhm --data out.csv --snapshot out.bin");
  const json counted = json_of("monitor out.bin --model steps.nhm --json");
  CHECK(counted["rows"] == 5);
  CHECK(counted["refused"] == 1);  // training never saw a value missing
  CHECK(counted["features"][0]["below"] == 1);
  CHECK(counted["features"][0]["above"] == 2);
  CHECK(counted["features"][1]["below"] == 0);
  CHECK(counted["features"][1]["above"] == 1);
  const std::string text = done("monitor out.bin --model steps.nhm");
  CHECK(text.find("5 rows predicted, 1 refused") != std::string::npos);
}

TEST_CASE("training twice gives the same bytes; another seed, another split") {
  const std::string split = "--test-fraction 0.3 ";
  train("sonar", "logistic", "a.nhm", split + "--seed 1");
  train("sonar", "logistic", "b.nhm", split + "--seed 1");
  train("sonar", "logistic", "c.nhm", split + "--seed 2");
  shell("cmp a.nhm b.nhm");
  const auto weights = [](const char* name) {
    return exporting::LoadedModel::from_file(folder() / name).contents().linear().weights;
  };
  CHECK(weights("a.nhm") == weights("b.nhm"));
  CHECK(weights("a.nhm") != weights("c.nhm"));
  // Without a split nothing is random: the seed is recorded, and changes nothing else.
  train("sonar", "logistic", "d.nhm", "--seed 1");
  train("sonar", "logistic", "e.nhm", "--seed 2");
  CHECK(weights("d.nhm") == weights("e.nhm"));
}

TEST_CASE("--test-fraction holds out its share of each class") {
  const json trained = train("iris", "logistic", "split.nhm", "--test-fraction 0.25");
  CHECK(trained["rows"] == 90);
  CHECK(trained["test_rows"] == 30);
  CHECK(json_of("inspect split.nhm --json")["lineage"]["training_rows"] == 90);
}

TEST_CASE("the order of the columns in a data file does not matter, and other columns are not looked at") {
  train("iris", "logistic", "order.nhm");
  write("shuffled.csv", shuffled(data_text("iris.test.csv")));
  CHECK(lines_of(read("shuffled.csv")).at(0) ==
        "petal_length_cm,remark,petal_width_cm,label,sepal_length_cm,sepal_width_cm");
  CHECK(done("predict order.nhm --data shuffled.csv") == done("predict order.nhm --data " + data("iris.test.csv")));
  CHECK(json_of("evaluate order.nhm --json --data shuffled.csv")["score"] ==
        json_of("evaluate order.nhm --json --data " + data("iris.test.csv"))["score"]);
}

TEST_CASE("a file with ; or tabs, CRLF, a byte order mark, quotes or decimal commas trains the same model") {
  const std::string plain = data_text("iris.train.csv");
  const std::string all = " --target label --model logistic --json -o ";
  json_of("train --data " + data("iris.train.csv") + all + "plain.nhm");
  const std::string crlf = replaced(plain, "\n", "\r\n");
  const std::map<std::string, std::string> variants = {
      {"semicolon.csv", replaced(plain, ",", ";")},
      {"tab.csv", replaced(plain, ",", "\t")},
      {"crlf.csv", crlf},
      {"mark.csv", "\xEF\xBB\xBF" + plain},
      {"excel.csv", "\xEF\xBB\xBF" + replaced(crlf, ",", ";")},
      {"quotes.csv", quoted(plain)},
      {"no_last_newline.csv", plain.substr(0, plain.size() - 1)},
  };
  for (const auto& variant : variants) {
    const std::string& name = variant.first;
    const std::string& text = variant.second;
    CAPTURE(name);
    write(name, text);
    json_of("train --data " + name + all + "variant.nhm");
    CHECK(without_data_hash("variant.nhm") == without_data_hash("plain.nhm"));
    CHECK(read("variant.nhm") != read("plain.nhm"));  // the hash of the data is that file's own
  }
  write("comma.csv", replaced(replaced(plain, ",", ";"), ".", ","));
  json_of("train --decimal-comma --data comma.csv" + all + "comma.nhm");
  CHECK(without_data_hash("comma.nhm") == without_data_hash("plain.nhm"));
}

TEST_CASE("--drop leaves columns out, from a test file that lacks them too") {
  write("narrow.csv", [] {
    std::string text;
    for (const std::string& line : lines_of(data_text("iris.test.csv"))) text += line.substr(line.find(',') + 1) + "\n";
    return text;
  }());
  const json trained = train("iris", "logistic", "drop.nhm", "--test narrow.csv --drop sepal_length_cm");
  CHECK(trained["features"] == 3);
  CHECK(trained["test_rows"] == 30);
}

TEST_CASE("--json keeps stdout to itself, progress or not; text and help go to stdout") {
  write("big.csv", [] {
    std::string text = "a,b,label\n";
    for (int row = 0; row < 1000; ++row) text += fmt::format("{},{},{}\n", row, row % 7, row % 2);
    return text;
  }());
  const Outcome outcome = nuthatch("train --data big.csv --target label --model logistic -o big.nhm --json --progress");
  CHECK(outcome.status == 0);
  CHECK(json::accept(outcome.out));
  for (const char* command : {"", "train", "evaluate", "predict", "explain", "inspect", "monitor"}) {
    CAPTURE(command);
    const std::string help = done(std::string(command) + " --help");
    CHECK(help.find("Usage: nuthatch") != std::string::npos);
    if (std::string(command) != "train") CHECK(lines_of(help).size() <= 40);  // a screen; train's lists every family
    CHECK(std::all_of(help.begin(), help.end(), [](char c) { return c != '\t'; }));
  }
  CHECK(lines_of(done("--version")).size() == 1);
  CHECK(done("inspect big.nhm").find("logistic (linear kind), int8 precision, float32 input") != std::string::npos);
}

}  // namespace nuthatch::cli
