#include "prepare/projection.hpp"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <numeric>

namespace nuthatch::prepare {
namespace {

constexpr Eigen::Index kMostColumns = 2000;  // the eigenvectors of more take minutes
constexpr double kLeastVariance = 1e-9;      // of the first component's; what is less is rounding

/// So many components as have the share that was asked for, or as were asked for and vary.
Eigen::Index count_of(const Eigen::VectorXd& variances, const Components& wanted) {
  Eigen::Index most = 0;
  while (most < variances.size() && variances[most] > kLeastVariance * variances[0]) ++most;
  if (wanted.count > 0) return std::min<Eigen::Index>(most, static_cast<Eigen::Index>(wanted.count));
  Eigen::Index count = 0;
  for (double sum = 0; count < most && sum < wanted.share * variances.sum();) sum += variances[count++];
  return count;
}

/// An eigenvector has two signs: the one that makes its largest element, the first among equals, positive.
void settle_sign(Eigen::MatrixXd::ColXpr direction) {
  Eigen::Index largest = 0;
  direction.cwiseAbs().maxCoeff(&largest);
  if (direction[largest] < 0) direction = -direction;
}

}  // namespace

double Projection::share() const { return std::accumulate(shares.begin(), shares.end(), 0.0); }

Projection learn_projection(const data::Dataset& columns, const std::vector<FeatureStatistics>& statistics,
                            const Components& wanted) {
  const Eigen::MatrixXd values = standardize(columns, statistics);
  if (values.cols() > kMostColumns) {
    throw data::DataError(fmt::format("{}: principal components of {} columns; there may be {}. Keep fewer by --select",
                                      columns.file, values.cols(), kMostColumns));
  }
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(values.cols(), values.cols());
  covariance.selfadjointView<Eigen::Lower>().rankUpdate(values.transpose(), 1.0 / static_cast<double>(values.rows()));
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);
  const Eigen::VectorXd variances = solver.eigenvalues().reverse().cwiseMax(0.0);
  if (!(variances[0] > 0)) throw data::DataError(columns.file + ": no column varies, so there are no components");
  Projection projection{
      statistics, solver.eigenvectors().rowwise().reverse().leftCols(count_of(variances, wanted)), {}};
  for (Eigen::Index k = 0; k < projection.directions.cols(); ++k) {
    settle_sign(projection.directions.col(k));
    projection.shares.push_back(variances[k] / variances.sum());
  }
  return projection;
}

data::Dataset project(const Projection& projection, const data::Dataset& columns) {
  const Eigen::MatrixXd values = standardize(columns, projection.columns) * projection.directions;
  data::Dataset made;
  made.file = columns.file;
  made.target = columns.target;
  made.group = columns.group;
  for (Eigen::Index k = 0; k < values.cols(); ++k) {
    made.feature_names.push_back(fmt::format("component {}", k + 1));
    const Eigen::VectorXf column = values.col(k).cast<float>();
    made.columns.emplace_back(column.begin(), column.end());
  }
  made.names.resize(made.columns.size());
  return made;
}

std::vector<FeatureStatistics> describe_components(const data::Dataset& components) {
  std::vector<FeatureStatistics> statistics = describe(components);
  for (FeatureStatistics& component : statistics) component.stretch = component.deviation;
  return statistics;
}

}  // namespace nuthatch::prepare
