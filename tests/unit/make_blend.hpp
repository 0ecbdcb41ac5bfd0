#ifndef NUTHATCH_TESTS_UNIT_MAKE_BLEND_HPP
#define NUTHATCH_TESTS_UNIT_MAKE_BLEND_HPP

#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "export/model_file.hpp"

/// Blends made by chance, and SPEC.md's arithmetic of them written a second time.
namespace nuthatch::test {

/// A member with the score that SPEC.md gives a row of codes.
struct PlainMember {
  quantize::QuantizedMember predictor;
  std::function<std::int64_t(const std::vector<std::int16_t>& codes)> score;
  quantize::Requantization scale = {1 << 28, 0, 30};
};

/// Codes that every kind of member works on.
constexpr std::int16_t kBlendLimit = 8000;

/// Of the kinds linear (0), svm (1), forest (2), network (3).
PlainMember random_member(std::size_t kind, std::size_t features, std::mt19937& random);

/// A regression whose codes are the features as they are (int16 input within +-16383). No golden rows.
exporting::ModelContents blend_contents(std::size_t features, const std::vector<PlainMember>& members,
                                        quantize::Input input = quantize::Input::kFloat32);

quantize::QuantizedBlend& blend_of(exporting::ModelContents& contents);

/// The score that SPEC.md gives a row of codes; not kept in 32 bits.
std::int64_t spec_score(const std::vector<PlainMember>& members, const std::vector<std::int16_t>& codes);

}  // namespace nuthatch::test

#endif
