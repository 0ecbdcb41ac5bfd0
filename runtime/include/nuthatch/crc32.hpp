#ifndef NUTHATCH_CRC32_HPP
#define NUTHATCH_CRC32_HPP

#include <cstddef>
#include <cstdint>

namespace nuthatch {

/// CRC-32 as in IEEE 802.3 and zlib: reflected polynomial 0xEDB88320, initial and final complement.
/// `before`: the CRC of the bytes in front, to go on from.
std::uint32_t crc32(const std::uint8_t* bytes, std::size_t size, std::uint32_t before = 0);

}  // namespace nuthatch

#endif
