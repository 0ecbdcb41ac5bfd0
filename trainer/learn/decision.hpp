#ifndef NUTHATCH_TRAINER_LEARN_DECISION_HPP
#define NUTHATCH_TRAINER_LEARN_DECISION_HPP

#include "learn/svm.hpp"

namespace nuthatch::learn {

/// One decision function of a support vector machine: of a pair of classes, or a regression's only one.
struct Decision {
  Eigen::Index place = 0;                  ///< among all, as pair_of has it
  Eigen::Index first = 0;                  ///< the classes it tells apart
  Eigen::Index second = 0;                 ///< regression: as many as there are, so none
  std::vector<Eigen::Index> vectors = {};  ///< the first class's, then the second's
};

/// In the order of their places.
std::vector<Decision> decisions_of(const SvmModel& model);

/// The rows that a decision is about: those of its classes; of a regression, without classes, all of `count`.
std::vector<Eigen::Index> rows_of(const Decision& decision, const std::vector<std::int32_t>& classes,
                                  Eigen::Index count);

/// A decision's coefficients, one a vector, and behind them its bias.
Eigen::VectorXd unknowns_of(const SvmModel& model, const Decision& decision);
void set_unknowns(const Decision& decision, const Eigen::VectorXd& unknowns, SvmModel& model);

}  // namespace nuthatch::learn

#endif
