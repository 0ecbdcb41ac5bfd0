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
  const std::string inspect = "inspect good.nhm ";
  const std::vector<Mistake> mistakes = {
      {"no command", "", kUsage, {"a command is missing", "train, tune, evaluate, predict", "--help"}},
      {"unknown command", "trian --data x.csv", kUsage, {"no command trian", "did you mean train?", "serve, compare"}},
      {"like no command", "xyzzyxyzzy", kUsage, {"no command xyzzyxyzzy; the commands are train"}},
      {"no flag of the program", "--trian", kUsage, {"--trian is not a flag of nuthatch itself", "commands are train"}},
      {"no flags", "train", kUsage, {"required"}},
      {"no target", "train --data x.csv --model ridge -o m.nhm", kUsage, {"--target is required"}},
      {"no model", "evaluate --data x.csv", kUsage, {"model is required"}},
      {"snapshots to nowhere",
       "predict m.nhm --data x.csv --snapshot-every 10",
       kUsage,
       {"--snapshot-every requires --snapshot"}},
      {"snapshots of nothing",
       "predict m.nhm --data x.csv --snapshot s.bin --snapshot-every 0",
       kUsage,
       {"--snapshot-every: 0 rows make no snapshot; give 1 or more"}},
      {"snapshots of less",
       "predict m.nhm --data x.csv --snapshot s.bin --snapshot-every -3",
       kUsage,
       {"--snapshot-every: -3 is not a whole number"}},
      {"two formats", "monitor s.bin --json --format csv", kUsage, {"--format", "--json"}},
      {"no format", "monitor s.bin --format xml", kUsage, {"--format: xml not in {text,json,csv,prometheus}"}},
      {"label of no metric",
       "monitor s.bin --device-label",
       kUsage,
       {"--device-label: is for --format prometheus only"}},
      {"unknown flag", iris() + "--jsn", kUsage, {"--jsn is not a flag of train; did you mean --json?"}},
      {"another command's", evaluate + " --jsno", kUsage, {"--jsno is not a flag of evaluate; did you mean --json?"}},
      {"like no flag", iris() + "--xyzzy 3", kUsage, {"--xyzzy is not a flag of train\n"}},
      {"wrong case", iris() + "--c 3", kUsage, {"--c is not a flag of train; did you mean --C?"}},
      {"misspelt", iris() + "--tress=3", kUsage, {"--tress is not a flag of train; did you mean --trees?"}},
      {"underscores", iris() + "--l1_ratio 1", kUsage, {"did you mean --l1-ratio?"}},
      {"one fold",
       iris() + "--cross-validate 1",
       kUsage,
       {"--cross-validate: 1 is not a number of folds from 2 to 1000"}},
      {"no folds", iris() + "--cross-validate 0", kUsage, {"--cross-validate: 0 is not a number of folds"}},
      {"folds below none", iris() + "--cross-validate -5", kUsage, {"--cross-validate: -5 is not a whole number"}},
      {"folds of words", iris() + "--cross-validate five", kUsage, {"--cross-validate: five is not a whole number"}},
      {"very many folds",
       iris() + "--cross-validate 1001",
       kUsage,
       {"--cross-validate: 1001 is not a number of folds"}},
      {"unknown folds",
       iris() + "--cross-validate 3 --folds random",
       kUsage,
       {"--folds: random not in {stratified,plain,grouped,time}"}},
      {"grouped by nothing",
       iris() + "--cross-validate 3 --folds grouped",
       kUsage,
       {"--folds grouped needs --group COL"}},
      {"groups elsewhere",
       iris() + "--cross-validate 3 --folds time --group petal_width_cm",
       kUsage,
       {"--group: --folds time knows no groups; grouped does"}},
      {"values in strata",
       "train --target label --model ridge -o never.nhm --cross-validate 3 --folds stratified --data " +
           data("diabetes.train.csv"),
       kUsage,
       {"--folds stratified: values have no classes; give plain, grouped or time"}},
      {"more units than a layer has",
       replaced(iris(), "logistic", "mlp") + "--members 9 --hidden 16,8000",
       kUsage,
       {"--members 9 of --hidden 8000 makes a layer of 72000 units, and it has at most 65535"}},
      {"scikit-learn's name", iris() + "--n-estimators 9", kUsage, {"did you mean --trees (of boosting: --rounds)?"}},
      {"scikit-learn's name", iris() + "--hidden_layer_sizes 9", kUsage, {"did you mean --hidden?"}},
      {"scikit-learn's name", iris() + "--learning_rate_init 9", kUsage, {"did you mean --learning-rate?"}},
      {"scikit-learn's name", iris() + "--max_iter 9", kUsage, {"did you mean --epochs?"}},
      {"given twice", iris() + "--trees 1 --trees 2", kUsage, {"--trees: At Most 1 required but received 2"}},
      {"no value", iris() + "--trees", kUsage, {"--trees: 1 required N missing"}},
      {"a flag for a value", iris() + "--trees --json", kUsage, {"--trees: --json is a flag, where a value should be"}},
      {"its output for a value",
       "train --data x.csv --target y --model forest --C -o m.nhm",
       kUsage,
       {"--C: -o is a flag, where a value should be"}},
      {"a flag for a file",
       "train --data --target y --model forest -o m.nhm",
       kUsage,
       {"--data: --target is a flag, where a value should be"}},
      {"output without a name",
       "train --data nowhere.csv --target y --model ridge -o ''",
       kUsage,
       {"--output: the name is empty"}},
      {"Huber's loss of nothing",
       "train --data x.csv --target y -o m.nhm --model huber --epsilon 0",
       kUsage,
       {"--epsilon: 0 is not above 0"}},
      {"Huber's loss of nothing",
       "train --data x.csv --target y -o m.nhm --model linear-svr --loss huber --epsilon 0",
       kUsage,
       {"--epsilon: 0 is not above 0"}},
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
      {"ring of no size", inspect + "--flash-ring 4", kUsage, {"--flash-ring: 4 is not SECTORSxBYTES"}},
      {"ring of text", inspect + "--flash-ring 4xk", kUsage, {"--flash-ring: 4xk is not SECTORSxBYTES"}},
      {"ring of one", inspect + "--flash-ring 1x1024", kUsage, {"--flash-ring: a ring has two sectors or more"}},
      {"crooked sectors", inspect + "--flash-ring 4x1022", kUsage, {"--flash-ring: sectors of 1022 bytes: a multiple"}},
      {"crooked unit",
       inspect + "--flash-ring 4x1024 --program-unit 3",
       kUsage,
       {"--program-unit: 3 is not a power of two"}},
      {"no unit",
       inspect + "--flash-ring 4x1024 --program-unit 0",
       kUsage,
       {"--program-unit: 0 is not a whole number"}},
      {"endures nothing", inspect + "--flash-ring 4x1024 --endurance 0", kUsage, {"--endurance: 0 is not"}},
      {"before now", inspect + "--flash-ring 4x1024 --every -1", kUsage, {"--every: -1 is not a whole number from 1"}},
      {"no ring to program", inspect + "--every 60", kUsage, {"--every requires --flash-ring"}},
      {"no room", inspect + "--flash-ring 4x128", kFailed, {"do not fit into a sector of 128"}},
      {"no snapshot", "monitor", kUsage, {"snapshot is required"}},
  };
  for (const Mistake& mistake : mistakes) check(mistake);
  CHECK_FALSE(std::filesystem::exists(folder() / "never.nhm"));
}

