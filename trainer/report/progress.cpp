#include "report/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace nuthatch::report {

using namespace std::chrono_literals;

Progress::Progress(std::string what, bool asked_for)
    : what_(std::move(what)), shown_(asked_for || isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (drawn_) fmt::print(stderr, "\r{:70}\r", "");
}

void Progress::update(std::uint64_t done, std::uint64_t total) {
  const Clock::time_point now = Clock::now();
  if (!shown_ || total == 0 || now - start_ < 500ms || now - last_ < 100ms) return;
  last_ = now;
  drawn_ = true;
  constexpr std::size_t kWidth = 30;
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<std::size_t>(share * kWidth);
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const double left = share > 0 ? elapsed / share - elapsed : 0;
  fmt::print(stderr, "\r{:<20.20} [{:#<{}}{:<{}}] {:3.0f} % {:4.0f} s left ", what_, "", filled, "", kWidth - filled,
             100 * share, left);
  std::fflush(stderr);
}

}  // namespace nuthatch::report
