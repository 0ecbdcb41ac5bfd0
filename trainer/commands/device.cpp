#include "commands/device.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string_view>
#include <thread>

#include "boards/board.hpp"
#include "boards/workspace.hpp"
#include "commands/wired.hpp"
#include "cortex-m/boards.h"
#include "runner.hpp"

namespace nuthatch::commands {
namespace {

namespace fs = std::filesystem;
using boards::Workspace;

/// A target under QEMU: a board of its own (system emulation), or a Linux program (user emulation; no model address).
struct Board {
  const char* name;
  const char* machine;  ///< QEMU's -M; for Linux the root of the cross compiler's libraries
  std::uint64_t model_address;
  std::uint64_t model_bytes;

  bool is_linux() const { return model_bytes == 0; }
  const char* emulator() const {
    if (!is_linux()) return "qemu-system-arm";
    return std::string_view(name) == "aarch64-linux" ? "qemu-aarch64" : "qemu-arm";
  }
  const char* runner() const { return is_linux() ? "runner" : "runner.elf"; }
};

#define NUTHATCH_AS_BOARD(name, core, machine, code, code_bytes, model, model_bytes, ram, ram_bytes, clock) \
  Board{core, machine, model, model_bytes},
constexpr Board kBoards[] = {NUTHATCH_BOARDS(NUTHATCH_AS_BOARD){"aarch64-linux", "/usr/aarch64-linux-gnu", 0, 0},
                             {"armhf-linux", "/usr/arm-linux-gnueabihf", 0, 0}};
#undef NUTHATCH_AS_BOARD

const Board& board_of(const std::string& core) {
  return *std::find_if(std::begin(kBoards), std::end(kBoards), [&](const Board& board) { return core == board.name; });
}

std::vector<std::string> qemu_command(const Board& board, const fs::path& image, bool model_linked_in) {
  if (board.is_linux()) return {board.emulator(), "-L", board.machine, image.string()};
  std::vector<std::string> command = {board.emulator(), "-M", board.machine};
  const std::string icount = fmt::format("shift={},align=off", NUTHATCH_ICOUNT_SHIFT);
  for (const char* word : {"-icount", icount.c_str(), "-display", "none", "-serial", "null", "-monitor", "none",
                           "-semihosting-config", "enable=on,target=native", "-kernel"}) {
    command.emplace_back(word);
  }
  command.push_back(image.string());
  if (!model_linked_in) {
    command.emplace_back("-device");
    command.push_back(fmt::format("loader,file={},addr={:#x},force-raw=on", NUTHATCH_MODEL_FILE, board.model_address));
  }
  return command;
}

pid_t spawn(const std::vector<std::string>& command, const Workspace& workspace) {
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, workspace.path().c_str());
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "log.txt", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = 0;
  const int error = posix_spawnp(&child, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    throw std::runtime_error(
        fmt::format("{} cannot be started: {}; ./run setup installs it (Debian: qemu-system-arm, qemu-user)",
                    command[0], std::strerror(error)));
  }
  return child;
}

/// Waits for the child while it makes headway: a board that writes no row for this long hangs.
int wait_for(pid_t child, const std::function<std::uint64_t()>& headway) {
  using namespace std::chrono_literals;
  using Clock = std::chrono::steady_clock;
  constexpr auto kPatience = 120s;
  Clock::time_point last = Clock::now();
  std::uint64_t seen = 0;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    std::this_thread::sleep_for(5ms);
    if (const std::uint64_t now = headway(); now != seen) {
      seen = now;
      last = Clock::now();
    }
    if (Clock::now() - last > kPatience) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      throw std::runtime_error("the emulated board answered nothing for 120 s and was stopped");
    }
  }
  return status;
}

void write_context(const DeviceJob& job, std::size_t rows, const fs::path& path) {
  const SnapshotContext& context = job.context;
  const auto every = static_cast<std::uint32_t>(std::min(job.snapshot_every, rows));  // a file of rows has below 2^31
  const runner::RunnerContext words = {context.device_id, context.firmware_id, context.boot_count,
                                       context.epoch,     context.sequence,    every};
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&words);
  exporting::write_file(path, {bytes, sizeof words});
}

runner::RunnerReport read_report(const fs::path& path) {
  const std::vector<std::uint8_t> bytes = exporting::read_file(path);
  runner::RunnerReport report;
  if (bytes.size() != sizeof report) throw std::runtime_error("the board's report is incomplete");
  std::memcpy(&report, bytes.data(), sizeof report);
  if (std::memcmp(report.magic, NUTHATCH_REPORT_MAGIC, 4) != 0)
    throw std::runtime_error("the board's report is broken");
  return report;
}

