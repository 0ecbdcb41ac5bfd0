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

/// Of the baseline, beside that of the rows.
double error_share(const Drift& drift) {
  return static_cast<double>(drift.rows) / static_cast<double>(drift.baseline_rows);
}

double degrees_of(const Drift& drift) { return static_cast<double>(drift.bins - 1); }

/// Of chi-square where rows depend on each other.
quantize::Cumulants cumulants_of(const Drift& drift) {
  const auto counts = [&](std::uint64_t rows) {
    return quantize::count_covariance(drift.bins, drift.phi, static_cast<double>(rows));
  };
  return quantize::cumulants_of(counts(drift.rows) + error_share(drift) * counts(drift.baseline_rows));
}

void judge_chi_square(Drift& drift) {
  const double error = 1 + error_share(drift);
  if (drift.phi == 0) {
    drift.expected_chi_square = degrees_of(drift) * error;
    drift.p_value = quantize::chi_square_tail(drift.chi_square / error, degrees_of(drift));
    return;
  }
  const quantize::Cumulants cumulants = cumulants_of(drift);
  drift.expected_chi_square = cumulants.first;
  drift.p_value = quantize::chance_to_exceed(drift.chi_square, cumulants);
}

/// The root of how many independent rows a distance between the two distribution functions is worth.
double kolmogorov_scale(const Drift& drift) {
  const auto worth = [&](std::uint64_t rows) {
    return static_cast<double>(rows) / quantize::inflation(drift.phi, static_cast<double>(rows));
  };
  const double rows = worth(drift.rows);
  const double baseline = worth(drift.baseline_rows);
  return std::sqrt(rows * baseline / (rows + baseline));
}

}  // namespace

double Drift::psi_beyond_chance() const {
  if (rows == 0 || baseline_rows == 0) return 0;
  return psi - expected_chi_square / static_cast<double>(rows);
}

double Drift::chi_square_at(double p_value) const {
  if (phi == 0) return (1 + error_share(*this)) * quantize::noncentral_quantile(p_value, degrees_of(*this), 0);
  return quantize::exceeded_with(p_value, cumulants_of(*this));
}

double Drift::kolmogorov_smirnov_at(double p_value) const {
  return quantize::root_of_falling(quantize::kolmogorov_tail, p_value) / kolmogorov_scale(*this);
}

Drift compare_bins(std::span<const std::uint64_t> counted, std::span<const std::uint32_t> baseline, double phi) {
  const std::vector<std::uint64_t> expected(baseline.begin(), baseline.end());
  Drift drift;
  drift.phi = phi;
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
  drift.kolmogorov_smirnov_p_value = quantize::kolmogorov_tail(drift.kolmogorov_smirnov * kolmogorov_scale(drift));
  if (drift.bins > 1) judge_chi_square(drift);
  return drift;
}

}  // namespace nuthatch::report
