// What a stranger does wrong: the message says what and where, on stderr, with the right status, and nothing else
// happens.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/program.hpp"

namespace nuthatch::cli {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;

struct Mistake {
  std::string what;
  std::string arguments;
  int status;
  std::vector<std::string> says;
};

void check(const Mistake& mistake) {
  CAPTURE(mistake.what);
  CAPTURE(mistake.arguments);
  const Outcome outcome = nuthatch(mistake.arguments);
  CAPTURE(outcome.err);
  CHECK(outcome.status == mistake.status);
  CHECK(outcome.out == "");
  for (const std::string& part : mistake.says) {
    CAPTURE(part);
    CHECK(outcome.err.find(part) != std::string::npos);
  }
  for (const char* crash : {"terminate called", "what():", "exception", "Sanitizer", "core dumped", "0x"}) {
    CHECK(outcome.err.find(crash) == std::string::npos);
  }
  const std::vector<std::string> lines = lines_of(outcome.err);
  CHECK(lines.size() == (mistake.status == kUsage ? 2 : 1));
  if (mistake.status == kFailed && !lines.empty()) CHECK(lines[0].find("nuthatch: ") == 0);
}

const std::string kTrain = "train --target label --model logistic -o never.nhm --data ";

std::string iris() { return kTrain + data("iris.train.csv") + " "; }

/// A model that all these tests share.
void make_model() {
  static const bool once = [] {
    train("iris", "logistic", "good.nhm");
    done("evaluate good.nhm --snapshot good.bin --data " + data("iris.test.csv"));
    return true;
  }();
  REQUIRE(once);
}

}  // namespace

TEST_CASE("wrong flags are usage errors: status 2") {
  make_model();
  const std::string evaluate = "evaluate good.nhm --data " + data("iris.test.csv");
  const std::vector<Mistake> mistakes = {
      {"no command", "", kUsage, {"subcommand is required"}},
      {"unknown command", "trian", kUsage, {"subcommand"}},
      {"no flags", "train", kUsage, {"required"}},
      {"no target", "train --data x.csv --model ridge -o m.nhm", kUsage, {"--target is required"}},
      {"no model", "evaluate --data x.csv", kUsage, {"model is required"}},
      {"unknown flag", iris() + "--jsn", kUsage, {"--jsn"}},
      {"unknown model", "train --data x.csv --target y --model magic -o m.nhm", kUsage, {"magic", "linear-svm"}},
      {"unknown precision", iris() + "--precision int4", kUsage, {"int4", "int16"}},
      {"unknown input", iris() + "--input uint8", kUsage, {"uint8", "int16"}},
      {"fraction of nothing", iris() + "--test-fraction 0", kUsage, {"--test-fraction", "0.999999"}},
      {"fraction of all", iris() + "--test-fraction 1", kUsage, {"--test-fraction"}},
      {"fraction that is none", iris() + "--test-fraction nan", kUsage, {"--test-fraction"}},
      {"two tests", iris() + "--test-fraction 0.2 --test x.csv", kUsage, {"--test"}},
      {"strength zero", iris() + "--C 0", kUsage, {"--C: 0 is not a number from 1e-12"}},
      {"strength no number", iris() + "--C nan", kUsage, {"--C: nan"}},
      {"penalty no number", iris() + "--C nan", kUsage, {"--C: nan is not a number from 1e-12 to 1e+12"}},
      {"penalty below zero", iris() + "--C -1", kUsage, {"--C: -1 is not a number"}},
      {"another family's flag", iris() + "--alpha 1", kUsage, {"--alpha is not a flag of logistic: it has --C"}},
      {"task the family lacks", iris() + "--task regression", kUsage, {"--task regression: logistic does not do that"}},
      {"seed below zero", iris() + "--seed -1", kUsage, {"--seed: -1"}},
      {"seed of text", iris() + "--seed soon", kUsage, {"--seed"}},
      {"seed too large", iris() + "--seed 18446744073709551616", kUsage, {"--seed"}},
      {"unknown board", evaluate + " --on cortex-m9", kUsage, {"cortex-m9", "cortex-m0"}},
      {"firmware here", evaluate + " --firmware x.elf", kUsage, {"--firmware", "--on"}},
      {"device below zero", evaluate + " --device-id -1", kUsage, {"--device-id: -1"}},
      {"one thing too many", evaluate + " more", kUsage, {"more"}},
      {"no snapshot", "monitor", kUsage, {"snapshot is required"}},
  };
  for (const Mistake& mistake : mistakes) check(mistake);
  CHECK_FALSE(std::filesystem::exists(folder() / "never.nhm"));
}

