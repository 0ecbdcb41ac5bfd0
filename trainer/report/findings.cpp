#include "report/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numbers>
#include <numeric>
#include <tuple>

namespace nuthatch::report {
namespace {

using Timeline = std::vector<JudgedInterval>;

bool is_bad(const JudgedInterval& judged, std::size_t feature) {
  return judged.assessment && judged.assessment->features[feature].health >= Health::kDrift;
}

/// Where the bad intervals at the end of [first, last), one device's, begin; `last` where its end is good.
std::size_t run_start(const Timeline& timeline, std::size_t first, std::size_t last, std::size_t feature) {
  while (last > first && is_bad(timeline[last - 1], feature)) --last;
  return last;
}

/// Of several devices the one that has been bad for most rows.
std::optional<Since> since_when(const Timeline& timeline, std::size_t feature) {
  std::optional<Since> since;
  std::uint64_t most = 0;
  for (std::size_t first = 0, last = 0; first < timeline.size(); first = last) {
    const std::uint64_t device = timeline[first].interval.device_id;
    while (last < timeline.size() && timeline[last].interval.device_id == device) ++last;
    const std::size_t start = run_start(timeline, first, last, feature);
    if (start == last) continue;
    const Interval& end = timeline[last - 1].interval;
    const Interval& from = timeline[start].interval;
    const std::uint64_t rows = end.rows_before + end.counters.rows - from.rows_before;
    if (since && rows <= most) continue;
    most = rows;
    since = Since{device, from.epoch, from.first_sequence, from.uptime, from.rows_before};
  }
  return since;
}

const FeatureHealth* health_of(const Findings& findings, std::size_t feature) {
  return findings.assessment ? &findings.assessment->features[feature] : nullptr;
}

const Drift* drift_of(const Findings& findings, std::size_t feature) {
  const FeatureHealth* health = health_of(findings, feature);
  return health != nullptr && health->drift ? &*health->drift : nullptr;
}

template <double Drift::*kMember>
Value drift_value(const Findings& findings, std::size_t feature) {
  const Drift* drift = drift_of(findings, feature);
  return drift == nullptr ? Value() : drift->*kMember;
}

template <std::vector<std::uint64_t> Counters::*kMember>
Value count_of(const Findings& findings, std::size_t feature) {
  const auto& counts = findings.history.total.*kMember;
  return counts.empty() ? Value() : counts[feature];
}

template <std::uint64_t Counters::*kMember>
Value total_of(const Findings& findings) {
  return findings.history.total.*kMember;
}

/// The same, of what is counted only where there are histograms.
template <std::uint64_t Counters::*kMember>
Value watched_total_of(const Findings& findings) {
  const bool watched = findings.history.histograms != 0 || findings.history.output_bins != 0;
  return watched ? total_of<kMember>(findings) : Value();
}

template <std::optional<double> Assessment::*kMember>
Value known(const Findings& findings) {
  const bool given = findings.assessment && (*findings.assessment).*kMember;
  return given ? *((*findings.assessment).*kMember) : Value();
}

/// PSI is compared beyond what chance makes of it, so what it may be depends on the rows.
Value psi_threshold(const Findings& findings, std::size_t feature) {
  const Drift* drift = drift_of(findings, feature);
  if (drift == nullptr) return {};
  return findings.tolerance.psi + drift->psi - drift->psi_beyond_chance();
}

/// JSD in bits of a small PSI is PSI / (8 ln 2): both are second order in the difference of shares.
Value jensen_shannon_threshold(const Findings& findings, std::size_t feature) {
  const Value psi = psi_threshold(findings, feature);
  const auto* limit = std::get_if<double>(&psi);
  return limit == nullptr ? Value() : Value(*limit / (8 * std::numbers::ln2));
}

/// What has the p-value at its limit.
template <double (Drift::*kAt)(double p_value) const>
Value threshold_at(const Findings& findings, std::size_t feature) {
  const Drift* drift = drift_of(findings, feature);
  if (drift == nullptr || drift->bins < 2) return {};
  return (drift->*kAt)(findings.tolerance.p_value / static_cast<double>(findings.history.histograms));
}

Value p_value_threshold(const Findings& findings, std::size_t feature) {
  if (drift_of(findings, feature) == nullptr) return {};
  return findings.tolerance.p_value / static_cast<double>(findings.history.histograms);
}

Value baseline_rows(const Findings& findings, std::size_t feature) {
  const Drift* drift = drift_of(findings, feature);
  return drift == nullptr ? Value() : drift->baseline_rows;
}

Value health_name(const Findings& findings, std::size_t feature) {
  const FeatureHealth* health = health_of(findings, feature);
  return health == nullptr ? Value() : Value(std::string(text_of(health->health)));
}

Value reason_of(const Findings& findings, std::size_t feature) {
  const FeatureHealth* health = health_of(findings, feature);
  return health == nullptr ? Value() : health->reason;
}

/// "device 7: temperature does not change any more".
std::string device_reason(const Findings& findings, const LatestReport& report) {
  const Diagnosis& found = report.diagnosis;
  if (found.health == Health::kOk) return "";
  const bool known = found.feature < findings.history.features;
  return fmt::format("device {} found: {}{}", report.context.device_id,
                     known ? findings.feature_name(found.feature) + ", " : std::string(), text_of(found.reason));
}

/// A device sees its last windows, which the sum of all rows may hide.
void add_device_findings(Findings& findings) {
  Assessment& assessment = *findings.assessment;
  const LatestReport& report = findings.worst_device();
  const Diagnosis& found = report.diagnosis;
  if (found.feature < assessment.features.size() && found.health > assessment.features[found.feature].health) {
    assessment.features[found.feature].health = found.health;
    assessment.features[found.feature].reason =
        fmt::format("{}, the device says of its last windows", text_of(found.reason));
  }
  if (found.health <= assessment.health) return;
  assessment.health = found.health;
  assessment.reason = device_reason(findings, report);
}

/// What a device's last interval says for itself: many good rows before it must not hide it.
void add_last_interval(const JudgedInterval& last, Findings& findings) {
  Assessment& assessment = *findings.assessment;
  const auto when =
      fmt::format(", in the last {} rows of device {}", last.interval.counters.rows, last.interval.device_id);
  for (std::size_t i = 0; i < assessment.features.size(); ++i) {
    const FeatureHealth& found = last.assessment->features[i];
    FeatureHealth& feature = assessment.features[i];
    if (found.health < Health::kDrift || found.health <= feature.health) continue;
    feature.health = found.health;
    feature.reason = found.reason + when;
  }
  if (last.assessment->class_health >= Health::kDrift) assessment.class_health = last.assessment->class_health;
  if (last.assessment->health < Health::kDrift || last.assessment->health <= assessment.health) return;
  assessment.health = last.assessment->health;
  assessment.reason = last.assessment->reason + when;
}

void add_last_intervals(Findings& findings) {
  const Timeline& timeline = findings.timeline;
  for (std::size_t i = 0; i < timeline.size(); ++i) {
    const auto same_device = [&](std::size_t other) {
      return other < timeline.size() && timeline[other].interval.device_id == timeline[i].interval.device_id;
    };
    // A device's only interval is all that it counted.
    if (!same_device(i + 1) && i > 0 && same_device(i - 1)) add_last_interval(timeline[i], findings);
  }
}

double importance_of(const Findings& findings, std::size_t feature) {
  return findings.model->watch.importance[feature] / 65535.0;
}

bool has_importance(const Findings& findings) {
  return findings.model != nullptr && !findings.model->watch.importance.empty();
}

Value importance(const Findings& findings, std::size_t feature) {
  return has_importance(findings) ? Value(importance_of(findings, feature)) : Value();
}

Value mean_abs_contribution(const Findings& findings, std::size_t feature) {
  const std::optional<Contributions>& contributions = findings.history.contributions;
  return contributions ? Value(contributions->means[feature]) : Value();
}

Value impact(const Findings& findings, std::size_t feature) {
  const std::optional<double> value = findings.impact(feature);
  return value ? Value(*value) : Value();
}

Value matters_most(const Findings& findings) {
  const std::optional<std::size_t> feature = findings.matters_most();
  return feature ? Value(findings.feature_name(*feature)) : Value();
}

Value impact_by(const Findings& findings) {
  if (findings.history.contributions) return std::string("contributions");
  return has_importance(findings) ? Value(std::string("permutation")) : Value();
}

Value contribution_rows(const Findings& findings) {
  const std::optional<Contributions>& contributions = findings.history.contributions;
  return contributions ? Value(contributions->rows) : Value();
}

Value contributions_exact(const Findings& findings) {
  const std::optional<Contributions>& contributions = findings.history.contributions;
  return contributions ? Value(contributions->exact) : Value();
}

Value class_mix_psi(const Findings& findings) {
  return findings.assessment && findings.assessment->class_mix ? Value(findings.assessment->class_mix->psi) : Value();
}

Value class_mix_p(const Findings& findings) {
  return findings.assessment && findings.assessment->class_mix ? Value(findings.assessment->class_mix->p_value)
                                                               : Value();
}

Value class_mix_drift(const Findings& findings) {
  const bool known = findings.assessment && findings.assessment->class_mix;
  return known ? Value(findings.assessment->class_health >= Health::kDrift) : Value();
}

Value expected_accuracy_held_out(const Findings& findings) {
  const bool known = findings.assessment && findings.assessment->expected_accuracy;
  return known ? Value(findings.has_held_out()) : Value();
}

Value crashes(const Findings& findings) {
  std::uint64_t sum = 0;
  for (const LatestReport& report : findings.history.latest) sum += report.context.crashes;
  return sum;
}

Value is_drift(const Findings& findings, std::size_t feature) {
  const FeatureHealth* health = health_of(findings, feature);
  return health == nullptr ? Value() : health->health >= Health::kDrift;
}

}  // namespace

std::string Findings::feature_name(std::size_t index) const {
  return model != nullptr ? model->feature_names[index] : fmt::format("feature {}", index);
}

std::string Findings::class_name(std::size_t index) const {
  return model != nullptr ? model->classes[index] : fmt::format("class {}", index);
}

bool Findings::has_held_out() const { return model != nullptr && model->lineage.held_out.has_value(); }

const LatestReport& Findings::worst_device() const {
  // Of each device the last epoch is what it says now; `latest` is in that order.
  const LatestReport* worst = &history.latest.back();
  for (std::size_t i = 0; i < history.latest.size(); ++i) {
    const LatestReport& report = history.latest[i];
    const bool is_last =
        i + 1 == history.latest.size() || history.latest[i + 1].context.device_id != report.context.device_id;
    if (is_last && report.diagnosis.health > worst->diagnosis.health) worst = &report;
  }
  return *worst;
}

Health Findings::health() const { return assessment ? assessment->health : worst_device().diagnosis.health; }

std::string Findings::reason() const { return assessment ? assessment->reason : device_reason(*this, worst_device()); }

std::optional<double> Findings::weight(std::size_t feature) const {
  if (history.contributions) {
    const std::vector<double>& means = history.contributions->means;
    const double most = *std::max_element(means.begin(), means.end());
    return most > 0 ? means[feature] / most : 0;
  }
  return has_importance(*this) ? std::optional(importance_of(*this, feature)) : std::nullopt;
}

std::optional<double> Findings::impact(std::size_t feature) const {
  const Drift* drift = drift_of(*this, feature);
  const std::optional<double> share = weight(feature);
  if (drift == nullptr || !share) return {};
  return *share * std::max(0.0, drift->psi_beyond_chance());
}

std::optional<std::size_t> Findings::matters_most() const {
  if (!assessment) return {};
  // Where features drift, one that is only watched is none of them.
  const std::vector<FeatureHealth>& all = assessment->features;
  const bool some_drift =
      std::any_of(all.begin(), all.end(), [](const FeatureHealth& each) { return each.health >= Health::kDrift; });
  const Health least = some_drift ? Health::kDrift : Health::kWatch;
  double most = 0;
  std::optional<std::size_t> feature;
  for (std::size_t i = 0; i < history.features; ++i) {
    const double value = impact(i).value_or(0);
    if (value <= most || all[i].health < least) continue;
    most = value;
    feature = i;
  }
  return feature;
}

std::vector<std::size_t> Findings::by_severity() const {
  const auto badness = [&](std::size_t i) {
    const FeatureHealth* health = health_of(*this, i);
    const Drift* drift = drift_of(*this, i);
    return std::tuple(health != nullptr ? health->health : Health::kOk, impact(i).value_or(0),
                      drift != nullptr ? drift->psi : 0, history.total.below[i] + history.total.above[i]);
  };
  std::vector<std::size_t> order(history.features);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return badness(a) > badness(b); });
  return order;
}

