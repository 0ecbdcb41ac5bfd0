#ifndef NUTHATCH_PREPARATION_HPP
#define NUTHATCH_PREPARATION_HPP

#include "bits.hpp"
#include "nuthatch/view.hpp"

namespace nuthatch::detail {

/// schema::Preparing.
constexpr std::uint8_t kCopyStep = 0;
constexpr std::uint8_t kTableStep = 1;
constexpr std::uint8_t kEqualsStep = 2;
constexpr std::uint8_t kMissingStep = 3;
constexpr std::uint8_t kOctavesStep = 4;
constexpr std::uint8_t kKnownStep = 5;

/// Where a table's line for a distance begins, and how long it is: 2^width codes.
struct Line {
  std::uint32_t index;
  std::uint32_t rest;
  std::uint8_t width;
};
inline Line line_of(const PreparationStep& step, std::uint32_t distance) {
  if (step.operation == kTableStep) {
    const std::uint32_t index = distance >> step.shift;
    return {index, distance - (index << step.shift), step.shift};
  }
  const bool single = distance >> step.shift == 0;
  const unsigned width = single ? 0 : 31U - static_cast<unsigned>(__builtin_clz(distance)) - step.shift;
  const std::uint32_t above = distance >> width;
  return {(width << step.shift) + above, distance - (above << width), static_cast<std::uint8_t>(width)};
}

/// Defined in open.cpp, the one file that sees the FlatBuffer. Sets what the kind works on (`columns`, `columns_at`,
/// `column_limit`), proves I111 to I116, and has the kind read its own.
Status read_preparation(const Structure& file, ModelView& view);

/// Invariants I111 to I114 (SPEC.md). Sets how many of the `steps` make columns; `knots`: how many there are.
Status prove_steps(ModelView& view, std::uint32_t steps, std::uint32_t knots);
/// Invariant I116; `column_limit` is still that of the columns that steps make.
Status prove_projection(const ModelView& view, std::uint32_t components);

/// So many codes at most lie before those that the kind works on: their number has 16 bits.
constexpr std::uint32_t kMostCodesBefore = 65532;

}  // namespace nuthatch::detail

#endif