TEST_CASE("data that cannot be learned: file, row, column and remedy, status 1, no model") {
  write("empty.csv", "");
  write("header.csv", "a,b,label\n");
  write("one_class.csv", "a,label\n1,x\n2,x\n");
  write("text.csv", "a,color of it,label\n1,2,x\n2,red,y\n");
  write("ragged.csv", "a,b,label\n1,2,x\n1,2\n");
  write("unlabelled.csv", "a,label\n1,x\n2,\n3,y\n");
  write("hollow.csv", "a,b,label\n1,,x\n2,NA,y\n");
  write("target_only.csv", "label\nx\ny\n");
  write("twice.csv", "a,a,label\n1,2,x\n");
  write("far.csv", "a,label\n1,1000000003\n2,1000000005\n3,1000000009\n4,1000000010\n");
  write("huge.csv", "a,label\n1,1\n2,2e18\n");
  std::string ids = "a,label\n";
  for (int row = 0; row < 400; ++row) ids += fmt::format("{},unit {}\n", row, row);
  write("ids.csv", ids);
  const std::vector<Mistake> mistakes = {
      {"no file", kTrain + "nowhere.csv", kFailed, {"nowhere.csv: there is no such file"}},
      {"a folder", kTrain + "/tmp", kFailed, {"/tmp", "directory"}},
      {"empty", kTrain + "empty.csv", kFailed, {"empty.csv: the file is empty", "header"}},
      {"header only", kTrain + "header.csv", kFailed, {"header.csv", "no row"}},
      {"one class", kTrain + "one_class.csv", kFailed, {"one_class.csv", "\"label\"", "one class only (\"x\")"}},
      {"text",
       kTrain + "text.csv",
       kFailed,
       {"text.csv: row 2 (line 3), column \"color of it\": \"red\" is not a number", "--drop \"color of it\""}},
      {"ragged", kTrain + "ragged.csv", kFailed, {"ragged.csv: row 2 (line 3)", "2 fields", "header has 3"}},
      {"no label", kTrain + "unlabelled.csv", kFailed, {"unlabelled.csv: row 2 (line 3), column \"label\""}},
      {"no value", kTrain + "hollow.csv", kFailed, {"hollow.csv: column \"b\"", "--drop b"}},
      {"no feature", kTrain + "target_only.csv", kFailed, {"no feature column"}},
      {"two of a name", kTrain + "twice.csv", kFailed, {"columns 1 and 2", "rename"}},
      {"identifiers", kTrain + "ids.csv", kFailed, {"400 different labels", "identifier"}},
      {"no target", replaced(iris(), "label", "labl"), kFailed, {"\"labl\"", "Did you mean \"label\"", "--target"}},
      {"no such column", iris() + "--drop petal", kFailed, {"\"petal\"", "--drop"}},
      {"target dropped", iris() + "--drop label", kFailed, {"both the target and dropped"}},
      {"words as numbers", replaced(iris(), "logistic", "ridge"), kFailed, {"line 2", "\"setosa\"", "logistic"}},
      {"far from 0",
       replaced(kTrain, "logistic", "ridge") + "far.csv",
       kFailed,
       {"far.csv: column \"label\" lies between 1000000003 and 1000000010", "subtract a constant"}},
      {"too large",
       replaced(kTrain, "logistic", "ridge") + "huge.csv",
       kFailed,
       {"huge.csv: line 3, column \"label\": \"2e18\"", "divide"}},
      {"numbers that overflow",
       "train --target label --model svr --kernel polynomial --degree 16 --gamma 1000 -o never.nhm --data " +
           data("diabetes.train.csv"),
       kFailed,
       {"svr: ", "no finite number", "lower one of --C --gamma --degree"}},
      {"a problem without end",
       "train --target label --model svm --kernel linear --C 1e7 -o never.nhm --data " + data("pima.train.csv"),
       kFailed,
       {"LIBSVM did not converge", "give a smaller --C"}},
      {"too few", iris() + "--test-fraction 1e-6", kFailed, {"--test-fraction 1e-06 of 120 rows leaves none to test"}},
      {"test without target",
       iris() + "--test " + data("wine.test.csv"),
       kFailed,
       {"wine.test.csv", "sepal_length_cm"}},
  };
  for (const Mistake& mistake : mistakes) check(mistake);
  CHECK_FALSE(std::filesystem::exists(folder() / "never.nhm"));
}

TEST_CASE("data from a pipe cannot be hashed a second time: said, not recorded wrongly") {
  shell("mkfifo pipe.csv");
  const Outcome outcome = nuthatch(kTrain + "pipe.csv & cat " + data("iris.train.csv") + " >pipe.csv; wait $!");
  CHECK(outcome.status == kFailed);
  CHECK(outcome.err.find("pipe.csv: a pipe cannot be read a second time") != std::string::npos);
}

