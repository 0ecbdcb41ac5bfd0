#ifndef NUTHATCH_TRAINER_BOARDS_EMULATOR_HPP
#define NUTHATCH_TRAINER_BOARDS_EMULATOR_HPP

#include <sys/types.h>

#include <memory>
#include <string>

#include "boards/board.hpp"
#include "boards/link.hpp"
#include "boards/workspace.hpp"

namespace nuthatch::boards {

/// A board under QEMU with an image in its flash; it ends with this object.
class Emulator {
 public:
  /// Throws std::runtime_error where QEMU cannot be started.
  Emulator(const Board& board, const Bytes& elf);
  ~Emulator();
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  /// To its UART.
  Link& link() { return *link_; }
  /// What QEMU said.
  std::string log() const { return workspace_.log(); }

 private:
  Workspace workspace_;
  std::unique_ptr<Link> link_;
  pid_t child_ = -1;
};

}  // namespace nuthatch::boards

#endif
