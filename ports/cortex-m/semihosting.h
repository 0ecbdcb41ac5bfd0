#ifndef NUTHATCH_SEMIHOSTING_H
#define NUTHATCH_SEMIHOSTING_H

/* Arm semihosting: the emulator (or a debug probe) serves the firmware's files and exit code.
 * Source: "Semihosting for AArch32 and AArch64", Arm 2021Q1; M-profile calls are BKPT 0xAB. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Ends the program with an exit code. */
#ifdef __GNUC__
__attribute__((noreturn))
#endif
void semihosting_exit(int code);

void semihosting_say(const char* text);

/* A handle >= 0, or -1. `mode` is fopen's, as a number: 1 "rb", 5 "wb". */
int semihosting_open(const char* name, uint32_t mode);
int32_t semihosting_length(int handle);
/* The bytes that were not moved. */
size_t semihosting_read(int handle, void* bytes, size_t size);
size_t semihosting_write(int handle, const void* bytes, size_t size);
int semihosting_close(int handle);

#ifdef __cplusplus
}
#endif

#endif
