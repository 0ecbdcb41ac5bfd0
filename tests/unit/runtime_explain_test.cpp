// Explanation against SPEC.md's formulas, written a second time; and what it refuses: I100 to I109.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "unit/make_forest.hpp"
#include "unit/runtime_raw_model.hpp"
#include "unit/runtime_reference.hpp"
#include "unit/trained.hpp"
#include "unit/trainer_pipeline.hpp"

namespace nuthatch::test {

namespace {

using Random = std::mt19937;
using Words = std::vector<std::int32_t>;
using quantize::QuantizedForest;

struct Told {
  std::int32_t base = 0;
  Words contributions;

  std::int64_t total() const {
    std::int64_t sum = base;
    for (const std::int32_t contribution : contributions) sum += contribution;
    return sum;
  }
};

/// A model with its explanation attached.
struct Explained {
  explicit Explained(const Bytes& bytes) : opened(bytes), status(explanation.attach(opened.model)) {}
  explicit Explained(const exporting::ModelContents& contents) : Explained(exporting::write_model(contents)) {}

  Told of(std::size_t output) const {
    const Buffer<std::int32_t> words(opened.model.footprint().features, -7);
    const Span<const std::uint32_t> scratch(opened.scratch.data(), opened.scratch.size());
    Told told;
    REQUIRE(explanation.contributions_to(output, scratch, {words.data(), words.size()}, told.base) == Status::kOk);
    told.contributions.assign(words.begin(), words.end());
    return told;
  }
  /// Of the score that decided.
  Told of_answer() const {
    const Buffer<std::int32_t> words(opened.model.footprint().features, -7);
    Told told;
    REQUIRE(explanation.contributions({opened.outputs.data(), opened.outputs.size()},
                                      {opened.scratch.data(), opened.scratch.size()}, {words.data(), words.size()},
                                      told.base) == Status::kOk);
    told.contributions.assign(words.begin(), words.end());
    return told;
  }

  Opened opened;
  Explanation explanation;
  Status status;
};

std::int16_t code_within(Random& random, std::int16_t limit) {
  const auto any = static_cast<std::int32_t>(random() % (2U * static_cast<unsigned>(limit) + 1)) - limit;
  return static_cast<std::int16_t>(any);
}

void add_means(exporting::ModelContents& contents, Random& random) {
  contents.explanation.emplace();
  const std::int16_t limit = contents.common().encoding.code_limit;
  for (std::size_t i = 0; i < contents.feature_names.size(); ++i) {
    contents.explanation->means.push_back(random() % 8 == 0 ? limit : code_within(random, limit));
  }
}

/// The score of SPEC.md, "The linear kind", of codes that need not be a row's.
std::int64_t linear_score(const exporting::ModelContents& contents, const std::vector<std::int16_t>& codes,
                          std::size_t output) {
  const quantize::QuantizedLinear& linear = contents.linear();
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    sum += std::int64_t{linear.weights[output * linear.stride + i]} * codes[i];
  }
  const quantize::Requantization& how = linear.requantization[output];
  sum = divide_rounding_half_up(sum, linear.sum_shift);
  return how.bias + divide_rounding_half_up(sum * how.multiplier, how.shift);
}

/// SPEC.md, "Explanations": the formula, that it adds up, and its distance from w (x - mean) in real numbers.
void check_linear(const exporting::ModelContents& contents, const Explained& explained, std::size_t output) {
  const Told told = explained.of(output);
  std::vector<std::int16_t> codes = contents.explanation->means;
  std::int64_t before = linear_score(contents, codes, output);
  CHECK(told.base == before);
  const quantize::QuantizedLinear& linear = contents.linear();
  const quantize::Requantization& how = linear.requantization[output];
  const long double factor = std::ldexp(static_cast<long double>(how.multiplier), -how.shift);
  const long double bound = 1 + (linear.sum_shift == 0 ? 0 : factor);
  const std::vector<std::int16_t> row = explained.opened.codes();
  std::int64_t wrong = 0;
  long double farthest = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const long double real =
        std::ldexp(factor * linear.weights[output * linear.stride + i] * (row[i] - codes[i]), -linear.sum_shift);
    codes[i] = row[i];
    const std::int64_t after = linear_score(contents, codes, output);
    wrong += told.contributions[i] != after - before;
    farthest = std::max(farthest, std::abs(told.contributions[i] - real));
    before = after;
  }
  CHECK(wrong == 0);
  CHECK(farthest < bound);
  CHECK(told.total() == explained.opened.outputs[output]);
}

