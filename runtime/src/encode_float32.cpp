#include "bits.hpp"
#include "layout.hpp"
#include "nuthatch/model.hpp"

namespace nuthatch {
namespace {

using detail::FloatEncoding;
using detail::ModelView;

/// A feature whose scaled value is past the limit, not finite, or missing. Once, for both kinds of codes.
[[gnu::noinline]] Status encode_unusual(const ModelView& view, std::size_t index, float feature, float scaled,
                                        std::int16_t& code) {
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

/// An integer that rises with the value: its bits, of negative numbers those of the magnitude with the sign.
std::int32_t order_of(std::uint32_t bits) {
  const auto magnitude = static_cast<std::int32_t>(bits & detail::kMagnitude);
  return (bits >> 31) != 0 ? -magnitude : magnitude;
}

/// How far orders are shifted, of a scale of -2^-shift; anything else is not in [1, 31] or has fraction bits.
constexpr std::uint32_t kMinusOne = 0xBF800000;
std::uint32_t octave_shift(std::uint32_t scale) { return (kMinusOne - scale) >> 23; }
bool is_octaves(std::uint32_t scale) {
  return scale < kMinusOne && scale >= kMinusOne - (31U << 23) && (scale & 0x007FFFFF) == 0;
}

/// The code of a finite feature of octaves: two shifts and a subtraction.
std::int16_t octaves_code(const FloatEncoding& encoding, std::uint32_t bits, std::int32_t limit) {
  const std::uint32_t shift = octave_shift(detail::bits_of(encoding.scale));
  const std::int32_t found = (order_of(bits) >> shift) - (order_of(detail::bits_of(encoding.offset)) >> shift);
  return static_cast<std::int16_t>(found < -limit ? -limit : found > limit ? limit : found);
}

/// A row of which some features are of octaves. It is encoded as any other, which refuses what is to be refused; then
/// those features get their own codes. So other files pay nothing, and the code stays small.
Status encode_some_octaves(const ModelView& view, const void* features, std::int16_t* codes) {
  const Status status = encode(view, features, codes);
  if (status != Status::kOk) return status;
  const auto* values = static_cast<const float*>(features);
  const auto* encoding = static_cast<const FloatEncoding*>(view.encoding);
  for (std::size_t i = 0; i < view.features; ++i) {
    const std::uint32_t bits = detail::bits_of(values[i]);
    const bool missing = (bits & detail::kMagnitude) > detail::kInfinity;
    if ((detail::bits_of(encoding[i].scale) >> 31) == 0 || missing) continue;
    codes[i] = octaves_code(encoding[i], bits, view.code_limit);
  }
  return Status::kOk;
}

const detail::Part octaves_input = {detail::Part::Role::kInput,
                                    static_cast<std::uint8_t>(Input::kFloat32),
                                    0,
                                    encode_some_octaves,
                                    nullptr,
                                    nullptr,
                                    nullptr};

Status prove(ModelView& view) {
  if (view.encoding_count != view.features) return Status::kShape;
  const auto* encoding = static_cast<const FloatEncoding*>(view.encoding);
  bool octaves = false;
  for (std::size_t i = 0; i < view.features; ++i) {
    // A positive normal scale keeps the sign of (x - offset), so saturation goes the right way.
    constexpr std::uint32_t kSmallestNormal = 0x00800000;
    const std::uint32_t scale = detail::bits_of(encoding[i].scale);
    const bool linear = scale >= kSmallestNormal && scale < detail::kInfinity;
    if (!detail::is_finite(encoding[i].offset) || !(linear || is_octaves(scale))) return Status::kNumber;
    octaves = octaves || !linear;
  }
  if (octaves) view.input = &octaves_input;
  return Status::kOk;
}

}  // namespace

const detail::Part Float32Input::part = {
    detail::Part::Role::kInput, static_cast<std::uint8_t>(Input::kFloat32), 0, encode, nullptr, prove, nullptr};

}  // namespace nuthatch
