#include "layout.hpp"
#include "nuthatch/model.hpp"

namespace nuthatch {
namespace {

using detail::ModelView;
using detail::RawEncoding;

/// The code that stands in for a missing value. Apart, because it is rare.
[[gnu::noinline]] std::int16_t impute(const ModelView& view, std::size_t index) { return view.imputation[index]; }

Status encode(const ModelView& view, const void* features, std::int16_t* codes) {
  const auto* values = static_cast<const std::int16_t*>(features);
  // Copies of what the stores of codes could otherwise be thought to change.
  const auto* how = static_cast<const RawEncoding*>(view.encoding);
  const std::size_t count = view.features;
  const std::int32_t limit = view.code_limit;
  for (std::size_t i = 0; i < count; ++i, ++how) {
    std::int32_t code = 0;
    if (values[i] != detail::kMissing) {
      // Rounds half up: the last bit that the shift drops is added back.
      code = ((((values[i] - how->center) * how->multiplier) >> (how->shift - 1)) + 1) >> 1;
      // One unsigned comparison for both limits.
      if (static_cast<std::uint32_t>(code + limit) > static_cast<std::uint32_t>(2 * limit)) {
        code = code < 0 ? -limit : limit;
      }
    } else {
      code = impute(view, i);
      if (code == detail::kMissing) return detail::refuse(i, Status::kMissing, codes);
    }
    codes[i] = static_cast<std::int16_t>(code);
  }
  return Status::kOk;
}

// Any raw value and center, times any multiplier, and the rounding bit stay in 32 bits.
static_assert(std::int64_t{65535} * 32767 + 1 <= INT32_MAX, "encode's product");

Status prove(ModelView& view) {
  if (view.encoding_count != view.features) return Status::kShape;
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
