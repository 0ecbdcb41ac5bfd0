#ifndef NUTHATCH_TRAINER_QUANTIZE_QUANTIZED_HPP
#define NUTHATCH_TRAINER_QUANTIZE_QUANTIZED_HPP

#include <cstdint>
#include <vector>

#include "quantize/encoding.hpp"

namespace nuthatch::quantize {

enum class Precision { kInt8, kInt16, kFloat32 };

/// y = bias + ((x * multiplier + 2^(shift-1)) >> shift)
struct Requantization {
  std::int32_t multiplier = 0;
  std::int32_t bias = 0;
  std::uint8_t shift = 1;
};

/// real = multiplier * 2^-shift with 1 <= shift <= 62 and as many bits of multiplier as fit; the bias rounded.
Requantization requantization_of(double real, double bias);

/// How score words become probabilities (SPEC.md, "Probabilities").
enum class LinkKind { kNone, kLogistic, kProportion };
struct Link {
  LinkKind kind = LinkKind::kNone;
  std::vector<Requantization> scale;  ///< logistic: one for all outputs, or one each
  std::uint32_t total = 0;            ///< proportion of one score
};

/// What every kind has in the device's arithmetic.
struct Quantized {
  Precision precision = Precision::kInt8;
  Encoding encoding;  ///< `unit` and `shift_in_z` of its features are not in the file
  int fraction_bits = 0;
  std::uint32_t outputs = 0;
  Link link;
};

}  // namespace nuthatch::quantize

#endif
