#include "prepare/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <random>
#include <utility>

#include "data/first_few.hpp"
#include "prepare/alone.hpp"
#include "prepare/correlation.hpp"
#include "prepare/merges.hpp"
#include "prepare/repeats.hpp"
#include "prepare/spellings.hpp"

namespace nuthatch::prepare {
namespace {

using data::first_few;

std::string some_rows(const std::vector<std::size_t>& rows) {
  std::vector<std::string> numbers;
  numbers.reserve(rows.size());
  for (const std::size_t row : rows) numbers.push_back(fmt::format("{}", row + 1));
  return first_few(numbers);
}

/// "1 row", "2 rows".
std::string counted(std::size_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

void add_rows(const data::Dataset& data, bool classifies, std::vector<Finding>& all) {
  const Repeats repeats = find_repeats(data);
  if (!repeats.copies.empty()) {
    all.push_back(
        {"duplicate_rows",
         {},
         repeats.copies.size(),
         fmt::format("{} of {} repeat an earlier one, label included (row {}); copies on both sides of a "
                     "split or a fold make scores too good: leave them out, or keep them together with --group",
                     counted(repeats.copies.size(), "row"), data.rows(), some_rows(repeats.copies))});
  }
  if (!repeats.conflicting.empty()) {
    all.push_back({"conflicting_rows",
                   {},
                   repeats.conflicting.size(),
                   fmt::format("{} of {} equal another in all features, but not in \"{}\" (row {}); no model can tell "
                               "them apart: {}",
                               counted(repeats.conflicting.size(), "row"), data.rows(), data.target->name,
                               some_rows(repeats.conflicting),
                               classifies ? "correct the labels, or add a feature" : "add a feature that does")});
  }
}

void add_overlap(const data::Dataset& data, const data::Dataset& test, std::vector<Finding>& all) {
  const std::vector<std::size_t> found = find_overlap(data, test);
  if (found.empty()) return;
  all.push_back({"test_overlap",
                 {},
                 found.size(),
                 fmt::format("{} of {} of {} have the features of a row of {} (row {}); the test score is too good by "
                             "them: leave them out of one of the files",
                             counted(found.size(), "row"), test.rows(), test.file, data.file, some_rows(found))});
}

void add_imbalance(const data::Dataset& data, const std::vector<std::string>& names,
                   const std::vector<std::int32_t>& classes, std::vector<Finding>& all) {
  constexpr std::size_t kMost = 10;  // times as many rows of the commonest class as of the rarest
  if (classes.empty()) return;
  std::vector<std::size_t> rows(names.size(), 0);
  for (const std::int32_t index : classes) ++rows[static_cast<std::size_t>(index)];
  const auto [rarest, commonest] = std::minmax_element(rows.begin(), rows.end());
  if (*commonest < kMost * *rarest) return;
  const auto name = [&](auto place) { return names[static_cast<std::size_t>(place - rows.begin())]; };
  all.push_back(
      {"imbalance",
       {data.target->name},
       *rarest,
       fmt::format("class \"{}\" has {} rows and \"{}\" only {}: accuracy hardly shows the rare class, "
                   "balanced_accuracy of evaluate does, and --metric judges by it; --class-weight balanced makes "
                   "it count as much",
                   name(commonest), *commonest, name(rarest), *rarest)});
}

/// A model that always says the same has an R2 of 1 of such rows.
void add_constant_target(const data::Dataset& data, const std::vector<double>& values, std::vector<Finding>& all) {
  const auto is_first = [&](double value) { return value == values.front(); };
  if (values.empty() || !std::all_of(values.begin(), values.end(), is_first)) return;
  const std::string& name = data.target->name;
  all.push_back(
      {"constant_target",
       {name},
       values.size(),
       fmt::format("column \"{}\" is {} in all {} rows, so there is nothing to learn and every score of it is "
                   "empty: choose another --target, or rows where it varies",
                   name, values.front(), values.size())});
}

/// What one walk over a column tells. Values are different where they are written so.
struct Column {
  std::size_t missing = 0;
  std::size_t commonest = 0;  ///< rows of the commonest value, missing left out
  std::size_t distinct = 0;
  std::size_t kept = 0;  ///< of the distinct values, how many float32 tells apart
  bool integers = true;
  bool rising = true;  ///< no value below that of the row before
  float minimum = 0;
  float maximum = 0;
  double range = 0;  ///< of the values as written
};

Column describe_column(const data::Dataset& rows, std::size_t feature) {
  const std::vector<float>& values = rows.columns[feature];
  Column column;
  std::vector<std::pair<float, std::uint32_t>> sorted;
  sorted.reserve(values.size());
  double before = -INFINITY, low = INFINITY, high = -INFINITY;
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (std::isnan(values[row])) continue;
    const double value = rows.exact_value(feature, row);
    column.integers = column.integers && std::nearbyint(value) == value && std::isfinite(value);
    column.rising = column.rising && value >= before;
    before = value;
    low = std::min(low, value);
    high = std::max(high, value);
    sorted.emplace_back(values[row], rows.beyond_float32(feature, row));
  }
  column.range = sorted.empty() ? 0 : high - low;
  column.missing = values.size() - sorted.size();
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t begin = 0, end = 0; begin < sorted.size(); begin = end) {
    while (end < sorted.size() && sorted[end] == sorted[begin]) ++end;
    ++column.distinct;
    column.kept += begin == 0 || sorted[begin].first != sorted[begin - 1].first ? 1 : 0;
    column.commonest = std::max(column.commonest, end - begin);
  }
  if (!sorted.empty()) column.minimum = sorted.front().first;
  if (!sorted.empty()) column.maximum = sorted.back().first;
  return column;
}

/// Columns of which most test values lie farther from the training range than it is wide: in another unit, or written
/// otherwise, where no flag and no unit says so.
void add_other_ranges(const data::Dataset& data, const std::vector<Column>& columns, const data::Dataset& test,
                      std::vector<Finding>& all) {
  constexpr std::size_t kFewest = 10;  // values
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column found = describe_column(test, i);
    const std::size_t present = test.rows() - found.missing;
    if (data.is_text(i) || present < kFewest || columns[i].distinct < 2) continue;
    const double low = columns[i].minimum, high = columns[i].maximum;
    const auto is_far = [&](double value) { return value > high + (high - low) || value < low - (high - low); };
    const std::vector<float>& values = test.columns[i];
    const auto far = static_cast<std::size_t>(std::count_if(values.begin(), values.end(), is_far));
    if (2 * far <= present) continue;
    all.push_back(
        {"other_range",
         {data.feature_names[i]},
         far,
         fmt::format("column \"{}\" lies from {:.6g} to {:.6g} in {} and from {:.6g} to {:.6g} in {}: are both in "
                     "one unit and notation?",
                     data.feature_names[i], low, high, data.file, found.minimum, found.maximum, test.file)});
  }
}

