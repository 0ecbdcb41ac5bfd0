#include "encode_counts.hpp"

#include <cstring>

namespace nuthatch::detail {
namespace {

/// One feature at a time, for a row that may hold a missing value.
Status encode_each(const ModelView& view, const std::int16_t* counts, std::int16_t* codes) {
  for (std::size_t i = 0; i < view.features; ++i) {
    codes[i] = counts[i] == kMissing ? view.imputation[i] : counts[i];
    if (codes[i] == kMissing) return Status::kMissing;
  }
  return Status::kOk;
}

/// Two counts at a multiple of 4.
std::uint32_t load(const std::int16_t* counts) {
  std::uint32_t pair = 0;
  std::memcpy(&pair, __builtin_assume_aligned(counts, 4), sizeof pair);
  return pair;
}

void store(std::int16_t* codes, std::uint32_t pair) {
  std::memcpy(__builtin_assume_aligned(codes, 4), &pair, sizeof pair);
}

/// A bit at the top of each half that is below -16384: its top bit set, the one below clear. Such counts are rare, and
/// -32768, "missing", is among them. The other bits mean nothing.
std::uint32_t very_low(std::uint32_t pair) { return pair & ~(pair << 1); }

/// Copies pairs of counts that lie at a multiple of 4; true if none of them can be missing.
bool copy_pairs(const std::int16_t* from, std::int16_t* to, std::size_t pairs) {
  std::uint32_t low = 0;
  for (; pairs >= 4; pairs -= 4, from += 8, to += 8) {
    const std::uint32_t words[4] = {load(from), load(from + 2), load(from + 4), load(from + 6)};
    for (std::size_t i = 0; i < 4; ++i) store(to + 2 * i, words[i]);
    low |= very_low(words[0]) | very_low(words[1]) | very_low(words[2]) | very_low(words[3]);
  }
  for (; pairs > 0; --pairs, from += 2, to += 2) {
    store(to, load(from));
    low |= very_low(load(from));
  }
  return (low & 0x80008000) == 0;
}

Status encode(const ModelView& view, const void* features, std::int16_t* codes) {
  const auto* counts = static_cast<const std::int16_t*>(features);
  const std::size_t even = view.features & ~std::size_t{1};
  if ((reinterpret_cast<std::uintptr_t>(counts) & 3) != 0 || !copy_pairs(counts, codes, even / 2)) {
    return encode_each(view, counts, codes);
  }
  if (even == view.features) return Status::kOk;
  codes[even] = counts[even];
  return counts[even] == kMissing ? encode_each(view, counts, codes) : Status::kOk;
}

/// Counts reach +-32767, so the kind must be proven for all of them.
Status prove(ModelView& view) { return view.code_limit == INT16_MAX ? Status::kOk : Status::kNumber; }

}  // namespace

const Part counts_input = {
    Part::Role::kInput, static_cast<std::uint8_t>(Input::kInt16), 0, encode, nullptr, prove, nullptr};

}  // namespace nuthatch::detail
