#ifndef NUTHATCH_SRC_EXPLAIN_HPP
#define NUTHATCH_SRC_EXPLAIN_HPP

#include "nuthatch/explain.hpp"

namespace nuthatch::detail {

/// Finds the explanation's fields in an open model's bytes; kOk, kStructure or kNoExplanation. Defined in open.cpp, the
/// one file that sees the FlatBuffer.
Status read_explanation(const ModelView& view, ExplanationView& explanation);

/// What a forest's explanation must be (SPEC.md, I104 to I106).
Status prove_explained_forest(const ModelView& view, const ExplanationView& explanation);

/// schema::ContributionHeader, byte for byte (asserted in open.cpp).
struct ContributionHeader {
  std::uint32_t magic;
  std::uint32_t layout;
  std::uint8_t model[8];
  std::uint64_t device_id;
  std::uint32_t epoch;
  std::uint32_t sequence;
  std::uint32_t words;
  std::uint16_t features;
  std::int8_t fraction_bits;
  std::uint8_t flags;
};
constexpr std::uint32_t kContributionMagic = 0x3143484E;  // "NHC1"
constexpr std::uint32_t kContributionSnapshot = 1;
constexpr std::uint8_t kExact = 1;
constexpr std::uint8_t kContributionsFull = 2;

}  // namespace nuthatch::detail

#endif
