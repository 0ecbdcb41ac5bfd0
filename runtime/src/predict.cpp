#include "layout.hpp"
#include "nuthatch/model.hpp"

namespace nuthatch {
namespace {

using detail::ModelView;

/// The one path of every prediction: encode, then score. The codes stay in the scratch for the monitor.
[[gnu::always_inline]] inline Status run(const ModelView& view, const void* features, Span<std::int32_t> outputs,
                                         Span<std::uint32_t> scratch) {
  if (outputs.size() < view.outputs || outputs.data() == nullptr) return Status::kOutputCount;
  if (scratch.size() < view.scratch_words || scratch.data() == nullptr) return Status::kScratch;
  auto* codes = reinterpret_cast<std::int16_t*>(scratch.data());
  const Status status = view.input->encode(view, features, codes);
  if (status == Status::kOk) view.kind->score(view, features, codes, outputs.data());
  return status;
}

Status check(const ModelView& view, Input input, const void* features, std::size_t count) {
  if (view.kind == nullptr) return Status::kNotOpen;
  if (view.input_type != input) return Status::kWrongInput;
  if (count != view.features || features == nullptr) return Status::kFeatureCount;
  return Status::kOk;
}

}  // namespace

Status Model::predict(Span<const float> features, Span<std::int32_t> outputs, Span<std::uint32_t> scratch) const {
  const Status status = check(view_, Input::kFloat32, features.data(), features.size());
  return status == Status::kOk ? run(view_, features.data(), outputs, scratch) : status;
}

Status Model::predict(Span<const std::int16_t> features, Span<std::int32_t> outputs,
                      Span<std::uint32_t> scratch) const {
  const Status status = check(view_, Input::kInt16, features.data(), features.size());
  return status == Status::kOk ? run(view_, features.data(), outputs, scratch) : status;
}

std::size_t Model::class_of(Span<const std::int32_t> outputs) const {
  if (!is_open() || view_.classes == 0 || outputs.size() < view_.outputs) return 0;
  if (view_.outputs == 1) return outputs[0] > view_.threshold ? 1 : 0;
  std::size_t best = 0;
  for (std::size_t k = 1; k < view_.outputs; ++k) {
    if (outputs[k] > outputs[best]) best = k;
  }
  return best;
}

Status Model::self_test(Span<std::int32_t> outputs, Span<std::uint32_t> scratch) const {
  if (view_.kind == nullptr) return Status::kNotOpen;
  const std::size_t row_bytes =
      view_.features * (view_.input_type == Input::kFloat32 ? sizeof(float) : sizeof(std::int16_t));
  const auto* features = static_cast<const std::uint8_t*>(view_.golden_features);
  const std::int32_t* expected = view_.golden_scores;
  for (std::uint32_t row = 0; row < view_.golden_rows; ++row, features += row_bytes) {
    const Status status = run(view_, features, outputs, scratch);
    if (status == Status::kOutputCount || status == Status::kScratch) return status;
    if (status != Status::kOk) return Status::kSelfTest;
    for (std::size_t k = 0; k < view_.outputs; ++k) {
      if (outputs[k] != *expected++) return Status::kSelfTest;
    }
  }
  return Status::kOk;
}

Footprint Model::footprint() const {
  if (view_.kind == nullptr) return {};
  const std::size_t monitor_words = view_.monitor_words;
  return {view_.features,      view_.outputs, view_.classes,
          view_.scratch_words, monitor_words, detail::snapshot_bytes(monitor_words),
          view_.work};
}

}  // namespace nuthatch