bool is_near_constant(const Column& column, std::size_t rows) {
  constexpr double kShare = 0.99;
  return column.distinct > 1 && static_cast<double>(column.commonest) >= kShare * static_cast<double>(rows);
}

/// Whole numbers, each once, that rise from row to row or of which chance would have drawn some twice: among n of a
/// range of r it is expected of n^2 / 2r pairs.
bool is_identifier(const Column& column, std::size_t rows) {
  constexpr std::size_t kFewest = 20;
  constexpr double kExpected = 5;
  if (rows < kFewest || !column.integers || column.missing > 0 || column.distinct != rows) return false;
  const auto count = static_cast<double>(rows);
  return column.rising || count * count / (2 * (column.range + 1)) > kExpected;
}

/// In doubles, as far as they are kept.
std::vector<double> exact_column(const data::Dataset& data, std::size_t feature) {
  std::vector<double> values;
  values.reserve(data.rows());
  for (std::size_t row = 0; row < data.rows(); ++row) values.push_back(data.exact_value(feature, row));
  return values;
}

/// One after another, the first the best. `becomes`: what a value becomes, "float32" or "count".
std::vector<std::string> words_of(const Remedies& found, const char* becomes) {
  std::vector<std::string> words;
  if (found.offset) {
    words.push_back(
        fmt::format("subtract an offset, such as {:.15g}, here and on the device, before the value becomes a {}",
                    *found.offset, becomes));
  }
  if (found.power) {
    words.push_back(fmt::format("multiply it by 1e{}, here and on the device, before the value becomes a {}",
                                *found.power, becomes));
  }
  if (found.by_float32) words.emplace_back("train with --input float32");
  if (found.by_logarithm) words.emplace_back("give its logarithm");
  if (found.divisor == 1.0) words.emplace_back("give its whole part and its fraction as two columns");
  if (found.divisor > 1.0) {
    words.push_back(
        fmt::format("give the quotient and the remainder of its division by {:.15g} as two columns", *found.divisor));
  }
  if (words.empty()) {
    words.emplace_back(
        "no offset, factor, logarithm or pair of columns was found that keeps them apart: drop it, or "
        "measure it otherwise");
  }
  return words;
}

