#ifndef NUTHATCH_BOARDS_H
#define NUTHATCH_BOARDS_H

/* The emulated boards, one table for all who need it: the linker script (through the C
 * preprocessor), the firmware and the host program. Macros and plain numbers only, so that a linker
 * script can read them.
 *
 * X(name, core, machine, code, code_bytes, model, model_bytes, ram, ram_bytes, clock_hz)
 *   name         of the board here
 *   core         the CMake preset, and so the build folder
 *   machine      QEMU's -M
 *   code         where the program lies: the vector table's address and the flash for it, in bytes
 *   model        where the model lies: address (a multiple of 8) and the flash kept for it
 *   ram          address and bytes
 *   clock_hz     what SysTick counts
 *
 * QEMU's mps boards have no flash: block RAM that the loader fills stands for it, and is never
 * written. mps2-an505 and mps3-an547 run in secure state, at the secure aliases (bit 28 set) of
 * their memories. */

#define NUTHATCH_BOARD_CORTEX_M0(X) \
  X(microbit, "cortex-m0", "microbit", 0x00000000, 0x20000, 0x00020000, 0x20000, 0x20000000, 0x4000, 16000000)
#define NUTHATCH_BOARD_CORTEX_M3(X) \
  X(an385, "cortex-m3", "mps2-an385", 0x00000000, 0x200000, 0x00200000, 0x200000, 0x20000000, 0x400000, 25000000)
#define NUTHATCH_BOARD_CORTEX_M4(X) \
  X(an386, "cortex-m4", "mps2-an386", 0x00000000, 0x200000, 0x00200000, 0x200000, 0x20000000, 0x400000, 25000000)
#define NUTHATCH_BOARD_CORTEX_M7(X) \
  X(an500, "cortex-m7", "mps2-an500", 0x00000000, 0x200000, 0x00200000, 0x200000, 0x20000000, 0x400000, 25000000)
#define NUTHATCH_BOARD_CORTEX_M33(X) \
  X(an505, "cortex-m33", "mps2-an505", 0x10000000, 0x200000, 0x10200000, 0x200000, 0x38000000, 0x400000, 20000000)
#define NUTHATCH_BOARD_CORTEX_M55(X) \
  X(an547, "cortex-m55", "mps3-an547", 0x10000000, 0x80000, 0x11000000, 0x200000, 0x30000000, 0x80000, 32000000)

/* Boards that people own, as `nuthatch flash` writes them and QEMU emulates them too. In front of the model lie a
 * nuthatch_model_head's bytes (serial/image.h). The model begins where a page or a sector does, so that it can be
 * written without the program. */
#define NUTHATCH_BOARD_MICROBIT(X) \
  X(microbit, "cortex-m0", "microbit", 0x00000000, 0xc000, 0x0000c000, 0x34000, 0x20000000, 0x4000, 16000000)
#define NUTHATCH_BOARD_STM32F405(X) \
  X(stm32f405, "cortex-m4", "netduinoplus2", 0x08000000, 0x10000, 0x08010000, 0xf0000, 0x20000000, 0x20000, 16000000)

#define NUTHATCH_FLASHED_BOARDS(X) \
  NUTHATCH_BOARD_MICROBIT(X)       \
  NUTHATCH_BOARD_STM32F405(X)

/* One column, for where a whole row is too much. */
#define NUTHATCH_CLOCK_OF(name, core, machine, code, code_bytes, model, model_bytes, ram, ram_bytes, clock_hz) clock_hz

#define NUTHATCH_BOARDS(X)     \
  NUTHATCH_BOARD_CORTEX_M0(X)  \
  NUTHATCH_BOARD_CORTEX_M3(X)  \
  NUTHATCH_BOARD_CORTEX_M4(X)  \
  NUTHATCH_BOARD_CORTEX_M7(X)  \
  NUTHATCH_BOARD_CORTEX_M33(X) \
  NUTHATCH_BOARD_CORTEX_M55(X)

/* The file the model is loaded from and, by its length, its size. */
#define NUTHATCH_MODEL_FILE "model.nhm"

/* QEMU's -icount shift: an instruction takes 2^shift ns of virtual time. The tick counter is proven
 * against it. */
#define NUTHATCH_ICOUNT_SHIFT 6

#endif
