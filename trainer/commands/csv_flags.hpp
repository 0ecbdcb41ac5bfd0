#ifndef NUTHATCH_TRAINER_COMMANDS_CSV_FLAGS_HPP
#define NUTHATCH_TRAINER_COMMANDS_CSV_FLAGS_HPP

#include <optional>

#include "commands/row_notes.hpp"
#include "data/csv.hpp"
#include "export/model_file.hpp"
#include "prepare/spellings.hpp"

namespace CLI {
class App;
}

/// How a CSV is to be read: the flags of every command that reads one.
namespace nuthatch::commands {

struct CsvFlags {
  bool decimal_comma = false;
  data::Thousands thousands = data::Thousands::kNone;
  bool units = false;
  std::optional<char> delimiter;
  prepare::Labels labels = prepare::Labels::kAsk;

  data::Notation notation() const { return {decimal_comma, thousands, units}; }
  /// Options with what the flags say; no columns are named in them. Throws CLI::ValidationError where the flags do not
  /// go together.
  data::CsvOptions csv_options() const;
};

void add_csv_flags(CLI::App& command, CsvFlags& flags);

/// On stderr: a flag named a class by another spelling of its number.
void say_by_number(const char* flag, const std::string& text, const std::string& name);

/// Of values, makes the target's texts numbers in the notation that target_values reads. Throws data::DataError where
/// they have different units.
void plain_target(const CsvFlags& flags, data::Dataset& rows);

/// Makes texts those of a model: categories and, if there is a target, classes, as prepare::match_labels finds them. Of
/// values, makes the target's texts numbers. Returns what is to be said.
RowNotes match_names(const CsvFlags& flags, const exporting::ModelContents& contents, data::Dataset& rows);

}  // namespace nuthatch::commands

#endif
