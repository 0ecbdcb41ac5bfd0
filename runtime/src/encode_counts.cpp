#include "encode_counts.hpp"

#include <cstring>

#include "layout.hpp"

namespace nuthatch::detail {
namespace {

constexpr std::uint32_t kSigns = 0x80008000;  // of two counts in a word

/// One feature at a time, for a row that may hold a missing value.
Status encode_each(const ModelView& view, const std::int16_t* counts, std::int16_t* codes) {
  for (std::size_t i = 0; i < view.features; ++i) {
    codes[i] = counts[i] == kMissing ? view.imputation[i] : counts[i];
    if (codes[i] == kMissing) return refuse(i, Status::kMissing, codes);
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

/// Four counts at a multiple of 4, copied as a whole: one load and one store where a core has them for two words.
struct [[gnu::may_alias]] FourCounts {
  std::uint32_t first;
  std::uint32_t second;
};

std::uint32_t copy_four(const FourCounts& from, FourCounts& to) {
  const FourCounts four = from;
  to = four;
  return four.first | four.second;
}

/// Copies pairs of counts that lie at a multiple of 4; all their bits together, where a sign bit says that there is
/// something negative, and so perhaps missing.
std::uint32_t copy_pairs(const std::int16_t* counts, std::int16_t* codes, std::size_t pairs) {
  const auto* from = reinterpret_cast<const FourCounts*>(counts);
  auto* to = reinterpret_cast<FourCounts*>(codes);
  std::uint32_t bits = 0;
  for (std::size_t steps = pairs / 8; steps > 0; --steps, from += 4, to += 4) {
    bits |= copy_four(from[0], to[0]);
    bits |= copy_four(from[1], to[1]);
    bits |= copy_four(from[2], to[2]);
    bits |= copy_four(from[3], to[3]);
  }
  for (std::size_t i = pairs / 8 * 16; i < 2 * pairs; i += 2) {
    const std::uint32_t pair = load(counts + i);
    store(codes + i, pair);
    bits |= pair;
  }
  return bits;
}

/// Whether a code may be missing: some half has its top bit set and the one below clear. Counts below -16384 are rare.
bool has_very_low(const std::int16_t* codes, std::size_t pairs) {
  std::uint32_t low = 0;
  for (const std::int16_t* const end = codes + 2 * pairs; codes != end; codes += 2) {
    const std::uint32_t pair = load(codes);
    low |= pair & ~(pair << 1);
  }
  return (low & kSigns) != 0;
}

Status encode(const ModelView& view, const void* features, std::int16_t* codes) {
  const auto* counts = static_cast<const std::int16_t*>(features);
  const std::size_t pairs = view.features / 2U;
  if ((reinterpret_cast<std::uintptr_t>(counts) & 3) != 0) return encode_each(view, counts, codes);
  const bool negative = (copy_pairs(counts, codes, pairs) & kSigns) != 0;
  if (negative && has_very_low(codes, pairs)) return encode_each(view, counts, codes);
  if (2 * pairs == view.features) return Status::kOk;
  codes[2 * pairs] = counts[2 * pairs];
  return counts[2 * pairs] == kMissing ? encode_each(view, counts, codes) : Status::kOk;
}

/// Counts reach +-32767, so the kind must be proven for all of them.
Status prove(ModelView& view) { return view.code_limit == INT16_MAX ? Status::kOk : Status::kNumber; }

}  // namespace

const Part counts_input = {
    Part::Role::kInput, static_cast<std::uint8_t>(Input::kInt16), 0, encode, nullptr, prove, nullptr};

}  // namespace nuthatch::detail
