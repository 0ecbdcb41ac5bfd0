#include "tune/workers.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <thread>

namespace nuthatch::tune {
namespace {

struct Child {
  pid_t process = 0;
  int pipe = -1;
  std::size_t job = 0;
  Clock::time_point end;
  std::string text;
};

/// In the child: never returns.
[[noreturn]] void work(const std::function<std::string()>& job, int pipe) {
  int status = 1;
  try {
    const std::string text = job();
    std::size_t at = 0;
    while (at < text.size()) {
      const ssize_t written = write(pipe, text.data() + at, text.size() - at);
      if (written <= 0) break;
      at += static_cast<std::size_t>(written);
    }
    status = at == text.size() ? 0 : 1;
  } catch (...) {
    // What cannot be learned is no candidate; the parent sees the status.
  }
  // Not exit: what the parent has buffered is the parent's to write.
  _exit(status);
}

Child start(const std::vector<std::function<std::string()>>& jobs, std::size_t job, const Patience& patience) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no more pipes can be opened");
  const pid_t process = fork();
  if (process < 0) throw std::runtime_error("no more processes can be started");
  if (process == 0) {
    close(ends[0]);
    work(jobs[job], ends[1]);
  }
  close(ends[1]);
  return {process, ends[0], job, std::min(patience.end, Clock::now() + patience.a_job), {}};
}

/// What came; false where there is no more.
bool read_some(Child& child) {
  char piece[4096];
  const ssize_t got = read(child.pipe, piece, sizeof piece);
  if (got <= 0) return false;
  child.text.append(piece, static_cast<std::size_t>(got));
  return true;
}

std::optional<std::string> finish(const Child& child) {
  close(child.pipe);
  int status = 0;
  waitpid(child.process, &status, 0);
  const bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return good ? std::optional(child.text) : std::nullopt;
}

/// Until one of them has something to read, or a moment has passed.
std::vector<pollfd> wait_for(const std::vector<Child>& children) {
  std::vector<pollfd> pipes;
  pipes.reserve(children.size());
  for (const Child& child : children) pipes.push_back({child.pipe, POLLIN, 0});
  constexpr int kMoment = 20;
  poll(pipes.data(), pipes.size(), kMoment);
  return pipes;
}

}  // namespace

std::vector<std::optional<std::string>> run_jobs(const std::vector<std::function<std::string()>>& jobs,
                                                 const Patience& patience, const Done& done) {
  std::fflush(nullptr);
  const std::size_t most = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::optional<std::string>> results(jobs.size());
  std::vector<Child> children;
  std::size_t next = 0;
  while (next < jobs.size() || !children.empty()) {
    while (children.size() < most && next < jobs.size() && Clock::now() < patience.end) {
      children.push_back(start(jobs, next++, patience));
    }
    if (children.empty()) break;  // no time is left
    const std::vector<pollfd> pipes = wait_for(children);
    for (std::size_t i = children.size(); i-- > 0;) {
      const bool late = Clock::now() > children[i].end;
      if (late) kill(children[i].process, SIGKILL);
      if (!late && (pipes[i].revents == 0 || read_some(children[i]))) continue;
      const std::size_t job = children[i].job;
      results[job] = finish(children[i]);
      children.erase(children.begin() + static_cast<std::ptrdiff_t>(i));
      done(job, results[job]);
    }
    done(std::nullopt, std::nullopt);
  }
  return results;
}

}  // namespace nuthatch::tune
