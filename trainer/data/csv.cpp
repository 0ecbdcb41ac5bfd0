#include "csv.hpp"

#include <csv.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <exception>
#include <fstream>
#include <functional>
#include <istream>
#include <limits>
#include <new>
#include <span>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "nearest.hpp"
#include "shown.hpp"

namespace nuthatch::data {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{64} * 1024;
constexpr std::size_t kMaxFieldBytes = std::size_t{1024} * 1024;
constexpr std::size_t kMaxHeaderBytes = std::size_t{16} * 1024 * 1024;
constexpr std::uint64_t kForecastBytes = std::uint64_t{1024} * 1024;  // read before the number of rows is guessed
constexpr std::size_t kFieldBlockBytes = 4096;                        // step by which libcsv grows its field buffer
constexpr std::size_t kMaxListedColumns = 10;
constexpr std::string_view kDelimiters = ",;\t|";

// ---- Words for messages -------------------------------------------------------------------------

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string delimiter_name(char delimiter) {
  switch (delimiter) {
    case ',': return "comma";
    case ';': return "semicolon";
    case '\t': return "tab";
    case '|': return "vertical bar";
    case ' ': return "space";
    default: return fmt::format("'{}'", delimiter);
  }
}

/// ` Did you mean "species"?` when some name is close enough to be a slip, else nothing.
std::string did_you_mean(std::string_view wanted, const std::vector<std::string>& names) {
  const std::string* nearest = nearest_name(wanted, names);
  return nearest == nullptr ? "" : fmt::format(" Did you mean {}?", in_quotes(*nearest));
}

/// As one types it after --delimiter.
std::string delimiter_argument(char delimiter) { return delimiter == '|' ? "bar" : delimiter_name(delimiter); }

/// Whether the line has the name as a field, blanks around it left out.
bool has_field(std::string_view line, char delimiter, std::string_view name) {
  const auto trim = [](std::string_view text) {
    const auto first = text.find_first_not_of(" \t\"");
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(" \t\"") - first + 1);
  };
  while (true) {
    const std::size_t end = line.find(delimiter);
    if (trim(line.substr(0, end)) == trim(name)) return true;
    if (end == std::string_view::npos) return false;
    line.remove_prefix(end + 1);
  }
}

/// What seems to separate the fields of a header that another delimiter was taken for: what makes a field of the name,
/// or else what is most frequent where the header is one field. Nothing where nothing does.
std::optional<char> seeming_delimiter(const std::vector<std::string>& names, char delimiter,
                                      const std::string* wanted) {
  const std::string header = fmt::format("{}", fmt::join(names, std::string(1, delimiter)));
  std::optional<char> best;
  std::ptrdiff_t most = 0;
  for (const char each : std::string_view(",;\t|:^~ #&!")) {
    const auto count = std::count(header.begin(), header.end(), each);
    if (each == delimiter || count == 0) continue;
    if (wanted != nullptr && has_field(header, each, *wanted)) return each;
    if (names.size() > 1 || count <= most) continue;
    best = each;
    most = count;
  }
  return best;
}

std::string list_columns(const std::vector<std::string>& names) {
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), kMaxListedColumns); ++i) {
    list += (i == 0 ? "" : ", ") + in_quotes(names[i]);
  }
  if (names.size() <= kMaxListedColumns) return list;
  return fmt::format("{} and {} more", list, names.size() - kMaxListedColumns);
}

