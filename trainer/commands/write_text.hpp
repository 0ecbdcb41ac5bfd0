#ifndef NUTHATCH_TRAINER_COMMANDS_WRITE_TEXT_HPP
#define NUTHATCH_TRAINER_COMMANDS_WRITE_TEXT_HPP

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "data/shown.hpp"

/// The way of all text to the terminal: fmt::print is for JSON and CSV, which keep names as they are.
namespace nuthatch::commands {

namespace text_detail {

/// Of a text, what may be shown of it; of anything else, itself.
template <class Value>
decltype(auto) for_terminal(const Value& value) {
  if constexpr (std::is_convertible_v<const Value&, std::string_view>) {
    return data::printable(std::string_view(value));
  } else {
    return (value);
  }
}

inline std::string format_text(fmt::string_view text, fmt::format_args args) {
  return data::printable(fmt::vformat(text, args), true);
}

}  // namespace text_detail

/// fmt::print of what data::printable makes of the text; line ends are those of `text`, not of what it is given.
template <class... Args>
void write_text(std::FILE* stream, fmt::format_string<Args...> text, Args&&... args) {
  const std::string whole = text_detail::format_text(text, fmt::make_format_args(text_detail::for_terminal(args)...));
  fmt::print(stream, "{}", whole);
}

template <class... Args>
void write_text(fmt::format_string<Args...> text, Args&&... args) {
  write_text(stdout, text, std::forward<Args>(args)...);
}

/// Of lines, which stay such.
inline void print_lines(std::FILE* stream, std::string_view text) {
  fmt::print(stream, "{}", data::printable(text, true));
}
inline void print_lines(std::string_view text) { print_lines(stdout, text); }

}  // namespace nuthatch::commands

#endif
