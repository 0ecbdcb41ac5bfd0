#include "evaluate/confidence.hpp"

#include <algorithm>
#include <cmath>

#include "evaluate/regression.hpp"
#include "learn/parallel.hpp"
#include "learn/random.hpp"
#include "quantize/chance.hpp"

namespace nuthatch::evaluate {
namespace {

constexpr std::uint64_t kStream = 0xb007;  // apart from those that learning draws from

std::vector<std::size_t> draw_rows(std::size_t rows, learn::Random random) {
  std::vector<std::size_t> drawn(rows);
  for (std::size_t& row : drawn) row = random.below(rows);
  return drawn;
}

}  // namespace

Interval wilson(std::size_t right, std::size_t rows, double level) {
  if (rows == 0) return {level, 0, 1, "wilson"};
  const double z = quantize::normal_quantile((1 + level) / 2);
  const auto n = static_cast<double>(rows);
  const double p = static_cast<double>(right) / n;
  const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  // Of none or all the end is 0 or 1 but for rounding.
  return {level, right == 0 ? 0 : std::max(0.0, middle - half), right == rows ? 1 : std::min(1.0, middle + half),
          "wilson"};
}

std::optional<Interval> bootstrap(std::size_t rows, const ScoreOfRows& score, double level, std::uint64_t seed,
                                  std::size_t resamples) {
  if (rows < 2) return {};
  std::vector<std::optional<double>> found(resamples);
  learn::parallel_for(resamples, [&](std::size_t i) {
    found[i] = score(draw_rows(rows, learn::Random(seed, kStream + (static_cast<std::uint64_t>(i) << 16))));
  });
  std::vector<double> scores;
  for (const std::optional<double>& each : found) {
    if (each) scores.push_back(*each);
  }
  if (scores.empty()) return {};
  std::sort(scores.begin(), scores.end());
  return Interval{level, quantile(scores, (1 - level) / 2), quantile(scores, (1 + level) / 2), "bootstrap"};
}

}  // namespace nuthatch::evaluate
