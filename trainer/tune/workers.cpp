#include "tune/workers.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <new>
#include <stdexcept>
#include <thread>

namespace nuthatch::tune {
namespace {

struct Child {
  pid_t process = 0;
  int pipe = -1;
  std::size_t job = 0;
  Clock::time_point start;
  std::string text;
};

/// The kernel ends this process, by SIGPROF, once it has taken so long of a processor.
void limit_processor(double seconds) {
  if (seconds <= 0) return;
  const auto whole = static_cast<time_t>(seconds);
  const auto micros = static_cast<suseconds_t>(1e6 * (seconds - static_cast<double>(whole)));
  const itimerval timer = {{0, 0}, {whole, std::max<suseconds_t>(micros, 1)}};
  setitimer(ITIMER_PROF, &timer, nullptr);
}

constexpr int kThrew = 2;  // the text is what was thrown

/// Whether all of it went.
bool write_all(int pipe, const std::string& text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const ssize_t written = write(pipe, text.data() + at, text.size() - at);
    if (written <= 0) return false;
    at += static_cast<std::size_t>(written);
  }
  return true;
}

/// In the child: never returns.
[[noreturn]] void work(const Job& job, int pipe) {
  int status = 1;
  signal(SIGPROF, SIG_DFL);
  limit_processor(job.limit);
  try {
    status = write_all(pipe, job.run()) ? 0 : 1;
  } catch (const std::bad_alloc&) {
    status = write_all(pipe, "out of memory") ? kThrew : 1;
  } catch (const std::exception& error) {
    status = write_all(pipe, error.what()) ? kThrew : 1;
  } catch (...) {
    // The parent sees the status.
  }
  // Not exit: what the parent has buffered is the parent's to write.
  _exit(status);
}

Child start(const std::vector<Job>& jobs, std::size_t job) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no more pipes can be opened");
  const pid_t process = fork();
  if (process < 0) throw std::runtime_error("no more processes can be started");
  if (process == 0) {
    close(ends[0]);
    work(jobs[job], ends[1]);
  }
  close(ends[1]);
  return {process, ends[0], job, Clock::now(), {}};
}

/// What came; false where there is no more.
bool read_some(Child& child) {
  char piece[4096];
  const ssize_t got = read(child.pipe, piece, sizeof piece);
  if (got <= 0) return false;
  child.text.append(piece, static_cast<std::size_t>(got));
  return true;
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

JobResult finish(const Child& child, bool ended) {
  close(child.pipe);
  int status = 0;
  rusage usage{};
  wait4(child.process, &status, 0, &usage);
  JobResult result;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) result.text = child.text;
  result.late = !result.text && (ended || (WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF));
  if (!result.text && !result.late) {
    const bool threw = WIFEXITED(status) && WEXITSTATUS(status) == kThrew && !child.text.empty();
    result.error = threw ? child.text : "its process died, perhaps for want of memory";
  }
  result.processor = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  result.wall = std::chrono::duration<double>(Clock::now() - child.start).count();
  return result;
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

std::size_t worker_count() { return std::max(1U, std::thread::hardware_concurrency()); }

std::vector<JobResult> run_jobs(const std::vector<Job>& jobs, Clock::time_point end, const Done& done) {
  std::fflush(nullptr);
  const std::size_t most = worker_count();
  std::vector<JobResult> results(jobs.size());
  for (JobResult& result : results) result.late = true;
  std::vector<Child> children;
  std::size_t next = 0;
  while (next < jobs.size() || !children.empty()) {
    while (children.size() < most && next < jobs.size() && Clock::now() < end) {
      children.push_back(start(jobs, next++));
    }
    if (children.empty()) break;  // no time is left
    const std::vector<pollfd> pipes = wait_for(children);
    for (std::size_t i = children.size(); i-- > 0;) {
      const bool late = Clock::now() > end;
      if (late) kill(children[i].process, SIGKILL);
      if (!late && (pipes[i].revents == 0 || read_some(children[i]))) continue;
      const std::size_t job = children[i].job;
      results[job] = finish(children[i], late);
      children.erase(children.begin() + static_cast<std::ptrdiff_t>(i));
      done(job, results[job]);
    }
    done(std::nullopt, {});
  }
  return results;
}

}  // namespace nuthatch::tune
