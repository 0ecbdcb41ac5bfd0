#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>

#include "commands/commands.hpp"
#include "commands/flags.hpp"
#include "commands/write_text.hpp"
#include "data/csv.hpp"
#include "data/nearest.hpp"

namespace {

using nuthatch::commands::print_lines;
using nuthatch::commands::write_text;

constexpr int kFailed = 1;
constexpr int kUsage = 2;

void check_output() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  throw std::runtime_error("standard output cannot be written (is the disk full?)");
}

/// What is wrong with the word that stands for a command, or empty.
std::string explain_command(const CLI::App& program, int argc, char** argv) {
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands({})) names.push_back(command->get_name());
  const std::string list = fmt::format("commands are {}", fmt::join(names, ", "));
  if (argc < 2) return "a command is missing; the " + list;
  const std::string given = argv[1];
  if (given.starts_with('-')) {
    const bool known = program.get_option_no_throw(given) != nullptr;
    return known ? "" : fmt::format("{} is not a flag of nuthatch itself; a command comes first: the {}", given, list);
  }
  if (std::find(names.begin(), names.end(), given) != names.end()) return "";
  const std::string* nearest = nuthatch::data::nearest_name(given, names);
  return fmt::format("there is no command {}; {}{}", given,
                     nearest == nullptr ? "the " : fmt::format("did you mean {}? The ", *nearest), list);
}

/// What CLI11 says, but that an unknown flag is named alone, with the one that was meant.
int explain(const CLI::App& program, const CLI::ParseError& error) {
  const std::string unknown =
      dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr ? nuthatch::commands::explain_unknown_flag(program) : "";
  const int status = unknown.empty() ? program.exit(error) : program.exit(CLI::ValidationError(unknown));
  return status == 0 ? 0 : kUsage;
}

int run(int argc, char** argv) {
  CLI::App program("Nuthatch: machine learning that fits in firmware and can be trusted there.", "nuthatch");
  program.set_version_flag("--version", NUTHATCH_VERSION);
  program.require_subcommand(1);
  program.formatter(nuthatch::commands::help_formatter());
  program.failure_message([](const CLI::App* app, const CLI::Error& error) {
    return nuthatch::data::printable(CLI::FailureMessage::simple(app, error), true);
  });
  nuthatch::commands::add_train(program);
  nuthatch::commands::add_tune(program);
  nuthatch::commands::add_evaluate(program);
  nuthatch::commands::add_predict(program);
  nuthatch::commands::add_explain(program);
  nuthatch::commands::add_inspect(program);
  nuthatch::commands::add_monitor(program);
  nuthatch::commands::add_flash(program);
  nuthatch::commands::add_export(program);
  nuthatch::commands::add_serve(program);
  nuthatch::commands::add_compare(program);
  for (CLI::App* command : program.get_subcommands({})) nuthatch::commands::refuse_flags_as_values(*command);
  if (const std::string wrong = explain_command(program, argc, argv); !wrong.empty()) {
    program.exit(CLI::ValidationError(wrong));
    return kUsage;
  }
  int status = 0;
  try {
    program.parse(argc, argv);
  } catch (const CLI::RuntimeError& done) {  // a command that is done and has something to tell a script
    status = done.get_exit_code();
  } catch (const CLI::ParseError& error) {
    status = explain(program, error);
  }
  check_output();
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    write_text(stderr, "nuthatch: out of memory\n");
  } catch (const nuthatch::data::DataError& error) {  // one sentence: a line end in it is one of a name
    write_text(stderr, "nuthatch: {}\n", error.what());
  } catch (const std::exception& error) {
    write_text(stderr, "nuthatch: ");
    print_lines(stderr, error.what());
    write_text(stderr, "\n");
  }
  return kFailed;
}
