// --metric, --positive and --threshold-for as a contract: what is chosen, against models and thresholds tried one by
// one here; and that everything answers by it.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "cli/program.hpp"

namespace nuthatch::cli {

using nlohmann::json;

namespace {

/// One row in `every` is a fault: two sensors that are a little higher then, so that no threshold tells all.
std::string rare(std::size_t rows, std::uint32_t seed, unsigned every = 25) {
  std::mt19937 random(seed);
  const auto noise = [&] {
    return (static_cast<double>(random() % 1000) + static_cast<double>(random() % 1000)) / 1000;
  };
  std::string text = "a,b,state\n";
  for (std::size_t row = 0; row < rows; ++row) {
    const bool fault = random() % every == 0;
    text += fmt::format("{:.3f},{:.3f},{}\n", noise() + (fault ? 0.9 : 0), noise() + (fault ? 0.7 : 0),
                        fault ? "fault" : "ok");  // "fault" is class 0
  }
  return text;
}

std::string rows_of(const std::string& text, std::size_t first, std::size_t last) {
  const std::vector<std::string> lines = lines_of(text);
  std::string part = lines.at(0) + "\n";
  for (std::size_t row = first; row < last; ++row) part += lines.at(1 + row) + "\n";
  return part;
}

json train_rare(const std::string& data, const std::string& output, const std::string& flags) {
  return json_of("train --target state --json --data " + data + " -o " + output + " " + flags);
}

struct Scored {
  std::vector<double> scores;  ///< of class 1, "ok"
  std::vector<bool> fault;
};

/// What models of the folds in the order of time answer to them, learned and asked one by one.
Scored out_of_folds(const std::string& text, std::size_t folds, const std::string& model) {
  Scored found;
  const std::size_t rows = lines_of(text).size() - 1;
  const std::size_t size = rows / (folds + 1);
  for (std::size_t fold = 0; fold < folds; ++fold) {
    const std::size_t first = rows - (folds - fold) * size;
    write("fold.csv", rows_of(text, 0, first));
    write("tested.csv", rows_of(text, first, first + size));
    train_rare("fold.csv", "fold.nhm", "--model " + model);
    for (const std::string& cell : column(done("predict fold.nhm --data tested.csv"), "score_ok")) {
      found.scores.push_back(std::stod(cell));
    }
    for (const std::string& label : column(read("tested.csv"), "state")) found.fault.push_back(label == "fault");
  }
  return found;
}

struct Counts {
  double found = 0, alarms = 0, faults = 0, rows = 0;

