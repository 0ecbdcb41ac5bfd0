#ifndef NUTHATCH_TRAINER_REPORT_PROGRESS_HPP
#define NUTHATCH_TRAINER_REPORT_PROGRESS_HPP

#include <chrono>
#include <cstdint>
#include <string>

namespace nuthatch::report {

/// A bar on stderr, drawn only where that is a terminal or it was asked for, and only once the work has lasted half a
/// second. Wiped when done.
class Progress {
 public:
  Progress(std::string what, bool asked_for);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::uint64_t done, std::uint64_t total);

 private:
  using Clock = std::chrono::steady_clock;

  std::string what_;
  bool shown_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
};

}  // namespace nuthatch::report

#endif
