#ifndef NUTHATCH_SVM_HPP
#define NUTHATCH_SVM_HPP

#include "nuthatch/view.hpp"

namespace nuthatch::detail {

/// Defined in open.cpp, the one file that sees the FlatBuffer.
Status read_svm(const Structure& file, ModelView& view);

/// The numbers of the `svm` kind (SPEC.md).
Status prove_svm(ModelView& view);

/// schema::Predictor's number of the `svm` kind.
constexpr std::uint8_t kSvmKind = 2;

}  // namespace nuthatch::detail

#endif
