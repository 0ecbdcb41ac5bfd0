/* The whole C API, from C99. What it gave goes to runtime_c_api_test.cpp. */

#include "runtime_c_api.h"

#include <string.h>

#include "nuthatch.h"

typedef struct memory {
  nuthatch_model model;
  nuthatch_monitor monitor;
  nuthatch_probability probability;
  int32_t outputs[kMostOutputs];
  uint32_t scratch[64];
  uint32_t words[256];
} memory;

static int open_all(const void* bytes, size_t size, nuthatch_model* model) {
  const nuthatch_part* parts[4];
  parts[0] = nuthatch_float32_input();
  parts[1] = nuthatch_int16_input();
  parts[2] = nuthatch_linear();
  parts[3] = nuthatch_linear_float32();
  return (int)nuthatch_open(bytes, size, parts, 4, model);
}

static nuthatch_status predict(memory* m, int raw, const void* row, size_t features) {
  if (raw) {
    return nuthatch_predict_int16(&m->model, (const int16_t*)row, features, m->outputs, kMostOutputs, m->scratch, 64);
  }
  return nuthatch_predict_float32(&m->model, (const float*)row, features, m->outputs, kMostOutputs, m->scratch, 64);
}

static void take_footprint(const memory* m, c_api_result* result) {
  const nuthatch_footprint_t footprint = nuthatch_footprint(&m->model);
  result->features = footprint.features;
  result->outputs = footprint.outputs;
  result->classes = footprint.classes;
  result->scratch_words = footprint.scratch_words;
  result->monitor_words = footprint.monitor_words;
  result->snapshot_bytes = footprint.snapshot_bytes;
  result->fraction_bits = nuthatch_fraction_bits(&m->model);
}

static void take_names(const memory* m, c_api_result* result) {
  const char* text = NULL;
  size_t length = 0;
  size_t k = 0;
  for (k = 0; k < result->classes && k < kNames; ++k) {
    if (nuthatch_class_name(&m->model, k, &text, &length) == NUTHATCH_OK && length < 16) {
      memcpy(result->names[k], text, length);
    }
  }
  result->name_past_end = (int)nuthatch_class_name(&m->model, k, &text, &length);
}

static void watch(memory* m, c_api_result* result) {
  nuthatch_snapshot_context context;
  memset(&context, 0, sizeof context);
  context.device_id = 1;
  context.firmware_id = 2;
  context.uptime_start = 3;
  context.uptime_end = 4;
  context.boot_count = 5;
  context.epoch = 6;
  context.sequence = 7;
  context.time_known = 1;
  result->attached = (int)nuthatch_monitor_attach(&m->monitor, &m->model, m->words, 256, 3);
  result->observed = (int)nuthatch_monitor_observe(&m->monitor, (nuthatch_status)result->predicted, m->outputs,
                                                   kMostOutputs, m->scratch, 64, 800);
  result->refused_observed =
      (int)nuthatch_monitor_observe(&m->monitor, NUTHATCH_MISSING, m->outputs, kMostOutputs, m->scratch, 64, 0);
  result->snapped =
      (int)nuthatch_monitor_snapshot(&m->monitor, &context, result->snapshot, kMostBytes, &result->snapshot_size);
}

c_api_result c_api_run(const void* bytes, size_t size, int raw, const void* row) {
  memory m;
  c_api_result result;
  memset(&m, 0xA5, sizeof m); /* memory that nobody has cleared */
  memset(&result, 0, sizeof result);
  result.opened = open_all(bytes, size, &m.model);
  take_footprint(&m, &result);
  result.predicted = (int)predict(&m, raw, row, result.features);
  memcpy(result.scores, m.outputs, sizeof result.scores);
  result.class_of = nuthatch_class_of(&m.model, m.outputs, kMostOutputs);
  result.value = nuthatch_value_of(&m.model, m.outputs[0]);
  take_names(&m, &result);
  watch(&m, &result);
  result.probability_attached = (int)nuthatch_probability_attach(&m.probability, &m.model);
  result.probability_given =
      (int)nuthatch_probability_of(&m.probability, m.outputs, result.outputs, result.probabilities, kMostOutputs);
  result.self_tested = (int)nuthatch_self_test(&m.model, m.outputs, kMostOutputs, m.scratch, 64);
  return result;
}

