#ifndef NUTHATCH_COUNTER_H
#define NUTHATCH_COUNTER_H

/* Counts executed instructions with SysTick, under QEMU's -icount shift=6.
 *
 * An instruction then takes 64 ns of virtual time, and SysTick counts 1.024 to 2.048 ticks in it,
 * by the board. Every measurement restarts SysTick on an instruction, so ticks and instructions are
 * in step from there and the conversion is exact. The 24-bit counter wraps every 2^24 ticks (8 to
 * 16 million instructions); an exception counts the wraps, and its own instructions are taken out.
 * A stack reading during which it ran holds one exception frame. */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* 2 * count + 1 instructions (and 1 or 2 for the call); count > 0. */
void counter_loop(uint32_t count);

/* The last measurement, and an empty one, in SysTick's ticks. */
uint64_t counter_raw_ticks(void);
uint64_t counter_empty_ticks(void);

#ifdef __cplusplus
}
#endif

#endif
