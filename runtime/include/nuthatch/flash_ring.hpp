#ifndef NUTHATCH_FLASH_RING_HPP
#define NUTHATCH_FLASH_RING_HPP

#include <cstddef>
#include <cstdint>

#include "nuthatch/span.hpp"
#include "nuthatch/status.hpp"

/// Records, a monitor's snapshots for instance, in flash: one behind the other through a ring of sectors, so that all
/// wear alike. The newest whole record is found again after a loss of power in any program or erase.
///
/// A record lies in one sector and never across two. Where that is too small, let several of the flash's pages be one
/// sector of the ring: `erase` then erases them all.
///
/// A record starts at a multiple of its unit, the larger of 4 and program_bytes; little-endian:
///   0   "NHR1"
///   4   sequence: one more a record
///   8   bytes of the payload
///   12  CRC-32 of bytes 0 to 11 and the payload
///   16  the payload, then 0xFF to the unit's end
/// The piece with these 16 bytes is programmed last. Behind a sector's last record it is erased.
///
/// A sector is erased when its first record is due, and only that boot programs it: what an earlier one left may have
/// been programmed without that it shows, and a unit is never programmed twice. So a boot with records costs an erase,
/// and the rest of the sector before. The sector of the newest record is never erased.
namespace nuthatch {

struct FlashGeometry {
  std::uint32_t sector_bytes = 0;   ///< what one erase clears, a multiple of the unit
  std::uint32_t sectors = 0;        ///< 2 or more; all together at most 2^32 bytes
  std::uint32_t program_bytes = 0;  ///< what is programmed at once: a power of two up to 64
};

/// What the port gives. Offsets count bytes from the ring's start. All return true if it was done.
struct Flash {
  FlashGeometry geometry;
  void* context;  ///< handed through
  /// Any bytes at a multiple of 4. False where the hardware sees bits that are wrong (ECC) is an answer, not an end.
  bool (*read)(void* context, std::uint32_t offset, void* bytes, std::size_t size);
  /// Whole units, at most 64 bytes, from memory at a multiple of 8; waits until they are programmed.
  bool (*program)(void* context, std::uint32_t offset, const void* bytes, std::size_t size);
  /// The sector that starts there, to 0xFF; waits likewise.
  bool (*erase)(void* context, std::uint32_t offset);
};

namespace detail {
constexpr std::uint32_t kRecordHeader = 16;
constexpr std::uint32_t kMostProgramBytes = 64;

/// What records start at multiples of.
constexpr std::uint32_t record_unit(const FlashGeometry& geometry) {
  return geometry.program_bytes < 4 ? 4 : geometry.program_bytes;
}

constexpr bool is_ring(const FlashGeometry& geometry) {
  const std::uint32_t program = geometry.program_bytes;
  return program != 0 && program <= kMostProgramBytes && (program & (program - 1)) == 0 && geometry.sectors >= 2 &&
         (geometry.sector_bytes & (record_unit(geometry) - 1)) == 0 && geometry.sector_bytes > kRecordHeader &&
         std::uint64_t{geometry.sectors} * geometry.sector_bytes <= std::uint64_t{1} << 32;
}

/// Of a record that fits into a sector. The sum cannot wrap, as a sector is a multiple of the unit.
constexpr std::uint32_t slot_bytes(const FlashGeometry& geometry, std::uint32_t record_bytes) {
  const std::uint32_t mask = record_unit(geometry) - 1;
  return ((kRecordHeader + record_bytes - 1) | mask) + 1;
}

constexpr bool fits(const FlashGeometry& geometry, std::size_t record_bytes) {
  return record_bytes != 0 && record_bytes <= geometry.sector_bytes - kRecordHeader;
}

constexpr std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  return a != 0 && b > UINT64_MAX / a ? UINT64_MAX : a * b;
}
}  // namespace detail

