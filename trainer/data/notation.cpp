#include "notation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "number.hpp"

namespace nuthatch::data {
namespace {

constexpr std::size_t kMostTexts = 1000;  // of each weight
constexpr std::size_t kMostUnits = 8;     // of one column; more are names
constexpr std::size_t kLongestUnit = 16;  // bytes
constexpr std::array<std::string_view, 6> kCurrencies = {"$",        "\xE2\x82\xAC", "\xC2\xA3",
                                                         "\xC2\xA5", "\xE2\x82\xB9", "CHF"};
/// A blank, a no-break one, narrow ones.
constexpr std::array<std::string_view, 4> kSpaces = {" ", "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89"};
constexpr std::array<std::string_view, 2> kApostrophes = {"'", "\xE2\x80\x99"};

/// A sign and what it stands for.
struct Sign {
  std::string_view sign;
  std::string_view plain;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

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

/// The zeros of scripts that have digits of their own, each before its nine others: Arabic, Persian, Devanagari,
/// Bengali, Gurmukhi, Gujarati, Tamil, Telugu, Kannada, Malayalam, Thai, Lao, Tibetan, Burmese, Khmer, full-width.
constexpr std::array<char32_t, 16> kZeros = {0x0660, 0x06F0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0BE6, 0x0C66,
                                             0x0CE6, 0x0D66, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0xFF10};

/// The code point of two or three bytes that `text` begins with, and its bytes; 0 of any other and of bytes that are
/// not UTF-8 (Latin-1, a character cut short).
std::pair<char32_t, std::size_t> short_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const auto rest = [&](std::size_t i) { return static_cast<char32_t>(byte(i) & 0x3F); };
  if ((byte(0) & 0xE0) == 0xC0 && continues(1)) return {static_cast<char32_t>(byte(0) & 0x1F) << 6 | rest(1), 2};
  if ((byte(0) & 0xF0) == 0xE0 && continues(1) && continues(2)) {
    return {static_cast<char32_t>(byte(0) & 0x0F) << 12 | rest(1) << 6 | rest(2), 3};
  }
  return {0, 0};
}

/// The digit of another script that `text` begins with, and its bytes; 0 bytes of none.
std::pair<char, std::size_t> other_digit(std::string_view text) {
  const auto [point, bytes] = short_code_point(text);
  for (const char32_t zero : kZeros) {
    if (point >= zero && point < zero + 10) return {static_cast<char>('0' + (point - zero)), bytes};
  }
  return {'0', 0};
}

/// A superscript or a fraction, which belongs to the number before it: 4 with a raised 2 is 16, 4 before a half four
/// and a half.
bool is_part_of_number(std::string_view text) {
  const char32_t point = short_code_point(text).first;
  return point == 0xB2 || point == 0xB3 || point == 0xB9 || (point >= 0xBC && point <= 0xBE) ||
         (point >= 0x2070 && point <= 0x2079) || (point >= 0x2150 && point <= 0x215E);
}

/// Fortran's exponent of a double: D+02, d-5, D3.
bool is_fortran_exponent(std::string_view text) {
  if (text.empty() || (text[0] != 'd' && text[0] != 'D')) return false;
  text.remove_prefix(1);
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_unit(std::string_view text) {
  const auto forbidden = [](char c) { return c == ' ' || c == '\t' || c == '"' || c == ';' || c == ':' || c == '|'; };
  if (text.size() > kLongestUnit || std::any_of(text.begin(), text.end(), forbidden)) return false;
  const bool is_factor =
      text.starts_with("\xC3\x97") || (text.starts_with('x') && text.size() > 1 && is_digit(text[1]));
  if (is_factor || is_fortran_exponent(text)) return false;  // x10^3, D+03
  if (is_part_of_number(text) || other_digit(text).second != 0) return false;
  const char c = text.empty() ? '0' : text[0];
  return is_letter(c) || c == '%' || c == '$' || (c & 0x80) != 0;
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

/// Signs of one meaning that have two code points: micro and mu, ohm and omega, kelvin and K, angstrom and A with a
/// ring.
std::string one_spelling(std::string_view unit) {
  constexpr std::array<Sign, 4> kSame = {
      {{"\xC2\xB5", "\xCE\xBC"}, {"\xE2\x84\xA6", "\xCE\xA9"}, {"\xE2\x84\xAA", "K"}, {"\xE2\x84\xAB", "\xC3\x85"}}};
  std::string plain;
  while (!unit.empty()) {
    const auto same =
        std::find_if(kSame.begin(), kSame.end(), [&](const Sign& each) { return unit.starts_with(each.sign); });
    plain += same != kSame.end() ? same->plain : unit.substr(0, 1);
    unit.remove_prefix(same != kSame.end() ? same->sign.size() : 1);
  }
  return plain;
}

std::optional<PlainNumber> split_unit(std::string_view text) {
  PlainNumber parts = split_currency(text);
  if (!parts.unit.empty()) return parts;
  const std::size_t end = end_of_number(text);
  if (end == text.size()) return parts;
  if (end == 0 || !is_unit(text.substr(end))) return std::nullopt;
  return PlainNumber{std::string(without_spaces_around(text.substr(0, end))), one_spelling(text.substr(end))};
}

/// What beside a whole number makes no code such as 12A of it, even without a blank: usual units of two letters and
/// more, and the thousands, millions and thousand millions of people.
bool is_usual_unit(const std::string& unit) {
  constexpr std::string_view kUsual =
      " k K M G mm cm dm km nm um \u03BCm ms us \u03BCs ns min kg mg mV kV mA kA kW mW MW Wh kWh Hz kHz MHz GHz Pa hPa "
      "kPa MPa bar mbar psi \u00B0C \u00B0F \u03A9 k\u03A9 M\u03A9 ml mL dB dBm rpm ppm lb oz ft kB KB MB GB ";
  return kUsual.find(" " + unit + " ") != std::string_view::npos;
}

std::size_t flag_count(const Notation& notation) {
  return (notation.decimal_comma ? 1 : 0) + (notation.thousands != Thousands::kNone ? 1 : 0) + (notation.units ? 1 : 0);
}

/// What people read as others: dashes for a minus, separators of other scripts, factors for an exponent.
constexpr std::array<Sign, 17> kSigns = {{{"\xE2\x80\x90", "-"},
                                          {"\xE2\x80\x91", "-"},
                                          {"\xE2\x80\x92", "-"},
                                          {"\xE2\x80\x93", "-"},
                                          {"\xE2\x80\x94", "-"},
                                          {"\xEF\xB9\xA3", "-"},
                                          {"\xEF\xBC\x8D", "-"},
                                          {"\xEF\xBC\x8B", "+"},
                                          {"\xEF\xBC\x8E", "."},
                                          {"\xEF\xBC\x8C", ","},
                                          {"\xD9\xAB", "."},
                                          {"\xD9\xAC", ""},
                                          {"\xC3\x97"
                                           "10^",
                                           "e"},
                                          {"\xC2\xB7"
                                           "10^",
                                           "e"},
                                          {"x10^", "e"},
                                          {"*10^", "e"},
                                          {"\xE2\x80\x8B", ""}}};

/// Whether the rest of a text begins with an underscore between thousands: no date such as 2024_01_02.
bool is_grouping(std::string_view rest) {
  const auto digits = std::find_if_not(rest.begin() + 1, rest.end(), is_digit) - (rest.begin() + 1);
  return rest[0] == '_' && digits == 3;
}

/// A text as the number that it is to people, of ways of writing that no flag reads: -2 for (2), 2- and a dash before
/// 2; without what compares or groups: <2, 1_000; with the usual digits for those of other scripts; 2e3 for 2x10^3 and
/// Fortran's 2D+03.
std::string as_people_read(std::string_view text) {
  std::string plain;
  text = without_spaces_around(text);
  if (text.starts_with('\'')) text.remove_prefix(1);  // a spreadsheet's, before what is to stay text
  const bool negative = (text.starts_with('(') && text.ends_with(')')) || (text.size() > 1 && text.ends_with('-'));
  if (negative) plain = "-";
  while (!text.empty()) {
    const auto sign =
        std::find_if(kSigns.begin(), kSigns.end(), [&](const Sign& each) { return text.starts_with(each.sign); });
    if (sign != kSigns.end()) {
      plain += sign->plain;
      text.remove_prefix(sign->sign.size());
      continue;
    }
    const auto [digit, bytes] = other_digit(text);
    if (bytes != 0) {
      plain += digit;
    } else if (is_fortran_exponent(text) && (plain.find('.') != std::string::npos || text.find_first_of("+-") == 1)) {
      plain += 'e';  // 12D3 alone may be a code
    } else if (std::string_view("()<>=~").find(text[0]) == std::string_view::npos && !is_grouping(text) &&
               !(negative && text == "-")) {
      plain += text[0];
    }
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return plain;
}

/// An address of the internet, which thousands may look like: 192.168.100.200.
bool is_ipv4(std::string_view text) {
  for (int group = 0; group < 4; ++group) {
    int value = 256;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || text[0] == '-' || value > 255) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (group < 3 && !text.starts_with('.')) return false;
    if (group < 3) text.remove_prefix(1);
  }
  return text.empty();
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

const char* name_of(Thousands thousands) {
  constexpr std::array<const char*, 5> kNames = {"", "comma", "point", "space", "apostrophe"};
  return kNames[static_cast<std::size_t>(thousands)];
}

std::string flags_of(const Notation& notation) {
  std::vector<std::string> flags;
  if (notation.decimal_comma) flags.emplace_back("--decimal-comma");
  if (notation.thousands != Thousands::kNone) {
    flags.push_back(fmt::format("--thousands {}", name_of(notation.thousands)));
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

std::string read_by(std::string_view text, const Notation& given, bool beside_numbers) {
  std::vector<Notation> reading;
  for (const Notation& each : notations_beyond(given)) {
    if (!reading.empty() && flag_count(each) > flag_count(reading.front())) break;
    if (parse_number(text, each)) reading.push_back(each);
  }
  const auto has_unit = [&](const Notation& each) { return each.units && !given.units; };
  if (beside_numbers && std::all_of(reading.begin(), reading.end(), has_unit) && !reading.empty()) {
    return "it has a unit, and other values have none: one column has one unit";
  }
  if (!reading.empty()) return is_with(text, reading);
  const std::string plain = as_people_read(text);
  if (!nuthatch::data::parse_number(plain, given.decimal_comma)) return "";
  return fmt::format("\"{}\" is read where it is written {}", text, plain);
}

std::string UnitCheck::add(std::string_view text, const std::string& unit, const std::function<std::string()>& place) {
  if (first_.empty()) {
    first_ = place();
    unit_ = unit;
  }
  if (unit == unit_) return "";
  const std::string remedy = "one column has one unit: write it beside every value, or convert them and leave it out";
  if (unit.empty()) return fmt::format("\"{}\" has no unit where {} has \"{}\"; {}", text, first_, unit_, remedy);
  if (unit_.empty()) return fmt::format("\"{}\" has a unit where {} has none; {}", text, first_, remedy);
  return fmt::format("\"{}\" has the unit \"{}\" where {} has \"{}\"; convert the column to one unit", text, unit,
                     first_, unit_);
}

NotationCount::NotationCount(const Notation& given) : given_(given) {}

bool NotationCount::is_read(std::string_view text, Candidate& candidate) const {
  if (&candidate == &hexadecimal_) return is_hexadecimal(text);
  if (is_ipv4(text)) return false;
  const bool as_read = candidate.notation == given_;
  const std::optional<PlainNumber> plain = to_plain(as_read ? as_people_read(text) : text, candidate.notation);
  if (!plain) return false;
  const std::string& unit = plain->unit;
  const bool spaced = plain->text.find_first_of(".,") != std::string::npos || text.find(' ') != std::string_view::npos;
  const bool sure = unit.empty() ? !as_read || text.find_first_of("_<>=~") == std::string_view::npos
                                 : spaced || !is_letter(unit[0]) || (unit.size() > 1 && is_usual_unit(unit));
  if (!sure) candidate.doubtful += weight_;
  if (unit.empty()) return true;
  candidate.spaced = candidate.spaced || spaced;
  const bool known = std::find(candidate.units.begin(), candidate.units.end(), unit) != candidate.units.end();
  if (!known && candidate.units.size() <= kMostUnits) candidate.units.push_back(unit);
  return true;
}

void NotationCount::count(std::string_view text, const std::function<std::string()>& place,
                          Candidate& candidate) const {
  if (is_read(text, candidate)) {
    if (candidate.count == 0) candidate.example = text;
    candidate.count += weight_;
  } else if (candidate.odd_place.empty()) {
    candidate.odd = text;
    candidate.odd_place = place();
  }
}

void NotationCount::add(std::string_view text, const std::function<std::string()>& place) {
  if (random_() % weight_ != 0) return;
  if (candidates_.empty()) {
    for (const Notation& each : notations_beyond(given_)) candidates_.push_back({each});
    candidates_.push_back({given_});  // the last: what people read
    for (const Notation& each : notations_contrary_to(given_)) contrary_.push_back({each});
  }
  for (Candidate& candidate : candidates_) count(text, place, candidate);
  for (Candidate& candidate : contrary_) count(text, place, candidate);
  count(text, place, hexadecimal_);
  texts_ += weight_;
  if (++taken_ % kMostTexts == 0) weight_ *= 2;
}

bool NotationCount::is_most(std::size_t count) const { return count > 0 && 10 * count >= 9 * texts_; }

std::vector<Notation> NotationCount::reading_with(const Candidate& first) const {
  std::vector<Notation> reading;
  for (const Candidate& each : candidates_) {
    if (each.count < first.count && !is_most(each.count)) continue;
    if (flag_count(each.notation) > flag_count(first.notation)) continue;
    if (parse_number(first.example, each.notation)) reading.push_back(each.notation);
  }
  return reading;
}

std::string NotationCount::sentence_of_units(const Candidate& first) const {
  const bool all_usual = std::all_of(first.units.begin(), first.units.end(), is_usual_unit);
  const bool one_usual = std::any_of(first.units.begin(), first.units.end(), is_usual_unit);
  if (first.units.size() > kMostUnits || !(all_usual || (first.spaced && one_usual))) return "";
  return fmt::format("most of its values are numbers with different units ({}): convert them to one unit",
                     fmt::join(first.units, ", "));
}

std::string NotationCount::contrary_sentence(const Candidate& first) const {
  if (first.units.size() > 1) return "";
  const std::string flags = flags_of(first.notation);
  return fmt::format(
      "most of its values are numbers that {} does not read: \"{}\" is {} {}; one flag holds for all columns, so "
      "write them alike",
      flags_of(given_), first.example, *parse_number(first.example, first.notation),
      flags.empty() ? "without it" : "with " + flags);
}

std::string NotationCount::sentence_of(const Candidate& first, bool beside_numbers) const {
  if (&first == &hexadecimal_) return "most of its values are hexadecimal numbers: write them in decimal";
  if (first.notation == given_) {
    return fmt::format("most of its values are numbers in signs of their own: \"{}\" is read where it is written {}",
                       first.example, as_people_read(first.example));
  }
  const bool is_contrary = &first >= contrary_.data() && &first < contrary_.data() + contrary_.size();
  if (is_contrary) return contrary_sentence(first);
  if (first.units.size() > 1) return sentence_of_units(first);
  if (first.units.size() == 1 && beside_numbers && !given_.units) {
    return fmt::format(
        "\"{}\" has a unit, and other values have none, which may be in another: write the unit beside every value and "
        "give --units, or convert the column to one unit and leave it out",
        first.example);
  }
  return fmt::format("most of its values are numbers in another notation: {}",
                     is_with(first.example, reading_with(first)));
}

const NotationCount::Candidate* NotationCount::reads_half(std::uint64_t numbers, std::uint64_t texts) const {
  const Candidate* best = &hexadecimal_;
  const auto sure = [](const Candidate& each) { return each.count - each.doubtful; };
  for (const std::vector<Candidate>* all : {&candidates_, &contrary_}) {
    for (const Candidate& each : *all) {
      if (sure(each) > sure(*best)) best = &each;
    }
  }
  const double rest = static_cast<double>(texts_ - sure(*best)) / static_cast<double>(texts_);
  const bool is_half = 2 * rest * static_cast<double>(texts) < static_cast<double>(numbers + texts);
  return sure(*best) > 0 && is_half ? best : nullptr;
}

Verdict NotationCount::verdict(std::uint64_t numbers, std::uint64_t texts) const {
  const auto most = [&](const Candidate& each) { return is_most(each.count); };
  const bool beside_numbers = numbers > 0;
  if (most(hexadecimal_)) return {sentence_of(hexadecimal_, beside_numbers), "", ""};
  const auto first = std::find_if(candidates_.begin(), candidates_.end(), most);
  if (first != candidates_.end()) return {sentence_of(*first, beside_numbers), "", ""};
  for (const Candidate& each : contrary_) {
    if (most(each) && each.units.size() < 2) return {contrary_sentence(each), "", ""};
  }
  const Candidate* half = reads_half(numbers, texts);
  if (half == nullptr) return {};
  const bool usual = half->units.size() < 2 || std::all_of(half->units.begin(), half->units.end(), is_usual_unit);
  std::string what = usual ? sentence_of(*half, beside_numbers) : "";
  return what.empty() ? Verdict{} : Verdict{std::move(what), half->odd, half->odd_place};
}

}  // namespace nuthatch::data
