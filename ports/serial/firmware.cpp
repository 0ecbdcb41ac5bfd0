/// The program of a flashed board: answers what comes in at its UART, with the model that lies in its flash.

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "cortex-m/startup.h"
#include "port.h"
#include "serial/board.h"
#include "serial/device.hpp"
#include "serial/image.h"

// From sections.ld.
extern "C" const std::uint8_t __model_start[], __model_limit[];
extern "C" std::uint8_t __free_start[], __free_end[];

namespace {

/// Keeps the model's place in the image; `nuthatch flash` puts a model there.
[[gnu::section(".model"), gnu::used]] const nuthatch_model_head kNoModel = {0xFFFFFFFF, 0xFFFFFFFF};

nuthatch::serial::Device device;

}  // namespace

const std::uint8_t* port_model(std::size_t* size) {
  nuthatch_model_head head;
  std::memcpy(&head, __model_start, sizeof head);
  const auto room = static_cast<std::size_t>(__model_limit - __model_start) - sizeof head;
  const bool there = head.magic == NUTHATCH_MODEL_MAGIC && head.bytes <= room;
  *size = there ? head.bytes : 0;
  return there ? __model_start + sizeof head : nullptr;
}

void* port_free_memory(std::size_t* size) {
  *size = static_cast<std::size_t>(__free_end - __free_start);
  return __free_start;
}

/// A frame that nobody asked for.
void port_say(const char* text) {
  using namespace nuthatch::serial;
  constexpr std::size_t kMost = 80;
  std::uint8_t frame[frame_bytes(kMost)];
  const std::size_t size = std::min(std::strlen(text), kMost);
  std::memcpy(frame + kHeadBytes, text, size);
  stuff(seal(frame, {kSaid, 0}, size), board_put);
}

/// Nobody waits for an exit code: the board begins anew.
void port_exit(int) {
  constexpr std::uintptr_t kAircr = 0xE000ED0C;
  constexpr std::uint32_t kReset = 0x05FA0004;
  __asm__ volatile("dsb" ::: "memory");
  *reinterpret_cast<volatile std::uint32_t*>(kAircr) = kReset;
  while (true) {
  }
}

int main() {
  board_start();
  port_stack_paint();
  std::size_t model_bytes = 0;
  std::size_t free = 0;
  const std::uint8_t* const model = port_model(&model_bytes);
  auto* const memory = static_cast<std::uint8_t*>(port_free_memory(&free));
  device.start({model, model_bytes}, {memory, free}, NUTHATCH_BOARD_NAME);
  while (true) {
    if (!device.take(board_take())) continue;
    device.note_stack(port_stack_used());
    nuthatch::serial::stuff(device.answer(), board_put);
  }
}
