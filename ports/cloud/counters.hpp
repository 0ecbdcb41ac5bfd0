#ifndef NUTHATCH_PORTS_CLOUD_COUNTERS_HPP
#define NUTHATCH_PORTS_CLOUD_COUNTERS_HPP

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What the server counts of its requests, and Prometheus' text of it. The monitors count rows; these, requests.
namespace nuthatch::cloud {

/// Of one model and version, over all files that it was loaded from.
class RequestCounters {
 public:
  /// Upper ends of the buckets, in seconds.
  static constexpr std::array<double, 13> kBuckets = {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                      0.01,    0.025,  0.05,    0.1,    0.25,  1.0};

  /// took: from the request's last byte to its answer.
  void count(bool answered, std::chrono::nanoseconds took);

  std::uint64_t answered() const { return answered_; }
  std::uint64_t refused() const { return refused_; }
  /// Requests in a bucket; the last one is open.
  std::uint64_t in_bucket(std::size_t index) const { return buckets_[index]; }
  double seconds() const { return static_cast<double>(nanoseconds_) * 1e-9; }

 private:
  std::atomic<std::uint64_t> answered_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  std::array<std::atomic<std::uint64_t>, kBuckets.size() + 1> buckets_ = {};
  std::atomic<std::uint64_t> nanoseconds_ = 0;
};

/// Of the whole server.
struct ServerCounters {
  std::atomic<std::uint64_t> connections = 0;  ///< open now
  std::atomic<std::uint64_t> turned_away = 0;  ///< connections, as all threads and the queue were taken
  std::atomic<std::uint64_t> reloads = 0;
  std::atomic<std::uint64_t> failed_reloads = 0;
  std::array<std::atomic<std::uint64_t>, 600> responses = {};  ///< by HTTP status
};

struct CountedModel {
  std::string name;
  std::string version;
  const RequestCounters* counters;
};

/// Prometheus' text exposition format.
std::string to_prometheus(const ServerCounters& server, const std::vector<CountedModel>& models);

/// name="value" as a label.
std::string prometheus_label(std::string_view name, std::string_view value);

}  // namespace nuthatch::cloud

#endif