TEST_CASE("what is written replaces nothing that is read") {
  make_model();
  const std::string rows = (folder() / "rows.csv").string();
  std::filesystem::copy_file(NUTHATCH_TEST_DATA "/data/iris.test.csv", rows,
                             std::filesystem::copy_options::overwrite_existing);
  const auto before = std::filesystem::file_size(rows);
  for (const char* flags : {"-o rows.csv", "-o ./rows.csv", "-o good.nhm", "--snapshot rows.csv", "--snapshot good.nhm",
                            "-o new.csv --snapshot new.csv"}) {
    check({flags, "predict good.nhm --data rows.csv " + std::string(flags), kUsage, {"would overwrite"}});
  }
  const std::string learn = " --data rows.csv --target label ";
  for (const std::string& command :
       {"train --model tree -o rows.csv" + learn,
        "train --model tree -o new.nhm --test ./good.csv" + learn + "--float-predictions rows.csv",
        "tune --models tree --trials 2 -o rows.csv" + learn,
        std::string("compare good.nhm --data rows.csv --targets local --seconds 1 --report rows.csv"),
        std::string("export good.nhm --as c-array -o ./good.nhm")}) {
    check({command, command, kUsage, {"would overwrite"}});
  }
  check({"no trial", "tune --models tree --trials 0 -o new.nhm" + learn, kUsage, {"--trials"}});
  CHECK_FALSE(std::filesystem::exists(folder() / "new.nhm"));
  check(
      {"page", "monitor good.bin --model good.nhm --report good.bin", kUsage, {"--report good.bin: would overwrite"}});
  check(
      {"page", "monitor good.bin --model good.nhm --report good.nhm", kUsage, {"--report good.nhm: would overwrite"}});
  CHECK(std::filesystem::file_size(rows) == before);
  done("evaluate good.nhm --data rows.csv --snapshot /dev/null");
}

