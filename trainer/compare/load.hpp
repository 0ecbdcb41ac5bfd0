#ifndef NUTHATCH_TRAINER_COMPARE_LOAD_HPP
#define NUTHATCH_TRAINER_COMPARE_LOAD_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compare/network.hpp"

/// Predictions that are asked for at a fixed rate, whether or not the last one was answered.
namespace nuthatch::compare {

struct Load {
  double rate = 0;     ///< predictions a second
  double seconds = 0;  ///< how long they are asked for

  std::size_t requests() const;
  double due_us(std::size_t request) const { return 1e6 * static_cast<double>(request) / rate; }
};

/// What one answer took, told by whoever gave it.
struct Served {
  bool answered = true;
  std::optional<double> queue_us;
  std::optional<double> compute_us;
  std::size_t sent_bytes = 0;  ///< of the messages; 0: nothing leaves the device
  std::size_t received_bytes = 0;
};

/// Answers request number `request`, by worker `worker`; a worker answers one at a time, on a thread of its own. What
/// it throws makes a request that was not answered.
using Serve = std::function<Served(std::size_t worker, std::size_t request)>;

/// Where the time of an answer went; microseconds. They add up to the latency.
struct Split {
  double send = 0;
  double queue = 0;
  double compute = 0;
  double receive = 0;
};

struct LoadResult {
  std::vector<double> latencies_us;  ///< a request: from when it was due to its answer; of unanswered ones to the end
  std::vector<bool> answered;
  std::string error;     ///< what the first request said that was not answered, if it said something
  Split split;           ///< mean of the answered
  double served_us = 0;  ///< from a question's arrival to its answer's leaving, without a network; mean of the answered
  double sent = 0;       ///< bytes on the wire, mean of the answered
  double received = 0;
};

/// Runs the load on `workers` threads. A request is due at its time and latency counts from there, so that answers that
/// are waited for do not keep later requests from being due ("coordinated omission": Tene, "How NOT to measure
/// latency", 2013). The network is emulated: a worker gets a request when `network` has it there, and what comes back
/// comes when the network says so, which nobody waits for. sent_bytes: of a request's message, for the network. Nothing
/// is begun later than `patience` times the load's seconds (and one more); such requests are not answered.
LoadResult run_load(const Load& load, Network network, const std::function<std::size_t(std::size_t)>& sent_bytes,
                    std::size_t workers, const Serve& serve,
                    const std::function<void(std::uint64_t, std::uint64_t)>& progress, double patience = 3);

/// The same load on a device that takes service_us(request) for an answer and answers one after another: nothing runs,
/// it is computed.
LoadResult simulate_load(const Load& load, const std::function<double(std::size_t)>& service_us);

struct Percentiles {
  double p50 = 0;
  std::optional<double> p90;   ///< of 10 and more
  std::optional<double> p99;   ///< of 100 and more
  std::optional<double> p999;  ///< of 1,000 and more
  double max = 0;
};
/// By the nearest rank. Of at least one value.
Percentiles percentiles_of(std::vector<double> values);

/// The share of all requests that were answered and took no longer.
double answered_within(const LoadResult& result, double deadline_us);

}  // namespace nuthatch::compare

#endif
