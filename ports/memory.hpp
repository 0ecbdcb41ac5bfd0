#ifndef NUTHATCH_PORTS_MEMORY_HPP
#define NUTHATCH_PORTS_MEMORY_HPP

#include <cstddef>
#include <cstdint>

namespace nuthatch {

/// Memory at a multiple of 8, handed out front to back. `needed` goes on past the end, so that a failure can say how
/// much was missing.
class Memory {
 public:
  void start(void* memory, std::size_t size) {
    start_ = static_cast<std::uint8_t*>(memory);
    size_ = size;
    needed_ = 0;
  }
  /// Null where `bytes` more do not fit. Every piece starts at a multiple of 8.
  template <class T>
  T* carve(std::size_t bytes) {
    const std::size_t at = needed_;
    needed_ += (bytes + 7) / 8 * 8;
    return needed_ <= size_ ? reinterpret_cast<T*>(start_ + at) : nullptr;
  }
  std::size_t left() const { return needed_ < size_ ? size_ - needed_ : 0; }
  std::size_t needed() const { return needed_; }
  std::size_t size() const { return size_; }

 private:
  std::uint8_t* start_ = nullptr;
  std::size_t size_ = 0;
  std::size_t needed_ = 0;
};

}  // namespace nuthatch

#endif
