#include "nuthatch/flash_ring.hpp"

#include <cstring>

#include "nuthatch/crc32.hpp"
#include "wrapping.hpp"

namespace nuthatch {
namespace {

using detail::is_after;
using detail::kRecordHeader;

constexpr std::uint32_t kRecordMagic = 0x3152484E;  // "NHR1"
/// What is read, or programmed, at a time: whole units, and the header within the first.
constexpr std::uint32_t kPiece = detail::kMostProgramBytes;

struct RecordHeader {
  std::uint32_t magic;
  std::uint32_t sequence;
  std::uint32_t size;
  std::uint32_t crc;
};
static_assert(sizeof(RecordHeader) == kRecordHeader, "flash_ring.hpp");

constexpr std::size_t kBeforeCrc = sizeof(RecordHeader) - sizeof(std::uint32_t);

std::uint32_t smaller(std::uint32_t a, std::uint32_t b) { return a < b ? a : b; }

/// The CRC of what lies before it.
std::uint32_t header_crc(std::uint32_t sequence, std::uint32_t size) {
  const RecordHeader header = {kRecordMagic, sequence, size, 0};
  return crc32(reinterpret_cast<const std::uint8_t*>(&header), kBeforeCrc);
}

}  // namespace

Status FlashRing::begin(const Flash& flash) {
  flash_ = {};
  found_ = false;
  record_ = {};
  if (flash.read == nullptr || flash.program == nullptr || flash.erase == nullptr) return Status::kNull;
  if (!detail::is_ring(flash.geometry)) return Status::kFlashGeometry;
  flash_ = flash;
  const std::uint32_t sector_bytes = flash.geometry.sector_bytes;
  for (std::uint32_t i = 0; i < flash.geometry.sectors; ++i) scan(i * sector_bytes);
  last_ = record_.sequence;
  // The next record starts a sector; in an empty ring the first.
  sector_ = found_ ? record_.sector : (flash.geometry.sectors - 1) * sector_bytes;
  used_ = sector_bytes;
  return Status::kOk;
}

/// A header is one if it says so and its record stays in the sector.
bool FlashRing::read_header(std::uint32_t sector, std::uint32_t at, Record& record) const {
  RecordHeader header = {};
  if (!flash_.read(flash_.context, sector + at, &header, sizeof header)) return false;
  if (header.magic != kRecordMagic || header.size == 0) return false;
  if (header.size > flash_.geometry.sector_bytes - at - kRecordHeader) return false;
  record = {sector, at, header.size, header.sequence, header.crc};
  return true;
}

bool FlashRing::crc_matches(const Record& record) const {
  std::uint32_t crc = header_crc(record.sequence, record.size);
  std::uint8_t piece[kPiece];
  for (std::uint32_t at = 0; at < record.size; at += kPiece) {
    const std::uint32_t count = smaller(kPiece, record.size - at);
    if (!flash_.read(flash_.context, record.sector + record.at + kRecordHeader + at, piece, count)) return false;
    crc = crc32(piece, count, crc);
  }
  return crc == record.crc;
}

/// Goes through a sector's records. One with a wrong CRC is passed over by what its header says: none behind it is
/// taken on trust either.
void FlashRing::scan(std::uint32_t sector) {
  const std::uint32_t sector_bytes = flash_.geometry.sector_bytes;
  std::uint32_t at = 0;
  Record record = {};
  while (sector_bytes - at > kRecordHeader && read_header(sector, at, record)) {
    if ((!found_ || is_after(record.sequence, record_.sequence)) && crc_matches(record)) {
      record_ = record;
      found_ = true;
    }
    at += detail::slot_bytes(flash_.geometry, record.size);
  }
}

/// Erases the sector behind the last one, or the one behind that if the newest record lies there.
Status FlashRing::start_sector() {
  const std::uint32_t sector_bytes = flash_.geometry.sector_bytes;
  const std::uint32_t last = (flash_.geometry.sectors - 1) * sector_bytes;
  sector_ = sector_ == last ? 0 : sector_ + sector_bytes;
  if (found_ && sector_ == record_.sector) sector_ = sector_ == last ? 0 : sector_ + sector_bytes;
  used_ = sector_bytes;
  if (!flash_.erase(flash_.context, sector_)) return Status::kFlash;
  used_ = 0;
  return Status::kOk;
}

/// The piece at `at` of the record's slot.
bool FlashRing::program_piece(const Record& record, const std::uint8_t* bytes, std::uint32_t slot,
                              std::uint32_t at) const {
  alignas(8) std::uint8_t piece[kPiece];
  std::memset(piece, 0xFF, sizeof piece);
  const std::uint32_t header = at == 0 ? kRecordHeader : 0;
  if (at == 0) {
    const RecordHeader fields = {kRecordMagic, record.sequence, record.size, record.crc};
    std::memcpy(piece, &fields, sizeof fields);
  }
  const std::uint32_t from = at + header - kRecordHeader;
  if (from < record.size) std::memcpy(piece + header, bytes + from, smaller(kPiece - header, record.size - from));
  return flash_.program(flash_.context, record.sector + record.at + at, piece, smaller(kPiece, slot - at));
}

/// The header's piece last.
bool FlashRing::program(const Record& record, const std::uint8_t* bytes, std::uint32_t slot) const {
  for (std::uint32_t at = kPiece; at < slot; at += kPiece) {
    if (!program_piece(record, bytes, slot, at)) return false;
  }
  return program_piece(record, bytes, slot, 0);
}

Status FlashRing::append(Span<const std::uint8_t> bytes) {
  if (flash_.read == nullptr) return Status::kNotBegun;
  if (bytes.data() == nullptr) return Status::kNull;
  if (!detail::fits(flash_.geometry, bytes.size())) return Status::kRecordSize;
  const auto size = static_cast<std::uint32_t>(bytes.size());
  const std::uint32_t slot = detail::slot_bytes(flash_.geometry, size);
  if (slot > flash_.geometry.sector_bytes - used_) {
    const Status status = start_sector();
    if (status != Status::kOk) return status;
  }
  ++last_;  // whatever comes of it: a record that failed may read well one day
  const std::uint32_t crc = crc32(bytes.data(), size, header_crc(last_, size));
  const Record record = {sector_, used_, size, last_, crc};
  used_ += slot;
  Record back = {};
  if (!program(record, bytes.data(), slot) || !read_header(sector_, record.at, back) || back.size != size ||
      back.sequence != last_ || back.crc != crc || !crc_matches(back)) {
    used_ = flash_.geometry.sector_bytes;
    return Status::kFlash;
  }
  record_ = record;
  found_ = true;
  return Status::kOk;
}

Status FlashRing::newest(Span<std::uint8_t> bytes, std::size_t& size) const {
  if (flash_.read == nullptr) return Status::kNotBegun;
  if (!found_) return Status::kNoRecord;
  size = record_.size;
  if (bytes.data() == nullptr || bytes.size() < size) return Status::kRecordSize;
  if (!flash_.read(flash_.context, record_.sector + record_.at + kRecordHeader, bytes.data(), size))
    return Status::kFlash;
  const std::uint32_t crc = crc32(bytes.data(), size, header_crc(record_.sequence, record_.size));
  return crc == record_.crc ? Status::kOk : Status::kFlash;
}

}  // namespace nuthatch
