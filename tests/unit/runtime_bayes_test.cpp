// The bayes kind against SPEC.md, "The bayes kind", in 128 bits; and what `open` proves of it.

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "nuthatch.h"
#include "runtime/src/kernels/bayes.hpp"
#include "unit/make_model.hpp"

namespace nuthatch::test {
namespace {

using exporting::ModelContents;
using quantize::FeatureEncoding;
using quantize::QuantizedBayes;
using Random = std::mt19937_64;

__extension__ typedef __int128 Wide;  // NOLINT(modernize-use-using): -Wpedantic

constexpr std::int64_t kMostScore = std::int64_t{1} << 30;
constexpr std::int64_t kMostBracket = 0x7FFFFFFF;

/// From `low` to `high`, both possible.
std::int64_t draw(Random& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
}

QuantizedBayes& bayes_of(ModelContents& contents) { return std::get<QuantizedBayes>(contents.predictor); }
const QuantizedBayes& bayes_of(const ModelContents& contents) { return std::get<QuantizedBayes>(contents.predictor); }

/// Raw counts in, all terms and constants 0, no golden rows.
ModelContents blank(std::size_t features, std::size_t classes) {
  ModelContents contents;
  contents.classifies = true;
  for (std::size_t i = 0; i < features; ++i) contents.feature_names.emplace_back("f");
  for (std::size_t k = 0; k < classes; ++k) contents.classes.emplace_back("c");
  QuantizedBayes bayes;
  bayes.precision = Precision::kInt16;
  bayes.encoding = {Input::kInt16, 32767, std::vector<FeatureEncoding>(features), true};
  for (FeatureEncoding& feature : bayes.encoding.features) feature.multiplier = 2;  // 2 / 2^1: the count
  bayes.outputs = static_cast<std::uint32_t>(classes == 2 ? 1 : classes);
  bayes.stride = static_cast<std::uint32_t>((features + 3) / 4 * 4);
  bayes.terms.assign(2 * std::size_t{bayes.outputs} * bayes.stride, 0);
  bayes.constants.assign(bayes.outputs, 0);
  contents.predictor = bayes;
  contents.lineage.model = contents.lineage.target = std::string("test");
  return contents;
}

void set_term(ModelContents& contents, std::size_t output, std::size_t feature, std::int64_t square,
              std::int64_t linear) {
  QuantizedBayes& bayes = bayes_of(contents);
  const std::size_t at = 2 * (output * bayes.stride + feature);
  bayes.terms[at] = static_cast<std::int32_t>(square);
  bayes.terms[at + 1] = static_cast<std::int32_t>(linear);
}

/// Terms of every size that fits, up to the last bit; constants likewise small or large.
void draw_terms(Random& random, ModelContents& contents) {
  QuantizedBayes& bayes = bayes_of(contents);
  for (std::size_t k = 0; k < bayes.outputs; ++k) {
    for (std::size_t i = 0; i < bayes.encoding.features.size(); ++i) {
      const std::int64_t most = (kMostBracket >> draw(random, 0, 30)) / bayes.encoding.code_limit;
      const std::int64_t square = draw(random, -most, most);
      const std::int64_t room = kMostBracket - std::abs(square) * bayes.encoding.code_limit;
      set_term(contents, k, i, square, draw(random, -room, room) >> draw(random, 0, 20));
    }
    bayes.constants[k] = draw(random, -(std::int64_t{1} << 60), std::int64_t{1} << 60) >> draw(random, 0, 60);
  }
  bayes.shift = static_cast<std::uint8_t>(draw(random, 0, 62));
}

void draw_encoding(Random& random, ModelContents& contents, Input input, bool counts) {
  quantize::Encoding& encoding = bayes_of(contents).encoding;
  encoding.input = input;
  encoding.counts = counts;
  encoding.code_limit = static_cast<std::int16_t>(counts ? 32767 : draw(random, 1, 32767));
  for (FeatureEncoding& feature : encoding.features) {
    feature.offset = static_cast<float>(draw(random, -1000, 1000));
    feature.scale = static_cast<float>(draw(random, 1, 100)) / 16;
    feature.multiplier = counts ? std::int16_t{2} : static_cast<std::int16_t>(draw(random, 1, 32767));
    feature.shift = counts ? std::uint8_t{1} : static_cast<std::uint8_t>(draw(random, 1, 31));
    feature.imputation = static_cast<std::int16_t>(draw(random, -encoding.code_limit, encoding.code_limit));
  }
}

Wide sum_of(const QuantizedBayes& bayes, std::size_t output, const std::vector<std::int16_t>& codes) {
  Wide sum = bayes.constants[output];
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::size_t at = 2 * (output * bayes.stride + i);
    sum += Wide{bayes.terms[at]} * codes[i] * codes[i] + Wide{bayes.terms[at + 1]} * codes[i];
  }
  return sum;
}

/// floor(value / 2^shift) by division, as a shift would give it.
Wide floored(Wide value, unsigned shift) {
  const Wide divisor = Wide{1} << shift;
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

std::vector<std::int32_t> reference(const QuantizedBayes& bayes, const std::vector<std::int16_t>& codes) {
  std::vector<Wide> sums;
  for (std::size_t k = 0; k < bayes.outputs; ++k) sums.push_back(sum_of(bayes, k, codes));
  std::vector<std::int32_t> scores;
  const Wide best = *std::max_element(sums.begin(), sums.end());
  for (const Wide sum : sums) {
    const Wide score = sums.size() == 1 ? -floored(-sum, bayes.shift) : floored(sum - best, bayes.shift);
    scores.push_back(static_cast<std::int32_t>(std::clamp<Wide>(score, -kMostScore, kMostScore)));
  }
  return scores;
}

template <class Feature>
bool agrees(Opened& opened, const ModelContents& contents, const std::vector<Feature>& row) {
  std::vector<std::int16_t> codes;
  const QuantizedBayes& bayes = bayes_of(contents);
  for (std::size_t i = 0; i < row.size(); ++i) {
    const bool missing = bayes.encoding.input == Input::kInt16 && static_cast<double>(row[i]) == -32768;
    codes.push_back(missing ? bayes.encoding.features[i].imputation
                            : quantize::code_of(bayes.encoding, i, static_cast<float>(row[i])));
  }
  if (opened.predict(row) != Status::kOk || opened.codes() != codes) return false;
  const std::vector<std::int32_t> scores = reference(bayes, codes);
  return std::equal(scores.begin(), scores.end(), opened.outputs.begin(), opened.outputs.end());
}

template <class Feature>
std::vector<Feature> draw_row(Random& random, std::size_t features) {
  std::vector<Feature> row(features);
  for (Feature& value : row) value = static_cast<Feature>(draw(random, -32768, 32767));
  return row;
}

Status open_status(const ModelContents& contents) { return Opened(exporting::write_model(contents)).status; }

/// The scores of one row of raw counts.
std::vector<std::int32_t> scores_of(const ModelContents& contents, const std::vector<std::int16_t>& row) {
  Opened opened(exporting::write_model(contents));
  REQUIRE(opened.status == Status::kOk);
  REQUIRE(opened.predict(row) == Status::kOk);
  return {opened.outputs.begin(), opened.outputs.end()};
}

}  // namespace

TEST_CASE("bayes: scores are those of SPEC.md, whatever the shape, the input and the numbers") {
  Random random(1);
  std::size_t saturated = 0;
  for (const std::size_t features : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 30U, 65U}) {
    for (const std::size_t classes : {2U, 3U, 4U, 5U, 11U}) {
      for (int way = 0; way < 3; ++way) {
        CAPTURE(features);
        CAPTURE(classes);
        CAPTURE(way);
        ModelContents contents = blank(features, classes);
        draw_encoding(random, contents, way == 0 ? Input::kFloat32 : Input::kInt16, way == 1);
        draw_terms(random, contents);
        Opened opened(exporting::write_model(contents));
        REQUIRE(opened.status == Status::kOk);
        for (int row = 0; row < 20; ++row) {
          if (way == 0) {
            CHECK(agrees(opened, contents, draw_row<float>(random, features)));
          } else {
            CHECK(agrees(opened, contents, draw_row<std::int16_t>(random, features)));
          }
          saturated += std::abs(opened.outputs[0]) == kMostScore ? 1 : 0;
        }
      }
    }
  }
  CHECK(saturated > 100);
}

