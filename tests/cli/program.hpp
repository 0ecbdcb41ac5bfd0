#ifndef NUTHATCH_TESTS_CLI_PROGRAM_HPP
#define NUTHATCH_TESTS_CLI_PROGRAM_HPP

#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// Runs the program as a shell would, in a folder that lasts as long as the tests.
namespace nuthatch::cli {

struct Outcome {
  int status = -1;  ///< the exit status; 128 + the signal's number if one ended it
  std::string out;
  std::string err;
};

/// `nuthatch ARGUMENTS`, with the shell's quoting and redirections. The program is NUTHATCH_PROGRAM.
Outcome nuthatch(const std::string& arguments);
/// The same, which must end with status 0 and say nothing on stderr; its stdout.
std::string done(const std::string& arguments);
/// done(), whose stdout must be one JSON document and nothing else.
nlohmann::json json_of(const std::string& arguments);

/// Test cases that look at figures, in the build of the host alone: what they train with is run by others, too, and
/// under sanitizers it takes ten times as long.
inline const doctest::test_suite figures("figures");
/// Whether the program is one with sanitizers, whose memory is theirs (NUTHATCH_SANITIZED).
bool is_sanitized();

/// Any other command; its stdout. Its status must be 0.
std::string shell(const std::string& command);

/// Where the commands run: relative paths mean this folder.
const std::filesystem::path& folder();
void write(const std::string& name, const std::string& text);
std::string read(const std::string& name);
std::vector<std::string> lines_of(const std::string& text);
/// The cells of a CSV's line without quotes.
std::vector<std::string> cells_of(const std::string& line);
/// One column of a CSV without quotes.
std::vector<std::string> column(const std::string& text, const std::string& name);
/// A file of tests/data, "iris.train.csv".
std::string data(const std::string& name);
/// The same, read.
std::string data_text(const std::string& name);
std::string replaced(std::string text, const std::string& from, const std::string& to);

/// Trains MODEL on SET.train.csv with more flags, if any, into OUTPUT; its JSON.
nlohmann::json train(const std::string& set, const std::string& model, const std::string& output,
                     const std::string& flags = "");

}  // namespace nuthatch::cli

#endif
