#ifndef NUTHATCH_TRAINER_QUANTIZE_EXPLAIN_HPP
#define NUTHATCH_TRAINER_QUANTIZE_EXPLAIN_HPP

#include <cstdint>
#include <optional>
#include <vector>

#include "learn/examples.hpp"
#include "quantize/predictor.hpp"

namespace nuthatch::quantize {

/// What the device needs to say how much each feature did (SPEC.md, "Explanations").
struct Explanation {
  std::vector<std::int16_t> means;        ///< linear: a column
  std::vector<std::int16_t> node_values;  ///< trees of values: a slot
  std::vector<std::uint8_t> node_shares;  ///< trees of votes: slots x outputs
  std::uint8_t leaf_shift = 0;
  std::uint8_t node_shift = 0;
};

/// codes: of the training rows, what the predictor works on. Nothing for what the device cannot explain: other kinds,
/// and float32 weights. Throws std::runtime_error if contributions of the trees could leave 32 bits.
std::optional<Explanation> explain(const Predictor& predictor, const learn::CodeMatrix& codes);

/// Bytes of its vectors.
std::size_t bytes_of(const Explanation& explanation);

}  // namespace nuthatch::quantize

#endif