/// A row of anything between the extremes; missing values where the model takes them.
template <class Feature>
std::vector<Feature> random_row(Random& random, std::size_t features) {
  std::vector<Feature> row(features);
  for (std::size_t i = 0; i < features; ++i) {
    const auto any = static_cast<std::int16_t>(static_cast<std::int32_t>(random() % 65535) - 32767);
    row[i] = static_cast<Feature>(random() % 3 == 0 ? any : any / 256);
  }
  return row;
}

Status predict_random(Opened& opened, Random& random) {
  const std::size_t features = opened.model.footprint().features;
  if (opened.model.input() == nuthatch::Input::kInt16)
    return opened.predict(random_row<std::int16_t>(random, features));
  return opened.predict(random_row<float>(random, features));
}

/// A forest's nodes by chance. What is at leaves is not looked at, so it is noise.
void add_nodes(exporting::ModelContents& contents, Random& random) {
  const QuantizedForest& forest = forest_of(contents);
  const std::size_t slots = forest.slots.size() / (forest.feature_bits == 0 ? 2 : 1);
  quantize::Explanation& explanation = contents.explanation.emplace();
  explanation.leaf_shift = static_cast<std::uint8_t>(random() % 9);
  explanation.node_shift = static_cast<std::uint8_t>(random() % 8);
  for (std::size_t at = 0; at < slots * (forest.votes_leaf ? forest.outputs : 1); ++at) {
    if (forest.votes_leaf) explanation.node_shares.push_back(static_cast<std::uint8_t>(random()));
    if (!forest.votes_leaf) explanation.node_values.push_back(static_cast<std::int16_t>(random()));
  }
}

std::int64_t votes_for(const QuantizedForest& forest, std::uint64_t at, std::size_t output) {
  std::int64_t votes = 0;
  for (bool last = false; !last; ++at) {
    const std::int32_t word = forest.votes.at(at);
    const auto index = static_cast<std::uint16_t>(word);
    const std::int32_t weight = (word - index) / 65536;
    last = weight < 0;
    if (index == output) votes += std::abs(weight);
  }
  return votes;
}

/// What a slot stands for, SPEC.md, "Explanations".
std::int64_t node_value(const exporting::ModelContents& contents, std::size_t slot, std::size_t output) {
  const auto& forest = std::get<QuantizedForest>(contents.predictor);
  const quantize::Explanation& explanation = *contents.explanation;
  const PlainSlot plain = slot_at(forest, slot);
  const std::int64_t leaf = std::int64_t{1} << explanation.leaf_shift;
  const std::int64_t node = std::int64_t{1} << explanation.node_shift;
  if (plain.child == 0) return (forest.votes_leaf ? votes_for(forest, plain.list, output) : plain.high) * leaf;
  return node * (forest.votes_leaf ? explanation.node_shares.at(slot * forest.outputs + output)
                                   : explanation.node_values.at(slot));
}

/// The feature that a column is made of.
std::size_t feature_of(const exporting::ModelContents& contents, std::size_t column) {
  return contents.preparation ? contents.preparation->steps.at(column).feature : column;
}

