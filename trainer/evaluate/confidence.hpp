#ifndef NUTHATCH_TRAINER_EVALUATE_CONFIDENCE_HPP
#define NUTHATCH_TRAINER_EVALUATE_CONFIDENCE_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

/// How far chance in the choice of the rows may have moved a score.
namespace nuthatch::evaluate {

struct Interval {
  double level = 0;  ///< how often, on average, such an interval holds the true score
  double low = 0;
  double high = 0;
  const char* method = "";
};

/// Of a fraction, `right` of `rows` (Wilson 1927); of no rows, [0, 1].
Interval wilson(std::size_t right, std::size_t rows, double level);

/// A score of the rows listed, some more than once; nothing where it is not defined.
using ScoreOfRows = std::function<std::optional<double>(const std::vector<std::size_t>& rows)>;

/// The interval between the quantiles of the score of `resamples` samples, each of `rows` rows drawn with replacement
/// (percentile bootstrap, Efron 1979); those without a score are left out. The same seed gives the same interval,
/// however many cores there are. Calls `score` from several threads. Nothing of fewer than two rows, or where no sample
/// has a score.
std::optional<Interval> bootstrap(std::size_t rows, const ScoreOfRows& score, double level, std::uint64_t seed,
                                  std::size_t resamples);

}  // namespace nuthatch::evaluate

#endif
