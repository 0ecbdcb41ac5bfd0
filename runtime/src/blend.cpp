#include "blend.hpp"

#include "linear.hpp"
#include "nuthatch/model.hpp"

namespace nuthatch {
namespace {

using detail::BlendMember;
using detail::ModelView;
using detail::Requantization;

/// One member after the other has the scratch behind the codes; `open` has proven that no sum of scores leaves 32 bits.
void score(const ModelView& view, const void* /*features*/, std::int16_t* codes, std::int32_t* scores) {
  ModelView member = view;
  member.columns_at = 0;
  std::int32_t sum = 0;
  for (const BlendMember& each : view.blend.members) {
    if (each.kind == nullptr) break;
    const Requantization& how = detail::read_member(each, member);
    std::int32_t word = 0;
    each.kind->score(member, nullptr, codes, &word);
    sum += how.bias + static_cast<std::int32_t>(detail::scale_sum(word, how));
  }
  scores[0] = sum;
}

/// Members are proven as they are read.
Status prove(ModelView& /*view*/) { return Status::kOk; }

}  // namespace

const detail::Part Blend::part = {detail::Part::Role::kKind,
                                  detail::kBlendKind,
                                  1U << static_cast<unsigned>(detail::Precision::kInt8),
                                  nullptr,
                                  detail::read_blend,
                                  prove,
                                  score};

}  // namespace nuthatch
