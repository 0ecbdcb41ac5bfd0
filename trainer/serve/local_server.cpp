#include "serve/local_server.hpp"

#include <unistd.h>

#include <stdexcept>

#include "serve/metrics.hpp"

namespace nuthatch::serve {
namespace {

cloud::ServerOptions on_a_free_port(cloud::ServerOptions options) {
  options.host = "127.0.0.1";
  options.port = 0;
  return options;
}

}  // namespace

LocalServer::LocalServer(std::vector<std::string> sources, cloud::ServerOptions options, cloud::Secrets secrets)
    : log_(STDERR_FILENO, cloud::Level::kError),
      models_(std::move(sources)),
      routes_(models_, [this](const cloud::Catalog& catalog) { return metrics(counters_, catalog); }),
      server_(on_a_free_port(std::move(options)), routes_, counters_, log_, std::move(secrets)) {
  for (const cloud::LoadEvent& event : models_.reload()) {
    if (!event.error.empty()) throw std::runtime_error(event.path + ": " + event.error);
  }
  thread_ = std::thread([this] { server_.run(); });
}

LocalServer::~LocalServer() {
  server_.stop();
  thread_.join();
}

}  // namespace nuthatch::serve