/// Into predictions and row_instructions.
void read_results(const fs::path& path, std::size_t outputs, std::size_t rows, DeviceRun& run) {
  const std::vector<std::uint8_t> bytes = exporting::read_file(path);
  const std::size_t width = runner::result_bytes(outputs);
  if (bytes.size() != rows * width) throw std::runtime_error("the board's results are incomplete");
  exporting::Predictions& predictions = run.predictions;
  predictions.outputs = outputs;
  predictions.scores.resize(rows * outputs);
  for (std::size_t row = 0; row < rows; ++row) {
    runner::RunnerResult result;
    std::memcpy(&result, bytes.data() + row * width, sizeof result);
    std::memcpy(predictions.scores.data() + row * outputs, bytes.data() + row * width + sizeof result, outputs * 4);
    predictions.statuses.push_back(static_cast<Status>(result.status));
    if (run.report.instructions_valid) run.row_instructions.push_back(result.instructions);
  }
}

/// What the firmware's build measured, in footprint.csv beside its runner; nothing where there is no such table.
std::optional<report::Footprint> read_footprint(const fs::path& folder, const std::string& core,
                                                const exporting::LoadedModel& model, report::Watched watched) {
  const fs::path path = folder / "footprint.csv";
  if (!fs::exists(path)) return {};
  const std::vector<std::uint8_t> bytes = exporting::read_file(path);
  return report::find_footprint({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, core, model.contents(),
                                watched);
}

DeviceReport to_device_report(const runner::RunnerReport& report) {
  DeviceReport device;
  device.instructions_valid = report.instructions_valid != 0;
  if (report.rows > 0) {
    const auto rows = static_cast<double>(report.rows);
    device.instructions_mean = static_cast<double>(report.predict_instructions_sum) / rows;
    device.observe_instructions = static_cast<double>(report.observe_instructions_sum) / rows;
  }
  device.instructions_max = report.predict_instructions_max;
  device.instructions_min = report.predict_instructions_min;
  device.open_instructions = report.open_instructions;
  device.ram_bytes = report.ram_bytes;
  const std::uint64_t stack = std::max(report.open_stack_bytes, report.predict_stack_bytes);
  if (stack > 0) device.stack_bytes = stack;
  return device;
}

/// The snapshots of a board, which lie one after another, proven to be of that model.
std::vector<std::vector<std::uint8_t>> read_snapshots(const fs::path& path, const DeviceJob& job, std::size_t rows,
                                                      const exporting::LoadedModel& model) {
  if (model.model().footprint().monitor_words == 0) return {};
  const std::vector<std::uint8_t> bytes = exporting::read_file(path);
  const std::size_t count = job.snapshot_every == 0 || rows == 0 ? 1 : (rows - 1) / job.snapshot_every + 1;
  const std::size_t size = bytes.size() / count;
  std::vector<std::vector<std::uint8_t>> snapshots;
  for (std::size_t i = 0; i < count; ++i) {
    const auto start = bytes.begin() + static_cast<std::ptrdiff_t>(i * size);
    const auto& one = snapshots.emplace_back(start, start + static_cast<std::ptrdiff_t>(size));
    Snapshot snapshot = {};
    Status status = read_snapshot({one.data(), one.size()}, snapshot);
    if (status != Status::kOk && read_snapshot({bytes.data(), bytes.size()}, snapshot) == Status::kOk) {
      throw std::runtime_error(
          fmt::format("the firmware left one snapshot and not the {} that --snapshot-every asks for: it does not know "
                      "context.bin's snapshot_every (ports/report.h); build it anew, or leave the flag out",
                      count));
    }
    if (status != Status::kOk)
      throw std::runtime_error(fmt::format("{}'s snapshot: {}", job.core, status_text(status)));
    if (std::memcmp(snapshot.model, model.model().identity(), 8) == 0) continue;
    throw std::runtime_error(fmt::format("the firmware carries another model ({}...) than the one given ({}...)",
                                         exporting::hex({snapshot.model, 8}),
                                         exporting::hex({model.model().identity(), 8})));
  }
  return snapshots;
}

/// Of a board that ran to its end; throws what it said otherwise.
DeviceRun read_run(const Workspace& workspace, const DeviceJob& job, const exporting::LoadedModel& model,
                   std::size_t rows) {
  const runner::RunnerReport report = read_report(workspace / NUTHATCH_REPORT_FILE);
  for (const std::uint32_t answer : {report.open_status, report.self_test_status}) {
    if (answer == 0) continue;
    throw std::runtime_error(
        fmt::format("{} refused the model: {}", job.core, status_text(static_cast<Status>(answer))));
  }
  DeviceRun run{{}, to_device_report(report), read_snapshots(workspace / NUTHATCH_SNAPSHOT_FILE, job, rows, model), {}};
  read_results(workspace / NUTHATCH_RESULTS_FILE, report.outputs, rows, run);
  return run;
}

}  // namespace

