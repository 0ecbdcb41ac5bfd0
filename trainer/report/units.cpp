#include "report/units.hpp"

#include <cmath>

namespace nuthatch::report {

double value_of_code(const quantize::FeatureEncoding& feature, bool raw, double code) {
  if (!raw) return feature.offset + code / feature.scale;
  return std::ldexp(feature.center + std::ldexp(code / feature.multiplier, feature.shift), -feature.exponent);
}

}  // namespace nuthatch::report
