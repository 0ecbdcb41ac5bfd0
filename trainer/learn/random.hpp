#ifndef NUTHATCH_TRAINER_LEARN_RANDOM_HPP
#define NUTHATCH_TRAINER_LEARN_RANDOM_HPP

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace nuthatch::learn {

/// Random draws that are the same on every platform: the engine is the standard's to the bit, its distributions are
/// not. `stream` tells apart those that draw at once, say the trees of a forest.
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) : engine_(mix(seed) ^ mix(~stream)) {}

  /// Uniform in [0, bound); bound >= 1.
  std::uint64_t below(std::uint64_t bound) {
    // The highest values that would favour some remainders are drawn again.
    const std::uint64_t fair = UINT64_MAX - UINT64_MAX % bound;
    std::uint64_t value = engine_();
    while (value >= fair) value = engine_();
    return value % bound;
  }

 private:
  /// SplitMix64's output function (Steele, Lea and Flood 2014).
  static std::uint64_t mix(std::uint64_t value) {
    value += 0x9E3779B97F4A7C15;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
    return value ^ (value >> 31);
  }

  std::mt19937_64 engine_;
};

/// 0 to count - 1 in a random order.
inline std::vector<std::size_t> shuffled(std::size_t count, Random random) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t left = count; left > 1; --left) std::swap(order[left - 1], order[random.below(left)]);
  return order;
}

/// That folds and rows held out are drawn from: apart from those that learning draws from.
inline constexpr std::uint64_t kSplitStream = 0xf01d;

}  // namespace nuthatch::learn

#endif
