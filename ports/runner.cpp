/// Runs one model over a file of rows and measures it: the same program on every port. Files:
/// report.h. Exit code 0: report.bin says what happened, a refused model included. 1: a line says
/// what is wrong with the set-up.

#include "runner.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "memory.hpp"
#include "nuthatch/nuthatch.hpp"
#include "port.h"

namespace nuthatch::runner {
namespace {

/// Rows and results move in chunks of about this many bytes, or of less where RAM is short: files
/// are slow.
constexpr std::size_t kChunkBytes = 65536;
/// Between the features and the results of a chunk, so that results start at a multiple of 4.
constexpr std::size_t kChunkPadding = 4;

/// One run. Static, because it outlives every frame and should not weigh on the stack that is being
/// measured.
struct Run {
  Model model;
  Monitor monitor;
  RunnerReport report;
  Footprint footprint;
  Memory memory;
  Span<std::uint32_t> scratch;
  Span<std::int32_t> outputs;
  Span<std::uint32_t> counters;  ///< empty: the model's monitor is off
  std::uint8_t* chunk;           ///< rows_a_chunk rows, then as many results; between chunks a snapshot
  std::size_t chunk_bytes;
  std::size_t rows_a_chunk;
  std::size_t row_bytes;
  SnapshotContext context;
  std::size_t snapshot_every;  ///< rows
};
Run run;

void say_number(std::size_t number) {
  char text[21];
  char* digit = text + sizeof text;
  *--digit = '\0';
  do {
    *--digit = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  port_say(digit);
}

bool fail(const char* file, const char* what) {
  port_say("runner: ");
  port_say(file);
  port_say(what);
  return false;
}

bool fail_memory() {
  port_say("runner: not enough RAM: ");
  say_number(run.memory.needed());
  port_say(" bytes are needed, ");
  say_number(run.memory.size());
  port_say(" are free\n");
  return false;
}

/// Opens, writes all of `bytes` and closes.
bool write_file(const char* name, const void* bytes, std::size_t size) {
  const port_file file = port_open(name, PORT_WRITE);
  if (file < 0) return fail(name, ": cannot be written here\n");
  const bool written = port_write(file, bytes, size) == 0;
  return (port_close(file) == 0 && written) || fail(name, ": not all bytes could be written\n");
}

/// Ticks become a report's instructions only where the port vouches for them.
std::uint64_t instructions() { return run.report.instructions_valid != 0 ? port_ticks() : 0; }

std::uint32_t clamp(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, UINT32_MAX));
}

Status open_model(Span<const std::uint8_t> bytes) {
  port_stack_paint();
  port_tick_start();
  const Status status = EveryPart::open(bytes, run.model);
  port_tick_stop();
  run.report.open_stack_bytes = clamp(port_stack_used());
  run.report.open_instructions = instructions();
  return status;
}

/// Carves what the model needs, then the largest chunk up to kChunkBytes. The chunk is also the
/// snapshot's place.
bool carve_buffers(std::size_t rows) {
  const Footprint& need = run.footprint;
  run.scratch = {run.memory.carve<std::uint32_t>(4 * need.scratch_words), need.scratch_words};
  run.outputs = {run.memory.carve<std::int32_t>(4 * need.outputs), need.outputs};
  run.counters = {run.memory.carve<std::uint32_t>(4 * need.monitor_words), need.monitor_words};
  const std::size_t both = run.row_bytes + result_bytes(need.outputs);
  const std::size_t room = std::min(run.memory.left(), kChunkBytes);
  const std::size_t fit = room > kChunkPadding ? (room - kChunkPadding) / both : 0;
  run.rows_a_chunk = std::max<std::size_t>(1, std::min(rows, fit));
  run.chunk_bytes = std::max(run.rows_a_chunk * both + kChunkPadding, need.snapshot_bytes);
  run.chunk = run.memory.carve<std::uint8_t>(run.chunk_bytes);
  return run.chunk != nullptr || fail_memory();
}

/// The self-test's golden rows, of which the trainer writes two, tell how long a row takes: a typical one falls into
/// the middle of the latency's buckets.
bool self_test_and_attach() {
  port_tick_start();
  run.report.self_test_status = static_cast<std::uint32_t>(run.model.self_test(run.outputs, run.scratch));
  port_tick_stop();
  if (run.counters.size() == 0) return true;
  constexpr std::uint32_t kMiddle = 16;
  unsigned shift = 0;
  while (clamp(port_ticks()) / 2 >> shift >= kMiddle) ++shift;
  return run.monitor.attach<Histograms>(run.model, run.counters, shift) == Status::kOk ||
         fail("monitor", ": refused its words\n");
}

#ifdef NUTHATCH_PROBABILITIES
/// Of the parity of probabilities: they take the place of a row's scores. Attached anew each time, for simplicity.
bool to_probabilities() {
  Probability probability;
  const bool given = probability.attach(run.model) == Status::kOk &&
                     probability.of({run.outputs.data(), run.outputs.size()}, run.outputs) == Status::kOk;
  return given || fail("probabilities", ": refused the model or a row\n");
}
#endif

template <class Value>
Status predict_measured(const Value* features) {
  const Span<const Value> row = {features, run.footprint.features};
  port_stack_paint();
  port_tick_start();
  const Status status = run.model.predict(row, run.outputs, run.scratch);
  port_tick_stop();
  run.report.predict_stack_bytes = std::max(run.report.predict_stack_bytes, clamp(port_stack_used()));
  return status;
}

void count(std::uint64_t predict_instructions) {
  RunnerReport& report = run.report;
  const bool first = report.rows == 0;
  report.predict_instructions_min =
      first ? predict_instructions : std::min(report.predict_instructions_min, predict_instructions);
  report.predict_instructions_max = std::max(report.predict_instructions_max, predict_instructions);
  report.predict_instructions_sum += predict_instructions;
  ++report.rows;
}

/// Predicts one row, shows it to the monitor and leaves its result at `result`.
bool run_row(const std::uint8_t* features, std::uint8_t* result) {
  const Status status = run.model.input() == Input::kFloat32
                            ? predict_measured(reinterpret_cast<const float*>(features))
                            : predict_measured(reinterpret_cast<const std::int16_t*>(features));
  const RunnerResult head = {static_cast<std::uint32_t>(status), clamp(instructions())};
  count(instructions());
  const std::uint32_t ticks = clamp(port_ticks());
  port_tick_start();
  const bool observed =
      run.counters.size() == 0 ||
      run.monitor.observe(status, run.outputs, {run.scratch.data(), run.scratch.size()}, ticks) == Status::kOk;
  port_tick_stop();
  run.report.observe_instructions_sum += instructions();
  std::memcpy(result, &head, sizeof head);
  if (status == Status::kOk) {
#ifdef NUTHATCH_PROBABILITIES
    if (!to_probabilities()) return false;
#endif
#ifdef NUTHATCH_WRONG_BIT  // the parity test's deliberate violation: one bit of one row
    if (run.report.rows == 1) run.outputs[0] ^= 1;
#endif
    std::memcpy(result + sizeof head, run.outputs.data(), 4 * run.outputs.size());
  } else {
    std::memset(result + sizeof head, 0, 4 * run.outputs.size());
  }
  return observed || fail("monitor", ": refused a row\n");
}

bool run_chunk(port_file in, port_file out, std::size_t rows) {
  const std::size_t result_size = result_bytes(run.footprint.outputs);
  std::uint8_t* const results = run.chunk + (run.rows_a_chunk * run.row_bytes + 3) / kChunkPadding * kChunkPadding;
  if (port_read(in, run.chunk, rows * run.row_bytes) != 0) {
    return fail(NUTHATCH_ROWS_FILE, ": ended early\n");
  }
  for (std::size_t row = 0; row < rows; ++row) {
    if (!run_row(run.chunk + row * run.row_bytes, results + row * result_size)) return false;
  }
  return port_write(out, results, rows * result_size) == 0 || fail(NUTHATCH_RESULTS_FILE, ": a write failed\n");
}

bool append_snapshot(port_file snapshots) {
  if (run.counters.size() == 0) return true;
  std::size_t written = 0;
  const Status status = run.monitor.snapshot(run.context, {run.chunk, run.chunk_bytes}, written);
  if (status != Status::kOk) return fail("monitor", ": no snapshot\n");
  ++run.context.sequence;
  return port_write(snapshots, run.chunk, written) == 0 || fail(NUTHATCH_SNAPSHOT_FILE, ": a write failed\n");
}

/// A chunk ends where a snapshot is due, and after the last row one is.
bool run_chunks(port_file in, port_file out, port_file snapshots, std::size_t rows) {
  const std::size_t every = run.snapshot_every;
  std::size_t done = 0;
  while (done < rows) {
    std::size_t now = std::min(rows - done, run.rows_a_chunk);
    if (every != 0) now = std::min(now, every - done % every);
    if (!run_chunk(in, out, now)) return false;
    done += now;
    if (every != 0 && done % every == 0 && done < rows && !append_snapshot(snapshots)) return false;
  }
  return append_snapshot(snapshots);
}

/// Who speaks in the snapshots: zeros where there is no file.
bool read_context() {
  const port_file file = port_open(NUTHATCH_CONTEXT_FILE, PORT_READ);
  if (file < 0) return true;
  RunnerContext read = {};
  const bool whole =
      port_length(file) == static_cast<std::int32_t>(sizeof read) && port_read(file, &read, sizeof read) == 0;
  (void)port_close(file);
  run.context.device_id = read.device_id;
  run.context.firmware_id = read.firmware_id;
  run.context.boot_count = read.boot_count;
  run.context.epoch = read.epoch;
  run.context.sequence = read.sequence;
  run.snapshot_every = read.snapshot_every;
  return whole || fail(NUTHATCH_CONTEXT_FILE, ": not 32 bytes\n");
}

void describe_model() {
  const Footprint& need = run.footprint = run.model.footprint();
#ifdef NUTHATCH_PROBABILITIES
  run.footprint.outputs = need.classes;
#endif
  run.row_bytes = need.features * (run.model.input() == Input::kFloat32 ? sizeof(float) : sizeof(std::int16_t));
  run.report.features = clamp(need.features);
  run.report.outputs = clamp(need.outputs);
  run.report.scratch_words = clamp(need.scratch_words);
  run.report.monitor_words = clamp(need.monitor_words);
  run.report.ram_bytes = clamp(sizeof(Model) + sizeof(Monitor) + run.row_bytes +
                               4 * (need.scratch_words + need.outputs + need.monitor_words));
}

/// All rows, to results and snapshots.
bool run_to_files(port_file in, std::size_t rows) {
  const port_file out = port_open(NUTHATCH_RESULTS_FILE, PORT_WRITE);
  if (out < 0) return fail(NUTHATCH_RESULTS_FILE, ": cannot be written here\n");
  const port_file snapshots = port_open(NUTHATCH_SNAPSHOT_FILE, PORT_WRITE);
  if (snapshots < 0) return fail(NUTHATCH_SNAPSHOT_FILE, ": cannot be written here\n");
  const bool ran = run_chunks(in, out, snapshots, rows);
  const bool closed = port_close(out) == 0 || fail(NUTHATCH_RESULTS_FILE, ": a write failed\n");
  const bool kept = port_close(snapshots) == 0 || fail(NUTHATCH_SNAPSHOT_FILE, ": a write failed\n");
  return ran && closed && kept;
}

/// Everything that takes an open model: self-test, rows, snapshots.
bool run_rows(port_file in) {
  const std::int32_t length = port_length(in);
  if (length < 0 || static_cast<std::size_t>(length) % run.row_bytes != 0) {
    return fail(NUTHATCH_ROWS_FILE, ": not a whole number of the model's rows\n");
  }
  const std::size_t rows = static_cast<std::size_t>(length) / run.row_bytes;
  return carve_buffers(rows) && read_context() && self_test_and_attach() && run_to_files(in, rows);
}

bool run_files() {
  std::memcpy(run.report.magic, NUTHATCH_REPORT_MAGIC, sizeof run.report.magic);
  run.report.instructions_valid = port_clock() == PORT_INSTRUCTIONS ? 1 : 0;
  std::size_t size = 0;
  const std::uint8_t* const bytes = port_model(&size);
  if (bytes == nullptr) return false;
  const Status status = open_model({bytes, size});
  run.report.open_status = static_cast<std::uint32_t>(status);
  if (status == Status::kOk) {
    describe_model();
    std::size_t free = 0;
    void* const memory = port_free_memory(&free);
    run.memory.start(memory, free);
    const port_file in = port_open(NUTHATCH_ROWS_FILE, PORT_READ);
    if (in < 0) return fail(NUTHATCH_ROWS_FILE, ": not in the working directory\n");
    const bool ran = run_rows(in);
    (void)port_close(in);
    if (!ran) return false;
  }
  return write_file(NUTHATCH_REPORT_FILE, &run.report, sizeof run.report);
}

}  // namespace
}  // namespace nuthatch::runner

int main() { return nuthatch::runner::run_files() ? 0 : 1; }