/// What people write for a value that is missing, and is_missing does not take for one as it may be a name: dashes,
/// points and the like; none, unknown.
bool may_be_missing(std::string_view text) {
  static constexpr std::array<std::string_view, 16> kWords = {
      "none",   "nil",     "missing",   "unknown", "n.a.", "n.a",   "n.d.",  "nd",
      "nodata", "no data", "undefined", "undef",   "void", "blank", "empty", "not available"};
  static constexpr std::array<std::string_view, 3> kDashes = {"\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x88\x92"};
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return false;
  text = text.substr(first, text.find_last_not_of(" \t") - first + 1);
  if (text.find_first_not_of("-._*#~?/") == std::string_view::npos) return true;
  if (std::find(kDashes.begin(), kDashes.end(), text) != kDashes.end()) return true;
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

// ---- Which column serves what -------------------------------------------------------------------

struct Role {
  enum class Kind : std::uint8_t { kIgnored, kFeature, kText, kTarget, kGroup };
  Kind kind = Kind::kIgnored;
  std::size_t feature = 0;  // index among the features, when it is one, of numbers or of text
};

/// Gives each column of the header its role, or says which option does not fit the file.
class ColumnPlan {
 public:
  ColumnPlan(std::string place, const std::vector<std::string>& names, char delimiter, const CsvOptions& options)
      : place_(std::move(place)), names_(names), delimiter_(delimiter), options_(options) {
    index_names();
    roles.resize(names.size());
    choose_group();
    check_drops();
    choose_target();
    options_.features ? choose_given_features() : choose_remaining_features();
    mark_text();
    if (feature_names.empty()) {
      fail("no feature column is left; drop fewer columns, or add one" + other_delimiter(nullptr));
    }
  }

  std::vector<Role> roles;  // one a column of the file
  std::vector<std::string> feature_names;
  bool has_target = false;
  bool has_group = false;

 private:
  void mark_text() {
    for (const std::string& name : options_.text) {
      const auto found = index_.find(name);
      if (found == index_.end()) fail_absent(name, "correct its name");
      Role& role = roles[found->second];
      if (role.kind == Role::Kind::kFeature) role.kind = Role::Kind::kText;
    }
  }

  [[noreturn]] void fail(std::string_view what) const { throw DataError(fmt::format("{}: {}", place_, what)); }

  [[noreturn]] void fail_absent(std::string_view name, std::string_view remedy) const {
    const std::string wanted(name);
    fail(fmt::format("there is no column {}.{} The columns are {}; {}{}", in_quotes(name), did_you_mean(name, names_),
                     list_columns(names_), remedy, other_delimiter(&wanted)));
  }

  /// `; or ...`, where another delimiter seems to separate the columns.
  std::string other_delimiter(const std::string* wanted) const {
    const std::optional<char> other = seeming_delimiter(names_, delimiter_, wanted);
    if (!other) return "";
    return fmt::format("; or, as the columns were separated by a {} and seem to be by a {}, give --delimiter {}",
                       delimiter_name(delimiter_), delimiter_name(*other), delimiter_argument(*other));
  }

  void index_names() {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const auto [known, is_new] = index_.emplace(names_[i], i);
      if (is_new) continue;
      fail(fmt::format("columns {} and {} are both named {}; rename one of them", known->second + 1, i + 1,
                       in_quotes(names_[i])));
    }
  }

  void choose_group() {
    if (!options_.group) return;
    const auto found = index_.find(*options_.group);
    has_group = found != index_.end();
    if (!has_group && options_.group_required) fail_absent(*options_.group, "correct --group");
    if (!has_group) return;
    if (options_.group == options_.target) {
      fail(fmt::format("column {} is both the target and the group; choose another --group",
                       in_quotes(*options_.group)));
    }
    roles[found->second].kind = Role::Kind::kGroup;
  }

  void check_drops() {
    for (const std::string& name : options_.drop) {
      if (name == options_.target) {
        fail(
            fmt::format("column {} is both the target and dropped; remove it from --drop, or "
                        "choose another --target",
                        in_quotes(name)));
      }
      if (!index_.contains(name)) fail_absent(name, "correct --drop");
      dropped_.insert(name);
    }
  }

  void choose_target() {
    if (!options_.target) return;
    const auto found = index_.find(*options_.target);
    has_target = found != index_.end();
    if (has_target) roles[found->second].kind = Role::Kind::kTarget;
    if (!has_target && options_.target_required) {
      fail_absent(*options_.target,
                  options_.features ? "the scores need the true values: add it" : "choose one of them with --target");
    }
  }

  void choose_given_features() {
    for (const std::string& name : *options_.features) {
      const auto found = index_.find(name);
      if (found == index_.end()) fail_absent(name, "the model needs it as a feature: add it");
      if (dropped_.contains(name)) {
        fail(fmt::format("column {} is dropped, but the model needs it; remove it from --drop", in_quotes(name)));
      }
      if (roles[found->second].kind != Role::Kind::kIgnored) {
        fail(fmt::format("column {} is asked for twice; make it one feature or the target", in_quotes(name)));
      }
      make_feature(found->second);
    }
  }

  void choose_remaining_features() {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const bool is_free = roles[i].kind == Role::Kind::kIgnored;
      if (is_free && !dropped_.contains(names_[i])) make_feature(i);
    }
  }

  void make_feature(std::size_t column) {
    roles[column] = {Role::Kind::kFeature, feature_names.size()};
    feature_names.push_back(names_[column]);
  }

  std::string place_;
  const std::vector<std::string>& names_;
  char delimiter_;
  const CsvOptions& options_;
  std::unordered_map<std::string_view, std::size_t> index_;
  std::unordered_set<std::string_view> dropped_;
};

// ---- Labels -------------------------------------------------------------------------------------

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

class LabelEncoder {
 public:
  /// Whether the label is new.
  bool add(std::string_view label, std::uint64_t line) {
    const auto known = ids_.find(label);
    if (known != ids_.end()) {
      target.ids.push_back(known->second);
      return false;
    }
    const auto id = static_cast<std::uint32_t>(target.labels.size());
    ids_.emplace(std::string(label), id);
    target.labels.emplace_back(label);
    target.first_line.push_back(line);
    target.ids.push_back(id);
    return true;
  }

