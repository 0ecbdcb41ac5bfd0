#ifndef NUTHATCH_TESTS_EVIL_EXERCISE_HPP
#define NUTHATCH_TESTS_EVIL_EXERCISE_HPP

#include <cstddef>
#include <cstdint>

#include "nuthatch/status.hpp"

namespace nuthatch::test {

struct Outcome {
  Status status;        ///< of `open`
  const char* failure;  ///< a promise that was broken; null if none was
};

/// Opens the bytes with every part, and if they open makes every call on rows of every sort, in memory of exactly the
/// size that the footprint asks for. `bytes`: at a multiple of 8.
Outcome exercise(const std::uint8_t* bytes, std::size_t size);

}  // namespace nuthatch::test

#endif
