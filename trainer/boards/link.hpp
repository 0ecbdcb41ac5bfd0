#ifndef NUTHATCH_TRAINER_BOARDS_LINK_HPP
#define NUTHATCH_TRAINER_BOARDS_LINK_HPP

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace nuthatch::boards {

using Milliseconds = std::chrono::milliseconds;

/// Bytes to a board and from it.
class Link {
 public:
  virtual ~Link() = default;
  /// Where it leads, for errors: "/dev/ttyACM0".
  virtual const std::string& name() const = 0;
  /// All of them, or throws std::runtime_error.
  virtual void write(std::span<const std::uint8_t> bytes) = 0;
  /// Waits until something comes and returns how much; 0: nothing came in that time. Throws where nothing can come any
  /// more.
  virtual std::size_t read(std::span<std::uint8_t> bytes, Milliseconds patience) = 0;
  /// How long that many bytes are on their way.
  virtual Milliseconds time_of(std::size_t bytes) const = 0;
};

/// Over a file descriptor, which it closes. baud: 0, where bytes take no time.
std::unique_ptr<Link> link_over(int descriptor, std::string name, unsigned baud);

constexpr unsigned kBaud = 115200;

/// A serial port at 8N1 without flow control; what lay unread in it is thrown away. `where`: "/dev/ttyACM0" or
/// "/dev/ttyACM0:57600". Throws std::runtime_error saying what to do.
std::unique_ptr<Link> open_serial(const std::string& where);

}  // namespace nuthatch::boards

#endif