TEST_CASE("bayes: the largest brackets and sums that open lets pass") {
  for (const std::int64_t sign : {1, -1}) {
    ModelContents contents = blank(65535, 3);
    const std::int64_t linear = kMostBracket - 65535 * std::int64_t{32767};
    for (std::size_t i = 0; i < 65535; ++i) set_term(contents, 1, i, sign * 65535, sign * linear);
    Opened opened(exporting::write_model(contents));
    REQUIRE(opened.status == Status::kOk);
    CHECK(agrees(opened, contents, std::vector<std::int16_t>(65535, 32767)));
    CHECK(agrees(opened, contents, std::vector<std::int16_t>(65535, -32767)));
  }
}

TEST_CASE("bayes: of several classes the likeliest has 0 and every other less, however near, however far") {
  ModelContents contents = blank(1, 4);
  bayes_of(contents).constants = {100, 101, -(std::int64_t{1} << 61), 101};
  bayes_of(contents).shift = 20;
  CHECK(scores_of(contents, {0}) == std::vector<std::int32_t>{-1, 0, -(1 << 30), 0});
  bayes_of(contents).shift = 62;
  CHECK(scores_of(contents, {0}) == std::vector<std::int32_t>{-1, 0, -1, 0});
  bayes_of(contents).shift = 0;
  CHECK(scores_of(contents, {0}) == std::vector<std::int32_t>{-1, 0, -(1 << 30), 0});
}