  Target target;

 private:
  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> ids_;
};

// ---- From cells to a data set -------------------------------------------------------------------

/// Takes the cells in the order of the file. Knows where it stands, for the messages.
class TableBuilder {
 public:
  TableBuilder(std::string file, const CsvOptions& options)
      : options_(options), notation_(options.notation()), file_(std::move(file)) {}

  void set_delimiter(char delimiter) { delimiter_ = delimiter; }

  /// To be called before the text of each physical line (1-based).
  void begin_line(std::uint64_t line) {
    line_ = line;
    if (!between_rows_) return;
    between_rows_ = false;
    row_line_ = cell_line_ = line;
  }

  void add_cell(std::string_view text) {
    if (text.size() > kMaxFieldBytes) fail_long_field();
    if (!has_header_) {
      add_name(text);
    } else if (field_ < roles_.size()) {
      add_value(roles_[field_], text);
    }
    ++field_;
    cell_line_ = line_;  // the next cell begins where this one ended
  }

  /// Also called at the end of a blank line: no cell has come then.
  void end_row() {
    between_rows_ = true;
    if (field_ == 0) return;
    has_header_ ? finish_row() : finish_header();
    field_ = 0;
  }

  void reserve(std::uint64_t rows) {
    const auto count = static_cast<std::size_t>(rows);
    for (auto& column : data_.columns) column.reserve(count);
    for (auto& column : data_.beyond) column.reserve(column.empty() ? 0 : count);
    for (auto& column : data_.exact) column.reserve(column.empty() ? 0 : count);
    if (has_target_) labels_.target.ids.reserve(count);
  }

  std::uint64_t rows() const { return rows_; }

  /// Of CsvOptions::find_text: the names of the columns it found; with some of them there is no data set yet.
  std::vector<std::string> found_text() const;

  Dataset finish();

  [[noreturn]] void fail_here(std::string_view what) const {
    throw DataError(fmt::format("{}: {}", cell_place(), what));
  }

  [[noreturn]] void fail_in_line(std::string_view what) const {
    throw DataError(fmt::format("{}: line {}: {}", file_, line_, what));
  }

  [[noreturn]] void fail_long_field() const {
    fail_here("the value is longer than 1 MiB; a closing quote is probably missing here");
  }

 private:
  void add_name(std::string_view text);
  void add_value(const Role& role, std::string_view text);
  void add_label(std::string_view text);
  void add_missing_label(std::string_view text);
  void add_group(std::string_view text);
  void add_category(std::size_t feature, std::string_view text);
  float number_from(std::size_t feature, std::string_view text);
  float no_number(std::size_t feature, std::string_view text);
  float float32_of(std::size_t feature, std::string_view text, double number);
  void note_beyond(std::size_t feature, std::uint32_t beyond, double number);
  void fill_exact(std::size_t feature);
  void finish_header();
  void finish_row();
  std::string not_a_number(std::string_view text, bool beside_numbers) const;
  static std::string remedies(const std::string& name, std::string_view text);
  bool has_numbers(std::size_t feature) const;

  std::string row_place(std::uint64_t line) const {
    if (!has_header_) return fmt::format("{}: header (line {})", file_, line);
    return fmt::format("{}: row {} (line {})", file_, rows_ + 1, line);
  }

  std::string cell_place() const {
    const std::string place = row_place(cell_line_);
    if (has_header_ && field_ < names_.size()) {
      return fmt::format("{}, column {}", place, in_quotes(names_[field_]));
    }
    return fmt::format("{}, column {}", place, field_ + 1);
  }

  /// Held back until the row ends: a wrong number of fields is the better explanation of a value
  /// that stands in the wrong column.
  void hold_error(std::string_view what) {
    if (held_error_.empty()) held_error_ = fmt::format("{}: {}", cell_place(), what);
  }

  static constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

  const CsvOptions& options_;
  Notation notation_;
  std::string file_;
  char delimiter_ = ',';
  std::vector<std::string> names_;  // all columns of the file
  std::vector<Role> roles_;
  Dataset data_;
  LabelEncoder labels_;
  LabelEncoder groups_;
  bool has_header_ = false;
  bool has_target_ = false;
  bool has_group_ = false;
  bool between_rows_ = true;
  std::uint64_t line_ = 1;
  std::uint64_t row_line_ = 1;  // where the row begins
  std::uint64_t header_line_ = 1;
  std::uint64_t cell_line_ = 1;  // where the cell to come, or at hand, begins
  std::uint64_t rows_ = 0;
  std::size_t field_ = 0;
  std::string held_error_;
  /// Of a feature of numbers: what of it is none.
  struct NoNumbers {
    std::uint64_t count = 0;
    std::uint64_t missing = 0;
    std::uint64_t marks = 0;  // of the count: may_be_missing
    std::string error;        // about the first, said where most are numbers
    std::string place;        // of the first that is no mark
    NotationCount notations;
  };
  std::vector<NoNumbers> no_numbers_;
  std::vector<UnitCheck> units_;
  std::vector<LabelEncoder> categories_;
  std::uint64_t missing_labels_ = 0;
  std::string missing_label_error_;  // about the first of them
};

