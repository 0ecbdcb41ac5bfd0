#include "commands/csv_flags.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "commands/write_text.hpp"
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
  return data::is_delimiter(text[0]) ? std::optional(text[0]) : std::nullopt;
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
  const std::pair<Thousands, char> same[] = {{Thousands::kSpace, ' '}, {Thousands::kApostrophe, '\''}};
  for (const auto& [mark, separator] : same) {
    if (thousands != mark || delimiter != separator) continue;
    throw CLI::ValidationError("--delimiter", "separates columns by what --thousands has within numbers; give another");
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
      "pass over a unit beside a number (12 mm, 5 %, $3: 12, 5, 3); a column has one unit, which the device "
      "does not know");
}

void say_by_number(const char* flag, const std::string& text, const std::string& name) {
  write_text(stderr, "nuthatch: {}: \"{}\" is taken for the class \"{}\", which is the same number\n", flag, text,
             name);
}

void plain_target(const CsvFlags& flags, data::Dataset& rows) {
  if (!rows.target || flags.notation().is_plain()) return;
  data::Target& target = *rows.target;
  data::UnitCheck units;
  for (std::size_t i = 0; i < target.labels.size(); ++i) {
    const std::optional<data::PlainNumber> plain = data::to_plain(target.labels[i], flags.notation());
    if (!plain) continue;
    const std::string line = fmt::format("line {}", target.first_line[i]);
    const std::string wrong = units.add(target.labels[i], plain->unit, [&] { return line; });
    if (!wrong.empty()) {
      throw data::DataError(fmt::format("{}: {}, column \"{}\": {}", rows.file, line, target.name, wrong));
    }
    target.labels[i] = plain->text;
  }
  target.unit = units.unit();
}

namespace {

/// What the file says of how its training rows were written. Files of before say nothing.
struct Written {
  std::string thousands;  ///< as --thousands names it
  std::string target_unit;
};

Written written_of(const exporting::Lineage& lineage) {
  const auto parameters = nlohmann::json::parse(lineage.parameters, nullptr, false);
  if (!parameters.is_object()) return {};
  const auto text = [&](const char* key) {
    const auto found = parameters.find(key);
    return found != parameters.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  return {text("thousands"), text("target_unit")};
}

}  // namespace

RowNotes match_names(const CsvFlags& flags, const exporting::ModelContents& contents, data::Dataset& rows) {
  auto categories = prepare::match_categories(flags.labels, flags.notation(), contents.categories, rows);
  if (!contents.classifies) {
    plain_target(flags, rows);
  } else if (rows.target) {
    prepare::match_labels(rows.file, flags.labels, flags.notation(), contents.classes, *rows.target);
  }
  const Written written = written_of(contents.lineage);
  RowNotes notes = notes_on(contents.categories, contents.units, rows, std::move(categories));
  if (rows.target) note_unit(rows.target->name, rows.target->unit, written.target_unit, notes);
  const std::string thousands = data::name_of(flags.thousands);
  if (!written.thousands.empty() && thousands != written.thousands) {
    notes.notation = fmt::format(
        "the model was trained on numbers read with --thousands {}, and these are read {}; check how the file writes "
        "its "
        "numbers",
        written.thousands, thousands.empty() ? "without" : "with --thousands " + thousands);
  }
  return notes;
}

}  // namespace nuthatch::commands
