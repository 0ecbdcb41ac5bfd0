// alarms [all]: how often a monitor raises an alarm of drift by mistake, and how soon of a shift, counted on simulated
// devices that run the runtime's own monitor. Prints CSV (tests/bench/alarms.csv is its table); fails where a figure
// that the project promises is not reached.
//
// A device has ten normal features, independent of each other, each of which is autoregressive, x = phi x' + e, beside
// noise without memory that makes up a share of its variance. A month is 8,640 rows, one every five minutes; the
// models, a regression or a classifier of two classes, are trained for a false alarm in ten months.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <random>

#include "learn/parallel.hpp"
#include "unit/make_model.hpp"

namespace nuthatch::test {
namespace {

constexpr std::size_t kFeatures = 10;
constexpr std::size_t kSoon = 2000;
constexpr std::size_t kMonthRows = 8640;
constexpr double kAlarmEvery = 10 * kMonthRows;
constexpr float kDeviation = 4000;  // in codes

class Normal {
 public:
  explicit Normal(std::uint64_t seed) : engine_(seed) {}
  double operator()() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }
  double uniform() { return (static_cast<double>(engine_() >> 11) + 0.5) * 0x1p-53; }

 private:
  std::mt19937_64 engine_;
};

struct Signal {
  double phi = 0;
  double noise = 0;  ///< share of the variance
};

/// Rows of the ten features, in codes.
class World {
 public:
  World(const Signal& signal, std::uint64_t seed) : signal_(signal), normal_(seed), row_(kFeatures) {
    for (double& value : values_) value = normal_();
  }
  /// `shift` is added to feature 0.
  const std::vector<float>& next(double shift = 0) {
    for (std::size_t i = 0; i < kFeatures; ++i) {
      values_[i] = signal_.phi * values_[i] + std::sqrt(1 - signal_.phi * signal_.phi) * normal_();
      double value = values_[i];
      if (signal_.noise > 0) value = std::sqrt(1 - signal_.noise) * value + std::sqrt(signal_.noise) * normal_();
      row_[i] = kDeviation * static_cast<float>(value + (i == 0 ? shift : 0));
    }
    return row_;
  }

