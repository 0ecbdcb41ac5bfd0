#ifndef NUTHATCH_TRAINER_QUANTIZE_SVM_HPP
#define NUTHATCH_TRAINER_QUANTIZE_SVM_HPP

#include <cstdint>
#include <vector>

#include "quantize/quantized.hpp"

namespace nuthatch::quantize {

enum class Kernel : std::uint8_t { kLinear = 0, kPolynomial = 1, kRbf = 2, kSigmoid = 3 };

/// A kernel machine in the device's arithmetic (SPEC.md, "The svm kind").
struct QuantizedSvm : Quantized {
  Kernel kernel = Kernel::kRbf;
  std::uint8_t degree = 0;
  std::uint32_t stride = 0;                 ///< features, rounded up to a multiple of 4
  std::vector<std::int8_t> vectors;         ///< rows of `stride`
  std::vector<std::uint8_t> vector_shifts;  ///< an element e of vector v means e << vector_shifts[v]
  std::vector<std::int32_t> norms;  ///< rbf: a vector's squared length in codes; else added to the inner product
  Requantization kernel_scale;      ///< rbf: from `bias` on the kernel is 0
  std::vector<std::uint32_t> class_vectors;  ///< classification: vectors of each class
  std::vector<std::int16_t> coefficients;    ///< classes - 1, or 1, rows of as many as there are vectors
  std::vector<std::int32_t> bias;            ///< one a pair of classes, or 1
  std::uint8_t sum_shift = 0;                ///< from sums to decisions
};

}  // namespace nuthatch::quantize

#endif
