#ifndef NUTHATCH_TRAINER_PREPARE_CORRELATION_HPP
#define NUTHATCH_TRAINER_PREPARE_CORRELATION_HPP

#include <Eigen/Core>

#include "data/csv.hpp"

namespace nuthatch::prepare {

/// features x features: Pearson's correlation, with missing values at their column's mean; 0 where a column is
/// constant. Not finite values count as missing.
Eigen::MatrixXd correlations(const data::Dataset& rows);

}  // namespace nuthatch::prepare

#endif
