#ifndef NUTHATCH_TESTS_UNIT_MAKE_FOREST_HPP
#define NUTHATCH_TESTS_UNIT_MAKE_FOREST_HPP

#include <cstdint>
#include <random>
#include <vector>

#include "export/model_file.hpp"

/// Forests made by hand or by chance, slot by slot, and SPEC.md's arithmetic of them written a second time.
namespace nuthatch::test {

/// A forest whose codes are the features as they are (float32 input, or raw int16 counts), of code_limit 32767:
/// regression for one bias and leaves that are values, else as many classes as biases, or two. No golden rows.
exporting::ModelContents forest_contents(std::size_t features, const quantize::QuantizedForest& forest,
                                         quantize::Input input, bool classifies);

quantize::QuantizedForest& forest_of(exporting::ModelContents& contents);

/// A slot put together from its parts, for `feature_bits` 6, 8 or 0.
void put_inner(quantize::QuantizedForest& forest, std::int32_t threshold, std::uint32_t feature, std::uint32_t child);
void put_value(quantize::QuantizedForest& forest, std::int32_t value);
void put_votes(quantize::QuantizedForest& forest, std::uint32_t list);

/// A slot taken apart: `high` is a threshold or a value, `list` where a leaf's votes begin.
struct PlainSlot {
  std::uint32_t child;
  std::uint32_t feature;
  std::int32_t high;
  std::uint64_t list;
};
PlainSlot slot_at(const quantize::QuantizedForest& forest, std::size_t index);

struct ForestShape {
  std::uint8_t feature_bits = 6;
  bool votes = false;
  std::size_t features = 4;
  std::uint32_t outputs = 1;
  std::size_t groups = 1;
  std::uint32_t slots = 40;  ///< of a group; at least 3
};

/// Any valid forest may come out: slots lead forward to any pair, so paths meet, and pairs overlap.
quantize::QuantizedForest random_forest(std::mt19937& random, const ForestShape& shape);

/// The scores that SPEC.md gives a row of codes.
std::vector<std::int32_t> spec_scores(const quantize::QuantizedForest& forest, const std::vector<std::int16_t>& codes);

}  // namespace nuthatch::test

#endif
