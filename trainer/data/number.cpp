#include "number.hpp"

#include "decimal.hpp"

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

constexpr std::string_view kMinus = "\xE2\x88\x92";

/// As they are, and as spreadsheets and typesetters write them: without a line break, narrow, thin.
constexpr std::array<std::string_view, 3> kWideSpaces = {"\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89"};

std::string_view without_blanks_around(std::string_view text) {
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

std::string_view without_spaces_around(std::string_view text) {
  const auto trim_one = [&](std::string_view space) {
    const std::size_t before = text.size();
    if (text.starts_with(space)) text.remove_prefix(space.size());
    if (text.ends_with(space)) text.remove_suffix(space.size());
    return text.size() != before;
  };
  do {
    text = without_blanks_around(text);
  } while (std::any_of(kWideSpaces.begin(), kWideSpaces.end(), trim_one));
  return text;
}

std::string with_hyphens(std::string_view text) {
  std::string plain;
  for (auto at = text.find(kMinus); at != std::string_view::npos; at = text.find(kMinus)) {
    plain.append(text.substr(0, at)).push_back('-');
    text.remove_prefix(at + kMinus.size());
  }
  return plain.append(text);
}

std::optional<double> parse_number(std::string_view text, bool decimal_comma) {
  text = without_spaces_around(text);
  if (text.find(kMinus.front()) != std::string_view::npos && text.find(kMinus) != std::string_view::npos) {
    return parse_number(with_hyphens(text), decimal_comma);
  }
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

namespace {

/// C's printf: a sign, nan in either case, and perhaps what is in it, in parentheses; Microsoft's: 1.#QNAN0.
bool is_nan(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with("1.#")) {
    text.remove_prefix(3);
    return text.starts_with("IND") || text.starts_with("QNAN") || text.starts_with("SNAN");
  }
  if (text.size() < 3) return false;
  const std::string_view word = text.substr(0, 3);
  if (word != "nan" && word != "NaN" && word != "NAN") return false;
  return text.size() == 3 || (text[3] == '(' && text.back() == ')');
}

}  // namespace

bool is_missing(std::string_view text) {
  static constexpr std::array<std::string_view, 20> kWords = {
      "",    "NA",  "N/A",     "n/a",   "null",   "NULL",  "None",   "?",       "<NA>",     "#N/A",
      "#NA", "NaT", "#DIV/0!", "#NUM!", "#NAME?", "#REF!", "#NULL!", "#VALUE!", "#N/A N/A", "\\N"};
  text = without_spaces_around(text);
  return std::find(kWords.begin(), kWords.end(), text) != kWords.end() || is_nan(text);
}

bool is_missing_number(std::string_view text) {
  static constexpr std::array<std::string_view, 6> kWords = {"na", "n/a", "nan", "null", "<na>", "#n/a"};
  if (is_missing(text)) return true;
  std::string lower(without_spaces_around(text));
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

std::uint32_t beyond_float32(std::string_view text, float value) {
  constexpr std::size_t kDigits = std::numeric_limits<float>::digits10;
  const bool is_normal = std::abs(value) >= std::numeric_limits<float>::min();
  if (is_normal && text.size() <= kDigits) return 0;
  const Decimal decimal = decimal_of(text);
  if (decimal.digits.empty() || (is_normal && decimal.digits.size() <= kDigits)) return 0;
  // FNV-1a (Fowler, Noll and Vo 1991).
  std::uint64_t hash = 0xCBF29CE484222325;
  const auto add = [&](unsigned char byte) { hash = (hash ^ byte) * 0x100000001B3; };
  for (const char digit : decimal.digits) add(static_cast<unsigned char>(digit));
  for (int shift = 0; shift < 64; shift += 8) add(static_cast<unsigned char>(decimal.magnitude >> shift));
  add(decimal.negative ? 1 : 0);
  return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(hash ^ (hash >> 32)));
}

}  // namespace nuthatch::data
