#ifndef NUTHATCH_TRAINER_REPORT_INTERVALS_HPP
#define NUTHATCH_TRAINER_REPORT_INTERVALS_HPP

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/contributions.hpp"
#include "report/counters.hpp"

/// Snapshots as a history: what each device counted between one and the next.
namespace nuthatch::report {

/// What one device counted in one epoch from its snapshot before `first_sequence` (or from the epoch's start) to
/// `last_sequence`.
struct Interval {
  std::uint64_t device_id = 0;
  std::uint32_t epoch = 0;
  std::uint32_t first_sequence = 0;
  std::uint32_t last_sequence = 0;
  std::optional<std::uint64_t> uptime;  ///< where it starts, of devices that know the time
  std::uint64_t rows_before = 0;        ///< that the device predicted before, in all its epochs
  Counters counters;
};

/// The last report of a device and epoch.
struct LatestReport {
  std::string path;
  SnapshotContext context;
  Diagnosis diagnosis;  ///< the device's own
};

/// What the snapshots of one model say together.
struct History {
  std::array<std::uint8_t, 8> model = {};  ///< the first bytes of its SHA-256
  std::size_t features = 0;
  std::size_t classes = 0;
  std::size_t histograms = 0;
  std::size_t output_bins = 0;
  unsigned latency_shift = 0;
  bool saturated = false;                                ///< a counter of some device is full
  std::vector<LatestReport> latest;                      ///< by device and epoch
  std::vector<Interval> intervals;                       ///< by device, epoch and sequence
  Counters total;                                        ///< of all intervals
  std::vector<ContributionReport> contribution_reports;  ///< the last of each device and epoch that sent some
  std::optional<Contributions> contributions;            ///< of all of them

  std::vector<std::uint64_t> devices() const;
  History of_device(std::uint64_t device_id) const;
};

struct SnapshotFile {
  std::string path;  ///< what errors call it
  std::vector<std::uint8_t> bytes;
};

/// Snapshots in any order, and contributions among them; one that came twice counts once, and one that is lacking makes
/// an interval longer.
/// Throws std::runtime_error naming the files that do not go together, ModelError where one cannot be read.
History read_history(const std::vector<std::string>& paths);
/// The same of at least one that is read already.
History history_of(std::vector<SnapshotFile> files);

/// Neighbours of one device and epoch put together until each has `fewest` rows, where there are as many: few rows say
/// little about a distribution.
std::vector<Interval> merge_short(const std::vector<Interval>& intervals, std::uint64_t fewest);

}  // namespace nuthatch::report

#endif
