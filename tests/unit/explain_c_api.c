#include "unit/explain_c_api.h"

#include <string.h>

static void add(c_explained* said, nuthatch_status status) { said->statuses[said->status_count++] = status; }

c_explained c_explain(const void* bytes, size_t size, const float* row) {
  const nuthatch_part* parts[2];
  const nuthatch_explanation_part* explained[2];
  nuthatch_model model;
  nuthatch_explanation explanation;
  nuthatch_contribution_counters counters;
  nuthatch_snapshot_context context;
  uint32_t scratch[8];
  uint32_t words[NUTHATCH_CONTRIBUTION_WORDS(C_EXPLAIN_FEATURES)];
  c_explained said;
  size_t outputs = 0;
  size_t i = 0;
  memset(&said, 0, sizeof said);
  memset(&context, 0, sizeof context);
  context.device_id = 77;
  context.epoch = 3;
  context.sequence = 9;
  parts[0] = nuthatch_float32_input();
  parts[1] = nuthatch_linear();
  explained[0] = nuthatch_explain_forest();
  explained[1] = nuthatch_explain_linear();
  add(&said, nuthatch_open(bytes, size, parts, 2, &model));
  outputs = nuthatch_footprint(&model).outputs;
  add(&said, nuthatch_explanation_attach(NULL, &model, explained, 2));
  add(&said, nuthatch_explanation_attach(&explanation, NULL, explained, 2));
  add(&said, nuthatch_explanation_attach(&explanation, &model, NULL, 2));
  add(&said, nuthatch_explanation_attach(&explanation, &model, explained, 1)); /* a forest's only */
  add(&said, nuthatch_explanation_attach(&explanation, &model, explained, 2));
  add(&said, nuthatch_predict_float32(&model, row, 3, said.outputs, outputs, scratch, 8));
  add(&said, nuthatch_explanation_contributions(&explanation, said.outputs, outputs, scratch, 8, said.contributions, 3,
                                                &said.base));
  add(&said, nuthatch_explanation_contributions_to(&explanation, outputs - 1, scratch, 8, said.of_last, 3,
                                                   &said.base_of_last));
  said.exact = nuthatch_explanation_is_exact(&explanation);
  add(&said, nuthatch_contribution_counters_attach(&counters, &model, words, sizeof words / sizeof *words));
  add(&said, nuthatch_contribution_counters_observe(&counters, said.contributions, 3));
  said.rows = nuthatch_contribution_counters_rows(&counters);
  for (i = 0; i < C_EXPLAIN_FEATURES; ++i) said.sums[i] = nuthatch_contribution_counters_sum(&counters, i);
  add(&said, nuthatch_contribution_counters_snapshot(&counters, &context, said.exact, said.snapshot,
                                                     sizeof said.snapshot, &said.written));
  return said;
}