 private:
  Signal signal_;
  Normal normal_;
  double values_[kFeatures] = {};
  std::vector<float> row_;
};

/// What the model answered to training rows: edges, rows and classes of its monitor.
quantize::TrainedAnswers watch_answers(const exporting::ModelContents& contents,
                                       const std::vector<std::vector<float>>& seen, quantize::Watch& watch) {
  const bool classifies = contents.classifies;
  Opened asked(exporting::write_model(contents));
  quantize::TrainedAnswers answers;
  watch.class_rows.assign(contents.classes.size(), 0);
  std::vector<std::size_t> classes;
  for (const auto& row : seen) {
    if (asked.predict(row) != Status::kOk) continue;
    answers.measures.push_back(quantize::measure_of(asked.outputs.data(), 1, classifies, asked.model.threshold()));
    if (!classifies) continue;
    classes.push_back(asked.model.class_of(asked.outputs));
    ++watch.class_rows[classes.back()];
  }
  watch.output_edges = quantize::output_edges(answers.measures);
  watch.output_rows.assign(watch.output_edges.size() + 1, 0);
  for (const std::int32_t measure : answers.measures) ++watch.output_rows[watch.output_bin_of(measure)];
  if (!classifies) return answers;
  watch.output_right = watch.output_rows;
  watch.class_bins = quantize::class_bins(watch.class_rows);
  for (const std::size_t one : classes) answers.class_bins.push_back(watch.class_bins[one]);
  return answers;
}

/// A linear model with a monitor that was trained on `rows` rows of such a world.
Bytes train(const Signal& signal, std::size_t classes, std::size_t rows, std::uint64_t seed) {
  exporting::ModelContents contents = make_contents({Precision::kInt8, Input::kFloat32, kFeatures, classes});
  World world(signal, seed);
  std::vector<std::vector<float>> seen;
  learn::CodeMatrix codes(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(kFeatures));
  for (std::size_t row = 0; row < rows; ++row) {
    seen.push_back(world.next());
    for (std::size_t i = 0; i < kFeatures; ++i) {
      const auto code = static_cast<std::int16_t>(std::lround(std::clamp(seen.back()[i], -32767.0F, 32767.0F)));
      codes(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(i)) = code;
    }
  }
  for (std::size_t i = 0; i < kFeatures; ++i) {
    quantize::FeatureEncoding& feature = contents.common().encoding.features[i];
    const auto column = codes.col(static_cast<Eigen::Index>(i));
    feature = {};
    feature.offset = 0;
    feature.scale = 1;
    feature.low = column.minCoeff();
    feature.high = column.maxCoeff();
  }
  contents.golden = {};
  quantize::Watch& watch = contents.watch;
  const quantize::TrainedAnswers answers = watch_answers(contents, seen, watch);
  watch.level = quantize::Level::kFull;
  watch.histograms = quantize::watch_codes(codes, contents.common().encoding);
  for (std::size_t i = 0; i < kFeatures; ++i) watch.ranks.push_back(static_cast<std::uint16_t>(i));
  quantize::measure_memory(codes, answers, watch);
  quantize::add_tests(codes, answers, kAlarmEvery, watch);
  return exporting::write_model(contents);
}

struct Device {
  explicit Device(const Bytes& model) : opened(model), words(opened.model.footprint().monitor_words) {
    attached = monitor.attach<Histograms>(opened.model, words) == Status::kOk;
  }
  /// True where a window was closed: nothing is decided between.
  bool run(const std::vector<float>& row) {
    const Status status = opened.predict(row);
    attached = attached && monitor.observe(status, opened.outputs, opened.scratch, 0) == Status::kOk;
    return ++rows % 240 == 0;
  }

