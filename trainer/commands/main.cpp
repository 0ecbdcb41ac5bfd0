#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "commands/commands.hpp"

namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;

int run(int argc, char** argv) {
  CLI::App program("Nuthatch: machine learning that fits in firmware and can be trusted there.", "nuthatch");
  program.set_version_flag("--version", NUTHATCH_VERSION);
  program.require_subcommand(1);
  program.get_formatter()->column_width(34);
  nuthatch::commands::add_train(program);
  nuthatch::commands::add_evaluate(program);
  nuthatch::commands::add_predict(program);
  nuthatch::commands::add_inspect(program);
  nuthatch::commands::add_monitor(program);
  int status = 0;
  try {
    program.parse(argc, argv);
  } catch (const CLI::RuntimeError& done) {  // a command that is done and has something to tell a script
    status = done.get_exit_code();
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : kUsage;
  }
  if (std::fflush(stdout) != 0) throw std::runtime_error("standard output cannot be written (is the disk full?)");
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "nuthatch: out of memory\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "nuthatch: {}\n", error.what());
  }
  return kFailed;
}
