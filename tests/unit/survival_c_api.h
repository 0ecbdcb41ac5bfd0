#ifndef NUTHATCH_TESTS_UNIT_SURVIVAL_C_API_H
#define NUTHATCH_TESTS_UNIT_SURVIVAL_C_API_H

#include <stddef.h>
#include <stdint.h>

#include "nuthatch.h"

/* What survival_c_api.c did with nuthatch.h's calls for survival, for survival_c_api_test.cpp. */

#ifdef __cplusplus
extern "C" {
#endif

enum { kCSurvivalWords = 256, kCFlashBytes = 2048 };

typedef struct c_survival {
  uint32_t memory[NUTHATCH_RETAINED_MEMORY_WORDS(kCSurvivalWords)];
  uint8_t flash[kCFlashBytes];
  /* of the last boot */
  int begun, loaded, ring_begun, found, appended;
  uint32_t rows;
  nuthatch_life life, stamp, read;
  nuthatch_crash crash;
  size_t record_size;
} c_survival;

/* A boot: counts one row, saves, sends a snapshot to the ring, and ends within the prediction of another. */
void c_survival_boot(c_survival* s, const nuthatch_model* model, int cold);
/* Statuses of calls that are refused; their count. */
size_t c_survival_refusals(const nuthatch_model* model, int* statuses);

#ifdef __cplusplus
}
#endif

#endif
