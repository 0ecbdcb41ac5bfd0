#include "quantize/simulation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>

#include "learn/parallel.hpp"
#include "quantize/alarm.hpp"
#include "quantize/autocorrelation.hpp"
#include "quantize/chance.hpp"
#include "quantize/correlated_counts.hpp"

namespace nuthatch::quantize {
namespace {

constexpr std::size_t kCells = 256;

/// The rows of a window in each cell of equal mass and those before it: at most 240.
using Window = std::array<std::uint8_t, kCells>;

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

/// Its rows, one after another.
class Process {
 public:
  Process(double phi, std::uint64_t seed) : phi_(phi), normal_(seed), value_(normal_()) {}
  double next() { return value_ = phi_ * value_ + std::sqrt(1 - phi_ * phi_) * normal_(); }

 private:
  double phi_;
  Normal normal_;
  double value_;
};

/// Finds the cell of a value.
class Cells {
 public:
  std::size_t of(double value) const {
    return static_cast<std::size_t>(std::upper_bound(edges_.begin(), edges_.end(), value) - edges_.begin());
  }

 private:
  std::vector<double> edges_ = equal_edges(kCells);
};

std::vector<Window> simulate_windows(const Cells& cells, double phi, std::size_t count) {
  Process process(phi, 1);
  std::vector<Window> windows(count);
  for (Window& window : windows) {
    window = {};
    for (int row = 0; row < static_cast<int>(kWindowRows); ++row) ++window[cells.of(process.next())];
    for (std::size_t i = 1; i < kCells; ++i) window[i] = static_cast<std::uint8_t>(window[i] + window[i - 1]);
  }
  return windows;
}

/// What a trainer makes of some rows: bins of about equal shares, put together from cells, and their reciprocals; and
/// how much it raises the threshold for the phi that it sees.
struct Baseline {
  std::vector<std::size_t> last_cells;  ///< a bin
  std::array<std::uint16_t, 16> reciprocals{};
  double raise = 1;
};

Baseline learn_baseline(const Cells& cells, const Autoregressive& feature, std::size_t rows, std::uint64_t seed) {
  Process process(feature.phi, seed);
  Eigen::VectorXd values(static_cast<Eigen::Index>(rows));
  std::vector<std::uint32_t> counts(kCells, 0);
  for (double& value : values) {
    value = process.next();
    ++counts[cells.of(value)];
  }
  Baseline baseline;
  std::vector<double> shares(1, 0);
  double seen = 0;
  for (std::size_t cell = 0; cell < kCells; ++cell) {
    const double share = static_cast<double>(counts[cell]) / static_cast<double>(rows);
    seen += share;
    shares.back() += share;
    // A bin ends with the cell whose end is nearest to where it should.
    const double end = static_cast<double>(shares.size()) / static_cast<double>(feature.bins);
    const double next = cell + 1 < kCells ? counts[cell + 1] / static_cast<double>(rows) : 0;
    if (cell + 1 < kCells && (shares.size() == feature.bins || seen + next / 2 < end)) continue;
    baseline.last_cells.push_back(cell);
    if (cell + 1 < kCells) shares.push_back(0);
  }
  baseline.reciprocals = reciprocals_of(shares);
  baseline.raise = std::exp(feature.slope * (place_of(autocorrelation(values)) - place_of(feature.phi)));
  return baseline;
}

/// Chi-square as the device computes it.
float chi_square(const Window& window, const Baseline& baseline) {
  std::uint32_t sum = 0;
  std::uint32_t before = 0;
  for (std::size_t bin = 0; bin < baseline.last_cells.size(); ++bin) {
    const std::uint32_t upto = window[baseline.last_cells[bin]];
    sum += (upto - before) * (upto - before) * baseline.reciprocals[bin];
    before = upto;
  }
  return static_cast<float>(sum / 1024.0 / kWindowRows - kWindowRows);
}

}  // namespace

double simulated_threshold(const Autoregressive& feature, double chance) {
  constexpr double kExceeding = 300;
  constexpr double kMostRows = 2e5;  // of a baseline: more are as good as all
  const double rows = std::min(feature.rows, kMostRows);
  const auto baselines = static_cast<std::size_t>(std::clamp(2e6 / rows, 20.0, 100.0));
  const auto count = static_cast<std::size_t>(std::clamp(kExceeding / chance, 1e4, 3e4));
  const Cells cells;
  const std::vector<Window> windows = simulate_windows(cells, feature.phi, count);
  std::vector<std::vector<float>> values(baselines);  // chi-square over what the threshold is raised by
  learn::parallel_for(baselines, [&](std::size_t i) {
    const Baseline baseline = learn_baseline(cells, feature, static_cast<std::size_t>(rows), i + 2);
    for (const Window& window : windows) {
      values[i].push_back(chi_square(window, baseline) / static_cast<float>(baseline.raise));
    }
  });
  // Of each baseline, pairs of windows that both exceed, without a bias.
  const auto twice = [&](double threshold) {
    double sum = 0;
    for (const std::vector<float>& each : values) {
      const auto above =
          static_cast<double>(std::count_if(each.begin(), each.end(), [&](float value) { return value > threshold; }));
      sum += above * (above - 1);
    }
    const auto all = static_cast<double>(count);
    return sum / (static_cast<double>(baselines) * all * (all - 1));
  };
  return root_of_falling(twice, chance * chance, 1e-4);
}

}  // namespace nuthatch::quantize
