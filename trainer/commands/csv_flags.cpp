#include "commands/csv_flags.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <map>

namespace nuthatch::commands {
namespace {

using data::Thousands;
using prepare::Labels;

const std::map<std::string, char>& delimiter_names() {
  static const std::map<std::string, char> kNames = {{"comma", ','}, {"semicolon", ';'}, {"tab", '\t'}, {"\\t", '\t'},
                                                     {"bar", '|'},   {"pipe", '|'},      {"space", ' '}};
  return kNames;
}

/// By name or as it stands; nullopt of what cannot separate fields.
std::optional<char> delimiter_of(const std::string& text) {
  const auto named = delimiter_names().find(text);
  if (named != delimiter_names().end()) return named->second;
  if (text.size() != 1) return std::nullopt;
  const char c = text[0];
  const bool part_of_values = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              std::string_view("\"+-.\r\n").find(c) != std::string_view::npos;
  return c < 0 || c == 0x7F || (c < ' ' && c != '\t') || part_of_values ? std::nullopt : std::optional(c);
}

void add_delimiter_flag(CLI::App& command, CsvFlags& flags) {
  command
      .add_option_function<std::string>(
          "--delimiter", [&flags](const std::string& text) { flags.delimiter = delimiter_of(text); },
          "what separates columns: comma, semicolon, tab, bar, space or one character (what header and rows agree on)")
      ->type_name("D")
      ->check([](const std::string& text) {
        return delimiter_of(text) ? std::string()
                                  : fmt::format(
                                        "\"{}\" is none of comma, semicolon, tab, bar, space, nor one character "
                                        "that no number has",
                                        text);
      });
}

}  // namespace

data::CsvOptions CsvFlags::csv_options() const {
  if (decimal_comma && thousands == Thousands::kComma) {
    throw CLI::ValidationError("--thousands comma", "the comma is the decimal point with --decimal-comma");
  }
  data::CsvOptions options;
  options.decimal_comma = decimal_comma;
  options.thousands = thousands;
  options.units = units;
  options.delimiter = delimiter;
  return options;
}

void add_csv_flags(CLI::App& command, CsvFlags& flags) {
  add_delimiter_flag(command, flags);
  command
      .add_option_function<std::string>(
          "--labels",
          [&flags](const std::string& text) { flags.labels = text == "text" ? Labels::kText : Labels::kNumber; },
          "how labels and groups are compared: text (1 and 1.0 are two) or number (they are one). Without it they are "
          "text, and two spellings of one number are an error; a model's class is found by its text or else by its "
          "number, which is said")
      ->type_name("L")
      ->check(CLI::IsMember({"text", "number"}));
  command.add_flag("--decimal-comma", flags.decimal_comma, "numbers are written 1,5");
  command
      .add_option_function<std::string>(
          "--thousands",
          [&flags](const std::string& text) {
            flags.thousands = text == "comma"   ? Thousands::kComma
                              : text == "point" ? Thousands::kPoint
                              : text == "space" ? Thousands::kSpace
                                                : Thousands::kApostrophe;
            flags.decimal_comma = flags.decimal_comma || flags.thousands == Thousands::kPoint;
          },
          "what separates thousands: comma (1,234), point (1.234,5; decimals have the comma), space or apostrophe")
      ->type_name("S")
      ->check(CLI::IsMember({"comma", "point", "space", "apostrophe"}));
  command.add_flag(
      "--units", flags.units,
      "pass over a unit beside a number (12 mm, 5 %, $3: 12, 5, 3); a column has one unit, which the model "
      "does not know");
}

void plain_target(const CsvFlags& flags, data::Dataset& rows) {
  if (!rows.target || flags.notation().is_plain()) return;
  for (std::string& label : rows.target->labels) {
    const std::optional<data::PlainNumber> plain = data::to_plain(label, flags.notation());
    if (plain) label = plain->text;
  }
}

RowNotes match_names(const CsvFlags& flags, const exporting::ModelContents& contents, data::Dataset& rows) {
  auto categories = prepare::match_categories(flags.labels, flags.decimal_comma, contents.categories, rows);
  if (!contents.classifies) {
    plain_target(flags, rows);
  } else if (rows.target) {
    prepare::match_labels(rows.file, flags.labels, flags.decimal_comma, contents.classes, *rows.target);
  }
  return notes_on(contents.categories, rows, std::move(categories));
}

}  // namespace nuthatch::commands
