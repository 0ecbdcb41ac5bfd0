#include "svm.hpp"

#include <cstring>

#include "exponential.hpp"
#include "kernels/linear.hpp"
#include "kernels/svm.hpp"
#include "nuthatch/model.hpp"
#include "tanh.hpp"

namespace nuthatch {
namespace {

using detail::ModelView;
using detail::Requantization;
using detail::SvmView;

/// Vectors at a time: their kernel values wait on the stack, so that the scratch need not hold them.
constexpr std::uint32_t kTile = 32;

/// A sum of 64 bits in two words at a multiple of 4, which is less than an int64_t asks for.
std::int64_t load(const std::uint32_t* words) {
  std::int64_t value = 0;
  std::memcpy(&value, __builtin_assume_aligned(words, 4), sizeof value);
  return value;
}

void store(std::uint32_t* words, std::int64_t value) {
  std::memcpy(__builtin_assume_aligned(words, 4), &value, sizeof value);
}

template <class Integer>
std::int32_t clamp(Integer value, std::int32_t most) {
  if (value > most) return most;
  return static_cast<std::int32_t>(value < -most ? -most : value);
}

/// Vectors [start, start + count): inner products -> exp(-gamma * squared distance), 2^27 being 1. `square`: the row's
/// squared length.
void to_rbf(const SvmView& svm, std::uint32_t start, std::uint32_t count, std::int32_t square, std::int32_t* values) {
  const Requantization scale = svm.kernel_scale;
  const std::int32_t* const norms = svm.norms + start;
  const std::uint8_t* const shifts = svm.vector_shifts + start;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto twice = static_cast<std::int32_t>(static_cast<std::uint32_t>(values[i]) << (shifts[i] + 1U));
    const std::int32_t distance = square + norms[i] - twice;
    std::uint32_t value = 0;
    if (distance < scale.bias) {
      const std::uint64_t wide = std::uint64_t{static_cast<std::uint32_t>(distance) << scale.shift} *
                                 static_cast<std::uint32_t>(scale.multiplier);
      value = detail::exp2_negative_near(static_cast<std::uint32_t>(wide >> 32));
    }
    values[i] = static_cast<std::int32_t>(value);
  }
}

/// Inner product -> the argument of a polynomial or sigmoid.
std::int32_t argument(std::int32_t product, const Requantization& scale) {
  const std::int64_t half = std::int64_t{1} << (scale.shift - 1);
  return clamp(scale.bias + ((std::int64_t{product} * scale.multiplier + half) >> scale.shift), detail::kArgumentOne);
}

/// x^degree, 2^30 being 1.
std::int32_t power(std::int32_t x, std::uint32_t degree) {
  std::int32_t result = x;
  for (std::uint32_t i = 1; i < degree; ++i) {
    result = static_cast<std::int32_t>((std::int64_t{result} * x + (detail::kArgumentOne >> 1)) >> 30);
  }
  return result;
}

/// The same for the other kernels.
void to_kernel(const SvmView& svm, std::uint32_t start, std::uint32_t count, std::int32_t* values) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t product = static_cast<std::uint32_t>(values[i]) << svm.vector_shifts[start + i];
    values[i] = static_cast<std::int32_t>(product) + svm.norms[start + i];
    if (svm.kernel == detail::kLinearKernel) continue;
    const std::int32_t x = argument(values[i], svm.kernel_scale);
    values[i] =
        svm.kernel == detail::kPolynomialKernel ? power(x, svm.degree) : detail::tanh_of(x, detail::kSigmoidOne);
  }
}

/// What a walk over the vectors knows of the row and of the model.
struct Walk {
  const ModelView& view;
  const std::int16_t* codes;
  std::uint32_t* sums;    // two words a pair of classes
  std::int32_t square;    // rbf: the row's squared length
  std::uint32_t classes;  // 2 for regression, of which the second has no vectors
};

/// The place of a pair of classes, first < second, among all.
std::uint32_t pair_of(const Walk& walk, std::uint32_t first, std::uint32_t second) {
  return first * (2 * walk.classes - first - 1) / 2 + second - first - 1;
}

