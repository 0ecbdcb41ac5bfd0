#include "trainer/data/csv.hpp"

#include "data/first_few.hpp"
#include "data/shown.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <clocale>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <limits>
#include <random>
#include <sstream>
#include <streambuf>
#include <string>
#include <string_view>
#include <vector>

namespace fs = std::filesystem;
using namespace nuthatch::data;  // NOLINT: the subject of the whole file

namespace {

using Texts = std::vector<std::string>;
using Floats = std::vector<float>;

Dataset read(const std::string& text, const CsvOptions& options = {}) {
  std::istringstream stream(text);
  return read_csv(stream, "data.csv", options);
}

/// The message of the DataError, or nothing when the text was accepted.
std::string error_of(const std::string& text, const CsvOptions& options = {}) {
  try {
    read(text, options);
  } catch (const DataError& error) {
    return error.what();
  }
  return {};
}

std::string error_of_file(const fs::path& path) {
  try {
    read_csv(path, CsvOptions{});
  } catch (const DataError& error) {
    return error.what();
  }
  return {};
}

/// Which of the parts the message lacks; empty when it has them all.
std::string lacking(const std::string& message, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    if (message.find(part) == std::string::npos) return fmt::format("{} | {}", part, message);
  }
  return {};
}

CsvOptions with_target(std::string name, bool required = true) {
  CsvOptions options;
  options.target = std::move(name);
  options.target_required = required;
  return options;
}

CsvOptions with_drop(Texts names) {
  CsvOptions options;
  options.drop = std::move(names);
  return options;
}

CsvOptions with_features(Texts names) {
  CsvOptions options;
  options.features = std::move(names);
  return options;
}

/// Target "kind", and a column "note" of any text.
CsvOptions labelled_notes() {
  CsvOptions options = with_target("kind");
  options.drop = {"note"};
  return options;
}

CsvOptions with_decimal_comma() {
  CsvOptions options;
  options.decimal_comma = true;
  return options;
}

/// The value of one cell, as bits: tells 0 from -0, and compares NaN.
std::uint32_t bits_of(std::string_view number) {
  const Dataset data = read("x\n\"" + std::string(number) + "\"\n");
  return std::bit_cast<std::uint32_t>(data.columns.at(0).at(0));
}

/// A file that is removed at the end of the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) { std::ofstream(path_, std::ios::binary) << content; }
  ~TemporaryFile() { fs::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_ = fs::temp_directory_path() / fmt::format("nuthatch_csv_test_{}.csv", getpid());
};

}  // namespace

// ---- Numbers ------------------------------------------------------------------------------------

TEST_CASE("parse_number: decimal forms") {
  CHECK(parse_number("12") == 12.0);
  CHECK(parse_number("-12.25") == -12.25);
  CHECK(parse_number("+7") == 7.0);
  CHECK(parse_number("1e-3") == 0.001);
  CHECK(parse_number("1E+3") == 1000.0);
  CHECK(parse_number(".5") == 0.5);
  CHECK(parse_number("5.") == 5.0);
  CHECK(parse_number(" \t3 ") == 3.0);
  CHECK(parse_number("0.1") == 0.1);
}

TEST_CASE("parse_number: what is not a number") {
  for (const char* text :
       {"",    " ",   "0x10", "1_000", "12abc", "1,5", "1e",     "e5",   ".",   "-",  "+",   "+-1",   "++1",
        "-+1", "- 1", "1 2",  "1.2.3", "nan",   "NaN", "nan(1)", "-nan", "red", "1f", "--1", "1e5.0", "\xD9\xA1"}) {
    CAPTURE(text);
    CHECK(parse_number(text) == std::nullopt);
  }
  CHECK(parse_number(std::string_view("1\0", 2)) == std::nullopt);
}

TEST_CASE("parse_number: beyond double's range") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  CHECK(parse_number("1e309") == kInfinity);
  CHECK(parse_number("1e-330") == 0.0);
  CHECK(parse_number("1e400") == kInfinity);
  CHECK(parse_number("-1e400") == -kInfinity);
  CHECK(parse_number("1e99999999999999999999") == kInfinity);
  CHECK(parse_number("0.0001e999") == kInfinity);
  CHECK(parse_number("inf") == kInfinity);
  CHECK(parse_number("-Infinity") == -kInfinity);
  CHECK(parse_number(std::string(400, '9')) == kInfinity);
  CHECK(parse_number("1e-400") == 0.0);
  CHECK(std::signbit(parse_number("-1e-400").value()));
  CHECK(parse_number("123456e-99999999999999999999") == 0.0);
  CHECK(parse_number("0." + std::string(400, '0') + "1") == 0.0);
  CHECK(parse_number("0e99999") == 0.0);
  CHECK(parse_number("5e-324") == std::numeric_limits<double>::denorm_min());
}

TEST_CASE("parse_number: decimal comma") {
  CHECK(parse_number("1,5", true) == 1.5);
  CHECK(parse_number("-,5e2", true) == -50.0);
  CHECK(parse_number("15", true) == 15.0);
  CHECK(parse_number("1.5", true) == std::nullopt);
  CHECK(parse_number("1.234,5", true) == std::nullopt);
  CHECK(parse_number("1,234,5", true) == std::nullopt);
}

TEST_CASE("parse_number does not look at the locale") {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "C"}) {
    if (std::setlocale(LC_ALL, name) == nullptr) continue;
    CHECK(parse_number("1.5") == 1.5);
    CHECK(parse_number("1,5") == std::nullopt);
  }
  std::setlocale(LC_ALL, before.c_str());
}

TEST_CASE("to_float32: nearest, or nothing when infinite") {
  CHECK(to_float32(16777217.0) == 16777216.0f);
  CHECK(to_float32(3.4028234663852886e38) == std::numeric_limits<float>::max());
  // Midway to the float32 that would follow the largest: from here on infinite.
  CHECK(to_float32(std::nextafter(0x1.ffffffp127, 0.0)) == std::numeric_limits<float>::max());
  CHECK(to_float32(-std::nextafter(0x1.ffffffp127, 0.0)) == -std::numeric_limits<float>::max());
  CHECK(to_float32(0x1.ffffffp127) == std::nullopt);
  CHECK(to_float32(-0x1.ffffffp127) == std::nullopt);
  CHECK(to_float32(std::numeric_limits<double>::infinity()) == std::nullopt);
  CHECK(to_float32(std::numeric_limits<double>::quiet_NaN()) == std::nullopt);
}

