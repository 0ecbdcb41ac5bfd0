#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nuthatch::data {

/// Spaces, tabs, and the spaces that break no line, are narrow or thin.
std::string_view without_spaces_around(std::string_view text);

/// Text to number, the way every stage reads numbers: decimal, whatever the locale, nearest double.
/// Spaces around the text and one leading '+' are allowed, and U+2212 is a minus; 1e-3, .5, 5. and
/// inf are numbers, 0x10, 1_000, 12abc and nan are not (nullopt). Beyond double's range the answer
/// is infinity or zero, with the sign. With `decimal_comma`, 1,5 means 1.5 and a '.' is refused: 1.500 could mean
/// fifteen hundred to the same writer.
std::optional<double> parse_number(std::string_view text, bool decimal_comma = false);

/// With '-' for U+2212, the minus of typesetters.
std::string with_hyphens(std::string_view text);

/// The nearest float32; nullopt when that would be infinite (or the value is not a number).
std::optional<float> to_float32(double value);

/// Whether the text stands for "no value", spaces around it ignored: empty, ?, NULL or None; what
/// pandas takes for it (NA, n/a, <NA>, #N/A); the errors of a spreadsheet (#DIV/0!); C's spellings
/// of NaN (-nan, NAN, nan(0x1), 1.#QNAN).
bool is_missing(std::string_view text);

/// The same where a number is expected, so that letters of either case will do (Na, Null).
bool is_missing_number(std::string_view text);

/// 0 where a float32 tells the number of `text` from any other that is written with six digits at
/// most; else a hash of its exact decimal value, never 0. `value` is what to_float32 made of it,
/// and the text is one that parse_number takes.
std::uint32_t beyond_float32(std::string_view text, float value);

}  // namespace nuthatch::data