/// Adds vectors [start, start + count) of class `own` to the sums of that class's pairs.
void add_tile(const Walk& walk, std::uint32_t own, std::uint32_t start, std::uint32_t count) {
  const SvmView& svm = walk.view.svm;
  std::int32_t values[kTile];
  kernels::multiply_int8({count, walk.view.columns, svm.stride}, svm.vectors + std::size_t{start} * svm.stride,
                         walk.codes, values);
  if (svm.kernel == detail::kRbfKernel) {
    to_rbf(svm, start, count, walk.square, values);
  } else {
    to_kernel(svm, start, count, values);
  }
  const std::int16_t* coefficients = svm.coefficients + start;
  for (std::uint32_t other = 0; other < walk.classes; ++other) {
    if (other == own) continue;
    std::uint32_t* const sum = walk.sums + 2 * (other < own ? pair_of(walk, other, own) : pair_of(walk, own, other));
    store(sum, kernels::add_weighted(count, coefficients, values, load(sum)));
    coefficients += svm.vector_count;
  }
}

void add_vectors(const Walk& walk) {
  const SvmView& svm = walk.view.svm;
  std::uint32_t start = 0;
  for (std::uint32_t own = 0; start < svm.vector_count; ++own) {
    const std::uint32_t end = svm.class_vectors == nullptr ? svm.vector_count : start + svm.class_vectors[own];
    while (start < end) {
      const std::uint32_t count = end - start < kTile ? end - start : kTile;
      add_tile(walk, own, start, count);
      start += count;
    }
  }
}

/// bias + the pair's sum, within `most`.
std::int32_t decide(const SvmView& svm, const std::uint32_t* sums, std::uint32_t pair, std::int32_t most) {
  const std::int64_t half = (std::int64_t{1} << svm.sum_shift) >> 1;  // 0 for no shift
  return clamp(svm.bias[pair] + ((load(sums + 2 * std::size_t{pair}) + half) >> svm.sum_shift), most);
}

/// sum / (3 * (|sum| + 1)), so less than a third of a vote, from units of 2^-15 to units of 2^-16.
std::int32_t squash(std::int32_t sum) {
  constexpr std::uint32_t kThird = 65536 / 3;
  constexpr std::uint32_t kOne = 1U << 15;
  const std::uint32_t size = static_cast<std::uint32_t>(sum < 0 ? -sum : sum);
  const auto share = static_cast<std::int32_t>(kThird - kThird * kOne / (size + kOne));
  return sum < 0 ? -share : share;
}

/// One against one: each pair votes; the sums of a class's decisions settle what the votes leave open.
void vote(const Walk& walk, std::uint32_t* votes, std::int32_t* scores) {
  const std::uint32_t classes = walk.classes;
  for (std::uint32_t k = 0; k < classes; ++k) votes[k] = 0;
  for (std::uint32_t k = 0; k < classes; ++k) scores[k] = 0;
  std::uint32_t pair = 0;
  for (std::uint32_t first = 0; first < classes; ++first) {
    for (std::uint32_t second = first + 1; second < classes; ++second, ++pair) {
      const std::int32_t decision = decide(walk.view.svm, walk.sums, pair, detail::kMostDecision);
      ++votes[decision > 0 ? first : second];
      scores[first] += decision;
      scores[second] -= decision;
    }
  }
  for (std::uint32_t k = 0; k < classes; ++k) scores[k] = static_cast<std::int32_t>(votes[k] << 16) + squash(scores[k]);
}

void score(const ModelView& view, const void* /*features*/, std::int16_t* codes, std::int32_t* scores) {
  const SvmView& svm = view.svm;
  const std::uint32_t classes = view.classes == 0 ? 2U : view.classes;
  const std::uint32_t pairs = classes * (classes - 1) / 2;
  std::uint32_t* const sums = reinterpret_cast<std::uint32_t*>(codes + detail::padded_codes(view.columns));
  const bool rbf = svm.kernel == detail::kRbfKernel;
  const Walk walk = {view, codes, sums, rbf ? kernels::sum_of_squares(view.columns, codes) : 0, classes};
  for (std::uint32_t i = 0; i < 2 * pairs; ++i) sums[i] = 0;
  add_vectors(walk);
  if (view.outputs == 1) {
    scores[0] = decide(svm, sums, 0, detail::kMostScore);
  } else {
    vote(walk, sums + 2 * std::size_t{pairs}, scores);
  }
}

constexpr std::uint8_t kPrecisions = 1U << static_cast<unsigned>(detail::Precision::kInt8);

}  // namespace

const detail::Part Svm::part = {detail::Part::Role::kKind, detail::kSvmKind,  kPrecisions, nullptr,
                                detail::read_svm,          detail::prove_svm, score};

}  // namespace nuthatch