/// Of a column far from 0 for its range any merged values are said, as an offset takes them apart; of others where one
/// in twenty is lost, which chance does not do to measurements.
std::optional<Finding> float32_merges(const data::Dataset& data, std::size_t feature, const Column& column,
                                      bool counts) {
  constexpr double kShare = 0.05;
  const auto lost = static_cast<double>(column.distinct - column.kept);
  if (lost == 0) return {};
  Float32Merges found = find_float32_remedies(exact_column(data, feature));
  if (!found.far && lost < kShare * static_cast<double>(column.distinct)) return {};
  std::string remedy;
  if (found.far && found.remedies.offset) {  // the best: nothing else is needed
    found.remedies = {found.remedies.offset, {}, false, false, {}};
    if (!counts) remedy = "; a device that has whole counts subtracts it from those, and --input int16 takes them";
  }
  remedy = fmt::format("{}", fmt::join(words_of(found.remedies, counts ? "count" : "float32"), ", or ")) + remedy;
  const std::string& name = data.feature_names[feature];
  return Finding{"float32_merges",
                 {name},
                 column.distinct - column.kept,
                 fmt::format("column \"{}\" has {} different values, of which float32 tells {} apart, {}; {}", name,
                             column.distinct, column.kept, counts ? "in training" : "on the device too", remedy)};
}

std::optional<Finding> count_merges(const data::Dataset& data, std::size_t feature, const Column& column) {
  const auto found = find_count_merges(data.columns[feature], exact_column(data, feature));
  if (!found) return {};
  const std::string& name = data.feature_names[feature];
  return Finding{"count_merges",
                 {name},
                 column.distinct - found->kept,
                 fmt::format("column \"{}\" has {} different values, of which int16 counts tell {} apart, as one count "
                             "is {:.3g} of the column; {}",
                             name, column.distinct, found->kept, found->step,
                             fmt::join(words_of(found->remedies, "count"), ", or "))};
}

std::optional<Finding> code_merges(const data::Dataset& data, std::size_t feature) {
  const std::vector<float>& values = data.columns[feature];
  const std::optional<CodeMerges> found = find_code_merges(values, exact_column(data, feature));
  if (!found) return {};
  std::vector<std::string> remedies;
  if (found->split) {
    remedies.push_back(fmt::format(
        "split it at {:.6g} into two columns, here and on the device, each empty where the value is in the other",
        *found->split));
  }
  if (found->power) remedies.push_back(fmt::format("multiply it by 1e{}, here and on the device", *found->power));
  if (found->by_logarithm) remedies.emplace_back("give its logarithm, here and on the device");
  if (remedies.empty()) remedies.emplace_back("give it in several columns, each of a narrower range");
  const std::string& name = data.feature_names[feature];
  return Finding{"code_merges",
                 {name},
                 found->rows,
                 fmt::format("column \"{}\" has values so close together for its range that the best codes of 16 bits "
                             "make {:.2f} % of the rows one, though their values differ; {}",
                             name, 100 * found->share, fmt::join(remedies, ", or "))};
}