  Opened opened;
  std::vector<std::uint32_t> words;
  Monitor monitor;
  std::size_t rows = 0;
  bool attached;
};

/// Alarms that begin in a month without drift, and those of them that call it material.
struct Alarms {
  std::size_t raised = 0;
  std::size_t material = 0;
};

Alarms quiet_months(const Signal& signal, std::size_t classes, std::size_t rows, std::size_t months,
                    std::uint64_t seed) {
  const Bytes model = train(signal, classes, rows, seed);
  Device device(model);
  World world(signal, seed + 1000003);
  Alarms alarms;
  Health before = Health::kOk;
  for (std::size_t row = 0; row < months * kMonthRows; ++row) {
    if (!device.run(world.next())) continue;
    const Health now = device.monitor.health().health;
    if (now >= Health::kWatch && before < Health::kWatch) ++alarms.raised;
    if (now >= Health::kDrift && before < Health::kDrift) ++alarms.material;
    before = now;
  }
  if (!device.attached) alarms.raised = SIZE_MAX / 2;
  return alarms;
}

/// Rows from the shift on until it is called drift of feature 0; `most` if it never is.
std::size_t rows_to_drift(const Bytes& model, double phi, double shift, std::size_t most, std::uint64_t seed) {
  Device device(model);
  World world({phi, 0}, seed);
  const std::size_t before = 480 + seed % 240;  // so that the shift begins anywhere in a window
  for (std::size_t row = 0; row < before; ++row) device.run(world.next());
  for (std::size_t row = 1; row <= most; ++row) {
    if (!device.run(world.next(shift))) continue;
    const Diagnosis found = device.monitor.health();
    if (found.health >= Health::kDrift && found.feature == 0) return row;
  }
  return most + 1;
}

bool report_quiet(const Signal& signal, std::size_t rows, std::size_t classes = 0) {
  constexpr std::size_t kModels = 20;
  constexpr std::size_t kMonths = 50;
  std::vector<Alarms> each(kModels);
  learn::parallel_for(kModels,
                      [&](std::size_t i) { each[i] = quiet_months(signal, classes, rows, kMonths, 7919 * i + rows); });
  Alarms all;
  for (const Alarms& alarms : each) {
    all.raised += alarms.raised;
    all.material += alarms.material;
  }
  const double stated = kModels * kMonths * static_cast<double>(kMonthRows) / kAlarmEvery;
  const double ratio = static_cast<double>(all.raised) / stated;
  fmt::print("quiet,{},{},{},{},0,{},{:.0f},{},{:.2f},,\n", signal.phi, signal.noise, classes, rows, kModels * kMonths,
             stated, all.raised, ratio);
  return ratio <= 1.5 && ratio >= 1 / 1.5;
}

/// The share of runs that find the shift within 2,000 rows; a run ends after `most`.
double report_shift(double phi, std::size_t rows, double shift, std::size_t most = 8000) {
  constexpr std::size_t kRuns = 1000;
  constexpr std::size_t kModels = 10;
  std::vector<Bytes> models(kModels);
  learn::parallel_for(kModels, [&](std::size_t i) { models[i] = train({phi, 0}, 0, rows, 104729 * i + 5); });
  std::vector<std::size_t> delays(kRuns);
  learn::parallel_for(
      kRuns, [&](std::size_t i) { delays[i] = rows_to_drift(models[i % kModels], phi, shift, most, 31 * i + 77); });
  std::sort(delays.begin(), delays.end());
  const auto soon = std::count_if(delays.begin(), delays.end(), [](std::size_t delay) { return delay <= kSoon; });
  const auto ever = std::count_if(delays.begin(), delays.end(), [&](std::size_t delay) { return delay <= most; });
  const double share = static_cast<double>(soon) / kRuns;
  fmt::print("shift,{},0,0,{},{},{},,,,{:.3f},{:.3f}\n", phi, rows, shift, kRuns, share,
             static_cast<double>(ever) / kRuns);
  return share;
}

}  // namespace

/// all: the whole table; else only what is asserted.
int run(bool all) {
  fmt::print(
      "what,phi,noise,classes,baseline_rows,shift,runs,stated_alarms,alarms,ratio,drift_within_2000_rows,drift_within_"
      "8000_rows\n");
  bool good = report_quiet({0, 0}, 20000);
  good = report_quiet({0.9, 0}, 2000) && good;  // worth 105 independent rows
  if (!all) {
    good = report_shift(0, 20000, 0.1, kSoon) <= 0.001 && good;
    return report_shift(0, 20000, 0.5, kSoon) >= 0.99 && good ? 0 : 1;
  }
  good = report_quiet({0.9, 0}, 20000) && good;
  good = report_quiet({0.97, 0.5}, 20000) && good;
  (void)report_quiet({0.97, 0.5}, 2000);
  (void)report_quiet({0.99, 0.5}, 20000);
  good = report_quiet({0, 0}, 20000, 2) && good;
  good = report_quiet({0.9, 0}, 20000, 2) && good;
  good = report_shift(0, 20000, 0.1) <= 0.001 && good;
  good = report_shift(0, 20000, 0.5) >= 0.99 && good;
  good = report_quiet({0, 0}, 2000) && good;
  for (const double shift : {0.2, 0.3, 0.4, 1.0}) (void)report_shift(0, 20000, shift);
  (void)report_shift(0, 2000, 0.5);
  for (const double shift : {0.5, 0.7, 1.0}) (void)report_shift(0.9, 20000, shift);
  for (const double shift : {0.7, 1.0, 1.5}) (void)report_shift(0.9, 2000, shift);
  return good ? 0 : 1;
}

}  // namespace nuthatch::test

int main(int argc, char** argv) { return nuthatch::test::run(argc > 1 && std::string(argv[1]) == "all"); }
