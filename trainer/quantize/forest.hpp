#ifndef NUTHATCH_TRAINER_QUANTIZE_FOREST_HPP
#define NUTHATCH_TRAINER_QUANTIZE_FOREST_HPP

#include <cstdint>
#include <optional>
#include <vector>

#include "learn/forest.hpp"
#include "quantize/quantized.hpp"

namespace nuthatch::quantize {

struct TreeGroup {
  std::uint32_t slot = 0;    ///< its first; its last is before the next group's first
  std::uint16_t trees = 0;   ///< their roots are its first slots
  std::uint16_t output = 0;  ///< leaves that are values: the score they add to
};

/// Trees packed as the device walks them (SPEC.md, "The forest kind").
struct QuantizedForest : Quantized {
  std::uint8_t feature_bits = 0;  ///< 6 or 8; 0: two words a slot
  bool votes_leaf = false;        ///< leaves index `votes`; else they are values
  std::vector<TreeGroup> groups;
  std::vector<std::uint32_t> slots;  ///< words
  std::vector<std::int32_t> votes;
  std::vector<std::int32_t> bias;  ///< one an output
};

/// A forest that --max-bytes made smaller.
struct PrunedForest {
  learn::ForestModel model;
  std::size_t leaves_before = 0;
  std::size_t leaves_after = 0;
  /// Where no question is left, so that every row is answered alike: the bytes with which one stays.
  std::size_t bytes_for_a_question = 0;
};

/// The forest without the weakest links of all its trees, as few as will do for its packed trees to take no more than
/// `most_bytes`; nothing where it fits as it is. Throws std::runtime_error where not even answers without a question
/// fit.
std::optional<PrunedForest> prune_to_fit(const learn::ForestModel& model, std::size_t most_bytes);

}  // namespace nuthatch::quantize

#endif
