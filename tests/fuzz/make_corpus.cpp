// make_corpus FOLDER: writes the kept seeds of open_fuzz and snapshot_fuzz to FOLDER/open and FOLDER/snapshot, a model
// of every arithmetic and task and a snapshot of each task; the same bytes each time.

#include <fmt/format.h>

#include <filesystem>

#include "export/loaded_model.hpp"
#include "unit/make_model.hpp"

namespace nuthatch::test {
namespace {

void write(const std::filesystem::path& folder, const std::string& name, std::uint8_t choice, Bytes bytes) {
  std::filesystem::create_directories(folder);
  bytes.insert(bytes.begin(), choice);
  exporting::write_file(folder / name, bytes);
}

std::string name_of(const Recipe& recipe) {
  constexpr const char* kPrecisions[] = {"int8", "int16", "float32"};
  return fmt::format("{}_of_{}_{}", kPrecisions[static_cast<int>(recipe.precision)],
                     recipe.input == Input::kInt16 ? "int16" : "float32",
                     recipe.classes == 0 ? "regression" : fmt::format("{}_classes", recipe.classes));
}

Bytes snapshot_of(const Recipe& recipe) {
  const Opened opened(make_model(recipe));
  Buffer<std::uint32_t> words(opened.model.footprint().monitor_words);
  Monitor monitor;
  Bytes bytes(opened.model.footprint().snapshot_bytes);
  std::size_t written = 0;
  if (monitor.attach(opened.model, words) != Status::kOk) return {};
  for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(&word - words.data());
  if (monitor.snapshot({1, 2, 3, 4, 5, 6, 7, true}, bytes, written) != Status::kOk) return {};
  return bytes;
}

void write_corpus(const std::filesystem::path& folder) {
  for (Recipe recipe : all_tasks(3)) {
    recipe.features = 2;
    recipe.golden_rows = 1;
    write(folder / "open", name_of(recipe), 7, make_model(recipe));
    if (recipe.precision == Precision::kInt16 && recipe.input == Input::kInt16) {
      write(folder / "snapshot", name_of(recipe), 1, snapshot_of(recipe));
    }
  }
  write(folder / "open", "unsealed", 0, make_model({}));
  write(folder / "open", "empty", 7, {});
  write(folder / "snapshot", "empty", 1, {});
}

}  // namespace
}  // namespace nuthatch::test

int main(int count, char** arguments) {
  if (count != 2) return 1;
  nuthatch::test::write_corpus(arguments[1]);
  return 0;
}
