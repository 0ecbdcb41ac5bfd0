#ifndef NUTHATCH_TRAINER_QUANTIZE_LINK_HPP
#define NUTHATCH_TRAINER_QUANTIZE_LINK_HPP

#include "learn/linear.hpp"
#include "quantize/quantized.hpp"

namespace nuthatch::quantize {

/// Natural logarithms become powers of two in units of 2^-16 (SPEC.md, "Probabilities").
Link link_of(const learn::LogisticLink& link, int fraction_bits);

}  // namespace nuthatch::quantize

#endif
