// The forest kind: its arithmetic against SPEC.md's, written a second time, and what `open` proves of it (I50 to I59).

#include <doctest/doctest.h>

#include <functional>

#include "unit/make_forest.hpp"
#include "unit/make_model.hpp"

namespace nuthatch::test {

using exporting::ModelContents;
using quantize::QuantizedForest;

namespace {

using Random = std::mt19937;
constexpr std::int32_t kMost = 0x7FFFFFFF;

/// Mostly as small as the thresholds, now and then anything.
std::vector<std::int16_t> random_codes(Random& random, std::size_t count) {
  std::vector<std::int16_t> codes(count);
  for (std::int16_t& code : codes) {
    const auto wide = static_cast<std::int16_t>(static_cast<std::int32_t>(random() % 65535) - 32767);
    code = random() % 8 == 0 ? wide : static_cast<std::int16_t>(static_cast<std::int32_t>(random() % 11) - 5);
  }
  return codes;
}

Status predict(Opened& opened, Input input, const std::vector<std::int16_t>& codes) {
  if (input == Input::kInt16) return opened.predict(codes);
  return opened.predict(std::vector<float>(codes.begin(), codes.end()));
}

void check_rows(const ModelContents& contents, Random& random, int rows) {
  Opened opened(exporting::write_model(contents));
  REQUIRE(opened.status == Status::kOk);
  const auto& forest = std::get<QuantizedForest>(contents.predictor);
  CHECK(opened.scratch.size() == quantize::scratch_words(contents.predictor));
  for (int row = 0; row < rows; ++row) {
    const std::vector<std::int16_t> codes = random_codes(random, contents.feature_names.size());
    REQUIRE(predict(opened, forest.encoding.input, codes) == Status::kOk);
    CHECK(std::vector<std::int32_t>(opened.outputs.begin(), opened.outputs.end()) == spec_scores(forest, codes));
    CHECK(opened.codes() == codes);
  }
}

/// Two groups of values: slots 0 to 4 with two trees for output 0, 5 to 7 with one for output 1 of 3. 3 features.
ModelContents good_values(std::uint8_t feature_bits = 6) {
  QuantizedForest forest;
  forest.feature_bits = feature_bits;
  forest.bias = {10, -20, 30};
  forest.groups = {{0, 2, 0}, {5, 1, 1}};
  put_inner(forest, 5, 0, 2);
  put_inner(forest, -3, 2, 3);
  put_value(forest, 100);
  put_value(forest, -200);
  put_value(forest, 300);
  put_inner(forest, 0, 1, 1);
  put_value(forest, 7);
  put_value(forest, -8);
  return forest_contents(3, forest, Input::kInt16, true);
}

/// One tree that votes for 3 classes: lists at 0 (classes 0 and 2), 1 (class 2), 2 (class 1). 2 features.
ModelContents good_votes() {
  QuantizedForest forest;
  forest.feature_bits = 8;
  forest.votes_leaf = true;
  forest.bias = {0, 0, 0};
  forest.votes = {5 * 65536 + 0, -11 * 65536 + 2, -16 * 65536 + 1};
  forest.groups = {{0, 1, 0}};
  put_inner(forest, 0, 1, 1);
  put_inner(forest, 4, 0, 3);
  put_votes(forest, 0);
  put_votes(forest, 1);
  put_votes(forest, 2);
  return forest_contents(2, forest, Input::kFloat32, true);
}

Status status_of(const ModelContents& contents) { return Opened(exporting::write_model(contents)).status; }

using Change = std::function<void(QuantizedForest&)>;

Status status_after(ModelContents contents, const Change& change) {
  REQUIRE(status_of(contents) == Status::kOk);
  change(forest_of(contents));
  return status_of(contents);
}
Status values_after(const Change& change) { return status_after(good_values(), change); }
Status votes_after(const Change& change) { return status_after(good_votes(), change); }

}  // namespace

TEST_CASE("forest: scores of trees counted by hand") {
  for (const std::uint8_t bits : {std::uint8_t{6}, std::uint8_t{8}, std::uint8_t{0}}) {
    CAPTURE(static_cast<int>(bits));
    Opened opened(exporting::write_model(good_values(bits)));
    REQUIRE(opened.status == Status::kOk);
    const auto scores = [&](std::vector<std::int16_t> row) {
      REQUIRE(opened.predict(row) == Status::kOk);
      return std::vector<std::int32_t>(opened.outputs.begin(), opened.outputs.end());
    };
    // Equal to a threshold goes left, in all three trees.
    CHECK(scores({5, 0, -3}) == std::vector<std::int32_t>{10 + 100 - 200, -20 + 7, 30});
    CHECK(scores({6, 1, -2}) == std::vector<std::int32_t>{10 - 200 + 300, -20 - 8, 30});
    CHECK(scores({-32767, 32767, 32767}) == std::vector<std::int32_t>{10 + 100 + 300, -20 - 8, 30});
  }
  Opened opened(exporting::write_model(good_votes()));
  const auto scores = [&](std::vector<float> row) {
    REQUIRE(opened.predict(row) == Status::kOk);
    return std::vector<std::int32_t>(opened.outputs.begin(), opened.outputs.end());
  };
  CHECK(scores({4, 0}) == std::vector<std::int32_t>{0, 0, 11});
  CHECK(scores({5, 0}) == std::vector<std::int32_t>{0, 16, 0});
  CHECK(scores({5, 1}) == std::vector<std::int32_t>{5, 0, 11});
}

TEST_CASE("forest: scores are SPEC.md's for random forests of every shape") {
  Random random(5);
  for (int round = 0; round < 400; ++round) {
    ForestShape shape;
    constexpr std::uint8_t kBits[] = {6, 8, 0};
    shape.feature_bits = kBits[round % 3];
    shape.votes = random() % 2 == 0;
    shape.features =
        1 + static_cast<std::uint32_t>(random()) % (shape.feature_bits == 0 ? 700U : 1U << shape.feature_bits);
    shape.outputs = static_cast<std::uint32_t>(1 + random() % 6);
    shape.outputs += shape.outputs == 2 ? 1 : 0;
    shape.groups = 1 + random() % 5;
    shape.slots = 3 + static_cast<std::uint32_t>(random()) % 200;
    const Input input = random() % 2 == 0 ? Input::kFloat32 : Input::kInt16;
    CAPTURE(round);
    const QuantizedForest forest = random_forest(random, shape);
    check_rows(forest_contents(shape.features, forest, input, shape.outputs > 1), random, 20);
  }
}

TEST_CASE("forest: as many slots and features as each format holds") {
  Random random(6);
  for (const auto& [bits, features, slots] :
       {std::tuple<std::uint8_t, std::size_t, std::uint32_t>{6, 64, 1024}, {8, 256, 256}, {0, 65535, 70000}}) {
    for (const bool votes : {false, true}) {
      const ForestShape shape = {bits, votes, features, 3, 1, slots};
      CAPTURE(static_cast<int>(shape.feature_bits));
      check_rows(forest_contents(features, random_forest(random, shape), Input::kInt16, true), random, 20);
    }
  }
}

TEST_CASE("forest: without a tree the scores are the biases") {
  QuantizedForest forest;
  forest.feature_bits = 6;
  forest.bias = {-kMost};
  Random random(1);
  check_rows(forest_contents(3, forest, Input::kFloat32, false), random, 3);
}

TEST_CASE("forest: -32768 is missing, wherever in a row of counts it stands") {
  for (const std::size_t features : {1U, 2U, 7U, 16U, 17U, 33U, 64U}) {
    for (std::size_t at = 0; at < features; ++at) {
      QuantizedForest forest;
      forest.feature_bits = 6;
      forest.bias = {0};
      forest.groups = {{0, 1, 0}};
      put_inner(forest, -1, static_cast<std::uint32_t>(at), 1);
      put_value(forest, -9);
      put_value(forest, 9);
      ModelContents contents = forest_contents(features, forest, Input::kInt16, false);
      for (const std::int16_t others : {std::int16_t{0}, std::int16_t{-5}, std::int16_t{-32767}}) {
        CAPTURE(features);
        CAPTURE(at);
        std::vector<std::int16_t> row(features, others);
        row[at] = -32768;
        forest_of(contents).encoding.features[at].imputation = -32768;
        Opened strict(exporting::write_model(contents));
        CHECK(strict.predict(row) == Status::kMissing);
        forest_of(contents).encoding.features[at].imputation = 5;
        Opened lenient(exporting::write_model(contents));
        CHECK(lenient.predict(row) == Status::kOk);
        CHECK(lenient.outputs[0] == 9);
        row[at] = -32767;
        CHECK(strict.predict(row) == Status::kOk);
        CHECK(strict.outputs[0] == -9);
      }
    }
  }
}

TEST_CASE("I50 the slot format is known") {
  for (int bits = 0; bits < 256; ++bits) {
    CAPTURE(bits);
    const Status status = values_after([&](QuantizedForest& f) { f.feature_bits = static_cast<std::uint8_t>(bits); });
    if (bits == 6) CHECK(status == Status::kOk);
    if (bits != 6 && bits != 8 && bits != 0) CHECK(status == Status::kNumber);
  }
}

TEST_CASE("I51 a forest's precision is int16") {
  CHECK(values_after([](QuantizedForest& f) { f.precision = Precision::kInt8; }) == Status::kKindNotLinked);
  CHECK(values_after([](QuantizedForest& f) { f.precision = Precision::kFloat32; }) == Status::kKindNotLinked);
}

TEST_CASE("I52 whole slots, votes where leaves are votes, one bias an output") {
  ModelContents wide = good_values(0);
  CHECK(status_after(wide, [](QuantizedForest& f) { f.slots.push_back(0); }) == Status::kShape);
  CHECK(values_after([](QuantizedForest& f) { f.bias.pop_back(); }) == Status::kShape);
  CHECK(values_after([](QuantizedForest& f) { f.bias.push_back(0); }) == Status::kShape);
  CHECK(values_after([](QuantizedForest& f) { f.votes_leaf = true; }) == Status::kShape);
  CHECK(votes_after([](QuantizedForest& f) { f.votes_leaf = false; }) == Status::kShape);
  CHECK(votes_after([](QuantizedForest& f) { f.votes.clear(); }) == Status::kShape);
}

TEST_CASE("I53 groups lie one after another and hold all slots") {
  CHECK(values_after([](QuantizedForest& f) { f.groups[0].slot = 1; }) == Status::kShape);
  CHECK(values_after([](QuantizedForest& f) { f.groups[1].slot = 0; }) == Status::kShape);
  CHECK(values_after([](QuantizedForest& f) { f.groups[1].slot = 9; }) == Status::kShape);
  CHECK(values_after([](QuantizedForest& f) { f.groups[1].slot = 0xFFFFFFFF; }) == Status::kShape);
  CHECK(values_after([](QuantizedForest& f) { f.groups.clear(); }) == Status::kShape);
  CHECK(values_after([](QuantizedForest& f) { f.groups.push_back({8, 1, 0}); }) == Status::kShape);
  CHECK(values_after([](QuantizedForest& f) { f.groups.insert(f.groups.begin(), {0, 1, 0}); }) == Status::kShape);
  CHECK(values_after([](QuantizedForest& f) { f.slots.clear(); }) == Status::kShape);
}

TEST_CASE("I54 a group has trees, no more than slots, and an output; 65,535 trees in all") {
  CHECK(values_after([](QuantizedForest& f) { f.groups[0].trees = 0; }) == Status::kShape);
  CHECK(values_after([](QuantizedForest& f) { f.groups[1].trees = 4; }) == Status::kShape);
  CHECK(values_after([](QuantizedForest& f) { f.groups[1].output = 2; }) == Status::kOk);
  CHECK(values_after([](QuantizedForest& f) { f.groups[1].output = 3; }) == Status::kShape);
  const auto many = [](std::size_t trees) {
    QuantizedForest forest;
    forest.feature_bits = 6;
    forest.bias = {0};
    for (std::size_t i = 0; i < trees; ++i) {
      forest.groups.push_back({static_cast<std::uint32_t>(3 * i), 1, 0});
      put_inner(forest, 0, 0, 1);
      put_value(forest, 1);
      put_value(forest, -1);
    }
    return status_of(forest_contents(1, forest, Input::kInt16, false));
  };
  CHECK(many(65535) == Status::kOk);
  CHECK(many(65536) == Status::kShape);
}

TEST_CASE("I55 no root is a leaf") {
  CHECK(values_after([](QuantizedForest& f) { f.slots[0] = 0; }) == Status::kNumber);
  CHECK(values_after([](QuantizedForest& f) { f.slots[5] = 100 << 16; }) == Status::kNumber);
  CHECK(values_after([](QuantizedForest& f) { f.groups[0].trees = 3; }) == Status::kNumber);
}

TEST_CASE("I56 children lie forward, both of them in the group") {
  const auto lead = [](std::size_t slot, std::uint32_t child) {
    return values_after([&](QuantizedForest& f) { f.slots[slot] = (f.slots[slot] & ~1023U) + child; });
  };
  CHECK(lead(0, 1) == Status::kOk);  // to the other root and a leaf
  CHECK(lead(1, 1) == Status::kNumber);
  CHECK(lead(1, 2) == Status::kOk);
  CHECK(lead(1, 4) == Status::kNumber);  // its right one would be the next group's
  CHECK(lead(5, 1) == Status::kOk);
  CHECK(lead(5, 2) == Status::kNumber);
  CHECK(lead(5, 1023) == Status::kNumber);
  CHECK(lead(4, 1) == Status::kNumber);
  const auto lead_wide = [](std::uint32_t child) {
    return status_after(good_values(0), [&](QuantizedForest& f) { f.slots[11] = child; });
  };
  CHECK(lead_wide(1) == Status::kOk);
  CHECK(lead_wide(2) == Status::kNumber);
  CHECK(lead_wide(0x80000001) == Status::kNumber);
  CHECK(lead_wide(0xFFFFFFFF) == Status::kNumber);
}

TEST_CASE("I57 what a slot compares is a feature") {
  const auto ask = [](std::uint8_t bits, std::uint32_t feature) {
    return status_after(good_values(bits), [&](QuantizedForest& f) {
      f.slots[0] = (f.slots[0] & 0xFFFF0000) + (bits == 0 ? feature : feature * (1U << (16 - bits)) + 2);
    });
  };
  for (const std::uint8_t bits : {std::uint8_t{6}, std::uint8_t{8}, std::uint8_t{0}}) {
    CAPTURE(static_cast<int>(bits));
    CHECK(ask(bits, 2) == Status::kOk);
    CHECK(ask(bits, 3) == Status::kNumber);
    CHECK(ask(bits, bits == 0 ? 65535 : (1U << bits) - 1) == Status::kNumber);
  }
}

TEST_CASE("I58 leaves lead to votes; every list ends, and its classes rise and have a score") {
  const auto lead = [](std::uint32_t list) { return votes_after([&](QuantizedForest& f) { f.slots[4] = list << 8; }); };
  CHECK(lead(1) == Status::kOk);
  CHECK(lead(3) == Status::kNumber);
  CHECK(lead(0xFFFFFF) == Status::kNumber);
  const auto vote = [](std::size_t at, std::int32_t weight, std::int32_t index) {
    return votes_after([&](QuantizedForest& f) { f.votes[at] = weight * 65536 + index; });
  };
  CHECK(vote(0, 0, 1) == Status::kOk);
  CHECK(vote(0, 5, 2) == Status::kNumber);  // twice the same class
  CHECK(vote(1, -5, 0) == Status::kNumber);
  CHECK(vote(2, 16, 1) == Status::kNumber);  // the last list does not end
  CHECK(vote(2, -16, 3) == Status::kNumber);
  CHECK(vote(2, -32768, 2) == Status::kOk);
  CHECK(vote(0, -5, 2) == Status::kOk);  // a list of its own
}

TEST_CASE("I59 no sum of the largest leaves and a bias leaves 32 bits") {
  const auto values = [](std::int32_t value, std::int32_t bias) {
    return values_after([&](QuantizedForest& f) {
      f.slots[7] = static_cast<std::uint32_t>(value) << 16;
      f.bias[2] = bias;
    });
  };
  // Three trees, of any of which the largest leaf is taken.
  CHECK(values(32767, kMost - 3 * 32767) == Status::kOk);
  CHECK(values(32767, kMost - 3 * 32767 + 1) == Status::kOverflow);
  CHECK(values(-32768, -kMost + 3 * 32768) == Status::kOk);
  CHECK(values(-32768, -kMost + 3 * 32768 - 1) == Status::kOverflow);
  CHECK(values(0, -kMost - 1) == Status::kOverflow);
  const auto votes = [](std::int32_t weight, std::int32_t bias) {
    return votes_after([&](QuantizedForest& f) {
      f.votes[2] = -weight * 65536 + 1;
      f.bias[1] = bias;
    });
  };
  CHECK(votes(32768, kMost - 32768) == Status::kOk);
  CHECK(votes(32768, kMost - 32767) == Status::kOverflow);
}

TEST_CASE("forest: firmware that did not name it refuses it") {
  const Buffer<std::uint8_t> bytes(exporting::write_model(good_values()));
  Model model;
  CHECK(open<Float32Input, Int16Input, Linear, Network>({bytes.data(), bytes.size()}, model) == Status::kKindNotLinked);
  CHECK(open<Int16Input, Forest>({bytes.data(), bytes.size()}, model) == Status::kOk);
  CHECK(open<Float32Input, Forest>({bytes.data(), bytes.size()}, model) == Status::kInputNotLinked);
}

}  // namespace nuthatch::test
