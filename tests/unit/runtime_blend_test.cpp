// The blend kind: its arithmetic against SPEC.md's, written a second time, and what `open` proves of it (I120 to I123).

#include <doctest/doctest.h>

#include <functional>

#include "model_generated.h"
#include "unit/make_blend.hpp"
#include "unit/make_model.hpp"
#include "unit/runtime_raw_model.hpp"

namespace nuthatch::test {
namespace {

using exporting::ModelContents;
using quantize::QuantizedBlend;
using Random = std::mt19937;

std::vector<std::int16_t> random_codes(Random& random, std::size_t count) {
  std::vector<std::int16_t> codes(count);
  for (std::int16_t& code : codes) {
    const std::int32_t reach = random() % 3 == 0 ? 20 : kBlendLimit;
    code = static_cast<std::int16_t>(
        static_cast<std::int32_t>(random() % (2U * static_cast<std::uint32_t>(reach) + 1)) - reach);
  }
  return codes;
}

Status predict(Opened& opened, Input input, const std::vector<std::int16_t>& codes) {
  if (input == Input::kInt16) return opened.predict(codes);
  return opened.predict(std::vector<float>(codes.begin(), codes.end()));
}

/// A forest and a network.
std::vector<PlainMember> two_members() {
  Random random(3);
  return {random_member(2, 3, random), random_member(3, 3, random)};
}

/// Of two_members after a change.
Status status_after(const std::function<void(QuantizedBlend&)>& change) {
  ModelContents contents = blend_contents(3, two_members());
  change(blend_of(contents));
  return open_status(exporting::write_model(contents));
}

Status status_of_scale(const quantize::Requantization& scale) {
  return status_after([&](QuantizedBlend& blend) { blend.members[1].scale = scale; });
}

const schema::Blend& table_of(const Bytes& bytes) { return *schema::GetModel(bytes.data())->predictor_as_Blend(); }

/// Of two_members, with the network's kind changed in the bytes.
Status status_of_type(schema::Predictor type) {
  Bytes bytes = exporting::write_model(blend_contents(3, two_members()));
  const auto* member = reinterpret_cast<const flatbuffers::Table*>(table_of(bytes).members()->Get(1));
  const_cast<flatbuffers::Table*>(member)->SetField<std::uint8_t>(schema::Member::VT_PREDICTOR_TYPE,
                                                                  static_cast<std::uint8_t>(type), 0);
  reseal(bytes);
  return open_status(bytes);
}

}  // namespace

TEST_CASE("blend: any members of any kinds, to the bit") {
  Random random(1);
  int opened_count = 0;
  for (int round = 0; round < 400; ++round) {
    const std::size_t features = 1 + random() % 6;
    std::vector<PlainMember> members(2 + random() % 3);
    for (PlainMember& member : members) member = random_member(random() % 4, features, random);
    const Input input = round % 2 == 0 ? Input::kFloat32 : Input::kInt16;
    const ModelContents contents = blend_contents(features, members, input);
    Opened opened(exporting::write_model(contents));
    REQUIRE(opened.status == Status::kOk);
    CHECK(opened.scratch.size() == quantize::scratch_words(contents.predictor));
    ++opened_count;
    for (int row = 0; row < 20; ++row) {
      const std::vector<std::int16_t> codes = random_codes(random, features);
      REQUIRE(predict(opened, input, codes) == Status::kOk);
      CHECK(opened.outputs[0] == spec_score(members, codes));
      CHECK(opened.codes() == codes);
    }
  }
  CHECK(opened_count == 400);
}

TEST_CASE("blend: the file says what was written, and firmware's words what each member needs at most") {
  Random random(2);
  std::vector<PlainMember> members;
  for (std::size_t kind = 0; kind < 4; ++kind) members.push_back(random_member(kind, 5, random));
  ModelContents contents = blend_contents(5, members);
  ModelContents read = exporting::read_model(exporting::write_model(contents));
  REQUIRE(exporting::kind_of(read.predictor) == std::string("blend"));
  CHECK(exporting::part_of(read) == "blend-linear-svm-forest-network");
  const QuantizedBlend& blend = blend_of(read);
  REQUIRE(blend.members.size() == 4);
  std::size_t most = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(blend.members[i].predictor.index() == i);
    CHECK(blend.members[i].scale.multiplier == members[i].scale.multiplier);
    CHECK(blend.members[i].scale.bias == members[i].scale.bias);
    CHECK(blend.members[i].scale.shift == members[i].scale.shift);
    const quantize::Predictor alone =
        std::visit([](const auto& kind) { return quantize::Predictor(kind); }, blend.members[i].predictor);
    most = std::max(most, quantize::scratch_words(alone));
  }
  CHECK(quantize::scratch_words(read.predictor) == most);
  CHECK(exporting::write_model(read) == exporting::write_model(contents));
}

