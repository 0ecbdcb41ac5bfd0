// What `open` proves of a preparation. A file of its own because it runs once at boot: small, not fast.
#include "preparation.hpp"

namespace nuthatch::detail {
namespace {

bool is_column(std::int32_t code, const ModelView& view) {
  return code >= -view.column_limit && code <= view.column_limit;
}

/// The largest step between two knots is 65,534, so a line's product, and half, stay below 2^31 with these.
constexpr std::uint8_t kMostShift = 15;
static_assert(std::int64_t{65534} * 32767 + 16384 <= INT32_MAX, "table's product");

/// A table reads the knots from its first to the one behind the last code's.
Status prove_table(const ModelView& view, const PreparationStep& step, std::uint32_t knots) {
  if (step.low > step.high || step.shift > kMostShift) return Status::kNumber;
  const std::uint32_t used = line_of(step, static_cast<std::uint32_t>(step.high - step.low)).index + 2;
  const auto first = static_cast<std::uint32_t>(step.argument);
  if (first > knots || knots - first < used) return Status::kShape;
  for (std::uint32_t i = first; i < first + used; ++i) {
    if (!is_column(view.preparation.knots[i], view)) return Status::kNumber;
  }
  return Status::kOk;
}

Status prove_step(const ModelView& view, const PreparationStep& step, std::uint32_t knots) {
  if (step.operation > kKnownStep || step.feature >= view.features) return Status::kNumber;
  if (step.operation == kKnownStep) return step.low <= step.high ? Status::kOk : Status::kNumber;
  const bool table = step.operation == kTableStep || step.operation == kOctavesStep;
  if (table) return prove_table(view, step, knots);
  const bool rises = step.operation != kCopyStep || step.low <= step.high;
  return rises && is_column(step.low, view) && is_column(step.high, view) ? Status::kOk : Status::kNumber;
}

}  // namespace

Status prove_steps(ModelView& view, std::uint32_t steps, std::uint32_t knots) {
  std::uint32_t made = 0;
  for (std::uint32_t i = 0; i < steps; ++i) {
    const PreparationStep& step = view.preparation.steps[i];
    const Status status = prove_step(view, step, knots);
    if (status != Status::kOk) return status;
    if (step.operation == kKnownStep) continue;
    if (made++ != i) return Status::kShape;  // a column behind what refuses
  }
  if (made == 0 || padded(view.features) > kMostCodesBefore) return Status::kShape;
  view.preparation.made = static_cast<std::uint16_t>(made);
  view.preparation.refusing = static_cast<std::uint16_t>(steps - made);
  return Status::kOk;
}

Status prove_projection(const ModelView& view, std::uint32_t components) {
  const std::int16_t* weight = view.preparation.weights;
  for (std::uint32_t k = 0; k < components; ++k) {
    const Component& how = view.preparation.components[k];
    if (how.shift > 31) return Status::kNumber;
    std::uint64_t most =
        how.bias < 0 ? 0U - static_cast<std::uint32_t>(how.bias) : static_cast<std::uint32_t>(how.bias);
    for (std::uint32_t i = 0; i < view.preparation.made; ++i, ++weight) {
      most += static_cast<std::uint32_t>((*weight < 0 ? -*weight : *weight) * view.column_limit);
    }
    if (most > INT32_MAX) return Status::kOverflow;
  }
  return Status::kOk;
}

}  // namespace nuthatch::detail
