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

struct Patience {
  Clock::time_point end;    ///< nothing goes on after that
  Clock::duration a_job{};  ///< nor longer than this
};

/// Runs each job in a child of its own, as many at a time as there are cores. A job's text comes back in its place;
/// nothing where it threw, died or was ended. Call it while the program has no other threads. `done`: hears of each
/// that ended, and now and then of none.
using Done = std::function<void(std::optional<std::size_t> job, const std::optional<std::string>& text)>;
std::vector<std::optional<std::string>> run_jobs(const std::vector<std::function<std::string()>>& jobs,
                                                 const Patience& patience, const Done& done);

}  // namespace nuthatch::tune

#endif