void TableBuilder::add_name(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    fail_here(
        "the column has no name; name it, or remove the column (a delimiter at the end of the line "
        "makes one, and so does pandas' index: save with index=False)");
  }
  if (!is_utf8(text)) fail_here("the name is not valid UTF-8; save the file as UTF-8");
  names_.emplace_back(text);
}

void TableBuilder::add_value(const Role& role, std::string_view text) {
  switch (role.kind) {
    case Role::Kind::kIgnored: return;
    case Role::Kind::kFeature: data_.columns[role.feature].push_back(number_from(role.feature, text)); return;
    case Role::Kind::kText: add_category(role.feature, text); return;
    case Role::Kind::kTarget: is_missing(text) ? add_missing_label(text) : add_label(text); return;
    case Role::Kind::kGroup: add_group(text); return;
  }
}

float TableBuilder::number_from(std::size_t feature, std::string_view text) {
  if (notation_.is_plain()) {
    const auto number = parse_number(text, notation_.decimal_comma);
    return number ? float32_of(feature, text, *number) : no_number(feature, text);
  }
  const std::optional<PlainNumber> plain = is_missing_number(text) ? std::nullopt : to_plain(text, notation_);
  if (!plain) return no_number(feature, text);
  if (options_.units) {
    const std::string wrong =
        units_[feature].add(text, plain->unit, [&] { return fmt::format("row {} (line {})", rows_ + 1, cell_line_); });
    if (!wrong.empty()) {
      hold_error(wrong);
    } else if (!is_utf8(plain->unit)) {
      hold_error(fmt::format("the unit {} is not valid UTF-8; save the file as UTF-8", in_quotes(plain->unit)));
    }
  }
  return float32_of(feature, plain->text, *parse_number(plain->text, notation_.has_decimal_comma()));
}

float TableBuilder::float32_of(std::size_t feature, std::string_view text, double number) {
  const auto value = to_float32(number);
  if (!value) {
    hold_error(
        fmt::format("{} is infinite or too large for float32 (at most 3.4e38); correct it, "
                    "scale the column, or leave the value empty to mark it as missing",
                    in_quotes(text)));
    return kMissing;
  }
  note_beyond(feature, beyond_float32(text, *value), number);
  return *value;
}

/// Before the value is added to its column.
void TableBuilder::note_beyond(std::size_t feature, std::uint32_t beyond, double number) {
  std::vector<std::uint32_t>& column = data_.beyond[feature];
  std::vector<double>& exact = data_.exact[feature];
  if (column.empty() && beyond == 0) return;
  if (column.empty()) column.reserve(data_.columns[feature].capacity());
  if (column.empty()) exact.reserve(data_.columns[feature].capacity());
  column.resize(data_.columns[feature].size(), 0);
  column.push_back(beyond);
  fill_exact(feature);
  exact.push_back(number);
}

/// What is not noted is missing, or has six digits at most, which its float32 tells.
void TableBuilder::fill_exact(std::size_t feature) {
  const std::vector<float>& values = data_.columns[feature];
  std::vector<double>& exact = data_.exact[feature];
  while (exact.size() < values.size()) {
    const float value = values[exact.size()];
    exact.push_back(std::isnan(value) ? NAN : *parse_number(fmt::format("{}", value), false));
  }
}

float TableBuilder::no_number(std::size_t feature, std::string_view text) {
  NoNumbers& none = no_numbers_[feature];
  if (is_missing_number(text)) {
    ++none.missing;
  } else if (!options_.find_text) {
    hold_error(not_a_number(text, has_numbers(feature)));
  } else {
    const bool is_mark = may_be_missing(text);
    if (none.count++ == 0) none.error = fmt::format("{}: {}", cell_place(), not_a_number(text, true));
    if (is_mark) ++none.marks;
    if (!is_mark && none.place.empty()) none.place = cell_place();
    if (!is_mark) none.notations.add(text, [&] { return cell_place(); });
  }
  return kMissing;
}

std::string TableBuilder::remedies(const std::string& name, std::string_view text) {
  if (may_be_missing(text)) {
    return fmt::format("leave it empty if it means that the value is missing, or drop the column with --drop {}",
                       as_argument(name));
  }
  return fmt::format("correct it, drop the column with --drop {}, or take it as text with --prepare",
                     as_argument(name));
}

