#include "cli/program.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace nuthatch::cli {

namespace fs = std::filesystem;

namespace {

class Workspace {
 public:
  Workspace() {
    std::string pattern = (fs::temp_directory_path() / "nuthatch-cli-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path = pattern;
  }
  ~Workspace() { fs::remove_all(path); }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  fs::path path;
};

std::string read_path(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Outcome run(const std::string& command) {
  const std::string whole = fmt::format("cd '{}' && {{ {} ; }} >.out 2>.err </dev/null", folder().string(), command);
  const int status = std::system(whole.c_str());
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {code, read(".out"), read(".err")};
}

}  // namespace

const fs::path& folder() {
  static const Workspace workspace;
  return workspace.path;
}

bool is_sanitized() { return std::getenv("NUTHATCH_SANITIZED") != nullptr; }

Outcome nuthatch(const std::string& arguments) {
  const char* program = std::getenv("NUTHATCH_PROGRAM");
  if (program == nullptr) throw std::runtime_error("NUTHATCH_PROGRAM is not set: run these tests with ctest");
  return run(fmt::format("'{}' {}", program, arguments));
}

std::string done(const std::string& arguments) {
  CAPTURE(arguments);
  const Outcome outcome = nuthatch(arguments);
  CHECK(outcome.err == "");
  REQUIRE(outcome.status == 0);
  return outcome.out;
}

nlohmann::json json_of(const std::string& arguments) {
  CAPTURE(arguments);
  const std::string text = done(arguments);
  const auto json =
      nlohmann::json::parse(text, nullptr, false);  // of the whole text: what follows a document spoils it
  REQUIRE_FALSE(json.is_discarded());
  REQUIRE(json.is_object());
  return json;
}

std::string shell(const std::string& command) {
  CAPTURE(command);
  const Outcome outcome = run(command);
  REQUIRE(outcome.status == 0);
  return outcome.out;
}

void write(const std::string& name, const std::string& text) {
  std::ofstream(folder() / name, std::ios::binary) << text;
}

std::string read(const std::string& name) { return read_path(folder() / name); }

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
  return cells;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> column(const std::string& text, const std::string& name) {
  const std::vector<std::string> lines = lines_of(text);
  const std::vector<std::string> header = cells_of(lines.at(0));
  const auto at = static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
  REQUIRE(at < header.size());
  std::vector<std::string> cells;
  for (std::size_t row = 1; row < lines.size(); ++row) cells.push_back(cells_of(lines[row]).at(at));
  return cells;
}

std::string data(const std::string& name) { return "'" NUTHATCH_TEST_DATA "/data/" + name + "'"; }

std::string data_text(const std::string& name) { return read_path(fs::path(NUTHATCH_TEST_DATA "/data") / name); }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

nlohmann::json train(const std::string& set, const std::string& model, const std::string& output,
                     const std::string& flags) {
  return json_of("train --data " + data(set + ".train.csv") + " --target label --model " + model + " -o " + output +
                 " --json " + flags);
}

}  // namespace nuthatch::cli
