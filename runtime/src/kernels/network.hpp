#ifndef NUTHATCH_KERNELS_NETWORK_HPP
#define NUTHATCH_KERNELS_NETWORK_HPP

#include <cstdint>

/// What a network's layer does to the sums of its matrix-vector product (kernels/linear.hpp). Plain views only.
namespace nuthatch::kernels {

/// One a unit, each `count` long.
struct UnitScales {
  const std::int32_t* bias;
  const std::int32_t* multipliers;
  const std::int8_t* shifts;
};

/// sums[k] = (sums[k] + bias[k]) * multipliers[k] / 2^(31 - shifts[k]), rounded twice as TensorFlow Lite's
/// MultiplyByQuantizedMultiplier (SPEC.md, "The network kind"). The caller has proven that sums with their bias,
/// shifted left where a shift is positive, have a size below 2^31; shifts are in [-31, 30] and multipliers not
/// negative.
void requantize(std::uint32_t count, const UnitScales& scales, std::int32_t* sums);

}  // namespace nuthatch::kernels

#endif
