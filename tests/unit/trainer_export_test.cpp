// The model file written and read back, models loaded, and files written so that nothing is ever half there.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <limits>
#include <random>

#include "nuthatch/crc32.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::trainer_test {

namespace fs = std::filesystem;
using exporting::LoadedModel;
using exporting::ModelContents;
using exporting::ModelError;
using quantize::Input;
using quantize::Precision;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// A folder of its own, gone with it.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "nuthatch-test-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  fs::path operator/(const char* name) const { return path_ / name; }
  std::ptrdiff_t files() const { return std::distance(fs::directory_iterator(path_), fs::directory_iterator()); }

 private:
  fs::path path_;
};

/// Files of this process end at so many bytes, as on a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

template <class Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

data::Dataset rows_for(std::size_t classes) {
  std::string text = "a,\"grün, °C\",c,d,e,label\n";
  for (int row = 0; row < 30; ++row) {
    const std::string label =
        classes == 0 ? fmt::format("{}", row * 0.75) : fmt::format("class ÿ {}", row % static_cast<int>(classes));
    text += fmt::format("{},{},{},{},{},\"{}\"\n", row % 5, row % 7 == 3 ? "" : fmt::format("{}", row * 1e-4),
                        row * row, 1e9 + row * 1e7, row % 3, label);
  }
  return parse(text);
}

/// Every field of a model set, to something of its own.
ModelContents full_contents(std::size_t classes, Input input, Precision precision) {
  const data::Dataset train = rows_for(classes);
  const Fitted fitted = fit(train, classes == 0 ? "ridge" : "logistic");
  ModelContents contents = contents_of(train, fitted, input, precision);
  contents.units = {"mm", "\u00B0C", "", "%", ""};
  contents.baseline_rows = 123456789012ULL;
  contents.golden.rows = 2;
  for (std::size_t i = 0; i < 10; ++i) {
    if (input == Input::kInt16) contents.golden.features_int16.push_back(static_cast<std::int16_t>(100 * i));
    if (input == Input::kFloat32) contents.golden.features_float32.push_back(0.5F * static_cast<float>(i));
  }
  for (std::uint32_t k = 0; k < 2 * contents.common().outputs; ++k)
    contents.golden.scores.push_back(-7 - static_cast<int>(k));
  contents.lineage = {"version 9",   "family x",      "the target",
                      "{\"C\":1.0}", Bytes(32, 0xAB), 77,
                      UINT64_MAX,    Bytes(32, 3),    exporting::HeldOut{Bytes(32, 9), 30, 0.875F, 0.75F, 0.9375F}};
  return contents;
}

void check_equal(const quantize::FeatureEncoding& left, const quantize::FeatureEncoding& right, Input input) {
  CHECK(left.imputation == right.imputation);
  CHECK(left.low == right.low);
  CHECK(left.high == right.high);
  if (input == Input::kFloat32) {
    CHECK(left.offset == right.offset);
    CHECK(left.scale == right.scale);
  } else {
    CHECK(left.center == right.center);
    CHECK(left.multiplier == right.multiplier);
    CHECK(left.shift == right.shift);
    CHECK(left.exponent == right.exponent);
  }
}

void check_equal(const quantize::QuantizedLinear& left, const quantize::QuantizedLinear& right) {
  CHECK(left.precision == right.precision);
  CHECK(left.encoding.input == right.encoding.input);
  CHECK(left.encoding.code_limit == right.encoding.code_limit);
  REQUIRE(left.encoding.features.size() == right.encoding.features.size());
  for (std::size_t i = 0; i < left.encoding.features.size(); ++i) {
    check_equal(left.encoding.features[i], right.encoding.features[i], left.encoding.input);
  }
  CHECK(left.fraction_bits == right.fraction_bits);
  CHECK(left.outputs == right.outputs);
  CHECK(left.stride == right.stride);
  CHECK(left.weights == right.weights);
  CHECK(left.weights_float32 == right.weights_float32);
  CHECK(left.bias_float32 == right.bias_float32);
  CHECK(left.sum_shift == right.sum_shift);
  REQUIRE(left.requantization.size() == right.requantization.size());
  for (std::size_t k = 0; k < left.requantization.size(); ++k) {
    CHECK(left.requantization[k].multiplier == right.requantization[k].multiplier);
    CHECK(left.requantization[k].bias == right.requantization[k].bias);
    CHECK(left.requantization[k].shift == right.requantization[k].shift);
  }
}

