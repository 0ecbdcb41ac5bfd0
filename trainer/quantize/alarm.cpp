#include "quantize/alarm.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "quantize/chance.hpp"

namespace nuthatch::quantize {
namespace {

constexpr double kChiSquareShare = 0.97;  // of the false alarms; CUSUM has the rest
constexpr double kMaterialTail = 0.05;
constexpr double kMostThreshold = 1U << 23;
constexpr double kStep = 1.0 / 1024;

/// The chance that a window exceeds `threshold`, squared, on average over baselines of `rows` rows: their error makes
/// chi-square noncentral by kWindowRows / rows times a chi-square variable. Two windows in a row share that error.
double twice_exceeded(double threshold, double degrees, double rows) {
  constexpr int kPoints = 64;
  const double most = degrees + 12 * std::sqrt(2 * degrees) + 20;
  double sum = 0;
  double weights = 0;
  for (int i = 0; i < kPoints; ++i) {
    const double x = most * (i + 0.5) / kPoints;
    const double weight =
        chi_square_tail(most * i / kPoints, degrees) - chi_square_tail(most * (i + 1) / kPoints, degrees);
    const double chance = noncentral_tail(threshold, degrees, kWindowRows / rows * x);
    sum += weight * chance * chance;
    weights += weight;
  }
  return sum / weights;
}

/// Normal numbers that are the same with every standard library.
class Normal {
 public:
  explicit Normal(std::uint64_t seed) : engine_(seed) {}
  double operator()() {
    if (spare_) {
      spare_ = false;
      return second_;
    }
    const double radius = std::sqrt(-2 * std::log(uniform()));
    const double angle = 2 * std::numbers::pi * uniform();
    second_ = radius * std::sin(angle);
    spare_ = true;
    return radius * std::cos(angle);
  }

 private:
  double uniform() { return (static_cast<double>(engine_() >> 11) + 0.5) * 0x1p-53; }

  std::mt19937_64 engine_;
  bool spare_ = false;
  double second_ = 0;
};

double normal_quantile(double share) {
  double low = -9;
  double high = 9;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::numbers::sqrt2) / 2 < share ? low : high) = middle;
  }
  return low;
}

/// Chi-square of counts in equal bins.
double chi_square(const std::vector<int>& counts) {
  double squares = 0;
  for (const int count : counts) squares += static_cast<double>(count) * count;
  return squares * static_cast<double>(counts.size()) / kWindowRows - kWindowRows;
}

