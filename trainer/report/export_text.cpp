#include <fmt/format.h>

#include <iterator>

#include "data/shown.hpp"
#include "report/exporters.hpp"
#include "report/latency.hpp"

namespace nuthatch::report {
namespace {

/// Appends a formatted line.
template <class... Values>
void say(std::string& text, fmt::format_string<Values...> format, Values&&... values) {
  fmt::format_to(std::back_inserter(text), format, std::forward<Values>(values)...);
  text += '\n';
}

std::string share(std::uint64_t count, std::uint64_t rows) {
  return rows == 0 ? "" : fmt::format("({:.1f} %)", 100.0 * static_cast<double>(count) / static_cast<double>(rows));
}

/// Names the features that leave their training range in at least one row of a hundred; a rare one is no news.
void say_ranges(const Findings& findings, std::string& text) {
  const Counters& counters = findings.history.total;
  std::size_t rarely = 0;
  std::size_t often = 0;
  for (std::size_t i = 0; i < findings.history.features; ++i) {
    const std::uint64_t outside = counters.below[i] + counters.above[i];
    if (outside == 0) continue;
    if (outside * 100 < counters.rows) {
      ++rarely;
      continue;
    }
    ++often;
    say(text, "  {:<28} outside its training range: {} below, {} above {}", data::brief(findings.feature_name(i)),
        counters.below[i], counters.above[i], share(outside, counters.rows));
  }
  say(text, "of {} features {} left their training range in 1 % of the rows or more, {} in fewer, {} never",
      findings.history.features, often, rarely, findings.history.features - often - rarely);
}

void say_counts(const Findings& findings, std::string& text) {
  const History& history = findings.history;
  const Counters& counters = history.total;
  for (const LatestReport& report : history.latest) {
    const SnapshotContext& who = report.context;
    say(text, "{}: model {}, device {}{}, epoch {}, sequence {}", report.path, exporting::hex(history.model),
        who.device_id, who.firmware_id == 0 ? "" : fmt::format(", firmware {}", who.firmware_id), who.epoch,
        who.sequence);
  }
  say(text, "{} rows predicted, {} refused{}", counters.rows, counters.refused,
      history.saturated ? "; a counter is full: counting has stopped" : "");
  for (std::size_t k = 0; k < history.classes; ++k) {
    say(text, "  predicted {:<24} {:>10} {}", data::brief(findings.class_name(k)), counters.classes[k],
        share(counters.classes[k], counters.rows));
  }
  say_ranges(findings, text);
  const auto ticks = [&](double q) {
    const auto value = latency_quantile(counters.latency, history.latency_shift, q);
    return value ? fmt::format("{}", *value) : std::string("past the last bucket");
  };
  if (counters.rows > 0 && latency_measured(counters.latency)) {
    say(text, "latency in ticks: half within {}, 99 % within {}", ticks(0.5), ticks(0.99));
  }
}

/// Only where there was a time before: else it has been so from the first row on.
std::string since_text(const std::optional<Since>& since) {
  if (!since || since->rows_before == 0) return "";
  return fmt::format(", since report {} of device {} (epoch {}, after {} rows)", since->sequence, since->device_id,
                     since->epoch, since->rows_before);
}

/// What devices say of themselves, where it is not "ok".
void say_devices(const Findings& findings, std::string& text) {
  for (const LatestReport& report : findings.history.latest) {
    const Diagnosis& found = report.diagnosis;
    if (found.health != Health::kOk) {
      const bool known = found.feature < findings.history.features;
      say(text, "device {} says {}: {}{}", report.context.device_id, text_of(found.health),
          known ? data::brief(findings.feature_name(found.feature)) + ", " : std::string(), text_of(found.reason));
    }
    if (report.context.crashes > 0) {
      say(text, "device {} crashed {} times; the first: input hash {:08x}, class {}, status {}",
          report.context.device_id, report.context.crashes, report.context.crash_input, report.context.crash_class,
          report.context.crash_status);
    }
  }
}

/// Which of the drifting features matters most, and how that is known.
void say_impact(const Findings& findings, std::string& text) {
  const std::optional<std::size_t> feature = findings.matters_most();
  if (!feature) return;
  const std::optional<Contributions>& contributions = findings.history.contributions;
  say(text, "{} matters most: its drift weighed by {}", data::brief(findings.feature_name(*feature)),
      contributions ? fmt::format("the {} contributions of {} rows", contributions->exact ? "exact" : "approximate",
                                  contributions->rows)
                    : std::string("what shuffling it cost in training"));
}

void say_assessment(const Findings& findings, std::string& text) {
  const Assessment& assessment = *findings.assessment;
  for (std::size_t i = 0; i < assessment.features.size(); ++i) {
    const FeatureHealth& feature = assessment.features[i];
    const std::string since = since_text(findings.since[i]);
    if (feature.health == Health::kOk && since.empty()) continue;
    say(text, "  {:<8} {}: {}{}", text_of(feature.health), data::brief(findings.feature_name(i)),
        feature.health == Health::kOk ? "drift in the latest rows" : feature.reason, since);
  }
  say_impact(findings, text);
  if (assessment.expected_accuracy) {
    say(text, "expected accuracy {:.4f} by the margins of the rows in range{}; {:.1f} % of the rows are out of range",
        *assessment.expected_accuracy,
        findings.has_held_out() ? "" : ", as of rows that the model learned from, which flatters",
        100 * assessment.outside_share.value_or(0));
  }
  say(text, "health: {}{}{}", text_of(assessment.health), assessment.reason.empty() ? "" : ", ", assessment.reason);
}

}  // namespace

std::string to_text(const Findings& findings) {
  std::string text;
  say_counts(findings, text);
  say_devices(findings, text);
  if (findings.assessment) {
    say_assessment(findings, text);
  } else {
    say(text, "health: {} by the devices alone{}{}; --model tells more", text_of(findings.health()),
        findings.reason().empty() ? "" : ", ", findings.reason());
  }
  return text;
}

}  // namespace nuthatch::report
