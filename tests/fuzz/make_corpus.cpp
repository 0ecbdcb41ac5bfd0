// make_corpus FOLDER: writes the kept seeds of open_fuzz and snapshot_fuzz to FOLDER/open and FOLDER/snapshot, a model
// of every kind, input and task (of the linear kind: every arithmetic too), a snapshot of each task, and one with
// histograms; the same bytes
// each time.

#include <fmt/format.h>

#include <filesystem>
#include <sstream>

#include "export/loaded_model.hpp"
#include "unit/make_model.hpp"
#include "unit/trained.hpp"

namespace nuthatch::test {
namespace {

void write(const std::filesystem::path& folder, const std::string& name, std::uint8_t choice, Bytes bytes) {
  std::filesystem::create_directories(folder);
  bytes.insert(bytes.begin(), choice);
  exporting::write_file(folder / name, bytes);
}

std::string name_of(const std::string& model, Input input, std::size_t classes) {
  return fmt::format("{}_of_{}_{}", model, input == Input::kInt16 ? "int16" : "float32",
                     classes == 0 ? "regression" : fmt::format("{}_classes", classes));
}

std::string name_of(const Recipe& recipe) {
  constexpr const char* kPrecisions[] = {"int8", "int16", "float32"};
  return name_of(kPrecisions[static_cast<int>(recipe.precision)], recipe.input, recipe.classes);
}

Bytes snapshot_of(const Bytes& model) {
  const Opened opened(model);
  Buffer<std::uint32_t> words(opened.model.footprint().monitor_words);
  Monitor monitor;
  Bytes bytes(opened.model.footprint().snapshot_bytes);
  std::size_t written = 0;
  if (monitor.attach<Histograms>(opened.model, words) != Status::kOk) return {};
  // Counters; what lies behind is the monitor's own.
  for (std::uint32_t i = 0; i < 8; ++i) words.data()[i] = i;
  if (monitor.snapshot({1, 2, 3, 4, 5, 6, 7, true}, bytes, written) != Status::kOk) return {};
  return bytes;
}

/// What the other kinds learn to make a seed; small, for a fuzzer changes small files best.
struct Lesson {
  std::string family;
  std::size_t classes = 0;  ///< 0: regression
  trainer_test::Flags flags = {};
  std::size_t features = 2;
  std::string what = "";  ///< in the name of the seed, where the family says too little
};

std::vector<Lesson> lessons() {
  return {{"naive-bayes", 2},
          {"naive-bayes", 3},
          {"mlp", 0, {{"hidden", "3"}, {"epochs", "9"}}},
          {"mlp", 2, {{"hidden", "2,3"}, {"epochs", "9"}, {"activation", "tanh"}}},
          {"mlp", 3, {{"hidden", "5"}, {"epochs", "9"}}},
          {"tree", 2, {{"max-depth", "3"}}},
          {"forest", 3, {{"trees", "2"}, {"max-depth", "3"}}},
          {"forest", 0, {{"trees", "2"}, {"max-depth", "2"}}},
          {"boosting", 3, {{"rounds", "2"}, {"max-depth", "2"}}},
          {"svm", 2},
          {"svm", 3, {{"kernel", "polynomial"}, {"coef0", "1"}}},
          {"svm", 3, {{"kernel", "linear"}}, 2, "-linear"},
          {"svm", 2, {{"probability", "yes"}}, 2, "-probability"},
          {"svr", 0, {{"kernel", "sigmoid"}}},
          {"blend", 0, {{"of", "ridge + tree --max-depth 2 + mlp --hidden 2 --epochs 9"}}},
          // More features than a slot of 6 bits can name, and than one of a word.
          {"tree", 3, {{"max-depth", "2"}}, 66, "-8-bit"},
          {"tree", 0, {{"max-depth", "2"}}, 258}};
}

/// Only the last two features tell anything, so that trees name them.
data::Dataset rows_of(const Lesson& lesson) {
  std::string text;
  for (std::size_t i = 0; i < lesson.features; ++i) text += fmt::format("{:x},", i);
  text += "label\n";
  for (std::size_t row = 0; row < 30; ++row) {
    for (std::size_t i = 0; i < lesson.features; ++i) {
      const std::size_t place = i + 2 - lesson.features;
      text += fmt::format("{},", i + 2 < lesson.features ? 1 : row * (row + place + 3) % 17);
    }
    text += lesson.classes == 0 ? fmt::format("{}.5\n", row) : fmt::format("{}\n", row % lesson.classes);
  }
  std::istringstream stream(text);
  data::CsvOptions options;
  options.target = "label";
  return data::read_csv(stream, "lesson", options);
}

/// With the first row as its golden row.
Bytes learn(const Lesson& lesson, Input input) {
  const data::Dataset rows = rows_of(lesson);
  exporting::ModelContents contents =
      trainer_test::train(rows, lesson.family, lesson.classes > 0, lesson.flags, input).contents;
  const exporting::LoadedModel model(exporting::write_model(contents));
  const exporting::Predictions predictions = model.predict(rows);
  const auto scores = predictions.row(0);
  contents.golden.rows = 1;
  contents.golden.scores.assign(scores.begin(), scores.end());
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    const float value = rows.columns[i][0];
    contents.golden.features_float32.push_back(value);
    contents.golden.features_int16.push_back(prepare::to_raw(value, contents.common().encoding.features[i].exponent));
  }
  return exporting::write_model(contents);
}

void write_corpus(const std::filesystem::path& folder) {
  for (Recipe recipe : all_tasks(3)) {
    recipe.features = 2;
    recipe.golden_rows = 1;
    write(folder / "open", name_of(recipe), 7, make_model(recipe));
    if (recipe.precision == Precision::kInt16 && recipe.input == Input::kInt16) {
      write(folder / "snapshot", name_of(recipe), 1, snapshot_of(make_model(recipe)));
    }
  }
  for (const Input input : {Input::kFloat32, Input::kInt16}) {
    exporting::ModelContents contents = make_contents({Precision::kInt8, input, 5, 2, 0});
    add_preparation(contents);
    write(folder / "open", name_of("prepared", input, 2), 7, exporting::write_model(contents));
    contents = make_contents({Precision::kInt8, input, 2, 2, 0});
    add_projection(contents);
    write(folder / "open", name_of("projected", input, 2), 7, exporting::write_model(contents));
  }
  for (const Lesson& lesson : lessons()) {
    for (const Input input : {Input::kFloat32, Input::kInt16}) {
      write(folder / "open", name_of(lesson.family + lesson.what, input, lesson.classes), 7, learn(lesson, input));
    }
  }
  exporting::ModelContents thresholded = make_contents({Precision::kInt8, Input::kInt16, 2, 2, 1});
  thresholded.threshold = -12345;
  write(folder / "open", "thresholded", 7, exporting::write_model(thresholded));
  exporting::ModelContents octaves = make_contents({Precision::kInt8, Input::kFloat32, 2, 2, 1});
  octaves.common().encoding.features[0].offset = 1;
  octaves.common().encoding.features[0].scale = -0x1p-13F;
  write(folder / "open", "octaves", 7, exporting::write_model(octaves));
  write(folder / "open", "unsealed", 0, make_model({}));
  write(folder / "open", "empty", 7, {});
  write(folder / "snapshot", "watched", 1, snapshot_of(exporting::write_model(watched_contents(2, 2, 1))));
  write(folder / "snapshot", "empty", 1, {});
}

}  // namespace
}  // namespace nuthatch::test

int main(int count, char** arguments) {
  if (count != 2) return 1;
  nuthatch::test::write_corpus(arguments[1]);
  return 0;
}
