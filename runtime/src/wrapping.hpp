#ifndef NUTHATCH_SRC_WRAPPING_HPP
#define NUTHATCH_SRC_WRAPPING_HPP

#include <cstdint>

namespace nuthatch::detail {

/// Numbers that wrap: true if a comes after b.
inline bool is_after(std::uint32_t a, std::uint32_t b) { return a != b && a - b < 0x80000000; }

}  // namespace nuthatch::detail

#endif
