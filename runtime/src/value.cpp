#include "bits.hpp"
#include "nuthatch/model.hpp"

namespace nuthatch {

// A file of its own: firmware without an FPU that never asks for a float links none of it.
float Model::value_of(std::int32_t score) const {
  if (!is_open()) return 0;
  // 2^-fraction_bits in its bits; `open` proved |fraction_bits| <= 64, so the power is normal and the product exact.
  const auto exponent = static_cast<std::uint32_t>(127 - view_.fraction_bits);
  return static_cast<float>(score) * detail::float_of(exponent << 23);
}

}  // namespace nuthatch
