// A million rows, in memory that grows with the file and no faster.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <fstream>
#include <random>

#include "cli/program.hpp"

namespace nuthatch::cli {
namespace {

int rows() { return is_sanitized() ? 100000 : 1000000; }

/// Four features of noise and the label: whether the first two add up to more than the third.
std::uintmax_t write_rows(const std::string& name) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::ofstream file(folder() / name);
  file << "a,b,c,d,label\n";
  for (int row = 0; row < rows(); ++row) {
    const double a = normal(random), b = normal(random), c = normal(random), d = normal(random);
    file << fmt::format("{:.5f},{:.5f},{:.5f},{:.5f},{}\n", a, b, c, d, a + b > c ? 1 : 0);
  }
  file.close();
  return std::filesystem::file_size(folder() / name);
}

/// The most memory that any program run so far held at once, in bytes.
double most_memory() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

}  // namespace

TEST_CASE("a million rows train, in memory of a few times the file") {
  const std::uintmax_t bytes = write_rows("million.csv");
  for (const char* model : {"logistic", "linear-svm", "ridge", "linear-regression"}) {
    CAPTURE(model);
    const auto trained =
        json_of(std::string("train --data million.csv --target label --test-fraction 0.2 -o m.nhm --json ") +
                "--model " + model);
    CHECK(trained["rows"].get<int>() + trained["test_rows"].get<int>() == rows());
    // The label is a linear rule: classifiers find it. As a number it has R2 = 2 / pi (of the sign of a normal).
    const bool classifies = trained["metric"] == "accuracy";
    CHECK(trained["score"].get<double>() == doctest::Approx(classifies ? 1 : 0.6366).epsilon(0.01));
    CHECK(trained["scores"]["int8"]["loss"].get<double>() < 0.002);
  }
  const double ratio = most_memory() / static_cast<double>(bytes);
  fmt::print("{} rows, {} bytes; most memory {:.1f} times that\n", rows(), bytes, ratio);
  // As float32 columns the file is half its size; as doubles, twice that, which a learner may copy a few times.
  if (!is_sanitized()) CHECK(ratio < 20);
  std::filesystem::remove(folder() / "million.csv");
}

}  // namespace nuthatch::cli
