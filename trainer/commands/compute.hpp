#ifndef NUTHATCH_TRAINER_COMMANDS_COMPUTE_HPP
#define NUTHATCH_TRAINER_COMMANDS_COMPUTE_HPP

#include <chrono>
#include <optional>

#include "report/model_report.hpp"

namespace nuthatch::commands {

/// Of this program and its children that have ended, all cores.
double cpu_seconds();

/// What work takes from where it is made: time, CPU time and energy.
class ComputeClock {
 public:
  report::Compute read() const;

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double cpu_start_ = cpu_seconds();
  std::optional<double> joules_start_ = compare::rapl_joules();
};

}  // namespace nuthatch::commands

#endif
