#include "report/drift.hpp"

#include <cmath>
#include <numeric>
#include <vector>

#include "quantize/autocorrelation.hpp"
#include "quantize/chance.hpp"
#include "quantize/correlated_counts.hpp"

namespace nuthatch::report {
namespace {

std::vector<double> shares(std::span<const std::uint64_t> counts, std::uint64_t rows) {
  std::vector<double> shares;
  for (const std::uint64_t count : counts) shares.push_back(static_cast<double>(count) / static_cast<double>(rows));
  return shares;
}

/// q * log2(q / middle), 0 of nothing.
double information(double share, double middle) { return share > 0 ? share * std::log2(share / middle) : 0; }

double psi_of(double q, double p, double rows, double baseline_rows) {
  if (q == 0 && p == 0) return 0;
  const double counted = q > 0 ? q : 0.5 / rows;
  const double expected = p > 0 ? p : 0.5 / baseline_rows;
  return (counted - expected) * std::log(counted / expected);
}

void judge_chi_square(double phi, Drift& drift) {
  const auto degrees = static_cast<double>(drift.bins - 1);
  const auto rows = static_cast<double>(drift.rows);
  const auto baseline_rows = static_cast<double>(drift.baseline_rows);
  const double error = rows / baseline_rows;  // of the baseline, beside that of the rows
  if (phi == 0) {
    drift.expected_chi_square = degrees * (1 + error);
    drift.p_value = quantize::chi_square_tail(drift.chi_square / (1 + error), degrees);
    return;
  }
  const quantize::Cumulants cumulants =
      quantize::cumulants_of(quantize::count_covariance(drift.bins, phi, rows) +
                             error * quantize::count_covariance(drift.bins, phi, baseline_rows));
  drift.expected_chi_square = cumulants.first;
  drift.p_value = quantize::chance_to_exceed(drift.chi_square, cumulants);
}

}  // namespace

double Drift::psi_beyond_chance() const {
  if (rows == 0 || baseline_rows == 0) return 0;
  return psi - expected_chi_square / static_cast<double>(rows);
}

Drift compare_bins(std::span<const std::uint64_t> counted, std::span<const std::uint32_t> baseline, double phi) {
  const std::vector<std::uint64_t> expected(baseline.begin(), baseline.end());
  Drift drift;
  drift.rows = std::accumulate(counted.begin(), counted.end(), std::uint64_t{0});
  drift.baseline_rows = std::accumulate(expected.begin(), expected.end(), std::uint64_t{0});
  if (drift.rows == 0 || drift.baseline_rows == 0) return drift;
  const std::vector<double> q = shares(counted, drift.rows);
  const std::vector<double> p = shares(expected, drift.baseline_rows);
  const auto rows = static_cast<double>(drift.rows);
  const auto baseline_rows = static_cast<double>(drift.baseline_rows);
  double ahead = 0;  // of the counted distribution function
  for (std::size_t bin = 0; bin < q.size(); ++bin) {
    const double middle = (q[bin] + p[bin]) / 2;
    drift.psi += psi_of(q[bin], p[bin], rows, baseline_rows);
    drift.jensen_shannon += (information(q[bin], middle) + information(p[bin], middle)) / 2;
    ahead += q[bin] - p[bin];
    drift.kolmogorov_smirnov = std::max(drift.kolmogorov_smirnov, std::abs(ahead));
    if (p[bin] == 0) continue;
    ++drift.bins;
    drift.chi_square += rows * (q[bin] - p[bin]) * (q[bin] - p[bin]) / p[bin];
  }
  const double worth = rows / quantize::inflation(phi, rows);
  const double baseline_worth = baseline_rows / quantize::inflation(phi, baseline_rows);
  drift.kolmogorov_smirnov_p_value = quantize::kolmogorov_tail(
      drift.kolmogorov_smirnov * std::sqrt(worth * baseline_worth / (worth + baseline_worth)));
  if (drift.bins > 1) judge_chi_square(phi, drift);
  return drift;
}

}  // namespace nuthatch::report
