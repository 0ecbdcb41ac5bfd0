// Which part explains a model, and what that part must find in its file. Runs once: small, not fast.
#include "explain.hpp"

namespace nuthatch {
namespace {

const detail::ExplanationPart* find(Span<const detail::ExplanationPart* const> parts, std::uint8_t kind) {
  for (const detail::ExplanationPart* part : parts) {
    if (part != nullptr && part->kind == kind) return part;
  }
  return nullptr;
}

}  // namespace

Status Explanation::attach(const Model& model, Span<const detail::ExplanationPart* const> parts) {
  model_ = nullptr;
  part_ = nullptr;
  opening_ = model.opening();
  if (opening_ == kNoOpening) return Status::kNotOpen;
  Status status = detail::read_explanation(model.view(), view_);
  if (status != Status::kOk) return status;
  const detail::ModelView& view = model.view();
  const bool prepared = detail::is_prepared(view);
  // A component is made of all features, so it is of none.
  if (prepared && view.preparation.components != nullptr) return Status::kNoExplanation;
  const detail::ExplanationPart* part = find(parts, prepared ? view.preparation.kind->id : view.kind->id);
  if (part == nullptr) return Status::kKindNotLinked;
  status = part->prove(view, view_);
  if (status != Status::kOk) return status;
  model_ = &model;
  part_ = part;
  return Status::kOk;
}

}  // namespace nuthatch
