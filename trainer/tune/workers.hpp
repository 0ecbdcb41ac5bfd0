#ifndef NUTHATCH_TRAINER_TUNE_WORKERS_HPP
#define NUTHATCH_TRAINER_TUNE_WORKERS_HPP

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Work on all cores, in a process each: the libraries that learn keep state that threads would share, and a try that
/// runs out of memory or never ends takes nobody with it.
namespace nuthatch::tune {

using Clock = std::chrono::steady_clock;

struct Job {
  std::function<std::string()> run;
  /// Seconds of a processor that it may take, whoever else uses the machine; 0: any.
  double limit = 0;
};

struct JobResult {
  std::optional<std::string> text = {};  ///< nothing where it threw, died or was ended
  std::string error = {};                ///< what it threw, or how it died; empty of one that was late
  bool late = false;                     ///< its limit, or the end of all, ended it, or it was never begun
  double processor = 0;                  ///< seconds, of all its threads
  double wall = 0;                       ///< seconds
};

/// How many run at a time: as many as there are cores.
std::size_t worker_count();

/// Runs each job in a child of its own; nothing goes on after `end`. Results come back in the jobs' places. Call it
/// while the program has no other threads. `done`: hears of each that ended, and now and then of none.
using Done = std::function<void(std::optional<std::size_t> job, const JobResult& result)>;
std::vector<JobResult> run_jobs(const std::vector<Job>& jobs, Clock::time_point end, const Done& done);

}  // namespace nuthatch::tune

#endif