TEST_CASE("data that cannot be learned: file, row, column and remedy, status 1, no model") {
  write("empty.csv", "");
  write("header.csv", "a,b,label\n");
  write("one_class.csv", "a,label\n1,x\n2,x\n");
  write("text.csv", "a,color of it,label\n1,2,x\n2,red,y\n3,4,x\n");
  write("all_texts.csv", "a,color of it,label\n1,blue,x\n2,red,y\n");
  write("ragged.csv", "a,b,label\n1,2,x\n1,2\n");
  write("unlabelled.csv", "a,label\n1,x\n2,\n3,y\n");
  write("hollow.csv", "a,b,label\n1,,x\n2,NA,y\n");
  write("target_only.csv", "label\nx\ny\n");
  write("twice.csv", "a,a,label\n1,2,x\n");
  write("far.csv", "a,label\n1,1000000003\n2,1000000005\n3,1000000009\n4,1000000010\n");
  write("huge.csv", "a,label\n1,1\n2,2e18\n");
  write("one_number.csv", "a,label\n1,3\n2,3\n");
  write("pair.csv", "a,label\n1,x\n2,y\n");
  write("few.csv", "a,label\n1,2\n2,3\n");
  write("rare.csv", "a,b,label\n1,1,x\n2,2,x\n1,3,x\n2,4,x\n1,5,y\n2,6,y\n");
  write("hole.csv", "a,who,label\n1,p,x\n2,,y\n3,q,x\n4,r,y\n");
  std::string ids = "a,label\n";
  for (int row = 0; row < 400; ++row) ids += fmt::format("{},unit {}\n", row, row);
  write("ids.csv", ids);
  const std::vector<Mistake> mistakes = {
      {"no file", kTrain + "nowhere.csv", kFailed, {"nowhere.csv: there is no such file"}},
      {"a folder", kTrain + "/tmp", kFailed, {"/tmp", "directory"}},
      {"empty", kTrain + "empty.csv", kFailed, {"empty.csv: the file is empty", "header"}},
      {"header only", kTrain + "header.csv", kFailed, {"header.csv", "no row"}},
      {"one class",
       kTrain + "one_class.csv",
       kFailed,
       {"one_class.csv", "\"label\"", "one class only (\"x\")",
        "choose another --target, or add rows of another class\n"}},
      {"one class of numbers",
       kTrain + "one_number.csv",
       kFailed,
       {"add rows of another class; for a quantity use --model ridge"}},
      {"one row a class",
       kTrain + "pair.csv --test-fraction 0.5",
       kFailed,
       {"pair.csv: --test-fraction 0.5 of 2 rows leaves none to test; no fraction can: give more rows"}},
      {"text",
       kTrain + "text.csv",
       kFailed,
       {"text.csv: row 2 (line 3), column \"color of it\": \"red\" is not a number", "--drop \"color of it\""}},
      {"texts, each once",
       kTrain + "all_texts.csv",
       kFailed,
       {"all_texts.csv: column \"color of it\" has another text in every row", "--drop \"color of it\""}},
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
       {"svr: ", "no finite number", "lower --C, --gamma or --degree"}},
      {"a problem without end",
       "train --target label --model svm --kernel linear --C 1e7 -o never.nhm --data " + data("pima.train.csv"),
       kFailed,
       {"LIBSVM did not converge", "give a smaller --C"}},
      {"more folds than rows",
       "train --target label --model ridge -o never.nhm --cross-validate 3 --data few.csv",
       kFailed,
       {"few.csv: --cross-validate: 2 rows are too few for 3 folds; ask for fewer"}},
      {"more folds than rows of a class",
       kTrain + "rare.csv --cross-validate 3",
       kFailed,
       {"rare.csv: --cross-validate: class \"y\" has 2 rows, too few for 3 stratified folds; ask for fewer, or for "
        "plain folds"}},
      {"more folds than groups",
       kTrain + "rare.csv --cross-validate 3 --group a",
       kFailed,
       {"rare.csv: --cross-validate: 2 groups are too few for 3 folds; ask for fewer"}},
      {"no such group",
       iris() + "--cross-validate 3 --group petal",
       kFailed,
       {"no column \"petal\"", "correct --group"}},
      {"the target as group",
       iris() + "--cross-validate 3 --group label",
       kFailed,
       {"column \"label\" is both the target and the group; choose another --group"}},
      {"a group is missing",
       kTrain + "hole.csv --cross-validate 2 --group who",
       kFailed,
       {"hole.csv: row 2 (line 3), column \"who\": the group is missing"}},
      {"a fold of one class",
       kTrain + "rare.csv --cross-validate 2 --folds time",
       kFailed,
       {"rare.csv: --cross-validate 2", "the rows before fold 1 of 2 are all of class \"x\"", "fewer folds"}},
      {"too few", iris() + "--test-fraction 1e-6", kFailed, {"--test-fraction 1e-06 of 120 rows leaves none to test"}},
      {"test without target",
       iris() + "--test " + data("wine.test.csv"),
       kFailed,
       {"wine.test.csv", "sepal_length_cm"}},
  };
  for (const Mistake& mistake : mistakes) check(mistake);
  CHECK_FALSE(std::filesystem::exists(folder() / "never.nhm"));
}

