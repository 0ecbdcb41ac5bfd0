#ifndef NUTHATCH_REPORT_H
#define NUTHATCH_REPORT_H

/* The files through which a program on a board and the host program talk. All little-endian, all in
 * one folder; C, so that firmware in either language can write them.
 *
 *   in   model.nhm    the model; a bare-metal program finds its bytes in flash, and reads only the
 *                     file's length
 *        rows.bin     rows x features values, float32 or int16 as the model's input is; no header
 *        context.bin  optional: a nuthatch_context
 *   out  results.bin  a row: nuthatch_result, then outputs x int32 score words (zeros where the row
 *                     was refused)
 *        report.bin   a nuthatch_report; written even where the model is refused, then with no rows
 *        snapshot.bin the monitor's snapshot after the last row; where the context asks for more, those
 *                     lie in front of it, one after another, each as long as the others */

#include <stdint.h>

#define NUTHATCH_ROWS_FILE "rows.bin"
#define NUTHATCH_CONTEXT_FILE "context.bin"
#define NUTHATCH_RESULTS_FILE "results.bin"
#define NUTHATCH_REPORT_FILE "report.bin"
#define NUTHATCH_SNAPSHOT_FILE "snapshot.bin"

#define NUTHATCH_REPORT_MAGIC "NHR1" /* the first 4 bytes */

/* Who speaks in the snapshot. */
typedef struct nuthatch_context {
  uint64_t device_id;
  uint64_t firmware_id;
  uint32_t boot_count;
  uint32_t epoch;
  uint32_t sequence;       /* of the first snapshot; the next ones count on */
  uint32_t snapshot_every; /* rows between snapshots, refused ones included; 0: one after the last row */
} nuthatch_context;

/* In front of a row's score words. */
typedef struct nuthatch_result {
  uint32_t status;       /* of predict */
  uint32_t instructions; /* of predict; at most 0xffffffff; 0 where the report has none valid */
} nuthatch_result;

typedef struct nuthatch_report {
  char magic[4];
  uint32_t open_status;
  uint32_t self_test_status; /* 0 where open refused: it was not run */
  uint32_t features;
  uint32_t outputs;
  uint32_t scratch_words;
  uint32_t monitor_words;
  uint32_t rows;
  uint32_t instructions_valid;  /* 1: counted, proven exact; 0: all instruction counts are 0 */
  uint32_t open_stack_bytes;    /* below the caller's frame; 0: not measured */
  uint32_t predict_stack_bytes; /* the same, the most of all rows */
  uint32_t ram_bytes;           /* Model, scratch, outputs, Monitor and its words, one row */
  uint64_t open_instructions;
  uint64_t predict_instructions_min; /* over all rows, refused ones included; 0 if there are none */
  uint64_t predict_instructions_max;
  uint64_t predict_instructions_sum;
  uint64_t observe_instructions_sum; /* of the monitor, over all rows; 0: not counted */
} nuthatch_report;

#endif
