#include <fmt/format.h>

#include <algorithm>

#include "report/compare_report.hpp"
#include "report/compare_units.hpp"

namespace nuthatch::report {
namespace {

using compare::Target;

std::string table(const compare::Comparison& comparison) {
  std::string text =
      fmt::format("{:<18} {:>8} {:>5} {:>9} {:>11} {:>11} {:>11} {:>10} {:>11} {:>8}\n", "target", comparison.metric,
                  "bits", "agreement", "p50", "p99", "max", "bytes out", "energy", "in time");
  for (const Target& target : comparison.targets) {
    if (!target.error.empty()) {
      text += fmt::format("{:<18} failed: {}\n", target.name, target.error);
      continue;
    }
    const auto latency = [&](auto value) { return target.latency ? time_text(value(*target.latency)) : "-"; };
    text += fmt::format(
        "{:<18} {:>8} {:>5} {:>9} {:>11} {:>11} {:>11} {:>10} {:>11} {:>8}\n", target.name,
        number_text(target.score, "{:.4f}"), target.identical_bits ? "same" : "DIFFER",
        number_text(target.agreement.labels, "{:.4f}"), latency([](const auto& p) { return std::optional(p.p50); }),
        latency([](const auto& p) { return p.p99; }), latency([](const auto& p) { return std::optional(p.max); }),
        fmt::format("{:.0f}", target.bytes_per_prediction), energy_text(target.energy.microjoules),
        share_text(target.answered_in_deadline));
  }
  return text;
}

/// Said where more is asked for than the link carries: then all there is to see is how the queue grows.
std::string saturation(const compare::Comparison& comparison) {
  std::string text;
  for (const Target& target : comparison.targets) {
    const double most = comparison.network.bandwidth / 8 / std::max(target.bytes_per_prediction, 1.0);
    if (target.bytes_per_prediction == 0 || comparison.network.bandwidth == 0 || most > comparison.load.rate) continue;
    text +=
        fmt::format("{}: the link carries {:.3g} questions a second, and {:g} are asked; a lower --rate says more\n",
                    target.name, most, comparison.load.rate);
  }
  return text;
}

/// What the figures are; a line for all targets of which it is the same.
std::string notes(const compare::Comparison& comparison) {
  std::vector<std::pair<std::string, std::string>> lines;  // what is said, and of whom
  const auto note = [&](const std::string& what, const std::string& target) {
    const auto said = std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.first == what; });
    if (said == lines.end())
      lines.emplace_back(what, target);
    else
      said->second += ", " + target;
  };
  for (const Target& target : comparison.targets) {
    if (!target.error.empty()) continue;
    note(fmt::format("latency {}: {}", target.latency_kind, target.latency_how), target.name);
    note(fmt::format("energy {}: {}", target.energy.label, target.energy.how), target.name);
  }
  std::string text;
  for (const auto& [what, targets] : lines) text += fmt::format("{}: {}\n", targets, what);
  return text + saturation(comparison);
}

}  // namespace

std::string compare_text(const compare::Comparison& comparison) {
  std::string text = fmt::format(
      "{} rows of {}, {} predictions at {:g} a second, deadline {}, network {} (emulated in the client)\n"
      "agreement with {}\n\n",
      comparison.rows, comparison.data, comparison.load.requests(), comparison.load.rate,
      time_text(comparison.deadline_us), compare::text_of(comparison.network), comparison.reference);
  text += table(comparison) + "\n" + notes(comparison);
  for (const compare::BreakEven& even : comparison.break_even) {
    if (even.cloud == comparison.break_even.front().cloud) text += "\n" + sentence_of(even);
  }
  if (!comparison.break_even.empty()) text += "\n";
  if (comparison.hybrid.empty()) return text;
  text += fmt::format("\n{} answers, and asks {} below a margin:\n{:>12} {:>8} {:>10} {:>9} {:>10}\n",
                      comparison.hybrid_local, comparison.hybrid_cloud, "margin", "asked", "agreement", "accuracy",
                      "bytes out");
  for (const compare::HybridPoint& point : comparison.hybrid) {
    text += fmt::format("{:>12.4g} {:>8} {:>10.4f} {:>9} {:>10.0f}\n", point.margin, share_text(point.asked),
                        point.agreement, number_text(point.accuracy, "{:.4f}"), point.bytes);
  }
  return text;
}

}  // namespace nuthatch::report
