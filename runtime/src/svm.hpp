#ifndef NUTHATCH_SVM_HPP
#define NUTHATCH_SVM_HPP

#include "nuthatch/view.hpp"

namespace nuthatch::detail {

/// Defined in open.cpp, the one file that sees the FlatBuffer.
Status read_svm(const Structure& file, ModelView& view);

/// Invariants I70 to I78 (SPEC.md).
Status prove_svm(ModelView& view);

/// schema::Predictor's number of the `svm` kind.
constexpr std::uint8_t kSvmKind = 2;

/// schema::Kernel.
constexpr std::uint8_t kLinearKernel = 0;
constexpr std::uint8_t kPolynomialKernel = 1;
constexpr std::uint8_t kRbfKernel = 2;
constexpr std::uint8_t kSigmoidKernel = 3;

/// What a polynomial's argument calls 1, and the largest argument of it and of a sigmoid.
constexpr std::int32_t kArgumentOne = std::int32_t{1} << 30;
/// A sigmoid's values are tanh in these.
constexpr std::int16_t kSigmoidOne = 32767;

/// Several classes: a decision is clamped to this size, 64 in units of 2^-15, so that the sums of up to kMostClasses
/// fit 32 bits. One score is clamped to the other.
constexpr std::int32_t kMostDecision = std::int32_t{1} << 21;
constexpr std::uint32_t kMostClasses = 1024;
constexpr std::int32_t kMostScore = 0x7FFFFFFF;

/// Codes that rows of `features` take in the scratch: kernels load four at a time.
constexpr std::uint32_t padded_codes(std::uint32_t features) { return (features + 3) & ~std::uint32_t{3}; }

}  // namespace nuthatch::detail

#endif
