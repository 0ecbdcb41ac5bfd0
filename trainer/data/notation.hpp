#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
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

/// What the texts of a column are in another notation.
struct Verdict {
  std::string what;   ///< a sentence without its end; empty: they are none of it
  std::string odd;    ///< one that is none of it, where more than one in ten are; else empty
  std::string place;  ///< where that stands
};

/// Counts what texts of one column could be in other notations: of the first thousand each, then fewer and fewer of
/// them.
class NotationCount {
 public:
  explicit NotationCount(const Notation& given);
  /// place: where the text stands; called only where it is kept.
  void add(std::string_view text, const std::function<std::string()>& place);
  /// Of a column with as many texts, and as many numbers in the given notation: what nine of ten texts and more are; or
  /// what so many are that the rest is less than half of the column, as slips among plain numbers are.
  Verdict verdict(std::uint64_t numbers, std::uint64_t texts) const;

 private:
  struct Candidate {
    Notation notation;
    std::size_t count = 0;
    std::size_t doubtful = 0;             ///< of them: what beside other words may be a code or a range, as 12A and <5
    std::vector<std::string> units = {};  ///< different ones, few
    bool spaced = false;                  ///< a fraction, or a blank before the unit: no code such as 12A
    std::string example = {};
    std::string odd = {};  ///< the first text that it does not read
    std::string odd_place = {};
  };
  void count(std::string_view text, const std::function<std::string()>& place, Candidate& candidate) const;
  /// Whether the text is a number with the candidate; notes its unit.
  bool is_read(std::string_view text, Candidate& candidate) const;
  bool is_most(std::size_t count) const;
  /// The one that reads most, if what it leaves is less than half of the column.
  const Candidate* reads_half(std::uint64_t numbers, std::uint64_t texts) const;
  /// The notations that read the example, with no more flags than the candidate's, of those that read as many.
  std::vector<Notation> reading_with(const Candidate& first) const;
  std::string sentence_of(const Candidate& first, bool beside_numbers) const;
  std::string sentence_of_units(const Candidate& first) const;
  /// Of numbers that a flag keeps from being read.
  std::string contrary_sentence(const Candidate& first) const;

  Notation given_;
  std::vector<Candidate> candidates_;
  std::vector<Candidate> contrary_;  ///< notations that do without a flag of the given one
  Candidate hexadecimal_;
  std::size_t texts_ = 0;   ///< counted, each by its weight
  std::size_t taken_ = 0;   ///< counted
  std::size_t weight_ = 1;  ///< one in so many is counted, for as many
  std::minstd_rand random_;
};

}  // namespace nuthatch::data
