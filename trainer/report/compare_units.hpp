#ifndef NUTHATCH_TRAINER_REPORT_COMPARE_UNITS_HPP
#define NUTHATCH_TRAINER_REPORT_COMPARE_UNITS_HPP

#include <fmt/format.h>

#include <optional>
#include <string>

#include "compare/choice.hpp"

/// A comparison's quantities in words; "-" for what is not known.
namespace nuthatch::report {

/// "{:.2f}" of a number.
std::string number_text(std::optional<double> value, const char* format);
/// Microseconds: "12.3 us", "1.20 ms", "2.5 s".
std::string time_text(std::optional<double> us);
/// Microjoules: "0.42 uJ", "1.3 mJ".
std::string energy_text(std::optional<double> microjoules);
/// "99.5 %"
std::string share_text(std::optional<double> share);
/// "0.42", "below 0.01"
std::string money_text(std::optional<double> money);
/// What there is to say of a device and a server.
std::string sentence_of(const compare::BreakEven& even);

}  // namespace nuthatch::report

#endif
