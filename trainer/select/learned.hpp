#ifndef NUTHATCH_TRAINER_SELECT_LEARNED_HPP
#define NUTHATCH_TRAINER_SELECT_LEARNED_HPP

#include <cstdint>
#include <vector>

#include "data/csv.hpp"
#include "select/filters.hpp"

/// How much each feature does in a model that is learned from all of them.
namespace nuthatch::select {

/// Of each feature how strong the L1 penalty can be that still leaves it a weight: 1 / C of L1 logistic regression, one
/// class against the rest (LIBLINEAR), or the lasso's alpha with the values in their deviations. 0: none of 40 steps
/// over three decades gives it one. (Hastie, Tibshirani and Wainwright, Statistical Learning with Sparsity, 2015.)
std::vector<double> l1_entries(const data::Dataset& rows, const Target& target);

/// Of each feature the share of all impurity that the splits on it take, in a random forest of 100 trees of depth 8
/// (Breiman 2001; scikit-learn's feature_importances_).
std::vector<double> forest_importance(const data::Dataset& rows, const Target& target, std::uint64_t seed);

/// How long each feature stays while the one of the least weight (the sum of its squares over the classes) is taken out
/// again and again: 1 for the first that goes. Learned by logistic regression or ridge on standardized features
/// (recursive feature elimination; Guyon, Weston, Barnhill and Vapnik 2002). Of more than 100 features a twentieth goes
/// at a time.
std::vector<double> elimination(const data::Dataset& rows, const Target& target);

}  // namespace nuthatch::select

#endif
