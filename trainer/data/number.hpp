#pragma once

#include <optional>
#include <string_view>

namespace nuthatch::data {

/// Text to number, the way every stage reads numbers: decimal, whatever the locale, nearest double.
/// Spaces around the text and one leading '+' are allowed; 1e-3, .5, 5. and inf are numbers,
/// 0x10, 1_000, 12abc and nan are not (nullopt). Beyond double's range the answer is infinity or
/// zero, with the sign. With `decimal_comma`, 1,5 means 1.5 and a '.' is refused: 1.500 could mean
/// fifteen hundred to the same writer.
std::optional<double> parse_number(std::string_view text, bool decimal_comma = false);

/// The nearest float32; nullopt when that would be infinite (or the value is not a number).
std::optional<float> to_float32(double value);

/// Whether the text stands for "no value": empty, NA, N/A, NaN, nan, null, NULL, None or ?,
/// spaces around it ignored.
bool is_missing(std::string_view text);

}  // namespace nuthatch::data
