#include "report/contributions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string_view>

#include "nuthatch/explain.hpp"

namespace nuthatch::report {
namespace {

void check_repeats(const ContributionReport& first, const ContributionReport& other) {
  if (first.rows == other.rows && first.sums == other.sums) return;
  throw std::runtime_error(
      fmt::format("{} and {} are both contributions {} of device {} in epoch {}, but differ; `predict --device-id` "
                  "tells devices apart",
                  first.path, other.path, other.sequence, other.device_id, other.epoch));
}

void check_grown(const ContributionReport& before, const ContributionReport& after) {
  const bool grown = before.rows <= after.rows && std::equal(before.sums.begin(), before.sums.end(), after.sums.begin(),
                                                             after.sums.end(), std::less_equal<>());
  if (grown) return;
  throw std::runtime_error(
      fmt::format("{} (contributions {} of device {} in epoch {}) counted less than {} (contributions {}) did before "
                  "it; a device that starts again from 0 must raise its epoch; or one of the files is left from "
                  "another run",
                  after.path, after.sequence, after.device_id, after.epoch, before.path, before.sequence));
}

}  // namespace

bool is_contribution_report(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kMagic = "NHC1";  // schema/snapshot.fbs
  return bytes.size() >= kMagic.size() && std::equal(kMagic.begin(), kMagic.end(), bytes.begin());
}

ContributionReport read_contribution_report(const std::string& path, std::span<const std::uint8_t> bytes) {
  ContributionSnapshot snapshot = {};
  const Status status = read_contributions({bytes.data(), bytes.size()}, snapshot);
  if (status != Status::kOk) throw std::runtime_error(fmt::format("{}: {}", path, status_text(status)));
  ContributionReport report;
  report.path = path;
  std::copy_n(snapshot.model, report.model.size(), report.model.begin());
  report.device_id = snapshot.device_id;
  report.epoch = snapshot.epoch;
  report.sequence = snapshot.sequence;
  report.exact = snapshot.exact;
  report.saturated = snapshot.saturated;
  report.rows = snapshot.rows();
  for (std::size_t i = 0; i < snapshot.features; ++i) {
    report.sums.push_back(std::ldexp(static_cast<double>(snapshot.sum(i)), -snapshot.fraction_bits));
  }
  return report;
}

std::vector<ContributionReport> last_of_each_epoch(std::vector<ContributionReport> reports) {
  std::stable_sort(reports.begin(), reports.end(), [](const auto& a, const auto& b) { return a.order() < b.order(); });
  std::vector<ContributionReport> last;
  for (ContributionReport& report : reports) {
    if (last.empty() || !report.continues(last.back())) {
      last.push_back(std::move(report));
      continue;
    }
    report.sequence == last.back().sequence ? check_repeats(last.back(), report) : check_grown(last.back(), report);
    last.back() = std::move(report);
  }
  return last;
}

std::optional<Contributions> together(std::span<const ContributionReport> reports) {
  Contributions all;
  for (const ContributionReport& report : reports) {
    all.rows += report.rows;
    all.exact = all.exact && report.exact;
    all.means.resize(report.sums.size());
    for (std::size_t i = 0; i < report.sums.size(); ++i) all.means[i] += report.sums[i];
  }
  if (all.rows == 0) return {};
  for (double& mean : all.means) mean /= static_cast<double>(all.rows);
  return all;
}

}  // namespace nuthatch::report