/// A naive walk of all trees; `codes`: of what they ask.
Told forest_told(const exporting::ModelContents& contents, const std::vector<std::int16_t>& codes, std::size_t output) {
  const auto& forest = std::get<QuantizedForest>(contents.predictor);
  std::vector<std::int64_t> fine(contents.feature_names.size(), 0);
  std::int64_t sum = forest.bias[output] * (std::int64_t{1} << contents.explanation->leaf_shift);
  for (const quantize::TreeGroup& group : forest.groups) {
    if (!forest.votes_leaf && group.output != output) continue;
    for (std::size_t tree = 0; tree < group.trees; ++tree) {
      std::size_t at = group.slot + tree;
      std::int64_t value = node_value(contents, at, output);
      sum += value;
      for (PlainSlot slot = slot_at(forest, at); slot.child != 0; slot = slot_at(forest, at)) {
        at = group.slot + slot.child + (codes.at(slot.feature) <= slot.high ? 0 : 1);
        fine.at(feature_of(contents, slot.feature)) += node_value(contents, at, output) - value;
        value = node_value(contents, at, output);
      }
    }
  }
  const unsigned shift = contents.explanation->leaf_shift;
  Told told;
  std::int64_t before = divide_rounding_half_up(sum, shift);
  told.base = static_cast<std::int32_t>(before);
  for (const std::int64_t contribution : fine) {
    sum += contribution;
    const std::int64_t after = divide_rounding_half_up(sum, shift);
    told.contributions.push_back(static_cast<std::int32_t>(after - before));
    before = after;
  }
  return told;
}

/// What contents work on is copied from two features by turns.
void take_turns(exporting::ModelContents& contents) {
  const quantize::Encoding& columns = contents.common().encoding;
  quantize::Encoding inputs{quantize::Input::kInt16, 32767, std::vector<quantize::FeatureEncoding>(2), false};
  for (quantize::FeatureEncoding& feature : inputs.features) feature.multiplier = 2;  // of 2^1: the count itself
  std::vector<quantize::PreparationStep> steps;
  for (std::uint16_t i = 0; i < columns.features.size(); ++i) {
    steps.push_back({quantize::Operation::kCopy, 0, static_cast<std::uint16_t>(i % 2),
                     static_cast<std::int16_t>(-columns.code_limit), columns.code_limit, 0});
  }
  contents.preparation = quantize::Preparation{inputs, steps, {}, {}, {}};
  contents.feature_names = {"even", "odd"};
}

std::vector<std::int16_t> column_codes(const exporting::ModelContents& contents,
                                       const std::vector<std::int16_t>& codes) {
  std::vector<std::int16_t> columns;
  for (const quantize::PreparationStep& step : contents.preparation->steps) {
    columns.push_back(std::clamp(codes.at(step.feature), step.low, step.high));
  }
  return columns;
}

void check_forest(const exporting::ModelContents& contents, Random& random, int rows) {
  Explained explained(contents);
  REQUIRE(explained.opened.status == Status::kOk);
  REQUIRE(explained.status == Status::kOk);
  CHECK_FALSE(explained.explanation.is_exact());
  for (int row = 0; row < rows; ++row) {
    REQUIRE(predict_random(explained.opened, random) == Status::kOk);
    for (std::size_t k = 0; k < explained.opened.outputs.size(); ++k) {
      const Told told = explained.of(k);
      const Told expected = forest_told(contents, explained.opened.codes(), k);
      CHECK(told.base == expected.base);
      CHECK(told.contributions == expected.contributions);
      CHECK(told.total() == explained.opened.outputs[k]);
    }
  }
}

exporting::ModelContents linear_contents(std::size_t classes = 3, Precision precision = Precision::kInt8) {
  Random random(3);
  exporting::ModelContents contents = make_contents({precision, Input::kFloat32, 3, classes, 0});
  add_means(contents, random);
  return contents;
}

exporting::ModelContents tree_contents(bool votes, std::uint8_t bits = 6) {
  Random random(4);
  const ForestShape shape = {bits, votes, 3, 3, 2, 9};
  exporting::ModelContents contents = forest_contents(3, random_forest(random, shape), Input::kFloat32, true);
  add_nodes(contents, random);
  return contents;
}

Status attach_status(const exporting::ModelContents& contents) {
  const Explained explained(contents);
  REQUIRE(explained.opened.status == Status::kOk);
  return explained.status;
}

}  // namespace

