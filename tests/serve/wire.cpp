#include "serve/wire.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace nuthatch::serve_test {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

}  // namespace

std::string Reply::header(const std::string& name) const {
  const std::size_t at = lower(head).find("\r\n" + lower(name) + ": ");
  if (at == std::string::npos) return "";
  const std::size_t start = at + name.size() + 4;
  return head.substr(start, head.find("\r\n", start) - start);
}

cloud::Descriptor connect_to(int port) {
  cloud::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("nobody listens");
  }
  return socket;
}

Wire::Wire(int port) : socket_(connect_to(port)) {}

bool Wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Wire::more(std::chrono::milliseconds patience) {
  pollfd wanted = {socket_.get(), POLLIN, 0};
  if (poll(&wanted, 1, static_cast<int>(patience.count())) <= 0) return false;
  char piece[65536];
  const ssize_t got = recv(socket_.get(), piece, sizeof piece, 0);
  if (got <= 0) return false;
  received_.append(piece, static_cast<std::size_t>(got));
  return true;
}

Reply Wire::receive(std::chrono::milliseconds patience) {
  Reply reply;
  std::size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!more(patience)) return reply;
  }
  reply.head = received_.substr(0, end + 2);
  received_.erase(0, end + 4);
  reply.status = std::stoi(reply.head.substr(9, 3));
  const std::string length = reply.header("Content-Length");
  const std::size_t size = length.empty() ? 0 : std::stoul(length);
  while (received_.size() < size) {
    if (!more(patience)) return {};
  }
  reply.body = received_.substr(0, size);
  received_.erase(0, size);
  return reply;
}

bool Wire::ended() { return received_.empty() && !more(std::chrono::seconds(5)) && received_.empty(); }

void Wire::finish_sending() { shutdown(socket_.get(), SHUT_WR); }

std::string post(const std::string& path, const std::string& body, const std::string& headers) {
  return "POST " + path + " HTTP/1.1\r\nHost: test\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

Reply ask(int port, std::string_view bytes) {
  Wire wire(port);
  wire.send(bytes);
  return wire.receive();
}

}  // namespace nuthatch::serve_test
