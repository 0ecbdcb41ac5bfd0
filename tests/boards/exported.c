/* Opens the array of model.h with the part PART and the input INPUT, tests it, and predicts the rows of stdin: numbers
 * between commas, a row a line. Prints the scores' values, as `nuthatch predict` does. Valid C99, C11 and C++17. */

#include <stdio.h>
#include <stdlib.h>

#include "model.h"
#include "nuthatch.h"

static nuthatch_model opened;
static float features[MODEL_FEATURES];
static int32_t outputs[MODEL_OUTPUTS];
static uint32_t scratch[MODEL_SCRATCH_WORDS];
static uint32_t counters[MODEL_MONITOR_WORDS];
static uint8_t snapshot[MODEL_SNAPSHOT_BYTES];

/* The sizes that the header tells are those of the model. */
static int is_right(void) {
  const nuthatch_footprint_t need = nuthatch_footprint(&opened);
  return need.features == MODEL_FEATURES && need.outputs == MODEL_OUTPUTS && need.classes == MODEL_CLASSES &&
         need.scratch_words == MODEL_SCRATCH_WORDS && need.monitor_words * 4 == sizeof counters &&
         need.snapshot_bytes == sizeof snapshot && sizeof model == MODEL_BYTES;
}

static int open_model(void) {
  const nuthatch_part* const parts[] = {INPUT(), PART()};
  return (uintptr_t)model % 8 == 0 && nuthatch_open(model, sizeof model, parts, 2, &opened) == NUTHATCH_OK &&
         is_right() && nuthatch_self_test(&opened, outputs, MODEL_OUTPUTS, scratch, MODEL_SCRATCH_WORDS) == NUTHATCH_OK;
}

static void predict(char* line) {
  size_t i;
  char* at = line;
  for (i = 0; i < MODEL_FEATURES; ++i) {
    features[i] = strtof(at, &at);
    ++at; /* the comma */
  }
  if (nuthatch_predict_float32(&opened, features, MODEL_FEATURES, outputs, MODEL_OUTPUTS, scratch,
                               MODEL_SCRATCH_WORDS) != NUTHATCH_OK) {
    return;
  }
  for (i = 0; i < MODEL_OUTPUTS; ++i) {
    printf("%s%.9g", i == 0 ? "" : ",", (double)nuthatch_value_of(&opened, outputs[i]));
  }
  printf("\n");
}

int main(void) {
  char line[4096];
  if (!open_model()) {
    return 1;
  }
  while (fgets(line, sizeof line, stdin) != NULL) {
    predict(line);
  }
  return 0;
}
