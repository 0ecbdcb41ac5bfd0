#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nuthatch::data {

/// What stands between the thousands of 1,234,567.
enum class Thousands { kNone, kComma, kPoint, kSpace, kApostrophe };

/// How a file writes its numbers.
struct Notation {
  bool decimal_comma = false;  ///< 1,5 means 1.5
  Thousands thousands = Thousands::kNone;
  bool units = false;  ///< a unit, per cent or a currency stands beside a number: 12 mm, 5 %, $3

  /// A point between thousands leaves only the comma for the decimals.
  bool has_decimal_comma() const { return decimal_comma || thousands == Thousands::kPoint; }
  bool is_plain() const { return thousands == Thousands::kNone && !units; }

  friend bool operator==(const Notation&, const Notation&) = default;
};

/// A number's text without its thousands separators and its unit, in the notation that parse_number reads; `unit` is
/// what stood beside it.
struct PlainNumber {
  std::string text;
  std::string unit;
};

/// Nullopt of what is no number in this notation.
std::optional<PlainNumber> to_plain(std::string_view text, const Notation& notation);

/// parse_number of text in a notation.
std::optional<double> parse_number(std::string_view text, const Notation& notation);

/// As --thousands names it; empty of none.
const char* name_of(Thousands thousands);

/// The flags that ask for a notation: "--decimal-comma --units"; empty of the usual one.
std::string flags_of(const Notation& notation);

/// Notations with all flags of `given` and more, fewest flags first.
std::vector<Notation> notations_beyond(const Notation& given);

/// `"1,234" is 1.234 with --decimal-comma, 1234 with --thousands comma` of those notations beyond `given` that read the
/// text, with no more flags than the first of them needs; empty of none. beside_numbers: its column has numbers that
/// `given` reads, so that a unit beside this one alone is no notation.
std::string read_by(std::string_view text, const Notation& given, bool beside_numbers = false);

/// Whether the numbers of one column agree in their unit: all have the same, or none has any.
class UnitCheck {
 public:
  /// place: where the cell is, for the messages that follow; called only where it is kept. What is wrong with the unit,
  /// empty of none, of `text`; or empty.
  std::string add(std::string_view text, const std::string& unit, const std::function<std::string()>& place);
  /// Of those so far; empty: none has any.
  const std::string& unit() const { return unit_; }

 private:
  std::string unit_;
  std::string first_;  ///< place of the first number; empty: there is none yet
};

/// Counts what texts of one column could be in other notations. Takes the first thousand; more tell nothing new.
class NotationCount {
 public:
  explicit NotationCount(const Notation& given);
  void add(std::string_view text);
  /// What nine of ten texts and more are, and what to do: a sentence without its end. Empty where they are none of it.
  /// beside_numbers: the column has numbers in the given notation, too.
  std::string verdict(bool beside_numbers) const;

 private:
  struct Candidate {
    Notation notation;
    std::size_t count = 0;
    std::vector<std::string> units = {};  ///< different ones, few
    bool spaced = false;                  ///< a fraction, or a blank before the unit: no code such as 12A
    std::string example = {};
  };
  void count(std::string_view text, Candidate& candidate) const;
  bool is_most(std::size_t count) const;
  /// Of numbers that a flag keeps from being read.
  std::string contrary_verdict() const;

  Notation given_;
  std::vector<Candidate> candidates_;
  std::vector<Candidate> contrary_;  ///< notations that do without a flag of the given one
  std::size_t texts_ = 0;
  std::size_t hexadecimal_ = 0;
};

}  // namespace nuthatch::data
