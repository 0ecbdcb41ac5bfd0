/* A product in one page, in C: a model in flash, a sensor, something to switch, and a watch over
 * the model. Every buffer is static and sized here; nothing is allocated. On the emulated board
 * files stand for the hardware. */

#include <stdint.h>
#include <string.h>

#include "nuthatch.h"
#include "port.h"
#include "report.h"

extern const uint8_t model_start[], model_end[]; /* model.S */

/* The sensor's type is the model's input type; with int16 no float code is linked for the
 * features. */
#ifdef EXAMPLE_INT16
typedef int16_t value;
#define INPUT nuthatch_int16_input
#define PREDICT nuthatch_predict_int16
#else
typedef float value;
#define INPUT nuthatch_float32_input
#define PREDICT nuthatch_predict_float32
#endif

/* What the model may need at most; `nuthatch inspect` prints what it needs, and boot() checks. */
enum { kFeatures = 40, kOutputs = 8, kScratchWords = 64, kMonitorWords = 160, kSnapshotBytes = 1024 };

static nuthatch_model model;
static nuthatch_monitor monitor;
static value features[kFeatures];
static int32_t outputs[kOutputs];
static uint32_t scratch[kScratchWords], monitor_words[kMonitorWords];
static uint8_t snapshot[kSnapshotBytes];
static nuthatch_report report;
static port_file sensor, log_file;

/* Your driver: the next row of measurements. Here rows.bin; 0 at its end. */
static int read_sensor(size_t count) { return port_read(sensor, features, count * sizeof(value)) == 0; }

/* What the product is for: switch a pump, ring a bell. Here a line of results.bin. */
static void act(nuthatch_status status, uint32_t ticks, size_t output_count) {
  const nuthatch_result result = {(uint32_t)status, ticks};
  if (status != NUTHATCH_OK) {
    memset(outputs, 0, sizeof outputs);
  }
  (void)port_write(log_file, &result, sizeof result);
  (void)port_write(log_file, outputs, output_count * sizeof outputs[0]);
}

/* Opens and tests the model, and checks the constants above. Nothing runs that has not passed
 * here. */
static int boot(void) {
  /* The parts named here are all that is linked: this input, and integer linear models. */
  const nuthatch_part* const parts[] = {INPUT(), nuthatch_linear()};
  nuthatch_status status = nuthatch_open(model_start, (size_t)(model_end - model_start), parts, 2, &model);
  report.open_status = (uint32_t)status;
  if (status != NUTHATCH_OK) {
    return 0;
  }
  const nuthatch_footprint_t need = nuthatch_footprint(&model);
  if (need.features > kFeatures || need.outputs > kOutputs || need.scratch_words > kScratchWords ||
      need.monitor_words > kMonitorWords || need.snapshot_bytes > kSnapshotBytes) {
    port_say("example: the model needs larger buffers\n");
    return 0;
  }
  status = nuthatch_self_test(&model, outputs, kOutputs, scratch, kScratchWords);
  report.self_test_status = (uint32_t)status;
  return status == NUTHATCH_OK &&
         nuthatch_monitor_attach(&monitor, &model, monitor_words, kMonitorWords, 0) == NUTHATCH_OK;
}

static void count(uint64_t ticks) {
  if (report.rows == 0 || ticks < report.predict_instructions_min) {
    report.predict_instructions_min = ticks;
  }
  if (ticks > report.predict_instructions_max) {
    report.predict_instructions_max = ticks;
  }
  report.predict_instructions_sum += ticks;
  ++report.rows;
}

static void watch(size_t feature_count, size_t output_count) {
  while (read_sensor(feature_count)) {
    port_tick_start();
    const nuthatch_status status = PREDICT(&model, features, feature_count, outputs, kOutputs, scratch, kScratchWords);
    port_tick_stop();
    const uint32_t ticks = (uint32_t)port_ticks();
    (void)nuthatch_monitor_observe(&monitor, status, outputs, kOutputs, scratch, kScratchWords, ticks);
    act(status, ticks, output_count);
    count(ticks);
  }
}

static int save(const char* name, const void* bytes, size_t size) {
  const port_file file = port_open(name, PORT_WRITE);
  return file >= 0 && port_write(file, bytes, size) == 0 && port_close(file) == 0;
}

int main(void) {
  memcpy(report.magic, NUTHATCH_REPORT_MAGIC, sizeof report.magic);
  report.instructions_valid = port_clock() == PORT_INSTRUCTIONS ? 1 : 0;
  const int ready = boot();
  if (ready) {
    const nuthatch_footprint_t need = nuthatch_footprint(&model);
    const nuthatch_snapshot_context context = {0};
    size_t written = 0;
    report.features = (uint32_t)need.features;
    report.outputs = (uint32_t)need.outputs;
    report.ram_bytes = (uint32_t)(sizeof model + sizeof monitor + sizeof features + sizeof outputs + sizeof scratch +
                                  sizeof monitor_words);
    sensor = port_open(NUTHATCH_ROWS_FILE, PORT_READ);
    log_file = port_open(NUTHATCH_RESULTS_FILE, PORT_WRITE);
    watch(need.features, need.outputs);
    (void)port_close(log_file);
    /* The report home: who drifted, who was refused, how long it took. */
    if (nuthatch_monitor_snapshot(&monitor, &context, snapshot, sizeof snapshot, &written) == NUTHATCH_OK) {
      (void)save(NUTHATCH_SNAPSHOT_FILE, snapshot, written);
    }
  }
  return save(NUTHATCH_REPORT_FILE, &report, sizeof report) && ready ? 0 : 1;
}
