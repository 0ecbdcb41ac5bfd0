#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "commands/commands.hpp"
#include "commands/common.hpp"
#include "report/health.hpp"

namespace nuthatch::commands {
namespace {

using Json = nlohmann::ordered_json;
using exporting::LoadedModel;
using report::Assessment;
using report::Counters;
using report::Health;

constexpr int kAct = 3;  // exit status: drift, or a broken input

struct MonitorFlags {
  std::vector<std::string> snapshots;
  std::string model;
  bool json = false;
};

/// The first tick count that falls into a bucket (the inverse of latency_bucket).
std::uint64_t bucket_start(std::size_t bucket, unsigned shift) {
  if (bucket < 4) return std::uint64_t{bucket} << shift;
  const std::size_t octave = bucket / 4 + 1;
  return ((std::uint64_t{4} + bucket % 4) << (octave - 2)) << shift;
}

/// The upper end, in ticks, of the bucket that holds the share `q` of the rows; nothing where it is the last, open one.
std::optional<std::uint64_t> quantile(const Counters& counters, unsigned shift, double q) {
  std::uint64_t seen = 0;
  const double wanted = q * static_cast<double>(counters.rows);
  for (std::size_t bucket = 0; bucket + 1 < counters.latency.size(); ++bucket) {
    seen += counters.latency[bucket];
    if (seen > 0 && static_cast<double>(seen) >= wanted) return bucket_start(bucket + 1, shift) - 1;
  }
  return std::nullopt;
}

/// A snapshot with the bytes it points into, which stay where they are when it moves.
struct Report {
  std::string path;
  std::vector<std::uint8_t> bytes;
  Snapshot snapshot = {};

  explicit Report(std::string file) : path(std::move(file)), bytes(exporting::read_file(path)) {
    const Status status = read_snapshot({bytes.data(), bytes.size()}, snapshot);
    if (status != Status::kOk) throw std::runtime_error(fmt::format("{}: {}", path, status_text(status)));
  }
  Report(Report&&) = default;
  Report& operator=(Report&&) = default;
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report() = default;

