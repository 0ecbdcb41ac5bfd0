#include "tune/pace.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nuthatch::tune {
namespace {

/// Learning from all rows is said from that of fewer, so it may take longer.
constexpr double kMargin = 1.15;

}  // namespace

void Pace::note(double processor, double wall) {
  processor_ += processor;
  wall_ += wall;
}

double Pace::share() const {
  // A second of each before anything is known: a few short jobs tell nothing.
  return std::max((processor_ + 1) / (wall_ + 1), 0.02);
}

double Pace::share_alone() const {
  // Of w cores with w jobs and n others each has w / (w + n); one job with these others w / (1 + n), a core at most.
  const double each = std::min(share(), 1.0);
  const auto cores = static_cast<double>(workers_);
  return std::min(1.0, cores * each / (each + cores * (1 - each)));
}

double Pace::wall_of(const std::vector<double>& jobs) const {
  if (jobs.empty()) return 0;
  const double sum = std::accumulate(jobs.begin(), jobs.end(), 0.0);
  const double longest = *std::max_element(jobs.begin(), jobs.end());
  return std::max(sum / static_cast<double>(workers_), longest) / share();
}

double Pace::overhead() const { return 0.01 * seconds_ + std::min(0.6, 0.15 * std::sqrt(seconds_)); }

double Pace::end(double to_learn) const {
  if (!is_timed()) return seconds_;
  return seconds_ - overhead() - kMargin * std::max(to_learn, reserved_) / share_alone();
}

bool Pace::affords(const std::vector<double>& jobs, double to_learn, const std::vector<double>& then) const {
  return !is_timed() || elapsed() + wall_of(jobs) + wall_of(then) <= end(to_learn);
}

double Pace::needed(double job, double to_learn) const {
  constexpr double kStep = 5;
  const double wall = elapsed() + kMargin * (job + std::max(to_learn, reserved_)) / share() + 1;
  return kStep * std::ceil(std::max(wall / 0.95, seconds_ + kStep) / kStep);
}

}  // namespace nuthatch::tune
