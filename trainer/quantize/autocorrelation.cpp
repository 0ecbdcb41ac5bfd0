#include "quantize/autocorrelation.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "quantize/alarm.hpp"

namespace nuthatch::quantize {

namespace {

constexpr double kMostPhi = 0.98;
constexpr double kErrors = 3;

/// Autocorrelations at lags 1 to `lags`, within blocks of `size` rows, each about its own mean.
std::vector<double> within_blocks(const Eigen::VectorXd& values, Eigen::Index size, Eigen::Index lags) {
  std::vector<double> together(static_cast<std::size_t>(lags), 0);
  double squares = 0;
  for (Eigen::Index start = 0; start + size <= values.size(); start += size) {
    Eigen::VectorXd centred = values.segment(start, size);
    centred.array() -= centred.mean();
    squares += centred.squaredNorm();
    for (Eigen::Index lag = 1; lag <= lags; ++lag) {
      together[static_cast<std::size_t>(lag - 1)] += centred.head(size - lag).dot(centred.tail(size - lag));
    }
  }
  for (double& sum : together) sum = squares > 0 ? sum / squares : 0;
  return together;
}

Eigen::Index block_rows(Eigen::Index rows, Eigen::Index most) { return rows / std::max<Eigen::Index>(1, rows / most); }

/// A signal with x = phi x' + e that makes up `share` of the variance, beside noise without memory.
struct SlowPart {
  double share = 0;
  double phi = 0;
};

/// Least squares over what `correlations` of blocks of `size` rows would be: a block's mean takes away what it varies
/// by itself.
SlowPart fit_slow_part(const std::vector<double>& correlations, double size) {
  constexpr double kPhiStep = 0.125;
  constexpr int kShares = 50;
  SlowPart best;
  double least = HUGE_VAL;
  for (double place = kPhiStep; place <= place_of(0.995); place += kPhiStep) {
    const double phi = phi_at(place);
    const double slow = inflation(phi, size) - 1;
    for (int step = 1; step <= kShares; ++step) {
      const double share = static_cast<double>(step) / kShares;
      const double of_mean = (1 + share * slow) / size;
      double expected = share;
      double error = 0;
      for (std::size_t i = 0; i < correlations.size(); ++i) {
        expected *= phi;
        const double kept = 1 - static_cast<double>(i + 1) / size;
        const double difference = correlations[i] / kept - (expected - of_mean) / (1 - of_mean);
        error += difference * difference;
      }
      if (error < least) {
        least = error;
        best = {share, phi};
      }
    }
  }
  return best;
}

/// The phi whose windows vary as much.
double phi_of_inflation(double wanted, double rows) {
  double low = 0;
  double high = kMostPhi;
  if (inflation(high, rows) <= wanted) return high;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (inflation(middle, rows) < wanted ? low : high) = middle;
  }
  return low;
}

double long_memory(const Eigen::VectorXd& values) {
  constexpr Eigen::Index kFewestRows = 256;
  constexpr Eigen::Index kMostRows = 1024;
  const Eigen::Index size = block_rows(values.size(), std::clamp(values.size() / 8, kFewestRows, kMostRows));
  const SlowPart slow = fit_slow_part(within_blocks(values, size, size / 4), static_cast<double>(size));
  return phi_of_inflation(1 + slow.share * (inflation(slow.phi, kWindowRows) - 1), kWindowRows);
}

}  // namespace

double autocorrelation(const Eigen::VectorXd& values) {
  constexpr Eigen::Index kBlock = 256;
  const Eigen::Index size = block_rows(values.size(), kBlock);
  if (size < 3) return 0;
  const std::vector<double> raw = within_blocks(values, size, 2);
  const double error = kErrors / std::sqrt(static_cast<double>(values.size()));
  const auto rows = static_cast<double>(size);
  const double phi = raw[0] + (1 + 3 * raw[0]) / rows;
  const double neighbours = phi < error ? 0 : std::min(phi, kMostPhi);
  const double first = raw[0] * rows / (rows - 1);
  const double second = raw[1] * rows / (rows - 2);
  if (second - first * first <= error * (1 - first * first)) return neighbours;
  return std::max(neighbours, long_memory(values));
}

double autocorrelation_behind(const Eigen::VectorXd& indicators) {
  return std::min(kMostPhi, std::sin(std::numbers::pi / 2 * autocorrelation(indicators)));
}

double inflation(double phi, double rows) {
  return (1 + phi) / (1 - phi) - 2 * phi * (1 - std::pow(phi, rows)) / ((1 - phi) * (1 - phi) * rows);
}

double place_of(double phi) { return std::log((1 + phi) / (1 - phi)); }

double phi_at(double place) { return std::tanh(place / 2); }

}  // namespace nuthatch::quantize
