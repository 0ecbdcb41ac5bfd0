#ifndef NUTHATCH_SERIAL_BOARD_H
#define NUTHATCH_SERIAL_BOARD_H

/* What the firmware needs of a flashed board beside port.h's ticks, which are microseconds here. */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Clocks, the UART at 115200 8N1, and the timer of the ticks. */
void board_start(void);

/* Waits for a byte. */
uint8_t board_take(void);
/* Waits until the UART takes it. */
void board_put(uint8_t byte);

#ifdef __cplusplus
}
#endif

#endif
