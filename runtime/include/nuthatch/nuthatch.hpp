#ifndef NUTHATCH_NUTHATCH_HPP
#define NUTHATCH_NUTHATCH_HPP

/// Everything firmware needs: open, predict, self-test, monitor, probabilities, explanations.
#include "nuthatch/explain.hpp"
#include "nuthatch/model.hpp"
#include "nuthatch/monitor.hpp"
#include "nuthatch/probability.hpp"
#include "nuthatch/status.hpp"

#endif
