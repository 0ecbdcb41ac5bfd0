#include "boards/board.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "boards/workspace.hpp"
#include "cortex-m/boards.h"
#include "export/loaded_model.hpp"
#include "serial/image.h"
#include "serial/messages.hpp"

namespace nuthatch::boards {
namespace {

#define NUTHATCH_AS_BOARD(name, core, machine, code, code_bytes, model, model_bytes, ram, ram_bytes, clock) \
  Board{#name, core, machine, code_bytes, model, model_bytes, ram, ram_bytes},
constexpr Board kBoards[] = {NUTHATCH_FLASHED_BOARDS(NUTHATCH_AS_BOARD)};
#undef NUTHATCH_AS_BOARD

}  // namespace

const Board* find_board(const std::string& name) {
  const Board* found =
      std::find_if(std::begin(kBoards), std::end(kBoards), [&](const Board& board) { return name == board.name; });
  return found == std::end(kBoards) ? nullptr : found;
}

std::vector<std::string> board_names() {
  std::vector<std::string> names;
  for (const Board& board : kBoards) names.emplace_back(board.name);
  return names;
}

Image program_of(const Board& board) {
  const std::string file = fmt::format("{}.elf", board.name);
  const std::filesystem::path path = firmware_folder(board.core, file) / file;
  return {exporting::read_file(path), path.string()};
}

std::string Budget::why_not(const std::string& board) const {
  if (flash_left() < 0) {
    return fmt::format(
        "the model takes {} bytes of flash and the {} has {} for it: {} too many; train it smaller, or "
        "take another board",
        model_flash, board, model_flash_room, -flash_left());
  }
  if (ram_left() < 0) {
    return fmt::format(
        "the model needs {} bytes of RAM, and the program leaves {} of the {}'s {}: {} too many; a "
        "smaller --monitor-bytes helps, or --monitor basic, or another board",
        model_ram, ram - program_ram, board, ram, -ram_left());
  }
  return "";
}

Budget budget_of(const Board& board, const Image& program, const Model& model, std::size_t model_bytes) {
  Budget budget;
  for (const Segment& segment : program.segments()) {
    if (segment.address != board.model) budget.program_flash += segment.bytes.size();
  }
  budget.model_flash = sizeof(nuthatch_model_head) + model_bytes;
  budget.model_flash_room = board.model_bytes;
  budget.program_ram = serial::in_eights(program.used_from(board.ram, board.ram_bytes));
  budget.model_ram = serial::plan_for(model.footprint(), model.input()).ram_bytes;
  budget.ram = board.ram_bytes;
  return budget;
}

Image image_of(const Board& board, const Model& model, const Bytes& model_bytes) {
  Image image = program_of(board);
  const std::string wrong = budget_of(board, image, model, model_bytes.size()).why_not(board.name);
  if (!wrong.empty()) throw std::runtime_error(wrong);
  image.place_model(board.model, model_bytes);
  return image;
}

}  // namespace nuthatch::boards
