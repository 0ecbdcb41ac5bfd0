#ifndef NUTHATCH_TRAINER_BOARDS_BOARD_HPP
#define NUTHATCH_TRAINER_BOARDS_BOARD_HPP

#include <cstdint>
#include <string>
#include <vector>

#include "boards/image.hpp"
#include "nuthatch/model.hpp"

namespace nuthatch::boards {

/// A board that `nuthatch flash` writes, and that QEMU emulates: its row of ports/cortex-m/boards.h.
struct Board {
  const char* name;
  const char* core;     ///< the build folder of its program
  const char* machine;  ///< QEMU's -M
  std::uint32_t code_bytes;
  std::uint32_t model;  ///< the address of the space for a model, head included
  std::uint32_t model_bytes;
  std::uint32_t ram;
  std::uint32_t ram_bytes;
};

/// Null: there is none of that name.
const Board* find_board(const std::string& name);
std::vector<std::string> board_names();

/// Its program, as firmware_folder finds it.
Image program_of(const Board& board);

/// What a model with its program takes of a board; bytes.
struct Budget {
  std::uint64_t program_flash = 0;
  std::uint64_t model_flash = 0;  ///< its head included
  std::uint64_t model_flash_room = 0;
  std::uint64_t program_ram = 0;  ///< stack and variables
  std::uint64_t model_ram = 0;    ///< scratch, outputs, counters, a frame in and one out
  std::uint64_t ram = 0;          ///< of the board

  std::int64_t flash_left() const { return static_cast<std::int64_t>(model_flash_room - model_flash); }
  std::int64_t ram_left() const { return static_cast<std::int64_t>(ram - program_ram - model_ram); }
  /// A sentence that says by how much it does not fit; empty where it does.
  std::string why_not(const std::string& board) const;
};

Budget budget_of(const Board& board, const Image& program, const Model& model, std::size_t model_bytes);

/// The program with the model. Throws std::runtime_error where it does not fit.
Image image_of(const Board& board, const Model& model, const Bytes& model_bytes);

}  // namespace nuthatch::boards

#endif
