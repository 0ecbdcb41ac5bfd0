#ifndef NUTHATCH_SRC_EXPLAIN_HPP
#define NUTHATCH_SRC_EXPLAIN_HPP

#include "nuthatch/explain.hpp"

namespace nuthatch::detail {

/// Finds the explanation's fields in an open model's bytes; kOk, kStructure or kNoExplanation. Defined in open.cpp, the
/// one file that sees the FlatBuffer.
Status read_explanation(const ModelView& view, ExplanationView& explanation);

inline bool is_prepared(const ModelView& view) { return view.columns_at != 0; }

/// The feature that a column of the kind is made of: what a column does is its feature's.
inline std::size_t feature_of(const ModelView& view, std::size_t column) {
  return is_prepared(view) ? view.preparation.steps[column].feature : column;
}

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
