#ifndef NUTHATCH_BITS_HPP
#define NUTHATCH_BITS_HPP

#include <cfloat>
#include <cstdint>
#include <cstring>

#ifdef __FAST_MATH__
#error "Nuthatch gives the same bits everywhere: build it without -ffast-math"
#endif

namespace nuthatch::detail {

static_assert(FLT_EVAL_METHOD == 0, "float32 must be computed in float32 (on 32-bit x86: -msse2 -mfpmath=sse)");

inline std::uint32_t bits_of(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

inline float float_of(std::uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// Elements that rows and vectors of `count` elements take: kernels load four at a time.
constexpr std::uint32_t padded(std::uint32_t count) { return (count + 3) & ~std::uint32_t{3}; }

/// A result as it was rounded. The compiler sees through neither of these, so no flag of its lets it contract what was
/// computed with what comes next (-ffp-contract=fast), or put sums in another order (-fassociative-math). No
/// instruction, where float32 has registers that we know; memory elsewhere.
inline float settled(float value) {
#if defined(__SSE__)
  __asm__("" : "+x"(value));
#elif defined(__aarch64__)
  __asm__("" : "+w"(value));
#elif defined(__arm__) && defined(__ARM_FP) && !defined(__SOFTFP__)
  __asm__("" : "+t"(value));
#elif defined(__arm__)
  __asm__("" : "+r"(value));
#else
  volatile float kept = value;
  value = kept;
#endif
  return value;
}

constexpr std::uint32_t kMagnitude = 0x7FFFFFFF;
constexpr std::uint32_t kInfinity = 0x7F800000;

inline bool is_finite(float value) { return (bits_of(value) & kMagnitude) < kInfinity; }

/// Round half to even, for |value| <= 2^22, without a conversion instruction: adding 1.5 * 2^23 leaves the integer in
/// the low bits of the sum, rounded by the addition itself (IEEE 754 default mode).
inline std::int32_t round_half_even(float value) {
  constexpr float kMagic = 12582912.0F;
  constexpr std::int32_t kMagicBits = 0x4B400000;
  return static_cast<std::int32_t>(bits_of(value + kMagic)) - kMagicBits;
}

}  // namespace nuthatch::detail

#endif
