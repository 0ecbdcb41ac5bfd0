#include "evaluate/regression.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nuthatch::evaluate {
namespace {

double squared_error(const std::vector<double>& truth, const std::vector<double>& predicted) {
  double sum = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) sum += (truth[i] - predicted[i]) * (truth[i] - predicted[i]);
  return sum;
}

/// The mean of equal numbers may differ from them in its last bit; they themselves do not.
bool is_constant(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [&](double value) { return value == values[0]; });
}

/// As far as float32 can tell: a score word may not hold 0.1 any better.
bool all_equal(const std::vector<double>& truth, const std::vector<double>& predicted) {
  return std::equal(truth.begin(), truth.end(), predicted.begin(), [](double wanted, double value) {
    return std::abs(wanted - value) <= std::ldexp(std::abs(wanted), -23);
  });
}

}  // namespace

double r2(const std::vector<double>& truth, const std::vector<double>& predicted) {
  if (truth.empty()) return 0;
  if (is_constant(truth)) return all_equal(truth, predicted) ? 1 : 0;
  const double mean = std::accumulate(truth.begin(), truth.end(), 0.0) / static_cast<double>(truth.size());
  const double error = squared_error(truth, predicted);
  const double spread = squared_error(truth, std::vector<double>(truth.size(), mean));
  if (spread == 0) return error == 0 ? 1 : 0;  // of differences whose squares are no numbers
  return 1 - error / spread;
}

double mean_squared_error(const std::vector<double>& truth, const std::vector<double>& predicted) {
  return truth.empty() ? 0 : squared_error(truth, predicted) / static_cast<double>(truth.size());
}

double mean_absolute_error(const std::vector<double>& truth, const std::vector<double>& predicted) {
  double sum = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) sum += std::abs(truth[i] - predicted[i]);
  return truth.empty() ? 0 : sum / static_cast<double>(truth.size());
}

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(place), sorted.size() - 1);
  const double rest = place - static_cast<double>(below);
  const double low = sorted[below];
  const double high = sorted[std::min(below + 1, sorted.size() - 1)];
  // From the nearer of the two, so that equal values give themselves.
  return rest < 0.5 ? low + rest * (high - low) : high - (1 - rest) * (high - low);
}

Residuals residuals(const std::vector<double>& truth, const std::vector<double>& predicted) {
  std::vector<double> sorted;
  for (std::size_t i = 0; i < truth.size(); ++i) sorted.push_back(truth[i] - predicted[i]);
  std::sort(sorted.begin(), sorted.end());
  return {sorted.front(),         quantile(sorted, 0.05), quantile(sorted, 0.25), quantile(sorted, 0.5),
          quantile(sorted, 0.75), quantile(sorted, 0.95), sorted.back()};
}

}  // namespace nuthatch::evaluate
