#include "report/compare_units.hpp"

namespace nuthatch::report {

std::string number_text(std::optional<double> value, const char* format) {
  return value ? fmt::format(fmt::runtime(format), *value) : "-";
}

std::string time_text(std::optional<double> us) {
  if (!us) return "-";
  if (*us >= 1e6) return fmt::format("{:.3g} s", *us / 1e6);
  return *us >= 1e3 ? fmt::format("{:.3g} ms", *us / 1e3) : fmt::format("{:.3g} us", *us);
}

std::string energy_text(std::optional<double> microjoules) {
  if (!microjoules) return "-";
  if (*microjoules >= 1e6) return fmt::format("{:.3g} J", *microjoules / 1e6);
  return *microjoules >= 1e3 ? fmt::format("{:.3g} mJ", *microjoules / 1e3) : fmt::format("{:.3g} uJ", *microjoules);
}

std::string share_text(std::optional<double> share) { return share ? fmt::format("{:.1f} %", 100 * *share) : "-"; }

std::string money_text(std::optional<double> money) {
  if (!money) return "-";
  return *money > 0 && *money < 0.01 ? "below 0.01" : fmt::format("{:.2f}", *money);
}

std::string sentence_of(const compare::BreakEven& even) {
  std::string text = even.local + " and " + even.cloud + ": ";
  if (!even.local_is_faster) {
    text += "which is faster is not known";
  } else if (*even.rtt_break_even_us == 0) {
    text += even.local + " is faster over any network";
  } else {
    text += fmt::format("{} is faster where a round trip takes more than {}", even.local,
                        time_text(even.rtt_break_even_us));
  }
  if (!even.local_takes_less) return text + "; energy cannot be compared";
  text += fmt::format("; computing takes {} and asking {}", energy_text(even.local_uj), energy_text(even.radio_uj));
  if (even.instructions_break_even) {
    text += fmt::format(", so computing takes less up to {:.3g} instructions", *even.instructions_break_even);
  }
  return text;
}

}  // namespace nuthatch::report
