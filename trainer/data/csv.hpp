#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "notation.hpp"
#include "number.hpp"

namespace nuthatch::data {

/// What went wrong with a file, said with file, row, column and remedy. what() is the whole
/// sentence.
class DataError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct CsvOptions {
  /// Column that holds the label.
  std::optional<std::string> target;
  /// When false, `target` may be absent from the file, or empty in every row: predict on
  /// unlabelled rows. Dataset::target is nullopt then.
  bool target_required = true;
  /// Columns to ignore; each must exist.
  std::vector<std::string> drop;
  /// Column that says which rows belong together; no feature, and text or numbers.
  std::optional<std::string> group;
  /// When false, `group` may be absent from the file; Dataset::group is nullopt then.
  bool group_required = true;
  /// When set: exactly these columns, in this order, whatever the file's order; others are ignored
  /// without being read as numbers.
  std::optional<std::vector<std::string>> features;
  /// Columns of names for categories: any text but what stands for a missing value.
  std::vector<std::string> text;
  /// Other features most of whose values are no numbers are such columns, too. Reads a file a second time where there
  /// are some.
  bool find_text = false;
  /// 1,5 means 1.5 (a comma that separates columns must then be kept out by quotes).
  bool decimal_comma = false;
  Thousands thousands = Thousands::kNone;
  /// A unit beside a number is passed over; a column has one.
  bool units = false;
  /// What separates columns; nothing: what the header and the first rows agree on.
  std::optional<char> delimiter;
  /// Called now and then with bytes read and bytes in all (0 when not known, as on a stream).
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;

  Notation notation() const { return {decimal_comma, thousands, units}; }
};

/// A label of the file that stands for another by its number: 1.0 for 1.
struct Respelling {
  std::string written;
  std::string meant;
  std::uint64_t rows = 0;
};

/// The label column, dictionary-encoded.
struct Target {
  std::string name;
  std::vector<std::string> labels;        ///< distinct texts, in order of first appearance
  std::vector<std::uint64_t> first_line;  ///< line where each first appears (the file's first is 1)
  std::vector<std::uint32_t> ids;         ///< one a row, index into labels
  std::vector<Respelling> respelled;      ///< what was put into the labels for what is in the file
  std::string unit = {};                  ///< of values: what stood beside them
};

struct Dataset {
  std::string file;
  std::vector<std::string> feature_names;
  std::vector<std::vector<float>> columns;  ///< one vector a feature; NaN = missing; of text: indices of names
  /// One a feature, its distinct names in order of first appearance; none of a feature of numbers.
  std::vector<std::vector<std::string>> names;
  /// One per feature, one number per row that tells apart what is written differently and one float32 (beyond_float32);
  /// none of a feature of which float32 tells all values.
  std::vector<std::vector<std::uint32_t>> beyond;
  /// The numbers as doubles, of the same features; of others, none.
  std::vector<std::vector<double>> exact;
  std::vector<std::string> units;  ///< one a feature: what CsvOptions::units passed over
  std::optional<Target> target;
  std::optional<Target> group;  ///< the column of CsvOptions::group, if one was asked for

  bool is_text(std::size_t feature) const { return feature < names.size() && !names[feature].empty(); }
  /// Of a value beside its float32: 0, or what tells it from others that are the same float32.
  std::uint32_t beyond_float32(std::size_t feature, std::size_t row) const {
    return feature < beyond.size() && !beyond[feature].empty() ? beyond[feature][row] : 0;
  }
  /// The double nearest to what is written; NaN = missing.
  double exact_value(std::size_t feature, std::size_t row) const {
    const bool kept = feature < exact.size() && !exact[feature].empty();
    return kept ? exact[feature][row] : double{columns[feature][row]};
  }
  std::uint64_t rows() const { return columns.empty() ? 0 : columns.front().size(); }
};

/// Reads a CSV file with a header: UTF-8, delimited by ',' ';' tab or '|' (by which the first rows
/// have as many fields as the header), as a first line such as "sep=;" declares, or as was said, lines ended by LF,
/// CRLF or CR, values quoted with '"' where needed. Blank lines are skipped. Numbers become the float32 nearest to
/// their double. Throws DataError, and nothing else but std::bad_alloc or what `progress` throws. At least one row and
/// one feature are returned.
Dataset read_csv(const std::filesystem::path& path, const CsvOptions& options);

/// The same from a stream; `file_name` is what messages call it.
Dataset read_csv(std::istream& stream, std::string file_name, const CsvOptions& options);

/// Whether a character can separate columns: one that no number and no quote has.
bool is_delimiter(char c);

/// A column's name as one would type it after a flag: in quotes where a shell would take it for two.
std::string as_argument(std::string_view name);

}  // namespace nuthatch::data
