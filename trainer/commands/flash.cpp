#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "boards/board.hpp"
#include "commands/commands.hpp"
#include "commands/write_text.hpp"
#include "export/loaded_model.hpp"

namespace nuthatch::commands {
namespace {

using Json = nlohmann::ordered_json;

struct FlashFlags {
  std::string model;
  std::string board;
  std::string output;
  bool files_only = false;
  bool dry_run = false;
  bool json = false;
};

/// How OpenOCD reaches a board, and what else does.
struct Probe {
  const char* board;
  const char* interface;
  const char* target;
  const char* otherwise;
};
constexpr Probe kProbes[] = {
    {"microbit", "interface/cmsis-dap.cfg", "target/nrf51.cfg", "copy {} onto the MICROBIT drive"},
    {"stm32f405", "interface/stlink.cfg", "target/stm32f4x.cfg", "write {} with the tool of your board"},
};

const Probe& probe_of(const std::string& board) {
  return *std::find_if(std::begin(kProbes), std::end(kProbes),
                       [&](const Probe& probe) { return board == probe.board; });
}

/// PREFIX.elf, .hex and .bin.
struct Files {
  std::string elf, hex, bin;
};

Files files_of(const FlashFlags& flags) {
  const std::string stem = std::filesystem::path(flags.model).stem().string();
  const std::string prefix = flags.output.empty() ? fmt::format("{}.{}", stem, flags.board) : flags.output;
  return {prefix + ".elf", prefix + ".hex", prefix + ".bin"};
}

void write_files(const Files& files, const boards::Image& image) {
  const auto segments = image.segments();
  const std::string hex = boards::to_hex(segments);
  exporting::write_file(files.elf, image.elf());
  exporting::write_file(files.hex, {reinterpret_cast<const std::uint8_t*>(hex.data()), hex.size()});
  exporting::write_file(files.bin, boards::to_bin(segments));
}

/// The file's name in braces, as Tcl keeps what is in them.
std::vector<std::string> openocd_command(const Probe& probe, const Files& files) {
  return {"openocd",
          "-f",
          probe.interface,
          "-f",
          probe.target,
          "-c",
          fmt::format("program {{{}}} verify reset exit", files.hex)};
}

std::string in_a_shell(const std::vector<std::string>& command) {
  std::string line;
  for (const std::string& word : command) {
    const bool plain = word.find_first_of(" {}\"'$\\") == std::string::npos;
    line += (line.empty() ? "" : " ") + (plain ? word : fmt::format("'{}'", word));
  }
  return line;
}

Json to_json(const FlashFlags& flags, const boards::Budget& budget, const Files& files, const std::string& command) {
  return {{"board", flags.board},
          {"flash",
           {{"program", budget.program_flash}, {"model", budget.model_flash}, {"model_room", budget.model_flash_room}}},
          {"ram",
           {{"program", budget.program_ram},
            {"model", budget.model_ram},
            {"all", budget.ram},
            {"left", budget.ram_left()}}},
          {"files", {files.elf, files.hex, files.bin}},
          {"written", !flags.dry_run},
          {"command", command}};
}

void print_text(const FlashFlags& flags, const boards::Budget& budget, const Files& files, const std::string& command) {
  write_text("{:<8} {} bytes of program, {} of model; room for {} more of model\n", "flash", budget.program_flash,
             budget.model_flash, budget.flash_left());
  write_text("{:<8} {} bytes of program (its stack included), {} for the model; of {}, {} left to you\n", "RAM",
             budget.program_ram, budget.model_ram, budget.ram, budget.ram_left());
  write_text("{:<8} {}, {}, {}{}\n", "files", files.elf, files.hex, files.bin, flags.dry_run ? " (not written)" : "");
  write_text("{:<8} {}{}\n", "command", command, flags.dry_run || flags.files_only ? " (not run)" : "");
}

/// Its words go to stderr. Returns its exit status; -1: it is not installed.
int run_openocd(const std::vector<std::string>& command) {
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = 0;
  const int error = posix_spawnp(&child, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return -1;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void write_board(const FlashFlags& flags, const Probe& probe, const Files& files) {
  std::fflush(stdout);
  const int status = run_openocd(openocd_command(probe, files));
  if (status == 0) return;
  const std::string otherwise = fmt::format(fmt::runtime(probe.otherwise), files.hex);
  if (status < 0) {
    throw std::runtime_error(
        fmt::format("openocd is not installed, so the {} was not written; install it (Debian: openocd), or {}",
                    flags.board, otherwise));
  }
  throw std::runtime_error(
      fmt::format("openocd did not write the {} (it ended with {}); is it plugged in, and its debug probe free? Or {}",
                  flags.board, status, otherwise));
}

void flash(const FlashFlags& flags) {
  const auto model = exporting::LoadedModel::from_file(flags.model);
  const boards::Board& board = *boards::find_board(flags.board);
  const boards::Budget budget =
      boards::budget_of(board, boards::program_of(board), model.model(), model.bytes().size());
  const boards::Image image = boards::image_of(board, model.model(), model.bytes());
  const Files files = files_of(flags);
  if (!flags.dry_run) write_files(files, image);
  const Probe& probe = probe_of(flags.board);
  const std::string command = in_a_shell(openocd_command(probe, files));
  if (flags.json) {
    fmt::print("{}\n", to_json(flags, budget, files, command).dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    print_text(flags, budget, files, command);
  }
  if (!flags.dry_run && !flags.files_only) write_board(flags, probe, files);
}

}  // namespace

void add_flash(CLI::App& program) {
  auto flags = std::make_shared<FlashFlags>();
  CLI::App* command = program.add_subcommand(
      "flash", "Join a model with a board's program, as .elf, .hex and .bin, and write it through OpenOCD");
  command->add_option("model", flags->model, "model file")->required()->type_name("M.nhm");
  command->add_option("--board", flags->board, fmt::format("one of {}", fmt::join(boards::board_names(), ", ")))
      ->required()
      ->type_name("NAME")
      ->check([](const std::string& name) {
        if (boards::find_board(name) != nullptr) return std::string();
        return fmt::format("{} is not one of {}", name, fmt::join(boards::board_names(), ", "));
      });
  command->add_option("-o,--output", flags->output, "what the files' names begin with (M.BOARD)")->type_name("PREFIX");
  command->add_flag("--files", flags->files_only, "write the files, not the board");
  command->add_flag("--dry-run", flags->dry_run, "write nothing; say what would be done, and what it would take");
  command->add_flag("--json", flags->json, "print one JSON document");
  command->callback([flags] { flash(*flags); });
}

}  // namespace nuthatch::commands
