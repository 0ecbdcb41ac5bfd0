#include "nuthatch/model.hpp"

namespace nuthatch {
namespace {

using detail::ModelView;
using detail::RawEncoding;

Status encode(const ModelView& view, const void* features, std::int16_t* codes) {
  const auto* values = static_cast<const std::int16_t*>(features);
  // Copies of what the stores of codes could otherwise be thought to change.
  const auto* encoding = static_cast<const RawEncoding*>(view.encoding);
  const std::int16_t* imputation = view.imputation;
  const std::size_t count = view.features;
  const auto limit = static_cast<std::uint32_t>(view.code_limit);
  for (std::size_t i = 0; i < count; ++i) {
    if (values[i] == detail::kMissing) {
      codes[i] = imputation[i];
      if (codes[i] == detail::kMissing) return Status::kMissing;
      continue;
    }
    const RawEncoding& how = encoding[i];
    // Rounds half up: the last bit that the shift drops is added back.
    std::int32_t code = ((((values[i] - how.center) * how.multiplier) >> (how.shift - 1)) + 1) >> 1;
    // One unsigned comparison for both limits.
    if (static_cast<std::uint32_t>(code) + limit > 2 * limit) {
      code = code < 0 ? -static_cast<std::int32_t>(limit) : static_cast<std::int32_t>(limit);
    }
    codes[i] = static_cast<std::int16_t>(code);
  }
  return Status::kOk;
}

// Any raw value and center, times any multiplier, and the rounding bit stay in 32 bits.
static_assert(std::int64_t{65535} * 32767 + 1 <= INT32_MAX, "encode's product");

Status prove(ModelView& view) {
  const auto* encoding = static_cast<const RawEncoding*>(view.encoding);
  for (std::size_t i = 0; i < view.features; ++i) {
    const RawEncoding& how = encoding[i];
    if (how.multiplier < 1 || how.shift < 1 || how.shift > 31) return Status::kNumber;
  }
  return Status::kOk;
}

}  // namespace

const detail::Part Int16Input::part = {
    detail::Part::Role::kInput, static_cast<std::uint8_t>(Input::kInt16), 0, encode, nullptr, prove, nullptr};

}  // namespace nuthatch
