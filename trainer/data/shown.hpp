#ifndef NUTHATCH_TRAINER_DATA_SHOWN_HPP
#define NUTHATCH_TRAINER_DATA_SHOWN_HPP

#include <cstddef>
#include <string>
#include <string_view>

/// Names and texts as people see them. Files, JSON and CSV keep them as they are.
namespace nuthatch::data {

/// Bytes of the UTF-8 sequence at the start of `text`, which is not empty; 0 if it is not one (RFC 3629).
std::size_t utf8_length(std::string_view text);

/// What a terminal would obey instead of showing (control characters, marks of direction, bytes that are no UTF-8) as
/// escapes: \n, \x1b, \u202e. `lines`: line ends and tabs stay.
std::string escaped(std::string_view text, bool lines = false);

/// The name escaped; of one with more than 72 characters the first, and an ellipsis.
std::string brief(std::string_view name);

/// The same in quotes.
std::string in_quotes(std::string_view name);

/// The same, without quotes where it is clear in a list: where it is not empty and has no blanks, commas, semicolons
/// and quotes.
std::string shown(std::string_view name);

/// A text made of words and names, escaped; words and names in quotes of more than 200 bytes are cut as names are.
std::string printable(std::string_view text, bool lines = false);

}  // namespace nuthatch::data

#endif
