#include "tune/budget.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <vector>

#include "data/named_parts.hpp"

namespace nuthatch::tune {
namespace {

[[noreturn]] void fail(const std::string& part, const char* what) {
  throw std::invalid_argument(fmt::format("\"{}\": {}", part, what));
}

/// A whole number, with K behind it if it is of bytes.
std::uint64_t amount(const std::string& part, const std::string& text, bool bytes) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string unit(end, text.data() + text.size());
  const bool kibibytes = bytes && (unit == "K" || unit == "k");
  if (error != std::errc() || (!unit.empty() && !kibibytes) || value == 0 || value > UINT32_MAX) {
    fail(part, bytes ? "give bytes, as in 8192 or 8K" : "give a whole number above 0");
  }
  return kibibytes ? 1024 * value : value;
}

void set(Budget& budget, const data::NamedPart& named) {
  const auto& [part, name, value] = named;
  if (name == "flash")
    budget.flash_bytes = amount(part, value, true);
  else if (name == "ram")
    budget.ram_bytes = amount(part, value, true);
  else if (name == "instructions")
    budget.instructions = amount(part, value, false);
  else if (name == "core")
    budget.core = value;
  else
    fail(part, "is none of flash=, ram=, instructions=, core=");
}

bool within(const std::optional<std::uint64_t>& limit, std::uint64_t value) { return !limit || value <= *limit; }

}  // namespace

bool Budget::allows(const Cost& cost) const {
  return within(flash_bytes, cost.flash_bytes) && within(ram_bytes, cost.ram_bytes) &&
         within(instructions, cost.instructions);
}

std::string Budget::why_not(const Cost& cost) const {
  std::vector<std::string> wrong;
  const auto check = [&](const char* what, const std::optional<std::uint64_t>& limit, std::uint64_t value) {
    if (!within(limit, value)) wrong.push_back(fmt::format("{} {} of {}", value, what, *limit));
  };
  check("bytes of flash", flash_bytes, cost.flash_bytes);
  check("bytes of RAM", ram_bytes, cost.ram_bytes);
  check("instructions", instructions, cost.instructions);
  return wrong.empty() ? "" : fmt::format("takes {}", fmt::join(wrong, ", "));
}

Budget parse_budget(const std::string& text) {
  Budget budget;
  for (const data::NamedPart& part : data::named_parts(text)) set(budget, part);
  return budget;
}

}  // namespace nuthatch::tune
