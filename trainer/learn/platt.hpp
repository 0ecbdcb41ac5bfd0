#ifndef NUTHATCH_TRAINER_LEARN_PLATT_HPP
#define NUTHATCH_TRAINER_LEARN_PLATT_HPP

#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace nuthatch::learn {

/// score -> log-odds: slope * score + offset.
struct Sigmoid {
  double slope = 1;
  double offset = 0;
};

/// Platt's sigmoid, P(class 1 | score) = 1 / (1 + exp(-(slope * score + offset))), by Newton's method with
/// backtracking on a loss that neither overflows nor cancels (Lin, Lin and Weng, "A note on Platt's probabilistic
/// outputs for support vector machines", Machine Learning 68, 2007). The targets are Platt's: (n1 + 1) / (n1 + 2) and
/// 1 / (n0 + 2). `scores` should come from rows that the model has not seen. Both have one element a row; classes are 0
/// and 1. The slope is not negative: of scores that say the contrary it is 0, and the offset that of the classes'
/// shares.
Sigmoid fit_sigmoid(const std::vector<double>& scores, const std::vector<std::int32_t>& classes);

/// The same for several classes: P(k) proportional to exp(slope_k * score_k + offset_k), slopes not negative, fitted by
/// the multinomial likelihood (L-BFGS) with targets smoothed as Platt's: (n + 1) / (n + 2) for the row's own class, the
/// rest for the others alike. scores: rows x classes. Throws std::runtime_error if it does not converge.
std::vector<Sigmoid> fit_softmax(const Eigen::MatrixXd& scores, const std::vector<std::int32_t>& classes);

}  // namespace nuthatch::learn

#endif
