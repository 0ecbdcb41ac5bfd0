#ifndef NUTHATCH_TRAINER_LEARN_UNSEEN_HPP
#define NUTHATCH_TRAINER_LEARN_UNSEEN_HPP

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <vector>

#include "learn/linear.hpp"

namespace nuthatch::learn {

/// Learns from the examples and gives the other rows' scores, rows x outputs.
using FitAndScore = std::function<Eigen::MatrixXd(const Examples& examples, const Eigen::MatrixXd& others)>;

/// Scores of rows, each from a classifier that learned without its fold.
struct UnseenScores {
  Eigen::MatrixXd scores;  ///< rows x outputs
  std::vector<std::int32_t> classes;
};

/// Of 5 folds by the examples' plan: about as many rows of each class in each, so that no class of two rows or more is
/// missing in what is learned from; any rows; whole groups; or later rows, in the order of time. A fold whose other
/// rows lack a class is left out. Throws std::runtime_error where that leaves a class without a score, or there is one
/// group.
UnseenScores unseen_scores(const Examples& examples, std::uint64_t seed, const FitAndScore& fit_and_score);

/// What makes probabilities of such scores: Platt's sigmoid of one, the softmax of several.
LogisticLink fit_link(const UnseenScores& unseen);

}  // namespace nuthatch::learn

#endif
