#ifndef NUTHATCH_TRAINER_BOARDS_WORKSPACE_HPP
#define NUTHATCH_TRAINER_BOARDS_WORKSPACE_HPP

#include <filesystem>
#include <string>

namespace nuthatch::boards {

/// A folder of its own for one run, removed with it.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  std::filesystem::path operator/(const char* name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }
  /// What lies in the file "log.txt", without the last line's end.
  std::string log() const;

 private:
  std::filesystem::path path_;
};

/// The folder BUILD/ports, whether it is there or not: beside the program's own build folder, or where
/// NUTHATCH_FIRMWARE says.
std::filesystem::path firmware_place(const std::string& build);

/// The same, with `file` in it.
/// Throws std::runtime_error saying what to do where it is not there.
std::filesystem::path firmware_folder(const std::string& build, const std::string& file);

}  // namespace nuthatch::boards

#endif
