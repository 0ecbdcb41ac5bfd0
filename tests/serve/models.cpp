#include "serve/models.hpp"

#include <unistd.h>

#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::serve_test {

namespace fs = std::filesystem;
using trainer_test::load;
using trainer_test::train_and_load;

Folder::Folder() {
  std::string pattern = (fs::temp_directory_path() / "nuthatch-serve-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string Folder::write(const std::string& name, const std::vector<std::uint8_t>& bytes) const {
  fs::create_directories((path_ / name).parent_path());
  exporting::write_file(path_ / name, bytes);
  return *this / name;
}

const exporting::LoadedModel& iris() {
  static const exporting::LoadedModel model = train_and_load(load("iris.train"), "logistic", true);
  return model;
}

const exporting::LoadedModel& other_iris() {
  static const exporting::LoadedModel model = train_and_load(load("iris.train"), "naive-bayes", true);
  return model;
}

const exporting::LoadedModel& diabetes() {
  static const exporting::LoadedModel model =
      train_and_load(load("diabetes.train"), "ridge", false, {}, quantize::Input::kInt16);
  return model;
}

}  // namespace nuthatch::serve_test
