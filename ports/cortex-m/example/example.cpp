/// A product in one page: a model in flash, a sensor, something to switch, and a watch over the
/// model. Every buffer is static and sized here; nothing is allocated. On the emulated board files
/// stand for the hardware.

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "nuthatch/nuthatch.hpp"
#include "port.h"
#include "report.h"

extern "C" const std::uint8_t model_start[], model_end[];  // model.S

namespace {

// The sensor's type is the model's input type; with int16 no float code is linked for the features.
#ifdef EXAMPLE_INT16
using Value = std::int16_t;
using Input = nuthatch::Int16Input;
#else
using Value = float;
using Input = nuthatch::Float32Input;
#endif

// What the model may need at most; `nuthatch inspect` prints what it needs, and boot() checks.
constexpr std::size_t kFeatures = 40, kOutputs = 8, kScratchWords = 64, kMonitorWords = 160, kSnapshotBytes = 1024;

nuthatch::Model model;
nuthatch::Monitor monitor;
Value features[kFeatures];
std::int32_t outputs[kOutputs];
std::uint32_t scratch[kScratchWords], monitor_words[kMonitorWords];
std::uint8_t snapshot[kSnapshotBytes];
nuthatch_report report;
port_file sensor, log_file;

/// Your driver: the next row of measurements. Here rows.bin; false at its end.
bool read_sensor(std::size_t count) { return port_read(sensor, features, count * sizeof(Value)) == 0; }

/// What the product is for: switch a pump, ring a bell. Here a line of results.bin.
void act(nuthatch::Status status, std::uint32_t ticks, std::size_t output_count) {
  if (status != nuthatch::Status::kOk) std::memset(outputs, 0, sizeof outputs);
  const nuthatch_result result = {static_cast<std::uint32_t>(status), ticks};
  (void)port_write(log_file, &result, sizeof result);
  (void)port_write(log_file, outputs, output_count * sizeof outputs[0]);
}

/// Opens and tests the model, and checks the constants above. Nothing runs that has not passed
/// here.
bool boot() {
  // The parts named here are all that is linked: this input, and integer linear models.
  const nuthatch::Span<const std::uint8_t> bytes = {model_start, static_cast<std::size_t>(model_end - model_start)};
  nuthatch::Status status = nuthatch::open<Input, nuthatch::Linear>(bytes, model);
  report.open_status = static_cast<std::uint32_t>(status);
  if (status != nuthatch::Status::kOk) return false;

  const nuthatch::Footprint need = model.footprint();
  if (need.features > kFeatures || need.outputs > kOutputs || need.scratch_words > kScratchWords ||
      need.monitor_words > kMonitorWords || need.snapshot_bytes > kSnapshotBytes) {
    port_say("example: the model needs larger buffers\n");
    return false;
  }
  status = model.self_test(outputs, scratch);
  report.self_test_status = static_cast<std::uint32_t>(status);
  return status == nuthatch::Status::kOk && monitor.attach(model, monitor_words) == nuthatch::Status::kOk;
}

void count(std::uint64_t ticks) {
  report.predict_instructions_min = report.rows == 0 ? ticks : std::min(report.predict_instructions_min, ticks);
  report.predict_instructions_max = std::max(report.predict_instructions_max, ticks);
  report.predict_instructions_sum += ticks;
  ++report.rows;
}

void watch(std::size_t feature_count, std::size_t output_count) {
  while (read_sensor(feature_count)) {
    port_tick_start();
    const nuthatch::Status status =
        model.predict(nuthatch::Span<const Value>(features, feature_count), outputs, scratch);
    port_tick_stop();
    const auto ticks = static_cast<std::uint32_t>(port_ticks());
    (void)monitor.observe(status, outputs, scratch, ticks);
    act(status, ticks, output_count);
    count(ticks);
  }
}

bool save(const char* name, const void* bytes, std::size_t size) {
  const port_file file = port_open(name, PORT_WRITE);
  return file >= 0 && port_write(file, bytes, size) == 0 && port_close(file) == 0;
}

}  // namespace

int main() {
  std::memcpy(report.magic, NUTHATCH_REPORT_MAGIC, sizeof report.magic);
  report.instructions_valid = port_clock() == PORT_INSTRUCTIONS ? 1 : 0;
  const bool ready = boot();
  if (ready) {
    const nuthatch::Footprint need = model.footprint();
    report.features = static_cast<std::uint32_t>(need.features);
    report.outputs = static_cast<std::uint32_t>(need.outputs);
    report.ram_bytes =
        sizeof model + sizeof monitor + sizeof features + sizeof outputs + sizeof scratch + sizeof monitor_words;
    sensor = port_open(NUTHATCH_ROWS_FILE, PORT_READ);
    log_file = port_open(NUTHATCH_RESULTS_FILE, PORT_WRITE);
    watch(need.features, need.outputs);
    (void)port_close(log_file);
    // The report home: who drifted, who was refused, how long it took.
    std::size_t written = 0;
    if (monitor.snapshot({}, snapshot, written) == nuthatch::Status::kOk) {
      save(NUTHATCH_SNAPSHOT_FILE, snapshot, written);
    }
  }
  return save(NUTHATCH_REPORT_FILE, &report, sizeof report) && ready ? 0 : 1;
}
