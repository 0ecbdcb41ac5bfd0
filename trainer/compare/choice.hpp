#ifndef NUTHATCH_TRAINER_COMPARE_CHOICE_HPP
#define NUTHATCH_TRAINER_COMPARE_CHOICE_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "export/loaded_model.hpp"

/// Where a prediction is better made: on the device, on a server, or on the device with the server for what is
/// doubtful.
namespace nuthatch::compare {

/// When the device's own answer comes before a server's, and when it takes less energy.
struct BreakEven {
  std::string local;
  std::string cloud;
  std::optional<double> local_us;
  double server_us = 0;                     ///< queue and compute, with the way on this machine
  double rtt_us = 0;                        ///< of the emulated network
  std::optional<bool> local_is_faster;      ///< rtt + server < local?
  std::optional<double> rtt_break_even_us;  ///< at any longer round trip the device is faster; 0: at all
  std::optional<double> local_uj;
  std::optional<double> radio_uj;
  std::optional<bool> local_takes_less;
  /// The device takes less energy for every model with fewer instructions than these, on the same core.
  std::optional<double> instructions_break_even;
};

struct Side {
  std::string name;
  std::optional<double> us;            ///< of an answer without a network
  std::optional<double> microjoules;   ///< at the device
  std::optional<double> instructions;  ///< of the device
};
BreakEven break_even(const Side& local, const Side& cloud, double rtt_us);

/// The hybrid mode at one threshold: rows whose margin is below it ask the cloud.
struct HybridPoint {
  double margin =
      0;  ///< between the highest and the next score, or of the only one from the threshold; the scores' unit
  double asked = 0;                ///< share of the answered rows
  double agreement = 0;            ///< share of rows whose label is the cloud's
  std::optional<double> accuracy;  ///< where the truth is known
  double bytes = 0;                ///< that leave the device, the mean of all rows
};

/// local, cloud: what each answers; truth: class indices, or empty. bytes: of one question. Thresholds are those that
/// send none, a tenth, two tenths, ... and all rows.
std::vector<HybridPoint> hybrid(const exporting::LoadedModel& local_model, const exporting::Predictions& local,
                                const exporting::LoadedModel& cloud_model, const exporting::Predictions& cloud,
                                const std::vector<std::int32_t>& truth, double bytes);

}  // namespace nuthatch::compare

#endif
