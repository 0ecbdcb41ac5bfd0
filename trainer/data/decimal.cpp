#include "decimal.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "number.hpp"

namespace nuthatch::data {
namespace {

/// Zero has no sign and no size.
int sign_of(const Decimal& decimal) {
  if (decimal.digits.empty() && !decimal.infinite) return 0;
  return decimal.negative ? -1 : 1;
}

std::strong_ordering compare_sizes(const Decimal& left, const Decimal& right) {
  if (left.infinite != right.infinite) return left.infinite <=> right.infinite;
  if (left.magnitude != right.magnitude) return left.magnitude <=> right.magnitude;
  return left.digits <=> right.digits;
}

/// Beyond what an exponent may have that is counted with.
constexpr std::int64_t kMostExponent = 999'999'999'999'999;

/// Adds what stands behind the 'e', with its sign, and perhaps blanks. One of more than 15 digits is kept as it is
/// written: the number is then beyond all others, and the same as any with its digits and this exponent.
void add_exponent(std::string_view text, Decimal& decimal) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error == std::errc() && std::abs(exponent) <= kMostExponent) {
    decimal.magnitude += exponent;
    return;
  }
  const bool small = text.starts_with('-');
  if (small) text.remove_prefix(1);
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  decimal.digits.append("e").append(text.substr(0, text.find_first_not_of("0123456789")));
  decimal.magnitude += (small ? -2 : 2) * kMostExponent;
}

}  // namespace

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  const int sign = sign_of(*this);
  if (sign != sign_of(other)) return sign <=> sign_of(other);
  return sign < 0 ? compare_sizes(other, *this) : compare_sizes(*this, other);
}

std::optional<Decimal> parse_decimal(std::string_view text, bool decimal_comma) {
  if (!parse_number(text, decimal_comma)) return std::nullopt;
  return decimal_of(text);
}

Decimal decimal_of(std::string_view number) {
  std::string plain;
  if (number.find('\xE2') != std::string_view::npos) number = plain = with_hyphens(number);
  Decimal decimal;
  bool behind_point = false;
  std::string_view exponent;
  for (std::size_t i = 0; i < number.size(); ++i) {
    const char c = number[i];
    if (c == 'i' || c == 'I') {
      decimal.infinite = true;
      break;
    }
    if (c == 'e' || c == 'E') {
      exponent = number.substr(i + 1);
      break;
    }
    if (c == '-') decimal.negative = true;
    if (c == '.' || c == ',') behind_point = true;
    if (c < '0' || c > '9') continue;
    if (c == '0' && decimal.digits.empty()) {
      decimal.magnitude -= behind_point ? 1 : 0;
      continue;
    }
    decimal.digits += c;
    decimal.magnitude += behind_point ? 0 : 1;
  }
  decimal.digits.erase(decimal.digits.find_last_not_of('0') + 1);
  if (sign_of(decimal) == 0) return Decimal{};
  if (!exponent.empty()) add_exponent(exponent, decimal);
  if (decimal.infinite) decimal.magnitude = 0;
  return decimal;
}

std::size_t place_of_name(const std::string& text, const std::vector<std::string>& names) {
  const auto exact = std::find(names.begin(), names.end(), text);
  if (exact != names.end()) return static_cast<std::size_t>(exact - names.begin());
  const std::optional<Decimal> number = parse_decimal(text);
  std::size_t found = names.size();
  for (std::size_t i = 0; number && i < names.size(); ++i) {
    if (parse_decimal(names[i]) != number) continue;
    if (found != names.size()) return names.size();
    found = i;
  }
  return found;
}

}  // namespace nuthatch::data
