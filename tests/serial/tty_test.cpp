// The host's serial port, with a board behind the other end of a pseudo terminal.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "boards/client.hpp"
#include "serial/wire.hpp"

namespace nuthatch::test {
namespace {

/// Serves a board at a pseudo terminal until it is destroyed.
class Terminal {
 public:
  explicit Terminal(Board& board) : board_(board), descriptor_(posix_openpt(O_RDWR | O_NOCTTY)) {
    REQUIRE(descriptor_ >= 0);
    REQUIRE(grantpt(descriptor_) == 0);
    REQUIRE(unlockpt(descriptor_) == 0);
    path = ptsname(descriptor_);
    keep_open_ = ::open(path.c_str(), O_RDWR | O_NOCTTY);  // or reads fail until somebody opens it
    thread_ = std::thread([this] { serve(); });
  }
  ~Terminal() {
    done_ = true;
    thread_.join();
    close(keep_open_);
    close(descriptor_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  std::string path;

 private:
  void serve() {
    constexpr int kTick = 20;  // ms
    while (!done_) {
      pollfd ready = {descriptor_, POLLIN, 0};
      std::uint8_t byte = 0;
      if (poll(&ready, 1, kTick) != 1 || read(descriptor_, &byte, 1) != 1 || !board_.device.take(byte)) continue;
      Bytes out;
      serial::stuff(board_.device.answer(), [&](std::uint8_t value) { out.push_back(value); });
      if (write(descriptor_, out.data(), out.size()) != std::ssize(out)) return;
    }
  }

  Board& board_;
  int descriptor_;
  int keep_open_ = -1;
  std::thread thread_;
  std::atomic<bool> done_ = false;
};

std::string why_not(const std::string& where) {
  try {
    (void)boards::open_serial(where);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nothing";
}

TEST_CASE("rows through a terminal are those through memory; all bytes pass") {
  const Bytes bytes = make_model({Precision::kInt16, quantize::Input::kInt16, 20, 3});
  const Opened opened(bytes);
  Board board(bytes);
  Terminal terminal(board);
  const auto link = boards::open_serial(terminal.path + ":115200");
  boards::Client client(*link);
  const std::size_t most = client.hello().rows;
  std::uint32_t counted = 0;
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    const Bytes rows = make_rows(opened.model, most, seed);
    REQUIRE(client.predict(rows, counted) == results_of(opened.model, rows));
  }
  CHECK(counted == 100 * most);
  CHECK(client.repeated() == 0);
  CHECK(why_not(terminal.path) == terminal.path + ": another program of nuthatch's talks to this board");
}

TEST_CASE("what cannot be a serial port is refused with the reason") {
  CHECK(why_not("/dev/no-such-port").find("is the board plugged in?") != std::string::npos);
  CHECK(why_not("/dev/ttyACM0:fast").find("fast is not a speed of serial ports") != std::string::npos);
  CHECK(why_not("/dev/null").find("is not a serial port") != std::string::npos);
}

}  // namespace
}  // namespace nuthatch::test
