#ifndef NUTHATCH_TRAINER_REPORT_DRIFT_HPP
#define NUTHATCH_TRAINER_REPORT_DRIFT_HPP

#include <cstdint>
#include <span>

/// How far counted bins are from those of training.
namespace nuthatch::report {

/// Distances between the shares q of `rows` counted rows and p of the baseline's, bin by bin.
struct Drift {
  std::uint64_t rows = 0;
  std::uint64_t baseline_rows = 0;
  std::size_t bins = 0;       ///< that the baseline has rows in
  double phi = 0;             ///< autocorrelation of consecutive rows, of both
  double psi = 0;             ///< population stability index, sum (q - p) ln(q / p); an empty bin counts as half a row
  double jensen_shannon = 0;  ///< divergence in bits, 0 to 1
  double chi_square = 0;      ///< Pearson's, sum (O - E)^2 / E with E = rows * p
  double expected_chi_square = 0;  ///< of rows that have not drifted, on average; bins - 1 by chance alone, more as p
                                   ///< is an estimate and as rows depend on each other
  double p_value = 1;  ///< of chi_square / (1 + rows / baseline_rows), as p is an estimate too, at bins - 1 degrees; of
                       ///< dependent rows by the cumulants of its sum of squares (quantize/correlated_counts.hpp)
  double kolmogorov_smirnov = 0;          ///< the largest distance of the distribution functions between bins
  double kolmogorov_smirnov_p_value = 1;  ///< Kolmogorov's limit, of as many independent rows as the rows are worth;
                                          ///< too large if anything, as bins hide distances

  /// PSI less what rows that have not drifted have on average: expected_chi_square / rows, of independent ones
  /// (bins - 1) * (1 / rows + 1 / baseline_rows).
  double psi_beyond_chance() const;
  /// The chi-square, and the distance, that have this p-value, 0 < p_value < 1; of two bins and more.
  double chi_square_at(double p_value) const;
  double kolmogorov_smirnov_at(double p_value) const;
};

/// `counted` and `baseline` have one count a bin. Rows counted in bins that the baseline has none of are left out of
/// chi_square and p_value and are in the others. All is 0, and p-values are 1, where either has no rows. phi:
/// autocorrelation of consecutive rows, of both.
Drift compare_bins(std::span<const std::uint64_t> counted, std::span<const std::uint32_t> baseline, double phi = 0);

}  // namespace nuthatch::report

#endif
