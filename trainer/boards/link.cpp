#include "boards/link.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace nuthatch::boards {
namespace {

class Descriptor final : public Link {
 public:
  Descriptor(int descriptor, std::string name, unsigned baud)
      : descriptor_(descriptor), name_(std::move(name)), baud_(baud) {}
  ~Descriptor() override { close(descriptor_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  const std::string& name() const override { return name_; }
  void write(std::span<const std::uint8_t> bytes) override;
  std::size_t read(std::span<std::uint8_t> bytes, Milliseconds patience) override;
  Milliseconds time_of(std::size_t bytes) const override {
    constexpr std::size_t kBitsAByte = 10;  // with start and stop
    return Milliseconds(baud_ == 0 ? 0 : bytes * kBitsAByte * 1000 / baud_ + 1);
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw std::runtime_error(fmt::format("{}: {}: {}", name_, what, std::strerror(errno)));
  }
  /// False: that did not happen in time.
  bool wait(short event, Milliseconds patience) const;

  int descriptor_;
  std::string name_;
  unsigned baud_;
};

bool Descriptor::wait(short event, Milliseconds patience) const {
  pollfd ready = {descriptor_, event, 0};
  const int count = poll(&ready, 1, static_cast<int>(patience.count()));
  if (count < 0 && errno != EINTR) fail("cannot be waited for");
  return count > 0;
}

void Descriptor::write(std::span<const std::uint8_t> bytes) {
  constexpr Milliseconds kPatience(10000);
  while (!bytes.empty()) {
    if (!wait(POLLOUT, kPatience + time_of(bytes.size()))) {
      throw std::runtime_error(fmt::format("{}: takes no bytes for 10 s; is the cable in?", name_));
    }
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR && errno != EAGAIN) fail("cannot be written");
    if (written > 0) bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

std::size_t Descriptor::read(std::span<std::uint8_t> bytes, Milliseconds patience) {
  if (!wait(POLLIN, patience)) return 0;
  const ssize_t count = ::read(descriptor_, bytes.data(), bytes.size());
  if (count < 0 && errno != EINTR && errno != EAGAIN) fail("cannot be read");
  if (count == 0) throw std::runtime_error(fmt::format("{}: the other end is gone", name_));
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

struct Rate {
  unsigned baud;
  speed_t speed;
};
constexpr Rate kRates[] = {{9600, B9600},     {19200, B19200},   {38400, B38400},   {57600, B57600},
                           {115200, B115200}, {230400, B230400}, {460800, B460800}, {921600, B921600}};

const Rate& rate_of(const std::string& where, std::string_view text) {
  unsigned baud = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), baud);
  for (const Rate& rate : kRates) {
    if (error == std::errc() && end == text.data() + text.size() && rate.baud == baud) return rate;
  }
  throw std::runtime_error(fmt::format(
      "{}: {} is not a speed of serial ports; 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600 are", where,
      text));
}

void set_up(int descriptor, const std::string& path, speed_t speed) {
  termios settings = {};
  if (tcgetattr(descriptor, &settings) != 0) {
    throw std::runtime_error(fmt::format("{}: is not a serial port: {}", path, std::strerror(errno)));
  }
  cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL | CREAD;
  settings.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS);
  cfsetispeed(&settings, speed);
  cfsetospeed(&settings, speed);
  if (tcsetattr(descriptor, TCSANOW, &settings) != 0 || tcflush(descriptor, TCIOFLUSH) != 0) {
    throw std::runtime_error(fmt::format("{}: cannot be set to 8N1: {}", path, std::strerror(errno)));
  }
}

const char* advice(int error) {
  if (error == EACCES) return "; add yourself to the group dialout, then log in again";
  if (error == ENOENT) return "; is the board plugged in? `ls /dev/tty*` shows the ports there are";
  return "";
}

}  // namespace

std::unique_ptr<Link> link_over(int descriptor, std::string name, unsigned baud) {
  return std::make_unique<Descriptor>(descriptor, std::move(name), baud);
}

std::unique_ptr<Link> open_serial(const std::string& where) {
  const std::size_t colon = where.rfind(':');
  const std::string path = where.substr(0, colon);
  const Rate& rate = rate_of(where, colon == std::string::npos ? "115200" : std::string_view(where).substr(colon + 1));
  const int descriptor = open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) {
    const int error = errno;
    throw std::runtime_error(fmt::format("{}: cannot be opened: {}{}", path, std::strerror(error), advice(error)));
  }
  auto link = link_over(descriptor, path, rate.baud);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    throw std::runtime_error(fmt::format("{}: another program of nuthatch's talks to this board", path));
  }
  set_up(descriptor, path, rate.speed);
  return link;
}

}  // namespace nuthatch::boards
