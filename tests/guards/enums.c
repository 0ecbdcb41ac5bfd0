/* enums MODEL: what a C program reads of a monitor that is well, whatever the size of its enums. MODEL: a file of
 * tests/fuzz/corpus/open, whose first byte is the fuzzer's.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "nuthatch.h"

/* The library's own sizes, asserted in c_api.cpp. */
typedef char diagnosis_is_of_12_bytes[sizeof(nuthatch_diagnosis) == 12 ? 1 : -1];
typedef char health_is_of_4_bytes[sizeof(((nuthatch_diagnosis*)0)->health) == 4 ? 1 : -1];
typedef char status_is_of_4_bytes[sizeof(nuthatch_status) == 4 ? 1 : -1];
typedef char context_is_of_64_bytes[sizeof(nuthatch_snapshot_context) == 64 ? 1 : -1];

static union {
  uint64_t aligned;
  uint8_t bytes[1 << 16];
} file;

static size_t read_model(const char* path) {
  FILE* stream = fopen(path, "rb");
  size_t size = 0;
  if (stream == NULL) return 0;
  if (fgetc(stream) != EOF) size = fread(file.bytes, 1, sizeof file.bytes, stream);
  fclose(stream);
  return size;
}

int main(int count, char** arguments) {
  static nuthatch_model model;
  static nuthatch_monitor monitor;
  static uint32_t words[4096];
  static uint32_t scratch[256];
  int32_t outputs[16];
  const float row[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  const nuthatch_part* parts[2];
  nuthatch_diagnosis found;
  nuthatch_snapshot_context context;
  uint8_t snapshot[8192];
  size_t written = 0;
  int i = 0;
  const size_t size = count == 2 ? read_model(arguments[1]) : 0;
  parts[0] = nuthatch_float32_input();
  parts[1] = nuthatch_linear();
  memset(&found, 0xFF, sizeof found);
  memset(&context, 0, sizeof context);
  if (nuthatch_open(file.bytes, size, parts, 2, &model) != NUTHATCH_OK) return printf("enums: not open\n"), 1;
  if (nuthatch_monitor_attach(&monitor, &model, words, 4096, 0) != NUTHATCH_OK) return printf("enums: no monitor\n"), 1;
  for (i = 0; i < 10; ++i) {
    const nuthatch_status status =
        nuthatch_predict_float32(&model, row, nuthatch_footprint(&model).features, outputs, 16, scratch, 256);
    if (nuthatch_monitor_observe(&monitor, status, outputs, 16, scratch, 256, 1) != NUTHATCH_OK) return 1;
  }
  found = nuthatch_monitor_health(&monitor);
  context.restored = 1;
  if (nuthatch_monitor_snapshot(&monitor, &context, snapshot, sizeof snapshot, &written) != NUTHATCH_OK) return 1;
  memset(&context, 0xFF, sizeof context);
  if (nuthatch_monitor_resume(&monitor, snapshot, written, &context) != NUTHATCH_OK) return 1;
  printf("%s %ld %u %ld %ld %s\n", nuthatch_health_text(found.health), (long)found.reason, (unsigned)found.feature,
         (long)context.time_known, (long)context.restored, nuthatch_status_text(NUTHATCH_WORK));
  return found.health == NUTHATCH_HEALTH_OK ? 0 : 1;
}
