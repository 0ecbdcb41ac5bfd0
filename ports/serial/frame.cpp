#include "serial/frame.hpp"

#include "nuthatch/crc32.hpp"

namespace nuthatch::serial {

Span<const std::uint8_t> seal(Span<std::uint8_t> frame, Head head, std::size_t payload) {
  std::uint8_t* const bytes = frame.data();
  bytes[0] = head.type;
  bytes[1] = head.sequence;
  bytes[2] = static_cast<std::uint8_t>(payload);
  bytes[3] = static_cast<std::uint8_t>(payload >> 8);
  const std::size_t checked = kHeadBytes + payload;
  const std::uint32_t crc = crc32(bytes, checked);
  for (std::size_t i = 0; i < kCrcBytes; ++i) bytes[checked + i] = static_cast<std::uint8_t>(crc >> 8 * i);
  return {bytes, frame_bytes(payload)};
}

bool Reader::take(std::uint8_t byte) {
  if (byte == 0) return end();
  if (left_ > 0) {
    --left_;
    append(byte);
  } else {
    if (zero_due_) append(0);
    left_ = byte - std::size_t{1};
    zero_due_ = byte != 0xFF;
  }
  return false;
}

void Reader::append(std::uint8_t byte) {
  if (size_ < memory_.size()) {
    memory_[size_++] = byte;
  } else {
    overflowed_ = true;
  }
}

bool Reader::end() {
  const bool whole = left_ == 0 && !overflowed_ && is_whole();
  const bool empty = size_ == 0 && !zero_due_ && left_ == 0;  // two zeros in a row
  if (!whole && !empty) ++broken_;
  whole_ = whole ? size_ : 0;
  size_ = left_ = 0;
  zero_due_ = overflowed_ = false;
  return whole;
}

bool Reader::is_whole() {
  if (size_ < frame_bytes(0)) return false;
  const std::size_t payload = memory_[2] | std::size_t{memory_[3]} << 8;
  if (size_ != frame_bytes(payload)) return false;
  crc_ = 0;
  for (std::size_t i = 0; i < kCrcBytes; ++i) crc_ |= std::uint32_t{memory_[kHeadBytes + payload + i]} << 8 * i;
  return crc_ == crc32(memory_.data(), kHeadBytes + payload);
}

}  // namespace nuthatch::serial
