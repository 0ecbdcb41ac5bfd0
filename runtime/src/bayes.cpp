#include "bayes.hpp"

#include <cstring>

#include "kernels/bayes.hpp"
#include "nuthatch/model.hpp"

namespace nuthatch {
namespace {

using detail::BayesView;
using detail::ModelView;

/// Two words of scratch, at a multiple of 4.
std::int64_t load(const std::uint32_t* words) {
  std::int64_t value = 0;
  std::memcpy(&value, __builtin_assume_aligned(words, 4), sizeof value);
  return value;
}

constexpr std::int64_t kMost = std::int64_t{1} << 30;

/// Two classes: the log-odds of class 1, rounded up, so that the score is positive exactly where the sum is.
std::int32_t score_of_two(std::int64_t sum, std::uint8_t shift) {
  const std::int64_t score = -(-sum >> shift);
  if (score > kMost) return static_cast<std::int32_t>(kMost);
  return static_cast<std::int32_t>(score < -kMost ? -kMost : score);
}

/// Several: 0 for the likeliest and at most -1 for every other, however small the difference.
void score_of_many(const ModelView& view, const std::uint32_t* sums, std::int32_t* scores) {
  const std::size_t count = view.outputs;
  const std::uint8_t shift = view.bayes.shift;
  std::int64_t best = load(sums);
  for (std::size_t k = 1; k < count; ++k) {
    const std::int64_t sum = load(sums + 2 * k);
    if (sum > best) best = sum;
  }
  for (std::size_t k = 0; k < count; ++k) {
    const std::int64_t score = (load(sums + 2 * k) - best) >> shift;
    scores[k] = static_cast<std::int32_t>(score < -kMost ? -kMost : score);
  }
}

void score(const ModelView& view, const void* /*features*/, std::int16_t* codes, std::int32_t* scores) {
  const BayesView& bayes = view.bayes;
  const kernels::QuadraticShape shape = {view.outputs, view.columns, bayes.stride};
  // The sums lie behind the codes.
  std::uint32_t* sums = reinterpret_cast<std::uint32_t*>(codes + (view.columns + 3U) / 4 * 4);
  kernels::sum_quadratics(shape, bayes.terms, bayes.constants, codes, sums);
  if (view.outputs == 1) {
    scores[0] = score_of_two(load(sums), bayes.shift);
  } else {
    score_of_many(view, sums, scores);
  }
}

constexpr std::uint8_t kPrecisions = 1U << static_cast<unsigned>(detail::Precision::kInt16);

}  // namespace

const detail::Part Bayes::part = {detail::Part::Role::kKind, detail::kBayesKind,  kPrecisions, nullptr,
                                  detail::read_bayes,        detail::prove_bayes, score};

}  // namespace nuthatch
