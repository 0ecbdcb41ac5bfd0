#ifndef NUTHATCH_KERNELS_FOREST_HPP
#define NUTHATCH_KERNELS_FOREST_HPP

#include <cstdint>

/// Walking decision trees, the whole cost of a forest. Plain views only, so that a CPU's own file can stand in for the
/// portable one (CMake picks: NUTHATCH_KERNELS). Every version gives the same bits.
namespace nuthatch::kernels {

/// The trees of a group (SPEC.md, "The forest kind"); tree i's root is slot i. The caller has proven that there is a
/// tree, that no root is a leaf, that every child lies forward and inside, that every feature has a code, and that no
/// sum leaves 32 bits.
struct Trees {
  const std::uint32_t* slots;
  std::uint32_t count;
  std::uint32_t child_mask;    // the low bits of a slot that are its child
  std::uint32_t feature_bits;  // 6, 8; 0: a slot is two words
};

/// Leaves that are lists of votes.
struct VoteLists {
  const std::uint16_t* elements;
  std::uint32_t class_bits;
};

/// The sum of the trees' leaf values for a row.
std::int32_t sum_values(const Trees& trees, const std::int16_t* codes);

/// Adds the trees' votes for a row to `scores`, one a class.
void add_votes(const Trees& trees, const VoteLists& votes, const std::int16_t* codes, std::int32_t* scores);

}  // namespace nuthatch::kernels

#endif
