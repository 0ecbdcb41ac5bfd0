#include "cloud/server.hpp"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "cloud/http.hpp"

namespace nuthatch::cloud {
namespace {

using namespace std::chrono_literals;

constexpr auto kGlance = 20ms;  // how soon `run` sees that it should stop
constexpr auto kLastWait = 1s;  // for the request of a connection that was accepted before the stop

}  // namespace

Server::Server(const ServerOptions& options, Routes& routes, ServerCounters& counters, Log& log, Secrets secrets)
    : options_(options),
      routes_(routes),
      counters_(counters),
      log_(log),
      http_(std::make_unique<Http>(options.limits, routes, counters, log)),
      listener_(listen_on(options.host, options.port)),
      port_(port_of(listener_)),
      secrets_(std::make_shared<const Secrets>(std::move(secrets))) {}

Server::~Server() = default;

/// False if there is none to accept now.
bool Server::accept_one(std::vector<Descriptor>& accepted) const {
  const int socket = accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket >= 0) {
    const int yes = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    accepted.emplace_back(socket);
    return true;
  }
  if (errno == EAGAIN) return false;
  // Out of descriptors or memory: those who are being answered will give some back.
  if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
    log_.write(Level::kError, "accept", {{"what", std::strerror(errno)}});
    std::this_thread::sleep_for(kGlance);
    return false;
  }
  return true;  // a client that went away while it waited
}

void Server::run() {
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < options_.threads; ++i) workers.emplace_back([this] { work(); });
  bool more = true;
  // After the stop, those who were waiting for accept() are let in still.
  while (more || !stopping_) {
    pollfd wanted = {listener_.get(), POLLIN, 0};
    poll(&wanted, 1, stopping_ ? 0 : static_cast<int>(kGlance.count()));
    std::vector<Descriptor> accepted;
    more = accept_one(accepted);
    for (Descriptor& socket : accepted) enqueue(std::move(socket));
  }
  listener_ = Descriptor();
  {
    const std::lock_guard lock(mutex_);
    no_more_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers) worker.join();
}

void Server::stop() {
  routes_.stop_being_ready();
  stopping_ = true;
}

void Server::replace(Secrets secrets) {
  const std::lock_guard lock(mutex_);
  secrets_ = std::make_shared<const Secrets>(std::move(secrets));
}

std::shared_ptr<const Secrets> Server::secrets() const {
  const std::lock_guard lock(mutex_);
  return secrets_;
}

void Server::enqueue(Descriptor socket) {
  if (admitted_ >= 2 * options_.threads) return turn_away(socket);
  ++admitted_;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(socket));
  }
  wake_.notify_one();
}

void Server::turn_away(const Descriptor& socket) {
  ++counters_.turned_away;
  ++counters_.responses[503];
  if (secrets()->tls != nullptr) return;  // a handshake would take time
  constexpr std::string_view kBusy =
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Type: application/json\r\n"
      "Content-Length: 53\r\n\r\n{\"error\":\"the server is busy; try again in a second\"}";
  static_assert(kBusy.size() - kBusy.find('{') == 53);
  // What has come already is read, as a close would take the answer back otherwise.
  char ignored[4096];
  while (recv(socket.get(), ignored, sizeof ignored, 0) == sizeof ignored) {
  }
  (void)send(socket.get(), kBusy.data(), kBusy.size(), MSG_NOSIGNAL);
}

void Server::work() {
  for (;;) {
    Descriptor socket;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !waiting_.empty() || no_more_; });
      if (waiting_.empty()) return;
      socket = std::move(waiting_.front());
      waiting_.pop_front();
    }
    ++counters_.connections;
    try {
      attend(std::move(socket));
    } catch (const std::exception& error) {  // memory, mostly
      log_.write(Level::kError, "connection", {{"what", error.what()}});
    }
    --counters_.connections;
    --admitted_;
  }
}

/// Asked for each request, so without a lock.
bool Server::crowded() const { return admitted_ > options_.threads; }

void Server::attend(Descriptor socket) {
  const std::shared_ptr<const Secrets> secrets = this->secrets();
  Connection connection(std::move(socket), secrets->tls.get());
  const auto accepted = Clock::now();
  // Whoever was let in may ask once. To wait for more is for quiet times.
  const auto hurry = [&] { return stopping_ && Clock::now() - accepted > kLastWait; };
  bool more = connection.wait_for_request(options_.limits.request_time, hurry);
  const auto leave = [this] { return stopping_ || crowded(); };
  while (more) {
    more = http_->exchange(connection, secrets->keys, leave) && connection.wait_for_request(kIdleTime, leave);
  }
}

}  // namespace nuthatch::cloud
