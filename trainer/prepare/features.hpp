#ifndef NUTHATCH_TRAINER_PREPARE_FEATURES_HPP
#define NUTHATCH_TRAINER_PREPARE_FEATURES_HPP

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/csv.hpp"
#include "prepare/coverage.hpp"

namespace nuthatch::prepare {

/// One feature over the training rows, in the CSV's units.
struct FeatureStatistics {
  std::string name;
  float imputed = 0;     ///< what a missing value becomes; the median of those that are there, unless asked otherwise
  double mean = 0;       ///< with missing values imputed
  double deviation = 1;  ///< with missing values imputed; population standard deviation, or
                         ///< max(1, |mean|) for a constant column, so that a change shows
  double stretch = 1;    ///< what learning sees is (x - mean) / deviation * stretch
  float minimum = 0;
  float maximum = 0;
  std::uint64_t missing = 0;
  bool constant = false;
  bool integers = false;  ///< every value is a whole number
  bool text = false;      ///< values are indices of names
  /// What kinds that learn on codes lay float32 and int16 codes over; nothing: the training range.
  std::optional<Coverage> coverage = {};
  std::optional<Coverage> count_coverage = {};
};

/// The value below which the share `q` of the values that are there lies, between neighbours in proportion (numpy's
/// default); NaN of none.
double quantile(const std::vector<float>& column, double q);

/// Throws data::DataError naming a column that has no value at all. `imputed`: one a feature, for those whose missing
/// values are not to become the median.
std::vector<FeatureStatistics> describe(const data::Dataset& dataset,
                                        const std::vector<std::optional<float>>& imputed = {});

/// rows x features: imputed, then (x - mean) / deviation * stretch; a constant column is 0.
Eigen::MatrixXd standardize(const data::Dataset& dataset, const std::vector<FeatureStatistics>& statistics);

/// The same of the numbers as doubles, as far as they are kept; `statistics` as spread_exactly gives them.
Eigen::MatrixXd standardize_exactly(const data::Dataset& dataset, const std::vector<FeatureStatistics>& statistics);

/// With mean, deviation and `constant` of the numbers as doubles.
std::vector<FeatureStatistics> spread_exactly(const data::Dataset& dataset, std::vector<FeatureStatistics> statistics);

/// Whether learning in double precision may tell what float32 cannot: of a feature one row in 20 or more shares its
/// float32 with another double, or more rows than a code may have (tolerated_rows) share one.
bool float32_merges_rows(const data::Dataset& dataset);

/// int16 input: the power of two by which a feature is multiplied to become raw counts. A column of integers that fit
/// int16 is raw as it stands (0); else the largest power that leaves a quarter of headroom over the training range.
int raw_exponent(const FeatureStatistics& statistics);

/// The same over what the counts of kinds that learn on codes are to tell apart: a few far values saturate.
int covering_exponent(const FeatureStatistics& statistics);

/// raw = saturate(round_half_even(value * 2^exponent)) to [-32767, 32767]; NaN becomes -32768, "missing".
std::int16_t to_raw(float value, int exponent);

}  // namespace nuthatch::prepare

#endif
