#ifndef NUTHATCH_TRAINER_QUANTIZE_ENCODING_HPP
#define NUTHATCH_TRAINER_QUANTIZE_ENCODING_HPP

#include <cstdint>
#include <vector>

#include "learn/examples.hpp"
#include "prepare/features.hpp"

namespace nuthatch::quantize {

enum class Input { kFloat32, kInt16 };

/// How one feature becomes a code (SPEC.md, "Codes"), and what a code means: z = code * unit + shift_in_z,
/// z the standardized feature.
struct FeatureEncoding {
  float offset = 0;         ///< float32 input
  float scale = 1;          ///< linear codes; -2^-shift: codes of octaves
  std::int16_t center = 0;  ///< int16 input
  std::int16_t multiplier = 1;
  std::uint8_t shift = 1;
  int exponent = 0;  ///< int16 input: raw = x * 2^exponent
  double unit = 0;
  double shift_in_z = 0;
  std::int16_t imputation =
      INT16_MIN;  ///< the code that stands in for a missing value, or -32768 where training never saw a missing value
  std::int16_t low = 0;  ///< codes of the training minimum and maximum
  std::int16_t high = 0;
  bool saturates = false;  ///< not all of the training range has codes of its own

  bool is_octaves() const { return scale < 0; }
  int octave_shift() const;
  std::int32_t octave_base() const;
};

struct Encoding {
  Input input = Input::kFloat32;
  std::int16_t code_limit = INT16_MAX;
  std::vector<FeatureEncoding> features;
  bool counts = false;  ///< int16 input: the code is the raw count
};

/// Whether the device can tell a feature's training values apart. Where it cannot (a spread below what a float32 scale
/// reaches, or so small beside the value that rounding to int16 counts makes more noise than the feature varies), the
/// feature has unit 0: it stays at its mean, and gets no weight that would coarsen those of the others.
bool resolves(const prepare::FeatureStatistics& statistics, Input input);

/// Codes for all features with about the same number of steps a standard deviation, so that one weight scale serves
/// all: at most 4096, fewer where a training value would come within a quarter of `code_limit`.
Encoding encode_features(const std::vector<prepare::FeatureStatistics>& statistics, Input input,
                         std::int16_t code_limit = INT16_MAX);

/// The same laid over other statistics than those that z is made with: those of values without a few far ones, which
/// then saturate.
Encoding encode_features(const std::vector<prepare::FeatureStatistics>& over, Input input, std::int16_t code_limit,
                         const std::vector<prepare::FeatureStatistics>& statistics);

/// The finest codes that the input gives, for kinds that need no common scale: int16 counts as they are (code_limit is
/// 32767 then), float32 so that the training range takes all of [-code_limit, code_limit] but a quarter's headroom.
/// Where that would blur a column, what its coverage says instead; of octaves only where `octaves` allows them.
Encoding encode_finely(const std::vector<prepare::FeatureStatistics>& statistics, Input input,
                       std::int16_t code_limit = INT16_MAX, bool octaves = true);

/// The code of a value, as SPEC.md defines it; the runtime's arithmetic, written a second time.
std::int16_t code_of(const Encoding& encoding, std::size_t index, float value);

/// A code in the CSV's units: the inverse of `code_of`, without its rounding.
double value_of_code(const FeatureEncoding& feature, Input input, double code);

/// Whether the training minimum (maximum) has the last code there is, so that `low` (`high`) stands for all beyond.
bool low_saturates(const Encoding& encoding, std::size_t index);
bool high_saturates(const Encoding& encoding, std::size_t index);

/// rows x features: the codes of all values, missing ones by what is imputed.
learn::CodeMatrix codes_of(const data::Dataset& dataset, const std::vector<prepare::FeatureStatistics>& statistics,
                           const Encoding& encoding);

/// One a feature: what its codes mean to those who learn on them. Of octaves `unit` and `shift_in_z` are of values.
std::vector<learn::CodeScale> code_scales(const Encoding& encoding);

}  // namespace nuthatch::quantize

#endif
