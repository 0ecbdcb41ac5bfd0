#ifndef NUTHATCH_PORTS_CLOUD_CONNECTION_HPP
#define NUTHATCH_PORTS_CLOUD_CONNECTION_HPP

#include <httplib.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "cloud/socket.hpp"

/// A client's socket as the HTTP library reads and writes it, with the limits that the library does not have: what one
/// request may take in bytes and in time, headers, chunks and all.
namespace nuthatch::cloud {

class Connection final : public httplib::Stream {
 public:
  /// socket: does not block. tls: null without.
  Connection(Descriptor socket, SSL_CTX* tls);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Waits for a request's first byte; false if none comes until `idle` is over, or `leave` says so.
  bool wait_for_request(std::chrono::milliseconds idle, const std::function<bool()>& leave);
  /// From here on a request has so much time, and so many bytes until `allow`.
  void begin(std::chrono::milliseconds time, std::size_t bytes);
  /// Its headers are read: its body may have so many.
  void allow(std::size_t bytes);
  /// Sends what was written. False if the client did not take it in time.
  bool flush();
  /// For clients that are still sending what will not be read: waits until they have seen the answer, a moment at most.
  void linger();

  bool timed_out() const { return timed_out_; }
  bool too_large() const { return too_large_; }
  const std::string& peer() const { return peer_; }
  Clock::time_point began() const { return began_; }

  // What the library calls.
  bool is_readable() const override { return begin_ < end_; }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, size_t size) override;
  ssize_t write(const char* bytes, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return 0; }  // it looks whether select() could take it, and we poll

 private:
  bool ready(short events, Clock::time_point until) const;
  bool handshake();
  ssize_t receive(char* to, std::size_t size, Clock::time_point until);
  ssize_t send(const char* from, std::size_t size, Clock::time_point until);

  Descriptor socket_;
  SSL* tls_ = nullptr;
  bool greeted_ = true;  // TLS: the handshake is done
  std::string peer_;
  int port_ = 0;

  char buffer_[16384];
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string unsent_;
  std::size_t bytes_left_ = 0;
  Clock::time_point began_;
  Clock::time_point deadline_;
  bool timed_out_ = false;
  bool too_large_ = false;
};

}  // namespace nuthatch::cloud

#endif
