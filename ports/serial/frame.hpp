#ifndef NUTHATCH_SERIAL_FRAME_HPP
#define NUTHATCH_SERIAL_FRAME_HPP

/// Frames on a wire that may lose, change and add bytes: the same code on a board and on the host. README.md has the
/// format.

#include <cstddef>
#include <cstdint>

#include "nuthatch/span.hpp"

namespace nuthatch::serial {

constexpr std::size_t kHeadBytes = 4;  ///< type, sequence, the payload's length
constexpr std::size_t kCrcBytes = 4;
/// Of a frame with that payload, before it is stuffed.
constexpr std::size_t frame_bytes(std::size_t payload) { return kHeadBytes + payload + kCrcBytes; }
constexpr std::size_t kMostPayload = 0xFFFF;

struct Head {
  std::uint8_t type = 0;
  std::uint8_t sequence = 0;
};

/// Puts the head in front of a payload that lies at kHeadBytes of `frame`, and the CRC-32 behind it. `frame` has
/// frame_bytes(payload) bytes, or more. Returns those that count.
Span<const std::uint8_t> seal(Span<std::uint8_t> frame, Head head, std::size_t payload);

/// Gives the bytes that go over the wire to `put`, one by one: the frame with its zeros stuffed away (Consistent
/// Overhead Byte Stuffing, Cheshire and Baker 1999), between two zeros.
template <class Put>
void stuff(Span<const std::uint8_t> frame, Put&& put) {
  constexpr std::size_t kMostRun = 254;
  put(std::uint8_t{0});
  std::size_t at = 0;
  while (true) {
    std::size_t run = 0;
    while (run < kMostRun && at + run < frame.size() && frame[at + run] != 0) ++run;
    put(static_cast<std::uint8_t>(run + 1));
    for (std::size_t i = 0; i < run; ++i) put(frame[at + i]);
    at += run;
    if (at == frame.size()) break;
    if (run < kMostRun) ++at;  // the zero that the run's length stands for
  }
  put(std::uint8_t{0});
}

/// Finds whole frames among the bytes that come in, into the caller's memory; what is broken is passed over.
class Reader {
 public:
  /// Frames larger than `memory` are passed over too.
  void start(Span<std::uint8_t> memory) { *this = Reader(), memory_ = memory; }

  /// True if this byte completed a whole frame: head() and payload() are its until the next byte is taken.
  bool take(std::uint8_t byte);

  Head head() const { return {memory_[0], memory_[1]}; }
  /// At a multiple of 4, if the memory is.
  Span<const std::uint8_t> payload() const { return {memory_.data() + kHeadBytes, whole_ - frame_bytes(0)}; }
  std::uint32_t crc() const { return crc_; }
  /// Frames that were passed over.
  std::uint32_t broken() const { return broken_; }

 private:
  bool end();
  bool is_whole();
  void append(std::uint8_t byte);

  Span<std::uint8_t> memory_;
  std::size_t size_ = 0;   // bytes of the frame so far
  std::size_t whole_ = 0;  // bytes of the frame that was completed
  std::size_t left_ = 0;   // bytes up to the next run's length
  bool zero_due_ = false;  // a zero lies before the next run
  bool overflowed_ = false;
  std::uint32_t crc_ = 0;
  std::uint32_t broken_ = 0;
};

}  // namespace nuthatch::serial

#endif
