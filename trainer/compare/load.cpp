#include "compare/load.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>
#include <numeric>
#include <thread>

namespace nuthatch::compare {
namespace {

using Clock = std::chrono::steady_clock;

/// A request's way, microseconds since the start.
struct Trip {
  double due = 0;
  double arrived = 0;
  double begun = 0;
  double ended = 0;
  bool done = false;
  Served served;
};

class Run {
 public:
  Run(const Load& load, Network& network, const std::function<std::size_t(std::size_t)>& sent_bytes, const Serve& serve,
      double patience)
      : serve_(serve), trips_(load.requests()), order_(trips_.size()), last_us_(1e6 * (patience * load.seconds + 1)) {
    for (std::size_t i = 0; i < trips_.size(); ++i) {
      trips_[i].due = load.due_us(i);
      const std::size_t bytes = sent_bytes(i);
      trips_[i].arrived = bytes == 0 ? trips_[i].due : network.up(trips_[i].due, bytes);
    }
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::stable_sort(order_.begin(), order_.end(),
                     [&](std::size_t a, std::size_t b) { return trips_[a].arrived < trips_[b].arrived; });
    // Not before, for what is above takes time, and so do threads until they run.
    start_ = Clock::now() + std::chrono::milliseconds(2);
  }

  void work(std::size_t worker) {
    for (std::size_t next = next_++; next < order_.size(); next = next_++) {
      Trip& trip = trips_[order_[next]];
      if (trip.arrived > last_us_ || now_us() > last_us_) continue;
      wait_until(trip.arrived);
      trip.begun = now_us();
      trip.served = served(worker, order_[next]);
      trip.ended = now_us();
      trip.done = true;
      ++finished_;
    }
    ++idle_;
  }

  std::size_t finished() const { return finished_; }
  std::size_t idle() const { return idle_; }
  std::vector<Trip>& trips() { return trips_; }
  const std::string& error() const { return error_; }
  double now_us() const { return std::chrono::duration<double, std::micro>(Clock::now() - start_).count(); }

 private:
  Served served(std::size_t worker, std::size_t request) {
    try {
      return serve_(worker, request);
    } catch (const std::exception& error) {
      const std::lock_guard lock(mutex_);
      if (error_.empty()) error_ = error.what();
    }
    Served failed;
    failed.answered = false;
    return failed;
  }

  /// To the microsecond: a sleep alone would be late by what waking takes.
  void wait_until(double when_us) const {
    constexpr double kSpin = 200;
    const double sleep = when_us - kSpin - now_us();
    if (sleep > 0) std::this_thread::sleep_for(std::chrono::duration<double, std::micro>(sleep));
    while (now_us() < when_us) std::this_thread::yield();
  }

  const Serve& serve_;
  std::vector<Trip> trips_;
  std::vector<std::size_t> order_;
  double last_us_;
  Clock::time_point start_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::size_t> finished_ = 0;
  std::atomic<std::size_t> idle_ = 0;
  std::mutex mutex_;
  std::string error_;  // read when all are idle
};

/// When what a trip brought has come back, in the order in which answers are sent.
std::vector<double> returns_of(const std::vector<Trip>& trips, Network& network) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < trips.size(); ++i) {
    if (trips[i].done) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return trips[a].ended < trips[b].ended; });
  std::vector<double> returns(trips.size(), 0);
  for (const std::size_t i : order) {
    const Trip& trip = trips[i];
    returns[i] = trip.served.received_bytes == 0 ? trip.ended : network.down(trip.ended, trip.served.received_bytes);
  }
  return returns;
}

/// What the exchange took beyond what the server says is the way there and back, half each.
Split split_of(const Trip& trip, double returned) {
  const double exchange = trip.ended - trip.begun;
  const double queue = trip.served.queue_us.value_or(0);
  const double compute = trip.served.compute_us.value_or(exchange - queue);
  const double way = std::max(0.0, exchange - queue - compute) / 2;
  Split split;
  split.send = trip.arrived - trip.due + way;
  split.queue = trip.begun - trip.arrived + queue;
  split.compute = compute;
  split.receive = returned - trip.due - split.send - split.queue - split.compute;
  return split;
}

