// pty_board MODEL.nhm MODE: a board at a pseudo terminal, whose name is the first line it prints; it serves until it is
// ended. MODE good; lossy: every 11th answer is lost, every 7th has a wrong bit; fault: says so in the place of
// its third answer; mute: hears all and answers nothing.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "serial/wire.hpp"

namespace {

using nuthatch::test::Bytes;

Bytes on_the_wire(nuthatch::test::Board& board, const std::string& mode, unsigned answer) {
  if (mode == "mute" || (mode == "lossy" && answer % 11 == 0)) return {};
  if (mode == "fault" && answer == 3) {
    const std::string text = "hard fault: pc 00000000";
    return nuthatch::test::stuffed(nuthatch::serial::kSaid, 0, Bytes(text.begin(), text.end()));
  }
  Bytes bytes;
  nuthatch::serial::stuff(board.device.answer(), [&](std::uint8_t byte) { bytes.push_back(byte); });
  if (mode == "lossy" && answer % 7 == 0) bytes[bytes.size() / 2] ^= 0x10;
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::ifstream file(argv[1], std::ios::binary);
  const Bytes model{std::istreambuf_iterator<char>(file), {}};
  nuthatch::test::Board board(model);
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0) return 1;
  const int kept_open = ::open(ptsname(terminal), O_RDWR | O_NOCTTY);  // or reads fail between two programs
  std::printf("%s\n", ptsname(terminal));
  std::fflush(stdout);
  unsigned answers = 0;
  for (std::uint8_t byte = 0; kept_open >= 0 && read(terminal, &byte, 1) == 1;) {
    if (!board.device.take(byte)) continue;
    const Bytes out = on_the_wire(board, argv[2], ++answers);
    if (!out.empty() && write(terminal, out.data(), out.size()) != std::ssize(out)) return 1;
  }
  return 1;
}