/// Where the device gives counts, those are what it says first: they keep less than float32.
void add_merges(const data::Dataset& data, const std::vector<Column>& columns, bool counts, std::vector<Finding>& all) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::optional<Finding> found;
    if (counts && !data.is_text(i)) found = count_merges(data, i, columns[i]);
    if (!found) found = float32_merges(data, i, columns[i], counts);
    if (!found && !counts && !data.is_text(i)) found = code_merges(data, i);
    if (found) all.push_back(std::move(*found));
  }
}

/// Text columns with two spellings of a number: two categories.
void add_same_numbers(const data::Dataset& data, std::vector<Finding>& all) {
  for (std::size_t i = 0; i < data.names.size(); ++i) {
    const auto same = first_same_number(data.names[i]);
    if (!same) continue;
    all.push_back({"same_number",
                   {data.feature_names[i]},
                   1,
                   fmt::format("column \"{}\" has \"{}\" and \"{}\", one number in two spellings, as two categories; "
                               "--labels number makes them one",
                               data.feature_names[i], same->first, same->second)});
  }
}

void add_units(const data::Dataset& data, std::vector<Finding>& all) {
  for (std::size_t i = 0; i < data.units.size(); ++i) {
    if (data.units[i].empty()) continue;
    all.push_back({"units",
                   {data.feature_names[i]},
                   1,
                   fmt::format("column \"{}\" is read in the unit \"{}\", which the device does not see: it "
                               "must give it in this unit",
                               data.feature_names[i], data.units[i])});
  }
}

/// One finding of all columns that are `so`.
void add_columns(const data::Dataset& data, const std::vector<Column>& columns, const char* kind,
                 const std::function<bool(const Column&)>& so, const char* what, std::vector<Finding>& all) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (so(columns[i])) found.push_back(data.feature_names[i]);
  }
  if (found.empty()) return;
  const std::string text = fmt::format("{} ({}) {}", counted(found.size(), "column"), first_few(found), what);
  const std::uint64_t count = found.size();
  all.push_back({kind, std::move(found), count, text});
}

/// The column's values with their targets in two halves, drawn, for rows by turns may be of different things, and each
/// group in one of them; of many rows 20,000, evenly spread. Missing values are left out.
std::pair<std::vector<Told>, std::vector<Told>> halves(const std::vector<float>& column,
                                                       const std::vector<double>& targets,
                                                       const std::optional<data::Target>& group) {
  constexpr std::size_t kMost = 20000;
  std::mt19937_64 random(1);
  std::vector<bool> group_first(group ? group->labels.size() : 0);
  for (std::size_t i = 0; i < group_first.size(); ++i) group_first[i] = random() % 2 == 0;
  std::pair<std::vector<Told>, std::vector<Told>> both;
  const std::size_t count = std::min(column.size(), kMost);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t row = i * column.size() / count;
    const bool first = group ? group_first[group->ids[row]] : random() % 2 == 0;
    if (std::isfinite(column[row])) (first ? both.first : both.second).push_back({column[row], targets[row]});
  }
  return both;
}

void add_leaks(const data::Dataset& data, std::size_t class_count, const std::vector<double>& targets,
               std::vector<Finding>& all) {
  constexpr std::size_t kFewest = 40;  // rows: of fewer, chance finds such columns
  constexpr double kNearOne = 0.99;
  if (data.columns.size() < 2) return;  // what there is may predict
  if (std::all_of(targets.begin(), targets.end(), [&](double each) { return each == targets.front(); })) return;
  for (std::size_t i = 0; i < data.columns.size(); ++i) {
    auto [learned, asked] = halves(data.columns[i], targets, data.group);
    if (learned.size() + asked.size() < kFewest || learned.empty() || asked.empty()) continue;
    const double score = score_alone(std::move(learned), asked, static_cast<std::int32_t>(class_count));
    if (score < kNearOne) continue;
    const std::string& name = data.feature_names[i];
    all.push_back({"leak",
                   {name},
                   1,
                   fmt::format("column \"{}\" alone predicts \"{}\" ({} {:.4f} on rows not learned from): is it known "
                               "before the answer is, on the device? If not, --drop {}",
                               name, data.target->name, class_count > 0 ? "balanced accuracy" : "R2", score,
                               data::as_argument(name))});
  }
}