  std::string model() const { return exporting::hex({snapshot.model, 8}); }
};

/// Firmware may leave out what the model has to count in bins, but counts nothing else.
void check_belongs(const Report& report, const LoadedModel& model, const std::string& path) {
  const Footprint footprint = model.model().footprint();
  const Snapshot& snapshot = report.snapshot;
  const bool binned = snapshot.histograms != 0 || snapshot.output_bins != 0;
  const bool same = std::memcmp(snapshot.model, model.model().identity(), 8) == 0 &&
                    snapshot.features == footprint.features && snapshot.classes == footprint.classes &&
                    (!binned || model.contents().watch.counted(snapshot.histograms).size() == snapshot.histograms);
  if (same) return;
  throw std::runtime_error(fmt::format("{} was taken of another model ({}...) than {} ({}...)", report.path,
                                       report.model(), path, exporting::hex({model.model().identity(), 8})));
}

/// Snapshots that add must count the same things.
void check_alike(const Report& first, const Report& other) {
  const Snapshot& a = first.snapshot;
  const Snapshot& b = other.snapshot;
  if (std::memcmp(a.model, b.model, 8) != 0) {
    throw std::runtime_error(fmt::format("{} was taken of another model ({}...) than {} ({}...); give one model's only",
                                         other.path, other.model(), first.path, first.model()));
  }
  if (a.word_count != b.word_count || a.histograms != b.histograms || a.latency_shift != b.latency_shift) {
    throw std::runtime_error(
        fmt::format("{} counts otherwise than {} (histograms or the latency's shift); their counts do not add",
                    other.path, first.path));
  }
}

/// The last report of each device and epoch, as counters grow within an epoch; a report that came twice counts once.
std::vector<Report> latest_reports(const std::vector<std::string>& paths) {
  std::vector<Report> reports;
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::size_t> latest;  // by device and epoch
  for (const std::string& path : paths) {
    const Report& report = reports.emplace_back(path);
    check_alike(reports.front(), report);
    const SnapshotContext& who = report.snapshot.context;
    const auto [known, is_new] = latest.try_emplace({who.device_id, who.epoch}, reports.size() - 1);
    const Report& other = reports[known->second];
    if (is_new || other.bytes == report.bytes) continue;
    if (who.sequence == other.snapshot.context.sequence) {
      throw std::runtime_error(
          fmt::format("{} and {} are both report {} of device {} in epoch {}, but differ; `predict --device-id` tells "
                      "devices apart",
                      other.path, path, who.sequence, who.device_id, who.epoch));
    }
    if (who.sequence > other.snapshot.context.sequence) known->second = reports.size() - 1;
  }
  std::vector<Report> last;
  last.reserve(latest.size());
  for (const auto& [key, index] : latest) last.push_back(std::move(reports[index]));
  return last;
}

std::string feature_name(const std::optional<LoadedModel>& model, std::size_t index) {
  return model ? model->contents().feature_names[index] : fmt::format("feature {}", index);
}

std::string class_name(const std::optional<LoadedModel>& model, std::size_t index) {
  return model ? model->contents().classes[index] : fmt::format("class {}", index);
}

/// A feature's distance from training; null where it has no histogram.
Json to_json(const report::FeatureHealth& feature) {
  const bool known = feature.drift.has_value();
  const report::Drift drift = known ? *feature.drift : report::Drift{};
  const auto number = [&](double value) { return known ? Json(value) : Json(); };
  return {{"health", report::name_of(feature.health)},
          {"reason", feature.reason},
          {"psi", number(drift.psi)},
          {"jensen_shannon", number(drift.jensen_shannon)},
          {"chi_square", number(drift.chi_square)},
          {"p_value", number(drift.p_value)},
          {"kolmogorov_smirnov", number(drift.kolmogorov_smirnov)},
          {"drift", feature.health >= Health::kDrift}};
}

bool any_saturated(const std::vector<Report>& reports) {
  return std::any_of(reports.begin(), reports.end(), [](const Report& report) { return report.snapshot.saturated; });
}

/// Who speaks; what a device says of itself only where there is one.
Json to_json(const std::vector<Report>& reports) {
  const Snapshot& snapshot = reports.front().snapshot;
  Json json = {{"model", reports.front().model()}, {"saturated", any_saturated(reports)}};
  if (reports.size() > 1) {
    json["reports"] = reports.size();
    return json;
  }
  json.update({{"device_id", snapshot.context.device_id},
               {"firmware_id", snapshot.context.firmware_id},
               {"boot_count", snapshot.context.boot_count},
               {"epoch", snapshot.context.epoch},
               {"sequence", snapshot.context.sequence},
               {"uptime_start", snapshot.context.uptime_start},
               {"uptime_end", snapshot.context.uptime_end},
               {"time_known", snapshot.context.time_known}});
  return json;
}

Json to_json(const std::vector<Report>& reports, const Counters& counters, const std::optional<LoadedModel>& model,
             const std::optional<Assessment>& assessment) {
  const Snapshot& snapshot = reports.front().snapshot;
  Json json = to_json(reports);
  json.update({{"rows", counters.rows},
               {"refused", counters.refused},
               {"classes", Json::object()},
               {"features", Json::array()}});
  for (std::size_t k = 0; k < snapshot.classes; ++k) json["classes"][class_name(model, k)] = counters.classes[k];
  for (std::size_t i = 0; i < snapshot.features; ++i) {
    json["features"].push_back({{"name", feature_name(model, i)},
                                {"below", counters.below[i]},
                                {"above", counters.above[i]},
                                {"not_finite", counters.refusals.empty() ? Json() : Json(counters.refusals[i])},
                                {"rows", counters.rows}});
    if (assessment) json["features"].back().update(to_json(assessment->features[i]));
  }
  if (assessment) {
    const auto known = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
    json["health"] = report::name_of(assessment->health);
    json["reason"] = assessment->reason;
    json["expected_accuracy"] = known(assessment->expected_accuracy);
    json["out_of_range_share"] = known(assessment->outside_share);
  }
  const auto ticks = [&](double q) {
    const auto value = quantile(counters, snapshot.latency_shift, q);
    return value ? Json(*value) : Json();
  };
  json["latency"] = {{"p50", ticks(0.5)},
                     {"p99", ticks(0.99)},
                     {"unit", "ticks"},
                     {"shift", snapshot.latency_shift},
                     {"buckets", counters.latency}};
  return json;
}

std::string share(std::uint64_t count, std::uint64_t rows) {
  return rows == 0 ? "" : fmt::format("({:.1f} %)", 100.0 * static_cast<double>(count) / static_cast<double>(rows));
}

/// Names the features that leave their training range in at least one row of a hundred; a rare one is no news.
void print_ranges(const Snapshot& snapshot, const Counters& counters, const std::optional<LoadedModel>& model) {
  std::size_t rarely = 0;
  std::size_t often = 0;
  for (std::size_t i = 0; i < snapshot.features; ++i) {
    const std::uint64_t outside = std::uint64_t{counters.below[i]} + counters.above[i];
    if (outside == 0) continue;
    if (outside * 100 < counters.rows) {
      ++rarely;
      continue;
    }
    ++often;
    fmt::print("  {:<28} outside its training range: {} below, {} above {}\n", feature_name(model, i),
               counters.below[i], counters.above[i], share(outside, counters.rows));
  }
  fmt::print("of {} features {} left their training range in 1 % of the rows or more, {} in fewer, {} never\n",
             snapshot.features, often, rarely, snapshot.features - often - rarely);
}

void print_text(const std::vector<Report>& reports, const Counters& counters, const std::optional<LoadedModel>& model) {
  const Snapshot& snapshot = reports.front().snapshot;
  for (const Report& report : reports) {
    const SnapshotContext& who = report.snapshot.context;
    fmt::print("{}: model {}, device {}, epoch {}, sequence {}\n", report.path, report.model(), who.device_id,
               who.epoch, who.sequence);
  }
  fmt::print("{} rows predicted, {} refused{}\n", counters.rows, counters.refused,
             any_saturated(reports) ? "; a counter is full: counting has stopped" : "");
  for (std::size_t k = 0; k < snapshot.classes; ++k) {
    fmt::print("  predicted {:<24} {:>10} {}\n", class_name(model, k), counters.classes[k],
               share(counters.classes[k], counters.rows));
  }
  print_ranges(snapshot, counters, model);
  const auto ticks = [&](double q) {
    const auto value = quantile(counters, snapshot.latency_shift, q);
    return value ? fmt::format("{}", *value) : std::string("past the last bucket");
  };
  if (counters.rows > 0) fmt::print("latency in ticks: half within {}, 99 % within {}\n", ticks(0.5), ticks(0.99));
}

void print_assessment(const Assessment& assessment, const LoadedModel& model) {
  for (std::size_t i = 0; i < assessment.features.size(); ++i) {
    const report::FeatureHealth& feature = assessment.features[i];
    if (feature.health == Health::kOk) continue;
    fmt::print("  {:<8} {}: {}\n", report::name_of(feature.health), model.contents().feature_names[i], feature.reason);
  }
  if (assessment.expected_accuracy) {
    fmt::print("expected accuracy {:.4f} by the margins of the rows in range; {:.1f} % of the rows are out of range\n",
               *assessment.expected_accuracy, 100 * assessment.outside_share.value_or(0));
  }
  fmt::print("health: {}{}{}\n", report::name_of(assessment.health), assessment.reason.empty() ? "" : ", ",
             assessment.reason);
}

/// 3 where somebody should act.
int monitor(const MonitorFlags& flags) {
  const std::vector<Report> reports = latest_reports(flags.snapshots);
  std::optional<LoadedModel> model;
  if (!flags.model.empty()) model = LoadedModel::from_file(flags.model);
  Counters counters = report::read_counters(reports.front().snapshot);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    if (model) check_belongs(reports[i], *model, flags.model);
    if (i > 0) counters.add(report::read_counters(reports[i].snapshot));
  }
  std::optional<Assessment> assessment;
  if (model) assessment = report::assess(counters, model->contents());
  if (flags.json) {
    fmt::print("{}\n", to_json(reports, counters, model, assessment).dump(2));
  } else {
    print_text(reports, counters, model);
    if (assessment) print_assessment(*assessment, *model);
  }
  return assessment && assessment->health >= Health::kDrift ? kAct : 0;
}

}  // namespace

void add_monitor(CLI::App& program) {
  auto flags = std::make_shared<MonitorFlags>();
  CLI::App* command = program.add_subcommand("monitor", "Read the counters a device sent back");
  command->add_option("snapshot", flags->snapshots, "snapshot files: of each device and epoch the last one counts")
      ->required()
      ->type_name("S.bin");
  command->add_option("--model", flags->model, "its model, for names")->type_name("M.nhm");
  command->add_flag("--json", flags->json, "print one JSON document");
  command->footer("Exit status 3 where the model tells of drift or of a broken input.");
  command->callback([flags] {
    const int status = monitor(*flags);
    if (status != 0) throw CLI::RuntimeError(status);
  });
}

}  // namespace nuthatch::commands