/// The value that the share `tail` of them exceeds.
double upper_quantile(std::vector<double>& values, double tail) {
  const auto above = static_cast<std::ptrdiff_t>(std::floor(tail * static_cast<double>(values.size())));
  const auto at = values.end() - 1 - std::clamp<std::ptrdiff_t>(above, 0, std::ssize(values) - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

/// How much a window's sum of an autoregressive feature varies more than that of independent rows:
/// 1 + 2 sum over k < n of (1 - k / n) phi^k.
double inflation(double phi) {
  constexpr double n = kWindowRows;
  return (1 + phi) / (1 - phi) - 2 * phi * (1 - std::pow(phi, n)) / ((1 - phi) * (1 - phi) * n);
}

double normal_density(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi); }

std::vector<double> equal_edges(std::size_t bins) {
  std::vector<double> edges;
  for (std::size_t i = 1; i < bins; ++i) {
    edges.push_back(normal_quantile(static_cast<double>(i) / static_cast<double>(bins)));
  }
  return edges;
}

/// Of `j` (1 and up) a vector over equal bins: the integral of the normalized Hermite polynomial He_j times the normal
/// density, He_(j-1)(a) f(a) - He_(j-1)(b) f(b) over the root of j!.
std::vector<Eigen::VectorXd> hermite_coefficients(const std::vector<double>& edges, int most) {
  const auto bins = static_cast<Eigen::Index>(edges.size() + 1);
  std::vector<Eigen::VectorXd> coefficients(static_cast<std::size_t>(most), Eigen::VectorXd::Zero(bins));
  for (std::size_t e = 0; e < edges.size(); ++e) {
    double before = 0;                        // He_(j-2) / root((j-1)!), likewise
    double value = normal_density(edges[e]);  // He_(j-1) f / root((j-1)!)
    for (int j = 1; j <= most; ++j) {
      const double part = value / std::sqrt(static_cast<double>(j));
      coefficients[static_cast<std::size_t>(j - 1)][static_cast<Eigen::Index>(e)] -= part;
      coefficients[static_cast<std::size_t>(j - 1)][static_cast<Eigen::Index>(e) + 1] += part;
      const double next = (edges[e] * value - std::sqrt(j - 1.0) * before) / std::sqrt(static_cast<double>(j));
      before = value;
      value = next;
    }
  }
  return coefficients;
}

/// Covariance of a window's counts over the root of what is expected, for an autoregressive normal feature in equal
/// bins: its indicators' covariances at lag k are sums over j of phi^(jk) c_j c_j' (Mehler's formula).
Eigen::MatrixXd covariance(const std::vector<double>& edges, double phi) {
  constexpr int kTerms = 200;
  const auto bins = static_cast<Eigen::Index>(edges.size() + 1);
  const auto share = 1.0 / static_cast<double>(bins);
  Eigen::MatrixXd sum = Eigen::MatrixXd::Identity(bins, bins) - Eigen::MatrixXd::Constant(bins, bins, share);
  const std::vector<Eigen::VectorXd> coefficients = hermite_coefficients(edges, kTerms);
  double power = 1;
  for (const Eigen::VectorXd& c : coefficients) {
    power *= phi;
    sum += (inflation(power) - 1) / share * c * c.transpose();
  }
  return sum;
}

/// What a sum of squares exceeds with chance `tail`, from its first three cumulants: a shifted gamma variable
/// (Pearson's type III).
double from_cumulants(double first, double second, double third, double tail) {
  const double shape = 4 * second * second * second / (third * third);
  const double scale = third / (2 * second);
  return first + scale * (noncentral_quantile(tail, 2 * shape, 0) / 2 - shape);
}

/// Of chi-square of a window whose counts have this covariance and are off by `shift` (over the root of expected ones).
double quadratic_quantile(const Eigen::MatrixXd& covariance, const Eigen::VectorXd& shift, double tail) {
  const Eigen::MatrixXd square = covariance * covariance;
  const Eigen::VectorXd moved = covariance * shift;
  return from_cumulants(covariance.trace() + shift.squaredNorm(), 2 * square.trace() + 4 * shift.dot(moved),
                        8 * (square * covariance).trace() + 24 * moved.squaredNorm(), tail);
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

/// Chi-square of windows of an autoregressive normal feature in equal bins.
std::vector<double> simulate(const std::vector<double>& edges, double phi, std::size_t count) {
  const double fresh = std::sqrt(1 - phi * phi);
  Normal normal(1);
  double x = normal();
  std::vector<double> windows;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<int> counts(edges.size() + 1, 0);
    for (int row = 0; row < static_cast<int>(kWindowRows); ++row) {
      x = phi * x + fresh * normal();
      ++counts[static_cast<std::size_t>(std::upper_bound(edges.begin(), edges.end(), x) - edges.begin())];
    }
    windows.push_back(chi_square(counts));
  }
  return windows;
}

/// phi by equal steps of its time scale's logarithm, so that neighbours have about the same thresholds.
constexpr double kGridStep = 0.05;
double place_of(double phi) { return std::log((1 + phi) / (1 - phi)) / kGridStep; }
double phi_at(int place) {
  const double scale = std::exp(kGridStep * place);
  return (scale - 1) / (scale + 1);
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

double autocorrelation(const learn::CodeMatrix::ConstColXpr& codes) {
  constexpr Eigen::Index kBlock = 256;
  const Eigen::Index rows = codes.size();
  const Eigen::Index blocks = std::max<Eigen::Index>(1, rows / kBlock);
  const Eigen::Index size = rows / blocks;
  if (size < 3) return 0;
  double together = 0;
  double squares = 0;
  for (Eigen::Index block = 0; block < blocks; ++block) {
    Eigen::VectorXd values = codes.segment(block * size, size).cast<double>();
    values.array() -= values.mean();
    together += values.head(size - 1).dot(values.tail(size - 1));
    squares += values.squaredNorm();
  }
  if (squares == 0) return 0;
  const double raw = together / squares;
  const double phi = raw + (1 + 3 * raw) / static_cast<double>(size);
  constexpr double kErrors = 3;
  constexpr double kMost = 0.98;
  return phi < kErrors / std::sqrt(static_cast<double>(rows)) ? 0 : std::min(phi, kMost);
}

AlarmPlan::AlarmPlan(double rows_between, std::size_t tests, std::size_t histograms) {
  const double windows = rows_between / kWindowRows;
  // One window after another of which two of three exceed: an alarm begins with chance 2 chance^2.
  chance_ = std::sqrt(std::min(0.5, kChiSquareShare / windows / static_cast<double>(tests)) / 2);
  const double batches = windows / (1 - kChiSquareShare);
  cusum_limit_ = std::max(1.0, std::log(batches * static_cast<double>(std::max<std::size_t>(histograms, 1))) - 1.17);
}

double AlarmPlan::statistical_threshold(double degrees, double rows) const {
  double low = 0;
  double high = degrees + 1;
  while (twice_exceeded(high, degrees, rows) > chance_ * chance_) high *= 2;
  while (high - low > 1e-3 * high) {
    const double middle = (low + high) / 2;
    (twice_exceeded(middle, degrees, rows) > chance_ * chance_ ? low : high) = middle;
  }
  return high;
}

double AlarmPlan::simulated(std::size_t bins, int place) {
  const auto [known, is_new] = simulated_.try_emplace({bins, place}, 0);
  if (!is_new) return known->second;
  constexpr double kExceeding = 300;
  const auto count = static_cast<std::size_t>(std::clamp(kExceeding / chance_, 2e4, 2e5));
  std::vector<double> windows = simulate(equal_edges(bins), phi_at(place), count);
  return known->second = upper_quantile(windows, chance_);
}

Thresholds AlarmPlan::correlated(std::size_t bins, double rows, double phi) {
  // Beyond this a window has too few independent rows for the sum of squares to be one of normal variables.
  constexpr double kLongMemory = 0.3;
  const std::vector<double> edges = equal_edges(bins);
  const Eigen::MatrixXd counts = covariance(edges, phi);
  const Eigen::VectorXd shift = tolerated_shift(edges);
  // What the baseline's own error adds, as with independent rows of as many degrees of freedom as count here.
  const double trace = counts.trace();
  const double degrees = trace * trace / counts.squaredNorm();
  const double error = statistical_threshold(degrees, rows) / noncentral_quantile(chance_, degrees, 0);
  Thresholds found{0, (1 + kWindowRows / rows) * quadratic_quantile(counts, shift, kMaterialTail)};
  if (phi <= kLongMemory) {
    found.statistical = error * quadratic_quantile(counts, Eigen::VectorXd::Zero(shift.size()), chance_);
    return found;
  }
  const double place = place_of(phi);
  const int below = static_cast<int>(std::floor(place));
  const double low = simulated(bins, below);
  found.statistical = error * (low + (place - below) * (simulated(bins, below + 1) - low));
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

void AlarmPlan::add_cusum(const learn::CodeMatrix::ConstColXpr& codes, double phi, DriftTest& test) const {
  const Eigen::VectorXd values = codes.cast<double>();
  const auto rows = static_cast<double>(values.size());
  const double mean = values.mean();
  const double variance = (values.array() - mean).square().mean();
  test.sum = static_cast<std::int32_t>(std::lround(kWindowRows * mean));
  const double deviation = std::sqrt(variance * kWindowRows * inflation(phi)) * (1 + 4 * std::sqrt(kWindowRows / rows));
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