std::vector<std::string> device_names() {
  std::vector<std::string> names;
  for (const Board& board : kBoards) names.emplace_back(board.name);
  for (const std::string& board : boards::board_names()) names.push_back(board);
  return names;
}

std::vector<std::string> core_names() {
  std::vector<std::string> names;
  for (const Board& board : kBoards) {
    if (!board.is_linux()) names.emplace_back(board.name);
  }
  return names;
}

bool is_device(const std::string& place) {
  const std::vector<std::string> names = device_names();
  return is_wired(place) || std::find(names.begin(), names.end(), place) != names.end();
}

std::optional<report::Footprint> footprint_on(const std::string& core, const exporting::LoadedModel& model,
                                              report::Watched watched) {
  try {
    if (const auto measured = read_footprint(boards::firmware_place(core), core, model, watched)) return measured;
  } catch (const std::runtime_error&) {
    // A table of another version's build says as little as none.
  }
  auto reviewed = report::find_footprint(report::reviewed_footprints(), core, model.contents(), watched);
  if (reviewed) reviewed->estimated = true;
  return reviewed;
}

std::uint64_t ram_bytes(const exporting::LoadedModel& model) {
  // sizeof(Model) and sizeof(Monitor) on a 32-bit Arm, as ports/runner.cpp counts them; tests/parity holds it against
  // all.
  constexpr std::uint64_t kObjectBytes = 232;
  const Footprint need = model.model().footprint();
  const std::uint64_t row = need.features * (model.model().input() == Input::kInt16 ? 2U : 4U);
  return kObjectBytes + row + 4 * (need.scratch_words + need.outputs + need.monitor_words);
}

DeviceRun run_on_device(const DeviceJob& job, const exporting::LoadedModel& model,
                        const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  if (is_wired(job.core)) return run_on_wire(job, model, progress);
  const Board& board = board_of(job.core);
  const bool with_runner = job.firmware.empty();
  const fs::path folder = with_runner ? boards::firmware_folder(board.name, board.runner()) : fs::path();
  const fs::path image = with_runner ? folder / board.runner() : fs::absolute(job.firmware);
  if (!fs::exists(image)) throw std::runtime_error(fmt::format("{}: there is no such firmware", image.string()));
  // QEMU's loader would write past the flash without a word.
  if (!board.is_linux() && model.bytes().size() > board.model_bytes) {
    throw std::runtime_error(fmt::format("the model has {} bytes; the flash that {} keeps for it has {}",
                                         model.bytes().size(), job.core, board.model_bytes));
  }
  const Workspace workspace;
  exporting::write_file(workspace / NUTHATCH_MODEL_FILE, model.bytes());
  exporting::write_file(workspace / NUTHATCH_ROWS_FILE, job.rows);
  const bool raw = model.model().input() == Input::kInt16;
  const std::size_t count = job.rows.size() / (model.contents().feature_names.size() * (raw ? 2 : 4));
  write_context(job, count, workspace / NUTHATCH_CONTEXT_FILE);
  const std::size_t result_bytes = runner::result_bytes(model.model().footprint().outputs);
  const int status = wait_for(spawn(qemu_command(board, image, !with_runner), workspace), [&] {
    std::error_code error;
    const auto size = fs::file_size(workspace / NUTHATCH_RESULTS_FILE, error);
    const std::uint64_t done = error ? 0 : size / result_bytes;
    progress(done, count);
    return done;
  });
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error(fmt::format("the emulated {} failed: {}", job.core, workspace.log()));
  }
  DeviceRun run = read_run(workspace, job, model, count);
  if (with_runner) {
    run.report.footprint = read_footprint(folder, job.core, model, report::watched_of(model.contents()));
  }
  return run;
}

}  // namespace nuthatch::commands
