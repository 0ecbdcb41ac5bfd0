#ifndef NUTHATCH_TRAINER_REPORT_COUNTERS_HPP
#define NUTHATCH_TRAINER_REPORT_COUNTERS_HPP

#include <cstdint>
#include <vector>

#include "nuthatch/monitor.hpp"

namespace nuthatch::report {

/// What one feature's histogram counted.
struct HistogramCounters {
  std::vector<std::uint64_t> bins;  ///< 16
  std::int64_t sum = 0;             ///< of codes
  std::uint64_t squares = 0;
  std::uint64_t constant = 0;  ///< rows in blocks of eight of which all had one code
};

/// A snapshot's words (SPEC.md, "Monitor words") by what they count; those of several snapshots add.
struct Counters {
  std::uint64_t rows = 0;
  std::uint64_t refused = 0;
  std::vector<std::uint64_t> classes;
  std::vector<std::uint64_t> below;  ///< a feature
  std::vector<std::uint64_t> above;
  std::vector<std::uint64_t> latency;  ///< a bucket
  // Of models with histograms:
  std::uint64_t not_finite = 0;  ///< rows refused because of a value that is not finite
  std::uint64_t missing = 0;
  std::uint64_t outside = 0;                  ///< rows with some feature out of its training range
  std::uint64_t windows = 0;                  ///< of 240 rows, on which the device decided
  std::vector<std::uint64_t> output;          ///< rows in range by the output's bin
  std::vector<std::uint64_t> refusals;        ///< rows refused because of each feature
  std::vector<HistogramCounters> histograms;  ///< Watch::counted tells whose

  /// Adds what another snapshot of the same shape counted.
  void add(const Counters& other);
  /// Takes away what an earlier snapshot of the same device and epoch counted. False, with nothing to rely on left, if
  /// some count was larger then.
  bool subtract(const Counters& earlier);
};

Counters read_counters(const Snapshot& snapshot);

}  // namespace nuthatch::report

#endif
