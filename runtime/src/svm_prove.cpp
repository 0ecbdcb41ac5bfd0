// What `open` proves of a support vector machine's numbers. A file of its own because it runs once at boot: small, not
// fast.
#include "svm.hpp"

#include "exponential.hpp"
#include "work.hpp"

namespace nuthatch::detail {
namespace {

constexpr std::int64_t kMost = 0x7FFFFFFF;
constexpr std::uint8_t kMostVectorShift = 15;

std::int64_t size_of(std::int32_t value) { return value < 0 ? -std::int64_t{value} : value; }

/// The classes' vectors are all there are, and class k's rows of coefficients are k's.
Status prove_shape(const ModelView& view) {
  const SvmView& svm = view.svm;
  if (view.classes > kMostClasses) return Status::kShape;
  if (svm.vector_count == 0 || svm.stride < view.columns || (svm.stride & 3) != 0 || svm.stride > 0x10000)
    return Status::kShape;
  std::uint64_t vectors = 0;
  for (std::uint32_t k = 0; k < view.classes; ++k) vectors += svm.class_vectors[k];
  return view.classes == 0 || vectors == svm.vector_count ? Status::kOk : Status::kShape;
}

/// What turns inner products into kernel values.
Status prove_kernel(const SvmView& svm) {
  const Requantization& scale = svm.kernel_scale;
  if (svm.kernel > kSigmoidKernel || scale.multiplier < 0 || svm.sum_shift > 62) return Status::kNumber;
  if (svm.kernel == kRbfKernel) {
    if (scale.bias < 1 || scale.shift > 31) return Status::kNumber;
    // The farthest distance that has an exponent.
    const std::uint64_t farthest = std::uint64_t{static_cast<std::uint32_t>(scale.bias - 1)} << scale.shift;
    const bool fits =
        farthest <= 0xFFFFFFFF && farthest * static_cast<std::uint32_t>(scale.multiplier) >> 32 < kExpReach;
    return fits ? Status::kOk : Status::kNumber;
  }
  if (svm.kernel == kPolynomialKernel && svm.degree == 0) return Status::kNumber;
  return scale.shift >= 1 && scale.shift <= 62 ? Status::kOk : Status::kNumber;
}

/// A squared distance: its norm is the vector's, and no row is so far that it leaves 31 bits, nor any part of it.
Status prove_distance(const ModelView& view, const std::int8_t* vector, std::uint8_t shift, std::int32_t norm) {
  std::int64_t square = 0;
  std::int64_t farthest = 0;
  for (std::uint32_t i = 0; i < view.columns; ++i) {
    const std::int64_t size = size_of(vector[i]) << shift;
    square += size * size;
    farthest += (size + view.column_limit) * (size + view.column_limit);
  }
  if (square != norm) return Status::kNumber;
  return farthest <= kMost ? Status::kOk : Status::kOverflow;
}

Status prove_product(const ModelView& view, const std::int8_t* vector, std::uint8_t shift, std::int32_t norm) {
  std::int64_t total = 0;
  for (std::uint32_t i = 0; i < view.columns; ++i) total += size_of(vector[i]);
  return (total * view.column_limit << shift) + size_of(norm) <= kMost ? Status::kOk : Status::kOverflow;
}

Status prove_vectors(const ModelView& view) {
  const SvmView& svm = view.svm;
  const std::int8_t* vector = svm.vectors;
  for (std::uint32_t v = 0; v < svm.vector_count; ++v, vector += svm.stride) {
    for (std::uint32_t i = view.columns; i < svm.stride; ++i) {
      if (vector[i] != 0) return Status::kNumber;
    }
    const std::uint8_t shift = svm.vector_shifts[v];
    if (shift > kMostVectorShift) return Status::kNumber;
    const Status status = svm.kernel == kRbfKernel ? prove_distance(view, vector, shift, svm.norms[v])
                                                   : prove_product(view, vector, shift, svm.norms[v]);
    if (status != Status::kOk) return status;
  }
  return Status::kOk;
}

/// No sum leaves 62 bits: kernel values have a size of less than 2^31, and no pair has more than two classes' vectors.
Status prove_sums(const ModelView& view) {
  const SvmView& svm = view.svm;
  constexpr std::int64_t kMostTotal = std::int64_t{1} << 31;
  const std::uint32_t rows = view.classes == 0 ? 1U : view.classes - 1U;
  const std::int16_t* coefficient = svm.coefficients;
  for (std::uint32_t row = 0; row < rows; ++row) {
    std::int64_t total = 0;
    for (std::uint32_t v = 0; v < svm.vector_count; ++v) total += size_of(*coefficient++);
    if (total >= kMostTotal / 2) return Status::kOverflow;
  }
  return Status::kOk;
}

}  // namespace

Status prove_svm(ModelView& view) {
  Status status = prove_shape(view);
  if (status == Status::kOk) status = prove_kernel(view.svm);
  if (status == Status::kOk) status = prove_vectors(view);
  if (status == Status::kOk) status = prove_sums(view);
  return status == Status::kOk ? check_work(view) : status;
}

}  // namespace nuthatch::detail