TEST_CASE("explain: linear contributions are SPEC.md's, and add up to the score, in all arithmetic") {
  Random random(1);
  std::size_t seen = 0;
  for (const std::size_t classes : {0U, 2U, 3U, 7U}) {
    for (Recipe recipe : all_arithmetic()) {
      if (recipe.precision == Precision::kFloat32) continue;
      for (const std::size_t features : {1U, 3U, 4U, 61U}) {
        recipe.features = features;
        recipe.classes = classes;
        recipe.seed = static_cast<std::uint32_t>(++seen);
        CAPTURE(text_of(recipe));
        exporting::ModelContents contents = make_contents(recipe);
        add_means(contents, random);
        Explained explained(contents);
        REQUIRE(explained.status == Status::kOk);
        CHECK(explained.explanation.is_exact());
        for (int row = 0; row < 20; ++row) {
          REQUIRE(predict_random(explained.opened, random) == Status::kOk);
          for (std::size_t k = 0; k < outputs_of(recipe); ++k) check_linear(contents, explained, k);
        }
      }
    }
  }
}

TEST_CASE("explain: linear contributions of the largest weights, codes and shifts") {
  Random random(2);
  for (int round = 0; round < 200; ++round) {
    const bool wide = round % 2 == 0;
    exporting::ModelContents contents =
        make_contents({wide ? Precision::kInt16 : Precision::kInt8, Input::kInt16, 5, 0, 0});
    quantize::QuantizedLinear& linear = contents.linear();
    linear.encoding.code_limit = 32767;
    std::vector<std::int16_t> weights(5);
    for (std::int16_t& weight : weights) {
      weight =
          static_cast<std::int16_t>(wide ? (random() % 2 == 0 ? -32768 : 32767) : (random() % 2 == 0 ? -128 : 127));
    }
    set_weights(contents, weights);
    linear.sum_shift = static_cast<std::uint8_t>(wide ? 3 + random() % 20 : 0);
    const double most = 5 * 32768.0 * 32767 / std::exp2(linear.sum_shift);
    linear.requantization[0] = quantize::requantization_of(
        std::ldexp(1 + static_cast<double>(random() % 1000) / 2000, wide ? 29 : 5) / (wide ? most : 1), 4711);
    add_means(contents, random);
    contents.explanation->means[0] = static_cast<std::int16_t>(random() % 2 == 0 ? 32767 : -32767);
    Explained explained(contents);
    CAPTURE(round);
    REQUIRE(explained.opened.status == Status::kOk);
    REQUIRE(explained.status == Status::kOk);
    for (int row = 0; row < 10; ++row) {
      REQUIRE(predict_random(explained.opened, random) == Status::kOk);
      check_linear(contents, explained, 0);
    }
  }
}

TEST_CASE("explain: a row of means is its base, and contributes nothing") {
  for (const Precision precision : {Precision::kInt8, Precision::kInt16}) {
    Explained explained(linear_contents(2, precision));
    auto* codes = reinterpret_cast<std::int16_t*>(explained.opened.scratch.data());
    const std::vector<std::int16_t> means = linear_contents(2, precision).explanation->means;
    std::copy(means.begin(), means.end(), codes);
    CHECK(explained.of(0).contributions == Words{0, 0, 0});
  }
}

TEST_CASE("explain: forests of every shape are walked as SPEC.md says, and add up to the score") {
  Random random(5);
  for (int round = 0; round < 300; ++round) {
    ForestShape shape;
    constexpr std::uint8_t kBits[] = {6, 8, 0};
    shape.feature_bits = kBits[round % 3];
    shape.votes = random() % 2 == 0;
    shape.features = 1 + random() % (shape.feature_bits == 0 ? 300U : 1U << shape.feature_bits);
    constexpr std::uint32_t kOutputs[] = {1, 1, 3, 7};
    shape.outputs = shape.votes ? 3 + static_cast<std::uint32_t>(random() % 5) : kOutputs[random() % 4];
    shape.groups = 1 + random() % 4;
    shape.slots = 3 + static_cast<std::uint32_t>(random()) % 200;
    const Input input = random() % 2 == 0 ? Input::kFloat32 : Input::kInt16;
    CAPTURE(round);
    exporting::ModelContents contents =
        forest_contents(shape.features, random_forest(random, shape), input, shape.outputs > 1 || random() % 2 == 0);
    add_nodes(contents, random);
    check_forest(contents, random, 5);
  }
}

