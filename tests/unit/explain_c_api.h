#ifndef NUTHATCH_TESTS_UNIT_EXPLAIN_C_API_H
#define NUTHATCH_TESTS_UNIT_EXPLAIN_C_API_H

#include "nuthatch.h"

#ifdef __cplusplus
extern "C" {
#endif

#define C_EXPLAIN_FEATURES 3

typedef struct c_explained {
  nuthatch_status statuses[12];
  size_t status_count;
  int32_t outputs[8];
  int32_t base;
  int32_t contributions[C_EXPLAIN_FEATURES];
  int32_t base_of_last;
  int32_t of_last[C_EXPLAIN_FEATURES];
  bool exact;
  uint32_t rows;
  uint64_t sums[C_EXPLAIN_FEATURES];
  uint8_t snapshot[NUTHATCH_CONTRIBUTION_SNAPSHOT_BYTES(C_EXPLAIN_FEATURES)];
  size_t written;
} c_explained;

/* A float32 linear model of three features, a row, and all calls with it; first those that are refused. */
c_explained c_explain(const void* bytes, size_t size, const float* row);

#ifdef __cplusplus
}
#endif

#endif
