#ifndef NUTHATCH_TRAINER_REPORT_FINDINGS_HPP
#define NUTHATCH_TRAINER_REPORT_FINDINGS_HPP

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "report/health.hpp"
#include "report/intervals.hpp"

/// All that `monitor` finds out, for every way of writing it down.
namespace nuthatch::report {

/// Fewer rows say little about a distribution of 16 bins.
constexpr std::uint64_t kFewestRowsToJudge = 200;

/// From where on a feature has been drift or broken to the end of what a device reported.
struct Since {
  std::uint64_t device_id = 0;
  std::uint32_t epoch = 0;
  std::uint32_t sequence = 0;
  std::optional<std::uint64_t> uptime;
  std::uint64_t rows_before = 0;
};

/// An interval long enough to be judged, and what it says; nothing without the model.
struct JudgedInterval {
  Interval interval;
  std::optional<Assessment> assessment;
};

struct Findings {
  History history;
  const exporting::ModelContents* model = nullptr;  ///< null: not given
  Tolerance tolerance;
  std::optional<Assessment> assessment;     ///< of all rows, and what the devices found; with the model
  std::vector<JudgedInterval> timeline;     ///< by device, epoch and sequence
  std::vector<std::optional<Since>> since;  ///< a feature

  std::string feature_name(std::size_t index) const;
  std::string class_name(std::size_t index) const;
  /// Whether the accuracy to expect is by rows that the model has not learned from, else it flatters.
  bool has_held_out() const;
  /// The worst that the rows say, and the devices of themselves; and in words: empty if ok.
  Health health() const;
  std::string reason() const;
  /// The worst that devices say of their own last windows.
  const LatestReport& worst_device() const;
  /// How much a feature matters to the answers, as a share of what the one that matters most does: by the contributions
  /// that devices counted, else by what shuffling it cost in training.
  std::optional<double> weight(std::size_t feature) const;
  /// Drift in a feature that matters: its weight times its PSI beyond chance.
  std::optional<double> impact(std::size_t feature) const;
  /// The feature with the largest impact of those that are not ok.
  std::optional<std::size_t> matters_most() const;
  /// Features, the worst first; of equally bad ones the one with the larger impact.
  std::vector<std::size_t> by_severity() const;
};

/// `model` must live as long as what is returned.
Findings judge(History history, const exporting::ModelContents* model);

/// The same, of each device alone.
std::vector<Findings> judge_devices(const Findings& all);

/// What one field of a report holds; nothing where it is not known.
using Value = std::variant<std::monostate, bool, std::uint64_t, double, std::string>;

enum class Kind { kText, kFlag, kCount, kMeasure };

/// A number (or a word) a feature. JSON, CSV, Prometheus and the page are made from this list: a column more is a row
/// more there, and nothing else.
struct Column {
  const char* name;  ///< as in JSON and CSV
  const char* help;
  Kind kind;
  Value (*value)(const Findings& findings, std::size_t feature);
  /// What the value is compared with; null: with nothing.
  Value (*threshold)(const Findings& findings, std::size_t feature) = nullptr;
};
const std::vector<Column>& feature_columns();

/// The same for all rows.
struct Figure {
  const char* name;
  const char* help;
  Kind kind;
  Value (*value)(const Findings& findings);
};
const std::vector<Figure>& figures();

}  // namespace nuthatch::report

#endif