size_t c_api_refusals(const void* bytes, size_t size, int* statuses) {
  memory m;
  float row[8] = {0};
  size_t count = 0;
  size_t written = 0;
  const char* text = NULL;
  size_t length = 0;
  const nuthatch_part* part = nuthatch_linear();
  memset(&m, 0xA5, sizeof m);
  statuses[count++] = (int)nuthatch_open(bytes, size, &part, 1, NULL);
  statuses[count++] = (int)nuthatch_open(bytes, size, NULL, 0, &m.model);
  /* Refused, so closed: an all-zero footprint, and every call is refused. */
  statuses[count++] = (int)nuthatch_footprint(&m.model).scratch_words;
  statuses[count++] = (int)nuthatch_open(bytes, size, &part, 1, &m.model);
  statuses[count++] = (int)nuthatch_footprint(&m.model).scratch_words;
  statuses[count++] = (int)predict(&m, 0, row, 3);
  statuses[count++] = (int)predict(&m, 1, row, 3);
  statuses[count++] = (int)nuthatch_self_test(&m.model, m.outputs, kMostOutputs, m.scratch, 64);
  statuses[count++] = (int)nuthatch_class_name(&m.model, 0, &text, &length);
  statuses[count++] = (int)nuthatch_class_of(&m.model, m.outputs, kMostOutputs);
  statuses[count++] = (int)nuthatch_monitor_attach(&m.monitor, &m.model, m.words, 256, 0);
  statuses[count++] = (int)nuthatch_monitor_observe(&m.monitor, NUTHATCH_OK, m.outputs, 1, m.scratch, 1, 0);
  statuses[count++] = (int)open_all(bytes, size, &m.model);
  statuses[count++] = (int)nuthatch_monitor_attach(NULL, &m.model, m.words, 256, 0);
  memset(&m.monitor, 0xA5, sizeof m.monitor);
  statuses[count++] = (int)nuthatch_monitor_attach(&m.monitor, NULL, m.words, 256, 0);
  statuses[count++] = (int)nuthatch_monitor_observe(&m.monitor, NUTHATCH_MISSING, m.outputs, 1, m.scratch, 1, 0);
  statuses[count++] = (int)nuthatch_monitor_attach(&m.monitor, &m.model, m.words, 1, 0);
  statuses[count++] = (int)predict(&m, 1, row, 3);
  statuses[count++] = (int)predict(&m, 0, row, 2);
  statuses[count++] = (int)nuthatch_predict_float32(&m.model, row, 3, m.outputs, 0, m.scratch, 64);
  statuses[count++] = (int)nuthatch_predict_float32(&m.model, row, 3, m.outputs, 1, m.scratch, 0);
  statuses[count++] = (int)nuthatch_monitor_attach(&m.monitor, &m.model, m.words, 256, 0);
  {
    nuthatch_snapshot_context context;
    memset(&context, 0, sizeof context);
    statuses[count++] = (int)nuthatch_monitor_snapshot(&m.monitor, &context, (uint8_t*)m.words, 10, &written);
  }
  statuses[count++] = (int)nuthatch_probability_attach(NULL, &m.model);
  memset(&m.probability, 0xA5, sizeof m.probability);
  statuses[count++] = (int)nuthatch_probability_attach(&m.probability, NULL);
  statuses[count++] = (int)nuthatch_probability_of(&m.probability, m.outputs, 1, m.outputs, 2);
  statuses[count++] = (int)nuthatch_probability_attach(&m.probability, &m.model);
  return count;
}

size_t c_api_statuses(int* numbers) {
  const nuthatch_status all[] = {NUTHATCH_OK,
                                 NUTHATCH_NULL,
                                 NUTHATCH_UNALIGNED,
                                 NUTHATCH_TRUNCATED,
                                 NUTHATCH_NOT_A_MODEL,
                                 NUTHATCH_SEAL_BROKEN,
                                 NUTHATCH_CHECKSUM,
                                 NUTHATCH_VERSION,
                                 NUTHATCH_STRUCTURE,
                                 NUTHATCH_KIND_NOT_LINKED,
                                 NUTHATCH_INPUT_NOT_LINKED,
                                 NUTHATCH_SHAPE,
                                 NUTHATCH_NUMBER,
                                 NUTHATCH_OVERFLOW,
                                 NUTHATCH_BUDGET,
                                 NUTHATCH_PREPARATION_NOT_LINKED,
                                 NUTHATCH_WORK,
                                 NUTHATCH_PROMISE,
                                 NUTHATCH_NOT_OPEN,
                                 NUTHATCH_WRONG_INPUT,
                                 NUTHATCH_FEATURE_COUNT,
                                 NUTHATCH_OUTPUT_COUNT,
                                 NUTHATCH_SCRATCH,
                                 NUTHATCH_NOT_FINITE,
                                 NUTHATCH_MISSING,
                                 NUTHATCH_INDEX,
                                 NUTHATCH_NO_PROBABILITY,
                                 NUTHATCH_NO_EXPLANATION,
                                 NUTHATCH_UNKNOWN_CATEGORY,
                                 NUTHATCH_SELF_TEST,
                                 NUTHATCH_MONITOR_WORDS,
                                 NUTHATCH_NOT_ATTACHED,
                                 NUTHATCH_SNAPSHOT_SIZE,
                                 NUTHATCH_NOT_A_SNAPSHOT,
                                 NUTHATCH_SNAPSHOT_CHECKSUM,
                                 NUTHATCH_NO_MONITOR,
                                 NUTHATCH_OTHER_MODEL,
                                 NUTHATCH_RETAINED_WORDS,
                                 NUTHATCH_NOT_BEGUN,
                                 NUTHATCH_BUSY,
                                 NUTHATCH_FLASH_GEOMETRY,
                                 NUTHATCH_RECORD_SIZE,
                                 NUTHATCH_NO_RECORD,
                                 NUTHATCH_FLASH};
  size_t i = 0;
  for (i = 0; i < sizeof all / sizeof *all; ++i) numbers[i] = (int)all[i];
  return i;
}
