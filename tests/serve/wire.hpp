#ifndef NUTHATCH_TESTS_SERVE_WIRE_HPP
#define NUTHATCH_TESTS_SERVE_WIRE_HPP

#include <chrono>
#include <string>
#include <string_view>

#include "cloud/socket.hpp"

/// A client that sends any bytes, also such that no library would.
namespace nuthatch::serve_test {

struct Reply {
  int status = 0;  ///< 0: the connection ended without one
  std::string head;
  std::string body;

  /// A header's value, "" if there is none.
  std::string header(const std::string& name) const;
};

/// A socket to a port of this machine. Throws std::runtime_error.
cloud::Descriptor connect_to(int port);

class Wire {
 public:
  explicit Wire(int port);

  /// False if the other side does not take them any more.
  bool send(std::string_view bytes);
  /// The next reply, whose length must be said; waits that long for each piece of it.
  Reply receive(std::chrono::milliseconds patience = std::chrono::seconds(20));
  /// Whether the server has ended the connection, or does so soon.
  bool ended();
  void finish_sending();

 private:
  bool more(std::chrono::milliseconds patience);

  cloud::Descriptor socket_;
  std::string received_;
};

/// POST PATH with these headers ("Name: value\r\n" each) and a body whose length is added.
std::string post(const std::string& path, const std::string& body, const std::string& headers = "");

/// On a connection of its own.
Reply ask(int port, std::string_view bytes);

}  // namespace nuthatch::serve_test

#endif
