// What the client says of an exchange's bytes and times, against those that a proxy in between counts.

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "serve/client.hpp"
#include "serve/local_server.hpp"
#include "serve/models.hpp"
#include "serve/wire.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::serve_test {
namespace {

/// Passes one connection on to a port, and counts.
class Proxy {
 public:
  explicit Proxy(int to) : listener_(cloud::listen_on("127.0.0.1", 0)), thread_([this, to] { pass(to); }) {}
  ~Proxy() { shutdown(listener_.get(), SHUT_RDWR); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(cloud::port_of(listener_)); }
  std::size_t sent() const { return sent_; }
  std::size_t received() const { return received_; }

 private:
  void pass(int to) {
    pollfd waiting = {listener_.get(), POLLIN, 0};
    poll(&waiting, 1, 20000);
    const cloud::Descriptor client(accept(listener_.get(), nullptr, nullptr));
    if (client.get() < 0) return;
    const cloud::Descriptor server = connect_to(to);
    const auto move = [](const cloud::Descriptor& from, const cloud::Descriptor& onward,
                         std::atomic<std::size_t>& count) {
      char piece[65536];
      const ssize_t got = recv(from.get(), piece, sizeof piece, 0);
      if (got <= 0) return false;
      count += static_cast<std::size_t>(got);
      return send(onward.get(), piece, static_cast<std::size_t>(got), MSG_NOSIGNAL) == got;
    };
    pollfd both[] = {{client.get(), POLLIN, 0}, {server.get(), POLLIN, 0}};
    while (poll(both, 2, 20000) > 0) {
      if (both[0].revents != 0 && !move(client, server, sent_)) return;
      if (both[1].revents != 0 && !move(server, client, received_)) return;
    }
  }

  cloud::Descriptor listener_;
  std::atomic<std::size_t> sent_ = 0;
  std::atomic<std::size_t> received_ = 0;
  std::jthread thread_;  // the last: it uses the others
};

}  // namespace

TEST_CASE("the client counts the bytes of HTTP that pass, and reads the server's times") {
  const Folder folder;
  serve::LocalServer server({folder.write("iris.nhm", iris().bytes())});
  const data::Dataset rows = trainer_test::load("iris.test");
  const std::vector<std::uint8_t> bytes = iris().device_rows(rows);
  for (const serve::Wire wire : {serve::Wire::kBinary, serve::Wire::kJson}) {
    CAPTURE(static_cast<int>(wire));
    Proxy proxy(server.port());
    serve::Client client(proxy.url(), wire, "a-key");
    const std::string name = client.find({iris().model().identity(), 32});
    for (const std::size_t count : {std::size_t{1}, std::size_t{30}}) {
      const std::size_t sent = proxy.sent();
      const std::size_t received = proxy.received();
      const serve::Scores scores = client.score(name, {std::span(bytes).first(16 * count), count, 4, false});
      REQUIRE(scores.statuses.size() == count);
      const serve::Timing& timing = client.last();
      CHECK(timing.sent_bytes == proxy.sent() - sent);
      CHECK(timing.received_bytes == proxy.received() - received);
      REQUIRE(timing.queue_us);
      REQUIRE(timing.compute_us);
      CHECK(*timing.queue_us >= 0);
      CHECK(*timing.compute_us > 0);
    }
  }
}

TEST_CASE("only answers of models say how long they took") {
  const Folder folder;
  serve::LocalServer server({folder.write("iris.nhm", iris().bytes())});
  const std::string body = R"({"inputs":[{"name":"features","datatype":"FP32","shape":[1,4],"data":[5,3,1,0]}]})";
  const Reply reply = ask(server.port(), post("/v2/models/iris/infer", body));
  CHECK(reply.header("Server-Timing").starts_with("queue;dur="));
  CHECK(reply.header("Server-Timing").find(", compute;dur=") != std::string::npos);
  CHECK(ask(server.port(), "GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n").header("Server-Timing") == "");
}

}  // namespace nuthatch::serve_test
