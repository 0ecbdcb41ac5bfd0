// What `open` proves of a naive Bayes model's numbers. A file of its own because it runs once at boot: small, not fast.
#include <cstring>

#include "bayes.hpp"

namespace nuthatch::detail {
namespace {

std::uint32_t magnitude(std::int32_t value) {
  const auto bits = static_cast<std::uint32_t>(value);
  return value < 0 ? 0U - bits : bits;
}

/// The largest sizes of one output's brackets, added up; UINT64_MAX where one of them leaves 32 bits.
std::uint64_t largest_brackets(const ModelView& view, const std::int32_t* terms) {
  const auto limit = static_cast<std::uint32_t>(view.column_limit);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < view.columns; ++i, terms += 2) {
    const std::uint64_t bracket = std::uint64_t{magnitude(terms[0])} * limit + magnitude(terms[1]);
    if (bracket > 0x7FFFFFFF) return UINT64_MAX;
    total += bracket;
  }
  return total;
}

/// Kernels that load whole words may evaluate what lies between a row's last feature and the next row.
bool padding_is_zero(const ModelView& view, const std::int32_t* row) {
  for (std::size_t at = 2 * std::size_t{view.columns}; at < 2 * std::size_t{view.bayes.stride}; ++at) {
    if (row[at] != 0) return false;
  }
  return true;
}

}  // namespace

/// With |constant| and every sum's size below 2^62, no sum and no difference of two leaves 64 bits.
Status prove_bayes(ModelView& view) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 62;
  const BayesView& bayes = view.bayes;
  if (bayes.shift > 62) return Status::kNumber;
  for (std::size_t k = 0; k < view.outputs; ++k) {
    const std::int32_t* row = bayes.terms + 2 * k * bayes.stride;
    if (!padding_is_zero(view, row)) return Status::kNumber;
    const std::uint64_t brackets = largest_brackets(view, row);
    if (brackets == UINT64_MAX) return Status::kOverflow;
    // At most 65,535 brackets below 2^31 times a code below 2^15, and one constant of at most 2^63: no wrap.
    const std::uint32_t* words = bayes.constants + 2 * k;
    const std::uint64_t bits = std::uint64_t{words[1]} << 32 | words[0];
    const std::uint64_t constant = words[1] >> 31 != 0 ? 0U - bits : bits;
    if (brackets * static_cast<std::uint32_t>(view.column_limit) + constant >= kMost) return Status::kOverflow;
  }
  return Status::kOk;
}

}  // namespace nuthatch::detail
