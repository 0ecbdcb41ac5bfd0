#include "quantize/alarm.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "quantize/autocorrelation.hpp"
#include "quantize/chance.hpp"
#include "quantize/correlated_counts.hpp"
#include "quantize/simulation.hpp"

namespace nuthatch::quantize {
namespace {

constexpr double kChiSquareShare = 0.97;  // of the false alarms; CUSUM has the rest
constexpr double kMaterialTail = 0.05;
constexpr double kMostThreshold = 1U << 23;
constexpr double kStep = 1.0 / 1024;
constexpr double kGridStep = 0.25;  // of place_of(phi), between which the logarithm of a threshold is nearly straight

/// The chance that a window exceeds `threshold`, squared, on average over baselines of `rows` rows: their error makes
/// chi-square noncentral by kWindowRows / rows times a chi-square variable. Two windows in a row share that error.
/// Integrated over that variable's root, whose density has no pole: steps of a trapezoid are as good as any there.
double twice_exceeded(double threshold, double degrees, double rows) {
  constexpr int kSteps = 64;
  const double step = (std::sqrt(degrees) + 9) / kSteps;
  double sum = 0;
  double weights = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double x = step * i;
    const double density = std::pow(x, degrees - 1) * std::exp((degrees - 1 - x * x) / 2);
    const double weight = i == 0 ? density / 2 : density;
    const double chance = noncentral_tail(threshold, degrees, kWindowRows / rows * x * x);
    sum += weight * chance * chance;
    weights += weight;
  }
  return sum / weights;
}

/// What an effect of kToleratedPsi on the mean does to the counts: a normal feature's PSI is the shift's square.
Eigen::VectorXd tolerated_shift(const std::vector<double>& edges) {
  const double shift = std::sqrt(kToleratedPsi);
  const auto below = [&](double x) { return std::erfc(-(x - shift) / std::numbers::sqrt2) / 2; };
  const double share = 1.0 / static_cast<double>(edges.size() + 1);
  Eigen::VectorXd moved(static_cast<Eigen::Index>(edges.size() + 1));
  for (std::size_t i = 0; i <= edges.size(); ++i) {
    const double mass = (i < edges.size() ? below(edges[i]) : 1) - (i > 0 ? below(edges[i - 1]) : 0);
    moved[static_cast<Eigen::Index>(i)] = (mass - share) * std::sqrt(kWindowRows / share);
  }
  return moved;
}

}  // namespace

std::array<std::uint16_t, 16> reciprocals_of(const std::vector<double>& shares) {
  std::array<std::uint16_t, 16> reciprocals{};
  for (std::size_t i = 0; i < shares.size(); ++i) {
    reciprocals[i] =
        static_cast<std::uint16_t>(std::min(65535.0, std::round(1 / (kStep * std::max(shares[i], kStep)))));
  }
  return reciprocals;
}

AlarmPlan::AlarmPlan(double rows_between, std::size_t tests, std::size_t histograms) {
  const double windows = rows_between / kWindowRows;
  // One window after another of which two of three exceed: an alarm begins with chance 2 chance^2.
  chance_ = std::sqrt(std::min(0.5, kChiSquareShare / windows / static_cast<double>(tests)) / 2);
  const double batches = windows / (1 - kChiSquareShare);
  cusum_limit_ = std::max(1.0, std::log(batches * static_cast<double>(std::max<std::size_t>(histograms, 1))) - 1.17);
}

double AlarmPlan::statistical_threshold(double degrees, double rows) const {
  return root_of_falling([&](double threshold) { return twice_exceeded(threshold, degrees, rows); }, chance_ * chance_);
}

double AlarmPlan::simulated(std::size_t bins, double rows, int place) {
  const auto [known, is_new] = simulated_.try_emplace({bins, rows, place}, 0);
  if (!is_new) return known->second;
  const auto by_cumulants = [&](double at) {
    return std::log(exceeded_with(chance_, cumulants_of(count_covariance(bins, phi_at(at), kWindowRows))));
  };
  const double at = kGridStep * place;
  const double slope = (by_cumulants(at + kGridStep / 2) - by_cumulants(at - kGridStep / 2)) / kGridStep;
  return known->second = simulated_threshold({phi_at(at), bins, rows, slope}, chance_);
}

Thresholds AlarmPlan::correlated(std::size_t bins, double rows, double phi) {
  // Beyond this a window has too few independent rows for the sum of squares to be one of normal variables.
  constexpr double kLongMemory = 0.3;
  const Eigen::MatrixXd counts = count_covariance(bins, phi, kWindowRows);
  const Eigen::VectorXd shift = tolerated_shift(equal_edges(bins));
  Thresholds found{0, (1 + kWindowRows / rows) * exceeded_with(kMaterialTail, cumulants_of(counts, shift))};
  if (phi <= kLongMemory) {
    // What the baseline's own error adds, as with independent rows of as many degrees of freedom as count here.
    const double trace = counts.trace();
    const double degrees = trace * trace / counts.squaredNorm();
    const double error = statistical_threshold(degrees, rows) / noncentral_quantile(chance_, degrees, 0);
    found.statistical = error * exceeded_with(chance_, cumulants_of(counts));
    return found;
  }
  const double place = place_of(phi) / kGridStep;
  const int below = static_cast<int>(std::floor(place));
  found.statistical = std::exp(
      std::lerp(std::log(simulated(bins, rows, below)), std::log(simulated(bins, rows, below + 1)), place - below));
  return found;
}

Thresholds AlarmPlan::thresholds(std::size_t bins, double rows, double phi) {
  if (bins < 2 || rows < 2) return {kMostThreshold, kMostThreshold};
  Thresholds found;
  if (phi > 0) {
    found = correlated(bins, rows, phi);
  } else {
    const auto degrees = static_cast<double>(bins - 1);
    const double error = 1 + kWindowRows / rows;
    const auto [known, is_new] = statistical_.try_emplace({bins, rows}, 0);
    if (is_new) known->second = statistical_threshold(degrees, rows);
    found.statistical = known->second;
    found.material = error * noncentral_quantile(kMaterialTail, degrees, kWindowRows * kToleratedPsi / error);
  }
  found.material = std::max(found.material, found.statistical);
  return found;
}

void AlarmPlan::add_cusum(const Eigen::VectorXd& codes, double phi, DriftTest& test) const {
  const auto rows = static_cast<double>(codes.size());
  const double mean = codes.mean();
  const double variance = (codes.array() - mean).square().mean();
  test.sum = static_cast<std::int32_t>(std::lround(kWindowRows * mean));
  const double deviation =
      std::sqrt(variance * kWindowRows * inflation(phi, kWindowRows)) * (1 + 4 * std::sqrt(kWindowRows / rows));
  if (deviation < 1) return;
  while (std::ldexp(deviation, -test.shift) >= 512) ++test.shift;
  const double steps = std::ldexp(deviation, -test.shift);
  test.slack = static_cast<std::uint16_t>(std::max(1.0, std::round(steps / 2)));
  test.limit = static_cast<std::uint16_t>(std::min(65535.0, std::ceil(cusum_limit_ * steps)));
}

void set_thresholds(const Thresholds& thresholds, DriftTest& test) {
  const auto steps = [](double value) {
    return static_cast<std::uint32_t>(std::min(kMostThreshold, std::round(value / kStep)));
  };
  test.statistical = steps(thresholds.statistical);
  test.material = steps(thresholds.material);
}

}  // namespace nuthatch::quantize
