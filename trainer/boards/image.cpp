#include "boards/image.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <stdexcept>

#include "serial/image.h"

namespace nuthatch::boards {
namespace {

/// The record at `at`, which was proven to lie in the file.
template <class Record>
Record record_at(const Bytes& elf, std::size_t at) {
  Record record;
  std::memcpy(&record, elf.data() + at, sizeof record);
  return record;
}

template <class Record>
void write_record(Bytes& elf, std::size_t at, const Record& record) {
  std::memcpy(elf.data() + at, &record, sizeof record);
}

Elf32_Ehdr header_of(const Bytes& elf) { return record_at<Elf32_Ehdr>(elf, 0); }

/// Calls visit(record, where it lies) for each of a table's.
template <class Record, class Visit>
void for_each(const Bytes& elf, std::size_t table, std::size_t count, Visit&& visit) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = table + i * sizeof(Record);
    visit(record_at<Record>(elf, at), at);
  }
}

template <class Visit>
void for_each_load(const Bytes& elf, Visit&& visit) {
  const Elf32_Ehdr header = header_of(elf);
  for_each<Elf32_Phdr>(elf, header.e_phoff, header.e_phnum, [&](const Elf32_Phdr& load, std::size_t at) {
    if (load.p_type == PT_LOAD) visit(load, at);
  });
}

bool lies_in(const Bytes& elf, std::uint64_t at, std::uint64_t bytes) { return at + bytes <= elf.size(); }

std::string record_line(std::uint16_t address, std::uint8_t type, std::span<const std::uint8_t> bytes) {
  unsigned sum = static_cast<unsigned>(bytes.size()) + (address >> 8) + (address & 0xFF) + type;
  std::string line = fmt::format(":{:02X}{:04X}{:02X}", bytes.size(), address, type);
  for (const std::uint8_t byte : bytes) {
    sum += byte;
    line += fmt::format("{:02X}", byte);
  }
  return line + fmt::format("{:02X}\n", (0x100 - (sum & 0xFF)) & 0xFF);
}

}  // namespace

void Image::broken(const char* what) const {
  throw std::runtime_error(fmt::format("{}: {}; build the boards' firmware anew with ./run build", name_, what));
}

Image::Image(Bytes elf, std::string name) : elf_(std::move(elf)), name_(std::move(name)) {
  if (elf_.size() < sizeof(Elf32_Ehdr)) broken("is not an ELF file");
  const Elf32_Ehdr header = header_of(elf_);
  const bool ours = std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS32 &&
                    header.e_ident[EI_DATA] == ELFDATA2LSB && header.e_machine == EM_ARM;
  if (!ours) broken("is not an ELF file for 32-bit Arm");
  if (!lies_in(elf_, header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf32_Phdr)) ||
      !lies_in(elf_, header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Elf32_Shdr))) {
    broken("is cut off");
  }
  for_each_load(elf_, [&](const Elf32_Phdr& load, std::size_t) {
    if (!lies_in(elf_, load.p_offset, load.p_filesz)) broken("is cut off");
  });
}

/// The model's bytes go to the end of the file, and the segment and the section that keep its place point there.
void Image::place_model(std::uint32_t address, std::span<const std::uint8_t> model) {
  const Elf32_Ehdr header = header_of(elf_);
  const nuthatch_model_head head = {NUTHATCH_MODEL_MAGIC, static_cast<std::uint32_t>(model.size())};
  constexpr std::size_t kPage = 0x1000;  // an offset and its address agree in the alignment's bits
  const std::size_t offset = (elf_.size() + kPage - 1) / kPage * kPage;
  const auto size = static_cast<std::uint32_t>(sizeof head + model.size());
  unsigned places = 0;
  for_each_load(elf_, [&](Elf32_Phdr load, std::size_t at) {
    if (load.p_paddr != address || load.p_filesz == 0) return;
    load.p_offset = static_cast<Elf32_Off>(offset);
    load.p_filesz = load.p_memsz = size;
    write_record(elf_, at, load);
    ++places;
  });
  for_each<Elf32_Shdr>(elf_, header.e_shoff, header.e_shnum, [&](Elf32_Shdr section, std::size_t at) {
    if (section.sh_addr != address || section.sh_type != SHT_PROGBITS || (section.sh_flags & SHF_ALLOC) == 0) return;
    section.sh_offset = static_cast<Elf32_Off>(offset);
    section.sh_size = size;
    write_record(elf_, at, section);
    ++places;
  });
  if (places != 2) broken("keeps no place for a model");
  elf_.resize(offset + size);
  write_record(elf_, offset, head);
  std::copy(model.begin(), model.end(), elf_.begin() + static_cast<std::ptrdiff_t>(offset + sizeof head));
}

std::vector<Segment> Image::segments() const {
  std::vector<Segment> segments;
  for_each_load(elf_, [&](const Elf32_Phdr& load, std::size_t) {
    if (load.p_filesz == 0) return;
    const auto start = elf_.begin() + static_cast<std::ptrdiff_t>(load.p_offset);
    segments.push_back({load.p_paddr, Bytes(start, start + static_cast<std::ptrdiff_t>(load.p_filesz))});
  });
  std::sort(segments.begin(), segments.end(), [](const Segment& a, const Segment& b) { return a.address < b.address; });
  return segments;
}

std::uint32_t Image::used_from(std::uint32_t start, std::uint32_t bytes) const {
  std::uint32_t used = 0;
  for_each_load(elf_, [&](const Elf32_Phdr& load, std::size_t) {
    if (load.p_vaddr - start < bytes) used = std::max(used, load.p_vaddr - start + load.p_memsz);
  });
  return used;
}

std::string to_hex(const std::vector<Segment>& segments) {
  constexpr std::size_t kLine = 16;
  constexpr std::uint8_t kData = 0, kEnd = 1, kHighAddress = 4;
  std::string text;
  std::uint32_t high = 0;
  for (const Segment& segment : segments) {
    for (std::size_t at = 0; at < segment.bytes.size();) {
      const auto address = static_cast<std::uint32_t>(segment.address + at);
      if (address >> 16 != high) {
        high = address >> 16;
        const std::uint8_t bytes[] = {static_cast<std::uint8_t>(high >> 8), static_cast<std::uint8_t>(high)};
        text += record_line(0, kHighAddress, bytes);
      }
      // No line leaves its 64 KiB.
      const std::size_t count = std::min({kLine, segment.bytes.size() - at, std::size_t{0x10000} - (address & 0xFFFF)});
      text += record_line(static_cast<std::uint16_t>(address), kData, std::span(segment.bytes).subspan(at, count));
      at += count;
    }
  }
  return text + record_line(0, kEnd, {});
}

Bytes to_bin(const std::vector<Segment>& segments) {
  Bytes bytes;
  for (const Segment& segment : segments) {
    bytes.resize(segment.address - segments.front().address, 0xFF);
    bytes.insert(bytes.end(), segment.bytes.begin(), segment.bytes.end());
  }
  return bytes;
}

}  // namespace nuthatch::boards
