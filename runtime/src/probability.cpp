#include "nuthatch/probability.hpp"

#include "exponential.hpp"

namespace nuthatch {
namespace {

using detail::Link;
using detail::LinkView;
using detail::Requantization;

/// The score's exponent in units of 2^-16 powers of two. |score * multiplier| <= 2^62 and half <= 2^61 stay in 64 bits.
std::int32_t exponent(std::int32_t score, const Requantization& how) {
  const std::int64_t half = std::int64_t{1} << (how.shift - 1);
  const std::int64_t wide = how.bias + ((std::int64_t{score} * how.multiplier + half) >> how.shift);
  if (wide > INT32_MAX) return INT32_MAX;
  return wide < INT32_MIN ? INT32_MIN : static_cast<std::int32_t>(wide);
}

/// Exponents -> powers of two with the largest at kExpOne, in place; returns their sum, at most 65,535 * 2^27.
std::uint64_t exponentiate(std::int32_t* words, std::size_t count) {
  std::int32_t largest = words[0];
  for (std::size_t k = 1; k < count; ++k) largest = words[k] > largest ? words[k] : largest;
  std::uint64_t sum = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const std::uint32_t below = static_cast<std::uint32_t>(largest) - static_cast<std::uint32_t>(words[k]);
    const std::uint32_t power = detail::exp2_negative(below);
    words[k] = static_cast<std::int32_t>(power);
    sum += power;
  }
  return sum;
}

std::uint64_t weigh_logistic(const LinkView& link, const detail::ModelView& view, const std::int32_t* scores,
                             std::int32_t* words) {
  std::int32_t* out = words + (view.classes - view.outputs);  // one score is class 1's, and class 0 has 0
  const Requantization* how = link.scale;
  for (std::size_t k = 0; k < view.outputs; ++k) {
    out[k] = exponent(scores[k], *how);
    if (link.scale_count > 1) ++how;
  }
  if (view.outputs == 1) words[0] = 0;
  return exponentiate(words, view.classes);
}

std::uint64_t weigh_proportion(const LinkView& link, const detail::ModelView& view, const std::int32_t* scores,
                               std::int32_t* words) {
  if (view.outputs == 1) {
    const auto total = static_cast<std::int32_t>(link.total);
    const std::int32_t within = scores[0] > total ? total : scores[0] < -total ? -total : scores[0];
    const std::uint32_t one = link.total + static_cast<std::uint32_t>(within);
    words[0] = static_cast<std::int32_t>(2 * link.total - one);
    words[1] = static_cast<std::int32_t>(one);
    return 2 * link.total;
  }
  std::uint64_t sum = 0;
  for (std::size_t k = 0; k < view.outputs; ++k) {
    words[k] = scores[k] > 0 ? scores[k] : 0;
    sum += static_cast<std::uint32_t>(words[k]);
  }
  if (sum != 0) return sum;
  for (std::size_t k = 0; k < view.outputs; ++k) words[k] = 1;
  return view.outputs;
}

/// Unsigned weights -> their shares of `sum` (1 to 2^48, no weight is more) in units of 2^-16, in place. One division
/// for all: the sum as 16 bits, rounded, and a power of two; then the reciprocal of the 16 bits.
void divide(std::int32_t* words, std::size_t count, std::uint64_t sum) {
  unsigned shift = 16;
  sum *= 2;  // a bit more than the 16, to round by
  for (; sum > 0x1FFFFFF; sum >>= 8) shift += 8;
  for (; sum > 0x1FFFF; sum >>= 1) ++shift;
  for (; sum < 0x10000; sum <<= 1) --shift;
  const std::uint32_t divisor = (static_cast<std::uint32_t>(sum) + 1) >> 1;  // 2^15 to 2^16
  const std::uint32_t reciprocal = 0xFFFFFFFF / divisor;
  const std::uint64_t half = std::uint64_t{1} << (shift - 1);
  for (std::size_t k = 0; k < count; ++k) {
    const std::uint64_t weight = static_cast<std::uint32_t>(words[k]);
    const auto share = static_cast<std::int32_t>((weight * reciprocal + half) >> shift);
    words[k] = share > Probability::kOne ? Probability::kOne : share;
  }
}

}  // namespace

bool Probability::attached() const { return model_ != nullptr && model_->opening() == opening_; }

Status Probability::of(Span<const std::int32_t> outputs, Span<std::int32_t> probabilities) const {
  if (!attached()) return Status::kNotAttached;
  const detail::ModelView& view = model_->view();
  if (outputs.size() < view.outputs || outputs.data() == nullptr) return Status::kOutputCount;
  if (probabilities.size() < view.classes || probabilities.data() == nullptr) return Status::kOutputCount;
  const auto weigh = link_.link == Link::kLogistic ? weigh_logistic : weigh_proportion;
  const std::uint64_t sum = weigh(link_, view, outputs.data(), probabilities.data());
  divide(probabilities.data(), view.classes, sum);
  return Status::kOk;
}

}  // namespace nuthatch
