#ifndef NUTHATCH_TRAINER_SERVE_LOCAL_SERVER_HPP
#define NUTHATCH_TRAINER_SERVE_LOCAL_SERVER_HPP

#include <string>
#include <thread>
#include <vector>

#include "cloud/server.hpp"

namespace nuthatch::serve {

/// A server on a free port of this machine, in a thread of this program, for as long as the object lives.
class LocalServer {
 public:
  /// Throws std::runtime_error where a model cannot be served.
  explicit LocalServer(std::vector<std::string> sources, cloud::ServerOptions options = {},
                       cloud::Secrets secrets = {});
  ~LocalServer();
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  int port() const { return server_.port(); }
  cloud::Models& models() { return models_; }
  cloud::Server& server() { return server_; }

 private:
  cloud::Log log_;
  cloud::ServerCounters counters_;
  cloud::Models models_;
  cloud::Routes routes_;
  cloud::Server server_;
  std::thread thread_;
};

}  // namespace nuthatch::serve

#endif
