#ifndef NUTHATCH_TRAINER_QUANTIZE_CORRELATED_COUNTS_HPP
#define NUTHATCH_TRAINER_QUANTIZE_CORRELATED_COUNTS_HPP

#include <Eigen/Core>
#include <cstddef>
#include <vector>

/// Chi-square of rows that depend on the one before them, as those of an autoregressive normal feature in equal bins
/// do.
namespace nuthatch::quantize {

/// Edges between bins of equal mass of a standard normal variable.
std::vector<double> equal_edges(std::size_t bins);

/// bins x bins: covariance of the counts of `rows` rows, each over the root of what is expected: the indicators'
/// covariances at lag k are sums over j of phi^(jk) c_j c_j' (Mehler's formula).
Eigen::MatrixXd count_covariance(std::size_t bins, double phi, double rows);

/// The first three cumulants of a sum of squares, and with them its distribution: that of a shifted gamma variable
/// (Pearson's type III).
struct Cumulants {
  double first = 0;
  double second = 0;
  double third = 0;
};

/// Of normal variables with this covariance, about 0 or about `shift`.
Cumulants cumulants_of(const Eigen::MatrixXd& covariance);
Cumulants cumulants_of(const Eigen::MatrixXd& covariance, const Eigen::VectorXd& shift);

/// What it exceeds with chance `tail`, 0 < tail < 1.
double exceeded_with(double tail, const Cumulants& cumulants);

/// The chance that it exceeds `value`.
double chance_to_exceed(double value, const Cumulants& cumulants);

}  // namespace nuthatch::quantize

#endif