TEST_CASE("explain: what columns do is told of the features that they are made of") {
  Random random(9);
  for (int repeat = 0; repeat < 20; ++repeat) {
    exporting::ModelContents linear = make_contents({quantize::Precision::kInt8, quantize::Input::kInt16, 5, 3, 0});
    add_means(linear, random);
    take_turns(linear);
    Explained explained(linear);
    REQUIRE(explained.status == Status::kOk);
    REQUIRE(predict_random(explained.opened, random) == Status::kOk);
    const std::vector<std::int16_t> row = column_codes(linear, explained.opened.codes());
    for (std::size_t k = 0; k < 3; ++k) {
      Words expected(2, 0);
      std::vector<std::int16_t> codes = linear.explanation->means;
      for (std::size_t i = 0; i < codes.size(); ++i) {
        const std::int64_t before = linear_score(linear, codes, k);
        codes[i] = row[i];
        expected[i % 2] += static_cast<std::int32_t>(linear_score(linear, codes, k) - before);
      }
      CHECK(explained.of(k).contributions == expected);
      CHECK(explained.of(k).total() == explained.opened.outputs[k]);
    }
    const ForestShape shape = {6, repeat % 2 == 0, 3, 3, 2, 9};
    exporting::ModelContents forest = forest_contents(3, random_forest(random, shape), quantize::Input::kInt16, true);
    add_nodes(forest, random);
    take_turns(forest);
    Explained walked(forest);
    REQUIRE(walked.status == Status::kOk);
    REQUIRE(predict_random(walked.opened, random) == Status::kOk);
    for (std::size_t k = 0; k < 3; ++k) {
      const Told expected = forest_told(forest, column_codes(forest, walked.opened.codes()), k);
      CHECK(walked.of(k).base == expected.base);
      CHECK(walked.of(k).contributions == expected.contributions);
    }
  }
}

TEST_CASE("I109 components explain nothing") {
  exporting::ModelContents contents = make_contents({quantize::Precision::kInt8, quantize::Input::kInt16, 3, 0, 0});
  Random random(1);
  add_means(contents, random);
  add_preparation(contents);
  CHECK(Explained(contents).status == Status::kOk);
  add_projection(contents);
  const Explained explained(contents);
  CHECK(explained.opened.status == Status::kOk);
  CHECK(explained.status == Status::kNoExplanation);
}

TEST_CASE("explain: a tree counted by hand") {
  QuantizedForest forest;
  forest.feature_bits = 6;
  forest.groups = {{0, 1, 0}};
  forest.bias = {100};
  put_inner(forest, 5, 1, 1);   // x1 <= 5 goes to slot 1, else to 2
  put_inner(forest, -2, 0, 3);  // x0 <= -2 goes to slot 3, else to 4
  put_value(forest, 40);
  put_value(forest, -10);
  put_value(forest, 7);
  exporting::ModelContents contents = forest_contents(2, forest, Input::kFloat32, false);
  contents.explanation.emplace();
  contents.explanation->node_values = {12, 3, 999, 999, 999};
  Explained explained(contents);
  REQUIRE(explained.status == Status::kOk);
  const auto told = [&](float x0, float x1) {
    REQUIRE(explained.opened.predict(std::vector<float>{x0, x1}) == Status::kOk);
    Words words = explained.of_answer().contributions;
    words.push_back(explained.of_answer().base);
    return words;
  };
  CHECK(told(0, 6) == Words{0, 40 - 12, 112});
  CHECK(told(-2, 5) == Words{-10 - 3, 3 - 12, 112});
  CHECK(told(-1, 5) == Words{7 - 3, 3 - 12, 112});
}