TEST_CASE("I120 a blend is of values, and has two to four members") {
  const auto status_of_count = [](std::size_t count) {
    return status_after([count](QuantizedBlend& blend) { blend.members.resize(count, blend.members[0]); });
  };
  for (const std::size_t count : {0U, 1U, 5U, 100U}) CHECK(status_of_count(count) == Status::kShape);
  for (const std::size_t count : {2U, 3U, 4U}) CHECK(status_of_count(count) == Status::kOk);
  ModelContents contents = blend_contents(3, two_members());
  contents.classifies = true;
  contents.classes = {"no", "yes"};
  CHECK(open_status(exporting::write_model(contents)) == Status::kShape);
}

TEST_CASE("I121 members are of kinds that are linked, and of those that look at codes alone") {
  CHECK(status_of_type(schema::Predictor::Network) == Status::kOk);
  CHECK(status_of_type(schema::Predictor::NONE) == Status::kKindNotLinked);
  CHECK(status_of_type(static_cast<schema::Predictor>(7)) == Status::kKindNotLinked);
  CHECK(status_of_type(schema::Predictor::Blend) == Status::kNumber);
  CHECK(status_of_type(schema::Predictor::Bayes) == Status::kKindNotLinked);  // it has no int8
  CHECK(status_after([](QuantizedBlend& blend) {
          quantize::QuantizedLinear exact;
          exact.precision = Precision::kFloat32;
          exact.outputs = 1;
          exact.stride = 4;
          exact.weights_float32 = {1, 2, 3, 0};
          exact.bias_float32 = {1};
          blend.members[0].predictor = exact;
        }) == Status::kNumber);
  const Buffer<std::uint8_t> file(exporting::write_model(blend_contents(3, two_members())));
  const Span<const std::uint8_t> bytes(file.data(), file.size());
  Model model;
  CHECK(open<Float32Input, Blend, Forest, Network>(bytes, model) == Status::kOk);
  CHECK(open<Float32Input, Blend, Network, Forest>(bytes, model) == Status::kOk);
  CHECK(open<Float32Input, Blend, Forest>(bytes, model) == Status::kKindNotLinked);
  CHECK(open<Float32Input, Blend>(bytes, model) == Status::kKindNotLinked);
  CHECK(open<Float32Input, Forest, Network>(bytes, model) == Status::kKindNotLinked);
}

TEST_CASE("I122 a member's scale is a number of at most 31 bits, shifted by 1 to 62") {
  CHECK(status_of_scale({0, 0, 1}) == Status::kOk);
  CHECK(status_of_scale({1 << 20, 0, 62}) == Status::kOk);
  CHECK(status_of_scale({-1, 0, 30}) == Status::kNumber);
  CHECK(status_of_scale({1, 0, 0}) == Status::kNumber);
  CHECK(status_of_scale({1, 0, 63}) == Status::kNumber);
  CHECK(status_of_scale({1, 0, 255}) == Status::kNumber);
}

TEST_CASE("I122 no scores can take the sum out of 32 bits") {
  const auto status_of = [](const quantize::Requantization& first, const quantize::Requantization& second) {
    return status_after([&](QuantizedBlend& blend) {
      blend.members[0].scale = first;
      blend.members[1].scale = second;
    });
  };
  // 2^31 * multiplier / 2^shift, of each.
  CHECK(status_of({1 << 30, 0, 31}, {(1 << 30) - 1, 0, 31}) == Status::kOk);
  CHECK(status_of({1 << 30, 0, 31}, {1 << 30, 0, 31}) == Status::kOverflow);
  CHECK(status_of({1 << 30, 0, 31}, {1 << 29, 536870911, 31}) == Status::kOk);
  CHECK(status_of({1 << 30, 0, 31}, {1 << 29, 536870912, 31}) == Status::kOverflow);
  CHECK(status_of({1 << 30, 0, 31}, {1 << 29, -536870912, 31}) == Status::kOverflow);
  CHECK(status_of({0x7FFFFFFF, 0, 1}, {0x7FFFFFFF, 0, 1}) == Status::kOverflow);
  CHECK(status_of({0, INT32_MIN, 1}, {0, 0, 1}) == Status::kOverflow);
}

TEST_CASE("I123 each member is proven as it would be alone") {
  const auto forest = [](const std::function<void(quantize::QuantizedForest&)>& change) {
    return status_after(
        [&](QuantizedBlend& blend) { change(std::get<quantize::QuantizedForest>(blend.members[0].predictor)); });
  };
  CHECK(forest([](quantize::QuantizedForest& trees) { trees.bias.push_back(0); }) == Status::kShape);
  CHECK(forest([](quantize::QuantizedForest& trees) { trees.feature_bits = 7; }) == Status::kNumber);
  CHECK(status_after([](QuantizedBlend& blend) {
          std::get<quantize::QuantizedNetwork>(blend.members[1].predictor).shifts[0] = 31;
        }) == Status::kNumber);
  CHECK(status_after([](QuantizedBlend& blend) {
          std::get<quantize::QuantizedNetwork>(blend.members[1].predictor).bias[0] = 0x7FFFFFFF;
        }) == Status::kOverflow);
}

}  // namespace nuthatch::test
