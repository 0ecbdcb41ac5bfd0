// What the device makes of features before its kind sees them, against SPEC.md ("Preparation") worked out another way;
// and what `open` proves of it (I110 to I116).

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "quantize/preparation.hpp"
#include "unit/make_model.hpp"

namespace nuthatch::test {
namespace {

using quantize::Operation;
using quantize::PreparationStep;

/// A linear model of raw counts; the first feature may be missing.
exporting::ModelContents prepared(std::size_t features, const std::vector<PreparationStep>& steps,
                                  const std::vector<std::int16_t>& knots, Input input = Input::kInt16) {
  exporting::ModelContents contents = make_contents({Precision::kInt8, input, steps.size(), 0, 0});
  contents.feature_names.assign(features, "f");
  quantize::Encoding inputs{input, 32767, std::vector<quantize::FeatureEncoding>(features), false};
  for (quantize::FeatureEncoding& feature : inputs.features) feature.multiplier = 2;  // of 2^1: the count itself
  inputs.features.front().imputation = 7;
  contents.preparation = quantize::Preparation{inputs, steps, knots, {}, {}};
  return contents;
}

/// Codes at a place of the scratch, that the last prediction left there.
std::vector<std::int16_t> last_codes(const Opened& opened, std::size_t at, std::size_t count) {
  std::vector<std::int16_t> all(at + count);
  std::memcpy(all.data(), opened.scratch.data(), all.size() * sizeof(std::int16_t));
  return {all.begin() + static_cast<std::ptrdiff_t>(at), all.end()};
}

/// The columns that the last prediction left behind the features' codes, which are padded to fours.
std::vector<std::int16_t> columns_of(const Opened& opened, std::size_t columns) {
  return last_codes(opened, (opened.model.footprint().features + 3) / 4 * 4, columns);
}

/// Features that are copied to columns, of which there are components with weights of 1.
exporting::ModelContents projected(std::size_t columns, std::size_t components) {
  std::vector<PreparationStep> steps;
  for (std::size_t i = 0; i < columns; ++i) {
    steps.push_back({Operation::kCopy, 0, static_cast<std::uint16_t>(i), -32767, 32767, 0});
  }
  exporting::ModelContents contents = make_contents({Precision::kInt8, Input::kInt16, components, 0, 0});
  const exporting::ModelContents inputs = prepared(columns, steps, {});
  contents.feature_names = inputs.feature_names;
  contents.preparation = inputs.preparation;
  quantize::Projection projection{32767, contents.common().encoding.code_limit, {}};
  projection.components.assign(components, {0, 0, std::vector<std::int16_t>(columns, 1)});
  contents.preparation->projection = projection;
  return contents;
}

/// Line by line from the first: 2^(shift + 1) of one code, then 2^shift of two, of four, ...
int octaves_value(const PreparationStep& step, const std::vector<std::int16_t>& knots, int distance) {
  int start = 0;
  for (int line = 0;; ++line) {
    const int length = line < 2 << step.shift ? 1 : 1 << ((line >> step.shift) - 1);
    const auto at = static_cast<std::size_t>(step.argument + line);
    const double rise = knots[at + 1] - knots[at];
    if (distance < start + length) {
      return knots[at] + static_cast<int>(std::floor(rise * (distance - start) / length + (length > 1 ? 0.5 : 0)));
    }
    start += length;
  }
}

int table_value(const PreparationStep& step, const std::vector<std::int16_t>& knots, int distance) {
  const double length = std::ldexp(1.0, step.shift);
  const auto at = static_cast<std::size_t>(step.argument) + static_cast<std::size_t>(distance / length);
  const double rest = std::fmod(distance, length);
  return knots[at] + static_cast<int>(std::floor((knots[at + 1] - knots[at]) * rest / length + 0.5));
}

std::vector<std::int16_t> random_knots(std::mt19937& random, std::size_t count, int limit) {
  std::vector<std::int16_t> knots(count);
  for (std::int16_t& knot : knots)
    knot = static_cast<std::int16_t>(static_cast<int>(random() % (2U * static_cast<unsigned>(limit) + 1)) - limit);
  return knots;
}

constexpr PreparationStep kTable = {Operation::kTable, 12, 0, -32768, 32767, 0};
Status status_with(const PreparationStep& step, std::size_t knots = 17) {
  return Opened(exporting::write_model(prepared(2, {step}, std::vector<std::int16_t>(knots, 5)))).status;
}

}  // namespace

TEST_CASE("preparation: each column is what SPEC.md says, of any code, and of missing ones") {
  std::mt19937 random(3);
  const int limit = prepared(2, {kTable}, {}).common().encoding.code_limit;
  for (int repeat = 0; repeat < 40; ++repeat) {
    const auto shift = static_cast<std::uint8_t>(random() % 16);
    const auto low = static_cast<std::int16_t>(static_cast<int>(random() % 60000) - 30000);
    const int most = std::min<int>(32767 - low, 2000 << (shift / 4));
    const auto high = static_cast<std::int16_t>(low + static_cast<int>(random() % (static_cast<unsigned>(most) + 1)));
    const auto knots = random_knots(random, 70000, limit);
    const std::vector<PreparationStep> steps = {
        {Operation::kTable, shift, 1, low, high, 9},
        {Operation::kOctaves, static_cast<std::uint8_t>(shift / 2), 1, low, high, 5},
        {Operation::kCopy, 0, 1, -300, 200, 0},
        {Operation::kEquals, 0, 1, -100, 90, low},
        {Operation::kMissing, 0, 0, -11, 12, 0}};
    Opened opened(exporting::write_model(prepared(2, steps, knots)));
    REQUIRE(opened.status == Status::kOk);
    for (int row = 0; row < 50; ++row) {
      const bool missing = row % 2 == 0;
      const int code = row < 4 ? std::vector<int>{low, high, -32767, 32767}[static_cast<std::size_t>(row)]
                               : std::clamp(low + static_cast<int>(random() % 5000) - 500, -32767, 32767);
      REQUIRE(opened.predict<std::int16_t>(
                  {missing ? std::int16_t{-32768} : std::int16_t{3}, static_cast<std::int16_t>(code)}) == Status::kOk);
      CHECK(opened.codes() ==
            std::vector<std::int16_t>{static_cast<std::int16_t>(missing ? 7 : 3), static_cast<std::int16_t>(code)});
      const int distance = std::clamp<int>(code, low, high) - low;
      const std::vector<std::int16_t> columns = columns_of(opened, steps.size());
      CHECK(columns[0] == table_value(steps[0], knots, distance));
      CHECK(columns[1] == octaves_value(steps[1], knots, distance));
      CHECK(columns[2] == std::clamp(code, -300, 200));
      CHECK(columns[3] == (code == low ? 90 : -100));
      CHECK(columns[4] == (missing ? 12 : -11));
    }
  }
}

TEST_CASE("preparation: a NaN is missing, an infinity refuses the row") {
  const PreparationStep missing = {Operation::kMissing, 0, 0, -11, 12, 0};
  Opened opened(exporting::write_model(prepared(2, {missing}, {}, Input::kFloat32)));
  REQUIRE(opened.status == Status::kOk);
  REQUIRE(opened.predict<float>({std::nanf(""), 1}) == Status::kOk);
  CHECK(columns_of(opened, 1)[0] == 12);
  REQUIRE(opened.predict<float>({1e30F, 1}) == Status::kOk);
  CHECK(columns_of(opened, 1)[0] == -11);
  CHECK(opened.predict<float>({HUGE_VALF, 1}) == Status::kNotFinite);
  CHECK(opened.predict<float>({1, std::nanf("")}) == Status::kMissing);
}

TEST_CASE("I110: preparation: a file with one is refused where the part is not linked") {
  const Bytes bytes = exporting::write_model(prepared(1, {kTable}, std::vector<std::int16_t>(17, 5)));
  const Opened opened(bytes);
  Model model;
  const Span<const std::uint8_t> span(opened.bytes.data(), opened.bytes.size());
  CHECK(open<Int16Input, Linear>(span, model) == Status::kPreparationNotLinked);
  CHECK(!model.is_open());
  CHECK(open<Int16Input, Linear, Preparation>(span, model) == Status::kOk);
}

TEST_CASE("I111: preparation: a step a column, and the kind has as many") {
  CHECK(status_with(kTable) == Status::kOk);
  auto contents = prepared(2, {kTable}, std::vector<std::int16_t>(17, 5));
  contents.preparation->steps.clear();
  CHECK(Opened(exporting::write_model(contents)).status == Status::kShape);
  contents.preparation->steps.assign(5, kTable);  // a row of weights has room for four
  CHECK(Opened(exporting::write_model(contents)).status == Status::kShape);
  for (const std::int16_t limit : {std::int16_t{0}, std::int16_t{-1}}) {
    contents = prepared(2, {kTable}, std::vector<std::int16_t>(17, 0));
    contents.common().encoding.code_limit = limit;
    CHECK(Opened(exporting::write_model(contents)).status == Status::kNumber);
  }
}

TEST_CASE("I111: preparation: 65,535 steps and 65,532 features, and not one more") {
  const PreparationStep copy = {Operation::kCopy, 0, 0, -5, 5, 0};
  const auto with_steps = [&](std::size_t columns, std::size_t refusing) {
    auto contents = prepared(1, {copy}, {});
    contents.preparation->steps.resize(columns, copy);
    contents.preparation->known.resize(refusing, {Operation::kKnown, 0, 0, -5, 5, 0});
    return Opened(exporting::write_model(contents)).status;
  };
  CHECK(with_steps(1, 65534) == Status::kOk);
  CHECK(with_steps(1, 65535) == Status::kShape);
  CHECK(with_steps(65537, 0) == Status::kShape);  // one column in 16 bits, which is what the kind has
  const auto with_features = [&](std::size_t count) {
    return Opened(exporting::write_model(prepared(count, {copy}, {}))).status;
  };
  CHECK(with_features(65532) == Status::kOk);
  CHECK(with_features(65533) == Status::kShape);
}

TEST_CASE("I112: preparation: operations and features are known, and what steps give are columns") {
  const int limit = prepared(2, {kTable}, {}).common().encoding.code_limit;
  const auto with = [](Operation operation, int low, int high, std::uint16_t feature = 1) {
    return status_with({operation, 0, feature, static_cast<std::int16_t>(low), static_cast<std::int16_t>(high), 0});
  };
  CHECK(with(static_cast<Operation>(6), 0, 1) == Status::kNumber);
  CHECK(with(Operation::kCopy, 0, 1, 2) == Status::kNumber);
  for (const Operation operation : {Operation::kCopy, Operation::kEquals, Operation::kMissing}) {
    CHECK(with(operation, -limit, limit) == Status::kOk);
    if (limit < 32767) CHECK(with(operation, 0, limit + 1) == Status::kNumber);
    CHECK(with(operation, -limit - 1, 0) == Status::kNumber);
  }
  CHECK(with(Operation::kCopy, 1, 0) == Status::kNumber);
  CHECK(with(Operation::kEquals, 1, 0) == Status::kOk);
}

TEST_CASE("I113: preparation: a table's knots are there, are columns, and no product leaves 32 bits") {
  PreparationStep step = kTable;
  step.low = 0;
  step.high = 32767;  // 8 lines of 4096 codes: 9 knots
  CHECK(status_with(step, 9) == Status::kOk);
  CHECK(status_with(step, 8) == Status::kShape);
  step.argument = 1;
  CHECK(status_with(step, 9) == Status::kShape);
  for (const std::int32_t argument : {-1, INT32_MIN, INT32_MAX}) {
    step.argument = argument;
    CHECK(status_with(step, 9) == Status::kShape);
  }
  step = kTable;
  step.shift = 16;
  CHECK(status_with(step) == Status::kNumber);
  step.shift = 12;
  step.low = 5;
  step.high = 4;
  CHECK(status_with(step) == Status::kNumber);
  // Octaves of two lines, up to a distance of 12: 0 to 3, then 4, 6, 8, 12 and the one behind.
  step = {Operation::kOctaves, 1, 0, 0, 12, 0};
  CHECK(status_with(step, 9) == Status::kOk);
  CHECK(status_with(step, 8) == Status::kShape);
  auto contents = prepared(2, {step}, std::vector<std::int16_t>(9, 5));
  contents.preparation->knots[8] = -32768;
  CHECK(Opened(exporting::write_model(contents)).status == Status::kNumber);
}

TEST_CASE("preparation: components are what SPEC.md says of the columns") {
  std::mt19937 random(7);
  for (int repeat = 0; repeat < 30; ++repeat) {
    const std::size_t columns = 1 + random() % 9;
    const std::size_t components = 1 + random() % 5;
    auto contents = projected(columns, components);
    std::vector<quantize::Component>& all = contents.preparation->projection->components;
    for (quantize::Component& component : all) {
      component.shift = static_cast<std::uint8_t>(random() % 16);
      component.bias = static_cast<std::int32_t>(random() % 200000) - 100000;
      for (std::int16_t& weight : component.weights) weight = static_cast<std::int16_t>(random() % 8001) - 4000;
    }
    Opened opened(exporting::write_model(contents));
    REQUIRE(opened.status == Status::kOk);
    std::vector<std::int16_t> row(columns);
    for (std::int16_t& code : row) code = static_cast<std::int16_t>(random() % 8001) - 4000;
    REQUIRE(opened.predict(row) == Status::kOk);
    CHECK(opened.codes() == row);
    std::vector<std::int16_t> wanted;
    for (const quantize::Component& component : all) {
      double sum = component.bias;
      for (std::size_t i = 0; i < columns; ++i) sum += double(row[i]) * component.weights[i];
      const double limit = contents.common().encoding.code_limit;
      wanted.push_back(
          static_cast<std::int16_t>(std::clamp(std::floor(std::ldexp(sum, -component.shift)), -limit, limit)));
    }
    CHECK(last_codes(opened, 2 * ((columns + 3) / 4 * 4), components) == wanted);
  }
}

TEST_CASE("preparation: what is not known refuses the row, for the monitor too") {
  auto contents = prepared(2, {kTable}, std::vector<std::int16_t>(17, 5));
  contents.preparation->known = {{Operation::kKnown, 0, 1, 0, 2, 0}};
  Opened opened(exporting::write_model(contents));
  REQUIRE(opened.status == Status::kOk);
  for (const std::int16_t code : {std::int16_t{0}, std::int16_t{2}}) {
    CHECK(opened.predict<std::int16_t>({1, code}) == Status::kOk);
  }
  for (const std::int16_t code : {std::int16_t{-1}, std::int16_t{3}, std::int16_t{32767}, std::int16_t{-32767}}) {
    opened.outputs[0] = 1234;
    CHECK(opened.predict<std::int16_t>({1, code}) == Status::kUnknownCategory);
    CHECK(opened.outputs[0] == 1234);
    CHECK(opened.codes()[0] == 1);  // the feature, for the monitor
  }
  CHECK(opened.predict<std::int16_t>({1, -32768}) == Status::kMissing);
  Buffer<std::uint32_t> words(opened.model.footprint().monitor_words);
  Monitor monitor;
  REQUIRE(monitor.attach(opened.model, words) == Status::kOk);
  CHECK(monitor.observe(Status::kUnknownCategory, {}, opened.scratch, 0) == Status::kOk);
  CHECK(monitor.refused() == 1);
}

TEST_CASE("I114: preparation: what refuses lies behind the columns, and has a range") {
  auto contents = prepared(2, {kTable}, std::vector<std::int16_t>(17, 5));
  const auto known = [&](std::uint16_t feature, int low, int high) {
    contents.preparation->known = {
        {Operation::kKnown, 0, feature, static_cast<std::int16_t>(low), static_cast<std::int16_t>(high), 0}};
    return Opened(exporting::write_model(contents)).status;
  };
  CHECK(known(1, 4, 4) == Status::kOk);
  CHECK(known(1, 5, 4) == Status::kNumber);
  CHECK(known(2, 0, 4) == Status::kNumber);
  contents.preparation->known.clear();
  contents.preparation->steps = {{Operation::kKnown, 0, 1, 0, 4, 0}, kTable};
  CHECK(Opened(exporting::write_model(contents)).status == Status::kShape);
  contents.preparation->steps.pop_back();  // no column at all
  CHECK(Opened(exporting::write_model(contents)).status == Status::kShape);
}

TEST_CASE("I115: preparation: components are those of the kind, and have a weight a column") {
  auto contents = projected(3, 2);
  const auto status = [&] { return Opened(exporting::write_model(contents)).status; };
  CHECK(status() == Status::kOk);
  quantize::Projection& projection = *contents.preparation->projection;
  for (const std::int16_t limit : {std::int16_t{0}, std::int16_t{-1}}) {
    projection.code_limit = limit;
    CHECK(status() == Status::kNumber);
  }
  projection.code_limit = 32767;
  projection.components[1].weights.pop_back();
  CHECK(status() == Status::kShape);
  projection.components[1].weights = {1, 2, 3, 4};
  CHECK(status() == Status::kShape);
  projection.components.assign(5, {0, 0, {1, 2, 3}});  // a row of weights has room for four
  CHECK(status() == Status::kShape);
  projection.components.clear();
  CHECK(status() == Status::kShape);
  projection.components.assign(2, {0, 32, {1, 2, 3}});
  CHECK(status() == Status::kNumber);
  projection.components[0].shift = projection.components[1].shift = 31;
  CHECK(status() == Status::kOk);
}

TEST_CASE("I115: preparation: 65,535 components behind 65,532 codes, and not one more") {
  auto contents = projected(1, 1);
  contents.preparation->projection->components.assign(65537, {0, 0, {1}});  // one in 16 bits, as the kind has
  CHECK(Opened(exporting::write_model(contents)).status == Status::kShape);
  // Features and columns: 32,768 and 32,764 codes, and four more.
  const auto with_columns = [](std::size_t count) {
    auto wide = projected(count, 1);
    wide.feature_names.assign(32768, "f");
    wide.preparation->inputs.features.resize(32768, wide.preparation->inputs.features.back());
    return Opened(exporting::write_model(wide)).status;
  };
  CHECK(with_columns(32764) == Status::kOk);
  CHECK(with_columns(32765) == Status::kShape);
}

TEST_CASE("I116: preparation: no component's sum leaves 32 bits") {
  auto contents = projected(2, 1);
  quantize::Projection& projection = *contents.preparation->projection;
  projection.column_limit = 32767;
  const auto status = [&](std::int32_t bias, std::int16_t first, std::int16_t second) {
    projection.components[0] = {bias, 0, {first, second}};
    return Opened(exporting::write_model(contents)).status;
  };
  // 2 * 32767^2 is 131,069 less than 2^31 - 1.
  CHECK(status(32767, 32767, 32767) == Status::kOk);
  CHECK(status(-131069, 32767, -32767) == Status::kOk);
  CHECK(status(131069, -32767, 32767) == Status::kOk);
  CHECK(status(131070, -32767, 32767) == Status::kOverflow);
  CHECK(status(-131070, 32767, 32767) == Status::kOverflow);
  CHECK(status(INT32_MIN, 0, 0) == Status::kOverflow);
  CHECK(status(32767, -32768, 32767) == Status::kOk);
}

TEST_CASE("preparation: names of categories are read where they lie") {
  auto contents = prepared(3, {kTable}, std::vector<std::int16_t>(17, 5));
  contents.categories = {{}, {"red", "green"}, {"x"}};
  const Opened opened(exporting::write_model(contents));
  REQUIRE(opened.status == Status::kOk);
  Text name{};
  REQUIRE(opened.model.category_name(1, 1, name) == Status::kOk);
  CHECK(std::string(name.data, name.size) == "green");
  REQUIRE(opened.model.category_name(2, 0, name) == Status::kOk);
  CHECK(std::string(name.data, name.size) == "x");
  CHECK(opened.model.category_name(0, 0, name) == Status::kIndex);
  CHECK(opened.model.category_name(1, 2, name) == Status::kIndex);
  CHECK(opened.model.category_name(3, 0, name) == Status::kIndex);
  CHECK(Model().category_name(1, 1, name) == Status::kNotOpen);
}

TEST_CASE("preparation: every feature may be text, and has its names") {
  constexpr std::size_t kFeatures = 40;  // more tables than open itself follows
  auto contents = prepared(kFeatures, {kTable}, std::vector<std::int16_t>(17, 5));
  contents.categories.resize(kFeatures);
  for (std::size_t i = 0; i < kFeatures; ++i) {
    contents.categories[i] = {"no" + std::to_string(i), "yes" + std::to_string(i)};
  }
  const Opened opened(exporting::write_model(contents));
  REQUIRE(opened.status == Status::kOk);
  for (std::size_t i = 0; i < kFeatures; ++i) {
    Text name{};
    REQUIRE(opened.model.category_name(i, 1, name) == Status::kOk);
    CHECK(std::string(name.data, name.size) == "yes" + std::to_string(i));
    CHECK(opened.model.category_name(i, 2, name) == Status::kIndex);
  }
}

}  // namespace nuthatch::test
