#include "bits.hpp"
#include "layout.hpp"
#include "nuthatch/model.hpp"

namespace nuthatch {
namespace {

using detail::FloatEncoding;
using detail::ModelView;

/// A feature whose scaled value is past the limit, not finite, or missing.
Status encode_unusual(const ModelView& view, std::size_t index, float feature, float scaled, std::int16_t& code) {
  const std::uint32_t magnitude = detail::bits_of(feature) & detail::kMagnitude;
  if (magnitude == detail::kInfinity) return Status::kNotFinite;
  if (magnitude > detail::kInfinity) {
    code = view.imputation[index];
    return code == detail::kMissing ? Status::kMissing : Status::kOk;
  }
  const bool negative = (detail::bits_of(scaled) >> 31) != 0;
  code = negative ? static_cast<std::int16_t>(-view.code_limit) : view.code_limit;
  return Status::kOk;
}

Status encode(const ModelView& view, const void* features, std::int16_t* codes) {
  const auto* values = static_cast<const float*>(features);
  const auto* encoding = static_cast<const FloatEncoding*>(view.encoding);
  const std::size_t count = view.features;  // a copy: the stores of codes could be thought to change it
  // One integer comparison of the magnitude catches the far, the infinite and the missing.
  const std::uint32_t limit = detail::bits_of(static_cast<float>(view.code_limit));
  for (std::size_t i = 0; i < count; ++i) {
    const float scaled = detail::settled((values[i] - encoding[i].offset) * encoding[i].scale);
    if ((detail::bits_of(scaled) & detail::kMagnitude) <= limit) {
      codes[i] = static_cast<std::int16_t>(detail::round_half_even(scaled));
    } else {
      const Status status = encode_unusual(view, i, values[i], scaled, codes[i]);
      if (status != Status::kOk) return detail::refuse(i, status, codes);
    }
  }
  return Status::kOk;
}

Status prove(ModelView& view) {
  if (view.encoding_count != view.features) return Status::kShape;
  const auto* encoding = static_cast<const FloatEncoding*>(view.encoding);
  for (std::size_t i = 0; i < view.features; ++i) {
    // A positive normal scale keeps the sign of (x - offset), so saturation goes the right way.
    constexpr std::uint32_t kSmallestNormal = 0x00800000;
    const std::uint32_t scale = detail::bits_of(encoding[i].scale);
    if (!detail::is_finite(encoding[i].offset) || scale < kSmallestNormal || scale >= detail::kInfinity) {
      return Status::kNumber;
    }
  }
  return Status::kOk;
}

}  // namespace

const detail::Part Float32Input::part = {
    detail::Part::Role::kInput, static_cast<std::uint8_t>(Input::kFloat32), 0, encode, nullptr, prove, nullptr};

}  // namespace nuthatch
