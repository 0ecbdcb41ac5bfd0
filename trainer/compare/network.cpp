#include "compare/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <stdexcept>
#include <vector>

#include "data/named_parts.hpp"

namespace nuthatch::compare {
namespace {

using Units = std::map<std::string, double>;
const Units kTimes = {{"us", 1}, {"ms", 1e3}, {"s", 1e6}};
const Units kShares = {{"%", 0.01}, {"", 1}};
const Units kRates = {{"bit", 1}, {"kbit", 1e3}, {"Mbit", 1e6}, {"Gbit", 1e9}};

[[noreturn]] void fail(const std::string& part, const std::string& what) {
  throw std::invalid_argument(fmt::format("\"{}\": {}", part, what));
}

double quantity(const std::string& part, const std::string& text, const Units& units) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto unit = units.find(std::string(end, text.data() + text.size()));
  if (error == std::errc() && unit != units.end() && std::isfinite(value) && value >= 0) return value * unit->second;
  std::vector<std::string> names;
  for (const auto& [name, factor] : units) {
    if (!name.empty()) names.push_back(name);
  }
  fail(part, fmt::format("give a number that is not negative, and right behind it one of {}", fmt::join(names, ", ")));
}

void set_outage(Conditions& conditions, const std::string& part, const std::string& value) {
  const std::size_t slash = value.find('/');
  if (slash == std::string::npos) fail(part, "give how long and how often, as in outage=2s/60s");
  conditions.outage_us = quantity(part, value.substr(0, slash), kTimes);
  conditions.outage_every_us = quantity(part, value.substr(slash + 1), kTimes);
  if (conditions.outage_us >= conditions.outage_every_us) fail(part, "the network would never be there");
}

void set(Conditions& conditions, const data::NamedPart& named) {
  const auto& [part, name, value] = named;
  if (name == "rtt") {
    conditions.rtt_us = quantity(part, value, kTimes);
  } else if (name == "jitter") {
    conditions.jitter_us = quantity(part, value, kTimes);
  } else if (name == "loss") {
    conditions.loss = quantity(part, value, kShares);
    if (conditions.loss >= 1) fail(part, "nothing would ever come; give less than 100%");
  } else if (name == "bandwidth") {
    conditions.bandwidth = quantity(part, value, kRates);
    if (conditions.bandwidth == 0) fail(part, "nothing would ever come; leave it out for a link without a limit");
  } else if (name == "outage") {
    set_outage(conditions, part, value);
  } else {
    fail(part, "is none of rtt=, jitter=, loss=, bandwidth=, outage=");
  }
}

std::string time_text(double us) {
  if (us >= 1e6) return fmt::format("{:g} s", us / 1e6);
  return us >= 1e3 ? fmt::format("{:g} ms", us / 1e3) : fmt::format("{:g} us", us);
}

std::string rate_text(double rate) {
  if (rate >= 1e6) return fmt::format("{:g} Mbit/s", rate / 1e6);
  return rate >= 1e3 ? fmt::format("{:g} kbit/s", rate / 1e3) : fmt::format("{:g} bit/s", rate);
}

}  // namespace

Conditions parse_conditions(const std::string& text) {
  Conditions conditions;
  for (const data::NamedPart& part : data::named_parts(text)) set(conditions, part);
  return conditions;
}

std::string text_of(const Conditions& conditions) {
  if (conditions.none()) return "none (loopback)";
  std::vector<std::string> parts;
  if (conditions.rtt_us > 0) parts.push_back("rtt " + time_text(conditions.rtt_us));
  if (conditions.jitter_us > 0) parts.push_back("jitter " + time_text(conditions.jitter_us));
  if (conditions.loss > 0) parts.push_back(fmt::format("loss {:g} %", 100 * conditions.loss));
  if (conditions.bandwidth > 0) parts.push_back(rate_text(conditions.bandwidth));
  if (conditions.outage_us > 0) {
    parts.push_back(
        fmt::format("outages of {} every {}", time_text(conditions.outage_us), time_text(conditions.outage_every_us)));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::size_t segments_of(std::size_t message_bytes) {
  return std::max<std::size_t>((message_bytes + kSegmentBytes - 1) / kSegmentBytes, 1);
}

std::size_t wire_bytes(std::size_t message_bytes) { return message_bytes + kHeaderBytes * segments_of(message_bytes); }

double Network::uniform() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

double Network::after_outage(double now_us) const {
  if (conditions_.outage_us == 0) return now_us;
  const double since = std::fmod(now_us, conditions_.outage_every_us);
  const bool out = now_us >= conditions_.outage_every_us && since < conditions_.outage_us;
  return out ? now_us - since + conditions_.outage_us : now_us;
}

/// How much later a packet comes than if none of it were lost.
double Network::retransmission_us() {
  double late = 0;
  double timeout = std::max(1e6, 3 * conditions_.rtt_us);
  constexpr double kLongest = 60e6;  // RFC 6298 (2.5): a maximum may be placed on it
  while (conditions_.loss > 0 && uniform() < conditions_.loss) {
    late += timeout;
    timeout = std::min(2 * timeout, kLongest);
  }
  return late;
}

double Network::deliver(double& link_free_us, double now_us, std::size_t message_bytes) {
  const double start = after_outage(std::max(now_us, link_free_us));
  const double bits = 8 * static_cast<double>(wire_bytes(message_bytes));
  link_free_us = conditions_.bandwidth > 0 ? start + 1e6 * bits / conditions_.bandwidth : start;
  double late = 0;
  for (std::size_t segment = 0; segment < segments_of(message_bytes); ++segment) {
    late = std::max(late, retransmission_us());
  }
  const double jitter = conditions_.jitter_us > 0 ? conditions_.jitter_us / 2 * uniform() : 0;
  return link_free_us + conditions_.rtt_us / 2 + jitter + late;
}

}  // namespace nuthatch::compare
