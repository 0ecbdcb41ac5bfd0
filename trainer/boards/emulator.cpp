#include "boards/emulator.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "cortex-m/boards.h"
#include "export/loaded_model.hpp"

namespace nuthatch::boards {
namespace {

constexpr const char* kImage = "image.elf";
constexpr int kWire = 3;  // QEMU's end of the wire, as its descriptor

/// sleep=off: a board that waits for a byte goes on as soon as it comes, whatever its clock then shows.
std::vector<std::string> command_of(const Board& board) {
  return {"qemu-system-arm",
          "-M",
          board.machine,
          "-icount",
          fmt::format("shift={},align=off,sleep=off", NUTHATCH_ICOUNT_SHIFT),
          "-display",
          "none",
          "-monitor",
          "none",
          "-chardev",
          fmt::format("socket,id=wire,fd={}", kWire),
          "-serial",
          "chardev:wire",
          "-kernel",
          kImage};
}

/// In the child: nothing here may allocate. It ends with its parent, however that ends.
[[noreturn]] void become(char* const* words, const char* folder, int wire, pid_t parent) {
  static const char kFailed[] = "qemu-system-arm cannot be started; ./run setup installs it\n";
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int log = chdir(folder) == 0 ? ::open("log.txt", O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
  const int none = ::open("/dev/null", O_RDONLY);
  const bool ready = log >= 0 && dup2(none, STDIN_FILENO) >= 0 && dup2(log, STDOUT_FILENO) >= 0 &&
                     dup2(log, STDERR_FILENO) >= 0 && dup2(wire, kWire) >= 0 && fcntl(kWire, F_SETFD, 0) == 0;
  if (ready && getppid() == parent) execvp(words[0], words);
  if (write(STDERR_FILENO, kFailed, sizeof kFailed - 1) < 0) _exit(1);
  _exit(1);
}

}  // namespace

Emulator::Emulator(const Board& board, const Bytes& elf) {
  exporting::write_file(workspace_ / kImage, elf);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw std::runtime_error(fmt::format("no socket for the emulated {}: {}", board.name, std::strerror(errno)));
  }
  link_ = link_over(ends[0], fmt::format("the emulated {}", board.name), 0);
  std::vector<std::string> command = command_of(board);
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  const std::string folder = workspace_.path().string();
  const pid_t parent = getpid();
  child_ = fork();
  if (child_ == 0) become(words.data(), folder.c_str(), ends[1], parent);
  close(ends[1]);
  if (child_ < 0) {
    throw std::runtime_error(fmt::format("{} cannot be started: {}", command[0], std::strerror(errno)));
  }
}

Emulator::~Emulator() {
  if (child_ < 0) return;
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
}

}  // namespace nuthatch::boards
