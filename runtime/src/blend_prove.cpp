// What `open` proves of a blend's numbers. A file of its own because it runs once at boot: small, not fast.
#include "blend.hpp"

namespace nuthatch::detail {

Status prove_scale(const Requantization& how, std::uint64_t& most) {
  if (how.multiplier < 0 || how.shift < 1 || how.shift > 62) return Status::kNumber;
  // 2^31 * 2^31, and half, stay below 2^63.
  const std::uint64_t half = std::uint64_t{1} << (how.shift - 1);
  most += (std::uint64_t{0x80000000} * static_cast<std::uint32_t>(how.multiplier) + half) >> how.shift;
  most += how.bias < 0 ? 0U - static_cast<std::uint32_t>(how.bias) : static_cast<std::uint32_t>(how.bias);
  return Status::kOk;
}

}  // namespace nuthatch::detail
