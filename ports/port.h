#ifndef NUTHATCH_PORT_H
#define NUTHATCH_PORT_H

/* What a port supplies: words, files, a model, memory, a tick counter and a stack meter. The
 * runner, the examples and the checks are written against this header alone. One implementation is
 * linked: ports/cortex-m or ports/host. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes a line for a human; `text` ends in a newline. Returns nothing: there is nowhere left to
 * complain. */
void port_say(const char* text);

/* Files in the port's one folder, by plain name. A port_file is >= 0, or -1: there is none. */
typedef int port_file;
typedef enum port_mode { PORT_READ = 0, PORT_WRITE = 1 } port_mode;

port_file port_open(const char* name, port_mode mode);
/* Bytes in the file, or -1. */
int32_t port_length(port_file file);
/* Both move all `size` bytes and return 0, or return -1. */
int port_read(port_file file, void* bytes, size_t size);
int port_write(port_file file, const void* bytes, size_t size);
/* 0, or -1 where the last bytes written may be lost. */
int port_close(port_file file);

/* The model where it lies, at a multiple of 8, and its size. Null (having said why) if there is
 * none or no room for it; a file of zero bytes is a model to be refused, not an error. */
const uint8_t* port_model(size_t* size);

/* All memory the program does not use, at a multiple of 8; the same memory at each call. */
void* port_free_memory(size_t* size);

/* What a tick is. */
typedef enum port_unit {
  PORT_UNPROVEN = 0,     /* of a length nobody vouches for: not to be reported as instructions */
  PORT_INSTRUCTIONS = 1, /* executed instructions, exact and the same on every run */
  PORT_NANOSECONDS = 2   /* time, different on every run */
} port_unit;

/* Starts the tick counter and, where it counts instructions, proves it against loops of known
 * length. To be called before any other of these. */
port_unit port_clock(void);

/* Start, stop, then read: the ticks between the return of start and the call of stop, the counter's
 * own cost taken out. Neither start nor stop touches the stack on bare metal, so a stack reading
 * may enclose them. */
void port_tick_start(void);
void port_tick_stop(void);
uint64_t port_ticks(void);

/* Paints the free stack below the caller's frame; later, from the same frame, the bytes that calls
 * in between used. 0: not measured (a hosted port). A stack that overflowed its limit faults, it
 * does not return a number. */
void port_stack_paint(void);
size_t port_stack_used(void);

#ifdef __cplusplus
}
#endif

#endif