std::string TableBuilder::not_a_number(std::string_view text, bool beside_numbers) const {
  std::string what = in_quotes(text) + " is not a number; ";
  what += options_.features ? "the model needs one here: correct it, or leave it empty if it is missing"
                            : remedies(names_[field_], text);
  if (options_.decimal_comma && parse_number(text, false)) {
    return what + " (a '.' is not read as decimal point with --decimal-comma)";
  }
  const std::string other = read_by(text, notation_, beside_numbers);
  return other.empty() ? what : fmt::format("{}; {}", what, other);
}

bool TableBuilder::has_numbers(std::size_t feature) const {
  const std::vector<float>& column = data_.columns[feature];
  return std::any_of(column.begin(), column.end(), [](float value) { return !std::isnan(value); });
}

void TableBuilder::add_label(std::string_view text) {
  const bool is_new = labels_.add(text, cell_line_);
  if (is_new && !is_utf8(text)) {
    hold_error(fmt::format("label {} is not valid UTF-8; save the file as UTF-8", in_quotes(text)));
  }
}

void TableBuilder::add_missing_label(std::string_view text) {
  const std::string what = text.empty() ? "the label is missing; fill it in, or remove the row"
                                        : fmt::format(
                                              "{} means that the label is missing; fill it in, remove the row, "
                                              "or give the label another name",
                                              in_quotes(text));
  if (options_.target_required) hold_error(what);
  if (missing_labels_++ == 0) missing_label_error_ = fmt::format("{}: {}", cell_place(), what);
}

void TableBuilder::add_group(std::string_view text) {
  if (is_missing(text)) hold_error("the group is missing; fill it in, or remove the row");
  groups_.add(text, cell_line_);
}

void TableBuilder::add_category(std::size_t feature, std::string_view text) {
  if (is_missing(text)) {
    data_.columns[feature].push_back(std::numeric_limits<float>::quiet_NaN());
    return;
  }
  LabelEncoder& encoder = categories_[feature];
  if (encoder.add(text, cell_line_)) {
    if (!is_utf8(text)) hold_error(fmt::format("{} is not valid UTF-8; save the file as UTF-8", in_quotes(text)));
    constexpr std::size_t kMostNames = 32767;  // an index is an int16 too
    if (encoder.target.labels.size() > kMostNames) {
      hold_error(fmt::format("the column has more than {} different texts; drop it with --drop {}", kMostNames,
                             as_argument(names_[field_])));
    }
  }
  data_.columns[feature].push_back(static_cast<float>(encoder.target.ids.back()));
}

/// Text is what is mostly no number. Fewer such values are slips: the first of them in the file is said.
std::vector<std::string> TableBuilder::found_text() const {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < no_numbers_.size(); ++i) {
    const NoNumbers& none = no_numbers_[i];
    if (none.count == 0) continue;
    const std::uint64_t numbers = rows_ - none.missing - none.count;
    const std::uint64_t texts = none.count - none.marks;
    if (texts < numbers) throw DataError(none.error);
    const Verdict verdict = none.notations.verdict(numbers, texts);
    if (!verdict.odd.empty()) {
      throw DataError(fmt::format("{}: {} is not a number; {}; {}", verdict.place, in_quotes(verdict.odd),
                                  remedies(data_.feature_names[i], verdict.odd), verdict.what));
    }
    if (!verdict.what.empty()) {
      throw DataError(fmt::format(
          "{}: {}; or take it as text with --prepare ({{\"columns\": {{{}: {{\"encode\": \"one-hot\"}}}}}})",
          none.place, verdict.what, in_quotes(data_.feature_names[i])));
    }
    found.push_back(data_.feature_names[i]);
  }
  return found;
}

void TableBuilder::finish_header() {
  ColumnPlan plan(row_place(row_line_), names_, delimiter_, options_);
  roles_ = std::move(plan.roles);
  has_target_ = plan.has_target;
  has_group_ = plan.has_group;
  data_.feature_names = std::move(plan.feature_names);
  data_.columns.resize(data_.feature_names.size());
  data_.beyond.resize(data_.feature_names.size());
  data_.exact.resize(data_.feature_names.size());
  units_.resize(data_.feature_names.size());
  no_numbers_.resize(data_.feature_names.size(), {0, 0, 0, {}, {}, NotationCount(notation_)});
  categories_.resize(data_.feature_names.size());
  has_header_ = true;
  header_line_ = row_line_;
}

void TableBuilder::finish_row() {
  if (field_ != names_.size()) {
    const bool too_many = field_ > names_.size();
    throw DataError(fmt::format("{}: {} field{} where the header has {} (delimiter: {}; --delimiter gives another); {}",
                                row_place(row_line_), field_, field_ == 1 ? "" : "s", names_.size(),
                                delimiter_name(delimiter_),
                                too_many ? "quote values that contain the delimiter, or remove what is too much"
                                         : "add what is lacking (an empty field marks a missing value)"));
  }
  if (!held_error_.empty()) throw DataError(held_error_);
  ++rows_;
}

