// What `evaluate` says beyond the score, against what follows from `predict`'s CSV by definition; and that folds score
// what would be written.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <map>

#include "cli/program.hpp"

namespace nuthatch::cli {

using nlohmann::json;

namespace {

std::vector<double> numbers(const std::vector<std::string>& cells) {
  std::vector<double> values;
  for (const std::string& cell : cells) values.push_back(std::stod(cell));
  return values;
}

/// How often a row that is of the class scores higher than one that is not, ties half.
double pairs_won(const std::vector<bool>& of_class, const std::vector<double>& scores) {
  double won = 0;
  double pairs = 0;
  for (std::size_t a = 0; a < scores.size(); ++a) {
    for (std::size_t b = 0; b < scores.size(); ++b) {
      if (!of_class[a] || of_class[b]) continue;
      ++pairs;
      won += scores[a] > scores[b] ? 1 : scores[a] == scores[b] ? 0.5 : 0;
    }
  }
  return won / pairs;
}

/// Lines `first` to `last` of a CSV's rows, below its header.
std::string rows_of(const std::string& text, std::size_t first, std::size_t last) {
  const std::vector<std::string> lines = lines_of(text);
  std::string part = lines.at(0) + "\n";
  for (std::size_t row = first; row < last; ++row) part += lines.at(1 + row) + "\n";
  return part;
}

/// A column of text that says which rows are together, in front.
std::string with_groups(const std::string& text, std::size_t size) {
  std::string result;
  const std::vector<std::string> lines = lines_of(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    result += (i == 0 ? "who" : fmt::format("patient {}", (i - 1) / size)) + "," + lines[i] + "\n";
  }
  return result;
}

}  // namespace

TEST_CASE("evaluate's metrics of classes follow from predict's CSV") {
  for (const bool probable : {true, false}) {
    const std::string set = probable ? "wine" : "pima";
    CAPTURE(set);
    train(set, probable ? "logistic" : "linear-svm", "classes.nhm");
    const std::string test = " --data " + data(set + ".test.csv");
    const json found = json_of("evaluate classes.nhm --json" + test);
    const std::string printed = done("predict classes.nhm" + test + (probable ? " --probabilities" : ""));
    const std::vector<std::string> truth = column(data_text(set + ".test.csv"), "label");
    const std::vector<std::string> answers = column(printed, "prediction");
    const auto names = found["confusion"]["labels"].get<std::vector<std::string>>();
    std::map<std::pair<std::string, std::string>, int> counts;
    for (std::size_t row = 0; row < truth.size(); ++row) ++counts[{truth[row], answers[row]}];
    double recalls = 0;
    double f1s = 0;
    double areas = 0;
    for (std::size_t k = 0; k < names.size(); ++k) {
      const std::string& name = names[k];
      CAPTURE(name);
      int support = 0;
      int predicted = 0;
      for (std::size_t j = 0; j < names.size(); ++j) {
        CHECK(found["confusion"]["matrix"][k][j] == counts[{name, names[j]}]);
        support += counts[{name, names[j]}];
        predicted += counts[{names[j], name}];
      }
      const double right = counts[{name, name}];
      const double f1 = 2 * right / (support + predicted);
      const json& own = found["classes"][k];
      CHECK(own["name"] == name);
      CHECK(own["support"] == support);
      CHECK(own["refused"] == 0);
      CHECK(own["precision"].get<double>() == doctest::Approx(right / predicted).epsilon(1e-12));
      CHECK(own["recall"].get<double>() == doctest::Approx(right / support).epsilon(1e-12));
      CHECK(own["f1"].get<double>() == doctest::Approx(f1).epsilon(1e-12));
      recalls += right / support / static_cast<double>(names.size());
      f1s += f1 / static_cast<double>(names.size());
      if (!probable && k == 0) continue;  // one score, of the second class
      std::vector<bool> of_class;
      for (const std::string& label : truth) of_class.push_back(label == name);
      areas += pairs_won(of_class, numbers(column(printed, (probable ? "p_" : "score_") + name)));
    }
    CHECK(found["balanced_accuracy"].get<double>() == doctest::Approx(recalls).epsilon(1e-12));
    CHECK(found["macro_f1"].get<double>() == doctest::Approx(f1s).epsilon(1e-12));
    CHECK(found["weighted_recall"].get<double>() == doctest::Approx(found["score"].get<double>()).epsilon(1e-12));
    CHECK(found["roc_auc"].get<double>() == doctest::Approx(areas / (probable ? 3 : 1)).epsilon(1e-12));
    CHECK(found["ranked_by"] == (probable ? "probabilities" : "scores"));
    CHECK(found["average_precision"].get<double>() > 0.5);
    CHECK(found["interval"]["method"] == "wilson");
    CHECK(found["interval"]["level"] == 0.95);
    CHECK(found["interval"]["low"].get<double>() < found["score"].get<double>());
    if (!probable) {
      CHECK(found["calibration"].is_null());
      CHECK(found["undefined"]["calibration"] == "the model has no probabilities");
      continue;
    }
    CHECK_FALSE(found.contains("undefined"));
    std::size_t rows = 0;
    double error = 0;
    for (const json& bin : found["calibration"]["bins"]) {
      rows += bin["rows"].get<std::size_t>();
      error +=
          bin["rows"].get<double>() * std::abs(bin["mean_predicted"].get<double>() - bin["fraction"].get<double>());
    }
    CHECK(rows == truth.size());
    CHECK(found["calibration"]["of"] == "answer");
    CHECK(found["calibration"]["ece"].get<double>() == doctest::Approx(error / static_cast<double>(rows)));
  }
}

TEST_CASE("evaluate's metrics of values follow from predict's CSV") {
  train("diabetes", "ridge", "values.nhm");
  const std::string test = " --data " + data("diabetes.test.csv");
  const json found = json_of("evaluate values.nhm --json" + test);
  const std::vector<double> truth = numbers(column(data_text("diabetes.test.csv"), "label"));
  const std::vector<double> answers = numbers(column(done("predict values.nhm" + test), "prediction"));
  std::vector<double> residuals;
  double squares = 0;
  double sizes = 0;
  for (std::size_t row = 0; row < truth.size(); ++row) {
    residuals.push_back(truth[row] - answers[row]);
    squares += residuals.back() * residuals.back() / static_cast<double>(truth.size());
    sizes += std::abs(residuals.back()) / static_cast<double>(truth.size());
  }
  std::sort(residuals.begin(), residuals.end());
  const auto close = [&](const char* name, double wanted) {
    CAPTURE(name);
    CHECK(found[name].get<double>() == doctest::Approx(wanted).epsilon(1e-6));
  };
  close("mse", squares);
  close("rmse", std::sqrt(squares));
  close("mae", sizes);
  CHECK(found["mse"] == found["mean_squared_error"]);
  CHECK(found["r2"] == found["score"]);
  CHECK(found["residuals"]["min"].get<double>() == doctest::Approx(residuals.front()).epsilon(1e-6));
  CHECK(found["residuals"]["max"].get<double>() == doctest::Approx(residuals.back()).epsilon(1e-6));
  CHECK(found["residuals"]["p50"].get<double>() == doctest::Approx(residuals[44]).epsilon(1e-6));  // of 89
  CHECK(found["interval"]["method"] == "bootstrap");
  CHECK(found["interval"]["of"] == "r2");
  CHECK(found["interval"]["low"].get<double>() < found["score"].get<double>());
  CHECK(found["interval"]["high"].get<double>() > found["score"].get<double>());
  CHECK(json_of("evaluate values.nhm --json" + test) == found);
}

TEST_CASE("evaluate: what is not defined is null, with a reason, and never NaN") {
  train("pima", "logistic", "pima.nhm");
  std::string negative;
  for (const std::string& line : lines_of(data_text("pima.test.csv"))) {
    if (line.find(",pos") == std::string::npos) negative += line + "\n";
  }
  write("negative.csv", negative);
  const json one_class = json_of("evaluate pima.nhm --json --data negative.csv");
  CHECK(one_class["roc_auc"].is_null());
  CHECK(one_class["average_precision"].is_null());
  CHECK(one_class["undefined"]["roc_auc"] == "the answered rows are all of one class");
  CHECK(one_class["undefined"]["average_precision"] == "no answered row is of class \"pos\"");
  CHECK(one_class["classes"][1]["recall"].is_null());
  CHECK(one_class["undefined"]["recall"] == "no row is of class \"pos\"");
  CHECK(one_class["balanced_accuracy"] == one_class["score"]);
  const std::string text = done("evaluate pima.nhm --data negative.csv");
  CHECK(text.find("ROC AUC              none: the answered rows are all of one class") != std::string::npos);
  CHECK(text.find("nan") == std::string::npos);

  write("empty.csv", lines_of(data_text("pima.test.csv"))[0] + "\n,,,,,,,,neg\n,,,,,,,,pos\n");
  const json refused = json_of("evaluate pima.nhm --json --data empty.csv");
  CHECK(refused["score"] == 0.0);
  CHECK(refused["refused"] == 2);
  CHECK(refused["classes"][0]["refused"] == 1);
  CHECK(refused["confusion"]["matrix"] == json{{0, 0}, {0, 0}});
  for (const char* name : {"roc_auc", "average_precision", "log_loss", "brier", "calibration"}) {
    CAPTURE(name);
    CHECK(refused.at(name).is_null());
    CHECK(refused["undefined"][name] == "no row was answered");
  }
  CHECK(done("evaluate pima.nhm --data empty.csv").find("no row was answered") != std::string::npos);

  train("diabetes", "ridge", "values.nhm");
  write("empty.csv", lines_of(data_text("diabetes.test.csv"))[0] + "\n,,,,,,,,,,7\n");
  const json values = json_of("evaluate values.nhm --json --data empty.csv");
  CHECK(values["score"] == 0.0);
  CHECK(values["mean_squared_error"] == 0.0);
  for (const char* name : {"mse", "rmse", "mae", "r2", "residuals", "interval"}) {
    CAPTURE(name);
    CHECK(values.at(name).is_null());
    CHECK(values["undefined"][name] == "no row was answered");
  }
  CHECK(done("evaluate values.nhm --data empty.csv").find("nan") == std::string::npos);
}

TEST_CASE("evaluate prints the metrics, each class and the confusion") {
  train("iris", "logistic", "iris.nhm");
  const std::string text = done("evaluate iris.nhm --data " + data("iris.test.csv"));
  for (const char* part : {"accuracy             0.", "  95 % interval      0.", "balanced accuracy    0.", "F1    ",
                           "ROC AUC              0.", "(each class against the rest, by probabilities)",
                           "average precision    0.", "calibration error    0.", "class       precision     recall",
                           "true \\ answered          setosa versicolor  virginica\n"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  train("diabetes", "ridge", "values.nhm");
  const std::string values = done("evaluate values.nhm --data " + data("diabetes.test.csv"));
  for (const char* part :
       {"r2                   0.", "RMSE                 ", "mean absolute error  ", "residuals   "}) {
    CAPTURE(part);
    CHECK(values.find(part) != std::string::npos);
  }
}

TEST_CASE("--cross-validate leaves the model's bytes as they are without it") {
  for (const std::string flags : {"iris|logistic", "iris|forest --trees 5", "iris|svm --probability",
                                  "wine|mlp --epochs 20", "diabetes|ridge --test-fraction 0.2",
                                  "pima|naive-bayes --monitor full", "iris|linear-svm --explain --seed 3"}) {
    CAPTURE(flags);
    const std::string set = flags.substr(0, flags.find('|'));
    const std::string model = flags.substr(flags.find('|') + 1);
    const json with = train(set, model, "with.nhm", "--cross-validate 3");
    json without = train(set, model, "without.nhm");
    CHECK(read("with.nhm") == read("without.nhm"));
    CHECK_FALSE(without.contains("cross_validation"));
    without["cross_validation"] = with["cross_validation"];
    without["output"] = with["output"];
    without["seconds"] = with["seconds"];
    CHECK(with == without);
  }
}

TEST_CASE("--cross-validate says its folds' scores, and how they vary") {
  const json found = train("iris", "logistic", "folds.nhm", "--cross-validate 5")["cross_validation"];
  CHECK(found["folds"] == 5);
  CHECK(found["kind"] == "stratified");
  CHECK(found["metric"] == "accuracy");
  CHECK(found["refused"] == 0);
  const auto scores = found["scores"].get<std::vector<double>>();
  REQUIRE(scores.size() == 5);
  double mean = 0;
  double squares = 0;
  for (const double score : scores) mean += score / 5;
  for (const double score : scores) squares += (score - mean) * (score - mean);
  CHECK(mean > 0.9);
  CHECK(found["mean"].get<double>() == doctest::Approx(mean).epsilon(1e-12));
  CHECK(found["sd"].get<double>() == doctest::Approx(std::sqrt(squares / 4)).epsilon(1e-12));
  CHECK(train("iris", "logistic", "folds.nhm", "--cross-validate 5")["cross_validation"] == found);
  CHECK(train("iris", "logistic", "folds.nhm", "--cross-validate 5 --seed 1")["cross_validation"] != found);
  const std::string text =
      done("train --target label --model logistic -o folds.nhm --cross-validate 5 --data " + data("iris.train.csv"));
  CHECK(text.find(fmt::format("cross-validation, 5 stratified folds: accuracy {:.4f}, standard deviation {:.4f}\n  "
                              "{:.4f} {:.4f} {:.4f} {:.4f} {:.4f}\n",
                              mean, found["sd"].get<double>(), scores[0], scores[1], scores[2], scores[3],
                              scores[4])) != std::string::npos);
  CHECK(train("diabetes", "ridge", "folds.nhm", "--cross-validate 3")["cross_validation"]["kind"] == "plain");
}

TEST_CASE("a fold's score is that of the model that its training rows alone would have given") {
  struct Case {
    std::string set;
    std::string flags;
  };
  const std::vector<Case> cases = {{"iris", "logistic --precision int16"},
                                   {"pima", "forest --trees 7 --max-bytes 900 --seed 4"},
                                   {"wine", "svm --max-support-vectors 20 --input int16"},
                                   {"diabetes", "linear-svr"}};
  for (const Case& each : cases) {
    const std::string& set = each.set;
    const std::string& flags = each.flags;
    CAPTURE(set);
    const json found = train(set, flags, "whole.nhm", "--cross-validate 3 --folds time")["cross_validation"];
    const std::string text = data_text(set + ".train.csv");
    const std::size_t rows = lines_of(text).size() - 1;
    const std::size_t size = rows / 4;
    for (std::size_t fold = 0; fold < 3; ++fold) {
      const std::size_t first = rows - (3 - fold) * size;
      write("learned.csv", rows_of(text, 0, first));
      write("tested.csv", rows_of(text, first, first + size));
      json_of("train --data learned.csv --target label -o fold.nhm --json --model " + flags);
      CHECK(json_of("evaluate fold.nhm --json --data tested.csv")["score"] == found["scores"][fold]);
    }
  }
}

TEST_CASE("a column of groups is no feature, may be text, and keeps its rows together") {
  write("groups.csv", with_groups(data_text("iris.train.csv"), 6));
  const std::string base = "train --target label --model logistic --json --data groups.csv ";
  const json found = json_of(base + "-o grouped.nhm --cross-validate 4 --group who");
  CHECK(found["cross_validation"]["kind"] == "grouped");
  CHECK(found["features"] == 4);
  json_of(base + "-o dropped.nhm --drop who");
  CHECK(read("grouped.nhm") == read("dropped.nhm"));
  const json both = json_of(base + "-o grouped.nhm --cross-validate 4 --folds grouped --group who --drop who");
  CHECK(both["cross_validation"] == found["cross_validation"]);
  // A row that is a copy of another's tells on folds that tear the two apart, and not on those that do not.
  std::string twins = "who,x,label\n";
  for (int row = 0; row < 60; ++row) {
    const int x = row * 37 % 60;
    const char* label = row * row % 7 < 3 ? "a" : "b";  // nothing to learn but by heart
    twins += fmt::format("{},{},{}\n{},{},{}\n", row, x, label, row, x, label);
  }
  write("twins.csv", twins);
  const auto score = [](const std::string& flags) {
    return json_of("train --target label --model tree -o t.nhm --json --data twins.csv --cross-validate 5 " +
                   flags)["cross_validation"]["mean"]
        .get<double>();
  };
  CHECK(score("--drop who --folds plain") > score("--group who") + 0.1);
}

TEST_CASE("folds with --test-fraction are of the training rows, and leave the held-out ones as they are") {
  write("groups.csv", with_groups(data_text("iris.train.csv"), 5));
  const std::string base = "train --target label --model logistic --json --test-fraction 0.25 --data groups.csv ";
  const json found = json_of(base + "-o a.nhm --cross-validate 3 --group who");
  const json plain = json_of(base + "-o b.nhm --group who");
  CHECK(found["cross_validation"]["scores"].size() == 3);
  CHECK(found["test_rows"] == plain["test_rows"]);
  CHECK(found["held_out"]["groups"] == 6);
  CHECK(found["score"] == plain["score"]);
  CHECK(read("a.nhm") == read("b.nhm"));
}

TEST_CASE("a class that a fold has not learned counts as wrong") {
  std::string rows = "x,label\n";
  for (int row = 0; row < 40; ++row) rows += fmt::format("{},{}\n", row, row == 39 ? "c" : row < 20 ? "a" : "b");
  write("rare_class.csv", rows);
  const json found = json_of(
      "train --target label --model logistic -o r.nhm --json --data rare_class.csv --cross-validate 4 --folds plain");
  CHECK(found["classes"].size() == 3);
  CHECK(found["cross_validation"]["mean"].get<double>() < 1);
  CHECK(found["cross_validation"]["mean"].get<double>() > 0.8);
}

TEST_CASE("folds show their progress where it is asked for") {
  const int folds = is_sanitized() ? 3 : 8;  // of work that takes longer than the half second before a bar is drawn
  const Outcome outcome =
      nuthatch(fmt::format("train --target label --model mlp -o p.nhm --cross-validate {} --progress --data {}", folds,
                           data("digits.train.csv")));
  CHECK(outcome.status == 0);
  CHECK(outcome.err.find("cross-validating") != std::string::npos);
}

}  // namespace nuthatch::cli
