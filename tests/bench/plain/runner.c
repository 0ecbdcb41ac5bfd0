/* Runs plain_predict over a file of rows on a board and counts the instructions of each call, as ports/runner.cpp does:
 * the same counter, rows.bin, results.bin and report.bin (report.h); a score word holds the float's bits. */

#include <string.h>

#include "plain.h"
#include "port.h"
#include "report.h"

enum { kMostFeatures = 512, kMostOutputs = 64 };
static struct {
  float features[kMostFeatures];
  struct {
    nuthatch_result head;
    float scores[kMostOutputs];
  } result;
  nuthatch_report report;
} run;

static void count(uint64_t instructions) {
  nuthatch_report* report = &run.report;
  if (report->rows == 0 || instructions < report->predict_instructions_min) {
    report->predict_instructions_min = instructions;
  }
  if (instructions > report->predict_instructions_max) report->predict_instructions_max = instructions;
  report->predict_instructions_sum += instructions;
  ++report->rows;
  run.result.head.instructions = (uint32_t)instructions;
}

static int run_row(port_file in, port_file out) {
  if (port_read(in, run.features, plain_features * sizeof(float)) != 0) return -1;
  port_tick_start();
  plain_predict(run.features, run.result.scores);
  port_tick_stop();
#ifdef PLAIN_WRONG /* the test's deliberate violation */
  run.result.scores[0] = -run.result.scores[0];
#endif
  count(port_ticks());
  return port_write(out, &run.result, sizeof run.result.head + plain_outputs * sizeof(float));
}

int main(void) {
  memcpy(run.report.magic, NUTHATCH_REPORT_MAGIC, sizeof run.report.magic);
  run.report.features = plain_features;
  run.report.outputs = plain_outputs;
  run.report.instructions_valid = port_clock() == PORT_INSTRUCTIONS ? 1 : 0;
  const port_file in = port_open(NUTHATCH_ROWS_FILE, PORT_READ);
  const port_file out = port_open(NUTHATCH_RESULTS_FILE, PORT_WRITE);
  const port_file end = port_open(NUTHATCH_REPORT_FILE, PORT_WRITE);
  if (in < 0 || out < 0 || end < 0 || plain_features > kMostFeatures || plain_outputs > kMostOutputs) return 1;
  for (int32_t left = port_length(in); left > 0; left -= (int32_t)(plain_features * sizeof(float))) {
    if (run_row(in, out) != 0) return 1;
  }
  return port_close(out) == 0 && port_write(end, &run.report, sizeof run.report) == 0 && port_close(end) == 0 ? 0 : 1;
}
