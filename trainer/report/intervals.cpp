#include "report/intervals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <tuple>

#include "export/loaded_model.hpp"
#include "report/latency.hpp"

namespace nuthatch::report {
namespace {

/// A snapshot with the bytes it points into, which stay where they are when it moves.
struct Report : SnapshotFile {
  Snapshot snapshot = {};

  explicit Report(SnapshotFile file) : SnapshotFile(std::move(file)) {
    if (bytes.empty()) throw std::runtime_error(path + ": is empty");
    const Status status = read_snapshot({bytes.data(), bytes.size()}, snapshot);
    if (status != Status::kOk) throw std::runtime_error(fmt::format("{}: {}", path, status_text(status)));
  }
  Report(Report&&) = default;
  Report& operator=(Report&&) = default;
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report() = default;

  const SnapshotContext& who() const { return snapshot.context; }
  std::string model() const { return exporting::hex({snapshot.model, 8}); }
  auto order() const { return std::tuple(who().device_id, who().epoch, who().sequence); }
  bool continues(const Report& other) const {
    return who().device_id == other.who().device_id && who().epoch == other.who().epoch;
  }
};

/// Snapshots that add must count the same things.
void check_alike(const Report& first, const Report& other) {
  const Snapshot& a = first.snapshot;
  const Snapshot& b = other.snapshot;
  if (std::memcmp(a.model, b.model, 8) != 0) {
    throw std::runtime_error(fmt::format("{} was taken of another model ({}...) than {} ({}...); give one model's only",
                                         other.path, other.model(), first.path, first.model()));
  }
  if (a.features != b.features || a.classes != b.classes || a.latency_buckets != b.latency_buckets) {
    throw std::runtime_error(fmt::format(
        "{} has {} features, {} classes and {} latency buckets, {} {}, {} and {}; one of them is not what a "
        "device wrote",
        other.path, b.features, b.classes, b.latency_buckets, first.path, a.features, a.classes, a.latency_buckets));
  }
  if (a.output_bins != b.output_bins || a.histograms != b.histograms) {
    throw std::runtime_error(
        fmt::format("{} counts {} histograms and {} {}; their counts do not add, so give them to monitor one by one",
                    other.path, b.histograms, first.path, a.histograms));
  }
}

void check_repeats(const Report& first, const Report& other) {
  if (first.bytes == other.bytes) return;
  const SnapshotContext& who = other.who();
  throw std::runtime_error(
      fmt::format("{} and {} are both report {} of device {} in epoch {}, but differ; `predict --device-id` tells "
                  "devices apart",
                  first.path, other.path, who.sequence, who.device_id, who.epoch));
}

/// Each report once, by device, epoch and sequence.
std::vector<Report> read_reports(std::span<SnapshotFile> files) {
  std::vector<Report> reports;
  for (SnapshotFile& file : files) {
    const Report& report = reports.emplace_back(std::move(file));
    check_alike(reports.front(), report);
  }
  std::stable_sort(reports.begin(), reports.end(),
                   [](const Report& a, const Report& b) { return a.order() < b.order(); });
  std::vector<Report> once;
  for (Report& report : reports) {
    if (!once.empty() && once.back().order() == report.order()) {
      check_repeats(once.back(), report);
    } else {
      once.push_back(std::move(report));
    }
  }
  return once;
}

std::vector<ContributionReport> read_contribution_reports(std::span<const SnapshotFile> files, const Report& first) {
  std::vector<ContributionReport> reports;
  for (const SnapshotFile& file : files) {
    const ContributionReport& report = reports.emplace_back(read_contribution_report(file.path, file.bytes));
    const bool same = std::equal(report.model.begin(), report.model.end(), first.snapshot.model) &&
                      report.sums.size() == first.snapshot.features;
    if (same) continue;
    throw std::runtime_error(fmt::format("{} was taken of another model ({}...) than {} ({}...); give one model's only",
                                         report.path, exporting::hex(report.model), first.path, first.model()));
  }
  return last_of_each_epoch(std::move(reports));
}

/// `previous`: the report before, of any device and epoch; null: there is none.
Interval interval_of(const Report& report, const Report* previous) {
  const SnapshotContext& who = report.who();
  Interval interval;
  interval.device_id = who.device_id;
  interval.epoch = who.epoch;
  interval.last_sequence = who.sequence;
  interval.counters = read_counters(report.snapshot);
  if (who.time_known) interval.uptime = who.uptime_start;
  if (previous == nullptr || !report.continues(*previous)) return interval;
  interval.first_sequence = previous->who().sequence + 1;
  if (who.time_known && previous->who().time_known) interval.uptime = previous->who().uptime_end;
  if (report.snapshot.latency_shift != previous->snapshot.latency_shift) {
    throw std::runtime_error(fmt::format(
        "{} shifts latencies by {} and {} by {}, in one epoch; a device that counts otherwise must raise it",
        report.path, report.snapshot.latency_shift, previous->path, previous->snapshot.latency_shift));
  }
  if (!interval.counters.subtract(read_counters(previous->snapshot))) {
    throw std::runtime_error(
        fmt::format("{} (report {} of device {} in epoch {}) counted less than {} (report {}) did before it; counters "
                    "only grow within an epoch. A device that starts again from 0 must raise its epoch; or one of the "
                    "files is left from another run",
                    report.path, who.sequence, who.device_id, who.epoch, previous->path, previous->who().sequence));
  }
  return interval;
}

/// Rows of the same device before each interval.
void count_rows_before(std::vector<Interval>& intervals) {
  for (std::size_t i = 1; i < intervals.size(); ++i) {
    const Interval& previous = intervals[i - 1];
    if (previous.device_id != intervals[i].device_id) continue;
    intervals[i].rows_before = previous.rows_before + previous.counters.rows;
  }
}

bool same_epoch(const Interval& a, const Interval& b) { return a.device_id == b.device_id && a.epoch == b.epoch; }

/// An interval: the rows from it to the end of its epoch.
std::vector<std::uint64_t> rows_left(const std::vector<Interval>& intervals) {
  std::vector<std::uint64_t> left(intervals.size(), 0);
  for (std::size_t i = intervals.size(); i-- > 0;) {
    const bool goes_on = i + 1 < intervals.size() && same_epoch(intervals[i], intervals[i + 1]);
    left[i] = intervals[i].counters.rows + (goes_on ? left[i + 1] : 0);
  }
  return left;
}

void sum_up(History& history) {
  history.total = history.intervals.front().counters;
  for (std::size_t i = 1; i < history.intervals.size(); ++i) history.total.add(history.intervals[i].counters);
  history.contributions = together(history.contribution_reports);
}

}  // namespace

std::vector<std::uint64_t> History::devices() const {
  std::vector<std::uint64_t> ids;
  for (const LatestReport& report : latest) {
    if (ids.empty() || ids.back() != report.context.device_id) ids.push_back(report.context.device_id);
  }
  return ids;
}

History History::of_device(std::uint64_t device_id) const {
  History one = *this;
  std::erase_if(one.latest, [&](const LatestReport& report) { return report.context.device_id != device_id; });
  std::erase_if(one.intervals, [&](const Interval& interval) { return interval.device_id != device_id; });
  std::erase_if(one.contribution_reports,
                [&](const ContributionReport& report) { return report.device_id != device_id; });
  sum_up(one);
  return one;
}

History read_history(const std::vector<std::string>& paths) {
  std::vector<SnapshotFile> files;
  files.reserve(paths.size());
  for (const std::string& path : paths) files.push_back({path, exporting::read_file(path)});
  return history_of(std::move(files));
}

History history_of(std::vector<SnapshotFile> files) {
  const auto split = std::stable_partition(
      files.begin(), files.end(), [](const SnapshotFile& file) { return !is_contribution_report(file.bytes); });
  if (split == files.begin()) {
    throw std::runtime_error(
        fmt::format("{} holds contributions only, which weigh drift but do not tell it; give a monitor's snapshot too",
                    files.front().path));
  }
  const std::vector<Report> reports = read_reports({files.begin(), split});
  const Snapshot& first = reports.front().snapshot;
  History history;
  history.contribution_reports = read_contribution_reports({split, files.end()}, reports.front());
  for (const ContributionReport& report : history.contribution_reports) history.saturated |= report.saturated;
  std::copy_n(first.model, history.model.size(), history.model.begin());
  history.features = first.features;
  history.classes = first.classes;
  history.histograms = first.histograms;
  history.output_bins = first.output_bins;
  // Boards of several kinds have several shifts; the coarsest holds them all.
  for (const Report& report : reports) {
    history.latency_shift = std::max(history.latency_shift, report.snapshot.latency_shift);
  }
  for (std::size_t i = 0; i < reports.size(); ++i) {
    Interval& interval = history.intervals.emplace_back(interval_of(reports[i], i == 0 ? nullptr : &reports[i - 1]));
    coarsen_latency(interval.counters.latency, reports[i].snapshot.latency_shift, history.latency_shift);
    history.saturated = history.saturated || reports[i].snapshot.saturated;
    const bool is_last = i + 1 == reports.size() || !reports[i + 1].continues(reports[i]);
    if (is_last) history.latest.push_back({reports[i].path, reports[i].who(), reports[i].snapshot.diagnosis});
  }
  count_rows_before(history.intervals);
  sum_up(history);
  return history;
}

std::vector<Interval> merge_short(const std::vector<Interval>& intervals, std::uint64_t fewest) {
  const std::vector<std::uint64_t> left = rows_left(intervals);
  std::vector<Interval> merged;
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    const Interval& next = intervals[i];
    // Few rows at an epoch's end join what was before them.
    const bool joins = !merged.empty() && same_epoch(merged.back(), next) &&
                       (merged.back().counters.rows < fewest || left[i] < fewest);
    if (!joins) {
      merged.push_back(next);
      continue;
    }
    merged.back().counters.add(next.counters);
    merged.back().last_sequence = next.last_sequence;
  }
  return merged;
}

}  // namespace nuthatch::report
