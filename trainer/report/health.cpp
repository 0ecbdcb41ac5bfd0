#include "report/health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "quantize/autocorrelation.hpp"

namespace nuthatch::report {
namespace {

/// A finding becomes the feature's health if it is worse than what is known.
void find(FeatureHealth& feature, Health health, std::string reason) {
  if (health <= feature.health) return;
  feature.health = health;
  feature.reason = std::move(reason);
}

std::string chance_text(double p_value) {
  constexpr double kLeast = 1e-300;
  return p_value < kLeast ? "< 1e-300" : fmt::format("{:.2g}", p_value);
}

/// Of rows like those of training, 2 / (rows + 1) lie beyond the range of all of them; twice that is no news.
Tolerance beyond_range(const Tolerance& tolerance, double phi, std::uint64_t rows, std::uint64_t baseline_rows) {
  Tolerance beyond = tolerance;
  const double baseline = std::max(1.0, static_cast<double>(baseline_rows));
  beyond.share += 4 / (baseline / quantize::inflation(phi, baseline) + 1);
  const double runs = std::sqrt(quantize::inflation(phi, std::max(1.0, static_cast<double>(rows))));
  beyond.rows = static_cast<std::uint64_t>(std::ceil(static_cast<double>(tolerance.rows) * runs));
  return beyond;
}

bool is_much(std::uint64_t count, std::uint64_t rows, const Tolerance& tolerance) {
  return count >= tolerance.rows && static_cast<double>(count) > tolerance.share * static_cast<double>(rows);
}

std::string percent(std::uint64_t count, std::uint64_t rows) {
  return fmt::format("{:.1f} %", 100 * static_cast<double>(count) / static_cast<double>(rows));
}

void check_range(const Counters& counters, std::size_t i, const Tolerance& tolerance, FeatureHealth& feature) {
  const std::uint64_t outside = counters.below[i] + counters.above[i];
  if (!is_much(outside, counters.rows, tolerance)) return;
  find(feature, Health::kDrift,
       fmt::format("outside its training range in {} of the rows", percent(outside, counters.rows)));
}

void check_refusals(const Counters& counters, std::size_t i, const Tolerance& tolerance, FeatureHealth& feature) {
  if (counters.refusals.empty()) return;
  const std::uint64_t rows = counters.rows + counters.refused;
  if (!is_much(counters.refusals[i], rows, tolerance)) return;
  find(feature, Health::kBroken,
       fmt::format("missing or not finite in {} of the rows", percent(counters.refusals[i], rows)));
}

/// An input that does not change: constant in most blocks of rows, where training saw that in few.
void check_stuck(const HistogramCounters& counted, const quantize::Histogram& histogram, std::uint64_t rows,
                 FeatureHealth& feature) {
  constexpr double kMost = 0.9;
  constexpr double kFew = 0.1;
  constexpr std::uint64_t kFewestRows = 64;
  if (rows < kFewestRows || histogram.constant_share / 65535.0 > kFew) return;
  if (static_cast<double>(counted.constant) < kMost * static_cast<double>(rows)) return;
  find(feature, Health::kBroken,
       fmt::format("stuck: it did not change in {} of the rows", percent(counted.constant, rows)));
}

void check_drift(const Drift& drift, double p_value, const Tolerance& tolerance, FeatureHealth& feature) {
  feature.drift = drift;
  if (drift.p_value >= p_value) return;
  const bool material = drift.psi_beyond_chance() > tolerance.psi;
  find(feature, material ? Health::kDrift : Health::kWatch,
       fmt::format("distributed {} than in training: PSI {:.3f}, p {}", material ? "otherwise" : "a little otherwise",
                   drift.psi, chance_text(drift.p_value)));
}

/// Of answers in range those below the first confident output bin.
std::optional<double> unsure_share(const Counters& counters, const quantize::Watch& watch) {
  std::uint64_t rows = 0;
  std::uint64_t unsure = 0;
  for (std::size_t bin = 0; bin < counters.output.size(); ++bin) {
    rows += counters.output[bin];
    if (bin < watch.confident_bin) unsure += counters.output[bin];
  }
  if (watch.output_right.empty() || rows == 0) return {};
  return static_cast<double>(unsure) / static_cast<double>(rows);
}

/// Rows refused that no feature is known to be to blame for, as without histograms, where only their number is counted.
void check_unexplained_refusals(const Counters& counters, const Tolerance& tolerance, Assessment& assessment) {
  const std::uint64_t explained = std::accumulate(counters.refusals.begin(), counters.refusals.end(), std::uint64_t{0});
  const std::uint64_t refused = counters.refused - std::min(explained, counters.refused);
  const std::uint64_t rows = counters.rows + counters.refused;
  if (assessment.health == Health::kBroken || !is_much(refused, rows, tolerance)) return;
  assessment.health = Health::kBroken;
  assessment.reason = fmt::format("{} of the rows are refused", percent(refused, rows));
}

void check_classes(const Counters& counters, const exporting::ModelContents& model, const Tolerance& tolerance,
                   Assessment& assessment) {
  if (model.watch.class_rows.size() != counters.classes.size() || counters.classes.empty()) return;
  assessment.class_mix = compare_bins(counters.classes, model.watch.class_rows, model.watch.class_phi());
  if (assessment.class_mix->p_value >= tolerance.p_value) return;
  const bool material = assessment.class_mix->psi_beyond_chance() > tolerance.psi;
  assessment.class_health = material ? Health::kDrift : Health::kWatch;
}

/// The worst finding; of equally bad ones that which is farthest from training.
void give_reason(const exporting::ModelContents& model, Assessment& assessment) {
  double farthest = -1;
  for (std::size_t i = 0; i < assessment.features.size(); ++i) {
    const FeatureHealth& feature = assessment.features[i];
    const double psi = feature.drift ? feature.drift->psi : 0;
    if (feature.health == Health::kOk || feature.health < assessment.health) continue;
    if (feature.health == assessment.health && psi <= farthest) continue;
    assessment.health = feature.health;
    assessment.reason = fmt::format("{}: {}", model.feature_names[i], feature.reason);
    farthest = psi;
  }
  if (assessment.class_health == Health::kOk || assessment.class_health < assessment.health) return;
  const Drift& classes = *assessment.class_mix;
  if (assessment.class_health == assessment.health && classes.psi <= farthest) return;
  assessment.health = assessment.class_health;
  assessment.reason = fmt::format("classes are predicted in other shares than in training: PSI {:.3f}, p {}",
                                  classes.psi, chance_text(classes.p_value));
}

std::optional<double> expected_accuracy(const Counters& counters, const quantize::Watch& watch) {
  if (watch.output_right.empty() || counters.output.size() != watch.output_right.size()) return {};
  double right = 0;
  double rows = 0;
  for (std::size_t bin = 0; bin < watch.output_right.size(); ++bin) {
    if (watch.output_rows[bin] == 0) continue;
    const auto counted = static_cast<double>(counters.output[bin]);
    right += counted * watch.output_right[bin] / watch.output_rows[bin];
    rows += counted;
  }
  return rows > 0 ? std::optional(right / rows) : std::nullopt;
}

}  // namespace

Assessment assess(const Counters& counters, const exporting::ModelContents& model, const Tolerance& tolerance) {
  Assessment assessment;
  assessment.features.resize(counters.below.size());
  const std::vector<std::size_t> counted = model.watch.counted(counters.histograms.size());
  for (std::size_t i = 0; i < counted.size(); ++i) {
    const quantize::Histogram& histogram = model.watch.histograms[counted[i]];
    FeatureHealth& feature = assessment.features[histogram.feature];
    check_stuck(counters.histograms[i], histogram, counters.rows, feature);
    check_drift(compare_bins(counters.histograms[i].bins, histogram.rows, model.watch.phi(histogram.feature)),
                tolerance.p_value / static_cast<double>(counted.size()), tolerance, feature);
  }
  for (std::size_t i = 0; i < assessment.features.size(); ++i) {
    check_range(counters, i, beyond_range(tolerance, model.watch.phi(i), counters.rows, model.baseline_rows),
                assessment.features[i]);
    check_refusals(counters, i, tolerance, assessment.features[i]);
  }
  check_classes(counters, model, tolerance, assessment);
  give_reason(model, assessment);
  check_unexplained_refusals(counters, tolerance, assessment);
  assessment.expected_accuracy = expected_accuracy(counters, model.watch);
  const bool watched = !counters.histograms.empty() || !counters.output.empty();
  if (watched && counters.rows > 0) {
    assessment.outside_share = static_cast<double>(counters.outside) / static_cast<double>(counters.rows);
  }
  assessment.unsure_share = unsure_share(counters, model.watch);
  return assessment;
}

}  // namespace nuthatch::report
