#ifndef NUTHATCH_TESTS_UNIT_MAKE_SVM_HPP
#define NUTHATCH_TESTS_UNIT_MAKE_SVM_HPP

#include <cstdint>
#include <vector>

#include "export/model_file.hpp"

/// Support vector machines made by hand, and SPEC.md's arithmetic of them written a second time.
namespace nuthatch::test {

/// Without padding: vectors are count x features.
struct PlainSvm {
  std::size_t features = 1;
  quantize::Kernel kernel = quantize::Kernel::kRbf;
  std::uint8_t degree = 3;
  std::vector<std::int8_t> vectors;
  std::vector<std::uint8_t> shifts;
  std::vector<std::int32_t> norms;
  quantize::Requantization scale;
  std::vector<std::uint32_t> class_vectors;  ///< empty: regression
  std::vector<std::int16_t> coefficients;
  std::vector<std::int32_t> bias;
  std::uint8_t sum_shift = 0;
  std::int16_t code_limit = 32767;
};

/// Sets the norms to the vectors' squared lengths.
void set_squares(PlainSvm& svm);

/// A model whose codes are the features as they are (int16 input within +-16383). No golden rows.
exporting::ModelContents svm_contents(const PlainSvm& svm, quantize::Input input = quantize::Input::kFloat32);

quantize::QuantizedSvm& svm_of(exporting::ModelContents& contents);

/// The scores that SPEC.md gives a row of codes.
std::vector<std::int32_t> spec_scores(const PlainSvm& svm, const std::vector<std::int16_t>& codes);

}  // namespace nuthatch::test

#endif
