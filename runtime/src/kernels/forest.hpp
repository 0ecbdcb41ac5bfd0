#ifndef NUTHATCH_KERNELS_FOREST_HPP
#define NUTHATCH_KERNELS_FOREST_HPP

#include <cstdint>

/// Walking decision trees, the whole cost of a forest. Plain views only, so that a CPU's own file can stand in for the
/// portable one (CMake picks: NUTHATCH_KERNELS). Every version gives the same bits.
namespace nuthatch::kernels {

/// Trees whose slots lie together: tree i's root is slot i from `slot` on, and children count from there.
struct TreeGroup {
  std::uint32_t slot;
  std::uint16_t trees;
  std::uint16_t output;  // of leaves that are values
};

/// All trees (SPEC.md, "The forest kind"). The caller has proven that there is a group and that each has a tree, that
/// no root is a leaf, that every child lies forward and inside, that every feature has a code, and that no sum leaves
/// 32 bits.
struct Trees {
  const TreeGroup* groups;
  const TreeGroup* end;
  const std::uint32_t* slots;
  std::uint32_t child_mask;    // the low bits of a slot that are its child
  std::uint32_t feature_bits;  // 6, 8; 0: a slot is two words
};

/// Adds the values of the leaves that a row reaches to `scores`, each to its group's output.
void add_values(const Trees& trees, const std::int16_t* codes, std::int32_t* scores);

/// Adds the votes of the leaves that a row reaches to `scores`, one a class. votes: lists, to which leaves lead; a vote
/// has its weight in the high half and its class in the low one; the last of a list has its weight negative.
void add_votes(const Trees& trees, const std::int32_t* votes, const std::int16_t* codes, std::int32_t* scores);

}  // namespace nuthatch::kernels

#endif
