#include "forest.hpp"

#include "kernels/forest.hpp"
#include "nuthatch/model.hpp"

namespace nuthatch {
namespace {

using detail::ForestView;
using detail::ModelView;

using kernels::TreeGroup;

// The kernels see the file's groups as they are.
static_assert(sizeof(TreeGroup) == sizeof(detail::TreeGroup), "kernels::TreeGroup");

void score(const ModelView& view, const void* /*features*/, std::int16_t* codes, std::int32_t* scores) {
  const ForestView& forest = view.forest;
  const std::int32_t* const bias = forest.bias;
  for (std::size_t k = 0; k < view.outputs; ++k) scores[k] = bias[k];
  if (forest.group_count == 0) return;
  const auto* const groups = reinterpret_cast<const TreeGroup*>(forest.groups);
  const kernels::Trees trees = {groups, groups + forest.group_count, forest.slots, 0xFFFFU >> forest.feature_bits,
                                forest.feature_bits};
  if (forest.votes == nullptr) {
    kernels::add_values(trees, codes, scores);
  } else {
    kernels::add_votes(trees, forest.votes, codes, scores);
  }
}

constexpr std::uint8_t kPrecisions = 1U << static_cast<unsigned>(detail::Precision::kInt16);

}  // namespace

const detail::Part Forest::part = {detail::Part::Role::kKind, detail::kForestKind,  kPrecisions, nullptr,
                                   detail::read_forest,       detail::prove_forest, score};

}  // namespace nuthatch
