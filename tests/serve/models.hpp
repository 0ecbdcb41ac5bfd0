#ifndef NUTHATCH_TESTS_SERVE_MODELS_HPP
#define NUTHATCH_TESTS_SERVE_MODELS_HPP

#include <filesystem>
#include <string>

#include "export/loaded_model.hpp"

/// Models to serve, and a folder for their files.
namespace nuthatch::serve_test {

/// Removed with the object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  /// The file's path. Folders on the way are made.
  std::string write(const std::string& name, const std::vector<std::uint8_t>& bytes) const;

 private:
  std::filesystem::path path_;
};

/// Trained once each.
const exporting::LoadedModel& iris();        ///< logistic, three classes, probabilities; takes no missing value
const exporting::LoadedModel& other_iris();  ///< naive Bayes of the same data
const exporting::LoadedModel& diabetes();    ///< ridge, int16 counts

}  // namespace nuthatch::serve_test

#endif