void check_equal(const ModelContents& left, const ModelContents& right) {
  CHECK(left.classifies == right.classifies);
  CHECK(left.feature_names == right.feature_names);
  CHECK(left.units == right.units);
  CHECK(left.classes == right.classes);
  check_equal(left.linear(), right.linear());
  CHECK(left.baseline_rows == right.baseline_rows);
  CHECK(left.golden.rows == right.golden.rows);
  CHECK(left.golden.features_float32 == right.golden.features_float32);
  CHECK(left.golden.features_int16 == right.golden.features_int16);
  CHECK(left.golden.scores == right.golden.scores);
  CHECK(left.lineage.trainer_version == right.lineage.trainer_version);
  CHECK(left.lineage.model == right.lineage.model);
  CHECK(left.lineage.target == right.lineage.target);
  CHECK(left.lineage.parameters == right.lineage.parameters);
  CHECK(left.lineage.data_sha256 == right.lineage.data_sha256);
  CHECK(left.lineage.training_rows == right.lineage.training_rows);
  CHECK(left.lineage.seed == right.lineage.seed);
  CHECK(left.lineage.parent_sha256 == right.lineage.parent_sha256);
  REQUIRE(left.lineage.held_out.has_value() == right.lineage.held_out.has_value());
  if (left.lineage.held_out) {
    CHECK(left.lineage.held_out->split_sha256 == right.lineage.held_out->split_sha256);
    CHECK(left.lineage.held_out->rows == right.lineage.held_out->rows);
    CHECK(left.lineage.held_out->score == right.lineage.held_out->score);
    CHECK(left.lineage.held_out->low == right.lineage.held_out->low);
    CHECK(left.lineage.held_out->high == right.lineage.held_out->high);
  }
}

Bytes iris_model() {
  const data::Dataset train = load("iris.train");
  return exporting::write_model(contents_of(train, fit(train, "logistic"), Input::kFloat32, Precision::kInt8));
}

Bytes contents_of_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("export: a model read back is the model that was written, field by field") {
  for (const Arithmetic& arithmetic : all_arithmetic()) {
    for (const std::size_t classes : {0U, 2U, 3U}) {
      CAPTURE(arithmetic.name);
      CAPTURE(classes);
      const ModelContents contents = full_contents(classes, arithmetic.input, arithmetic.precision);
      check_equal(exporting::read_model(exporting::write_model(contents)), contents);
    }
  }
}

TEST_CASE("export: every kind's encoding comes back, that of raw counts too") {
  for (const std::string family : {"logistic", "naive-bayes", "tree", "svm", "mlp"}) {
    for (const Input input : {Input::kFloat32, Input::kInt16}) {
      CAPTURE(family);
      const ModelContents contents =
          train(rows_for(3), family, true, family == "mlp" ? Flags{{"epochs", "2"}} : Flags{}, input).contents;
      const ModelContents read = exporting::read_model(exporting::write_model(contents));
      const quantize::Encoding& left = contents.common().encoding;
      const quantize::Encoding& right = read.common().encoding;
      CHECK(left.counts == right.counts);
      if (family == "tree") CHECK(left.counts == (input == Input::kInt16));
      REQUIRE(left.features.size() == right.features.size());
      for (std::size_t i = 0; i < left.features.size(); ++i) check_equal(left.features[i], right.features[i], input);
    }
  }
}

TEST_CASE("export: the same contents give the same bytes, others do not") {
  for (const Arithmetic& arithmetic : all_arithmetic()) {
    ModelContents contents = full_contents(3, arithmetic.input, arithmetic.precision);
    const Bytes bytes = exporting::write_model(contents);
    CHECK(bytes == exporting::write_model(full_contents(3, arithmetic.input, arithmetic.precision)));
    CHECK(bytes.size() % 8 == 0);
    contents.lineage.seed = 4;
    CHECK(bytes != exporting::write_model(contents));
  }
}

TEST_CASE("export: the bytes by part sum to the file") {
  const Bytes bytes = exporting::write_model(full_contents(3, Input::kInt16, Precision::kInt16));
  const exporting::BytesByPart parts = exporting::count_bytes(bytes);
  CHECK(parts.total == bytes.size());
  CHECK(parts.weights + parts.encoding + parts.baseline + parts.golden + parts.names + parts.lineage + parts.seal +
            parts.structure ==
        bytes.size());
  CHECK(parts.weights == 3 * 8 * 2 + 3 * 12);  // outputs x stride x int16, and a requantization each
  CHECK(parts.structure < 500);                // nothing wrapped below zero
}