Dataset TableBuilder::finish() {
  if (!has_header_) {
    throw DataError(
        fmt::format("{}: the file is empty; it needs a header line that names the columns, and rows", file_));
  }
  if (rows_ == 0) {
    throw DataError(fmt::format("{}: there is a header (line {}) but no row; add rows below it", file_, header_line_));
  }
  const bool unlabelled = missing_labels_ == rows_;
  if (missing_labels_ > 0 && !unlabelled) throw DataError(missing_label_error_);
  if (has_target_ && !unlabelled) {
    labels_.target.name = *options_.target;
    data_.target = std::move(labels_.target);
  }
  if (has_group_) {
    groups_.target.name = *options_.group;
    data_.group = std::move(groups_.target);
  }
  for (std::size_t i = 0; i < data_.beyond.size(); ++i) {
    if (data_.beyond[i].empty()) continue;
    data_.beyond[i].resize(data_.columns[i].size(), 0);
    fill_exact(i);
  }
  for (const UnitCheck& each : units_) data_.units.push_back(each.unit());
  data_.names.resize(data_.feature_names.size());
  for (std::size_t i = 0; i < categories_.size(); ++i) data_.names[i] = std::move(categories_[i].target.labels);
  data_.file = std::move(file_);
  return std::move(data_);
}

// ---- libcsv -------------------------------------------------------------------------------------

/// libcsv, strict. It is C: no exception may cross it, so that what a callback throws is kept, the
/// rest of the piece is passed over, and then it is thrown again.
class Parser {
 public:
  explicit Parser(TableBuilder& table) : table_(table) {
    // REPALL_NL: hear of blank lines too, which move the beginning of the next row.
    constexpr unsigned char kOptions = CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL;
    if (csv_init(&parser_, kOptions) != 0) throw std::bad_alloc();
    csv_set_blk_size(&parser_, kFieldBlockBytes);
  }
  ~Parser() { csv_free(&parser_); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  void set_delimiter(char delimiter) { csv_set_delim(&parser_, static_cast<unsigned char>(delimiter)); }

  void parse(std::string_view piece) {
    const std::size_t taken = csv_parse(&parser_, piece.data(), piece.size(), &Parser::on_cell, &Parser::on_row, this);
    if (thrown_) std::rethrow_exception(thrown_);
    if (taken == piece.size()) return;
    if (csv_error(&parser_) != CSV_EPARSE) throw std::bad_alloc();
    table_.fail_here(
        "a quote (\") stands where none may; put the whole value in quotes, and double each quote "
        "inside it (\"\")");
  }

  void finish() {
    const int result = csv_fini(&parser_, &Parser::on_cell, &Parser::on_row, this);
    if (thrown_) std::rethrow_exception(thrown_);
    if (result != 0) table_.fail_here("the quote that opens here is never closed; add the closing \"");
  }

  /// Whether a field still under way is past the limit (a finished one is measured exactly).
  bool holds_long_field() { return csv_get_buffer_size(&parser_) > kMaxFieldBytes + 2 * kFieldBlockBytes; }

 private:
  template <typename Action>
  void guard(Action action) noexcept {
    if (thrown_) return;
    try {
      action();
    } catch (...) {
      thrown_ = std::current_exception();
    }
  }

  static void on_cell(void* text, std::size_t size, void* self) {
    auto& parser = *static_cast<Parser*>(self);
    // The pointer may be null when the size is 0.
    const std::string_view cell =
        size == 0 ? std::string_view() : std::string_view(static_cast<const char*>(text), size);
    parser.guard([&] { parser.table_.add_cell(cell); });
  }

  static void on_row(int /*terminator*/, void* self) {
    auto& parser = *static_cast<Parser*>(self);
    parser.guard([&] { parser.table_.end_row(); });
  }

  TableBuilder& table_;
  csv_parser parser_{};
  std::exception_ptr thrown_;
};

// ---- From a stream to cells ---------------------------------------------------------------------

/// Counts the delimiters outside quotes, in the header line and in the first rows, to find which of them delimits.
class DelimiterScan {
 public:
  /// `head` is the file so far, and only grows. True when the header is whole and rows enough.
  bool scan(std::string_view head) {
    for (; lines_.size() < kLines && position_ < head.size(); ++position_) step(head[position_]);
    return lines_.size() == kLines;
  }

  /// At the file's end, which may end the last line.
  void finish() {
    if (has_text_ && !in_quotes_) end_line();
  }

  bool has_header() const { return !lines_.empty(); }

