#include "nuthatch/model.hpp"

namespace nuthatch {
namespace {

using detail::ModelView;
using detail::RawEncoding;

std::int32_t half_of(std::uint8_t shift) { return shift == 0 ? 0 : std::int32_t{1} << (shift - 1); }

Status encode(const ModelView& view, const void* features, std::int16_t* codes) {
  const auto* values = static_cast<const std::int16_t*>(features);
  const auto* encoding = static_cast<const RawEncoding*>(view.encoding);
  const std::int32_t limit = view.code_limit;
  for (std::size_t i = 0; i < view.features; ++i) {
    if (values[i] == detail::kMissing) {
      codes[i] = view.imputation[i];
      if (codes[i] == detail::kMissing) return Status::kMissing;
      continue;
    }
    const RawEncoding& how = encoding[i];
    std::int32_t code = ((values[i] - how.center) * how.multiplier + half_of(how.shift)) >> how.shift;
    if (code > limit) code = limit;
    if (code < -limit) code = -limit;
    codes[i] = static_cast<std::int16_t>(code);
  }
  return Status::kOk;
}

Status prove(ModelView& view) {
  const auto* encoding = static_cast<const RawEncoding*>(view.encoding);
  for (std::size_t i = 0; i < view.features; ++i) {
    const RawEncoding& how = encoding[i];
    if (how.multiplier < 1 || how.shift > 30) return Status::kNumber;
    // The farthest raw value from the center, times the multiplier, plus the rounding, must stay in 32 bits.
    const std::int32_t below = how.center + 32768;
    const std::int32_t above = 32767 - how.center;
    const std::uint32_t farthest = static_cast<std::uint32_t>(below > above ? below : above);
    const std::uint32_t multiplier = static_cast<std::uint32_t>(how.multiplier);
    if (farthest * multiplier + static_cast<std::uint32_t>(half_of(how.shift)) > 0x7FFFFFFF) return Status::kOverflow;
  }
  return Status::kOk;
}

}  // namespace

const detail::Part Int16Input::part = {
    detail::Part::Role::kInput, static_cast<std::uint8_t>(Input::kInt16), 0, encode, nullptr, prove, nullptr};

}  // namespace nuthatch
