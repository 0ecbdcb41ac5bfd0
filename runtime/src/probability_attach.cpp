// What a model's link must be before scores go through it (SPEC.md, I80 to I85). Runs once: small, not fast.
#include "link.hpp"
#include "nuthatch/probability.hpp"

namespace nuthatch {
namespace {

using detail::Link;
using detail::LinkView;
using detail::ModelView;

Status prove_scale(const ModelView& view, const LinkView& link) {
  if (link.scale_count != 1 && link.scale_count != view.outputs) return Status::kShape;
  for (std::uint32_t k = 0; k < link.scale_count; ++k) {
    if (link.scale[k].shift < 1 || link.scale[k].shift > 62) return Status::kNumber;
  }
  return Status::kOk;
}

Status prove_link(const ModelView& view, const LinkView& link) {
  if (link.link == Link::kNone) return Status::kNoProbability;
  if (view.classes == 0) return Status::kShape;
  if (link.link == Link::kLogistic) return prove_scale(view, link);
  const bool total_fits = link.total >= 1 && link.total <= INT32_MAX;
  return view.outputs > 1 || total_fits ? Status::kOk : Status::kNumber;
}

}  // namespace

Status Probability::attach(const Model& model) {
  model_ = nullptr;
  opening_ = model.opening();
  if (opening_ == kNoOpening) return Status::kNotOpen;
  Status status = detail::read_link(model.view(), link_);
  if (status == Status::kOk) status = prove_link(model.view(), link_);
  if (status != Status::kOk) return status;
  model_ = &model;
  return Status::kOk;
}

}  // namespace nuthatch
