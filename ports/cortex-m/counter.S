/* The instruction counter's fixed sequences, in assembly so that their cost is constant, and known.
 * Thumb-1, for all cores. None of them touches the stack (an exception in between does; see
 * counter.h). */

  .syntax unified
  .thumb

  .equ SYST, 0xe000e010       /* SysTick: CSR, RVR at 4, CVR at 8 */
  .equ ICSR, 0xe000ed04       /* bit 26: SysTick pending; writing bit 25 clears it */
  .equ CLEAR_PENDING, 1 << 25

  .macro function name
  .section .text.\name, "ax", %progbits
  .balign 4
  .global \name
  .type \name, %function
  .thumb_func
\name:
  .endm

/* SysTick has counted 2^24 ticks. kHandlerInstructions of counter.c counts these five. */
function counter_handler
  ldr r0, =counter_wraps
  ldr r1, [r0]
  adds r1, #1
  str r1, [r0]
  bx lr
  .ltorg

/* void port_tick_start(void): writing CVR restarts the period on this very instruction. Only then
 * can no old wrap be about to happen, so pending and counted ones are cleared after it. */
function port_tick_start
  ldr r0, =SYST
  ldr r1, =ICSR
  ldr r2, =CLEAR_PENDING
  ldr r3, =counter_wraps
  cpsid i
  str r2, [r0, #8]
  str r2, [r1]
  movs r2, #0
  str r2, [r3]
  cpsie i
  bx lr
  .ltorg

/* void port_tick_stop(void): counter_raw = {CVR, ICSR, wraps}. With exceptions off, a wrap just
 * before the read of CVR shows as pending in ICSR. */
function port_tick_stop
  ldr r0, =SYST
  ldr r1, =ICSR
  ldr r2, =counter_wraps
  cpsid i
  ldr r0, [r0, #8]
  ldr r1, [r1]
  ldr r2, [r2]
  cpsie i
  ldr r3, =counter_raw
  str r0, [r3, #0]
  str r1, [r3, #4]
  str r2, [r3, #8]
  bx lr
  .ltorg

/* void counter_loop(uint32_t count): 2 * count + 1 instructions, the return included; count > 0. */
function counter_loop
1:
  subs r0, #1
  bne 1b
  bx lr
