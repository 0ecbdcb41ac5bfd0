#ifndef NUTHATCH_STARTUP_H
#define NUTHATCH_STARTUP_H

/* What startup needs of the board beside port.h. */

#ifdef __cplusplus
extern "C" {
#endif

/* After main returned, or a fault was told (2): ends the program, or begins it anew. */
#ifdef __GNUC__
__attribute__((noreturn))
#endif
void port_exit(int code);

/* SysTick's handler; none, where nothing counts with it. */
#ifdef __GNUC__
__attribute__((weak))
#endif
void counter_handler(void);

#ifdef __cplusplus
}
#endif

#endif
