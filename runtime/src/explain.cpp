#include "explain.hpp"

namespace nuthatch {

bool Explanation::attached() const { return model_ != nullptr && model_->opening() == opening_; }

Status Explanation::contributions(Span<const std::int32_t> outputs, Span<const std::uint32_t> scratch,
                                  Span<std::int32_t> contributions, std::int32_t& base) const {
  if (!attached()) return Status::kNotAttached;
  const std::size_t count = model_->view().outputs;
  if (outputs.size() < count || outputs.data() == nullptr) return Status::kOutputCount;
  return contributions_to(count == 1 ? 0 : model_->class_of(outputs), scratch, contributions, base);
}

Status Explanation::contributions_to(std::size_t output, Span<const std::uint32_t> scratch,
                                     Span<std::int32_t> contributions, std::int32_t& base) const {
  if (!attached()) return Status::kNotAttached;
  const detail::ModelView& view = model_->view();
  if (output >= view.outputs) return Status::kIndex;
  if (scratch.size() < view.scratch_words || scratch.data() == nullptr) return Status::kScratch;
  if (contributions.size() < view.features || contributions.data() == nullptr) return Status::kFeatureCount;
  const auto* codes = reinterpret_cast<const std::int16_t*>(scratch.data()) + view.columns_at;
  for (std::size_t i = 0; i < view.features; ++i) contributions[i] = 0;
  part_->explain(view, view_, codes, output, contributions.data(), base);
  return Status::kOk;
}

}  // namespace nuthatch
