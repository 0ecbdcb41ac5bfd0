#ifndef NUTHATCH_TRAINER_LEARN_UNSEEN_HPP
#define NUTHATCH_TRAINER_LEARN_UNSEEN_HPP

#include <Eigen/Core>
#include <cstdint>
#include <functional>

#include "learn/linear.hpp"

namespace nuthatch::learn {

/// Learns from the examples and gives the other rows' scores, rows x outputs.
using FitAndScore = std::function<Eigen::MatrixXd(const Examples& examples, const Eigen::MatrixXd& others)>;

/// rows x outputs: each row's scores from a classifier that learned without its fold, of 5 with about as many rows of
/// each class. A class of two rows or more is never missing in what is learned from.
Eigen::MatrixXd unseen_scores(const Examples& examples, std::uint64_t seed, const FitAndScore& fit_and_score);

/// What makes probabilities of such scores: Platt's sigmoid of one, the softmax of several.
LogisticLink fit_link(const Eigen::MatrixXd& scores, const std::vector<std::int32_t>& classes);

}  // namespace nuthatch::learn

#endif
