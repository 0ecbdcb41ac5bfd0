#ifndef NUTHATCH_TRAINER_EXPLAIN_INPUTS_HPP
#define NUTHATCH_TRAINER_EXPLAIN_INPUTS_HPP

#include <Eigen/Core>
#include <vector>

#include "export/loaded_model.hpp"

namespace nuthatch::explain {

/// rows x features: what the device's sums and questions take (SPEC.md, "Codes"). Those are codes, but for float32
/// weights on float32 input, which multiply codes that were not rounded.
using Inputs = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Of the rows `which` (indices) of a dataset, in their order; rows that the model answers.
Inputs inputs_of(const exporting::LoadedModel& model, const data::Dataset& dataset,
                 const std::vector<std::size_t>& which);

}  // namespace nuthatch::explain

#endif
