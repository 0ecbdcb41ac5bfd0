#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "report/compare_charts.hpp"
#include "report/compare_report.hpp"
#include "report/compare_units.hpp"

namespace nuthatch::report {
namespace {

using compare::Comparison;
using compare::Target;
using html::escaped;

/// A column of a table of targets: HTML.
struct TargetColumn {
  const char* label;
  std::string (*cell)(const Target& target);
};

std::string soft(const std::string& text) { return "<span class=\"soft\">" + escaped(text) + "</span>"; }

std::string bytes_text(std::optional<std::uint64_t> bytes) { return bytes ? fmt::format("{} B", *bytes) : "-"; }

std::string with_kind(const std::string& text, const std::string& kind) {
  return text == "-" ? soft(kind) : escaped(text) + " " + soft(kind);
}

std::string percentile(const Target& target, std::optional<double> (*of)(const compare::Percentiles&)) {
  return target.latency ? with_kind(time_text(of(*target.latency)), target.latency_kind) : soft("unavailable");
}

std::string bits_cell(const Target& target) {
  return target.identical_bits ? "<span class=\"state ok\">\u25cf the same</span>"
                               : "<span class=\"state broken\">\u2716 differ</span>";
}

const std::vector<TargetColumn>& answer_columns() {
  static const std::vector<TargetColumn> kColumns = {
      {"Bits, to the host's", bits_cell},
      {"Score", [](const Target& target) { return number_text(target.score, "{:.4f}"); }},
      {"Labels as in floating point",
       [](const Target& target) { return target.agreement.labels ? share_text(target.agreement.labels) : "-"; }},
      {"Largest score difference",
       [](const Target& target) { return number_text(target.agreement.max_score_difference, "{:.3g}"); }},
      {"Instructions", [](const Target& target) { return number_text(target.instructions, "{:.0f}"); }},
      {"Flash (code)", [](const Target& target) { return bytes_text(target.flash_bytes); }},
      {"RAM", [](const Target& target) { return bytes_text(target.ram_bytes); }}};
  return kColumns;
}

const std::vector<TargetColumn>& cost_columns() {
  static const std::vector<TargetColumn> kColumns = {
      {"p50", [](const Target& t) { return percentile(t, [](const auto& p) { return std::optional(p.p50); }); }},
      {"p99", [](const Target& t) { return percentile(t, [](const auto& p) { return p.p99; }); }},
      {"Slowest", [](const Target& t) { return percentile(t, [](const auto& p) { return std::optional(p.max); }); }},
      {"In time", [](const Target& t) { return share_text(t.answered_in_deadline); }},
      {"Cold start", [](const Target& t) { return time_text(t.cold_start_us); }},
      {"Bytes out", [](const Target& t) { return fmt::format("{:.0f}", t.bytes_per_prediction); }},
      {"Energy", [](const Target& t) { return with_kind(energy_text(t.energy.microjoules), t.energy.label); }},
      {"A million cost", [](const Target& t) { return money_text(t.cost_per_million); }}};
  return kColumns;
}

std::string target_table(const Comparison& comparison, const std::vector<TargetColumn>& columns) {
  std::vector<std::string> labels = {"Target"};
  for (const TargetColumn& column : columns) labels.emplace_back(column.label);
  std::vector<std::vector<std::string>> rows;
  for (const Target& target : comparison.targets) {
    if (!target.error.empty()) continue;
    std::vector<std::string>& cells = rows.emplace_back(std::vector{escaped(target.name)});
    for (const TargetColumn& column : columns) cells.push_back(column.cell(target));
  }
  return html::table(labels, rows);
}

bool is_good(const Target& target) { return target.error.empty() && target.identical_bits; }

std::string headline(const Comparison& comparison) {
  const bool good = std::all_of(comparison.targets.begin(), comparison.targets.end(), is_good);
  std::string text =
      good ? fmt::format(
                 "<section class=\"headline ok\">\n<p class=\"word\">\u25cf the same bits everywhere</p>\n"
                 "<p>{} deployments gave the same answers to {} rows.</p>\n",
                 comparison.targets.size(), comparison.rows)
           : "<section class=\"headline broken\">\n<p class=\"word\">\u2716 not all deployments agree</p>\n";
  for (const Target& target : comparison.targets) {
    if (is_good(target)) continue;
    text += fmt::format("<p class=\"reason\">{}: {}</p>\n", escaped(target.name),
                        target.error.empty() ? "answers with other bits than the host" : escaped(target.error));
  }
  return text +
         html::facts(
             {{"Rows", fmt::format("{}", comparison.rows)},
              {"Model", fmt::format("{} bytes", comparison.model_bytes)},
              {"Asked", fmt::format("{} times, {:g} a second", comparison.load.requests(), comparison.load.rate)},
              {"Network, emulated in the client", compare::text_of(comparison.network)},
              {"Deadline", time_text(comparison.deadline_us)},
              {"Floating point", comparison.reference}}) +
         "</section>\n";
}

std::string even_table(std::span<const compare::BreakEven> evens) {
  const std::vector<std::string> labels = {
      "Device",    "Server", "Answers itself in", "Server, without a network", "Faster from a round trip of",
      "Computing", "Asking", "Takes less up to"};
  std::vector<std::vector<std::string>> rows;
  for (const compare::BreakEven& even : evens) {
    const std::string from = !even.rtt_break_even_us        ? "-"
                             : *even.rtt_break_even_us == 0 ? "always"
                                                            : time_text(even.rtt_break_even_us);
    rows.push_back(
        {escaped(even.local), escaped(even.cloud), time_text(even.local_us), time_text(even.server_us), from,
         energy_text(even.local_uj), energy_text(even.radio_uj),
         even.instructions_break_even ? fmt::format("{:.3g} instructions", *even.instructions_break_even) : "-"});
  }
  return html::table(labels, rows);
}

/// The first server's; those of others are folded away.
std::string even_section(const Comparison& comparison) {
  const std::span<const compare::BreakEven> all = comparison.break_even;
  if (all.empty()) return "";
  const auto is_first = [&](const compare::BreakEven& even) { return even.cloud == all.front().cloud; };
  const auto first = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), is_first));
  std::string body =
      "<p>In time, where round trip + queue + server take longer than its own answer; in energy, where radio + waiting "
      "take more than computing.</p>\n" +
      even_table(all.first(first));
  if (first < all.size()) {
    body += html::details("Other servers", even_table(all.subspan(first)));
  }
  return html::section("When the device is the better place", body);
}

