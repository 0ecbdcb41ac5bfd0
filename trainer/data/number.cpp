#include "number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <system_error>

namespace nuthatch::data {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The exponent written after the 'e', held within a range that sums cannot overflow.
std::int64_t written_exponent(std::string_view text) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 60;
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error == std::errc::result_out_of_range) return text.starts_with('-') ? -kHuge : kHuge;
  return std::clamp(exponent, -kHuge, kHuge);
}

/// Tells overflow from underflow, which std::from_chars reports alike, by the place of the first
/// significant digit.
bool is_too_large(std::string_view text) {
  const auto mark = text.find_first_of("eE");
  const std::string_view digits = text.substr(0, mark);
  const auto first = digits.find_first_of("123456789");
  if (first == std::string_view::npos) return false;
  const auto point = std::min(digits.find('.'), digits.size());
  const auto magnitude = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
  const auto exponent = mark == std::string_view::npos ? 0 : written_exponent(text.substr(mark + 1));
  return magnitude + exponent > 0;
}

/// `text` has a '.' as decimal point, neither spaces around it nor a '+' before it.
std::optional<double> parse_plain(std::string_view text) {
  double value = 0.0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error == std::errc::invalid_argument || end != last) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    const double size = is_too_large(text) ? std::numeric_limits<double>::infinity() : 0.0;
    return text.starts_with('-') ? -size : size;
  }
  if (std::isnan(value)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<double> parse_number(std::string_view text, bool decimal_comma) {
  text = trim(text);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  if (!decimal_comma) return parse_plain(text);
  if (text.find('.') != std::string_view::npos) return std::nullopt;
  std::string with_point(text);
  std::replace(with_point.begin(), with_point.end(), ',', '.');
  return parse_plain(with_point);
}

std::optional<float> to_float32(double value) {
  // Half a step above the largest float32: from here on, the nearest float32 is infinity.
  constexpr double kTooLarge = 0x1.ffffffp127;
  constexpr float kLargest = std::numeric_limits<float>::max();
  if (!(std::abs(value) < kTooLarge)) return std::nullopt;
  // A cast above the largest float32 is undefined in C++, even where it would round down.
  if (std::abs(value) > static_cast<double>(kLargest)) return std::signbit(value) ? -kLargest : kLargest;
  return static_cast<float>(value);
}

bool is_missing(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kWords = {"",     "NA",   "N/A",  "NaN", "nan",
                                                             "null", "NULL", "None", "?"};
  return std::find(kWords.begin(), kWords.end(), trim(text)) != kWords.end();
}

}  // namespace nuthatch::data
