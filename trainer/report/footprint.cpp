#include "report/footprint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <stdexcept>
#include <vector>

namespace nuthatch::report {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    pieces.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return pieces;
}

/// A line of the table by the names of its columns.
using Row = std::map<std::string_view, std::string_view>;

std::uint64_t number(const Row& row, const char* column) {
  const auto found = row.find(column);
  std::uint64_t value = 0;
  if (found == row.end() ||
      std::from_chars(found->second.data(), found->second.data() + found->second.size(), value).ec != std::errc()) {
    throw std::runtime_error(
        fmt::format("footprint.csv has no figure in its column {}: ./run build makes the firmware's anew", column));
  }
  return value;
}

/// What the table calls the parts that a model needs.
std::string table_part(const exporting::ModelContents& contents) {
  return exporting::part_of(contents) + (contents.preparation ? "-preparation" : "");
}

Footprint to_footprint(const Row& row, const exporting::ModelContents& contents, Watched watched) {
  Footprint found;
  found.parts.open = number(row, "open");
  found.parts.predict = number(row, "predict");
  if (contents.golden.rows > 0) found.parts.self_test = number(row, "self_test");
  if (watched != Watched::kNot) {
    const bool full = watched == Watched::kFull;
    found.parts.monitor = number(row, full ? "full_monitor" : "monitor");
    found.parts.snapshot = number(row, full ? "full_snapshot" : "snapshot");
  }
  found.stack_bound = number(row, "stack_bound");
  return found;
}

}  // namespace

Watched watched_of(const exporting::ModelContents& contents) {
  if (contents.watch.level == quantize::Level::kOff) return Watched::kNot;
  return contents.watch.level == quantize::Level::kFull ? Watched::kFull : Watched::kBasic;
}

std::optional<Footprint> find_footprint(std::string_view table, const std::string& core,
                                        const exporting::ModelContents& contents, Watched watched) {
  const Row wanted = {{"input", contents.inputs().input == quantize::Input::kInt16 ? "int16" : "float32"},
                      {"optimization", "fast"}};
  const std::string part = table_part(contents);
  const std::vector<std::string_view> lines = split(table, '\n');
  const std::vector<std::string_view> names = split(lines.front(), ',');
  for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
    const std::vector<std::string_view> cells = split(*line, ',');
    if (cells.size() != names.size()) continue;
    Row row;
    for (std::size_t i = 0; i < names.size(); ++i) row[names[i]] = cells[i];
    const bool of_core = !row.contains("core") || row["core"] == core;
    const bool fits =
        std::all_of(wanted.begin(), wanted.end(), [&](const auto& cell) { return row[cell.first] == cell.second; });
    if (of_core && fits && row["part"] == part) return to_footprint(row, contents, watched);
  }
  return {};
}

}  // namespace nuthatch::report
