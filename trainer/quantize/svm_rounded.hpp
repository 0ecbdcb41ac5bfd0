#ifndef NUTHATCH_TRAINER_QUANTIZE_SVM_ROUNDED_HPP
#define NUTHATCH_TRAINER_QUANTIZE_SVM_ROUNDED_HPP

#include "learn/svm.hpp"

namespace nuthatch::quantize {

/// A support vector machine as the device has it but for its coefficients and the arithmetic: rounded vectors, rounded
/// rows, and the kernel in their numbers.
struct RoundedVectors {
  learn::KernelFunction kernel;
  Eigen::MatrixXd vectors;
  Eigen::MatrixXd rows;  ///< the examples
};

/// The model with coefficients and biases for the rounded vectors. Large coefficients of alternating sign, which a
/// large C or gamma makes, cancel only between the vectors they were learned for. The rounded ones are as good as
/// centres of kernels, but want their own: where a decision on the examples has moved by more than 1/32 of its
/// deviation (a thousandth of its variance; defaults move it by half of that), its coefficients are fitted anew, so
/// that the rounded machine decides on the examples as the model does.
learn::SvmModel fit_to_rounded(const learn::SvmModel& model, const RoundedVectors& rounded,
                               const learn::Examples& examples);

}  // namespace nuthatch::quantize

#endif
