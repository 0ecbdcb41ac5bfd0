// export_plain write FOLDER TRAIN.csv TEST.csv FAMILY [--FLAG VALUE]...
//   Learns as `nuthatch train` does. Writes FOLDER/model.h (the learned model, before quantization), rows.bin (the test
//   rows, for the board) and learned.bin (the truth of each row and the learned model's own scores). Prints the kind.
// export_plain check FOLDER
//   Compares FOLDER/results.bin with learned.bin: one row may be of another class, and values may differ by 1e-4 of the
//   truth's deviation; more, and it fails. Prints instructions and score: mean,min,max,score

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "evaluate/classification.hpp"
#include "evaluate/regression.hpp"
#include "prepare/labels.hpp"
#include "report/metrics.hpp"
#include "runner.hpp"
#include "unit/trained.hpp"
#include "write_plain.hpp"

namespace nuthatch::bench {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;
using Eigen::Index;
using Eigen::MatrixXd;

template <class Value>
Bytes bytes_of(const Value* values, std::size_t count) {
  Bytes bytes(count * sizeof(Value));
  std::memcpy(bytes.data(), values, bytes.size());
  return bytes;
}

/// What the C code is held against.
struct Expected {
  bool classifies = false;
  std::vector<double> truth;  ///< class indices or values
  MatrixXd scores;            ///< of the learned model
};

/// learned.bin, all doubles: whether it classifies, the number of outputs, then a row the truth and the scores.
void write_expected(const fs::path& path, const Expected& expected) {
  std::vector<double> values = {expected.classifies ? 1.0 : 0.0, static_cast<double>(expected.scores.cols())};
  for (Index row = 0; row < expected.scores.rows(); ++row) {
    values.push_back(expected.truth[static_cast<std::size_t>(row)]);
    for (const double score : expected.scores.row(row)) values.push_back(score);
  }
  exporting::write_file(path, bytes_of(values.data(), values.size()));
}

Expected read_expected(const fs::path& path) {
  const Bytes bytes = exporting::read_file(path);
  std::vector<double> values(bytes.size() / sizeof(double));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(double));
  Expected expected;
  expected.classifies = values.at(0) != 0;
  const auto outputs = static_cast<Index>(values.at(1));
  const auto rows = (std::ssize(values) - 2) / (1 + outputs);
  const Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> table(values.data() + 2,
                                                                                                 rows, 1 + outputs);
  expected.truth.assign(table.col(0).begin(), table.col(0).end());
  expected.scores = table.rightCols(outputs);
  return expected;
}

data::Dataset read_csv(const std::string& path) {
  data::CsvOptions options;
  options.target = "label";
  return data::read_csv(path, options);
}

Bytes rows_of(const data::Dataset& dataset) {
  std::vector<float> values;
  for (std::size_t row = 0; row < dataset.rows(); ++row) {
    for (const std::vector<float>& column : dataset.columns) {
      if (std::isnan(column[row])) throw std::runtime_error(dataset.file + ": a value is missing; plain C takes none");
      values.push_back(column[row]);
    }
  }
  return bytes_of(values.data(), values.size());
}

void write(const fs::path& folder, const std::string& train_file, const std::string& test_file,
           const std::string& family_name, const trainer_test::Flags& flags) {
  const data::Dataset train = read_csv(train_file);
  const data::Dataset test = read_csv(test_file);
  const learn::Family* const family = learn::find_family(family_name);
  if (family == nullptr) throw std::runtime_error("there is no family " + family_name);
  const bool either = family->classifies && family->regresses;
  Expected expected;
  expected.classifies = either ? !prepare::looks_continuous(train, {}) : family->classifies;
  const trainer_test::Trained trained = trainer_test::train(train, family_name, expected.classifies, flags);
  const std::vector<prepare::FeatureStatistics> statistics = prepare::describe(train);
  expected.scores = trained.score(prepare::standardize(test, statistics));
  if (expected.classifies) {
    const std::vector<std::int32_t> classes = prepare::class_indices(test, trained.contents.classes);
    expected.truth.assign(classes.begin(), classes.end());
  } else {
    expected.truth = prepare::target_values(test, false);
  }
  const PlainModel model = write_plain(trained.learned, statistics);
  fs::create_directories(folder);
  exporting::write_file(folder / "model.h", bytes_of(model.header.data(), model.header.size()));
  exporting::write_file(folder / NUTHATCH_ROWS_FILE, rows_of(test));
  write_expected(folder / "learned.bin", expected);
  fmt::print("{}\n", model.kind);
}

