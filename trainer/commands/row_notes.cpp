#include "commands/row_notes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "commands/write_text.hpp"
#include "data/first_few.hpp"

namespace nuthatch::commands {
namespace {

/// Adds the rows of one feature; `odd` becomes true where its category is unknown.
void note_unknown(const std::vector<std::string>& known, const data::Dataset& rows, std::size_t feature,
                  std::vector<bool>& odd, std::vector<UnknownCategories>& all) {
  std::vector<bool> unknown;
  UnknownCategories found{rows.feature_names[feature], 0, {}};
  for (const std::string& name : rows.names[feature]) {
    unknown.push_back(std::find(known.begin(), known.end(), name) == known.end());
    if (unknown.back()) found.values.push_back(name);
  }
  if (found.values.empty()) return;
  const std::vector<float>& column = rows.columns[feature];
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (std::isnan(column[row]) || !unknown[static_cast<std::size_t>(column[row])]) continue;
    odd[row] = true;
    ++found.rows;
  }
  all.push_back(std::move(found));
}

std::string sentence_of(const UnitNote& note) {
  if (note.trained.empty()) {
    return fmt::format(
        "column \"{}\" is read in the unit \"{}\"; training saw none, so the numbers must have been in it", note.column,
        note.read);
  }
  if (note.read.empty()) {
    return fmt::format(
        "column \"{}\" has no unit here, and \"{}\" where the model was trained: its numbers must be in it",
        note.column, note.trained);
  }
  return fmt::format(
      "column \"{}\" is in the unit \"{}\" here, and was in \"{}\" where the model was trained: convert it, or "
      "answers and scores are wrong",
      note.column, note.read, note.trained);
}

}  // namespace

RowNotes notes_on(const std::vector<std::vector<std::string>>& categories, const std::vector<std::string>& units,
                  const data::Dataset& rows, std::vector<std::pair<std::string, data::Respelling>> matched) {
  RowNotes notes;
  notes.categories = std::move(matched);
  notes.rows = rows.rows();
  std::vector<bool> odd(rows.rows(), false);
  for (std::size_t i = 0; i < categories.size(); ++i) {
    if (!categories[i].empty() && rows.is_text(i)) note_unknown(categories[i], rows, i, odd, notes.unknown);
  }
  notes.unknown_rows = static_cast<std::uint64_t>(std::count(odd.begin(), odd.end(), true));
  if (rows.target) notes.respelled = rows.target->respelled;
  for (std::size_t i = 0; i < rows.feature_names.size(); ++i) {
    const auto unit_in = [&](const std::vector<std::string>& all) { return i < all.size() ? all[i] : std::string(); };
    note_unit(rows.feature_names[i], unit_in(rows.units), unit_in(units), notes);
  }
  return notes;
}

void note_unit(const std::string& column, const std::string& read, const std::string& trained, RowNotes& notes) {
  if (!read.empty() || !trained.empty()) notes.units.push_back({column, read, trained});
}

std::vector<std::string> sentences_of(const RowNotes& notes) {
  std::vector<std::string> sentences;
  if (notes.unknown_rows > 0) {
    std::vector<std::string> features;
    for (const UnknownCategories& each : notes.unknown) {
      features.push_back(fmt::format("{}: {} in {} row{}", data::shown(each.feature), data::first_few(each.values),
                                     each.rows, each.rows == 1 ? "" : "s"));
    }
    sentences.push_back(
        fmt::format("{} of {} rows hold categories that the model does not know, as training never saw "
                    "them or they were too rare for a column of their own ({}); check how they are "
                    "written, or train with such rows",
                    notes.unknown_rows, notes.rows, fmt::join(features, "; ")));
  }
  for (const data::Respelling& each : notes.respelled) {
    sentences.push_back(
        fmt::format("label \"{}\" of {} row{} is taken for the class \"{}\", which is the same number; "
                    "--labels text takes it for another",
                    each.written, each.rows, each.rows == 1 ? "" : "s", each.meant));
  }
  for (const auto& [feature, each] : notes.categories) {
    sentences.push_back(
        fmt::format("{}: \"{}\" of {} row{} is taken for the category \"{}\", which is the same number; "
                    "--labels text takes it for another",
                    feature, each.written, each.rows, each.rows == 1 ? "" : "s", each.meant));
  }
  for (const UnitNote& each : notes.units) {
    if (each.read != each.trained) sentences.push_back(sentence_of(each));
  }
  if (!notes.notation.empty()) sentences.push_back(notes.notation);
  return sentences;
}

void add_notes(nlohmann::ordered_json& json, const RowNotes& notes) {
  using Json = nlohmann::ordered_json;
  json["unknown_category_rows"] = notes.unknown_rows;
  json["unknown_categories"] = Json::array();
  for (const UnknownCategories& each : notes.unknown) {
    json["unknown_categories"].push_back({{"feature", each.feature}, {"rows", each.rows}, {"values", each.values}});
  }
  json["labels_by_number"] = Json::array();
  for (const data::Respelling& each : notes.respelled) {
    json["labels_by_number"].push_back({{"label", each.written}, {"class", each.meant}, {"rows", each.rows}});
  }
  json["categories_by_number"] = Json::array();
  for (const auto& [feature, each] : notes.categories) {
    json["categories_by_number"].push_back(
        {{"feature", feature}, {"value", each.written}, {"category", each.meant}, {"rows", each.rows}});
  }
  json["units"] = Json::array();
  for (const UnitNote& each : notes.units) {
    json["units"].push_back({{"feature", each.column}, {"unit", each.read}, {"trained_in", each.trained}});
  }
  json["notation"] = notes.notation.empty() ? Json() : Json(notes.notation);
}

void warn_of(const RowNotes& notes) {
  for (const std::string& sentence : sentences_of(notes)) write_text(stderr, "nuthatch: {}\n", sentence);
}

}  // namespace nuthatch::commands
