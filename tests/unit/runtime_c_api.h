#ifndef NUTHATCH_TESTS_UNIT_RUNTIME_C_API_H
#define NUTHATCH_TESTS_UNIT_RUNTIME_C_API_H

#include <stddef.h>
#include <stdint.h>

/* What runtime_c_api.c did with nuthatch.h, for runtime_c_api_test.cpp to compare with the C++ API. */

#ifdef __cplusplus
extern "C" {
#endif

enum { kMostOutputs = 8, kMostBytes = 1024, kNames = 8, kMostStatuses = 64 };

typedef struct c_api_result {
  int probability_attached, probability_given;
  int32_t probabilities[kMostOutputs];
  int opened, predicted, self_tested, attached, observed, refused_observed, snapped;
  size_t features, outputs, classes, scratch_words, monitor_words, snapshot_bytes;
  int fraction_bits;
  int32_t scores[kMostOutputs];
  size_t class_of;
  float value;
  char names[kNames][16];
  int name_past_end;
  uint8_t snapshot[kMostBytes];
  size_t snapshot_size;
} c_api_result;

/* The whole life of a model, on one row. `row`: float or int16_t, by `raw`. */
c_api_result c_api_run(const void* bytes, size_t size, int raw, const void* row);

/* Statuses of calls that are refused, in the order that the test lists. */
size_t c_api_refusals(const void* bytes, size_t size, int* statuses);

/* The enumerators of nuthatch_status, in the order of nuthatch.h. */
size_t c_api_statuses(int* numbers);

#ifdef __cplusplus
}
#endif

#endif
