#ifndef NUTHATCH_BLEND_HPP
#define NUTHATCH_BLEND_HPP

#include "nuthatch/view.hpp"

namespace nuthatch::detail {

/// This and the next are defined in open.cpp, the one file that sees the FlatBuffer. Reads and proves the members
/// (invariants I120 to I123, SPEC.md), and sets scratch_words to what the neediest of them needs.
Status read_blend(const Structure& file, ModelView& view);

/// What a member of a proven blend has of its own, into `view`; returns how its score is scaled. Cannot fail.
const Requantization& read_member(const BlendMember& member, ModelView& view);

/// Invariant I122. Adds the most that any score can add to the blend's.
Status prove_scale(const Requantization& how, std::uint64_t& most);

/// schema::Predictor's number of the `blend` kind.
constexpr std::uint8_t kBlendKind = 6;

}  // namespace nuthatch::detail

#endif