TEST_CASE("explain: a forest without a tree is its bias") {
  QuantizedForest forest;
  forest.feature_bits = 6;
  forest.bias = {-5};
  exporting::ModelContents contents = forest_contents(2, forest, Input::kFloat32, false);
  contents.explanation.emplace();
  Explained explained(contents);
  REQUIRE(explained.status == Status::kOk);
  REQUIRE(explained.opened.predict(std::vector<float>{1, 2}) == Status::kOk);
  CHECK(explained.of_answer().base == -5);
  CHECK(explained.of_answer().contributions == Words{0, 0});
}

TEST_CASE("explain: the score that decided is the predicted class's, or the only one") {
  Random random(6);
  for (const std::size_t classes : {0U, 2U, 3U, 7U}) {
    Explained explained(linear_contents(classes));
    for (int row = 0; row < 20; ++row) {
      REQUIRE(predict_random(explained.opened, random) == Status::kOk);
      const std::size_t decided = explained.opened.model.class_of(explained.opened.outputs);
      const Told expected = explained.of(classes < 3 ? 0 : decided);
      CHECK(explained.of_answer().base == expected.base);
      CHECK(explained.of_answer().contributions == expected.contributions);
    }
  }
}

TEST_CASE("explain: short memory, null, an output past the end, and never attached") {
  Explained explained(linear_contents());
  REQUIRE(explained.opened.predict(std::vector<float>{1, 2, 3}) == Status::kOk);
  const Explanation& explanation = explained.explanation;
  const std::uint32_t* scratch = explained.opened.scratch.data();
  const std::size_t words = explained.opened.scratch.size();
  const std::int32_t* outputs = explained.opened.outputs.data();
  std::int32_t given[3] = {7, 7, 7};
  std::int32_t base = 7;
  CHECK(explanation.contributions({outputs, 2}, {scratch, words}, {given, 3}, base) == Status::kOutputCount);
  CHECK(explanation.contributions({nullptr, 3}, {scratch, words}, {given, 3}, base) == Status::kOutputCount);
  CHECK(explanation.contributions({outputs, 3}, {scratch, words - 1}, {given, 3}, base) == Status::kScratch);
  CHECK(explanation.contributions({outputs, 3}, {nullptr, words}, {given, 3}, base) == Status::kScratch);
  CHECK(explanation.contributions({outputs, 3}, {scratch, words}, {given, 2}, base) == Status::kFeatureCount);
  CHECK(explanation.contributions({outputs, 3}, {scratch, words}, {nullptr, 3}, base) == Status::kFeatureCount);
  CHECK(explanation.contributions_to(3, {scratch, words}, {given, 3}, base) == Status::kIndex);
  CHECK(Explanation().contributions({outputs, 3}, {scratch, words}, {given, 3}, base) == Status::kNotAttached);
  CHECK(Explanation().contributions_to(0, {scratch, words}, {given, 3}, base) == Status::kNotAttached);
  CHECK_FALSE(Explanation().is_exact());
  CHECK(Words(given, given + 3) == Words{7, 7, 7});
  CHECK(base == 7);
  Explanation closed;
  CHECK(closed.attach(Model()) == Status::kNotOpen);
}

TEST_CASE("explain: another file in the same model detaches, a refused attachment too") {
  Explained explained(linear_contents());
  std::int32_t given[3] = {};
  std::int32_t base = 0;
  const Span<const std::uint32_t> scratch(explained.opened.scratch.data(), explained.opened.scratch.size());
  const Buffer<std::uint8_t> other(exporting::write_model(linear_contents(3, Precision::kInt16)));
  REQUIRE(EveryPart::open({other.data(), other.size()}, explained.opened.model) == Status::kOk);
  CHECK(explained.explanation.contributions_to(0, scratch, given, base) == Status::kNotAttached);
  CHECK(explained.explanation.attach(explained.opened.model) == Status::kOk);
  CHECK(explained.explanation.contributions_to(0, scratch, given, base) == Status::kOk);
  const Buffer<std::uint8_t> none(make_model({Precision::kInt8, Input::kFloat32, 3, 3}));
  REQUIRE(EveryPart::open({none.data(), none.size()}, explained.opened.model) == Status::kOk);
  CHECK(explained.explanation.attach(explained.opened.model) == Status::kNoExplanation);
  CHECK(explained.explanation.contributions_to(0, scratch, given, base) == Status::kNotAttached);
}