Findings judge(History history, const exporting::ModelContents* model) {
  Findings findings;
  findings.history = std::move(history);
  findings.model = model;
  for (Interval& interval : merge_short(findings.history.intervals, kFewestRowsToJudge)) {
    std::optional<Assessment> assessment;
    if (model != nullptr) assessment = assess(interval.counters, *model, findings.tolerance);
    findings.timeline.push_back({std::move(interval), std::move(assessment)});
  }
  if (model != nullptr) {
    findings.assessment = assess(findings.history.total, *model, findings.tolerance);
    add_last_intervals(findings);
    add_device_findings(findings);
  }
  for (std::size_t i = 0; i < findings.history.features; ++i) {
    findings.since.push_back(since_when(findings.timeline, i));
  }
  return findings;
}

std::vector<Findings> judge_devices(const Findings& all) {
  std::vector<Findings> devices;
  for (const std::uint64_t device : all.history.devices()) {
    devices.push_back(judge(all.history.of_device(device), all.model));
  }
  return devices;
}

const std::vector<Column>& feature_columns() {
  static const std::vector<Column> kColumns = {
      {"below", "Rows below the feature's training range", Kind::kCount, count_of<&Counters::below>},
      {"above", "Rows above the feature's training range", Kind::kCount, count_of<&Counters::above>},
      {"not_finite", "Rows refused because the feature was missing or not finite", Kind::kCount,
       count_of<&Counters::refusals>},
      {"rows", "Rows predicted, the size of the sample", Kind::kCount,
       [](const Findings& findings, std::size_t) -> Value { return findings.history.total.rows; }},
      {"baseline_rows", "Training rows that the feature is compared with", Kind::kMeasure, baseline_rows},
      {"health", "ok, watch, drift or broken", Kind::kText, health_name},
      {"reason", "Why the feature is not ok", Kind::kText, reason_of},
      {"psi", "Population stability index of the feature's bins against training", Kind::kMeasure,
       drift_value<&Drift::psi>, psi_threshold},
      {"jensen_shannon", "Jensen-Shannon divergence from training in bits", Kind::kMeasure,
       drift_value<&Drift::jensen_shannon>, jensen_shannon_threshold},
      {"chi_square", "Pearson's chi-square of the feature's bins against training", Kind::kMeasure,
       drift_value<&Drift::chi_square>, threshold_at<&Drift::chi_square_at>},
      {"p_value", "Chance of a chi-square as large without drift", Kind::kMeasure, drift_value<&Drift::p_value>,
       p_value_threshold},
      {"kolmogorov_smirnov", "Largest distance from training's distribution function", Kind::kMeasure,
       drift_value<&Drift::kolmogorov_smirnov>, threshold_at<&Drift::kolmogorov_smirnov_at>},
      {"kolmogorov_smirnov_p_value", "Chance of such a distance without drift, at most", Kind::kMeasure,
       drift_value<&Drift::kolmogorov_smirnov_p_value>, p_value_threshold},
      {"importance", "Of the most important feature's loss of score when shuffled, the share", Kind::kMeasure,
       importance},
      {"mean_abs_contribution", "Mean size of the feature's contributions to the score, as devices counted it",
       Kind::kMeasure, mean_abs_contribution},
      {"impact",
       "PSI beyond chance times the share of the largest mean contribution or, where none were given, importance",
       Kind::kMeasure, impact},
      {"drift", "1 where the feature is judged drift or broken", Kind::kFlag, is_drift},
  };
  return kColumns;
}

