/* From reset to main, and what happens when something faults. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../port.h"
#include "startup.h"

/* From sections.ld. */
extern uint8_t __stack_bottom[], __stack_top[];
extern uint8_t __data_start[], __data_end[];
extern const uint8_t __data_load[];
extern uint8_t __bss_start[], __bss_end[];

typedef void (*function)(void);
extern const function __init_start[], __init_end[];

int main(void);
void port_reset(void);
void port_fault(void);
void port_start_c(void);
void port_report_fault(uint32_t pc, uint32_t lr, uint32_t sp);

typedef union vector {
  const void* stack;
  function handler;
} vector;

__attribute__((section(".vectors"), used)) const vector port_vectors[16] = {
    {.stack = __stack_top},
    {.handler = port_reset},
    {.handler = port_fault},
    {.handler = port_fault}, /* NMI, HardFault */
    {.handler = port_fault},
    {.handler = port_fault}, /* MemManage, BusFault */
    {.handler = port_fault},
    {.handler = port_fault}, /* UsageFault, SecureFault */
    {NULL},
    {NULL},
    {NULL},
    {.handler = port_fault}, /* SVCall */
    {.handler = port_fault},
    {NULL}, /* DebugMonitor */
    {.handler = port_fault},
    {.handler = counter_handler}, /* PendSV, SysTick */
};

/* No C before this: a compiler may use FPU or Helium registers in any C function it compiles for a
 * core that has them, so coprocessors 10 and 11 are switched on first (CPACR, bits 20-23; it serves
 * both). */
__attribute__((naked)) void port_reset(void) {
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
  __asm__ volatile(
      "ldr r0, =0xe000ed88 \n"
      "ldr r1, [r0]        \n"
      "ldr r2, =0x00f00000 \n"
      "orrs r1, r2         \n"
      "str r1, [r0]        \n"
      "dsb                 \n"
      "isb                 \n");
#endif
  __asm__ volatile("bl port_start_c");
}

/* An overflowing stack leaves RAM downwards. Where nothing lies there, that faults by itself; the
 * emulated mps2 boards with an Armv7-M core ignore such accesses instead, so an MPU region (1 MB
 * below RAM, no access) makes it a fault. */
static void guard_stack(void) {
#if __ARM_ARCH == 7
  enum { kNoAccessOneMegabyte = 19 << 1, kEnable = 1, kBackground = 1 << 2, kValid = 1 << 4 };
  volatile uint32_t* const mpu = (volatile uint32_t*)0xe000ed90; /* TYPE, CTRL, RNR, RBAR, RASR */
  mpu[3] = ((uint32_t)(uintptr_t)__stack_bottom - (1u << 20)) | kValid;
  mpu[4] = kNoAccessOneMegabyte | kEnable;
  mpu[1] = kBackground | kEnable;
  __asm__ volatile("dsb\n isb");
#endif
}

void port_start_c(void) {
  guard_stack();
  memcpy(__data_start, __data_load, (size_t)(__data_end - __data_start));
  memset(__bss_start, 0, (size_t)(__bss_end - __bss_start));
  for (const function* init = __init_start; init != __init_end; ++init) {
    (*init)();
  }
  port_exit(main());
}

/* Reads the faulting pc and lr from the exception's frame if that lies in RAM (after an overflow it
 * does not), and reports on a fresh stack: the old one may be what broke. */
__attribute__((naked)) void port_fault(void) {
  __asm__ volatile(
      "movs r0, #0              \n"
      "movs r1, #0              \n"
      "mov r2, sp               \n"
      "ldr r3, =__stack_bottom  \n"
      "cmp r2, r3               \n"
      "blo 1f                   \n"
      "ldr r0, [r2, #24]        \n"
      "ldr r1, [r2, #20]        \n"
      "1:                       \n"
      "ldr r3, =__stack_top     \n"
      "mov sp, r3               \n"
      "bl port_report_fault     \n");
}

static void put_hex(char* text, uint32_t value) {
  for (int digit = 7; digit >= 0; --digit) {
    text[digit] = "0123456789abcdef"[value & 15u];
    value >>= 4;
  }
}

void port_report_fault(uint32_t pc, uint32_t lr, uint32_t sp) {
  enum { kPc = 15, kLr = 27, kSp = 39, kEnd = 47 };
  char text[] = "hard fault: pc ........ lr ........ sp ........; the stack overflowed\n";
  put_hex(text + kPc, pc);
  put_hex(text + kLr, lr);
  put_hex(text + kSp, sp);
  if (sp >= (uint32_t)(uintptr_t)__stack_bottom) {
    text[kEnd] = '\n';
    text[kEnd + 1] = '\0';
  }
  port_say(text);
  port_exit(2);
}

/* libgcc's division names the unwinder's personality; nothing here unwinds, so its kilobytes stay
 * out. */
void __aeabi_unwind_cpp_pr0(void);
void __aeabi_unwind_cpp_pr0(void) {}
