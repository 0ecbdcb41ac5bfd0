#include "notation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "number.hpp"

namespace nuthatch::data {
namespace {

constexpr std::size_t kMostTexts = 1000;
constexpr std::size_t kMostUnits = 8;     // of one column; more are names
constexpr std::size_t kLongestUnit = 16;  // bytes
constexpr std::array<std::string_view, 6> kCurrencies = {"$",        "\xE2\x82\xAC", "\xC2\xA3",
                                                         "\xC2\xA5", "\xE2\x82\xB9", "CHF"};
/// A blank, a no-break one, narrow ones.
constexpr std::array<std::string_view, 4> kSpaces = {" ", "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89"};
constexpr std::array<std::string_view, 2> kApostrophes = {"'", "\xE2\x80\x99"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <std::size_t kCount>
std::size_t length_of_any(std::string_view text, const std::array<std::string_view, kCount>& marks) {
  for (const std::string_view mark : marks) {
    if (text.starts_with(mark)) return mark.size();
  }
  return 0;
}

/// Bytes of the separator that `text` begins with; 0: none.
std::size_t separator_length(std::string_view text, Thousands thousands) {
  switch (thousands) {
    case Thousands::kNone: return 0;
    case Thousands::kComma: return text.starts_with(',') ? 1 : 0;
    case Thousands::kPoint: return text.starts_with('.') ? 1 : 0;
    case Thousands::kSpace: return length_of_any(text, kSpaces);
    case Thousands::kApostrophe: return length_of_any(text, kApostrophes);
  }
  return 0;
}

std::string_view without_spaces_around(std::string_view text) {
  const auto trim_one = [&](std::string_view mark) {
    const std::size_t before = text.size();
    if (text.starts_with(mark)) text.remove_prefix(mark.size());
    if (text.ends_with(mark)) text.remove_suffix(mark.size());
    return text.size() != before;
  };
  while (trim_one("\t") || std::any_of(kSpaces.begin(), kSpaces.end(), trim_one)) {
  }
  return text;
}

/// Groups of three before the last; of two, as in India, before that. A number that begins with 0 has no thousands.
bool are_thousands(const std::vector<std::size_t>& groups, bool begins_with_zero) {
  if (groups.size() < 2) return true;
  if (begins_with_zero || groups.front() < 1 || groups.front() > 3 || groups.back() != 3) return false;
  const auto first = groups.begin() + 1;
  return std::all_of(first, groups.end() - 1,
                     [&](std::size_t size) { return size == *first && size >= 2 && size <= 3; });
}

/// The digits of the whole part put together; nullopt where what separates them separates no thousands.
std::optional<std::string> without_thousands(std::string_view number, Thousands thousands) {
  std::string plain;
  std::vector<std::size_t> groups = {0};
  std::size_t at = 0;
  for (; at < number.size() && !is_digit(number[at]); ++at) plain += number[at];
  const bool zero = at < number.size() && number[at] == '0';
  while (at < number.size()) {
    if (is_digit(number[at])) {
      ++groups.back();
      plain += number[at++];
      continue;
    }
    const std::size_t length = separator_length(number.substr(at), thousands);
    if (length == 0) break;
    groups.push_back(0);
    at += length;
  }
  if (!are_thousands(groups, zero)) return std::nullopt;
  return plain.append(number.substr(at));
}

/// Where the number ends that `text` begins with.
std::size_t end_of_number(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    const std::string_view rest = text.substr(at);
    if (is_digit(c) || std::string_view(".,+-\t").find(c) != std::string_view::npos) {
      ++at;
    } else if (const std::size_t length = length_of_any(rest, kSpaces) + length_of_any(rest, kApostrophes)) {
      at += length;
    } else if ((c == 'e' || c == 'E') && at > 0 && rest.size() > 1 &&
               (is_digit(rest[1]) || (rest.size() > 2 && is_digit(rest[2]) && (rest[1] == '-' || rest[1] == '+')))) {
      at += 2;
    } else {
      break;
    }
  }
  return at;
}

bool is_unit(std::string_view text) {
  const auto forbidden = [](char c) { return c == ' ' || c == '\t' || c == '"' || c == ';' || c == ':' || c == '|'; };
  if (text.size() > kLongestUnit || std::any_of(text.begin(), text.end(), forbidden)) return false;
  const bool is_factor =
      text.starts_with("\xC3\x97") || (text.starts_with('x') && text.size() > 1 && is_digit(text[1]));
  if (is_factor) return false;  // x10^3
  const char c = text.empty() ? '0' : text[0];
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '%' || c == '$' || (c & 0x80) != 0;
}

/// "-$5" and "$ -5" -> "-5", "$".
PlainNumber split_currency(std::string_view text) {
  const bool negative = text.starts_with('-');
  std::string_view rest = text.substr(negative ? 1 : 0);
  const std::size_t length = length_of_any(rest, kCurrencies);
  if (length == 0) return {std::string(text), ""};
  const std::string unit(rest.substr(0, length));
  return {(negative ? "-" : "") + std::string(without_spaces_around(rest.substr(length))), unit};
}

std::optional<PlainNumber> split_unit(std::string_view text) {
  PlainNumber parts = split_currency(text);
  if (!parts.unit.empty()) return parts;
  const std::size_t end = end_of_number(text);
  if (end == text.size()) return parts;
  if (end == 0 || !is_unit(text.substr(end))) return std::nullopt;
  return PlainNumber{std::string(without_spaces_around(text.substr(0, end))), std::string(text.substr(end))};
}

std::size_t flag_count(const Notation& notation) {
  return (notation.decimal_comma ? 1 : 0) + (notation.thousands != Thousands::kNone ? 1 : 0) + (notation.units ? 1 : 0);
}

/// Signs that stand for a minus and are none: hyphens, dashes, full-width ones.
constexpr std::array<std::string_view, 7> kDashes = {"\xE2\x80\x90", "\xE2\x80\x91", "\xE2\x80\x92", "\xE2\x80\x93",
                                                     "\xE2\x80\x94", "\xEF\xB9\xA3", "\xEF\xBC\x8D"};

constexpr std::array<std::string_view, 4> kPowersOfTen = {
    "\xC3\x97"
    "10^",
    "\xC2\xB7"
    "10^",
    "x10^", "*10^"};

/// A text as the number that it is to people, of ways of writing that no flag reads: -2 for (2), 2- and a dash before
/// 2; without what compares or groups: <2, 1_000; with the usual digits for full-width ones; 2e3 for 2x10^3.
std::string as_people_read(std::string_view text) {
  std::string plain;
  text = without_spaces_around(text);
  const bool negative = (text.starts_with('(') && text.ends_with(')')) || (text.size() > 1 && text.ends_with('-'));
  if (negative) plain = "-";
  while (!text.empty()) {
    if (const std::size_t factor = length_of_any(text, kPowersOfTen)) {
      plain += 'e';
      text.remove_prefix(factor);
      continue;
    }
    const std::size_t dash = length_of_any(text, kDashes);
    const auto third = static_cast<unsigned char>(text.size() > 2 ? text[2] : 0);
    const bool wide = text.starts_with("\xEF\xBC") && third >= 0x90 && third <= 0x99;
    if (dash != 0) plain += '-';
    if (wide) plain += static_cast<char>('0' + (third - 0x90));
    if (dash == 0 && !wide && std::string_view("_()<>=~").find(text[0]) == std::string_view::npos &&
        !(negative && text == "-")) {
      plain += text[0];
    }
    text.remove_prefix(dash != 0 ? dash : wide ? 3 : 1);
  }
  return plain;
}

bool is_hexadecimal(std::string_view text) {
  text = without_spaces_around(text);
  return text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
         text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
}

/// Each value that the notations, which all read the text, make of it, with the first one's flags.
std::string is_with(std::string_view text, const std::vector<Notation>& notations) {
  std::vector<double> values;
  std::vector<std::string> ways;
  for (const Notation& each : notations) {
    const double value = *parse_number(text, each);
    if (std::find(values.begin(), values.end(), value) != values.end()) continue;
    values.push_back(value);
    ways.push_back(fmt::format("{} with {}", value, flags_of(each)));
  }
  return fmt::format("\"{}\" is {}", text, fmt::join(ways, ", or "));
}

}  // namespace

std::optional<PlainNumber> to_plain(std::string_view text, const Notation& notation) {
  PlainNumber parts{with_hyphens(without_spaces_around(text)), ""};
  if (notation.units) {
    std::optional<PlainNumber> split = split_unit(parts.text);
    if (!split) return std::nullopt;
    parts = std::move(*split);
  }
  std::optional<std::string> number = without_thousands(parts.text, notation.thousands);
  if (!number || !nuthatch::data::parse_number(*number, notation.has_decimal_comma())) return std::nullopt;
  parts.text = std::move(*number);
  return parts;
}

std::optional<double> parse_number(std::string_view text, const Notation& notation) {
  if (notation.is_plain()) return parse_number(text, notation.decimal_comma);
  const std::optional<PlainNumber> plain = to_plain(text, notation);
  return plain ? parse_number(plain->text, notation.has_decimal_comma()) : std::nullopt;
}

std::string flags_of(const Notation& notation) {
  constexpr std::array<const char*, 5> kNames = {"", "comma", "point", "space", "apostrophe"};
  std::vector<std::string> flags;
  if (notation.decimal_comma) flags.emplace_back("--decimal-comma");
  if (notation.thousands != Thousands::kNone) {
    flags.push_back(fmt::format("--thousands {}", kNames[static_cast<std::size_t>(notation.thousands)]));
  }
  if (notation.units) flags.emplace_back("--units");
  return fmt::format("{}", fmt::join(flags, " "));
}

std::vector<Notation> notations_beyond(const Notation& given) {
  std::vector<Notation> all;
  for (const bool units : {false, true}) {
    for (const bool decimal_comma : {true, false}) {
      for (const Thousands thousands :
           {Thousands::kNone, Thousands::kComma, Thousands::kPoint, Thousands::kSpace, Thousands::kApostrophe}) {
        if (decimal_comma && (thousands == Thousands::kComma || thousands == Thousands::kPoint)) continue;
        const Notation each{decimal_comma, thousands, units};
        const bool keeps = (each.decimal_comma || each.thousands == Thousands::kPoint || !given.decimal_comma) &&
                           (each.units || !given.units) &&
                           (given.thousands == Thousands::kNone || each.thousands == given.thousands);
        if (keeps && each != given) all.push_back(each);
      }
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Notation& a, const Notation& b) { return flag_count(a) < flag_count(b); });
  return all;
}

namespace {

/// Those that do without a flag of `given`, fewest flags first.
std::vector<Notation> notations_contrary_to(const Notation& given) {
  std::vector<Notation> all = notations_beyond({});
  all.insert(all.begin(), Notation{});
  const std::vector<Notation> beyond = notations_beyond(given);
  all.erase(std::remove_if(all.begin(), all.end(),
                           [&](const Notation& each) {
                             return each == given || std::find(beyond.begin(), beyond.end(), each) != beyond.end();
                           }),
            all.end());
  return all;
}

}  // namespace

std::string read_by(std::string_view text, const Notation& given) {
  std::vector<Notation> reading;
  for (const Notation& each : notations_beyond(given)) {
    if (!reading.empty() && flag_count(each) > flag_count(reading.front())) break;
    if (parse_number(text, each)) reading.push_back(each);
  }
  if (!reading.empty()) return is_with(text, reading);
  const std::string plain = as_people_read(text);
  if (!nuthatch::data::parse_number(plain, given.decimal_comma)) return "";
  return fmt::format("\"{}\" is read where it is written {}", text, plain);
}

NotationCount::NotationCount(const Notation& given) : given_(given) {}

void NotationCount::count(std::string_view text, Candidate& candidate) const {
  const std::optional<PlainNumber> plain =
      to_plain(candidate.notation == given_ ? as_people_read(text) : text, candidate.notation);
  if (!plain) return;
  if (candidate.count++ == 0) candidate.example = text;
  if (plain->unit.empty()) return;
  candidate.spaced = candidate.spaced || plain->text.find_first_of(".,") != std::string::npos ||
                     text.find(' ') != std::string_view::npos;
  const bool known = std::find(candidate.units.begin(), candidate.units.end(), plain->unit) != candidate.units.end();
  if (!known && candidate.units.size() <= kMostUnits) candidate.units.push_back(plain->unit);
}

void NotationCount::add(std::string_view text) {
  if (texts_ == kMostTexts) return;
  ++texts_;
  if (candidates_.empty()) {
    for (const Notation& each : notations_beyond(given_)) candidates_.push_back({each});
    candidates_.push_back({given_});  // the last: what people read
    for (const Notation& each : notations_contrary_to(given_)) contrary_.push_back({each});
  }
  for (Candidate& candidate : candidates_) count(text, candidate);
  for (Candidate& candidate : contrary_) count(text, candidate);
  if (is_hexadecimal(text)) ++hexadecimal_;
}

bool NotationCount::is_most(std::size_t count) const { return count > 0 && 10 * count >= 9 * texts_; }

std::string NotationCount::contrary_verdict() const {
  for (const Candidate& each : contrary_) {
    if (!is_most(each.count) || each.units.size() > 1) continue;
    const std::string flags = flags_of(each.notation);
    return fmt::format(
        "most of its values are numbers that {} does not read: \"{}\" is {} {}; one flag holds for all columns, so "
        "write them alike",
        flags_of(given_), each.example, *parse_number(each.example, each.notation),
        flags.empty() ? "without it" : "with " + flags);
  }
  return "";
}

std::string NotationCount::verdict() const {
  if (is_most(hexadecimal_)) return "most of its values are hexadecimal numbers: write them in decimal";
  const Candidate* first = nullptr;
  std::vector<Notation> reading;
  for (const Candidate& each : candidates_) {
    if (!is_most(each.count)) continue;
    if (first != nullptr && flag_count(each.notation) > flag_count(first->notation)) break;
    if (first == nullptr) first = &each;
    if (parse_number(first->example, each.notation)) reading.push_back(each.notation);
  }
  if (first == nullptr) return contrary_verdict();
  if (first->notation == given_) {
    return fmt::format("most of its values are numbers in signs of their own: \"{}\" is read where it is written {}",
                       first->example, as_people_read(first->example));
  }
  if (first->units.size() < 2) {
    return fmt::format("most of its values are numbers in another notation: {}", is_with(first->example, reading));
  }
  if (first->units.size() > kMostUnits || !first->spaced) return "";
  return fmt::format("most of its values are numbers with different units ({}): convert them to one unit",
                     fmt::join(first->units, ", "));
}

}  // namespace nuthatch::data