TEST_CASE("export: SHA-256 is SHA-256") {
  const std::string text = "abc";  // FIPS 180-2, appendix B.1
  const exporting::Sha256 digest = exporting::sha256_of({reinterpret_cast<const std::uint8_t*>(text.data()), 3});
  CHECK(exporting::hex(digest) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("export: units are one per feature, or none") {
  ModelContents contents = full_contents(2, Input::kFloat32, Precision::kInt8);
  contents.units.pop_back();
  const Bytes bytes = exporting::write_model(contents);
  CHECK(contains(error_of([&] { exporting::read_model(bytes); }), "units are not one per feature"));
  contents.units.clear();
  CHECK(exporting::read_model(exporting::write_model(contents)).units.empty());
}

TEST_CASE("export: what is no model is refused, and never anything but a ModelError") {
  std::mt19937 random(3);
  std::uniform_int_distribution<int> byte(0, 255);
  const Bytes good = iris_model();
  CHECK_NOTHROW(exporting::read_model(good));
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK_THROWS_AS(exporting::read_model(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))),
                    ModelError);
  }
  for (std::size_t size = 0; size < 600; size += 7) {
    Bytes noise(size);
    for (std::uint8_t& value : noise) value = static_cast<std::uint8_t>(byte(random));
    CHECK_THROWS_AS(exporting::read_model(noise), ModelError);
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    Bytes changed = good;
    changed[at] ^= static_cast<std::uint8_t>(1 + byte(random) % 255);
    CHECK_THROWS_AS(exporting::read_model(changed), ModelError);
  }
}

TEST_CASE("export: another kind of file is called what it is") {
  const std::string csv = "a,b,label\n1,2,3\n";
  const Bytes bytes(csv.begin(), csv.end());
  CHECK(contains(error_of([&] { exporting::read_model(bytes); }), "no Nuthatch model"));
  CHECK(contains(error_of([&] { exporting::read_model({}); }), "no Nuthatch model"));
}

TEST_CASE("export: a change that the checksum was corrected for is found by the SHA-256") {
  Bytes bytes = iris_model();
  const std::string name = "petal_width_cm";  // text that `open` does not follow
  const auto at = std::search(bytes.begin(), bytes.end(), name.begin(), name.end());
  REQUIRE(at != bytes.end());
  *at = 'P';
  const std::uint32_t crc = crc32(bytes.data(), bytes.size() - 4);
  std::memcpy(bytes.data() + bytes.size() - 4, &crc, 4);
  Model opened;
  CHECK(EveryPart::open({bytes.data(), bytes.size()}, opened) == Status::kOk);
  CHECK(contains(error_of([&] { exporting::read_model(bytes); }), "SHA-256"));
}

TEST_CASE("load: a missing file and a folder are named once") {
  const Folder folder;
  const std::string missing = (folder / "no.nhm").string();
  const std::string message = error_of([&] { LoadedModel::from_file(missing); });
  CHECK(message == missing + ": cannot be opened: No such file or directory");
  CHECK(contains(error_of([&] { LoadedModel::from_file(folder / "."); }), "is a directory"));
  const std::string text = (folder / "text.nhm").string();
  std::ofstream(text) << "hello";
  CHECK(error_of([&] { LoadedModel::from_file(text); }).find(text + ": this is no Nuthatch model") == 0);
}

TEST_CASE("load: a model answers the same when it has moved") {
  const data::Dataset test = load("iris.test");
  LoadedModel first(iris_model());
  const auto before = first.predict(test).scores;
  const LoadedModel second = std::move(first);
  CHECK(second.predict(test).scores == before);
  CHECK(second.bytes() == iris_model());
}

