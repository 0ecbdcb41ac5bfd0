/// port.h where there is an operating system: the working directory's files, a mapped model, time
/// for ticks. Shared by ports/host and ports/linux-arm.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <ctime>

#include "../port.h"

namespace {

constexpr std::size_t kFreeMemory = 64u << 20;
alignas(8) std::uint8_t free_memory[kFreeMemory];
std::uint64_t started, stopped, empty;

std::uint64_t now() {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1000000000u + static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

void port_say(const char* text) { std::fputs(text, stderr); }

port_file port_open(const char* name, port_mode mode) {
  return mode == PORT_READ ? open(name, O_RDONLY | O_CLOEXEC)
                           : open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

std::int32_t port_length(port_file file) {
  struct stat status = {};
  if (fstat(file, &status) != 0 || status.st_size > INT32_MAX) return -1;
  return static_cast<std::int32_t>(status.st_size);
}

int port_read(port_file file, void* bytes, std::size_t size) {
  auto* to = static_cast<std::uint8_t*>(bytes);
  while (size > 0) {
    const ssize_t moved = read(file, to, size);
    if (moved <= 0) return -1;
    to += moved;
    size -= static_cast<std::size_t>(moved);
  }
  return 0;
}

int port_write(port_file file, const void* bytes, std::size_t size) {
  const auto* from = static_cast<const std::uint8_t*>(bytes);
  while (size > 0) {
    const ssize_t moved = write(file, from, size);
    if (moved <= 0) return -1;
    from += moved;
    size -= static_cast<std::size_t>(moved);
  }
  return 0;
}

int port_close(port_file file) { return close(file); }

/// Mapped, never copied: the model is used where it lies here too. It stays mapped until the
/// program ends.
const std::uint8_t* port_model(std::size_t* size) {
  alignas(8) static const std::uint8_t nothing[8] = {};
  const port_file file = port_open("model.nhm", PORT_READ);
  const std::int32_t length = file < 0 ? -1 : port_length(file);
  if (length < 0) {
    port_say("no model.nhm in the working directory\n");
    return nullptr;
  }
  *size = static_cast<std::size_t>(length);
  void* const bytes = length == 0 ? nullptr : mmap(nullptr, *size, PROT_READ, MAP_PRIVATE, file, 0);
  (void)port_close(file);
  if (length == 0) return nothing;
  if (bytes == MAP_FAILED) {
    port_say("model.nhm cannot be mapped\n");
    return nullptr;
  }
  return static_cast<const std::uint8_t*>(bytes);
}

void* port_free_memory(std::size_t* size) {
  *size = kFreeMemory;
  return free_memory;
}

port_unit port_clock() {
  port_tick_start();
  port_tick_stop();
  empty = stopped - started;
  return PORT_NANOSECONDS;
}

void port_tick_start() { started = now(); }
void port_tick_stop() { stopped = now(); }

std::uint64_t port_ticks() {
  const std::uint64_t passed = stopped - started;
  return passed > empty ? passed - empty : 0;
}

/// Not measured: here a stack is megabytes, and what lies below the frame belongs to libc and the
/// loader as well.
void port_stack_paint() {}
std::size_t port_stack_used() { return 0; }
