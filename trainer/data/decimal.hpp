#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nuthatch::data {

/// A written number exactly, however it was written: 0.DIGITS times ten to the power of `magnitude`.
struct Decimal {
  bool negative = false;
  bool infinite = false;
  std::int64_t magnitude = 0;
  /// Without zeros around them; empty: 0, whatever its exponent and sign. Behind them is an exponent of more than 15
  /// digits, as "e" and it.
  std::string digits;

  friend bool operator==(const Decimal&, const Decimal&) = default;
  std::strong_ordering operator<=>(const Decimal& other) const;
};

/// Of what parse_number takes for a number. A comma is a decimal point where parse_number was told so.
std::optional<Decimal> parse_decimal(std::string_view text, bool decimal_comma = false);

/// The same of text that parse_number has taken.
Decimal decimal_of(std::string_view number);

/// The place of the name that is `text`, or else is the same number where it is the only one; names.size() of none.
std::size_t place_of_name(const std::string& text, const std::vector<std::string>& names);

}  // namespace nuthatch::data