  /// Among those that the header has: the one by which most of the rows have as many fields as it, or else the most
  /// frequent in it; `fallback` where it has none.
  char delimiter(char fallback) const {
    const Counts in_header = lines_.empty() ? counts_ : lines_.front();
    std::size_t best = kDelimiters.size();
    for (std::size_t i = 0; i < kDelimiters.size(); ++i) {
      if (in_header[i] == 0) continue;
      if (best == kDelimiters.size() ||
          std::pair(rows_like_header(i), in_header[i]) > std::pair(rows_like_header(best), in_header[best])) {
        best = i;
      }
    }
    return best == kDelimiters.size() ? fallback : kDelimiters[best];
  }

 private:
  using Counts = std::array<std::size_t, kDelimiters.size()>;
  static constexpr std::size_t kLines = 32;

  std::size_t rows_like_header(std::size_t delimiter) const {
    return static_cast<std::size_t>(std::count_if(lines_.begin(), lines_.end(), [&](const Counts& line) {
      return line[delimiter] == lines_.front()[delimiter];
    }));
  }

  void step(char c) {
    const bool ends_line = c == '\n' || c == '\r';
    const bool is_blank = ends_line || c == ' ' || c == '\t';
    if (c == '"') in_quotes_ = !in_quotes_;
    if (in_quotes_) return;
    has_text_ = has_text_ || !is_blank;
    if (ends_line) return end_line();
    const auto index = kDelimiters.find(c);
    if (index != std::string_view::npos) ++counts_[index];
  }

  /// A blank line of tabs says nothing.
  void end_line() {
    if (has_text_) lines_.push_back(counts_);
    counts_.fill(0);
    has_text_ = false;
  }

  std::size_t position_ = 0;
  bool in_quotes_ = false;
  bool has_text_ = false;
  Counts counts_{};
  std::vector<Counts> lines_;
};

/// A first line such as sep=; says what separates columns (Excel writes and obeys it): its bytes, with the line's end,
/// and the separator. Nothing where it is no such line: a header of one column.
std::optional<std::pair<std::size_t, char>> declared_delimiter(std::string_view head) {
  const bool quoted = head.starts_with('"');
  if (quoted) head.remove_prefix(1);
  if (head.size() < 5 || (head.substr(0, 4) != "sep=" && head.substr(0, 4) != "SEP=")) return std::nullopt;
  const char delimiter = head[4];
  if (!is_delimiter(delimiter)) return std::nullopt;
  head.remove_prefix(5);
  if (quoted && !head.starts_with('"')) return std::nullopt;
  if (quoted) head.remove_prefix(1);
  const std::size_t end = head.starts_with("\r\n") ? 2 : head.starts_with('\n') || head.starts_with('\r') ? 1 : 0;
  if (end == 0) return std::nullopt;
  return std::pair((quoted ? 7 : 5) + end, delimiter);
}

class Reader {
 public:
  Reader(std::istream& stream, std::string file, std::uint64_t total, const CsvOptions& options)
      : stream_(stream), total_(total), options_(options), table_(std::move(file), options) {}

  Dataset run() {
    const std::string head = read_head();
    feed(table_bytes(head));
    std::vector<char> chunk(kChunkBytes);
    for (;;) {
      reserve_once();
      const std::string_view bytes = read_chunk(chunk);
      if (bytes.empty()) break;
      feed(bytes);
    }
    parser_.finish();
    found_text_ = table_.found_text();
    return table_.finish();
  }

  /// After `run`: features that are to be read again, as text.
  const std::vector<std::string>& found_text() const { return found_text_; }

 private:
  std::string_view read_chunk(std::span<char> chunk) {
    stream_.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    const auto count = static_cast<std::size_t>(stream_.gcount());
    done_ += count;
    if (stream_.fail() && !stream_.eof()) {
      table_.fail_in_line(
          fmt::format("reading failed after {} bytes; check the disk or the connection, and try again", done_));
    }
    if (options_.progress && count > 0) options_.progress(done_, total_);
    return {chunk.data(), count};
  }

  /// The beginning of the file, with the whole header line if there is one, and some rows.
  std::string read_head() {
    constexpr std::size_t kMostOfRows = 16 * kChunkBytes;
    std::string head;
    std::vector<char> chunk(kChunkBytes);
    DelimiterScan scan;
    std::size_t with_header = 0;  // bytes when the header was whole
    while (with_header == 0 || head.size() < with_header + kMostOfRows) {
      const std::string_view bytes = read_chunk(chunk);
      if (bytes.empty()) break;
      head += bytes;
      refuse_utf16(head);
      if (scan.scan(table_bytes(head))) break;
      if (with_header == 0 && scan.has_header()) with_header = head.size();
      if (with_header == 0 && head.size() > kMaxHeaderBytes) {
        table_.fail_in_line(
            "the header is longer than 16 MiB; a closing quote is probably missing, or this is not "
            "a CSV file");
      }
    }
    scan.finish();
    const char guessed = declared_.value_or(scan.delimiter(options_.decimal_comma ? ';' : ','));
    const char delimiter = options_.delimiter.value_or(guessed);
    parser_.set_delimiter(delimiter);
    table_.set_delimiter(delimiter);
    return head;
  }

