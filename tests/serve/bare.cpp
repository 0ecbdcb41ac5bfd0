#include "serve/bare.hpp"

#include <httplib.h>

#include <cstdio>

namespace nuthatch::serve_test {

int serve_a_constant(std::size_t bytes) {
  const std::string constant(bytes, 'x');
  httplib::Server server;
  server.Post(".*", [&](const httplib::Request&, httplib::Response& response) {
    response.set_content(constant, "application/octet-stream");
  });
  // Without these it would lose: five requests a connection, and answers in two packets that wait for each other.
  server.set_keep_alive_max_count(1000000000);
  server.set_tcp_nodelay(true);
  std::printf("http://127.0.0.1:%d\n", server.bind_to_any_port("127.0.0.1"));
  std::fflush(stdout);
  return server.listen_after_bind() ? 0 : 1;
}

}  // namespace nuthatch::serve_test
