#include "commands/compute.hpp"

#include <sys/resource.h>

namespace nuthatch::commands {

double cpu_seconds() {
  double seconds = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
      seconds += static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    }
  }
  return seconds;
}

report::Compute ComputeClock::read() const {
  report::Compute compute;
  compute.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  compute.cpu_seconds = cpu_seconds() - cpu_start_;
  compute.energy = compare::host_energy(compare::Constants::defaults(), joules_start_, compare::rapl_joules(), 1,
                                        1e6 * compute.cpu_seconds);
  if (compute.energy.label == "measured") {
    compute.energy.how = "the processor's energy in that time (RAPL), whatever else ran on it included";
  }
  return compute;
}

}  // namespace nuthatch::commands