Finding of_pair(const data::Dataset& data, const char* kind, std::size_t first, std::size_t second,
                const std::string& how) {
  const std::string& name = data.feature_names[second];
  return {kind,
          {data.feature_names[first], name},
          data.rows(),
          fmt::format("column \"{}\" {} \"{}\": it costs flash and time, and tells nothing more; --drop {}", name, how,
                      data.feature_names[first], data::as_argument(name))};
}

/// Each column with the first one that it equals or goes with; constant ones are said already.
void add_alike(const data::Dataset& data, const std::vector<Column>& columns, std::vector<Finding>& all) {
  constexpr double kPerfect = 0.9999;
  constexpr double kMostWork = 2e10;  // products: some seconds
  const std::vector<std::size_t> equal = equal_columns(data);
  const auto features = static_cast<double>(columns.size());
  const bool affordable = features * features * static_cast<double>(data.rows()) <= kMostWork;
  const Eigen::MatrixXd correlation = affordable ? correlations(data) : Eigen::MatrixXd();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].distinct < 2) continue;
    if (equal[i] != i) {
      all.push_back(of_pair(data, "equal_columns", equal[i], i, "is the same in every row as"));
      continue;
    }
    for (std::size_t first = 0; affordable && first < i; ++first) {
      const double r = correlation(static_cast<Eigen::Index>(first), static_cast<Eigen::Index>(i));
      if (std::abs(r) < kPerfect) continue;
      all.push_back(of_pair(data, "correlated_columns", first, i, fmt::format("goes (correlation {:.6f}) with", r)));
      break;
    }
  }
}

}  // namespace

std::vector<Finding> find_in(const data::Dataset& data, const data::Dataset* test,
                             const std::vector<std::string>& names, const std::vector<std::int32_t>& classes,
                             const std::vector<double>& values, bool counts) {
  std::vector<Finding> all;
  std::vector<Column> columns;
  for (std::size_t i = 0; i < data.columns.size(); ++i) columns.push_back(describe_column(data, i));
  const std::size_t rows = data.rows();
  add_rows(data, !classes.empty(), all);
  if (test != nullptr) add_overlap(data, *test, all);
  if (test != nullptr) add_other_ranges(data, columns, *test, all);
  add_imbalance(data, names, classes, all);
  add_constant_target(data, values, all);
  add_columns(
      data, columns, "constant", [](const Column& column) { return column.distinct < 2; },
      "never change and tell a model nothing: --drop them", all);
  add_columns(
      data, columns, "near_constant", [&](const Column& column) { return is_near_constant(column, rows); },
      "have one value in 99 of 100 rows or more: each costs a device as much as any other", all);
  add_columns(
      data, columns, "missing",
      [&](const Column& column) { return column.missing < rows && 2 * column.missing > rows; },
      "are missing in more than half of the rows, where a model sees the median instead: fill them, or --drop "
      "them",
      all);
  add_columns(
      data, columns, "identifier", [&](const Column& column) { return is_identifier(column, rows); },
      "are whole numbers, another in every row: a number or a time of the row, not a measurement, which means "
      "nothing of new rows: --drop them",
      all);
  add_merges(data, columns, counts, all);
  add_units(data, all);
  add_same_numbers(data, all);
  add_leaks(data, names.size(), values.empty() ? std::vector<double>(classes.begin(), classes.end()) : values, all);
  add_alike(data, columns, all);
  return all;
}

}  // namespace nuthatch::prepare