TEST_CASE("bayes: of two classes the score is positive where the sum is, and saturates at 2^30") {
  ModelContents contents = blank(1, 2);
  const auto score = [&](std::int64_t sum, std::uint8_t shift) {
    bayes_of(contents).constants = {sum};
    bayes_of(contents).shift = shift;
    return scores_of(contents, {0})[0];
  };
  CHECK(score(1, 40) == 1);
  CHECK(score(0, 40) == 0);
  CHECK(score(-1, 40) == 0);
  CHECK(score(-(std::int64_t{1} << 40), 40) == -1);
  CHECK(score((std::int64_t{1} << 40) + 1, 40) == 2);
  CHECK(score(std::int64_t{1} << 30, 0) == 1 << 30);
  CHECK(score((std::int64_t{1} << 30) + 1, 0) == 1 << 30);
  CHECK(score(-(std::int64_t{1} << 30) - 1, 0) == -(1 << 30));
  CHECK(score((std::int64_t{1} << 62) - 1, 0) == 1 << 30);
  CHECK(score(1 - (std::int64_t{1} << 62), 0) == -(1 << 30));
}

TEST_CASE("bayes: raw counts go in as they are; a missing one takes its imputation, or refuses the row") {
  ModelContents contents = blank(3, 2);
  for (std::size_t i = 0; i < 3; ++i) set_term(contents, 0, i, 0, i == 1 ? 100 : 1);
  bayes_of(contents).encoding.features[1].imputation = 7;
  CHECK(scores_of(contents, {5, 3, -9})[0] == 5 + 300 - 9);
  CHECK(scores_of(contents, {5, -32768, -9})[0] == 5 + 700 - 9);
  CHECK(scores_of(contents, {-32767, 0, 32767})[0] == 0);
  Opened opened(exporting::write_model(contents));
  CHECK(opened.predict(std::vector<std::int16_t>{-32768, 3, 4}) == Status::kMissing);
  CHECK(opened.predict(std::vector<std::int16_t>{5, 3, -32768}) == Status::kMissing);
}

