#ifndef NUTHATCH_PORTS_CLOUD_SOCKET_HPP
#define NUTHATCH_PORTS_CLOUD_SOCKET_HPP

#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace nuthatch::cloud {

using Clock = std::chrono::steady_clock;

/// Closes what it holds.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();

  int get() const { return number_; }

 private:
  int number_;
};

/// A socket that listens. Throws std::runtime_error that names the address.
Descriptor listen_on(const std::string& host, int port);
int port_of(const Descriptor& listener);

/// Certificate and key that clients are shown; shared by the connections that use them.
/// Throws std::runtime_error that names the file.
std::shared_ptr<SSL_CTX> load_tls(const std::string& certificate, const std::string& key);

}  // namespace nuthatch::cloud

#endif
