#include "linear.hpp"

#include "kernels/linear.hpp"
#include "nuthatch/model.hpp"

namespace nuthatch {
namespace {

using detail::LinearView;
using detail::ModelView;
using detail::Precision;
using detail::Requantization;

std::int32_t requantize(std::int32_t sum, const Requantization& how) {
  return how.bias + static_cast<std::int32_t>(detail::scale_sum(sum, how));
}

void score(const ModelView& view, const void* /*features*/, std::int16_t* codes, std::int32_t* scores) {
  const LinearView& linear = view.linear;
  if (linear.precision == Precision::kInt8) {
    kernels::multiply_int8({view.outputs, view.columns, linear.stride}, static_cast<const std::int8_t*>(linear.weights),
                           codes, scores);
  } else {
    const auto* weights = static_cast<const std::int16_t*>(linear.weights);
    for (std::size_t k = 0; k < view.outputs; ++k, weights += linear.stride) {
      scores[k] = detail::narrow(kernels::dot_int16(view.columns, weights, codes), linear.sum_shift);
    }
  }
  for (std::size_t k = 0; k < view.outputs; ++k) scores[k] = requantize(scores[k], linear.requantization[k]);
}

constexpr std::uint8_t kPrecisions =
    (1U << static_cast<unsigned>(Precision::kInt8)) | (1U << static_cast<unsigned>(Precision::kInt16));

}  // namespace

const detail::Part Linear::part = {detail::Part::Role::kKind, detail::kLinearKind,  kPrecisions, nullptr,
                                   detail::read_linear,       detail::prove_linear, score};

}  // namespace nuthatch
