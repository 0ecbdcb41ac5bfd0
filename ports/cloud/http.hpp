#ifndef NUTHATCH_PORTS_CLOUD_HTTP_HPP
#define NUTHATCH_PORTS_CLOUD_HTTP_HPP

#include <httplib.h>

#include <atomic>
#include <memory>
#include <optional>

#include "cloud/connection.hpp"
#include "cloud/server.hpp"

namespace nuthatch::cloud {

/// HTTP between a connection and the routes. The library parses requests, chunks and compression, and writes answers;
/// it listens to nothing.
class Http : private httplib::Server {
 public:
  Http(const Limits& limits, const Routes& routes, ServerCounters& counters, Log& log);

  /// Reads a request, whose first byte has come, and answers it. leave: asked when the answer is known; if it says so,
  /// the client is told that the connection ends. False where it does end.
  bool exchange(Connection& connection, const ApiKeys& keys, const std::function<bool()>& leave);

 private:
  struct Exchange;

  void setup(httplib::Request& request) const;
  std::optional<Answer> refusal(const httplib::Request& request) const;
  std::optional<Answer> wrong_body(const httplib::Request& request) const;
  HandlerResponse before_body(const httplib::Request& request, httplib::Response& response);
  void post(const httplib::Request& request, httplib::Response& response, const httplib::ContentReader& reader);
  bool read_body(const httplib::ContentReader& reader, std::string& body) const;
  static void fill_error(httplib::Response& response);
  void record(const Exchange& exchange);

  Limits limits_;
  const Routes& routes_;
  ServerCounters& counters_;
  Log& log_;
  std::uint64_t run_;  // makes ids of requests differ between runs
  mutable std::atomic<std::uint64_t> requests_ = 0;
};

}  // namespace nuthatch::cloud

#endif
