#ifndef NUTHATCH_PORTS_CLOUD_SERVER_HPP
#define NUTHATCH_PORTS_CLOUD_SERVER_HPP

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cloud/api_keys.hpp"
#include "cloud/counters.hpp"
#include "cloud/log.hpp"
#include "cloud/routes.hpp"
#include "cloud/socket.hpp"

namespace nuthatch::cloud {

class Http;

/// How long a connection is kept between two requests.
constexpr std::chrono::milliseconds kIdleTime = std::chrono::seconds(60);

/// What one request may take, of the memory and of the time of a thread.
struct Limits {
  std::size_t body_bytes = std::size_t{4} << 20;  ///< also of what it unpacks to
  std::chrono::milliseconds request_time = std::chrono::seconds(10);
};

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 8080;           ///< 0: one that is free
  std::size_t threads = 32;  ///< connections that are answered at a time; as many more wait
  Limits limits;
};

/// What may change while the server runs.
struct Secrets {
  ApiKeys keys;
  std::shared_ptr<SSL_CTX> tls;  ///< null: plain HTTP
};

/// Listens, and attends each connection with a thread of its own while there are threads.
class Server {
 public:
  /// Binds. Throws std::runtime_error that names the address.
  Server(const ServerOptions& options, Routes& routes, ServerCounters& counters, Log& log, Secrets secrets);
  ~Server();

  int port() const { return port_; }
  /// Until `stop`; then whatever was accepted is answered before it returns.
  void run();
  /// From any thread; not from a signal's handler.
  void stop();
  /// For connections from now on.
  void replace(Secrets secrets);

 private:
  bool accept_one(std::vector<Descriptor>& accepted) const;
  void enqueue(Descriptor socket);
  void turn_away(const Descriptor& socket);
  void work();
  void attend(Descriptor socket);
  bool crowded() const;
  std::shared_ptr<const Secrets> secrets() const;

  ServerOptions options_;
  Routes& routes_;
  ServerCounters& counters_;
  Log& log_;
  std::unique_ptr<Http> http_;
  Descriptor listener_;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> admitted_ = 0;  ///< connections that are attended or wait

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Descriptor> waiting_;
  bool no_more_ = false;  // nothing will be enqueued again
  std::shared_ptr<const Secrets> secrets_;
};

}  // namespace nuthatch::cloud

#endif