TEST_CASE("a target of the other task: what to use instead is the family's own counterpart") {
  struct Case {
    std::string set;
    std::string model;
    std::string remedy;
  };
  const std::vector<Case> cases = {
      {"diabetes", "svm", "use --model svr"},
      {"diabetes", "linear-svm", "use --model linear-svr"},
      {"diabetes", "naive-bayes", "use --model ridge"},
      {"diabetes", "forest --task classification", "use --task regression"},
      {"iris", "svr", "use --model svm,"},
      {"iris", "linear-svr", "use --model linear-svm,"},
      {"iris", "huber", "use --model logistic,"},
      {"iris", "forest --task regression", "use --task classification,"},
  };
  for (const auto& [set, model, remedy] : cases) {
    check({model,
           "train --target label -o never.nhm --data " + data(set + ".train.csv") + " --model " + model,
           kFailed,
           {remedy}});
  }
}

TEST_CASE("a model that outgrew its target is told from a target far from 0") {
  const std::string diabetes = "train --target label -o never.nhm --data " + data("diabetes.train.csv") + " --model ";
  for (const char* model : {"mlp", "boosting"}) {
    check({model,
           diabetes + model + " --learning-rate 100",
           kFailed,
           {"between 25 and 346, and the model's values grew to ", "; give a lower --learning-rate"}});
  }
}

TEST_CASE("weights that cancel each other leave no digits to the score: said as such") {
  std::string text = "a,b,label\n";
  for (int i = 0; i < 200; ++i) {
    const double a = i * 37 % 200 / 200.0;
    text += fmt::format("{},{:.9f},{}\n", a, a + (i % 3 == 0 ? 6e-8 : 0), (i % 3 == 0 ? 8 : 0) + i * i % 9);
  }
  write("collinear.csv", text);
  check({"columns all but equal",
         replaced(kTrain, "logistic", "linear-regression") + "collinear.csv",
         kFailed,
         {"and the model's weights grew large", "use --model ridge"}});
}

TEST_CASE("a network that no model file can hold is refused before it is learned") {
  check({"gigabytes",
         "train --target label --model mlp --hidden 65535,65535 -o never.nhm --data " + data("iris.train.csv"),
         kFailed,
         {"--hidden 65535,65535 of 4 features makes 4296", "at most 2147483647; give fewer or smaller layers"}});
}

TEST_CASE("out of memory: of what, and what could be less") {
  if (is_sanitized()) return;  // the limit would be too little for the sanitizers alone
  write("limited.sh", "ulimit -v 500000\nexec \"$NUTHATCH_PROGRAM\" \"$@\"\n");
  shell("! sh limited.sh train --target label --model mlp --hidden 20000,20000 -o never.nhm --data " +
        data("iris.train.csv") + " 2>memory.txt");
  CHECK(read("memory.txt") ==
        "nuthatch: out of memory while learning mlp from 120 rows of 4 features; give fewer or smaller layers in "
        "--hidden\n");
}