TEST_CASE("models and rows that do not fit: status 1") {
  make_model();
  write("text.nhm", "a,b,label\n1,2,x\n");
  const std::string good = read("good.nhm");
  write("cut.nhm", good.substr(0, good.size() / 2));
  std::string changed = good;
  changed[100] = static_cast<char>(changed[100] ^ 1);
  write("changed.nhm", changed);
  std::string no_labels;
  for (const std::string& line : lines_of(data_text("iris.test.csv")))
    no_labels += line.substr(0, line.rfind(',')) + "\n";
  write("no_labels.csv", no_labels);
  write("stranger.csv", replaced(data_text("iris.test.csv"), "virginica", "rose"));
  write("bad_cell.csv", replaced(data_text("iris.test.csv"), "setosa\n", "setosa\nx,1,1,1,setosa\n"));
  std::string lacking = "sepal_length_cm,sepal_width_cm,petal_length_cm,label\n1,2,3,setosa\n";
  write("lacking.csv", lacking);
  const std::string test = " --data " + data("iris.test.csv");
  const std::vector<Mistake> mistakes = {
      {"no model", "evaluate nowhere.nhm" + test, kFailed, {"nowhere.nhm: cannot be opened"}},
      {"not a model", "evaluate text.nhm" + test, kFailed, {"text.nhm: this is no Nuthatch model"}},
      {"half a model", "predict cut.nhm" + test, kFailed, {"cut.nhm: "}},
      {"a changed model", "inspect changed.nhm --json", kFailed, {"changed.nhm: ", "CRC-32"}},
      {"a column lacks",
       "predict good.nhm --data lacking.csv",
       kFailed,
       {"lacking.csv", "\"petal_width_cm\"", "add it"}},
      {"no labels", "evaluate good.nhm --json --data no_labels.csv", kFailed, {"\"label\"", "true values: add it"}},
      {"a new label", "evaluate good.nhm --json --data stranger.csv", kFailed, {"stranger.csv: line ", "\"rose\""}},
      {"text in a row",
       "predict good.nhm --data bad_cell.csv",
       kFailed,
       {"bad_cell.csv: row ", "column \"sepal_length_cm\"", "\"x\" is not a number"}},
      {"no snapshot", "monitor nowhere.bin", kFailed, {"nowhere.bin: cannot be opened"}},
      {"not a snapshot", "monitor good.nhm --json", kFailed, {"good.nhm: ", "snapshot"}},
      {"half a snapshot", "monitor cut.bin", kFailed, {"cut.bin: "}},
      {"another model's", "monitor good.bin --model other.nhm", kFailed, {"good.bin was taken of another model"}},
  };
  write("cut.bin", read("good.bin").substr(0, 90));
  train("iris", "logistic", "other.nhm", "--C 3");
  for (const Mistake& mistake : mistakes) check(mistake);
}

TEST_CASE("places that cannot be written: status 1, and the earlier file stays") {
  make_model();
  const std::string rows = " --data " + data("iris.test.csv");
  const auto train_to = [](const std::string& output) {
    return "train --target label --model logistic --data " + data("iris.train.csv") + " -o " + output;
  };
  const std::vector<Mistake> mistakes = {
      {"full disk", train_to("/dev/full"), kFailed, {"/dev/full: cannot be written: No space left"}},
      {"no folder", train_to("no/m.nhm"), kFailed, {"no/m.nhm", "no folder no"}},
      {"a folder", train_to("/tmp"), kFailed, {"/tmp: is a directory"}},
      {"full disk", "predict good.nhm -o /dev/full" + rows, kFailed, {"/dev/full: cannot be written"}},
      {"no folder", "predict good.nhm -o no/p.csv" + rows, kFailed, {"no/p.csv: cannot be written"}},
      {"full stdout", "predict good.nhm" + rows + " >/dev/full", kFailed, {"standard output cannot be written"}},
      {"full stdout",
       "evaluate good.nhm --json" + rows + " >/dev/full",
       kFailed,
       {"standard output cannot be written"}},
      {"snapshot", "evaluate good.nhm --snapshot no/s.bin" + rows, kFailed, {"no/s.bin: cannot be written"}},
  };
  for (const Mistake& mistake : mistakes) check(mistake);
  const std::string before = read("good.nhm");
  const Outcome outcome = nuthatch(train_to("good.nhm --drop nothing"));
  CHECK(outcome.status == kFailed);
  CHECK(read("good.nhm") == before);
}

TEST_CASE("no firmware, and no board to run on, are said with what to do") {
  make_model();
  const Outcome outcome =
      nuthatch("evaluate good.nhm --firmware none.elf --on cortex-m4 --json --data " + data("iris.test.csv"));
  CHECK(outcome.status == kFailed);
  CHECK(outcome.out == "");
  CHECK(outcome.err.find("none.elf: there is no such firmware") != std::string::npos);
  shell("mkdir -p empty");
  write("env.sh", "NUTHATCH_FIRMWARE=$PWD/empty \"$NUTHATCH_PROGRAM\" \"$@\"\n");
  shell("! sh env.sh evaluate good.nhm --on cortex-m4 --data " + data("iris.test.csv") + " 2>missing.txt");
  CHECK(read("missing.txt").find("./run build") != std::string::npos);
}

}  // namespace nuthatch::cli