const std::vector<Figure>& figures() {
  static const std::vector<Figure> kFigures = {
      {"rows", "Rows predicted", Kind::kCount, total_of<&Counters::rows>},
      {"refused", "Rows refused, for whatever reason", Kind::kCount, total_of<&Counters::refused>},
      {"refused_not_finite", "Rows refused because a value was not finite", Kind::kCount,
       watched_total_of<&Counters::not_finite>},
      {"refused_missing", "Rows refused because a value was missing", Kind::kCount,
       watched_total_of<&Counters::missing>},
      {"out_of_range_rows", "Rows with some feature out of its training range", Kind::kCount,
       watched_total_of<&Counters::outside>},
      {"out_of_range_share", "Share of rows with some feature out of its training range", Kind::kMeasure,
       known<&Assessment::outside_share>},
      {"expected_accuracy", "Accuracy to expect by the margins of the rows in range", Kind::kMeasure,
       known<&Assessment::expected_accuracy>},
      {"expected_accuracy_held_out", "1 where it is by rows held out from training, 0 where by those learned from",
       Kind::kFlag, expected_accuracy_held_out},
      {"unsure_share", "Share of rows in range whose answer is less sure than training asked", Kind::kMeasure,
       known<&Assessment::unsure_share>},
      {"matters_most", "The drifting feature with the largest impact", Kind::kText, matters_most},
      {"impact_by", "contributions or permutation: what impact weighs drift by", Kind::kText, impact_by},
      {"contribution_rows", "Rows of which contributions were counted", Kind::kCount, contribution_rows},
      {"contributions_exact", "1 where contributions are exact, 0 where a forest approximates them", Kind::kFlag,
       contributions_exact},
      {"class_mix_psi", "Population stability index of the predicted classes against training", Kind::kMeasure,
       class_mix_psi},
      {"class_mix_p_value", "Chance of a class mix as far from training without drift", Kind::kMeasure, class_mix_p},
      {"class_mix_drift", "1 where the class mix is judged drift", Kind::kFlag, class_mix_drift},
      {"windows", "Windows of 240 rows that devices decided on", Kind::kCount, watched_total_of<&Counters::windows>},
      {"crashes", "Crashes that devices report", Kind::kMeasure, crashes},
  };
  return kFigures;
}

}  // namespace nuthatch::report
