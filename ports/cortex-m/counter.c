#include "counter.h"

#include <stdbool.h>
#include <stddef.h>

#include "../port.h"
#include "boards.h"

enum {
  kReload = 0xffffff, /* the whole 24 bits: a period is 2^24 ticks */
  kEnable = 1 << 0,   /* of SysTick's CSR */
  kException = 1 << 1,
  kCoreClock = 1 << 2,
  kHandlerInstructions = 5, /* counter_handler */
  kShortLoop = 1000,
  kLongLoop = 3000,
  kProofs = 3,
};

static const uint32_t kPending = 1u << 26; /* of ICSR: wrapped, counter_handler has yet to run */

/* From boards.h: instructions = ticks * kFactor / 2^kFactorShift, exactly. */
#define CLOCK_HZ ((uint64_t)NUTHATCH_BOARD(NUTHATCH_CLOCK_OF))
#define INSTRUCTIONS_A_SECOND (1000000000u >> NUTHATCH_ICOUNT_SHIFT)
enum { kFactorShift = 8 };
static const uint32_t kFactor = (uint32_t)(((uint64_t)INSTRUCTIONS_A_SECOND << kFactorShift) / CLOCK_HZ);
_Static_assert(((uint64_t)INSTRUCTIONS_A_SECOND << kFactorShift) % CLOCK_HZ == 0,
               "the clock's ticks do not convert exactly");

typedef struct systick {
  volatile uint32_t csr, rvr, cvr;
} systick;
#define SYSTICK ((systick*)0xe000e010)

/* Written by counter.S. */
volatile uint32_t counter_wraps;
struct {
  uint32_t cvr, icsr, wraps;
} volatile counter_raw;

static bool proven;
static uint64_t empty_ticks;

/* SysTick counts down from 0, so the first tick shows as the reload value. A wrap that is pending
 * where CVR is high has just happened; where CVR is low it came between the two reads. */
uint64_t counter_raw_ticks(void) {
  const uint32_t elapsed = (0u - counter_raw.cvr) & kReload;
  const bool unhandled = (counter_raw.icsr & kPending) != 0 && elapsed <= kReload / 2;
  return ((uint64_t)(counter_raw.wraps + (unhandled ? 1u : 0u)) << 24) + elapsed;
}

uint64_t counter_empty_ticks(void) { return empty_ticks; }

/* When k instructions have run since the restart, k * 2^kFactorShift / kFactor ticks have passed.
 * SysTick shows that number rounded down, or one less where it is whole. Half a tick more is thus
 * at most half a tick from the truth, which is less than half an instruction: rounding to the
 * nearest one is exact. counter_check tries every phase. */
static uint64_t instructions(uint64_t ticks) {
  return ((2 * ticks + 1) * kFactor + (1u << kFactorShift)) >> (kFactorShift + 1);
}

static uint64_t measured(void) {
  return instructions(counter_raw_ticks()) - instructions(empty_ticks) -
         (uint64_t)counter_raw.wraps * kHandlerInstructions;
}

uint64_t port_ticks(void) { return proven ? measured() : counter_raw_ticks() - empty_ticks; }

/* Not inlined: each loop must reach its count by the same instructions, not by those a constant
 * happens to take. */
__attribute__((noipa)) static uint64_t loop_instructions(uint32_t count) {
  port_tick_start();
  counter_loop(count);
  port_tick_stop();
  return measured();
}

static void measure_nothing(void) {
  port_tick_start();
  port_tick_stop();
  empty_ticks = counter_raw_ticks();
}

/* Two loops of known length, whose difference holds no call and no start: 2 instructions an
 * iteration, to the unit. Three times, because a clock that runs by itself might hit it once. */
port_unit port_clock(void) {
  SYSTICK->rvr = kReload;
  SYSTICK->cvr = 0;
  SYSTICK->csr = kEnable | kException | kCoreClock;
  proven = true;
  for (int proof = 0; proof < kProofs; ++proof) {
    measure_nothing();
    const uint64_t difference = loop_instructions(kLongLoop) - loop_instructions(kShortLoop);
    proven = proven && difference == 2u * (kLongLoop - kShortLoop);
  }
  return proven ? PORT_INSTRUCTIONS : PORT_UNPROVEN;
}
