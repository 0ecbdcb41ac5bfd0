#ifndef NUTHATCH_SRC_SNAPSHOT_HPP
#define NUTHATCH_SRC_SNAPSHOT_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "nuthatch/crc32.hpp"

/// What all snapshots have in common: a header, words, and a CRC-32 of both.
namespace nuthatch::detail {

/// Of any alignment.
inline std::uint32_t word_at(const std::uint8_t* bytes) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

template <class Header>
std::size_t write_snapshot(const Header& header, const std::uint32_t* words, std::size_t count, std::uint8_t* bytes) {
  const std::size_t covered = sizeof header + 4 * count;
  std::memcpy(bytes, &header, sizeof header);
  std::memcpy(bytes + sizeof header, words, 4 * count);
  const std::uint32_t crc = crc32(bytes, covered);
  std::memcpy(bytes + covered, &crc, sizeof crc);
  return covered + sizeof crc;
}

}  // namespace nuthatch::detail

#endif
