#ifndef NUTHATCH_TRAINER_PREPARE_PROJECTION_HPP
#define NUTHATCH_TRAINER_PREPARE_PROJECTION_HPP

#include <Eigen/Core>
#include <vector>

#include "prepare/choices.hpp"
#include "prepare/features.hpp"

namespace nuthatch::prepare {

/// Principal components: the directions in which columns vary most, one after another, each at right angles to those
/// before.
struct Projection {
  std::vector<FeatureStatistics> columns;  ///< of the columns, which are standardized by them
  Eigen::MatrixXd directions;              ///< columns x components, each of length 1, its largest element positive
  std::vector<double> shares;              ///< one a component: its share of the columns' variance

  double share() const;  ///< of all components
};

/// The eigenvectors of the columns' covariance, in the scale that learning would see them in (Hotelling 1933). Fewer
/// than were asked for where no more vary. Throws data::DataError where no column varies, or there are too many.
Projection learn_projection(const data::Dataset& columns, const std::vector<FeatureStatistics>& statistics,
                            const Components& wanted);

/// The rows' components in the place of their columns; labels and groups kept.
data::Dataset project(const Projection& projection, const data::Dataset& columns);

/// Of components: learning sees them as they are, so that those which vary little count little.
std::vector<FeatureStatistics> describe_components(const data::Dataset& components);

}  // namespace nuthatch::prepare

#endif
