#ifndef NUTHATCH_TRAINER_COMMANDS_DEVICE_HPP
#define NUTHATCH_TRAINER_COMMANDS_DEVICE_HPP

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "export/loaded_model.hpp"
#include "report/footprint.hpp"

/// Running a model on a board: the runner firmware (ports/) under QEMU, or a flashed board's own (wired.hpp).
namespace nuthatch::commands {

/// What a device's run cost. Instructions are counted, not cycles.
struct DeviceReport {
  bool instructions_valid = false;
  double instructions_mean = 0;
  std::uint64_t instructions_max = 0;
  std::uint64_t instructions_min = 0;
  double observe_instructions = 0;  ///< of the monitor, the mean of all rows
  std::uint64_t open_instructions = 0;
  /// Model, scratch, outputs, Monitor and its words, one row; on a flashed board a frame in and one out for the row.
  std::uint64_t ram_bytes = 0;
  std::optional<std::uint64_t> ram_free_bytes;  ///< what program and model leave of a flashed board's RAM
  std::optional<std::uint64_t> stack_bytes;     ///< the most that open or predict used, measured; none on Linux
  std::optional<report::Footprint> footprint;   ///< flash of the code, and the bound of stack_bytes; none on Linux
};

struct DeviceRun {
  exporting::Predictions predictions;
  DeviceReport report;
  std::vector<std::vector<std::uint8_t>> snapshots;
  std::vector<std::uint32_t> row_instructions;  ///< a row; empty where they are not counted
};

/// What a board is given to do.
struct DeviceJob {
  std::string core;                ///< one of device_names(), or a serial port
  std::vector<std::uint8_t> rows;  ///< LoadedModel::device_rows
  SnapshotContext context;
  std::size_t snapshot_every = 0;  ///< rows; 0: one snapshot after the last row
  /// An image that carries the same model and speaks the files of ports/report.h; empty: the runner.
  std::string firmware;
};

/// The names `--on` takes besides "host" and serial ports.
std::vector<std::string> device_names();
/// Those of them that count instructions: the emulated cores.
std::vector<std::string> core_names();
/// One of them, or a serial port: "serial:/dev/ttyACM0".
bool is_device(const std::string& place);

/// Flash of the code that a model needs on a core: as measured when its firmware was built, else as the reviewed table
/// has it, which is said (`estimated`). Nothing where neither has that part.
std::optional<report::Footprint> footprint_on(const std::string& core, const exporting::LoadedModel& model,
                                              report::Watched watched);

/// Memory that a model needs on a core: Model and Monitor, its words, scratch, outputs and one row, as `--on` says it.
std::uint64_t ram_bytes(const exporting::LoadedModel& model);

/// Runs the job's rows. progress: rows done, rows in all.
/// Throws std::runtime_error saying what is missing (QEMU, the firmware) or what the board said.
DeviceRun run_on_device(const DeviceJob& job, const exporting::LoadedModel& model,
                        const std::function<void(std::uint64_t, std::uint64_t)>& progress);

}  // namespace nuthatch::commands

#endif