TEST_CASE("flags without effect are said, and the model is learned") {
  const std::string svm = "train --target label -o idle.nhm --data " + data("iris.train.csv") + " --model ";
  const auto said = [&](const std::string& flags) {
    const Outcome outcome = nuthatch(svm + flags);
    CHECK(outcome.status == 0);
    return outcome.err;
  };
  CHECK(said("svm --degree 5") == "nuthatch: --degree has no effect with --kernel rbf\n");
  CHECK(said("svm --coef0 1") == "nuthatch: --coef0 has no effect with --kernel rbf\n");
  CHECK(said("svm --kernel linear --gamma 3") == "nuthatch: --gamma has no effect with --kernel linear\n");
  CHECK(said("svm --kernel poly --degree 2 --coef0 1 --gamma 1") == "");
  CHECK(said("mlp --epochs 2 --patience 3") == "nuthatch: --patience has no effect without --early-stopping\n");
  CHECK(said("mlp --epochs 2 --patience 3 --early-stopping 0.1 --activation identity") == "");
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
  write("short.nhm", good.substr(0, good.size() / 16 * 8) + good.substr(good.size() / 16 * 8 + 8));
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
      {"half a model",
       "predict cut.nhm" + test,
       kFailed,
       {"cut.nhm: the seal at the end of the file is missing or broken: the file is incomplete"}},
      {"a model with its seal but not all of it",
       "predict short.nhm" + test,
       kFailed,
       {"short.nhm: the size is not what the seal says: the file is incomplete, or has grown; copy it again"}},
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
      {"no folder", "predict good.nhm -o no/p.csv" + rows, kFailed, {"no/p.csv: there is no folder no; create it"}},
      {"full stdout", "predict good.nhm" + rows + " >/dev/full", kFailed, {"standard output cannot be written"}},
      {"full stdout",
       "evaluate good.nhm --json" + rows + " >/dev/full",
       kFailed,
       {"standard output cannot be written"}},
      {"snapshot",
       "evaluate good.nhm --snapshot no/s.bin" + rows,
       kFailed,
       {"no/s.bin: there is no folder no; create it"}},
      {"contributions",
       "predict why.nhm --contributions no/c.bin" + rows,
       kFailed,
       {"no/c.bin: there is no folder no; create it"}},
  };
  train("iris", "logistic", "why.nhm", "--explain");
  for (const Mistake& mistake : mistakes) check(mistake);
  for (const char* command : {"--help", "train --help", "--version"}) {
    CAPTURE(command);
    CHECK(nuthatch(std::string(command) + " >/dev/full").status == kFailed);
  }
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

TEST_CASE("model files that ask for too much, or are not what they say, are refused: status 1") {
  // 300 trees of one chain of 300 questions; 100 golden rows; 60 names that are one of 2,000 bytes; another SHA-256.
  const std::vector<std::pair<std::string, std::string>> files = {
      {"hostile_bomb.nhm", "a row could take more steps than are allowed"},
      {"hostile_golden.nhm", "counts or lengths in the model disagree"},
      {"hostile_alias.nhm", "names are longer than the file"},
      {"hostile_forged.nhm", "SHA-256 does not match"}};
  for (const auto& [name, says] : files) {
    const std::string file = data("cases/" + name);
    check({name, "inspect " + file, kFailed, {name, says}});
    check({name, "inspect --json " + file, kFailed, {name, says}});
    check({name, "evaluate " + file + " --data " + data("iris.test.csv"), kFailed, {name, says}});
    check({name, "predict " + file + " --data " + data("iris.test.csv"), kFailed, {name, says}});
    check({name, "export " + file + " --as c-array", kFailed, {name, says}});
  }
}

TEST_CASE("inspect says how many steps a row takes, and refuses more than it is told") {
  make_model();
  // 4 features to encode, 3 scores of 4 weights.
  CHECK(json_of("inspect good.nhm --json --most-work 16")["budget"]["most_work"] == 16);
  check({"a step less", "inspect good.nhm --most-work 15", kFailed, {"good.nhm", "16 steps", "15", "--most-work"}});
  check({"no number", "inspect good.nhm --most-work many", kUsage, {"--most-work"}});
}

}  // namespace nuthatch::cli