TEST_CASE("load: rows go to the device as float32, or as counts by the recorded exponents") {
  const data::Dataset train = parse("a,b,label\n1,0.1,x\n2,0.3,y\n-3,0.2,x\n,0.4,y\n");
  const Fitted fitted = fit(train, "logistic");
  const auto as = [&](auto type, Input input) {
    const LoadedModel model = deploy(train, fitted, input, Precision::kInt8);
    const Bytes bytes = model.device_rows(train);
    std::vector<decltype(type)> values(bytes.size() / sizeof type);
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  };
  const std::vector<float> floats = as(float{}, Input::kFloat32);
  REQUIRE(floats.size() == 8);
  CHECK(std::vector<float>(floats.begin(), floats.begin() + 6) == std::vector<float>{1, 0.1F, 2, 0.3F, -3, 0.2F});
  CHECK(std::isnan(floats[6]));
  // b's largest power of two: 0.4 * 2^16 = 26214.4 is past 32767 / 1.25 = 26213.6, so 2^15.
  CHECK(as(std::int16_t{}, Input::kInt16) == std::vector<std::int16_t>{1, 3277, 2, 9830, -3, 6554, INT16_MIN, 13107});
}

TEST_CASE("load: a value missing where training never saw one missing refuses that row only") {
  const data::Dataset train = load("iris.train");
  data::Dataset test = load("iris.test");
  const auto whole = deploy(train, fit(train, "logistic"), Input::kFloat32, Precision::kInt8);
  const auto before = whole.predict(test);
  test.columns[2][4] = std::numeric_limits<float>::quiet_NaN();
  const auto after = whole.predict(test);
  for (std::size_t row = 0; row < test.rows(); ++row) {
    CHECK(after.statuses[row] == (row == 4 ? Status::kMissing : Status::kOk));
    for (std::size_t k = 0; k < 3; ++k) CHECK(after.row(row)[k] == (row == 4 ? 0 : before.row(row)[k]));
  }
}

TEST_CASE("write: a new file, and over an old one, with nothing left beside it") {
  const Folder folder;
  exporting::write_file(folder / "m", Bytes{1, 2, 3});
  CHECK(contents_of_file(folder / "m") == Bytes{1, 2, 3});
  exporting::write_file(folder / "m", Bytes{9});
  CHECK(contents_of_file(folder / "m") == Bytes{9});
  CHECK(exporting::read_file(folder / "m") == Bytes{9});
  exporting::write_file(folder / "empty", {});
  CHECK(exporting::read_file(folder / "empty").empty());
  CHECK(folder.files() == 2);
}

TEST_CASE("write: on a full disk the file that was there stays, whole, and nothing beside it") {
  const Folder folder;
  exporting::write_file(folder / "m", Bytes(100, 1));
  const Bytes large(1 << 20, 2);
  std::string message;
  {
    const FullDisk full(4096);
    message = error_of([&] { exporting::write_file(folder / "m", large); });
  }
  CHECK(contains(message, (folder / "m").string() + ": cannot be written"));
  CHECK(contents_of_file(folder / "m") == Bytes(100, 1));
  CHECK(folder.files() == 1);
}

TEST_CASE("write: /dev/full, a missing folder and a folder itself say what is wrong") {
  const Folder folder;
  CHECK(error_of([] { exporting::write_file("/dev/full", Bytes(10)); }) ==
        "/dev/full: cannot be written: No space left on device");
  CHECK(contains(error_of([&] { exporting::write_file(folder / "no/m", Bytes(10)); }), "No such file or directory"));
  CHECK(contains(error_of([&] { exporting::write_file(folder / ".", Bytes(10)); }), "is a directory"));
  CHECK(folder.files() == 0);
}

TEST_CASE(
    "many rows go over all cores and get the same words as one after another, and a refused row stays where it is") {
  const data::Dataset wine = load("wine.train");
  const auto model = train_and_load(wine, "logistic", true);
  data::Dataset many = wine;
  for (std::vector<float>& column : many.columns) {
    const std::vector<float> once = column;
    while (column.size() < 5000) column.insert(column.end(), once.begin(), once.end());
  }
  many.columns[3][4001] = std::numeric_limits<float>::infinity();
  std::vector<std::uint32_t> words(model.model().footprint().monitor_words);
  Monitor monitor;
  REQUIRE(monitor.attach(model.model(), words) == Status::kOk);
  const exporting::Predictions one_by_one = model.predict(many, &monitor);
  const exporting::Predictions shared = model.predict(many);
  REQUIRE(shared.statuses.size() == many.rows());
  CHECK(shared.statuses == one_by_one.statuses);
  CHECK(shared.scores == one_by_one.scores);
  CHECK(shared.statuses[4001] == Status::kNotFinite);
  CHECK(std::count(shared.statuses.begin(), shared.statuses.end(), Status::kOk) == std::ssize(shared.statuses) - 1);
}

}  // namespace nuthatch::trainer_test