TEST_CASE("is_missing: the words, and no others") {
  for (const char* text : {"", "  ", "\t", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?", " NA ", "? "}) {
    CAPTURE(text);
    CHECK(is_missing(text));
  }
  // pandas' na_values, then Excel's errors, C's and Microsoft's printf of NaN.
  for (const char* text :
       {"#N/A",      "#N/A N/A",  "#NA",      "-1.#IND", "-1.#QNAN", "-NaN",    "-nan",
        "1.#IND",    "1.#QNAN",   "<NA>",     "n/a",     "#DIV/0!",  "#VALUE!", "#REF!",
        "#NUM!",     "#NAME?",    "#NULL!",   "NAN",     "-NAN",     "+nan",    "nan(0x8000000000000)",
        "-nan(ind)", "nan(snan)", "1.#QNAN0", "NaT",     "\\N"}) {
    CAPTURE(text);
    CHECK(is_missing(text));
  }
  for (const char* text :
       {"0", "na", "none", "Null", "-", "N A", "??", "missing", "nano", "nan(", "NANCY", "1.#INF", "-"}) {
    CAPTURE(text);
    CHECK_FALSE(is_missing(text));
  }
  for (const char* text : {"na", "Na", "Null", "N/a", "Nan", "<na>", "NA"}) {
    CAPTURE(text);
    CHECK(is_missing_number(text));
  }
  for (const char* text : {"none", "missing", "-", "0", "sodium"}) {
    CAPTURE(text);
    CHECK_FALSE(is_missing_number(text));
  }
}

TEST_CASE("U+2212 is a minus") {
  CHECK(parse_number("\xE2\x88\x92"
                     "2.5") == -2.5);
  CHECK(parse_number("1e\xE2\x88\x92"
                     "3") == 0.001);
  CHECK(parse_number("\xE2\x88\x92"
                     "2,5",
                     true) == -2.5);
  CHECK(parse_number("\xE2\x88\x92\xE2\x88\x92"
                     "1") == std::nullopt);
  CHECK(parse_number("\xE2\x88\x92") == std::nullopt);
  CHECK(parse_number("\xE2\x80\x93"
                     "1") == std::nullopt);  // an en dash
}

TEST_CASE("notations: thousands, decimal commas and units") {
  using nuthatch::data::Notation;
  using nuthatch::data::Thousands;
  const Notation comma{false, Thousands::kComma, false};
  CHECK(parse_number("1,234", comma) == 1234);
  CHECK(parse_number("-12,345,678.5", comma) == -12345678.5);
  CHECK(parse_number("12,34,567", comma) == 1234567);  // India
  CHECK(parse_number("999", comma) == 999);
  for (const char* text : {"1,23", "1234,567", "1,2345", "0,297", ",123", "1,,234", "1,234,56", "12,345,6789"}) {
    CAPTURE(text);
    CHECK(parse_number(text, comma) == std::nullopt);
  }
  const Notation german{true, Thousands::kPoint, false};
  CHECK(parse_number("1.234.567,5", german) == 1234567.5);
  CHECK(parse_number("0,5", german) == 0.5);
  CHECK(parse_number("1.5", german) == std::nullopt);
  for (const char* text : {"1 234 567,5",
                           "1\xC2\xA0"
                           "234\xC2\xA0"
                           "567,5",
                           "1\xE2\x80\xAF"
                           "234\xE2\x80\xAF"
                           "567,5"}) {
    CAPTURE(text);
    CHECK(parse_number(text, Notation{true, Thousands::kSpace, false}) == 1234567.5);
  }
  CHECK(parse_number("1'234'567.5", Notation{false, Thousands::kApostrophe, false}) == 1234567.5);
  CHECK(parse_number("1\xE2\x80\x99"
                     "234",
                     Notation{false, Thousands::kApostrophe, false}) == 1234);
  const Notation units{false, Thousands::kNone, true};
  for (const std::pair<const char*, double>& sample :
       {std::pair("12 mm", 12.0),
        std::pair("-2.5\xC2\xB0"
                  "C",
                  -2.5),
        std::pair("5%", 5.0), std::pair("5 %", 5.0), std::pair("$3.50", 3.5), std::pair("-$3", -3.0),
        std::pair("\xE2\x82\xAC 7", 7.0), std::pair("1e3 m/s^2", 1000.0), std::pair("5eV", 5.0), std::pair("12", 12.0),
        std::pair("\xE2\x88\x92"
                  "2 V",
                  -2.0)}) {
    CAPTURE(sample.first);
    CHECK(parse_number(sample.first, units) == sample.second);
  }
  for (const char* text : {"mm", "red", "A12", "12 13 mm", "1.2.3 V",
                           "1\xC3\x97"
                           "10^3",
                           "2x10", "12:30", "3 blind mice", "-", "%"}) {
    CAPTURE(text);
    CHECK(parse_number(text, units) == std::nullopt);
  }
}

TEST_CASE("notations: a column is not taken for text where a notation reads it") {
  const auto error = [](const Texts& cells, bool find_text = true) {
    CsvOptions options = with_target("kind");
    options.find_text = find_text;
    std::string text = "a;kind\n";
    for (const std::string& cell : cells) text += cell + ";x\n";
    return error_of(text, options);
  };
  CHECK(lacking(error({"1,5", "2,25", "0"}), {"row 1 (line 2), column \"a\"", "\"1,5\" is 1.5 with --decimal-comma"}) ==
        "");
  CHECK(lacking(error({"1,234", "2,500"}), {"1.234 with --decimal-comma, or 1234 with --thousands comma"}) == "");
  CHECK(lacking(error({"1,234", "0,500"}), {"--decimal-comma"}) == "");
  CHECK(error({"1,234", "0,500"}).find("--thousands") == std::string::npos);
  CHECK(lacking(error({"1 234", "12 500", "5"}), {"--thousands space"}) == "");
  CHECK(lacking(error({"1.234,5", "2.500,25"}), {"--thousands point"}) == "");
  CHECK(lacking(error({"12 mm", "13 mm", "14.5 mm"}), {"is 12 with --units"}) == "");
  CHECK(lacking(error({"5,5 %", "6 %"}), {"is 5.5 with --decimal-comma --units"}) == "");
  CHECK(lacking(error({"12 mm", "1.3 cm", "14 mm"}), {"different units (mm, cm)"}) == "");
  CHECK(lacking(error({"12mm", "1cm", "14mm"}), {"different units (mm, cm)"}) == "");
  CHECK(lacking(error({"900k", "2M", "3k"}), {"different units (k, M)"}) == "");
  CHECK(error({"12k", "7B", "12M"}) == "");
  CHECK(lacking(error({"0x1F", "0xAA"}), {"hexadecimal"}) == "");
  CHECK(lacking(error({"\xE2\x80\x93"
                       "1.5",
                       "\xE2\x80\x93"
                       "2"}),
                {"is read where it is written -1.5"}) == "");
  CHECK(lacking(error({"(1.5)", "(2)"}), {"is read where it is written -1.5"}) == "");
  CHECK(lacking(error({"1.5-", "2-"}), {"is read where it is written -1.5"}) == "");
  CHECK(lacking(error({"1_000", "2_500"}), {"is read where it is written 1000"}) == "");
  CHECK(lacking(error({"<0.5", "<0.1"}), {"is read where it is written 0.5"}) == "");
  CHECK(lacking(error({"\xEF\xBC\x91\xEF\xBC\x92", "\xEF\xBC\x93"}), {"is read where it is written 12"}) == "");
  for (const Texts& cells : {Texts{"red", "blue"},
                             {"12A", "7B", "12C"},
                             {"A1", "A2"},
                             {"12:30", "12:45"},
                             {"1-2", "2-3"},
                             {"1.2.3", "1.2.4"},
                             {"2024-01-01", "2024-01-02"},
                             {"True", "False"}}) {
    CAPTURE(cells[0]);
    CHECK(error(cells) == "");
  }
  CHECK(lacking(error({"2.5\xC3\x97"
                       "10^3",
                       "1x10^2"}),
                {"is read where it is written 2.5e3"}) == "");
  CHECK(lacking(error({"1", "2", "3", "4", "(5)"}), {"row 5 (line 6)", "\"(5)\" is read where it is written -5"}) ==
        "");
  CHECK(lacking(error({"1", "2", "3", "4", "1,5"}), {"row 5 (line 6)", "1.5 with --decimal-comma"}) == "");
  CHECK(lacking(error({"12 mm"}, false), {"is not a number", "--units"}) == "");
}

TEST_CASE("notations: a third of words hides no column of numbers in another notation, as it hides no plain one") {
  const auto error = [](const Texts& numbers, const Texts& words, const Texts& plain = {}, CsvOptions options = {}) {
    options.target = "kind";
    options.find_text = true;
    std::string text = "a;kind\n";
    for (int i = 0; i < 30; ++i) {
      for (const Texts* each : {&numbers, &words, &plain}) {
        if (!each->empty()) text += (*each)[static_cast<std::size_t>(i) % each->size()] + ";x\n";
      }
      text += numbers[static_cast<std::size_t>(i) % numbers.size()] + ";x\n";
    }
    return error_of(text, options);
  };
  const Texts words = {"open", "shut"};
  const std::string usual = error({"1.5", "2.25"}, words);
  CHECK(lacking(usual, {"row 2 (line 3), column \"a\": \"open\" is not a number", "--drop a", "--prepare"}) == "");
  for (const auto& [numbers, remedy] : {std::pair(Texts{"1,5", "2,25"}, "\"1,5\" is 1.5 with --decimal-comma"),
                                        {Texts{"12 kg", "13 kg"}, "\"12 kg\" is 12 with --units"},
                                        {Texts{"12kg", "13kg"}, "with --units"},
                                        {Texts{"5%", "7%"}, "with --units"},
                                        {Texts{"$5", "$7"}, "with --units"},
                                        {Texts{"5,5 %", "6 %"}, "with --decimal-comma --units"},
                                        {Texts{"1.234,5", "2.000,25"}, "\"1.234,5\" is 1234.5 with --thousands point"},
                                        {Texts{"12 500", "13 000"}, "--thousands space"},
                                        {Texts{"\u20131.5", "\u20132"}, "is read where it is written -1.5"},
                                        {Texts{"12 mm", "1 cm"}, "different units (mm, cm)"},
                                        {Texts{"0x1F", "0xAA"}, "hexadecimal"}}) {
    const std::string first = numbers[0];
    CAPTURE(first);
    CHECK(
        lacking(error(numbers, words), {"row 2 (line 3), column \"a\": \"open\" is not a number; correct it, drop the "
                                        "column with --drop a, or take it as text with --prepare",
                                        remedy}) == "");
  }
  CHECK(lacking(error({"1.5", "2.5"}, words, {}, with_decimal_comma()),
                {"row 2 (line 3)", "\"open\" is not a number", "--decimal-comma does not read"}) == "");
  CHECK(lacking(error({"1,5"}, words, {"7", "8"}), {"row 2 (line 3)", "1.5 with --decimal-comma"}) == "");
  CHECK(lacking(error({"\u22121", "\u22122"}, words), {"row 2 (line 3)", "\"open\" is not a number"}) == "");
  for (const Texts& texts : {Texts{"12A", "7A"},
                             {"S-12", "S-13"},
                             {"12K", "7M"},
                             {"1.2.3", "1.10.2"},
                             {"192.168.1.7", "192.168.100.200"},
                             {"192.168.100.201", "192.168.100.200"},
                             {"10-20", "20-30"},
                             {"2024-01-01", "01.02.2024"},
                             {"2024_01_02", "2024_11_12"},
                             {"<18", ">65"},
                             {"12:30", "7:15"},
                             {"1012 AB", "1013 CD"},
                             {"3/4", "1/2"}}) {
    CAPTURE(texts[0]);
    CHECK(error(texts, words) == "");
  }
  for (const Texts& texts :
       {Texts{"192.168.100.201", "192.168.100.200"}, {"2024_01_02", "2024_11_12"}, {"1012 AB", "1013 CD"}}) {
    CAPTURE(texts[0]);
    CHECK(error(texts, {}) == "");
  }
  CHECK(error({"1,5"}, {"a", "b"}, {"c", "d"}) == "");  // half of them are words
}

TEST_CASE("notations: what a column is shows in all of it, not in its beginning") {
  CsvOptions options = with_target("kind");
  options.find_text = true;
  std::string text = "a;kind\n";
  for (int i = 0; i < 9000; ++i) text += i < 3000 ? "open;x\n" : "1,5;x\n";
  CHECK(lacking(error_of(text, options), {"row 1 (line 2)", "\"open\"", "1.5 with --decimal-comma"}) == "");
  text = "a;kind\n";
  for (int i = 0; i < 9000; ++i) text += i < 3000 ? "1,5;x\n" : "open;x\n";
  CHECK(error_of(text, options) == "");
}

TEST_CASE("units: a column has one") {
  CsvOptions options;
  options.units = true;
  CHECK(read("a,b,c\n12 mm,5%,1\n13mm,6 %,2\n,7 %,NA\n", options).units == Texts{"mm", "%", ""});
  CHECK(read("a,b\n12 mm,5%\n13mm,6%\n", options).columns == std::vector<Floats>{{12, 13}, {5, 6}});
  CHECK(lacking(error_of("a\n12 mm\n1.3 cm\n", options), {"row 2 (line 3), column \"a\"", "\"cm\"", "\"mm\""}) == "");
}

TEST_CASE("units: numbers with one and numbers without are no column, with the flag and before it") {
  const auto error = [](const Texts& cells, bool units, bool find_text = true) {
    CsvOptions options = with_target("kind");
    options.units = units;
    options.find_text = find_text;
    std::string text = "a;kind\n";
    for (const std::string& cell : cells) text += cell + ";x\n";
    return error_of(text, options);
  };
  CHECK(lacking(error({"900", "NA", "2.29k"}, true),
                {"row 3 (line 4), column \"a\"", "\"2.29k\" has a unit where row 1 (line 2) has none"}) == "");
  CHECK(lacking(error({"76.4%", "0.764"}, true),
                {"row 2 (line 3)", "\"0.764\" has no unit where row 1 (line 2) has \"%\"",
                 "write it beside every value"}) == "");
  CHECK(lacking(error({"12", "5 km"}, true, false), {"\"5 km\" has a unit where row 1 (line 2) has none"}) == "");
  CHECK(error({"12 km", "5 km"}, true) == "");
  CHECK(lacking(error({"12 \xB0"
                       "C",
                       "5 \xB0"
                       "C"},
                      true),
                {"row 1 (line 2)", "not valid UTF-8"}) == "");
  CHECK(error({"12 \u00B5m", "5 \u03BCm"}, true) == "");  // micro, mu
  CHECK(lacking(error({"900", "2.29k", "1.5k"}, false), {"\"2.29k\" has a unit, and other values have none"}) == "");
  // All have the unit: what is missing is the comma.
  CHECK(lacking(error({"1,5 mm", "2,5 mm", "3,5 mm", "5 mm"}, true), {"with --decimal-comma"}) == "");
  const std::string few = error({"12", "13", "14", "5 km"}, false);
  CHECK(lacking(few, {"row 4 (line 5)", "it has a unit, and other values have none"}) == "");
  CHECK(few.find("with --units") == std::string::npos);
}

TEST_CASE("numbers: spaces that break no line stand around a number as blanks do") {
  CHECK(parse_number("\u00A01.5\u00A0") == 1.5);
  CHECK(parse_number("\u202F-2 \u2009") == -2);
  CHECK(parse_number("1\u00A05") == std::nullopt);
  CHECK(nuthatch::data::is_missing("\u00A0"));
  CHECK(parse_number("\u00A01,5", nuthatch::data::Notation{true}) == 1.5);
}

TEST_CASE("notations: signs of other scripts and Fortran's exponent are numbers to people, and are said to be") {
  const auto error = [](const Texts& cells) {
    CsvOptions options = with_target("kind");
    options.find_text = true;
    std::string text = "a;kind\n";
    for (const std::string& cell : cells) text += cell + ";x\n";
    return error_of(text, options);
  };
  CHECK(lacking(error({"1.5D+02", "2.0D+00"}), {"\"1.5D+02\" is read where it is written 1.5e+02"}) == "");
  CHECK(lacking(error({"-1.5d-2", "2.0D3"}), {"written -1.5e-2"}) == "");
  CHECK(lacking(error({"\u0661\u0662\u066B\u0665", "\u0663"}), {"is read where it is written 12.5"}) == "");
  CHECK(lacking(error({"\u06F1\u06F2", "\u06F3"}), {"is read where it is written 12"}) == "");
  CHECK(lacking(error({"\u0967\u0968", "\u0969"}), {"is read where it is written 12"}) == "");
  CHECK(lacking(error({"\uFF11\uFF0E\uFF15", "\uFF12"}), {"is read where it is written 1.5"}) == "");
  CHECK(lacking(error({"'12", "'3"}), {"is read where it is written 12"}) == "");
  CHECK(error({"12D3", "12D4"}) == "");  // codes
  // Not 4 with a unit.
  const nuthatch::data::Notation units{false, nuthatch::data::Thousands::kNone, true};
  for (const char* text : {"4\u00B2", "4\u00BD", "4\u2075", "4\u0663", "4D+02"}) {
    CAPTURE(text);
    CHECK(parse_number(text, units) == std::nullopt);
  }
  CHECK(error({"\u4E00", "\u4E8C"}) == "");
  // Bytes that are not UTF-8 are no digits: f stands where a byte of the character must.
  CHECK(error({"\xE0\xA5\x66", "\xE0\xA5\x67"}) == "");
}

TEST_CASE("a first line that declares the delimiter is no header") {
  for (const std::string& declaration :
       Texts{"sep=;\n", "sep=;\r\n", "\"sep=;\"\n", "\xEF\xBB\xBFsep=;\r\n", "SEP=;\r"}) {
    CAPTURE(declaration);
    const Dataset rows = read(declaration + "a|b;c\n1;2\n3;4\n");
    CHECK(rows.feature_names == Texts{"a|b", "c"});
    CHECK(rows.columns == std::vector<Floats>{{1, 3}, {2, 4}});
    CHECK(lacking(error_of(declaration + "a;c\n1;2\nx;4\n"), {"row 2 (line 4)"}) == "");
  }
  CHECK(read("sep=^\na^b\n1^2\n").feature_names == Texts{"a", "b"});
  CHECK(read("sep=x\n1\n").feature_names == Texts{"sep=x"});
  CHECK(read("sep=\n1\n").feature_names == Texts{"sep="});
  CsvOptions said;
  said.delimiter = ',';
  CHECK(read("sep=;\na,b\n1,2\n", said).feature_names == Texts{"a", "b"});
}

TEST_CASE("the delimiter is the one by which rows have as many fields as the header") {
  CHECK(read("|x|,|y|\n1,2\n3,4\n").feature_names == Texts{"|x|", "|y|"});
  CHECK(read("a;b;c,d\n1;2;3\n").feature_names == Texts{"a", "b", "c,d"});
  CHECK(read("p(x|y)\tp(y|x)\tz|w|v\n1\t2\t3\n").feature_names.size() == 3);
  CHECK(read("x;1,x;2\n1,2\n3,4\n").feature_names == Texts{"x;1", "x;2"});
}

TEST_CASE("the delimiter is what was said") {
  CsvOptions options;
  options.delimiter = '^';
  CHECK(read("a^b,c\n1^2\n", options).feature_names == Texts{"a", "b,c"});
  options.delimiter = '|';
  CHECK(read("a;b|c\n1|2\n", options).feature_names == Texts{"a;b", "c"});
  options.delimiter = ' ';
  CHECK(read("a b\n1 2\n", options).columns == std::vector<Floats>{{1}, {2}});
}

TEST_CASE("what float32 does not keep is known a row") {
  const auto beyond = [](const char* a, const char* b) {
    const Dataset data = read(fmt::format("x,y\n{},1\n{},1\n", a, b));
    return std::pair(data.columns[0][0] == data.columns[0][1], data.beyond_float32(0, 0) != data.beyond_float32(0, 1));
  };
  constexpr std::pair kMerged(true, true);
  constexpr std::pair kSame(true, false);
  CHECK(beyond("1700000000000", "1700000001000") == kMerged);
  CHECK(beyond("101325.0001", "101325.0002") == kMerged);
  CHECK(beyond("16777216", "16777217") == kMerged);
  CHECK(beyond("9007199254740992", "9007199254740993") == kMerged);
  CHECK(beyond("0.1", "0.10000000000000000001") == kMerged);
  CHECK(beyond("0", "1e-60") == kMerged);
  CHECK(beyond("1e-60", "2e-60") == kMerged);
  CHECK(beyond("1e-60", "-1e-60") == kMerged);
  CHECK(beyond("1700000000000", "1.7e12") == kSame);
  CHECK(beyond("101325.0001", "+101325.00010") == kSame);
  CHECK(beyond("0", "-0.000") == kSame);
  CHECK(read("x,y\n1.5,1\n2.25,1\n").beyond == std::vector<std::vector<std::uint32_t>>(2));
}

TEST_CASE("values are the float32 of IEEE 754, to the bit") {
  CHECK(bits_of("1") == 0x3F800000u);
  CHECK(bits_of("-0") == 0x80000000u);
  CHECK(bits_of("0.1") == 0x3DCCCCCDu);
  CHECK(bits_of("3.14159265358979") == 0x40490FDBu);
  CHECK(bits_of("16777217") == 0x4B800000u);               // a tie, to even: down
  CHECK(bits_of("16777219") == 0x4B800002u);               // a tie, to even: up
  CHECK(bits_of("16777217.0001") == 0x4B800001u);          // no tie any more
  CHECK(bits_of("3.4028234663852886e38") == 0x7F7FFFFFu);  // the largest
  CHECK(bits_of("1.17549435e-38") == 0x00800000u);         // the smallest normal
  CHECK(bits_of("1.401298464e-45") == 0x00000001u);        // the smallest denormal
  CHECK(bits_of("1e-45") == 0x00000001u);
  CHECK(bits_of("-1e-40") == 0x800116C2u);
  CHECK(bits_of("7e-46") == 0x00000000u);  // below half of the smallest
  CHECK(bits_of("1e-400") == 0x00000000u);
}

// ---- What is accepted ---------------------------------------------------------------------------

TEST_CASE("a plain file") {
  const Dataset data = read("a,b,kind\n1,2.5,x\n-3,4e2,y\n5,6,x\n", with_target("kind"));
  CHECK(data.file == "data.csv");
  CHECK(data.rows() == 3);
  CHECK(data.feature_names == Texts{"a", "b"});
  CHECK(data.columns == std::vector<Floats>{{1, -3, 5}, {2.5, 400, 6}});
  REQUIRE(data.target);
  CHECK(data.target->name == "kind");
  CHECK(data.target->labels == Texts{"x", "y"});
  CHECK(data.target->first_line == std::vector<std::uint64_t>{2, 3});
  CHECK(data.target->ids == std::vector<std::uint32_t>{0, 1, 0});
}

TEST_CASE("line endings, with and without the last") {
  for (const char* text :
       {"a,b\n1,2\n3,4\n", "a,b\n1,2\n3,4", "a,b\r\n1,2\r\n3,4\r\n", "a,b\r\n1,2\r\n3,4", "a,b\r1,2\r3,4\r",
        "a,b\r1,2\r3,4", "\n\na,b\n\n1,2\n  \n3,4\n\n\n", "\r\n\r\na,b\r\n\r\n1,2\r\n3,4\r\n\r\n",
        "\xEF\xBB\xBF"
        "a,b\n1,2\n3,4\n",
        "\xEF\xBB\xBF\"a\",b\n1,2\n3,4\n", "  a , b \n 1 ,\t2 \n3, \"4\" \n"}) {
    CAPTURE(text);
    const Dataset data = read(text);
    CHECK(data.feature_names == Texts{"a", "b"});
    CHECK(data.columns == std::vector<Floats>{{1, 3}, {2, 4}});
  }
}

TEST_CASE("delimiters are found from the header, outside quotes") {
  for (const char delimiter : {',', ';', '\t', '|'}) {
    std::string text = "\"a,,,,;;;;||||\t\t\t\t\"_b_c\n1_2_3\n";
    std::replace(text.begin(), text.end(), '_', delimiter);
    CAPTURE(text);
    const Dataset data = read(text);
    CHECK(data.feature_names == Texts{"a,,,,;;;;||||\t\t\t\t", "b", "c"});
    CHECK(data.columns == std::vector<Floats>{{1}, {2}, {3}});
  }
}

TEST_CASE("empty fields between tabs are missing values, not spaces to trim") {
  const Dataset data = read("a\tb\tc\n\t2\t\n1\t\t3\n");
  REQUIRE(data.rows() == 2);
  CHECK(std::isnan(data.columns[0][0]));
  CHECK(data.columns[0][1] == 1);
  CHECK(data.columns[1][0] == 2);
  CHECK(std::isnan(data.columns[1][1]));
  CHECK(std::isnan(data.columns[2][0]));
  CHECK(data.columns[2][1] == 3);
}

TEST_CASE("quotes keep delimiters, quotes, line ends and spaces") {
  const Dataset data =
      read("a,\"the \"\"kind\"\"\"\n1,\"x,\"\"y\"\"\"\n2,\" z\r\nw \"\n\"3\",\"\"\"\"\n", with_target("the \"kind\""));
  REQUIRE(data.target);
  CHECK(data.target->labels == Texts{"x,\"y\"", " z\r\nw ", "\""});
  CHECK(data.columns[0] == Floats{1, 2, 3});
}

TEST_CASE("missing values are NaN") {
  const Dataset data = read("a,b\n,1\nNA,1\nN/A,1\nNaN,1\nnan,1\nnull,1\nNULL,1\nNone,1\n?,1\n\"\",1\n");
  REQUIRE(data.rows() == 10);
  for (std::size_t i = 0; i < 10; ++i) {
    CAPTURE(i);
    CHECK(std::isnan(data.columns[0][i]));
    CHECK(data.columns[1][i] == 1.0f);
  }
}

TEST_CASE("one column: a quoted empty field is a row, a blank line is not") {
  const Dataset data = read("a\n1\n\n\"\"\n2\n");
  REQUIRE(data.rows() == 3);
  CHECK(std::isnan(data.columns[0][1]));
  CHECK(data.columns[0][2] == 2.0f);
}

TEST_CASE("decimal comma") {
  CHECK(read("a;b\n1,5;-2\n", with_decimal_comma()).columns == std::vector<Floats>{{1.5}, {-2}});
  CHECK(read("a\n1,5\n", with_decimal_comma()).columns == std::vector<Floats>{{1.5}});
  CHECK(read("a,b\n\"1,5\",2\n", with_decimal_comma()).columns == std::vector<Floats>{{1.5}, {2}});
}

TEST_CASE("drop ignores text") {
  const Dataset data = read("a,colour,b\n1,red,2\n3,blue,4\n", with_drop({"colour"}));
  CHECK(data.feature_names == Texts{"a", "b"});
  CHECK(data.columns == std::vector<Floats>{{1, 3}, {2, 4}});
  CHECK_FALSE(data.target);
}

TEST_CASE("features: these, in this order, the rest ignored unparsed") {
  CsvOptions options = with_features({"c", "a"});
  const std::string text = "note,a,b,kind,c\nred,1,1e999,x,3\n\"a,b\",4,?,y,6\n";
  CHECK(read(text, options).feature_names == Texts{"c", "a"});
  CHECK(read(text, options).columns == std::vector<Floats>{{3, 6}, {1, 4}});
  CHECK_FALSE(read(text, options).target);
  options.target = "kind";
  CHECK(read(text, options).target.value().labels == Texts{"x", "y"});
}

TEST_CASE("an optional target may be absent, or empty throughout") {
  const CsvOptions options = with_target("kind", false);
  CHECK_FALSE(read("a,b\n1,2\n", options).target);
  CHECK(read("a,b\n1,2\n", options).columns.size() == 2);
  CHECK_FALSE(read("a,kind\n1,\n2,NA\n", options).target);
  CHECK(read("a,kind\n1,\n2,NA\n", options).columns == std::vector<Floats>{{1, 2}});
  CHECK(read("a,kind\n1,x\n", options).target.value().labels == Texts{"x"});
}

TEST_CASE("lines are physical lines, whatever is quoted or blank") {
  for (const std::string eol : {"\n", "\r\n", "\r"}) {
    CAPTURE(eol.size());
    const Dataset data = read(
        "note,kind,a" + eol + ",\"p" + eol + eol + "q\",1" + eol + eol + ",x,2" + eol + "\"" + eol + "\",y,3" + eol,
        labelled_notes());
    // p..q begins in line 2 and ends in line 4, line 5 is blank, x is in 6, y's row begins in 7.
    CHECK(data.target.value().first_line == std::vector<std::uint64_t>{2, 6, 8});
  }
}

TEST_CASE("the header need not be line 1") {
  CHECK(read("\n\na,kind\n1,x\n", with_target("kind")).target.value().first_line.at(0) == 4);
  CHECK(read("\"a\nb\",kind\n1,x\n", with_target("kind")).target.value().first_line.at(0) == 3);
}

TEST_CASE("nothing depends on where a chunk ends") {
  // CRLF, an escaped quote, a quoted line end and a number, each moved across 64 KiB byte by byte.
  const std::string tail = "\r\n12,\"p\"\"\r\nq\"\r\n34,\"z\"\r\n";
  for (std::size_t shift = 0; shift <= tail.size() + 2; ++shift) {
    CAPTURE(shift);
    const std::string head = "a,kind\r\n1,";
    const Dataset data = read(head + std::string(65536 - head.size() - shift, 'x') + tail, with_target("kind"));
    CHECK(data.columns[0] == Floats{1, 12, 34});
    CHECK(data.target.value().labels.at(1) == "p\"\r\nq");
    CHECK(data.target.value().labels.at(2) == "z");
    CHECK(data.target.value().first_line == std::vector<std::uint64_t>{2, 3, 5});
  }
}

TEST_CASE("ten thousand columns") {
  std::string header = "kind";
  std::string row = "x";
  for (int i = 0; i < 10000; ++i) {
    header += fmt::format(",feature_{}", i);
    row += fmt::format(",{}", i);
  }
  const Dataset data = read(header + "\n" + row + "\n" + row + "\n", with_target("kind"));
  REQUIRE(data.columns.size() == 10000);
  CHECK(data.feature_names.back() == "feature_9999");
  CHECK(data.columns[9999] == Floats{9999, 9999});
  CHECK(data.rows() == 2);
}

TEST_CASE("from a file, with progress") {
  std::string text = "a,b\n";
  for (int i = 0; i < 200000; ++i) text += fmt::format("{},{}\n", i, -i);
  const TemporaryFile file(text);
  CsvOptions options;
  std::vector<std::uint64_t> steps;
  options.progress = [&](std::uint64_t done, std::uint64_t total) {
    CHECK(total == text.size());
    steps.push_back(done);
  };
  const Dataset data = read_csv(file.path(), options);
  CHECK(data.rows() == 200000);
  CHECK(data.columns[1].back() == -199999.0f);
  CHECK(data.file == file.path().string());
  CHECK(steps.size() > 10);
  CHECK(std::is_sorted(steps.begin(), steps.end()));
  CHECK(steps.back() == text.size());
}

TEST_CASE("what the progress callback throws comes out, and nothing leaks") {
  CsvOptions options;
  options.progress = [](std::uint64_t, std::uint64_t) { throw 42; };
  std::istringstream stream("a\n1\n");
  CHECK_THROWS_AS(read_csv(stream, "data.csv", options), int);
}

// ---- What is refused, and how it is said --------------------------------------------------------

TEST_CASE("files that cannot be read") {
  const fs::path folder = fs::temp_directory_path();
  const fs::path absent = folder / "nuthatch_csv_test_no_such_file.csv";
  CHECK(lacking(error_of_file(absent), {absent.string(), "no such file", "check the path"}) == "");
  CHECK(lacking(error_of_file(folder), {folder.string(), "directory", "give the path"}) == "");
  // A link to itself cannot be opened by anybody, root included.
  const fs::path loop = folder / fmt::format("nuthatch_csv_test_loop_{}", getpid());
  fs::create_symlink(loop, loop);
  CHECK(lacking(error_of_file(loop), {loop.string(), "cannot be opened (", "permissions"}) == "");
  fs::remove(loop);
}

TEST_CASE("a file without permission to read") {
  const TemporaryFile file("a\n1\n");
  fs::permissions(file.path(), fs::perms::none);
  if (geteuid() == 0) {
    CHECK(error_of_file(file.path()) == "");  // root reads everything
  } else {
    CHECK(lacking(error_of_file(file.path()), {"cannot be opened (Permission denied)", "check"}) == "");
  }
}

namespace {

/// Gives some text, then fails as a broken disk does.
class BrokenBuffer : public std::streambuf {
 public:
  explicit BrokenBuffer(std::string text) : text_(std::move(text)) {
    setg(text_.data(), text_.data(), text_.data() + text_.size());
  }

 protected:
  int_type underflow() override { throw std::ios_base::failure("disk"); }

 private:
  std::string text_;
};

}  // namespace

TEST_CASE("a read error in the middle is not the end of the file") {
  std::string text = "a,b\n";  // four bytes a line: 16384 lines were read when it failed
  while (text.size() < 100000) text += "1,2\n";
  BrokenBuffer buffer(text);
  std::istream stream(&buffer);
  std::string message;
  try {
    read_csv(stream, "data.csv", {});
  } catch (const DataError& error) {
    message = error.what();
  }
  CHECK(lacking(message, {"data.csv: line 16384: reading failed", "check the disk"}) == "");
}

TEST_CASE("a stream that has failed before") {
  std::istringstream stream("a\n1\n");
  stream.setstate(std::ios::failbit);
  CHECK_THROWS_WITH_AS(read_csv(stream, "data.csv", {}), doctest::Contains("reading failed"), DataError);
}

TEST_CASE("empty files") {
  for (const char* text : {"", "\n", "\r\n \n\t\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF\n"}) {
    CAPTURE(text);
    CHECK(lacking(error_of(text), {"data.csv: ", "is empty", "header"}) == "");
  }
  CHECK(lacking(error_of("\n\na,b\n\n"), {"header (line 3)", "no row"}) == "");
  for (const char* text : {"a,b", "a,b\n", "a,b\r\n\r\n\n"}) {
    CAPTURE(text);
    CHECK(lacking(error_of(text), {"data.csv: ", "header (line 1)", "no row", "add rows"}) == "");
  }
}

TEST_CASE("faults of the header") {
  for (const char* text : {"a,,c\n1,2,3\n", "a, ,c\n1,2,3\n", "a,\"\",c\n1,2,3\n"}) {
    CAPTURE(text);
    CHECK(lacking(error_of(text), {"data.csv: header (line 1), column 2: ", "no name", "name it"}) == "");
  }
  CHECK(lacking(error_of(",a\n0,1\n"), {"header (line 1), column 1", "index=False"}) == "");
  CHECK(lacking(error_of("a,b,\n1,2,\n"), {"header (line 1), column 3", "no name"}) == "");
  CHECK(lacking(error_of("\na,b,c,b\n1,2,3,4\n"),
                {"data.csv: header (line 2): columns 2 and 4 are both named \"b\"", "rename"}) == "");
  CHECK(lacking(error_of("a,caf\xE9\n1,2\n"), {"data.csv: header (line 1), column 2", "UTF-8", "save"}) == "");
}

TEST_CASE("names are UTF-8 by RFC 3629") {
  for (const char* name : {"\xC0\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
                           "\xF5\x80\x80\x80", "\xE2\x82", "\x80", "\xC3("}) {
    CAPTURE(name);
    CHECK(lacking(error_of(fmt::format("{}\n1\n", name)), {"column 1", "UTF-8"}) == "");
  }
  for (const char* name : {"\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    CAPTURE(name);
    CHECK(read(fmt::format("{}\n1\n", name)).feature_names.at(0) == name);
  }
}

TEST_CASE("rows with too few or too many fields") {
  CHECK(lacking(error_of("a,b,c\n1,2,3\n\n4,5\n"),
                {"data.csv: row 2 (line 4): 2 fields where the header has 3", "comma", "add what"}) == "");
  CHECK(lacking(error_of("a;b\n1;2;3;4\n"),
                {"data.csv: row 1 (line 2): 4 fields where the header has 2", "semicolon", "quote"}) == "");
  CHECK(lacking(error_of("a,b\n1"), {"row 1 (line 2): 1 field where the header has 2"}) == "");
  // A stray delimiter shifts a text into a column of numbers: the number of fields explains it.
  CHECK(lacking(error_of("name,a\nx,y,1\n", with_drop({"name"})),
                {"row 1 (line 2): 3 fields where the header has 2"}) == "");
}

TEST_CASE("text in a feature column") {
  std::string text = "a,colour\n";
  for (int i = 1; i <= 11; ++i) text += "1,2\n";
  text.insert(text.size() - 4, "\n");
  CHECK(error_of(text + "1,red\n") ==
        "data.csv: row 12 (line 14), column \"colour\": \"red\" is not a number; correct it, drop "
        "the column with --drop colour, or take it as text with --prepare");
  CHECK(lacking(error_of("a,b\nred,blue\n"), {"column \"a\": \"red\""}) == "");  // the first
  CHECK(lacking(error_of("\"my colour\"\nred\n"), {"--drop \"my colour\""}) == "");
  CHECK(lacking(error_of("a;b\n1;2,5\n"), {"row 1 (line 2), column \"b\"", "--decimal-comma"}) == "");
  CHECK(lacking(error_of("a;b\n1;2.5\n", with_decimal_comma()),
                {"column \"b\": \"2.5\" is not a number", "decimal point"}) == "");
  CHECK(error_of("a\nred\n").find("decimal") == std::string::npos);
  for (const char* number : {"0x10", "1_000", "12abc", "1 000", "$5", "5%", "true"}) {
    CAPTURE(number);
    const std::string what = fmt::format("\"{}\" is not a number", number);
    CHECK(lacking(error_of(fmt::format("a\n{}\n", number)), {what}) == "");
  }
}

TEST_CASE("what people write for a missing value is to be left empty") {
  for (const char* mark : {"-", "--", ".", "..", "*", "#", "\u2013", "\u2014", "none", "None.", "missing", "Unknown",
                           "n.a.", "N.D.", "no data", "nil"}) {
    CAPTURE(mark);
    const bool is_mark = std::string_view(mark) != "None.";
    for (const bool find_text : {false, true}) {
      for (const int marks : {1, 6}) {  // of ten cells: most of them, too, are no words beside numbers
        CsvOptions options = with_target("kind");
        options.find_text = find_text;
        std::string text = "a,kind\n";
        for (int i = 0; i < 10; ++i) text += fmt::format("{},x\n", i >= 10 - marks ? mark : std::to_string(i));
        const std::string error = error_of(text, options);
        const std::string place = fmt::format("row {} (line {}), column \"a\"", 11 - marks, 12 - marks);
        if (is_mark) CHECK(lacking(error, {place, "leave it empty if it means that the value is missing"}) == "");
        if (!is_mark) CHECK(error.find("leave it empty") == std::string::npos);
      }
    }
  }
  CsvOptions options = with_target("kind");
  options.find_text = true;
  CHECK(error_of("a,kind\nred,x\n-,y\nblue,x\n", options) == "");
  CHECK(error_of("a,kind\n+,x\n-,y\n-,x\n", options) == "");
  CHECK(lacking(error_of("a;kind\n1,5;x\n2,5;y\n-;x\n-;x\n", options), {"row 1 (line 2)", "--decimal-comma"}) == "");
  CHECK(lacking(error_of("a,b\n1,2\n-,3\n", with_features({"a", "b"})), {"leave it empty"}) == "");
}

TEST_CASE("a file that something else separates: the flag is named, and what seems to") {
  const std::tuple<char, const char*> cases[] = {{' ', "--delimiter space"}, {':', "--delimiter ':'"},
                                                 {'^', "--delimiter '^'"},   {'~', "--delimiter '~'"},
                                                 {'#', "--delimiter '#'"},   {'&', "--delimiter '&'"}};
  for (const auto& each : cases) {
    const std::string flag = std::get<1>(each);
    CAPTURE(flag);
    const std::string separator(1, std::get<0>(each));
    const std::string text = fmt::format("a{0}b{0}kind\n1{0}2{0}x\n", separator);
    CHECK(lacking(error_of(text, with_target("kind")), {"there is no column \"kind\"", flag}) == "");
    CHECK(lacking(error_of(text, with_features({"a"})), {"there is no column \"a\"", flag}) == "");
    CsvOptions said = with_target("kind");
    said.delimiter = separator[0];
    CHECK(read(text, said).columns == std::vector<Floats>{{1}, {2}});
  }
  for (const auto& [text, flag] :
       {std::pair("a;b c;kind\n1;2;x\n", "--delimiter semicolon"),
        std::pair("a,b c,kind\n1,2,x\n", "--delimiter comma"), std::pair("a|b c|kind\n1|2|x\n", "--delimiter bar"),
        std::pair("a\tb c\tkind\n1\t2\tx\n", "--delimiter tab")}) {
    const std::string shown = flag;
    CAPTURE(shown);
    CsvOptions wrong = with_target("kind");
    wrong.delimiter = ' ';
    CHECK(lacking(error_of(text, wrong), {"separated by a space", shown}) == "");
  }
  CHECK(error_of("a,b\n1,2\n", with_target("kind")).find("--delimiter") == std::string::npos);
  CHECK(lacking(error_of("a,b\n1 2\n"), {"1 field where the header has 2", "--delimiter"}) == "");
}

TEST_CASE("names as they are shown: nothing that a terminal obeys, short, and one in a list") {
  using namespace nuthatch::data;
  CHECK(shown("plain_name-1.5") == "plain_name-1.5");
  CHECK(shown("a, b") == "\"a, b\"");
  CHECK(shown("two words") == "\"two words\"");
  CHECK(shown("") == "\"\"");
  CHECK(shown("\xE8\xB5\xA4") == "\xE8\xB5\xA4");
  CHECK(shown("\x1b[2J") == "\\x1b[2J");
  CHECK(shown("a\nb\r\tc") == "\"a\\nb\\r\\tc\"");
  CHECK(shown("\xC2\x9B"
              "31m\x7F") == "\\x9b31m\\x7f");  // the one-byte CSI, in UTF-8
  CHECK(shown("\u202Eabc\u2066\u2028") == "\\u202eabc\\u2066\\u2028");
  CHECK(shown("caf\xE9") == "caf\\xe9");
  std::string umlauts, shown_umlauts;
  for (int i = 0; i < 5000; ++i) umlauts += "\u00E4";
  for (int i = 0; i < 72; ++i) shown_umlauts += "\u00E4";
  CHECK(shown(umlauts) == shown_umlauts + "\u2026");
  CHECK(in_quotes(umlauts) == "\"" + shown_umlauts + "\u2026\"");
  CHECK(first_few({"a, b", "c", "d e"}) == "\"a, b\", c, \"d e\"");
  // Of whole texts, the long words and the long names in quotes.
  CHECK(printable("column " + umlauts + " is text") == "column " + shown_umlauts + "\u2026 is text");
  const std::string spaced = fmt::format("{}", fmt::join(std::vector<std::string>(900, "ab"), " "));
  CHECK(printable("column \"" + spaced + "\" is (\"b c\") text") ==
        "column \"" + spaced.substr(0, 72) + "\u2026\" is (\"b c\") text");
  CHECK(printable("a \"b\", \"c\" " + spaced) == "a \"b\", \"c\" " + spaced);
  CHECK(printable("a\nb\x1b[0m", true) == "a\nb\\x1b[0m");
  CHECK(printable("a\nb") == "a\\nb");
}

TEST_CASE("text in a column the model needs: dropping it is no remedy") {
  const std::string message = error_of("a,b\nred,1\n", with_features({"a"}));
  CHECK(lacking(message, {"row 1 (line 2), column \"a\"", "not a number", "correct it"}) == "");
  CHECK(message.find("--drop") == std::string::npos);
}

TEST_CASE("the line of a value after quoted line ends") {
  CHECK(lacking(error_of("note,a\n\"x\ny\",red\n", with_drop({"note"})), {"row 1 (line 3)"}) == "");
  CHECK(lacking(error_of("note,a\n\"x\ny\",1\nz,red\n", with_drop({"note"})), {"row 2 (line 4)"}) == "");
}

TEST_CASE("values that float32 cannot hold") {
  for (const char* number :
       {"3.5e38", "-3.5e38", "1e39", "1e999", "inf", "-Infinity", "3.40282356779733661637539395458e38"}) {
    CAPTURE(number);
    CHECK(lacking(error_of(fmt::format("a,b\n1,2\n3,{}\n", number)),
                  {"data.csv: row 2 (line 3), column \"b\"", number, "too large", "scale"}) == "");
  }
}

TEST_CASE("a target that is not there") {
  CHECK(lacking(error_of("a,species\n1,x\n", with_target("speices")),
                {"data.csv: header (line 1): there is no column \"speices\".", "Did you mean \"species\"?",
                 "\"a\", \"species\"", "--target"}) == "");
  const std::string message = error_of("a,b\n1,2\n", with_target("species"));
  CHECK(lacking(message, {"no column \"species\"", "\"a\", \"b\""}) == "");
  CHECK(message.find("Did you mean") == std::string::npos);
}

TEST_CASE("the nearest name is proposed, wherever it stands") {
  const CsvOptions options = with_target("species");
  CHECK(lacking(error_of("specie,spec\n", options), {"Did you mean \"specie\"?"}) == "");
  CHECK(lacking(error_of("spec,specie\n", options), {"Did you mean \"specie\"?"}) == "");
  CHECK(lacking(error_of("Species,a\n", options), {"Did you mean \"Species\"?"}) == "");
}

TEST_CASE("a long list of columns is cut") {
  std::string header = "c0";
  for (int i = 1; i < 25; ++i) header += fmt::format(",c{}", i);
  const std::string message = error_of(header + "\n", with_target("label"));
  CHECK(lacking(message, {"\"c9\" and 15 more"}) == "");
  CHECK(message.find("\"c10\"") == std::string::npos);
}

TEST_CASE("drop") {
  CHECK(lacking(error_of("id,a\n1,2\n", with_drop({"ids"})),
                {"data.csv: header", "no column \"ids\"", "Did you mean \"id\"?", "--drop"}) == "");
  CHECK(lacking(error_of("a,b\n1,2\n", with_drop({"a", "b"})), {"data.csv", "no feature column"}) == "");
  CHECK(lacking(error_of("a\nx\n", with_target("a")), {"data.csv", "no feature column", "add"}) == "");
  CsvOptions options = with_target("b");
  options.drop = {"b"};
  CHECK(lacking(error_of("a,b\n1,2\n", options), {"\"b\" is both the target and dropped", "--drop"}) == "");
}

TEST_CASE("features that do not fit the file") {
  CHECK(lacking(error_of("temp,b\n1,2\n", with_features({"temp1", "b"})),
                {"data.csv", "no column \"temp1\"", "Did you mean \"temp\"?", "add it"}) == "");
  CHECK(lacking(error_of("a,b\n1,2\n", with_features({"a", "a"})), {"\"a\"", "twice"}) == "");
  CHECK(lacking(error_of("a,b\n1,2\n", with_features({})), {"no feature column"}) == "");
  CsvOptions options = with_features({"a"});
  options.drop = {"a"};
  CHECK(lacking(error_of("a,b\n1,2\n", options), {"\"a\" is dropped, but", "--drop"}) == "");
  options = with_features({"a"});
  options.target = "a";
  CHECK(lacking(error_of("a,b\n1,2\n", options), {"\"a\"", "twice"}) == "");
}

TEST_CASE("missing labels") {
  const std::string text = "a,kind\n1,x\n2,\n3,y\n";
  for (const bool required : {true, false}) {
    CAPTURE(required);
    CHECK(lacking(error_of(text, with_target("kind", required)),
                  {"data.csv: row 2 (line 3), column \"kind\"", "label is missing", "fill it in"}) == "");
  }
  CHECK(lacking(error_of("a,kind\n1,None\n", with_target("kind")), {"row 1 (line 2)", "\"None\"", "another name"}) ==
        "");
  CHECK(lacking(error_of("a,kind\n1,\xFF\n", with_target("kind")),
                {"row 1 (line 2), column \"kind\"", "\\xff", "UTF-8"}) == "");
}

TEST_CASE("quotes in wrong places") {
  CHECK(lacking(error_of("a,b\n1,2\n3,4\"5\n"),
                {"data.csv: row 2 (line 3), column \"b\"", "quote", "double each quote"}) == "");
  CHECK(lacking(error_of("a,b\n\"1\"x,2\n"), {"row 1 (line 2), column \"a\"", "quote"}) == "");
  CHECK(lacking(error_of("a,b\n1,\"2\" \"3\"\n"), {"row 1 (line 2), column \"b\"", "quote"}) == "");
  CHECK(lacking(error_of("a\"b,c\n1,2\n"), {"data.csv: header (line 1), column 1", "quote"}) == "");
}

TEST_CASE("quotes that are never closed") {
  CHECK(lacking(error_of("a,b\n1,2\n3,\"4\n5,6\n7,8\n"),
                {"data.csv: row 2 (line 3), column \"b\"", "never closed", "add"}) == "");
  CHECK(lacking(error_of("a,\"b\n1,2\n"), {"data.csv: header (line 1), column 2", "closed"}) == "");
}

TEST_CASE("bytes that are not UTF-8 text") {
  using namespace std::string_literals;
  for (const auto& text : {"\xFF\xFE"
                           "a\0\n\0"s,
                           "\xFE\xFF\0a\0\n"s}) {
    CHECK(lacking(error_of(text), {"data.csv: ", "UTF-16", "save it as UTF-8"}) == "");
  }
  CHECK(lacking(error_of("a,b\n1,2\n1,\0\n"s), {"data.csv: line 3: ", "NUL", "UTF-8"}) == "");
  CHECK(lacking(error_of("a\0,b\n1,2\n"s), {"data.csv: line 1: ", "NUL"}) == "");
  CHECK(lacking(error_of("a,b\n1,\"x\n\0\"\n"s), {"data.csv: line 3: ", "NUL"}) == "");
}

TEST_CASE("a field of 1 MiB is read, a longer one refused") {
  constexpr std::size_t kMiB = 1024 * 1024;
  const auto label = [](std::size_t size) { return "a,kind\n1,x\n2," + std::string(size, 'y') + "\n"; };
  CHECK(read(label(kMiB), with_target("kind")).target.value().labels.at(1).size() == kMiB);
  for (const std::size_t size : {kMiB + 1, kMiB + 10000, 3 * kMiB}) {
    CAPTURE(size);
    CHECK(lacking(error_of(label(size), with_target("kind")),
                  {"data.csv: row 2 (line 3), column \"kind\"", "1 MiB", "closing quote"}) == "");
  }
}

namespace {

/// Endless text: proves that a fault is found before memory is full.
class EndlessBuffer : public std::streambuf {
 public:
  EndlessBuffer(std::string head, char filler) : block_(std::move(head)), filler_(filler) {
    setg(block_.data(), block_.data(), block_.data() + block_.size());
  }

 protected:
  int_type underflow() override {
    // Far above what any limit should let through: the reader has not stopped.
    if ((given_ += kBlock) > 32 * 1024 * 1024) throw std::ios_base::failure("endless");
    block_.assign(kBlock, filler_);
    setg(block_.data(), block_.data(), block_.data() + block_.size());
    return traits_type::to_int_type(filler_);
  }

 private:
  static constexpr std::size_t kBlock = 65536;
  std::string block_;
  char filler_;
  std::size_t given_ = 0;
};

std::string error_of_endless(std::string head, char filler) {
  EndlessBuffer buffer(std::move(head), filler);
  std::istream stream(&buffer);
  try {
    read_csv(stream, "data.csv", with_target("b"));
  } catch (const DataError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("reading stops at the first error") {
  CHECK(lacking(error_of_endless("a,b\nred,x\n", '\n'), {"row 1 (line 2), column \"a\""}) == "");
  CHECK(lacking(error_of_endless("a,b\n1\n", '\n'), {"row 1 (line 2): 1 field"}) == "");
}

TEST_CASE("endless lines") {
  CHECK(lacking(error_of_endless("", 'x'), {"data.csv: line 1: ", "header", "16 MiB"}) == "");
  CHECK(lacking(error_of_endless("", ','), {"data.csv: line 1: ", "header", "16 MiB"}) == "");
  CHECK(lacking(error_of_endless("a,b\n1,", 'x'), {"row 1 (line 2), column \"b\"", "1 MiB"}) == "");
  CHECK(lacking(error_of_endless("a,b\n1,\"", '\n'), {"row 1 (line 2), column \"b\"", "1 MiB"}) == "");
}

TEST_CASE("messages stay short, in one line and in UTF-8") {
  const std::string message = error_of("a\n\"x\ny\x01\xFFz\xC3\xA9" + std::string(5000, '!') + "\"\n");
  CHECK(lacking(message, {"x\\ny\\x01\\xffz\xC3\xA9!!", "\u2026\""}) == "");
  CHECK(message.size() < 300);
}

// ---- Property -----------------------------------------------------------------------------------

namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t limit) { return static_cast<std::size_t>(random() % limit); }

/// How one file is written.
struct Style {
  char delimiter;
  std::string line_end;
};

std::string random_text(Random& random) {
  static const Texts kPieces = {
      "a", "B", "7", " ", ",", ";", "\t", "|", "\"", "\n", "\r\n", "\r", "\xC3\xA9", "\xF0\x9F\x90\xA6", "-", "_"};
  std::string text = "t";  // never empty, never a number, never a missing value
  for (std::size_t i = below(random, 8); i > 0; --i) text += kPieces[below(random, kPieces.size())];
  return text;
}

float random_float(Random& random) {
  if (below(random, 10) == 0) return std::numeric_limits<float>::quiet_NaN();
  for (;;) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (std::isfinite(value)) return value;
  }
}

std::string quote(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

/// Quoted when it must be, and sometimes when it need not.
std::string write_cell(const std::string& text, Random& random) {
  const bool must =
      text.find_first_of(",;\t|\"\r\n") != std::string::npos || text.starts_with(' ') || text.ends_with(' ');
  const std::string padding(below(random, 3), ' ');
  return padding + (must || below(random, 4) == 0 ? quote(text) : text) + padding;
}

std::string write_float(float value, Random& random) {
  static const Texts kMissing = {"", "NA", "nan", "?", "NULL"};
  if (std::isnan(value)) return kMissing[below(random, kMissing.size())];
  return fmt::format("{}{}", value >= 0 && below(random, 4) == 0 ? "+" : "", value);
}

std::string write_line(const Texts& cells, const Style& style, Random& random) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += style.delimiter;
    line += write_cell(cells[i], random);
  }
  // An unquoted empty cell alone would be a blank line.
  if (line.find_first_not_of(' ') == std::string::npos) line = "\"\"";
  if (below(random, 5) == 0) line += style.line_end + " ";
  return line + style.line_end;
}

std::size_t count_lines(std::string_view text) {
  std::size_t lines = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool crlf = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (text[i] == '\n' || (text[i] == '\r' && !crlf)) ++lines;
  }
  return lines;
}

/// A table, and the file that says it.
struct Sample {
  Texts names;
  std::vector<Floats> columns;
  Texts labels;  // one a row
  std::vector<std::uint64_t> lines;
  std::string text;
};

Sample random_sample(Random& random) {
  static const Texts kEnds = {"\n", "\r\n", "\r"};
  const Style style{",;\t|"[below(random, 4)], kEnds[below(random, kEnds.size())]};
  Sample sample;
  for (std::size_t i = 1 + below(random, 6); i > 0; --i) {
    sample.names.push_back(fmt::format("{}{}", random_text(random), i));
  }
  sample.columns.resize(sample.names.size());
  Texts cells = sample.names;
  cells.push_back("label");
  sample.text = (below(random, 2) == 0 ? "\xEF\xBB\xBF" : "") + write_line(cells, style, random);
  for (std::size_t row = 1 + below(random, 20); row > 0; --row) {
    cells.clear();
    for (Floats& column : sample.columns) {
      column.push_back(random_float(random));
      cells.push_back(write_float(column.back(), random));
    }
    // The label stands last, so that it begins in the line of its row: numbers hold no line end.
    cells.push_back(random_text(random));
    sample.labels.push_back(cells.back());
    sample.lines.push_back(count_lines(sample.text) + 1);
    sample.text += write_line(cells, style, random);
  }
  return sample;
}

bool same_bits(const Floats& a, const Floats& b) {
  const auto same = [](float x, float y) {
    return std::isnan(x) ? std::isnan(y) : std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y);
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

void check_sample(const Sample& sample) {
  const Dataset data = read(sample.text, with_target("label"));
  CHECK(data.feature_names == sample.names);
  REQUIRE(data.columns.size() == sample.columns.size());
  for (std::size_t i = 0; i < sample.columns.size(); ++i) {
    CHECK(same_bits(data.columns[i], sample.columns[i]));
  }
  REQUIRE(data.target);
  REQUIRE(data.target->ids.size() == sample.labels.size());
  for (std::size_t row = 0; row < sample.labels.size(); ++row) {
    const std::uint32_t id = data.target->ids[row];
    CHECK(data.target->labels.at(id) == sample.labels[row]);
    const auto first = std::find(sample.labels.begin(), sample.labels.end(), sample.labels[row]);
    const auto first_row = static_cast<std::size_t>(first - sample.labels.begin());
    CHECK(data.target->first_line.at(id) == sample.lines[first_row]);
  }
}

}  // namespace

TEST_CASE("property: what is written, in whatever style, is read") {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const Sample sample = random_sample(random);
    CAPTURE(sample.text);
    check_sample(sample);
  }
}
