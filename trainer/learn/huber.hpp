#ifndef NUTHATCH_TRAINER_LEARN_HUBER_HPP
#define NUTHATCH_TRAINER_LEARN_HUBER_HPP

#include "learn/linear.hpp"

namespace nuthatch::learn {

/// Minimizes |w|^2 / 2 + C * sum of L(residual) as linear.hpp defines L, the target in units of its standard deviation;
/// the bias is not penalized. C = 1 / alpha and a large epsilon make it ridge.
LinearModel huber_of_fixed_scale(const Examples& examples, double c, double epsilon);

}  // namespace nuthatch::learn

#endif
