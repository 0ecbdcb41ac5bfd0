#include "quantize/correlated_counts.hpp"

#include <cmath>
#include <numbers>

#include "quantize/autocorrelation.hpp"
#include "quantize/chance.hpp"

namespace nuthatch::quantize {
namespace {

double normal_density(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi); }

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

/// Of the gamma variable.
double shape_of(const Cumulants& c) { return 4 * c.second * c.second * c.second / (c.third * c.third); }
double scale_of(const Cumulants& c) { return c.third / (2 * c.second); }

}  // namespace

std::vector<double> equal_edges(std::size_t bins) {
  std::vector<double> edges;
  for (std::size_t i = 1; i < bins; ++i) {
    edges.push_back(normal_quantile(static_cast<double>(i) / static_cast<double>(bins)));
  }
  return edges;
}

Eigen::MatrixXd count_covariance(std::size_t bins, double phi, double rows) {
  constexpr int kTerms = 200;
  const auto size = static_cast<Eigen::Index>(bins);
  const auto share = 1.0 / static_cast<double>(bins);
  Eigen::MatrixXd sum = Eigen::MatrixXd::Identity(size, size) - Eigen::MatrixXd::Constant(size, size, share);
  const std::vector<Eigen::VectorXd> coefficients = hermite_coefficients(equal_edges(bins), kTerms);
  double power = 1;
  for (const Eigen::VectorXd& c : coefficients) {
    power *= phi;
    sum += (inflation(power, rows) - 1) / share * c * c.transpose();
  }
  return sum;
}

Cumulants cumulants_of(const Eigen::MatrixXd& covariance) {
  return cumulants_of(covariance, Eigen::VectorXd::Zero(covariance.rows()));
}

Cumulants cumulants_of(const Eigen::MatrixXd& covariance, const Eigen::VectorXd& shift) {
  const Eigen::MatrixXd square = covariance * covariance;
  const Eigen::VectorXd moved = covariance * shift;
  return {covariance.trace() + shift.squaredNorm(), 2 * square.trace() + 4 * shift.dot(moved),
          8 * (square * covariance).trace() + 24 * moved.squaredNorm()};
}

double exceeded_with(double tail, const Cumulants& cumulants) {
  const double shape = shape_of(cumulants);
  return cumulants.first + scale_of(cumulants) * (noncentral_quantile(tail, 2 * shape, 0) / 2 - shape);
}

double chance_to_exceed(double value, const Cumulants& cumulants) {
  const double shape = shape_of(cumulants);
  const double gamma = (value - cumulants.first) / scale_of(cumulants) + shape;
  return gamma <= 0 ? 1 : chi_square_tail(2 * gamma, 2 * shape);
}

}  // namespace nuthatch::quantize