TEST_CASE("explain: whatever is in the scratch, nothing is read or written elsewhere") {
  Random random(8);
  for (const auto& contents : {linear_contents(2), linear_contents(7, Precision::kInt16), tree_contents(false),
                               tree_contents(true), tree_contents(true, 0)}) {
    Explained explained(contents);
    REQUIRE(explained.status == Status::kOk);
    for (int row = 0; row < 50; ++row) {
      for (std::uint32_t& word : explained.opened.scratch) word = static_cast<std::uint32_t>(random());
      for (std::size_t k = 0; k < explained.opened.outputs.size(); ++k)
        CHECK(explained.of(k).contributions.size() == 3);
    }
    for (std::uint32_t& word : explained.opened.scratch) word = 0x80008000;
    CHECK(explained.of(0).contributions.size() == 3);
  }
}

TEST_CASE("I100 an explanation is in the file") {
  exporting::ModelContents contents = linear_contents();
  CHECK(attach_status(contents) == Status::kOk);
  contents.explanation.reset();
  CHECK(attach_status(contents) == Status::kNoExplanation);
  const data::Dataset rows = trainer_test::load("iris.train");
  for (const char* family : {"naive-bayes", "svm", "mlp"}) {
    CHECK(attach_status(trainer_test::train(rows, family, true).contents) == Status::kNoExplanation);
  }
}

TEST_CASE("I101 linear: a mean a feature") {
  for (const std::size_t count : {0U, 2U, 4U}) {
    exporting::ModelContents contents = linear_contents();
    contents.explanation->means.assign(count, 0);
    CHECK(attach_status(contents) == Status::kShape);
  }
}

TEST_CASE("I102 linear: means are within the code limit") {
  for (const std::size_t at : {0U, 2U}) {
    exporting::ModelContents contents = linear_contents();
    contents.common().encoding.code_limit = 3000;
    for (quantize::FeatureEncoding& feature : contents.common().encoding.features) feature.imputation = 0;
    contents.explanation->means = {3000, -3000, 0};
    CHECK(attach_status(contents) == Status::kOk);
    contents.explanation->means[at] = 3001;
    CHECK(attach_status(contents) == Status::kNumber);
    contents.explanation->means[at] = -3001;
    CHECK(attach_status(contents) == Status::kNumber);
  }
}

TEST_CASE("I103 linear: float32 weights explain nothing") {
  CHECK(attach_status(linear_contents(3, Precision::kFloat32)) == Status::kNoExplanation);
}

TEST_CASE("I104 forest: a value a slot, or a share a slot and class") {
  for (const std::uint8_t bits : {std::uint8_t{6}, std::uint8_t{0}}) {
    exporting::ModelContents values = tree_contents(false, bits);
    CHECK(attach_status(values) == Status::kOk);
    values.explanation->node_values.push_back(0);
    CHECK(attach_status(values) == Status::kShape);
    values.explanation->node_values.clear();
    CHECK(attach_status(values) == Status::kShape);
    values = tree_contents(false, bits);
    values.explanation->node_shares.push_back(0);
    CHECK(attach_status(values) == Status::kShape);
    exporting::ModelContents votes = tree_contents(true, bits);
    CHECK(attach_status(votes) == Status::kOk);
    votes.explanation->node_shares.pop_back();
    CHECK(attach_status(votes) == Status::kShape);
    votes.explanation->node_shares.clear();
    votes.explanation->node_values = tree_contents(false, bits).explanation->node_values;
    CHECK(attach_status(votes) == Status::kShape);
  }
}

