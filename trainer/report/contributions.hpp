#ifndef NUTHATCH_TRAINER_REPORT_CONTRIBUTIONS_HPP
#define NUTHATCH_TRAINER_REPORT_CONTRIBUTIONS_HPP

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

/// How much each feature did for the scores, as the ContributionCounters of devices sent it back.
namespace nuthatch::report {

struct ContributionReport {
  std::string path;
  std::array<std::uint8_t, 8> model = {};  ///< the first bytes of its SHA-256
  std::uint64_t device_id = 0;
  std::uint32_t epoch = 0;
  std::uint32_t sequence = 0;
  bool exact = false;
  bool saturated = false;
  std::uint64_t rows = 0;
  std::vector<double> sums;  ///< a feature: of the sizes of its contributions, in units of the score

  auto order() const { return std::tuple(device_id, epoch, sequence); }
  bool continues(const ContributionReport& other) const { return device_id == other.device_id && epoch == other.epoch; }
};

/// Several reports together.
struct Contributions {
  std::uint64_t rows = 0;
  bool exact = true;          ///< false: some are what a forest approximates
  std::vector<double> means;  ///< a feature: the mean absolute contribution, in units of the score
};

/// Whether a file's bytes begin as those of a report of contributions do.
bool is_contribution_report(std::span<const std::uint8_t> bytes);

/// Throws std::runtime_error naming the file where it is cut off, changed, or none.
ContributionReport read_contribution_report(const std::string& path, std::span<const std::uint8_t> bytes);

/// The last report of each device and epoch, as counters only grow; one that came twice counts once. Throws
/// std::runtime_error naming the files that do not go together.
std::vector<ContributionReport> last_of_each_epoch(std::vector<ContributionReport> reports);

/// Nothing where no rows were counted.
std::optional<Contributions> together(std::span<const ContributionReport> reports);

}  // namespace nuthatch::report

#endif
