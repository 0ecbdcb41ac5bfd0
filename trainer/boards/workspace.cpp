#include "boards/workspace.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace nuthatch::boards {

namespace fs = std::filesystem;

Workspace::Workspace() {
  std::string pattern = (fs::temp_directory_path() / "nuthatch-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw std::runtime_error(fmt::format("{}: cannot be created: {}", pattern, std::strerror(errno)));
  }
  path_ = pattern;
}

Workspace::~Workspace() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string Workspace::log() const {
  std::ifstream file(path_ / "log.txt");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

fs::path firmware_place(const std::string& build) {
  const char* chosen = std::getenv("NUTHATCH_FIRMWARE");
  std::error_code error;
  const fs::path base =
      chosen != nullptr ? fs::path(chosen) : fs::read_symlink("/proc/self/exe", error).parent_path().parent_path();
  return fs::absolute(base / build / "ports");
}

fs::path firmware_folder(const std::string& build, const std::string& file) {
  fs::path folder = firmware_place(build);
  std::error_code error;
  if (!fs::exists(folder / file, error)) {
    throw std::runtime_error(
        fmt::format("{}: the firmware for {} is not there; build it with ./run build, or set NUTHATCH_FIRMWARE to the "
                    "folder that holds {}/ports/{}",
                    (folder / file).string(), build, build, file));
  }
  return folder;
}

}  // namespace nuthatch::boards
