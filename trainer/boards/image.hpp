#ifndef NUTHATCH_TRAINER_BOARDS_IMAGE_HPP
#define NUTHATCH_TRAINER_BOARDS_IMAGE_HPP

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// What is written into a board's flash: its program (an ELF file that firmware/ built) joined with a model, without a
/// compiler; as .elf, .hex and .bin.
namespace nuthatch::boards {

using Bytes = std::vector<std::uint8_t>;

struct Segment {
  std::uint32_t address;
  Bytes bytes;
};

class Image {
 public:
  /// A 32-bit little-endian ELF program. Throws std::runtime_error, naming it, for anything else.
  Image(Bytes elf, std::string name);

  /// Puts a model with its head (ports/serial/image.h) where the program keeps a place for it.
  void place_model(std::uint32_t address, std::span<const std::uint8_t> model);

  const Bytes& elf() const { return elf_; }
  /// What lies in flash, by address.
  std::vector<Segment> segments() const;
  /// The last byte that the program takes from `start` on, plus one, less `start`: of RAM, its stack and variables.
  std::uint32_t used_from(std::uint32_t start, std::uint32_t bytes) const;

 private:
  [[noreturn]] void broken(const char* what) const;

  Bytes elf_;
  std::string name_;
};

/// Intel HEX, with linear addresses of 32 bits.
std::string to_hex(const std::vector<Segment>& segments);
/// From the first address on; what lies between segments is erased flash, 0xFF.
Bytes to_bin(const std::vector<Segment>& segments);

}  // namespace nuthatch::boards

#endif
