/* The stack meter, in assembly so that it uses no stack itself. */

  .syntax unified
  .thumb

  .equ PAINT, 0x7a6e7568      /* a word no code is likely to leave on a stack */

/* void port_stack_paint(void): from the stack's end up to the caller's frame. */
  .section .text.port_stack_paint, "ax", %progbits
  .balign 4
  .global port_stack_paint
  .type port_stack_paint, %function
  .thumb_func
port_stack_paint:
  ldr r0, =__stack_bottom
  ldr r1, =PAINT
  mov r2, sp
1:
  cmp r0, r2
  bhs 2f
  stmia r0!, {r1}
  b 1b
2:
  bx lr
  .ltorg

/* size_t port_stack_used(void): from the first word that is no longer paint up to the caller's
 * frame. */
  .section .text.port_stack_used, "ax", %progbits
  .balign 4
  .global port_stack_used
  .type port_stack_used, %function
  .thumb_func
port_stack_used:
  ldr r0, =__stack_bottom
  ldr r1, =PAINT
  mov r2, sp
1:
  cmp r0, r2
  bhs 2f
  ldmia r0!, {r3}
  cmp r3, r1
  beq 1b
  subs r0, #4
2:
  subs r0, r2, r0
  bx lr
  .ltorg