/// Bytes that a record takes up; 0 if it is empty or does not fit into a sector, or the geometry is no ring's.
constexpr std::uint32_t flash_ring_slot(const FlashGeometry& geometry, std::size_t record_bytes) {
  if (!detail::is_ring(geometry) || !detail::fits(geometry, record_bytes)) return 0;
  return detail::slot_bytes(geometry, static_cast<std::uint32_t>(record_bytes));
}

/// Records of that size a sector; 0 likewise.
constexpr std::uint32_t flash_ring_records(const FlashGeometry& geometry, std::size_t record_bytes) {
  const std::uint32_t slot = flash_ring_slot(geometry, record_bytes);
  return slot == 0 ? 0 : geometry.sector_bytes / slot;
}

/// Records until some sector would need more than `endurance` erases. records_a_boot: how many come between two boots;
/// 0 if it never boots again. For the host or a constant: it divides 64-bit numbers.
constexpr std::uint64_t flash_ring_total(const FlashGeometry& geometry, std::size_t record_bytes,
                                         std::uint32_t endurance, std::uint32_t records_a_boot = 0) {
  const std::uint64_t a_sector = flash_ring_records(geometry, record_bytes);
  if (a_sector == 0) return 0;
  const std::uint64_t erases = std::uint64_t{geometry.sectors} * endurance;
  if (records_a_boot == 0) return detail::times(erases, a_sector);
  const std::uint64_t erases_a_boot = (records_a_boot - 1) / a_sector + 1;
  // The last boot may end early: with what erases are left, full sectors.
  return detail::times(erases / erases_a_boot, records_a_boot) + erases % erases_a_boot * a_sector;
}

/// The same in whole days.
constexpr std::uint64_t flash_ring_lifetime(const FlashGeometry& geometry, std::size_t record_bytes,
                                            std::uint32_t endurance, std::uint32_t seconds_between_records,
                                            std::uint32_t records_a_boot = 0) {
  return detail::times(flash_ring_total(geometry, record_bytes, endurance, records_a_boot), seconds_between_records) /
         86400;
}

/// One caller at a time; not from an interrupt beside another call.
class FlashRing {
 public:
  /// Finds the newest record, by reading; nothing is written. What cannot be read is no record, and no error.
  /// Returns kOk (with or without a record), kNull, kFlashGeometry.
  Status begin(const Flash& flash);

  /// Writes a record and reads it back. On any other answer than kOk the newest record is what it was.
  /// Returns kOk, kNull, kNotBegun, kRecordSize, kFlash (then the next call tries another sector, if there are three).
  Status append(Span<const std::uint8_t> bytes);

  /// Copies the newest record and says how long it is.
  /// Returns kOk, kNotBegun, kNoRecord, kRecordSize (`size` says how many bytes it needs), kFlash.
  Status newest(Span<std::uint8_t> bytes, std::size_t& size) const;

  bool has_record() const { return found_; }
  /// The newest record's; it grows with every record, and sometimes by more than 1.
  std::uint32_t sequence() const { return record_.sequence; }

 private:
  struct Record {
    std::uint32_t sector;
    std::uint32_t at;  // within it
    std::uint32_t size;
    std::uint32_t sequence;
    std::uint32_t crc;
  };

  bool read_header(std::uint32_t sector, std::uint32_t at, Record& record) const;
  bool crc_matches(const Record& record) const;
  void scan(std::uint32_t sector);
  Status start_sector();
  bool program(const Record& record, const std::uint8_t* bytes, std::uint32_t slot) const;
  bool program_piece(const Record& record, const std::uint8_t* bytes, std::uint32_t slot, std::uint32_t at) const;

  Flash flash_ = {};  // read is null: not begun
  bool found_ = false;
  Record record_ = {};        // the newest
  std::uint32_t last_ = 0;    // the sequence given last, also to a record that failed
  std::uint32_t sector_ = 0;  // where the last record went, or was to go
  std::uint32_t used_ = 0;    // of it; all of it if this boot did not erase it
};

}  // namespace nuthatch

#endif
