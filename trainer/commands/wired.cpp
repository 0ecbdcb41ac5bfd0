#include "commands/wired.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "boards/board.hpp"
#include "boards/client.hpp"
#include "boards/emulator.hpp"
#include "boards/link.hpp"

namespace nuthatch::commands {
namespace {

using boards::Client;

void check_model(const serial::Hello& hello, const exporting::LoadedModel& model, const std::string& place) {
  const Model& ours = model.model();
  const std::string board = std::string(hello.board) + " at " + place;
  const std::string flash = fmt::format("`nuthatch flash --board {}`", hello.board);
  if (hello.open_status == static_cast<std::uint32_t>(Status::kNull)) {
    throw std::runtime_error(fmt::format("the {} has no model in its flash; {} writes one", board, flash));
  }
  for (const std::uint32_t status : {hello.open_status, hello.self_test_status}) {
    if (status == 0) continue;
    throw std::runtime_error(
        fmt::format("the {} refused its model: {}", board, status_text(static_cast<Status>(status))));
  }
  if (std::memcmp(hello.identity, ours.identity(), sizeof hello.identity) != 0) {
    throw std::runtime_error(
        fmt::format("the {} carries another model ({}...) than the one given ({}...); {} writes it", board,
                    exporting::hex({hello.identity, 8}), exporting::hex({ours.identity(), 8}), flash));
  }
  if (hello.model_ram > hello.free_ram) {
    throw std::runtime_error(fmt::format("the {} has {} bytes of RAM for its model, which needs {}", board,
                                         hello.free_ram, hello.model_ram));
  }
}

/// The rows of a job on their way to a board.
class Conversation {
 public:
  Conversation(boards::Link& link, boards::Milliseconds patience, const DeviceJob& job,
               const exporting::LoadedModel& model)
      : link_(link), client_(link, patience), job_(job), model_(model) {}

  DeviceRun run(const std::function<void(std::uint64_t, std::uint64_t)>& progress);

 private:
  std::size_t row_bytes() const { return job_.rows.size() / std::max<std::size_t>(rows_, 1); }
  void predict(std::size_t first, std::size_t count);
  void take_results(const std::vector<std::uint8_t>& answer, std::size_t count);
  void take_snapshot();

  boards::Link& link_;
  Client client_;
  const DeviceJob& job_;
  const exporting::LoadedModel& model_;
  std::size_t rows_ = 0;
  DeviceRun run_;
};

void Conversation::predict(std::size_t first, std::size_t count) {
  std::uint32_t counted = 0;
  const auto rows = std::span(job_.rows).subspan(first * row_bytes(), count * row_bytes());
  take_results(client_.predict(rows, counted), count);
  if (counted == first + count) return;
  throw std::runtime_error(
      fmt::format("{}: the board has counted {} rows where {} were sent: it began anew (is its power steady?), or "
                  "another program talks to it",
                  link_.name(), counted, first + count));
}

void Conversation::take_results(const std::vector<std::uint8_t>& answer, std::size_t count) {
  const std::size_t outputs = run_.predictions.outputs;
  const std::size_t width = serial::result_bytes(outputs);
  if (answer.size() != count * width) {
    throw std::runtime_error(
        fmt::format("{}: {} bytes of results came for {} rows", link_.name(), answer.size(), count));
  }
  for (std::size_t row = 0; row < count; ++row) {
    std::uint32_t status = 0;
    std::memcpy(&status, answer.data() + row * width, sizeof status);
    run_.predictions.statuses.push_back(static_cast<Status>(status));
    std::vector<std::int32_t> words(outputs);
    std::memcpy(words.data(), answer.data() + row * width + sizeof status, 4 * outputs);
    run_.predictions.scores.insert(run_.predictions.scores.end(), words.begin(), words.end());
  }
}

void Conversation::take_snapshot() {
  if (model_.model().footprint().monitor_words == 0) return;
  SnapshotContext context = job_.context;
  context.sequence += static_cast<std::uint32_t>(run_.snapshots.size());
  const auto& bytes = run_.snapshots.emplace_back(client_.snapshot(context));
  Snapshot snapshot = {};
  const Status status = read_snapshot({bytes.data(), bytes.size()}, snapshot);
  if (status != Status::kOk) throw std::runtime_error(fmt::format("{}: {}", link_.name(), status_text(status)));
}

/// A request ends where a snapshot is due, and after the last row one is.
DeviceRun Conversation::run(const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  const serial::Hello hello = client_.hello();
  check_model(hello, model_, link_.name());
  client_.restart();
  const std::size_t every = job_.snapshot_every;
  rows_ = job_.rows.size() / serial::plan_for(model_.model().footprint(), model_.model().input()).row_bytes;
  run_.predictions.outputs = hello.outputs;
  for (std::size_t done = 0; done < rows_;) {
    std::size_t now = std::min<std::size_t>(rows_ - done, hello.rows);
    if (every != 0) now = std::min(now, every - done % every);
    predict(done, now);
    done += now;
    progress(done, rows_);
    if (every != 0 && done % every == 0 && done < rows_) take_snapshot();
  }
  take_snapshot();
  run_.report.ram_bytes = hello.model_ram;
  run_.report.ram_free_bytes = hello.free_ram - hello.model_ram;
  run_.report.stack_bytes = client_.hello().stack_used;
  return std::move(run_);
}

boards::Bytes elf_of(const boards::Board& board, const DeviceJob& job, const exporting::LoadedModel& model) {
  if (!job.firmware.empty()) return exporting::read_file(job.firmware);
  return boards::image_of(board, model.model(), model.bytes()).elf();
}

DeviceRun run_emulated(const boards::Board& board, const DeviceJob& job, const exporting::LoadedModel& model,
                       const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  constexpr boards::Milliseconds kPatience(20000);  // nothing is lost on the way, but this machine may be busy
  boards::Emulator emulator(board, elf_of(board, job, model));
  try {
    return Conversation(emulator.link(), kPatience, job, model).run(progress);
  } catch (const std::runtime_error& error) {
    const std::string log = emulator.log();
    throw std::runtime_error(log.empty() ? error.what() : fmt::format("{}\n{}", error.what(), log));
  }
}

}  // namespace

bool is_wired(const std::string& place) { return place.starts_with(kSerial) || boards::find_board(place) != nullptr; }

DeviceRun run_on_wire(const DeviceJob& job, const exporting::LoadedModel& model,
                      const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  if (const boards::Board* board = boards::find_board(job.core)) return run_emulated(*board, job, model, progress);
  constexpr boards::Milliseconds kPatience(1000);
  const auto port = boards::open_serial(job.core.substr(std::strlen(kSerial)));
  return Conversation(*port, kPatience, job, model).run(progress);
}

}  // namespace nuthatch::commands
