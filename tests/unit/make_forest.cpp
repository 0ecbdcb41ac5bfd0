#include "unit/make_forest.hpp"

#include <fmt/format.h>

namespace nuthatch::test {

using quantize::QuantizedForest;

namespace {

std::uint32_t below(std::mt19937& random, std::size_t bound) {
  return static_cast<std::uint32_t>(random() % static_cast<std::uint32_t>(bound));
}

/// Few thresholds, so that many codes equal one; now and then the extremes.
std::int32_t random_threshold(std::mt19937& random) {
  constexpr std::int32_t kExtremes[] = {-32768, -32767, 32766, 32767};
  if (below(random, 20) == 0) return kExtremes[below(random, 4)];
  return static_cast<std::int32_t>(below(random, 9)) - 4;
}

void put_word(QuantizedForest& forest, std::uint64_t low, std::uint32_t child) {
  if (forest.feature_bits == 0) {
    forest.slots.push_back(static_cast<std::uint32_t>(low));
    forest.slots.push_back(child);
  } else {
    forest.slots.push_back(static_cast<std::uint32_t>(low * (1U << (16 - forest.feature_bits)) + child));
  }
}

std::uint64_t low_half(std::int32_t high, std::uint8_t feature_bits) {
  return std::uint64_t{static_cast<std::uint16_t>(high)} << (feature_bits == 0 ? 16 : feature_bits);
}

void put_group(std::mt19937& random, const ForestShape& shape, QuantizedForest& forest) {
  const std::size_t words = shape.feature_bits == 0 ? 2 : 1;
  const std::uint32_t trees = 1 + below(random, std::min<std::uint32_t>(5, shape.slots - 2));
  forest.groups.push_back({static_cast<std::uint32_t>(forest.slots.size() / words), static_cast<std::uint16_t>(trees),
                           static_cast<std::uint16_t>(below(random, shape.outputs))});
  for (std::uint32_t i = 0; i < shape.slots; ++i) {
    const bool can_lead = i + 2 < shape.slots;
    if (can_lead && (i < trees || below(random, 3) > 0)) {
      put_inner(forest, random_threshold(random), below(random, shape.features),
                i + 1 + below(random, std::min<std::uint32_t>(shape.slots - 2 - i, 12)));
    } else if (shape.votes) {
      put_votes(forest, below(random, forest.votes.size()));
    } else {
      put_value(forest, static_cast<std::int32_t>(below(random, 65536)) - 32768);
    }
  }
}

}  // namespace

PlainSlot slot_at(const QuantizedForest& forest, std::size_t index) {
  if (forest.feature_bits == 0) {
    const std::uint32_t word = forest.slots.at(2 * index);
    return {forest.slots.at(2 * index + 1), word % 65536, static_cast<std::int16_t>(word / 65536), word};
  }
  const std::uint32_t word = forest.slots.at(index);
  const std::uint32_t children = 1U << (16 - forest.feature_bits);
  return {word % children, word / children % (1U << forest.feature_bits), static_cast<std::int16_t>(word / 65536),
          word / children};
}

exporting::ModelContents forest_contents(std::size_t features, const QuantizedForest& forest, quantize::Input input,
                                         bool classifies) {
  exporting::ModelContents contents;
  QuantizedForest copy = forest;
  copy.precision = quantize::Precision::kInt16;
  copy.encoding = {input, 32767, std::vector<quantize::FeatureEncoding>(features), input == quantize::Input::kInt16};
  for (quantize::FeatureEncoding& feature : copy.encoding.features) feature.multiplier = 2;
  copy.outputs = static_cast<std::uint32_t>(forest.bias.size());
  contents.classifies = classifies;
  contents.feature_names.assign(features, "f");
  const std::size_t classes = copy.outputs == 1 ? 2 : copy.outputs;
  for (std::size_t k = 0; classifies && k < classes; ++k) contents.classes.push_back(fmt::format("c{}", k));
  contents.predictor = std::move(copy);
  contents.baseline_rows = 1;
  contents.lineage.model = std::string("test");
  contents.lineage.target = std::string("y");
  return contents;
}

QuantizedForest& forest_of(exporting::ModelContents& contents) { return std::get<QuantizedForest>(contents.predictor); }

void put_inner(QuantizedForest& forest, std::int32_t threshold, std::uint32_t feature, std::uint32_t child) {
  put_word(forest, low_half(threshold, forest.feature_bits) + feature, child);
}

void put_value(QuantizedForest& forest, std::int32_t value) {
  put_word(forest, low_half(value, forest.feature_bits), 0);
}

void put_votes(QuantizedForest& forest, std::uint32_t list) { put_word(forest, list, 0); }

QuantizedForest random_forest(std::mt19937& random, const ForestShape& shape) {
  QuantizedForest forest;
  forest.feature_bits = shape.feature_bits;
  forest.votes_leaf = shape.votes;
  for (std::uint32_t k = 0; k < shape.outputs; ++k) {
    forest.bias.push_back(static_cast<std::int32_t>(below(random, 2000000)) - 1000000);
  }
  for (std::size_t list = 0; shape.votes && list < 20; ++list) {
    std::uint32_t index = below(random, shape.outputs);
    for (; index + 1 < shape.outputs && below(random, 3) > 0; index += 1 + below(random, shape.outputs - index - 1)) {
      forest.votes.push_back(static_cast<std::int32_t>(below(random, 32768) * 65536 + index));
    }
    forest.votes.push_back(-static_cast<std::int32_t>(1 + below(random, 32768)) * 65536 +
                           static_cast<std::int32_t>(index));
  }
  for (std::size_t group = 0; group < shape.groups; ++group) put_group(random, shape, forest);
  return forest;
}

std::vector<std::int32_t> spec_scores(const QuantizedForest& forest, const std::vector<std::int16_t>& codes) {
  std::vector<std::int32_t> scores = forest.bias;
  for (const quantize::TreeGroup& group : forest.groups) {
    for (std::uint32_t tree = 0; tree < group.trees; ++tree) {
      PlainSlot slot = slot_at(forest, group.slot + tree);
      while (slot.child != 0) {
        const bool left = codes.at(slot.feature) <= slot.high;
        slot = slot_at(forest, std::size_t{group.slot} + (left ? slot.child : slot.child + 1));
      }
      if (!forest.votes_leaf) {
        scores.at(group.output) += slot.high;
        continue;
      }
      bool last = false;
      for (std::size_t i = slot.list; !last; ++i) {
        const std::int32_t vote = forest.votes.at(i);
        const auto index = static_cast<std::uint16_t>(vote);
        const std::int32_t weight = (vote - index) / 65536;
        last = weight < 0;
        scores.at(index) += last ? -weight : weight;
      }
    }
  }
  return scores;
}

}  // namespace nuthatch::test