runner::RunnerReport read_report(const fs::path& path) {
  const Bytes bytes = exporting::read_file(path);
  runner::RunnerReport report;
  if (bytes.size() != sizeof report) throw std::runtime_error("the board's report is incomplete");
  std::memcpy(&report, bytes.data(), sizeof report);
  if (report.instructions_valid == 0) throw std::runtime_error("the board counted no instructions");
  return report;
}

/// rows x outputs.
MatrixXd read_scores(const fs::path& path, const runner::RunnerReport& report) {
  const Bytes bytes = exporting::read_file(path);
  const std::size_t width = runner::result_bytes(report.outputs);
  if (bytes.size() != width * report.rows) throw std::runtime_error("the board's results are incomplete");
  MatrixXd scores(report.rows, report.outputs);
  std::vector<float> row(report.outputs);
  for (Index i = 0; i < scores.rows(); ++i) {
    std::memcpy(row.data(), bytes.data() + static_cast<std::size_t>(i) * width + sizeof(runner::RunnerResult),
                row.size() * sizeof(float));
    for (std::size_t k = 0; k < row.size(); ++k) scores(i, static_cast<Index>(k)) = double{row[k]};
  }
  return scores;
}

/// Two classes may have one score or two.
std::vector<std::int32_t> classes_of(const MatrixXd& scores) {
  std::vector<std::int32_t> classes;
  for (Index row = 0; row < scores.rows(); ++row) {
    Index best = 0;
    if (scores.cols() > 1) scores.row(row).maxCoeff(&best);
    classes.push_back(scores.cols() > 1 ? static_cast<std::int32_t>(best) : scores(row, 0) > 0 ? 1 : 0);
  }
  return classes;
}

double score_classes(const Expected& expected, const MatrixXd& scores) {
  const std::vector<std::int32_t> learned = classes_of(expected.scores);
  const std::vector<std::int32_t> plain = classes_of(scores);
  int different = 0;
  for (std::size_t i = 0; i < plain.size(); ++i) different += plain[i] == learned[i] ? 0 : 1;
  if (different > 1) {
    throw std::runtime_error(
        fmt::format("{} of {} rows are of another class than the learned model says", different, plain.size()));
  }
  return evaluate::accuracy({expected.truth.begin(), expected.truth.end()}, plain);
}

double score_values(const Expected& expected, const MatrixXd& scores) {
  const Eigen::Map<const Eigen::ArrayXd> truth(expected.truth.data(), std::ssize(expected.truth));
  const double deviation = std::sqrt((truth - truth.mean()).square().mean());
  const double farthest = (scores - expected.scores).array().abs().maxCoeff() / deviation;
  if (!(farthest <= 1e-4)) {
    throw std::runtime_error(fmt::format("a value is {:.2g} deviations from the learned model's", farthest));
  }
  return evaluate::r2(expected.truth, {scores.data(), scores.data() + scores.size()});
}

void check(const fs::path& folder) {
  const Expected expected = read_expected(folder / "learned.bin");
  const runner::RunnerReport report = read_report(folder / NUTHATCH_REPORT_FILE);
  const MatrixXd scores = read_scores(folder / NUTHATCH_RESULTS_FILE, report);
  if (scores.rows() == 0 || scores.rows() != expected.scores.rows()) throw std::runtime_error("not all rows were run");
  const double score = expected.classifies ? score_classes(expected, scores) : score_values(expected, scores);
  const double mean = static_cast<double>(report.predict_instructions_sum) / static_cast<double>(report.rows);
  fmt::print("{},{},{},{}\n", std::round(mean * 10) / 10, report.predict_instructions_min,
             report.predict_instructions_max, std::round(score * 1e4) / 1e4);
}

trainer_test::Flags flags_of(const std::vector<std::string>& words) {
  trainer_test::Flags flags;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    if (!words[i].starts_with("--") || i + 1 == words.size()) throw std::runtime_error(words[i] + ": not --FLAG VALUE");
    flags[words[i].substr(2)] = words[i + 1];
  }
  return flags;
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "check") {
    check(words[1]);
  } else if (words.size() >= 5 && words[0] == "write") {
    write(words[1], words[2], words[3], words[4], flags_of({words.begin() + 5, words.end()}));
  } else {
    fmt::print(stderr, "export_plain write FOLDER TRAIN.csv TEST.csv FAMILY [--FLAG VALUE]... | check FOLDER\n");
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace nuthatch::bench

int main(int count, char** arguments) {
  try {
    return nuthatch::bench::run({arguments + 1, arguments + count});
  } catch (const std::exception& error) {
    fmt::print(stderr, "export_plain: {}\n", error.what());
    return 1;
  }
}