  void refuse_utf16(std::string_view head) const {
    if (!head.starts_with("\xFF\xFE") && !head.starts_with("\xFE\xFF")) return;
    table_.fail_in_line(
        "the file is in UTF-16; save it as UTF-8 (in Excel: \"CSV UTF-8\"), or convert it with "
        "iconv -f UTF-16 -t UTF-8");
  }

  /// What is left of the file's beginning without a mark of UTF-8 and a line that declares the delimiter.
  std::string_view table_bytes(std::string_view head) {
    constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
    if (head.starts_with(kUtf8Mark)) head.remove_prefix(kUtf8Mark.size());
    const auto declared = declared_delimiter(head);
    if (!declared) return head;
    declared_ = declared->second;
    line_ = 2;
    return head.substr(declared->first);
  }

  /// Hands the bytes on a physical line at a time, so that each callback's line is known.
  void feed(std::string_view bytes) {
    const auto ends_line = [](char c) { return c == '\n' || c == '\r'; };
    while (!bytes.empty()) {
      const auto* const end = std::find_if(bytes.begin(), bytes.end(), ends_line);
      const auto size = static_cast<std::size_t>(end - bytes.begin()) + (end == bytes.end() ? 0 : 1);
      feed_line(bytes.substr(0, size));
      bytes.remove_prefix(size);
    }
    if (parser_.holds_long_field()) table_.fail_long_field();
  }

  /// `piece` has a line's end at most as its last byte.
  void feed_line(std::string_view piece) {
    table_.begin_line(line_);
    if (std::memchr(piece.data(), '\0', piece.size()) != nullptr) {
      table_.fail_in_line(
          "there is a NUL byte; this is not text in UTF-8: save it as \"CSV UTF-8\", or check that "
          "it is not damaged");
    }
    parser_.parse(piece);
    const bool completes_crlf = after_cr_ && piece == "\n";
    after_cr_ = piece.back() == '\r';
    if (after_cr_ || (piece.back() == '\n' && !completes_crlf)) ++line_;
  }

  /// Room for as many rows as the first ones make expect, and a little more.
  void reserve_once() {
    if (reserved_ || total_ == 0 || table_.rows() == 0 || done_ < kForecastBytes) return;
    reserved_ = true;
    const double expected =
        static_cast<double>(table_.rows() + 1) * static_cast<double>(total_) / static_cast<double>(done_);
    table_.reserve(static_cast<std::uint64_t>(expected * 1.02) + 16);
  }

  std::istream& stream_;
  std::uint64_t total_;
  const CsvOptions& options_;
  TableBuilder table_;
  Parser parser_{table_};
  std::vector<std::string> found_text_;
  std::optional<char> declared_;  ///< the delimiter, by the file's first line
  std::uint64_t done_ = 0;
  std::uint64_t line_ = 1;
  bool after_cr_ = false;
  bool reserved_ = false;
};

}  // namespace

bool is_delimiter(char c) {
  const bool part_of_values = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              std::string_view("\"+-.\r\n").find(c) != std::string_view::npos;
  return c >= 0 && c != 0x7F && (c >= ' ' || c == '\t') && !part_of_values;
}

std::string as_argument(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-.").find(c) != std::string_view::npos;
  };
  return std::all_of(name.begin(), name.end(), plain) ? std::string(name) : in_quotes(name);
}

Dataset read_csv(const std::filesystem::path& path, const CsvOptions& options) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    throw DataError(fmt::format("{}: there is no such file; check the path", path.string()));
  }
  if (std::filesystem::is_directory(status)) {
    throw DataError(fmt::format("{}: this is a directory; give the path of a CSV file", path.string()));
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    const std::string reason = std::generic_category().message(errno);
    throw DataError(fmt::format("{}: the file cannot be opened ({}); check its permissions", path.string(), reason));
  }
  const auto size = std::filesystem::file_size(path, error);
  Reader reader(stream, path.string(), error ? 0 : size, options);
  Dataset dataset = reader.run();
  if (reader.found_text().empty()) return dataset;
  CsvOptions with_text = options;
  with_text.text.insert(with_text.text.end(), reader.found_text().begin(), reader.found_text().end());
  with_text.find_text = false;
  return read_csv(path, with_text);
}

Dataset read_csv(std::istream& stream, std::string file_name, const CsvOptions& options) {
  return Reader(stream, std::move(file_name), 0, options).run();
}

}  // namespace nuthatch::data
