#ifndef NUTHATCH_SPAN_HPP
#define NUTHATCH_SPAN_HPP

#include <cstddef>

namespace nuthatch {

/// A pointer and a count, as C++20's std::span; the runtime is C++17.
template <class T>
class Span {
 public:
  constexpr Span() = default;
  constexpr Span(T* data, std::size_t size) : data_(data), size_(size) {}
  template <std::size_t kSize>
  constexpr Span(T (&array)[kSize]) : data_(array), size_(kSize) {}  // NOLINT(google-explicit-constructor)
  /// From any contiguous container (std::array, std::vector, another Span).
  template <class Container, class = decltype(static_cast<T*>(static_cast<Container*>(nullptr)->data()))>
  constexpr Span(Container& container)  // NOLINT(google-explicit-constructor)
      : data_(container.data()), size_(container.size()) {}

  constexpr T* data() const { return data_; }
  constexpr std::size_t size() const { return size_; }
  constexpr T& operator[](std::size_t index) const { return data_[index]; }
  constexpr T* begin() const { return data_; }
  constexpr T* end() const { return data_ + size_; }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace nuthatch

#endif
