#ifndef NUTHATCH_TRAINER_QUANTIZE_ALARM_HPP
#define NUTHATCH_TRAINER_QUANTIZE_ALARM_HPP

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

/// Thresholds of the device's drift tests, for a stated rate of false alarms.
namespace nuthatch::quantize {

/// Rows of a window, and an effect that is tolerated: a population stability index of 0.1.
constexpr double kWindowRows = 240;
constexpr double kToleratedPsi = 0.1;

/// When a window differs (schema/model.fbs): the default never raises.
struct DriftTest {
  std::uint32_t statistical = 1U << 23;
  std::uint32_t material = 1U << 23;
  std::int32_t sum = 0;
  std::uint16_t limit = 0;
  std::uint16_t slack = 0;
  std::uint8_t shift = 0;
};

/// 1 / share of each bin in steps of 2^-10, at most 2^16 - 1, which is of a share of 1/64: smaller ones count as that.
std::array<std::uint16_t, 16> reciprocals_of(const std::vector<double>& shares);

/// Chi-square thresholds.
struct Thresholds {
  double statistical = 0;
  double material = 0;
};

/// Splits a rate of false alarms among the tests of a model, nearly all of it to windows of chi-square, which must be
/// calibrated, a few hundredths to CUSUM, whose bound is generous.
class AlarmPlan {
 public:
  /// rows_between: on average between false alarms of the whole device; tests: chi-square ones; histograms: with CUSUM.
  AlarmPlan(double rows_between, std::size_t tests, std::size_t histograms);

  /// Of a window to exceed a test's threshold by chance.
  double chance() const { return chance_; }
  /// Of CUSUM, in deviations of a window's sum.
  double cusum_limit() const { return cusum_limit_; }

  /// For `bins` bins whose shares are of `rows` rows, of which consecutive ones correlate by `phi`.
  /// Statistical: two of three windows exceed it by chance as seldom as the plan says, on average over the baselines
  /// that `rows` rows may make. For independent rows by integration over the baseline's error; for correlated ones as
  /// of an autoregressive normal feature, from the cumulants of its sum of squares or, with a long memory, by
  /// simulation. Material: an effect of kToleratedPsi exceeds it in one of 20 windows (noncentral chi-square,
  /// likewise).
  Thresholds thresholds(std::size_t bins, double rows, double phi);

  /// Decides on a CUSUM of window sums: slack half a deviation, limit ln(batches between alarms * features) - 1.17
  /// deviations (Siegmund's approximation for both sides). The deviation is that of a sum of kWindowRows
  /// autoregressive rows, and as much larger as the mean of `codes` may be off itself.
  void add_cusum(const Eigen::VectorXd& codes, double phi, DriftTest& test) const;

 private:
  double statistical_threshold(double degrees, double rows) const;
  /// Of an autoregressive feature with equal bins.
  Thresholds correlated(std::size_t bins, double rows, double phi);
  /// The statistical one by simulation, at a place on a grid of phi.
  double simulated(std::size_t bins, double rows, int place);

  double chance_;
  double cusum_limit_;
  std::map<std::pair<std::size_t, double>, double> statistical_;
  std::map<std::tuple<std::size_t, double, int>, double> simulated_;
};

/// In the file's steps.
void set_thresholds(const Thresholds& thresholds, DriftTest& test);

}  // namespace nuthatch::quantize

#endif
