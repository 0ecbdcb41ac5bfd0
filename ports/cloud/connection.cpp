#include "cloud/connection.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace nuthatch::cloud {
namespace {

using namespace std::chrono_literals;

// How often a connection that waits looks whether it should end.
constexpr auto kGlance = 100ms;
constexpr auto kLinger = 500ms;

}  // namespace

Connection::Connection(Descriptor socket, SSL_CTX* tls) : socket_(std::move(socket)) {
  sockaddr_storage address = {};
  socklen_t size = sizeof address;
  char text[INET6_ADDRSTRLEN] = "";
  if (getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address);
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
    const bool is_v6 = address.ss_family == AF_INET6;
    inet_ntop(address.ss_family, is_v6 ? static_cast<const void*>(&v6->sin6_addr) : &v4->sin_addr, text, sizeof text);
    port_ = ntohs(is_v6 ? v6->sin6_port : v4->sin_port);
  }
  peer_ = text;
  if (tls == nullptr) return;
  tls_ = SSL_new(tls);
  if (tls_ == nullptr || SSL_set_fd(tls_, socket_.get()) != 1) throw std::bad_alloc();
  greeted_ = false;
}

Connection::~Connection() {
  if (tls_ == nullptr) return;
  ERR_clear_error();
  if (greeted_) SSL_shutdown(tls_);
  SSL_free(tls_);
}

bool Connection::ready(short events, Clock::time_point until) const {
  pollfd wanted = {socket_.get(), events, 0};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  return poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left, 0))) > 0;
}

bool Connection::wait_for_request(std::chrono::milliseconds idle, const std::function<bool()>& leave) {
  if (begin_ < end_ || (tls_ != nullptr && SSL_pending(tls_) > 0)) return true;
  const Clock::time_point until = Clock::now() + idle;
  while (!leave() && Clock::now() < until) {
    if (ready(POLLIN, std::min(until, Clock::now() + kGlance))) return true;
  }
  return false;
}

void Connection::begin(std::chrono::milliseconds time, std::size_t bytes) {
  began_ = Clock::now();
  deadline_ = began_ + time;
  bytes_left_ = bytes;
}

void Connection::allow(std::size_t bytes) { bytes_left_ = bytes; }

/// SSL_accept and its like say what they wait for; so a slow handshake, too, is bounded.
bool Connection::handshake() {
  while (!greeted_) {
    ERR_clear_error();
    const int done = SSL_accept(tls_);
    greeted_ = done == 1;
    if (greeted_) break;
    const int wants = SSL_get_error(tls_, done);
    if (wants != SSL_ERROR_WANT_READ && wants != SSL_ERROR_WANT_WRITE) return false;
    timed_out_ = !ready(wants == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline_);
    if (timed_out_) return false;
  }
  return true;
}

/// Bytes, 0 at the end, or -1.
ssize_t Connection::receive(char* to, std::size_t size, Clock::time_point until) {
  if (tls_ != nullptr && !handshake()) return -1;
  for (;;) {
    short wants = POLLIN;
    if (tls_ == nullptr) {
      const ssize_t got = recv(socket_.get(), to, size, 0);
      if (got >= 0) return got;
      if (errno != EAGAIN && errno != EINTR) return -1;
    } else {
      ERR_clear_error();
      const int got = SSL_read(tls_, to, static_cast<int>(size));
      if (got > 0) return got;
      const int error = SSL_get_error(tls_, got);
      if (error == SSL_ERROR_ZERO_RETURN) return 0;
      if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return -1;
      if (error == SSL_ERROR_WANT_WRITE) wants = POLLOUT;
    }
    if (!ready(wants, until)) {
      timed_out_ = true;
      return -1;
    }
  }
}

ssize_t Connection::send(const char* from, std::size_t size, Clock::time_point until) {
  for (;;) {
    short wants = POLLOUT;
    if (tls_ == nullptr) {
      const ssize_t sent = ::send(socket_.get(), from, size, MSG_NOSIGNAL);
      if (sent > 0) return sent;
      if (errno != EAGAIN && errno != EINTR) return -1;
    } else {
      ERR_clear_error();
      const int sent = SSL_write(tls_, from, static_cast<int>(std::min<std::size_t>(size, 1 << 20)));
      if (sent > 0) return sent;
      const int error = SSL_get_error(tls_, sent);
      if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return -1;
      if (error == SSL_ERROR_WANT_READ) wants = POLLIN;
    }
    if (!ready(wants, until)) return -1;
  }
}

ssize_t Connection::read(char* to, size_t size) {
  if (begin_ == end_) {
    if (!flush()) return -1;  // "100 Continue": the client waits for it before it sends more
    if (Clock::now() >= deadline_) {
      timed_out_ = true;
      return -1;
    }
    const ssize_t got = receive(buffer_, sizeof buffer_, deadline_);
    if (got <= 0) return got;
    begin_ = 0;
    end_ = static_cast<std::size_t>(got);
  }
  if (bytes_left_ == 0) {
    too_large_ = true;
    return -1;
  }
  const std::size_t count = std::min({size, end_ - begin_, bytes_left_});
  std::memcpy(to, buffer_ + begin_, count);
  begin_ += count;
  bytes_left_ -= count;
  return static_cast<ssize_t>(count);
}

ssize_t Connection::write(const char* bytes, size_t size) {
  unsent_.append(bytes, size);
  return static_cast<ssize_t>(size);
}

bool Connection::flush() {
  // An answer may take as long as its request, from now on.
  const Clock::time_point until = Clock::now() + (deadline_ - began_);
  std::string_view rest = unsent_;
  while (!rest.empty()) {
    const ssize_t sent = send(rest.data(), rest.size(), until);
    if (sent <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  const bool done = rest.empty();
  unsent_.clear();
  return done;
}

void Connection::linger() {
  if (tls_ != nullptr && greeted_) SSL_shutdown(tls_);
  shutdown(socket_.get(), SHUT_WR);
  const Clock::time_point until = Clock::now() + kLinger;
  while (ready(POLLIN, until) && recv(socket_.get(), buffer_, sizeof buffer_, 0) > 0 && Clock::now() < until) {
  }
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip = peer_;
  port = port_;
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

}  // namespace nuthatch::cloud