  double recall() const { return found / faults; }
  double precision() const { return found + alarms == 0 ? 0 : found / (found + alarms); }
  double cost(double miss, double alarm) const { return (miss * (faults - found) + alarm * alarms) / rows; }
};

/// A row is a fault where class 1's score is at most the threshold.
Counts count(const Scored& scored, double threshold) {
  Counts counts;
  for (std::size_t row = 0; row < scored.scores.size(); ++row) {
    const bool said = scored.scores[row] <= threshold;
    counts.found += said && scored.fault[row] ? 1 : 0;
    counts.alarms += said && !scored.fault[row] ? 1 : 0;
    counts.faults += scored.fault[row] ? 1 : 0;
    ++counts.rows;
  }
  return counts;
}

}  // namespace

TEST_CASE("--threshold-for chooses the best of all thresholds on rows that no fold has learned from") {
  const std::string text = rare(1600, 1);
  write("rare.csv", text);
  for (const std::string model : {"logistic", "naive-bayes", "forest --trees 7 --max-depth 4"}) {
    CAPTURE(model);
    const Scored scored = out_of_folds(text, 3, model);
    for (const std::string goal : {"recall=0.9", "precision=0.5", "cost=20:1"}) {
      CAPTURE(goal);
      const json threshold =
          train_rare("rare.csv", "t.nhm",
                     "--cross-validate 3 --folds time --threshold-for " + goal + " --model " + model)["threshold"];
      CHECK(threshold["for"] == goal);
      CHECK(threshold["folds"] == 3);
      double best = -1e9;
      for (const double at : scored.scores) {
        const Counts counts = count(scored, at);
        if (goal == "recall=0.9" && counts.recall() >= 0.9) best = std::max(best, counts.precision());
        if (goal == "precision=0.5" && counts.precision() >= 0.5) best = std::max(best, counts.recall());
        if (goal == "cost=20:1") best = std::max(best, -counts.cost(20, 1));
      }
      // By the file's own threshold: what it says is what these rows give. Words are finer than folds' scores differ.
      const Counts reached = count(scored, threshold["score"].get<double>());
      CHECK(threshold["recall"].get<double>() == doctest::Approx(reached.recall()));
      CHECK(threshold["precision"].get<double>() == doctest::Approx(reached.precision()));
      const double value = goal == "recall=0.9"      ? reached.precision()
                           : goal == "precision=0.5" ? reached.recall()
                                                     : -threshold["cost"].get<double>();
      CHECK(value == doctest::Approx(best));
    }
  }
}

TEST_CASE("everything answers by the threshold, and probabilities stay") {
  write("rare.csv", rare(1500, 2));
  write("fresh.csv", rare(900, 3));
  for (const std::string model : {"logistic", "boosting --rounds 8", "linear-svm", "mlp --hidden 4 --epochs 30"}) {
    CAPTURE(model);
    train_rare("rare.csv", "plain.nhm", "--model " + model);
    const json trained = train_rare("rare.csv", "moved.nhm", "--threshold-for recall=0.95 --model " + model);
    const json threshold = trained["threshold"];
    REQUIRE(threshold["word"] != 0);
    CHECK(trained["positive_class"] == "fault");
    const bool probable = model != "linear-svm";
    const std::string flags = probable ? " --probabilities" : "";
    const std::string before = done("predict plain.nhm --data fresh.csv" + flags);
    const std::string after = done("predict moved.nhm --data fresh.csv --snapshot moved.bin" + flags);
    CHECK(column(after, "score_ok") == column(before, "score_ok"));
    if (probable) CHECK(column(after, "p_fault") == column(before, "p_fault"));
    const std::vector<std::string> answers = column(after, "prediction");
    const std::vector<std::string> scores = column(after, "score_ok");
    std::size_t faults = 0;
    for (std::size_t row = 0; row < answers.size(); ++row) {
      const bool fault = std::stod(scores[row]) <= threshold["score"].get<double>();
      CHECK(answers[row] == (fault ? "fault" : "ok"));
      faults += fault ? 1U : 0U;
    }
    const json monitored = json_of("monitor moved.bin --model moved.nhm --format json");
    CHECK(monitored.dump().find(fmt::format("{}", faults)) != std::string::npos);
    // Evaluate has both: by the threshold, and at the most probable class, which is what the plain model answers.
    const json plain = json_of("evaluate plain.nhm --json --data fresh.csv");
    const json moved = json_of("evaluate moved.nhm --json --data fresh.csv");
    CHECK(moved["most_probable"]["confusion"] == plain["confusion"]);
    CHECK(moved["most_probable"]["accuracy"] == plain["score"]);
    CHECK(moved["threshold"]["word"] == threshold["word"]);
    CHECK(plain["threshold"].is_null());
    CHECK(plain["most_probable"]["rows_answered_otherwise"] == 0);
    CHECK(moved["roc_auc"] == plain["roc_auc"]);
    CHECK(moved["classes"][0]["recall"].get<double>() > plain["classes"][0]["recall"].get<double>());
    CHECK(moved["confusion"]["matrix"][0][0].get<std::size_t>() +
              moved["confusion"]["matrix"][1][0].get<std::size_t>() ==
          faults);
    if (probable) CHECK(moved["log_loss"] == plain["log_loss"]);
    const json inspected = json_of("inspect moved.nhm --json");
    CHECK(inspected["threshold"]["word"] == threshold["word"]);
    CHECK(json_of("inspect plain.nhm --json")["threshold"].is_null());
    const std::string said = done("evaluate moved.nhm --data fresh.csv");
    CHECK(said.find("threshold            ok where the score is above ") != std::string::npos);
    CHECK(said.find("most probable class  accuracy ") != std::string::npos);
  }
}

TEST_CASE("a threshold is of the rows that are learned from, and of nothing else") {
  write("rare.csv", rare(1200, 4));
  write("test.csv", rare(400, 5));
  write("other.csv", rare(400, 6, 5));
  const std::string flags = "--model logistic --threshold-for recall=0.9 ";
  const json alone = train_rare("rare.csv", "a.nhm", flags);
  CHECK(train_rare("rare.csv", "b.nhm", flags + "--test test.csv")["threshold"] == alone["threshold"]);
  CHECK(train_rare("rare.csv", "c.nhm", flags + "--test other.csv")["threshold"] == alone["threshold"]);
  CHECK(train_rare("rare.csv", "d.nhm", flags + "--cross-validate 5")["threshold"] == alone["threshold"]);
  CHECK(read("d.nhm") == read("a.nhm"));
  CHECK(alone["threshold"]["folds"] == 5);
  // As many folds as each can have a row of each class.
  write("few.csv", "a,b,state\n1,1,ok\n2,1,ok\n1,2,ok\n2,2,ok\n3,1,ok\n1,3,ok\n4,4,fault\n5,4,fault\n4,5,fault\n");
  CHECK(train_rare("few.csv", "e.nhm", flags)["threshold"]["folds"] == 3);
  // What is answered by it is the device's, so its own score says the same as the host's recount.
  const json again = train_rare("rare.csv", "f.nhm", flags + "--precision int16 --input int16");
  CHECK(std::abs(again["threshold"]["score"].get<double>() - alone["threshold"]["score"].get<double>()) < 0.2);
}

TEST_CASE("guessing and the positive class are said, in JSON and in text") {
  write("rare.csv", rare(1000, 7));
  const auto labels = column(read("rare.csv"), "state");
  const double faults = static_cast<double>(std::count(labels.begin(), labels.end(), "fault"));
  const json trained = train_rare("rare.csv", "g.nhm", "--model logistic");
  CHECK(trained["guessing_score"].get<double>() == doctest::Approx(1 - faults / 1000));
  CHECK(trained["positive_class"] == "fault");
  CHECK(trained["threshold"].is_null());
  const json found = json_of("evaluate g.nhm --json --data rare.csv");
  CHECK(found["guessing_score"].get<double>() == doctest::Approx(1 - faults / 1000));
  CHECK(found["positive_class"] == "fault");
  const json of_ok = json_of("evaluate g.nhm --json --data rare.csv --positive ok");
  CHECK(of_ok["positive_class"] == "ok");
  CHECK(of_ok["roc_auc"].get<double>() == doctest::Approx(found["roc_auc"].get<double>()));  // whichever way round
  CHECK(of_ok["average_precision"].get<double>() > 0.95);
  CHECK(found["average_precision"].get<double>() < 0.95);
  CHECK(found["calibration"]["of"] == "fault");
  CHECK(of_ok["calibration"]["of"] == "ok");
  const std::string text = done("evaluate g.nhm --data rare.csv");
  CHECK(text.find(fmt::format("  guessing           {:.4f} (always ok, the commonest of these rows)",
                              1 - faults / 1000)) != std::string::npos);
  CHECK(text.find("(of fault, by probabilities)") != std::string::npos);
  // Of more classes: each against the rest, or one that is named.
  train("iris", "logistic", "iris.nhm");
  const std::string iris = " --json --data " + data("iris.test.csv");
  CHECK(json_of("evaluate iris.nhm" + iris)["positive_class"].is_null());
  const json setosa = json_of("evaluate iris.nhm --positive setosa" + iris);
  CHECK(setosa["positive_class"] == "setosa");
  CHECK(setosa["average_precision"] == 1.0);
  // The file remembers what it was trained to find.
  train_rare("rare.csv", "ok.nhm", "--model logistic --positive ok");
  CHECK(json_of("evaluate ok.nhm --json --data rare.csv")["positive_class"] == "ok");
  CHECK(json_of("evaluate ok.nhm --json --data rare.csv --positive fault")["positive_class"] == "fault");
  train("diabetes", "ridge", "v.nhm");
  CHECK(json_of("evaluate v.nhm --json --data " + data("diabetes.test.csv"))["guessing_score"] == 0.0);
}

TEST_CASE("guessing goes by the rows learned from, and is scored on those that are judged") {
  // Learned from: 60 % p. Tested: 30 % p, so always p is right in 0.30 of them; the test's own majority in 0.70.
  const auto rows = [](int count, int of_p, int offset) {
    std::string text = "a,state\n";
    for (int row = 0; row < count; ++row) text += fmt::format("{},{}\n", row * 7 % 31 + offset, row < of_p ? "p" : "q");
    return text;
  };
  write("sixty.csv", rows(50, 30, 0));
  write("thirty.csv", rows(50, 15, 1));
  const json trained = json_of(
      "train --data sixty.csv --target state --model tree -o guess.nhm --test thirty.csv --metric balanced-accuracy "
      "--card guess.json --json");
  CHECK(trained["guessing_score"].get<double>() == doctest::Approx(0.3));
  CHECK(trained["judged"]["guessing_score"].get<double>() == doctest::Approx(0.5));
  CHECK(done("train --data sixty.csv --target state --model tree -o guess.nhm --test thirty.csv")
            .find("guessing scores 0.3000 of accuracy on the test rows") != std::string::npos);
  // In the order of the file 30 p come first: three folds of 12 after 14 rows. Each is guessed by those before it, p:
  // 12, 4 and 0 of 12 are.
  const std::string folds = "--data sixty.csv --target state -o guess.nhm --folds time --cross-validate 3 --json ";
  std::string mixed = "a,state\n";
  for (int row = 0; row < 50; ++row) mixed += fmt::format("{},{}\n", row, row == 3 || row >= 30 ? "q" : "p");
  write("sixty.csv", mixed);
  const double expected = (12 + 4 + 0) / 36.0;
  CHECK(json_of("train --model tree " + folds)["cross_validation"]["guessing_score"].get<double>() ==
        doctest::Approx(expected));
  CHECK(json_of("tune --models tree --trials 2 " + folds)["guessing_score"].get<double>() == doctest::Approx(expected));
  // Values: learned from 0 and 10, the mean 5; tested 10 and 14: R2 = 1 - (25 + 81) / (4 + 4) = -12.25.
  std::string learned = "a,y\n";
  for (int row = 0; row < 20; ++row) learned += fmt::format("{},{}\n", row, row % 2 * 10);
  write("learned_values.csv", learned);
  write("tested_values.csv", "a,y\n1,10\n2,14\n3,10\n4,14\n");
  CHECK(json_of("train --data learned_values.csv --target y --model ridge -o guess.nhm --test tested_values.csv "
                "--json")["guessing_score"]
            .get<double>() == doctest::Approx(-12.25));
}

TEST_CASE("--metric scores folds as evaluate would") {
  const std::string text = rare(1200, 8);
  write("rare.csv", text);
  const std::size_t size = 1200 / 4;
  struct Case {
    const char* metric;
    const char* key;
  };
  for (const Case& each : {Case{"balanced-accuracy", "balanced_accuracy"},
                           {"average-precision", "average_precision"},
                           {"roc_auc", "roc_auc"},
                           {"log-loss", "log_loss"}}) {
    CAPTURE(each.metric);
    const json found = train_rare(
        "rare.csv", "m.nhm",
        std::string("--model logistic --cross-validate 3 --folds time --metric ") + each.metric)["cross_validation"];
    CHECK(found["metric"] == each.key);
    for (std::size_t fold = 0; fold < 3; ++fold) {
      const std::size_t first = 1200 - (3 - fold) * size;
      write("learned.csv", rows_of(text, 0, first));
      write("tested.csv", rows_of(text, first, first + size));
      train_rare("learned.csv", "fold.nhm", "--model logistic");
      const json expected = json_of("evaluate fold.nhm --json --positive fault --data tested.csv")[each.key];
      CHECK(found["scores"][fold].get<double>() == doctest::Approx(expected.get<double>()).epsilon(1e-12));
    }
  }
  // What ranks says nothing of where the device answers so.
  const std::string note = "average precision judges the order of rows; the device answers the most probable class";
  const std::string ranked =
      "train --target state --data rare.csv --model logistic -o m.nhm --metric average-precision";
  CHECK(done(ranked).find(note) != std::string::npos);
  CHECK(done(ranked + " --threshold-for recall=0.9").find(note) == std::string::npos);
  const json rmse = train("diabetes", "ridge", "r.nhm", "--cross-validate 4 --metric rmse")["cross_validation"];
  CHECK(rmse["metric"] == "rmse");
  CHECK(rmse["mean"].get<double>() > 40);  // as people know it: an error, in the target's unit
  CHECK(rmse["mean"].get<double>() < rmse["guessing_score"].get<double>());
}

TEST_CASE("tune looks for what --metric and --threshold-for say, and says what guessing scores") {
  write("rare.csv", rare(700, 9, 30));
  const std::string base =
      "tune --target state --data rare.csv --models logistic,tree,naive-bayes --input float32 --trials 9 ";
  const json plain = json_of(base + "-o plain.nhm --json");
  CHECK(plain["metric"] == "accuracy");
  CHECK(plain["guessing_score"].get<double>() > 0.9);
  CHECK(plain["positive_class"] == "fault");
  CHECK(plain["best"]["threshold"].is_null());
  const std::string text = done(base + "-o plain.nhm");
  CHECK(text.find("guessing             0.9") != std::string::npos);
  CHECK(text.find("accuracy hardly counts \"fault\"; --metric average-precision") != std::string::npos);
  const json precise = json_of(base + "-o precise.nhm --json --metric average-precision");
  CHECK(precise["metric"] == "average_precision");
  CHECK(precise["guessing_score"].get<double>() < 0.1);
  for (const json& other : precise["front"]) CHECK(precise["best"]["score_cv"] >= other["score_cv"]);
  const json loss = json_of(base + "-o loss.nhm --json --metric log-loss");
  for (const json& other : loss["front"]) CHECK(loss["best"]["score_cv"] <= other["score_cv"]);
  CHECK(loss["best"]["score_cv"].get<double>() > 0);
  const json found = json_of(base + "-o found.nhm --json --threshold-for recall=0.9");
  CHECK(found["metric"] == "precision_at_recall=0.9");
  CHECK(found["best"]["threshold"]["recall"].get<double>() >= 0.9);
  // Of answers, by the threshold: other than by the most probable class.
  const json answers = json_of(base + "-o answers.nhm --json --metric f1 --threshold-for recall=0.9");
  const json unmoved = json_of(base + "-o unmoved.nhm --json --metric f1");
  CHECK(answers["metric"] == "f1");
  CHECK(answers["best"]["score_cv"] != unmoved["best"]["score_cv"]);
  CHECK(answers["best"]["threshold"]["recall"].get<double>() >= 0.9);
  write("fresh.csv", rare(3000, 10, 30));
  const json by_threshold = json_of("evaluate found.nhm --json --data fresh.csv");
  const json by_accuracy = json_of("evaluate plain.nhm --json --data fresh.csv");
  CHECK(by_threshold["classes"][0]["recall"].get<double>() > 0.75);
  CHECK(by_accuracy["classes"][0]["recall"].get<double>() < 0.7);
}

TEST_CASE("flags that do not fit are usage errors, and say what does") {
  write("rare.csv", rare(300, 11));
  std::string twins = "x,state\n";  // each row once of either class: no threshold is right more than half of the time
  for (int x = 0; x < 40; ++x) twins += fmt::format("{},ok\n{},fault\n", x, x);
  write("twins.csv", twins);
  write("one.csv", "x,state\n1,ok\n2,ok\n3,fault\n4,ok\n");
  struct Mistake {
    std::string arguments;
    int status;
    const char* says;
  };
  const std::string rare_rows = "train --target state --data rare.csv -o no.nhm --model logistic ";
  const std::string iris = "train --target label --data " + data("iris.train.csv") + " -o no.nhm --model logistic ";
  const std::string values = "train --target label --data " + data("diabetes.train.csv") + " -o no.nhm --model ridge ";
  for (const Mistake& mistake : std::vector<Mistake>{
           {rare_rows + "--metric rmse", 2, "--metric rmse: it is of values, and this target has classes: accuracy, "},
           {values + "--metric f1", 2, "--metric f1: it is of classes, and this target has values: r2, rmse, mae"},
           {rare_rows + "--metric better", 2, "there is no such metric; of classes there are accuracy, "},
           {rare_rows + "--metric recall-at-precision", 2, "give recall-at-precision=0.9"},
           {rare_rows + "--positive broken", 2, "--positive broken: is no class; there are fault, ok"},
           {values + "--positive x", 2, "has values, not classes"},
           {rare_rows + "--threshold-for recall=2", 2, "recall is a share above 0 and up to 1"},
           {rare_rows + "--threshold-for f1", 2, "give recall=0.9, precision=0.9, or cost=10:1"},
           {iris + "--threshold-for recall=0.9", 2, "a threshold is of two classes, and there are 3; --class-weight"},
           {values + "--threshold-for recall=0.9", 2, "has values, and a threshold is of two classes"},
           {"train --target state --data rare.csv -o no.nhm --model linear-svm --metric log-loss", 2, "--probability"},
           {"train --target state --data twins.csv -o no.nhm --model tree --threshold-for precision=0.9", 1,
            "no threshold reaches that for class \"ok\" on the folds, at best "},
           {"train --target state --data one.csv -o no.nhm --model logistic --threshold-for recall=0.9", 1,
            "class \"fault\" has one row to learn from"},
           {"tune --target state --data rare.csv -o no.nhm --trials 3 --metric mae", 2, "it is of values"},
       }) {
    CAPTURE(mistake.arguments);
    const Outcome outcome = nuthatch(mistake.arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.status == mistake.status);
    CHECK(outcome.err.find(mistake.says) != std::string::npos);
    CHECK(!std::filesystem::exists(folder() / "no.nhm"));
  }
  train("iris", "logistic", "iris.nhm");
  const Outcome outcome = nuthatch("evaluate iris.nhm --positive rose --data " + data("iris.test.csv"));
  CHECK(outcome.status == 2);
  CHECK(outcome.err.find("--positive rose: is no class; there are setosa, versicolor, virginica") != std::string::npos);
}

TEST_CASE("where probabilities are fitted beside the scores, rows that are answered otherwise are said") {
  // Three clouds in a row: one against the rest has no line for the middle one, its probability has.
  std::mt19937 random(12);
  std::string text = "x,y,label\n";
  for (int row = 0; row < 300; ++row) {
    const int k = row % 3;
    const auto noise = [&] { return static_cast<double>(random() % 1000) / 500 - 1; };
    text += fmt::format("{:.3f},{:.3f},{}\n", 2.2 * k + noise(), 0.4 * k + noise(), k);
  }
  write("clouds.csv", text);
  const json trained =
      json_of("train --data clouds.csv --target label --model linear-svm --probability -o c.nhm --json");
  const json found = json_of("evaluate c.nhm --json --data clouds.csv");
  const std::string printed = done("predict c.nhm --probabilities --data clouds.csv");
  std::size_t otherwise = 0;
  const auto answers = column(printed, "prediction");
  std::vector<std::vector<std::string>> shares;
  for (const char* name : {"p_0", "p_1", "p_2"}) shares.push_back(column(printed, name));
  for (std::size_t row = 0; row < answers.size(); ++row) {
    const std::size_t own = std::stoul(answers[row]);
    double most = 0;
    for (const auto& share : shares) most = std::max(most, std::stod(share[row]));
    otherwise += std::stod(shares[own][row]) < most ? 1U : 0U;
  }
  CHECK(found["most_probable"]["rows_answered_otherwise"] == otherwise);
  CHECK(trained["answered_otherwise"] == otherwise);
  CHECK(otherwise > 0);
  CHECK(done("evaluate c.nhm --data clouds.csv").find(fmt::format("({} rows are answered otherwise)", otherwise)) !=
        std::string::npos);
  // Every other kind answers the most probable class.
  for (const std::string model : {"logistic", "naive-bayes", "forest --trees 5", "boosting --rounds 5",
                                  "mlp --hidden 4 --epochs 20", "tree --max-depth 3"}) {
    CAPTURE(model);
    json_of("train --data clouds.csv --target label -o o.nhm --json --model " + model);
    CHECK(json_of("evaluate o.nhm --json --data clouds.csv")["most_probable"]["rows_answered_otherwise"] == 0);
  }
}

TEST_CASE("threshold: a model that answers all rows alike is found out") {
  // Bad at both ends of x, so that no line tells them apart.
  std::string text = "x,label\n";
  for (int i = 0; i < 200; ++i) text += fmt::format("{},{}\n", i % 20, i % 20 % 19 == 0 ? "bad" : "good");
  write("alike.csv", text);
  const auto finding_of = [](const std::string& flags) -> json {
    const json found = json_of("train --data alike.csv --target label -o alike.nhm --json " + flags)["findings"];
    for (const json& each : found) {
      if (each["kind"] == "one_answer") return each;
    }
    return nullptr;
  };
  const json always = finding_of("--model logistic");
  CHECK(always["count"] == 200);
  CHECK(always["text"].get<std::string>().find("answers all 200 training rows with good") != std::string::npos);
  const json all = finding_of("--model logistic --threshold-for cost=1000:1");
  CHECK(all["text"].get<std::string>().find("with bad") != std::string::npos);
  CHECK(finding_of("--model tree").is_null());
}

}  // namespace nuthatch::cli
