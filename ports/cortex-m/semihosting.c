#include "semihosting.h"

#include <string.h>

enum {
  kSysOpen = 0x01,
  kSysClose = 0x02,
  kSysWrite0 = 0x04,
  kSysWrite = 0x05,
  kSysRead = 0x06,
  kSysFlen = 0x0c,
  kSysExitExtended = 0x20,
};

/* ADP_Stopped_ApplicationExit: the reason that carries an exit code. */
static const uint32_t kApplicationExit = 0x20026;

static int32_t call(uint32_t operation, const void* block) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void* r1 __asm__("r1") = block;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return (int32_t)r0;
}

void semihosting_exit(int code) {
  const uint32_t block[2] = {kApplicationExit, (uint32_t)code};
  for (;;) {
    call(kSysExitExtended, block);
  }
}

void semihosting_say(const char* text) { call(kSysWrite0, text); }

int semihosting_open(const char* name, uint32_t mode) {
  const uint32_t block[3] = {(uint32_t)(uintptr_t)name, mode, (uint32_t)strlen(name)};
  return call(kSysOpen, block);
}

int32_t semihosting_length(int handle) {
  const uint32_t block[1] = {(uint32_t)handle};
  return call(kSysFlen, block);
}

size_t semihosting_read(int handle, void* bytes, size_t size) {
  const uint32_t block[3] = {(uint32_t)handle, (uint32_t)(uintptr_t)bytes, (uint32_t)size};
  return (size_t)call(kSysRead, block);
}

size_t semihosting_write(int handle, const void* bytes, size_t size) {
  const uint32_t block[3] = {(uint32_t)handle, (uint32_t)(uintptr_t)bytes, (uint32_t)size};
  return (size_t)call(kSysWrite, block);
}

int semihosting_close(int handle) {
  const uint32_t block[1] = {(uint32_t)handle};
  return call(kSysClose, block);
}
