// How much rows depend on the ones before them, and what a host then makes of their counts.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "quantize/autocorrelation.hpp"
#include "report/health.hpp"
#include "unit/make_model.hpp"

namespace nuthatch::test {
namespace {

/// x = phi x' + e with variance 1 - noise, and noise without memory beside it; its mean is 0.
Eigen::VectorXd signal(double phi, double noise, Eigen::Index rows, std::uint32_t seed) {
  std::mt19937 engine(seed);
  const auto uniform = [&] { return (static_cast<double>(engine()) + 0.5) * 0x1p-32; };
  // A sum of twelve is near enough to normal, and the same with every standard library.
  const auto normal = [&] {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  };
  Eigen::VectorXd values(rows);
  double slow = normal();
  for (double& value : values) {
    slow = phi * slow + std::sqrt(1 - phi * phi) * normal();
    value = std::sqrt(1 - noise) * slow + std::sqrt(noise) * normal();
  }
  return values;
}

/// How much a window's sum varies more than that of independent rows.
double true_inflation(double phi, double noise) { return 1 + (1 - noise) * (quantize::inflation(phi, 240) - 1); }

double measured(const Eigen::VectorXd& values) { return quantize::inflation(quantize::autocorrelation(values), 240); }

}  // namespace

TEST_CASE("memory: windows of a slow signal vary as is measured, with noise of its own or without") {
  for (const double noise : {0.0, 0.3, 0.7}) {
    for (const double phi : {0.5, 0.9, 0.97}) {
      CAPTURE(noise);
      CAPTURE(phi);
      const double ratio = measured(signal(phi, noise, 100000, 3)) / true_inflation(phi, noise);
      CHECK(ratio > 0.75);
      CHECK(ratio < 1.35);
    }
  }
}

TEST_CASE("memory: neighbours alone would miss most of what noise hides") {
  const Eigen::VectorXd values = signal(0.97, 0.7, 100000, 5);
  const double neighbours = 0.97 * 0.3;
  CHECK(quantize::inflation(neighbours, 240) < 0.15 * true_inflation(0.97, 0.7));
  CHECK(measured(values) > 0.75 * true_inflation(0.97, 0.7));
}

TEST_CASE("memory: independent rows, constant ones and few have none") {
  int remembered = 0;
  for (std::uint32_t seed = 0; seed < 200; ++seed) remembered += quantize::autocorrelation(signal(0, 0, 500, seed)) > 0;
  CHECK(remembered <= 3);
  CHECK(quantize::autocorrelation(Eigen::VectorXd::Constant(1000, 7)) == 0);
  CHECK(quantize::autocorrelation(Eigen::VectorXd()) == 0);
  CHECK(quantize::autocorrelation(Eigen::VectorXd::LinSpaced(2, 0, 1)) == 0);
  CHECK(quantize::autocorrelation_behind(Eigen::VectorXd::Zero(500)) == 0);
}

TEST_CASE("memory: what is above a level or not tells the signal's") {
  for (const double phi : {0.5, 0.9}) {
    const Eigen::VectorXd indicators = (signal(phi, 0, 100000, 9).array() > 0).cast<double>();
    CHECK(quantize::autocorrelation_behind(indicators) == doctest::Approx(phi).epsilon(0.05));
  }
}

namespace {

struct Verdicts {
  int aware = 0;  ///< drift by a baseline that knows its memory
  int blind = 0;  ///< by one that does not
};

/// Of a hundred drift-free devices with `rows` rows of phi = 0.9.
Verdicts verdicts(Eigen::Index rows) {
  exporting::ModelContents contents = make_contents({Precision::kInt8, Input::kFloat32, 1, 0});
  const Eigen::VectorXd trained = signal(0.9, 0, 5000, 1) * 3000;
  learn::CodeMatrix codes = trained.array().round().cast<std::int16_t>();
  quantize::FeatureEncoding& feature = contents.common().encoding.features[0];
  feature.low = codes.minCoeff();
  feature.high = codes.maxCoeff();
  contents.baseline_rows = 5000;
  contents.watch.level = quantize::Level::kFull;
  contents.watch.histograms = quantize::watch_codes(codes, contents.common().encoding);
  contents.watch.ranks = {0};
  quantize::measure_memory(codes, {}, contents.watch);
  exporting::ModelContents blind = contents;
  blind.watch.memory.clear();
  Verdicts found;
  for (std::uint32_t seed = 100; seed < 200; ++seed) {
    report::Counters counters;
    counters.rows = static_cast<std::uint64_t>(rows);
    counters.below = counters.above = {0};
    counters.histograms.resize(1);
    std::vector<std::uint64_t>& bins = counters.histograms[0].bins;
    bins.assign(quantize::kMostBins, 0);
    for (const double value : signal(0.9, 0, rows, seed)) {
      const auto code = static_cast<std::int16_t>(std::lround(value * 3000));
      counters.below[0] += code < feature.low ? 1 : 0;
      counters.above[0] += code > feature.high ? 1 : 0;
      ++bins[contents.watch.histograms[0].bin_of(code)];
    }
    found.aware += report::assess(counters, contents).health >= Health::kDrift;
    found.blind += report::assess(counters, blind).health >= Health::kDrift;
  }
  return found;
}

}  // namespace

TEST_CASE("memory: a host does not call slow signals drift after a few hundred rows") {
  const Verdicts found = verdicts(240);
  CHECK(found.blind >= 25);
  CHECK(found.aware <= 3);
  CHECK(verdicts(2000).aware <= 2);
}

}  // namespace nuthatch::test
