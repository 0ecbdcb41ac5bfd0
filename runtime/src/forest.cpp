#include "forest.hpp"

#include "kernels/forest.hpp"
#include "nuthatch/model.hpp"

namespace nuthatch {
namespace {

using detail::ForestView;
using detail::ModelView;
using detail::TreeGroup;

void score(const ModelView& view, const void* /*features*/, std::int16_t* codes, std::int32_t* scores) {
  const ForestView& forest = view.forest;
  const std::uint32_t words = forest.feature_bits == 0 ? 2 : 1;
  kernels::Trees trees = {nullptr, 0, (0x10000U >> forest.feature_bits) - 1, forest.feature_bits};
  const kernels::VoteLists votes = {forest.votes, forest.class_bits};
  const std::int32_t* const bias = forest.bias;
  for (std::size_t k = 0; k < view.outputs; ++k) scores[k] = bias[k];
  const TreeGroup* const end = forest.groups + forest.group_count;
  for (const TreeGroup* group = forest.groups; group != end; ++group) {
    trees.slots = forest.slots + group->slot * words;
    trees.count = group->trees;
    if (votes.elements == nullptr) {
      scores[group->output] += kernels::sum_values(trees, codes);
    } else {
      kernels::add_votes(trees, votes, codes, scores);
    }
  }
}

constexpr std::uint8_t kPrecisions = 1U << static_cast<unsigned>(detail::Precision::kInt16);

}  // namespace

const detail::Part Forest::part = {detail::Part::Role::kKind, detail::kForestKind,  kPrecisions, nullptr,
                                   detail::read_forest,       detail::prove_forest, score};

}  // namespace nuthatch
