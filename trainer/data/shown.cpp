#include "data/shown.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nuthatch::data {
namespace {

constexpr std::size_t kMostCharacters = 72;  // of a name
constexpr std::size_t kMostOfWord = 200;     // bytes: paths may be longer than names
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

/// Of a sequence that utf8_length measured.
char32_t code_point(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) return byte(0);
  char32_t point = byte(0) & (0xFFu >> (sequence.size() + 1));
  for (std::size_t i = 1; i < sequence.size(); ++i) point = point << 6 | (byte(i) & 0x3Fu);
  return point;
}

/// C0, DEL and C1; line and paragraph separators; marks that turn the direction of what follows.
bool is_control(char32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x2028 || point == 0x2029 || point == 0x200E ||
         point == 0x200F || (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

std::string escape_of(char32_t point) {
  if (point == '\n') return "\\n";
  if (point == '\r') return "\\r";
  if (point == '\t') return "\\t";
  return point < 0x100 ? fmt::format("\\x{:02x}", static_cast<unsigned>(point))
                       : fmt::format("\\u{:04x}", static_cast<unsigned>(point));
}

/// The name's first characters, and an ellipsis where it has more.
std::string shortened(std::string_view name) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < kMostCharacters && end < name.size(); ++i) {
    end += std::max<std::size_t>(utf8_length(name.substr(end)), 1);
  }
  return std::string(name.substr(0, end)).append(end < name.size() ? kEllipsis : "");
}

/// Where the word, or the name in quotes, ends that the text begins with.
std::size_t end_of_word(std::string_view text) {
  for (std::size_t at = 1; text[0] == '"' && at < text.size(); ++at) {
    const bool closes =
        text[at] == '"' &&
        (at + 1 == text.size() || std::string_view(" \n,;:.?)]=").find(text[at + 1]) != std::string_view::npos);
    if (closes) return at + 1;
  }
  return std::min(text.find_first_of(" \n", 1), text.size());
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) > 0x9F;
  const bool beyond = lead == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

std::string escaped(std::string_view text, bool lines) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char32_t point = length == 0 ? static_cast<unsigned char>(text[0]) : code_point(text.substr(0, length));
    const bool stays = length != 0 && (!is_control(point) || (lines && (point == '\n' || point == '\t')));
    stays ? out.append(text.substr(0, length)) : out.append(escape_of(point));
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string brief(std::string_view name) { return escaped(shortened(name)); }

std::string in_quotes(std::string_view name) { return "\"" + brief(name) + "\""; }

std::string shown(std::string_view name) {
  const bool clear = !name.empty() && name.find_first_of(" \t\n\r,;\"") == std::string_view::npos;
  return clear ? brief(name) : in_quotes(name);
}

std::string printable(std::string_view text, bool lines) {
  std::string out;
  bool begins = true;  // a word, so that a quote here opens
  while (!text.empty()) {
    const std::size_t end = begins ? end_of_word(text) : 1;
    const std::string_view word = text.substr(0, end);
    if (word.size() <= kMostOfWord) {
      out += word;
    } else if (word[0] == '"' && word.back() == '"') {
      out.append("\"").append(shortened(word.substr(1, word.size() - 2))).append("\"");
    } else {
      const bool ends = std::string_view(",;:.)").find(word.back()) != std::string_view::npos;  // a sentence's own
      const std::size_t bare = word.size() - (ends ? 1 : 0);
      out.append(shortened(word.substr(0, bare))).append(word.substr(bare));
    }
    begins = std::string_view(" \n(").find(word.back()) != std::string_view::npos;
    text.remove_prefix(end);
  }
  return escaped(out, lines);
}

}  // namespace nuthatch::data
