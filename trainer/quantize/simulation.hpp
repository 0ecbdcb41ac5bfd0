#ifndef NUTHATCH_TRAINER_QUANTIZE_SIMULATION_HPP
#define NUTHATCH_TRAINER_QUANTIZE_SIMULATION_HPP

#include <cstddef>

/// Where a window holds few independent rows, chi-square has no formula: thresholds by simulation.
namespace nuthatch::quantize {

/// An autoregressive normal feature, and how a trainer meets it.
struct Autoregressive {
  double phi = 0;
  std::size_t bins = 16;
  double rows = 0;   ///< of the baseline: all that the trainer knows of bins, shares and phi
  double slope = 0;  ///< what it adds to a threshold's logarithm for what it estimates too much of place_of(phi)
};

/// The threshold that, on average over baselines, two windows in a row exceed with `chance` squared. A baseline that
/// looks less dependent or narrower than the feature is gives many times the alarms of one that looks more so; the
/// average counts both.
double simulated_threshold(const Autoregressive& feature, double chance);

}  // namespace nuthatch::quantize

#endif