LoadResult result_of(const std::vector<Trip>& trips, Network& network, double end_us) {
  const std::vector<double> returns = returns_of(trips, network);
  LoadResult result;
  double count = 0;
  for (std::size_t i = 0; i < trips.size(); ++i) {
    const bool answered = trips[i].done && trips[i].served.answered;
    result.answered.push_back(answered);
    result.latencies_us.push_back((answered ? returns[i] : std::max(end_us, returns[i])) - trips[i].due);
    if (!answered) continue;
    ++count;
    const Split split = split_of(trips[i], returns[i]);
    result.served_us += trips[i].ended - trips[i].arrived;
    result.split.send += split.send;
    result.split.queue += split.queue;
    result.split.compute += split.compute;
    result.split.receive += split.receive;
    const auto wire = [](std::size_t bytes) { return bytes == 0 ? 0.0 : static_cast<double>(wire_bytes(bytes)); };
    result.sent += wire(trips[i].served.sent_bytes);
    result.received += wire(trips[i].served.received_bytes);
  }
  for (double* sum : {&result.split.send, &result.split.queue, &result.split.compute, &result.split.receive,
                      &result.served_us, &result.sent, &result.received}) {
    if (count > 0) *sum /= count;
  }
  return result;
}

}  // namespace

std::size_t Load::requests() const {
  return std::max<std::size_t>(static_cast<std::size_t>(std::llround(rate * seconds)), 1);
}

LoadResult run_load(const Load& load, Network network, const std::function<std::size_t(std::size_t)>& sent_bytes,
                    std::size_t workers, const Serve& serve,
                    const std::function<void(std::uint64_t, std::uint64_t)>& progress, double patience) {
  Run run(load, network, sent_bytes, serve, patience);
  std::vector<std::jthread> threads;
  for (std::size_t worker = 0; worker < workers; ++worker) threads.emplace_back([&run, worker] { run.work(worker); });
  while (run.idle() < workers) {
    progress(run.finished(), run.trips().size());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  threads.clear();
  progress(run.trips().size(), run.trips().size());
  LoadResult result = result_of(run.trips(), network, run.now_us());
  result.error = run.error();
  return result;
}

LoadResult simulate_load(const Load& load, const std::function<double(std::size_t)>& service_us) {
  LoadResult result;
  double free = 0;
  for (std::size_t i = 0; i < load.requests(); ++i) {
    const double due = load.due_us(i);
    const double start = std::max(due, free);
    const double service = service_us(i);
    free = start + service;
    result.latencies_us.push_back(free - due);
    result.answered.push_back(true);
    result.split.queue += (start - due) / static_cast<double>(load.requests());
    result.split.compute += service / static_cast<double>(load.requests());
  }
  result.served_us = result.split.queue + result.split.compute;
  return result;
}

Percentiles percentiles_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto rank = [&](double share) {
    const auto nearest = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    return values[std::clamp<std::size_t>(nearest, 1, values.size()) - 1];
  };
  const auto where = [&](std::size_t least, double share) {
    return values.size() >= least ? std::optional(rank(share)) : std::nullopt;
  };
  return {rank(0.5), where(10, 0.9), where(100, 0.99), where(1000, 0.999), values.back()};
}

double answered_within(const LoadResult& result, double deadline_us) {
  std::size_t within = 0;
  for (std::size_t i = 0; i < result.answered.size(); ++i) {
    if (result.answered[i] && result.latencies_us[i] <= deadline_us) ++within;
  }
  return static_cast<double>(within) / static_cast<double>(result.answered.size());
}

}  // namespace nuthatch::compare