TEST_CASE("bayes: firmware that does not name it refuses its models, and other precisions are refused by all") {
  const Buffer<std::uint8_t> bytes(exporting::write_model(blank(3, 2)));
  Model model;
  CHECK(nuthatch::open<Float32Input, Int16Input, Linear>({bytes.data(), bytes.size()}, model) ==
        Status::kKindNotLinked);
  CHECK(nuthatch::open<Int16Input, Bayes>({bytes.data(), bytes.size()}, model) == Status::kOk);
  CHECK(nuthatch_bayes() == reinterpret_cast<const nuthatch_part*>(&Bayes::part));
  for (const Precision precision : {Precision::kInt8, Precision::kFloat32}) {
    ModelContents contents = blank(3, 2);
    bayes_of(contents).precision = precision;
    CHECK(open_status(contents) == Status::kKindNotLinked);
  }
}

TEST_CASE("I40 bayes: the shape of terms and constants") {
  CHECK(open_status(blank(5, 3)) == Status::kOk);
  const auto changed = [](auto change) {
    ModelContents contents = blank(5, 3);
    change(bayes_of(contents));
    return open_status(contents);
  };
  const auto stride = [&](std::uint32_t elements) {
    return changed([=](QuantizedBayes& bayes) {
      bayes.stride = elements;
      bayes.terms.assign(std::size_t{6} * elements, 0);
    });
  };
  CHECK(stride(12) == Status::kOk);
  CHECK(stride(65536) == Status::kOk);
  CHECK(stride(4) == Status::kShape);
  CHECK(stride(10) == Status::kShape);
  CHECK(stride(65540) == Status::kShape);
  CHECK(changed([](QuantizedBayes& bayes) { bayes.terms.pop_back(); }) == Status::kShape);
  CHECK(changed([](QuantizedBayes& bayes) { bayes.terms.push_back(0); }) == Status::kShape);
  CHECK(changed([](QuantizedBayes& bayes) { bayes.terms.clear(); }) == Status::kShape);
  CHECK(changed([](QuantizedBayes& bayes) { bayes.constants.pop_back(); }) == Status::kShape);
  CHECK(changed([](QuantizedBayes& bayes) { bayes.constants.push_back(0); }) == Status::kShape);
  ModelContents regression = blank(5, 2);
  regression.classifies = false;
  regression.classes.clear();
  CHECK(open_status(regression) == Status::kShape);
}

TEST_CASE("I41 bayes: padding of zeros, and the shift's range") {
  for (const std::size_t at : {10U, 15U, 16U + 10U, 16U + 15U, 32U + 11U}) {
    ModelContents contents = blank(5, 3);
    bayes_of(contents).terms[at] = 1;
    CAPTURE(at);
    CHECK(open_status(contents) == Status::kNumber);
  }
  ModelContents contents = blank(5, 3);
  bayes_of(contents).shift = 62;
  CHECK(open_status(contents) == Status::kOk);
  for (const int shift : {63, 64, 255}) {
    bayes_of(contents).shift = static_cast<std::uint8_t>(shift);
    CHECK(open_status(contents) == Status::kNumber);
  }
}

TEST_CASE("I42 bayes: each bracket fits 32 bits") {
  const auto status = [](std::int16_t limit, std::int64_t square, std::int64_t linear) {
    ModelContents contents = blank(5, 3);
    quantize::Encoding& encoding = bayes_of(contents).encoding;
    encoding.counts = limit == 32767;
    encoding.code_limit = limit;
    for (FeatureEncoding& feature : encoding.features) feature.imputation = 0;
    set_term(contents, 2, 4, square, linear);
    return open_status(contents);
  };
  constexpr std::int64_t kSquare = kMostBracket / 32767;
  constexpr std::int64_t kLinear = kMostBracket % 32767;
  for (const std::int64_t sign : {1, -1}) {
    CHECK(status(32767, sign * kSquare, kLinear) == Status::kOk);
    CHECK(status(32767, sign * kSquare, -kLinear) == Status::kOk);
    CHECK(status(32767, sign * kSquare, kLinear + 1) == Status::kOverflow);
    CHECK(status(32767, sign * kSquare, -kLinear - 1) == Status::kOverflow);
    CHECK(status(32767, sign * (kSquare + 1), 0) == Status::kOverflow);
    CHECK(status(1000, sign * 2147483, 647) == Status::kOk);
    CHECK(status(1000, sign * 2147483, 648) == Status::kOverflow);
    CHECK(status(32767, 0, sign * kMostBracket) == Status::kOk);
  }
  constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();
  CHECK(status(1, 0, kLeast) == Status::kOverflow);
  CHECK(status(1, kLeast, 0) == Status::kOverflow);
  CHECK(status(32767, kLeast, kLeast) == Status::kOverflow);
}

