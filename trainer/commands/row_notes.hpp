#ifndef NUTHATCH_TRAINER_COMMANDS_ROW_NOTES_HPP
#define NUTHATCH_TRAINER_COMMANDS_ROW_NOTES_HPP

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "data/csv.hpp"

/// What is to be known of rows before a model's answers to them are believed.
namespace nuthatch::commands {

/// Of a text feature: what the rows have and the model has no category for.
struct UnknownCategories {
  std::string feature;
  std::uint64_t rows = 0;
  std::vector<std::string> values;  ///< in order of first appearance
};

/// Of a column with a unit, here or where the model learned.
struct UnitNote {
  std::string column;
  std::string read;     ///< what was passed over here
  std::string trained;  ///< empty: not known, or none
};

struct RowNotes {
  std::uint64_t rows = 0;
  std::uint64_t unknown_rows = 0;  ///< with an unknown category in one feature or more
  std::vector<UnknownCategories> unknown;
  std::vector<data::Respelling> respelled;                           ///< labels that stand for a class by their number
  std::vector<std::pair<std::string, data::Respelling>> categories;  ///< the same of text features, by their name
  std::vector<UnitNote> units;
  std::string notation;  ///< a sentence: the model's rows were written in another
};

/// `categories`: a model's, one list per feature, empty of numbers; `units`: its features', or empty; `matched`: those
/// of the rows that are one by their number.
RowNotes notes_on(const std::vector<std::vector<std::string>>& categories, const std::vector<std::string>& units,
                  const data::Dataset& rows, std::vector<std::pair<std::string, data::Respelling>> matched);

/// Where there is a unit.
void note_unit(const std::string& column, const std::string& read, const std::string& trained, RowNotes& notes);

/// A sentence each; none where nothing is odd.
std::vector<std::string> sentences_of(const RowNotes& notes);

/// `unknown_category_rows`, the lists `unknown_categories`, `labels_by_number`, `categories_by_number` and `units`, and
/// `notation`, null where nothing is to be said of it.
void add_notes(nlohmann::ordered_json& json, const RowNotes& notes);

/// On stderr, where stdout has rows.
void warn_of(const RowNotes& notes);

}  // namespace nuthatch::commands

#endif
