#ifndef NUTHATCH_TESTS_UNIT_SURVIVAL_FLASH_HPP
#define NUTHATCH_TESTS_UNIT_SURVIVAL_FLASH_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "nuthatch/flash_ring.hpp"

namespace nuthatch::test {

/// What a program or an erase leaves behind where the supply fails within it.
enum class Torn {
  kPrefix,     // what came before is done; the byte it failed at has some of its bits; all after is untouched
  kBits,       // some bits everywhere
  kInvisible,  // it began, and nothing shows of it
  kWhole,      // all of it shows, but it was not finished
};

/// Flash as strict as it comes: bits are only cleared, a unit is programmed once an erase, whatever shows of it.
class SimulatedFlash {
 public:
  SimulatedFlash(const FlashGeometry& geometry, std::uint32_t seed)
      : bytes(std::size_t{geometry.sector_bytes} * geometry.sectors),
        erases(geometry.sectors, 0),
        geometry_(geometry),
        touched_(bytes.size() / geometry.program_bytes, true),
        unreadable_(touched_.size(), false),
        random_(seed) {
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_());  // as it was found
  }

  Flash port() {
    return {geometry_, this,
            [](void* self, std::uint32_t offset, void* to, std::size_t size) {
              return static_cast<SimulatedFlash*>(self)->read(offset, to, size);
            },
            [](void* self, std::uint32_t offset, const void* from, std::size_t size) {
              return static_cast<SimulatedFlash*>(self)->program(offset, from, size);
            },
            [](void* self, std::uint32_t offset) { return static_cast<SimulatedFlash*>(self)->erase(offset); }};
  }

  bool is_dead() const { return bytes_left == 0; }
  /// Power again, for good or for so many bytes.
  void revive(std::int64_t left = -1) { bytes_left = left; }

  std::vector<std::uint8_t> bytes;
  std::vector<std::uint32_t> erases;  // a sector
  std::int64_t bytes_left = -1;       // to program or erase until the supply fails; negative: it does not
  std::int64_t bytes_done = 0;
  Torn torn = Torn::kPrefix;
  bool has_ecc = false;  // units that were programmed in part cannot be read
  // Faults of the driver.
  bool erase_lies = false, program_lies = false, program_fails = false, erase_fails = false, read_fails = false;
  int violations = 0;

 private:
  bool read(std::uint32_t offset, void* to, std::size_t size) {
    if (offset % 4 != 0 || offset + size > bytes.size()) ++violations;
    if (read_fails || offset + size > bytes.size()) return false;
    for (std::size_t i = offset; i < offset + size; ++i) {
      if (unreadable_[i / geometry_.program_bytes]) return false;
    }
    std::copy_n(bytes.begin() + offset, size, static_cast<std::uint8_t*>(to));
    return true;
  }

  /// So many bytes of an operation are done; true if that is all of them.
  bool spend(std::size_t size, std::size_t& done) {
    if (bytes_left < 0 || static_cast<std::size_t>(bytes_left) > size) {
      if (bytes_left > 0) bytes_left -= static_cast<std::int64_t>(size);
      bytes_done += static_cast<std::int64_t>(size);
      return true;
    }
    done = static_cast<std::size_t>(bytes_left) - 1;  // the last one failed
    bytes_left = 0;
    return false;
  }

  std::uint8_t some_bits() { return static_cast<std::uint8_t>(random_()); }

  bool program(std::uint32_t offset, const void* from, std::size_t size) {
    const std::uint32_t unit = geometry_.program_bytes;
    if (is_dead() || program_fails) return false;
    if (offset % unit != 0 || size % unit != 0 || size == 0 || size > 64 || offset + size > bytes.size() ||
        reinterpret_cast<std::uintptr_t>(from) % 8 != 0) {
      ++violations;
      return false;
    }
    std::size_t done = size;
    const bool whole = spend(size, done);
    const auto* data = static_cast<const std::uint8_t*>(from);
    if (!whole && torn == Torn::kPrefix) size = (done / unit + 1) * unit;  // the units behind were not begun
    for (std::size_t i = 0; i < size; i += unit) {
      if (touched_[(offset + i) / unit]) ++violations;
      touched_[(offset + i) / unit] = true;
      if (!whole && (torn != Torn::kPrefix || i + unit > done)) unreadable_[(offset + i) / unit] = has_ecc;
    }
    for (std::size_t i = 0; i < size; ++i) {
      std::uint8_t keep = 0;  // bits that are not cleared although they should be
      if (!whole && torn == Torn::kPrefix) keep = i < done ? 0 : i == done ? some_bits() : 0xFF;
      if (!whole && torn == Torn::kBits) keep = some_bits();
      if (!whole && torn == Torn::kInvisible) keep = 0xFF;
      if (program_lies && i == size / 2) keep = 0xFF;
      bytes[offset + i] &= static_cast<std::uint8_t>(data[i] | keep);
    }
    return whole;
  }

  bool erase(std::uint32_t offset) {
    if (is_dead() || erase_fails) return false;
    if (offset % geometry_.sector_bytes != 0 || offset >= bytes.size()) {
      ++violations;
      return false;
    }
    if (erase_lies) return true;
    std::size_t done = geometry_.sector_bytes;
    const bool whole = spend(geometry_.sector_bytes, done);
    ++erases[offset / geometry_.sector_bytes];
    for (std::size_t i = 0; i < geometry_.sector_bytes; ++i) {
      std::uint8_t& byte = bytes[offset + i];
      if (whole || torn == Torn::kWhole || (torn == Torn::kPrefix && i < done)) {
        byte = 0xFF;
      } else if (torn == Torn::kBits || (torn == Torn::kPrefix && i == done)) {
        // Old, erased, on the way, or garbage.
        const std::uint8_t choices[] = {byte, 0xFF, static_cast<std::uint8_t>(byte | some_bits()), some_bits()};
        byte = choices[random_() % 4];
      }
    }
    for (std::size_t i = offset / geometry_.program_bytes;
         i < (offset + geometry_.sector_bytes) / geometry_.program_bytes; ++i) {
      touched_[i] = !whole;
      // What could not be read before, and was not erased, cannot be read now.
      if (whole) unreadable_[i] = false;
      if (!whole && has_ecc && torn == Torn::kBits && random_() % 4 == 0) unreadable_[i] = true;
    }
    return whole;
  }

  FlashGeometry geometry_;
  std::vector<bool> touched_;  // a unit: programmed since it was erased
  std::vector<bool> unreadable_;
  std::mt19937 random_;
};

}  // namespace nuthatch::test

#endif
