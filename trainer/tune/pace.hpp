#ifndef NUTHATCH_TRAINER_TUNE_PACE_HPP
#define NUTHATCH_TRAINER_TUNE_PACE_HPP

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

namespace nuthatch::tune {

/// What a search may begin so that all of it ends in time. Work is told in seconds of a processor, which do not depend
/// on who else uses the machine; how many of these a second on the wall has is measured as it goes on.
class Pace {
 public:
  /// Without an end, for searches that count their trials.
  Pace() = default;
  /// seconds: on the wall, for all of it. elapsed: since it began. workers: jobs at a time.
  Pace(double seconds, std::function<double()> elapsed, std::size_t workers)
      : seconds_(seconds), elapsed_(std::move(elapsed)), workers_(workers) {}

  bool is_timed() const { return seconds_ < std::numeric_limits<double>::infinity(); }
  double seconds() const { return seconds_; }
  double elapsed() const { return elapsed_ ? elapsed_() : 0; }

  /// A job has taken so many seconds of a processor, within so many on the wall.
  void note(double processor, double wall);
  /// Seconds of a processor that one job has of a second on the wall.
  double share() const;
  /// The same of a job that runs by itself, as the last learning does: the others of the machine stay as many.
  double share_alone() const;
  /// How long these jobs take on the wall, the longest alone or all of them side by side.
  double wall_of(const std::vector<double>& jobs) const;

  /// What the best so far takes to be learned from all rows, which follows the search.
  void reserve(double processor) { reserved_ = processor; }
  /// When the search must be over, on the wall, if the best takes so long.
  double end(double to_learn) const;
  double end() const { return end(reserved_); }

  /// What is asked next has so much of the whole time, on the wall, from now on; 1: all that is left.
  void give(double part) { stop_ = part < 1 ? elapsed() + part * seconds_ : std::numeric_limits<double>::infinity(); }
  /// What is asked from now on has so many seconds on the wall, also beyond the end: there is no answer yet.
  void overrun(double seconds) { overrun_ = elapsed() + seconds; }
  /// When what is asked must be over.
  double stop() const { return overrun_ > 0 ? overrun_ : std::min(stop_, end()); }

  /// Whether these jobs, after them `then`, and after all the learning of what takes `to_learn` end in time.
  bool affords(const std::vector<double>& jobs, double to_learn = 0, const std::vector<double>& then = {}) const;
  /// Whether there is time for so much more on the wall.
  bool has(double wall) const { return !is_timed() || elapsed() + wall <= end(); }

  /// A time in whole seconds that would have afforded a job after what has been so far.
  double needed(double job, double to_learn) const;

 private:
  /// Around the last learning: the file in all its precisions, and a run on the emulated core.
  double overhead() const;

  double seconds_ = std::numeric_limits<double>::infinity();
  std::function<double()> elapsed_;
  std::size_t workers_ = 1;
  double processor_ = 0;
  double wall_ = 0;
  double reserved_ = 0;
  double overrun_ = 0;
  double stop_ = std::numeric_limits<double>::infinity();
};

}  // namespace nuthatch::tune

#endif