/// Each target's way to its figures.
std::string method_section(const Comparison& comparison) {
  std::string body =
      "<p>Latency counts from when an answer was due, not from when it was asked for, so that waiting behind slow "
      "answers counts. The network is emulated in the client: what is sent shares a link of the given bandwidth, "
      "takes half the round trip, and each lost packet costs a retransmission timeout of TCP (RFC 6298). Bytes "
      "are HTTP's with 40 of TCP and IPv4 a packet, without handshakes, acknowledgements and TLS. Money is in the "
      "unit of the prices.</p>\n";
  const std::vector<std::string> labels = {"Target", "Latency", "Cold start", "Energy"};
  std::vector<std::vector<std::string>> rows;
  for (const Target& target : comparison.targets) {
    if (!target.error.empty()) continue;
    rows.push_back({escaped(target.name), escaped(target.latency_kind + ": " + target.latency_how),
                    escaped(target.cold_start_how), escaped(target.energy.label + ": " + target.energy.how)});
  }
  return html::section("How this was found", body + html::details("Target by target", html::table(labels, rows)));
}

std::string constants_section(const Comparison& comparison) {
  const std::vector<std::string> labels = {"Constant", "Value", "Source"};
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, constant] : comparison.constants.all()) {
    const std::string value = constant.value ? fmt::format("{:.6g} {}", *constant.value, constant.unit) : "not known";
    rows.push_back({escaped(name), escaped(value), escaped(constant.source)});
  }
  return html::section("Constants", html::details("What estimates rest on; --constants C.json has yours instead",
                                                  html::table(labels, rows)));
}

std::string charts_section(const Comparison& comparison) {
  std::vector<html::Chart> charts;
  for (const auto& make : {latency_chart, split_chart, energy_chart, hybrid_chart}) {
    if (std::optional<html::Chart> chart = make(comparison)) charts.push_back(std::move(*chart));
  }
  return charts.empty() ? "" : html::section("In pictures", html::figures(charts));
}

}  // namespace

std::string compare_page(const Comparison& comparison) {
  const std::string body = headline(comparison) +
                           html::section("Time, bytes and energy", target_table(comparison, cost_columns())) +
                           charts_section(comparison) + even_section(comparison) +
                           html::section("Answers and memory", target_table(comparison, answer_columns())) +
                           method_section(comparison) + constants_section(comparison);
  const auto name = [](const std::string& path) { return std::filesystem::path(path).filename().string(); };
  return html::page("Where to run " + name(comparison.model), "with the rows of " + name(comparison.data), body);
}

}  // namespace nuthatch::report
