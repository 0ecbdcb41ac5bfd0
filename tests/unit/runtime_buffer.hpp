#ifndef NUTHATCH_TESTS_UNIT_RUNTIME_BUFFER_HPP
#define NUTHATCH_TESTS_UNIT_RUNTIME_BUFFER_HPP

#include <cstddef>
#include <memory>
#include <vector>

namespace nuthatch::test {

/// Exactly `size` elements on the heap, at a multiple of 16, so that a sanitizer sees the first one past the end.
template <class Element>
class Buffer {
 public:
  explicit Buffer(std::size_t size, Element value = Element()) : data_(new Element[size]), size_(size) {
    for (std::size_t i = 0; i < size; ++i) data_[i] = value;
  }
  explicit Buffer(const std::vector<Element>& from) : Buffer(from.size()) {
    for (std::size_t i = 0; i < size_; ++i) data_[i] = from[i];
  }

  Element* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  Element& operator[](std::size_t index) const { return data_[index]; }
  Element* begin() const { return data(); }
  Element* end() const { return data() + size_; }

 private:
  std::unique_ptr<Element[]> data_;  // NOLINT(modernize-avoid-c-arrays): a vector may hold more than it says
  std::size_t size_;
};

}  // namespace nuthatch::test

#endif