TEST_CASE("I43 bayes: no sum reaches 2^62") {
  constexpr std::int64_t kMost = (std::int64_t{1} << 62) - 1;
  const auto status = [](std::int64_t square, std::int64_t linear, std::int64_t constant) {
    ModelContents contents = blank(5, 3);
    set_term(contents, 1, 0, square, linear);
    set_term(contents, 1, 4, square, -linear);
    bayes_of(contents).constants[1] = constant;
    return open_status(contents);
  };
  for (const std::int64_t sign : {1, -1}) {
    CHECK(status(0, 0, sign * kMost) == Status::kOk);
    CHECK(status(0, 0, sign * (kMost + 1)) == Status::kOverflow);
    // Two brackets of 10 * 32767 + 3, each times 32767.
    constexpr std::int64_t kTerms = 2 * (10 * 32767 + 3) * std::int64_t{32767};
    CHECK(status(sign * 10, 3, kMost - kTerms) == Status::kOk);
    CHECK(status(sign * 10, 3, kMost - kTerms + 1) == Status::kOverflow);
    CHECK(status(sign * 10, 3, kTerms - kMost - 1) == Status::kOverflow);
  }
  CHECK(status(0, 0, std::numeric_limits<std::int64_t>::min()) == Status::kOverflow);
  CHECK(status(0, 0, std::numeric_limits<std::int64_t>::max()) == Status::kOverflow);
}

TEST_CASE("kernels: sum_quadratics on every small shape, in memory of exactly its size") {
  Random random(3);
  for (std::uint32_t rows = 1; rows <= 7; ++rows) {
    for (std::uint32_t columns = 1; columns <= 33; ++columns) {
      const std::uint32_t stride = (columns + 3) / 4 * 4 + 4 * static_cast<std::uint32_t>(draw(random, 0, 1));
      ModelContents contents = blank(columns, rows + 1);  // more rows than are looked at
      QuantizedBayes& bayes = bayes_of(contents);
      bayes.stride = stride;
      bayes.terms.assign(std::size_t{2} * bayes.outputs * stride, 0);
      draw_terms(random, contents);
      const Buffer<std::int32_t> terms(std::vector<std::int32_t>(
          bayes.terms.begin(), bayes.terms.begin() + static_cast<std::ptrdiff_t>(2 * rows * stride)));
      std::vector<std::uint32_t> words;
      for (std::uint32_t k = 0; k < rows; ++k) {
        words.push_back(static_cast<std::uint32_t>(bayes.constants[k]));
        words.push_back(static_cast<std::uint32_t>(bayes.constants[k] >> 32));
      }
      const Buffer<std::uint32_t> constants(words);
      const std::vector<std::int16_t> row = draw_row<std::int16_t>(random, columns);
      std::vector<std::int16_t> codes = row;
      for (std::int16_t& code : codes) code = std::max<std::int16_t>(code, -32767);
      const Buffer<std::int16_t> codes_alone(codes);
      const Buffer<std::uint32_t> sums(2 * rows, 0x5A5A5A5A);
      kernels::sum_quadratics({rows, columns, stride}, terms.data(), constants.data(), codes_alone.data(), sums.data());
      for (std::uint32_t k = 0; k < rows; ++k) {
        const auto sum = static_cast<std::int64_t>(std::uint64_t{sums[2 * k + 1]} << 32 | sums[2 * k]);
        CHECK(Wide{sum} == sum_of(bayes, k, codes));
      }
    }
  }
}

}  // namespace nuthatch::test
