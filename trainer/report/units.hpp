#ifndef NUTHATCH_TRAINER_REPORT_UNITS_HPP
#define NUTHATCH_TRAINER_REPORT_UNITS_HPP

#include "quantize/encoding.hpp"

namespace nuthatch::report {

/// A code in the CSV's units: the inverse of SPEC.md's encoding, without its rounding. raw: of int16 input.
double value_of_code(const quantize::FeatureEncoding& feature, bool raw, double code);

}  // namespace nuthatch::report

#endif
