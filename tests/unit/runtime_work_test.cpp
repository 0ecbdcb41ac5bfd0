// How many steps a row takes at most (SPEC.md, "Work"): each kind's against a count by hand or a second way, and what
// `open` refuses of them (I20).

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "unit/make_blend.hpp"
#include "unit/make_forest.hpp"
#include "unit/make_model.hpp"
#include "unit/make_network.hpp"
#include "unit/make_svm.hpp"

namespace nuthatch::test {
namespace {

using exporting::ModelContents;
using quantize::QuantizedForest;
using Random = std::mt19937;

std::size_t work_of(const ModelContents& contents) {
  const Opened opened(exporting::write_model(contents));
  REQUIRE(opened.status == Status::kOk);
  return opened.model.footprint().work;
}

Status status_of(const ModelContents& contents) { return Opened(exporting::write_model(contents)).status; }

/// The questions of the longest way from each root, from the last slot to the first; and each tree may end in the
/// longest list of votes.
std::size_t most_steps(const QuantizedForest& forest) {
  const std::size_t words = forest.feature_bits == 0 ? 2 : 1;
  std::size_t steps = 0;
  std::size_t end = forest.slots.size() / words;
  for (std::size_t g = forest.groups.size(); g-- > 0;) {
    const std::size_t first = forest.groups[g].slot;
    std::vector<std::size_t> longest(end - first, 0);
    for (std::size_t i = longest.size(); i-- > 0;) {
      const PlainSlot slot = slot_at(forest, first + i);
      if (slot.child != 0) longest[i] = 1 + std::max(longest[slot.child], longest[slot.child + 1]);
    }
    for (std::size_t tree = 0; tree < forest.groups[g].trees; ++tree) steps += longest[tree];
    end = first;
  }
  std::size_t trees = 0;
  for (const auto& group : forest.groups) trees += group.trees;
  std::size_t list = 0;
  std::size_t longest_list = 0;
  for (const std::int32_t vote : forest.votes) {
    longest_list = std::max(longest_list, ++list);
    if (vote < 0) list = 0;
  }
  return steps + trees * longest_list;
}

/// `trees` roots that all lead to the first of `chain` questions, each of which leads to the next and the one after it.
ModelContents bomb(std::size_t trees, std::size_t chain, std::uint8_t feature_bits = 0) {
  QuantizedForest forest;
  forest.feature_bits = feature_bits;
  forest.bias = {0};
  forest.groups = {{0, static_cast<std::uint16_t>(trees), 0}};
  for (std::size_t i = 0; i < trees; ++i) put_inner(forest, 32767, 0, static_cast<std::uint32_t>(trees));
  for (std::size_t i = 1; i <= chain; ++i) put_inner(forest, 32767, 0, static_cast<std::uint32_t>(trees + i));
  put_value(forest, 0);
  put_value(forest, 0);
  return forest_contents(1, forest, Input::kInt16, false);
}

/// As many full trees as asked, of a depth, all of the same pairs.
ModelContents shared_trees(std::size_t trees, std::size_t depth) {
  QuantizedForest forest;
  forest.feature_bits = 0;
  forest.bias = {0};
  forest.groups = {{0, static_cast<std::uint16_t>(trees), 0}};
  for (std::size_t i = 0; i < trees; ++i) put_inner(forest, 0, 0, static_cast<std::uint32_t>(trees));
  for (std::size_t level = 1; level < depth; ++level) {
    const auto next = static_cast<std::uint32_t>(trees + 2 * level);
    put_inner(forest, 1, 0, next);
    put_inner(forest, 2, 0, next);
  }
  put_value(forest, 1);
  put_value(forest, 2);
  return forest_contents(1, forest, Input::kInt16, false);
}

}  // namespace

TEST_CASE("work: a linear model encodes its features and multiplies its weights, padding and all") {
  for (const Recipe& recipe : all_tasks(5)) {
    CAPTURE(text_of(recipe));
    CHECK(work_of(make_contents(recipe)) == recipe.features + outputs_of(recipe) * ((recipe.features + 3) / 4 * 4));
  }
}

TEST_CASE("work: a network's weights, a support vector machine's vectors, kernels and coefficients") {
  // 5 features; 5 x 8 and 3 x 4 weights with their padding.
  const PlainLayer hidden = {5,
                             quantize::Activation::kRelu,
                             0,
                             9,
                             std::vector<std::int8_t>(25),
                             {0, 0, 0, 0, 0},
                             {1, 1, 1, 1, 1},
                             {0, 0, 0, 0, 0}};
  const PlainLayer last = {
      3, quantize::Activation::kNone, 0, 0, std::vector<std::int8_t>(15), {0, 0, 0}, {1, 1, 1}, {0, 0, 0}};
  CHECK(work_of(network_contents(5, {hidden, last})) == 5 + 5 * 8 + 3 * 8);
  PlainSvm svm;
  svm.features = 2;
  svm.vectors.assign(2 * 7, 1);
  svm.shifts.assign(7, 0);
  svm.scale = {1, 1, 0};
  svm.class_vectors = {4, 2, 1};
  svm.coefficients.assign(2 * 7, 1);
  svm.bias.assign(3, 0);
  svm.code_limit = 1000;
  set_squares(svm);
  CHECK(work_of(svm_contents(svm)) == 2 + 7 * (4 + 1 + 2) + 3);
  svm.kernel = quantize::Kernel::kPolynomial;
  svm.degree = 9;
  svm.scale = {1, 0, 1};
  CHECK(work_of(svm_contents(svm)) == 2 + 7 * (4 + 9 + 2) + 3);
}

TEST_CASE("work: what prepares, and all members of a blend") {
  ModelContents contents = make_contents({Precision::kInt8, Input::kInt16, 5, 0, 0});
  add_preparation(contents);
  CHECK(work_of(contents) == contents.feature_names.size() + contents.preparation->steps.size() + 8);
  contents = make_contents({Precision::kInt8, Input::kInt16, 5, 0, 0});
  add_projection(contents);
  const std::size_t steps = contents.preparation->steps.size() + contents.preparation->known.size();
  const std::size_t made = contents.preparation->steps.size();
  CHECK(work_of(contents) == contents.feature_names.size() + steps + 5 * made + 8);
  Random random(7);
  std::vector<PlainMember> members = {random_member(0, 6, random), random_member(2, 6, random)};
  const auto& forest = std::get<QuantizedForest>(members[1].predictor);
  CHECK(work_of(blend_contents(6, members)) == 6 + 8 + most_steps(forest));
}

TEST_CASE("work: a forest's longest walks, however its subtrees are shared") {
  Random random(11);
  for (const std::uint8_t bits : {std::uint8_t{0}, std::uint8_t{6}, std::uint8_t{8}}) {
    for (const bool votes : {false, true}) {
      for (std::uint32_t slots = 3; slots < 40; slots += 3) {
        const ForestShape shape = {bits, votes, 4, 3, 1 + slots % 3, slots};
        const QuantizedForest forest = random_forest(random, shape);
        CHECK(work_of(forest_contents(4, forest, Input::kInt16, true)) == 4 + most_steps(forest));
      }
    }
  }
  CHECK(work_of(bomb(10, 12)) == 1 + 10 * 13);
  CHECK(work_of(shared_trees(50, 9)) == 1 + 50 * 9);
}

TEST_CASE("work: a forest with too many ways to walk, or too deep, counts all slots behind its roots") {
  // Some 2^60 ways; found out in bounded time, and still little.
  const std::size_t trees = 3;
  const std::size_t slots = trees + 88 + 2;
  CHECK(work_of(bomb(trees, 88)) == 1 + slots + (slots - 1) + (slots - 2));
  // One tree, 300 questions one after another.
  QuantizedForest deep;
  deep.feature_bits = 0;
  deep.bias = {0};
  deep.groups = {{0, 1, 0}};
  for (std::uint32_t i = 0; i < 300; ++i) {
    put_inner(deep, 0, 0, 2 * i + 1);
    if (i > 0) put_value(deep, 1);
  }
  put_value(deep, 1);
  put_value(deep, 1);
  CHECK(work_of(forest_contents(1, deep, Input::kInt16, false)) == 1 + 601);
  CHECK(most_steps(deep) == 300);
}

TEST_CASE("I20: work: a row takes 65,536 steps, or four a byte of the file, and not more") {
  CHECK(status_of(bomb(200, 200)) == Status::kOk);    // at most 402 + 401 + ... + 203 = 60,500
  CHECK(status_of(bomb(300, 300)) == Status::kWork);  // at least 300 * 301, of 5 KB
  CHECK(status_of(bomb(1000, 1000)) == Status::kWork);
  CHECK(status_of(bomb(4000, 4000)) == Status::kWork);
  CHECK(status_of(bomb(500, 500, 6)) == Status::kWork);
  CHECK(status_of(shared_trees(40, 40)) == Status::kOk);
  // Lists of votes are walked, too: 200 stumps that end in 400 votes.
  QuantizedForest votes;
  votes.feature_bits = 0;
  votes.votes_leaf = true;
  votes.bias.assign(400, 0);
  for (std::int32_t k = 0; k < 400; ++k) votes.votes.push_back((k < 399 ? 1 : -1) * 65536 + k);
  votes.groups = {{0, 200, 0}};
  for (int i = 0; i < 200; ++i) put_inner(votes, 0, 0, 200);
  put_votes(votes, 0);
  put_votes(votes, 1);
  CHECK(status_of(forest_contents(1, votes, Input::kInt16, true)) == Status::kWork);
}

TEST_CASE("I20: work: firmware says how many steps a row may take") {
  for (const ModelContents& contents : {make_contents({}), shared_trees(20, 9), bomb(30, 30)}) {
    const Opened opened(exporting::write_model(contents));
    REQUIRE(opened.status == Status::kOk);
    const auto most = static_cast<std::uint32_t>(opened.model.footprint().work);
    Model model;
    const Span<const std::uint8_t> bytes(opened.bytes.data(), opened.bytes.size());
    CHECK(EveryPart::open(bytes, model, most) == Status::kOk);
    CHECK(model.is_open());
    CHECK(EveryPart::open(bytes, model, most - 1) == Status::kWork);
    CHECK_FALSE(model.is_open());
    CHECK(model.footprint().work == 0);
    CHECK(EveryPart::open(bytes, model, 0) == Status::kWork);
    CHECK(open<Int16Input, Float32Input, Linear, Forest>(bytes, model, most) == Status::kOk);
  }
}

}  // namespace nuthatch::test
