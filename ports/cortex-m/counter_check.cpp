/// Proves the port's measuring: instruction sequences of known length, and stacks of known depth,
/// read exactly. Exit code 0: every line is PASS. To be run with the icount of README.md; with
/// another it must fail.

#include <cstddef>
#include <cstdint>

#include "../port.h"
#include "boards.h"
#include "counter.h"

namespace {

/// Instructions until SysTick wraps.
constexpr std::uint64_t kSecond = 1000000000u >> NUTHATCH_ICOUNT_SHIFT;
constexpr std::uint64_t kPeriod = kSecond * (1u << 24) / NUTHATCH_BOARD(NUTHATCH_CLOCK_OF);
static_assert(kPeriod > 8000000);

int failures = 0;

void say_number(std::uint64_t number) {
  char text[21];
  char* digit = text + sizeof text;
  *--digit = '\0';
  do {
    *--digit = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  port_say(digit);
}

void check(const char* what, std::uint64_t measured, std::uint64_t expected) {
  port_say(measured == expected ? "PASS " : "FAIL ");
  port_say(what);
  port_say(": ");
  say_number(measured);
  if (measured != expected) {
    ++failures;
    port_say(", expected ");
    say_number(expected);
  }
  port_say("\n");
}

/// Not inlined: thousands of nops would put other code's constants out of its reach. Returning the
/// count keeps the call of stop from being the last, for which a compiler would take down its frame
/// inside the measurement.
template <int kCount>
[[gnu::noipa]] std::uint64_t nops() {
  port_tick_start();
  __asm__ volatile(".rept %c0\n nop\n .endr" : : "i"(kCount));
  port_tick_stop();
  return port_ticks();
}

template <int kCount>
void check_nops() {
  check("nops", nops<kCount>(), kCount);
}

/// Not inlined, so that every count reaches the loop by the same instructions.
[[gnu::noipa]] std::uint64_t loop(std::uint32_t count) {
  port_tick_start();
  counter_loop(count);
  port_tick_stop();
  return port_ticks();
}

[[gnu::noipa]] std::uint64_t loop_and_nop(std::uint32_t count) {
  port_tick_start();
  counter_loop(count);
  __asm__ volatile("nop");
  port_tick_stop();
  return port_ticks();
}

/// Ticks and instructions drift against each other with a period of 125 instructions or less: all
/// phases.
void check_every_phase() {
  std::uint64_t wrong = 0;
  const std::uint64_t one = loop(1);
  for (std::uint32_t count = 1; count <= 2000; ++count) {
    wrong += loop(count) - one != 2 * (count - 1) ? 1 : 0;
    wrong += loop_and_nop(count) - one != 2 * count - 1 ? 1 : 0;
  }
  check("loops of 1 to 2000 turns that are off", wrong, 0);
}

void check_long() {
  const std::uint64_t one = loop(1);
  check("ten million turns", loop(10000001) - one, 20000000);
  check("twenty million turns", loop(20000001) - one, 40000000);
}

/// Ends the measurement on each instruction around SysTick's wrap: counted, pending, or not yet.
void check_wrap() {
  std::uint64_t wrong = 0;
  const std::uint64_t one = loop(1);
  const auto middle = static_cast<std::uint32_t>(kPeriod / 2);
  for (std::uint32_t count = middle - 16; count < middle + 4; ++count) {
    wrong += loop(count) - one != 2 * (count - 1) ? 1 : 0;
    wrong += loop_and_nop(count) - one != 2 * count - 1 ? 1 : 0;
  }
  check("loops ending around the 24-bit wrap that are off", wrong, 0);
}

[[gnu::naked, gnu::noinline]] void use_200_bytes() {
  __asm__ volatile(
      "sub sp, #200 \n"
      "movs r0, #0  \n"
      "str r0, [sp] \n"
      "add sp, #200 \n"
      "bx lr        \n");
}

void check_stack() {
  port_stack_paint();
  port_tick_start();
  port_tick_stop();
  check("stack of an empty measurement", port_stack_used(), 0);
  port_stack_paint();
  use_200_bytes();
  check("stack of 200 bytes", port_stack_used(), 200);
}

}  // namespace

int main() {
  const port_unit unit = port_clock();
  check("calibrated", unit == PORT_INSTRUCTIONS ? 1 : 0, 1);
  if (unit != PORT_INSTRUCTIONS) return 1;
  port_say("an empty measurement takes ");
  say_number(counter_empty_ticks());
  port_say(" ticks\n");
  check_nops<0>();
  check_nops<1>();
  check_nops<2>();
  check_nops<3>();
  check_nops<10>();
  check_nops<100>();
  check_nops<1000>();
  check_every_phase();
  check_long();
  check_wrap();
  check_stack();
  return failures == 0 ? 0 : 1;
}