TEST_CASE("I105 forest: shifts are at most 15") {
  exporting::ModelContents contents = tree_contents(true);
  for (std::int32_t& bias : forest_of(contents).bias) bias = 0;
  for (std::int32_t& vote : forest_of(contents).votes) {
    const auto index = static_cast<std::uint16_t>(vote);
    vote = (vote < 0 ? -65536 : 65536) + index;
  }
  for (std::uint8_t quantize::Explanation::*shift :
       {&quantize::Explanation::leaf_shift, &quantize::Explanation::node_shift}) {
    contents.explanation->leaf_shift = contents.explanation->node_shift = 0;
    for (const int given : {15, 16, 31, 255}) {
      (*contents.explanation).*shift = static_cast<std::uint8_t>(given);
      CHECK(attach_status(contents) == (given == 15 ? Status::kOk : Status::kNumber));
    }
  }
}

TEST_CASE("I106 forest: no sum of leaves, shifted, leaves 32 bits") {
  QuantizedForest forest;
  forest.feature_bits = 6;
  forest.groups = {{0, 1, 0}};
  put_inner(forest, 0, 0, 1);
  put_value(forest, -30000);
  put_value(forest, 1);
  for (const std::int64_t sign : {-1, 1}) {
    for (const unsigned shift : {0U, 1U, 15U}) {
      const std::int64_t most = (std::int64_t{0x7FFFFFFF} >> shift) - 30000;
      forest.bias = {static_cast<std::int32_t>(sign * most)};
      exporting::ModelContents contents = forest_contents(1, forest, Input::kFloat32, false);
      contents.explanation.emplace();
      contents.explanation->node_values = {0, 0, 0};
      contents.explanation->leaf_shift = static_cast<std::uint8_t>(shift);
      CHECK(attach_status(contents) == Status::kOk);
      Random random(7);
      check_forest(contents, random, 10);
      if (shift == 0) continue;  // then `open` refuses it
      forest.bias = {static_cast<std::int32_t>(sign * (most + 1))};
      forest_of(contents).bias = forest.bias;
      CHECK(attach_status(contents) == Status::kOverflow);
    }
  }
}

TEST_CASE("I107 the explanation's fields lie inside the FlatBuffer") {
  for (const auto& contents : {linear_contents(), tree_contents(false), tree_contents(true)}) {
    const Bytes good = exporting::write_model(contents);
    const auto* root = reinterpret_cast<const flatbuffers::Table*>(schema::GetModel(good.data()));
    const auto* explanation = reinterpret_cast<const flatbuffers::Table*>(schema::GetModel(good.data())->explanation());
    std::vector<const std::uint8_t*> fields = {root->GetAddressOf(schema::Model::VT_EXPLANATION)};
    for (const auto field :
         {schema::Explanation::VT_MEANS, schema::Explanation::VT_NODE_VALUES, schema::Explanation::VT_NODE_SHARES}) {
      if (explanation->GetAddressOf(field) != nullptr) fields.push_back(explanation->GetAddressOf(field));
    }
    REQUIRE(fields.size() == 2);
    for (const std::uint8_t* field : fields) {
      Bytes bad = good;
      constexpr std::uint32_t kFar = 0x7FFFFFF0;
      std::memcpy(bad.data() + (field - good.data()), &kFar, sizeof kFar);
      reseal(bad);
      const Explained explained(bad);
      REQUIRE(explained.opened.status == Status::kOk);
      CHECK(explained.status == Status::kStructure);
    }
  }
}

TEST_CASE("I108 the kind's explanation is linked") {
  const Opened linear(exporting::write_model(linear_contents()));
  const Opened tree(exporting::write_model(tree_contents(true)));
  Explanation explanation;
  CHECK(explanation.attach<ExplainForest>(linear.model) == Status::kKindNotLinked);
  CHECK(explanation.attach<ExplainLinear>(tree.model) == Status::kKindNotLinked);
  CHECK(explanation.attach<ExplainLinear>(linear.model) == Status::kOk);
  CHECK(explanation.attach<ExplainForest>(tree.model) == Status::kOk);
}

}  // namespace nuthatch::test
