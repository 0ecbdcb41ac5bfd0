#include "prepare/preparation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace nuthatch::prepare {
namespace {

constexpr std::size_t kMostColumns = 32;  // of one feature

std::vector<std::size_t> count_names(const data::Dataset& rows, std::size_t feature) {
  std::vector<std::size_t> counts(rows.names[feature].size(), 0);
  for (const float value : rows.columns[feature]) {
    if (!std::isnan(value)) ++counts[static_cast<std::size_t>(value)];
  }
  return counts;
}

/// The names that these rows have, the most frequent of them if they are too many, by name.
std::vector<std::string> seen_names(const data::Dataset& rows, std::size_t feature, std::size_t most) {
  const std::vector<std::size_t> counts = count_names(rows, feature);
  const std::vector<std::string>& names = rows.names[feature];
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return counts[a] != counts[b] ? counts[a] > counts[b] : names[a] < names[b];
  });
  if (order.size() > 1 && counts[order.front()] == 1) {
    throw data::DataError(
        fmt::format("{}: column \"{}\" has another text in every row, so it tells nothing of new rows; "
                    "leave it out with --drop {}",
                    rows.file, rows.feature_names[feature], data::as_argument(rows.feature_names[feature])));
  }
  order.resize(std::min(order.size(), most));
  std::vector<std::string> seen;
  seen.reserve(order.size());
  for (const std::size_t i : order) seen.push_back(names[i]);
  std::sort(seen.begin(), seen.end());
  return seen;
}

std::vector<std::vector<std::string>> choose_categories(const data::Dataset& rows, const Choices& choices) {
  std::vector<std::vector<std::string>> categories(rows.columns.size());
  for (std::size_t i = 0; i < categories.size(); ++i) {
    if (!rows.is_text(i)) continue;
    const ColumnChoice choice = choices.of(rows.feature_names[i]);
    const bool ordinal = choice.encode == Encode::kOrdinal;
    categories[i] =
        choice.order.empty() ? seen_names(rows, i, ordinal ? rows.names[i].size() : kMostColumns) : choice.order;
  }
  return categories;
}

/// The most frequent value, the least among equals; nothing of a column without any.
std::optional<float> most_frequent(const std::vector<float>& column) {
  std::map<float, std::size_t> counts;
  for (const float value : column) {
    if (!std::isnan(value)) ++counts[value];
  }
  const auto most =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? std::nullopt : std::optional(most->first);
}

std::optional<float> mean_of(const std::vector<float>& column) {
  double sum = 0;
  std::size_t count = 0;
  for (const float value : column) {
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return count == 0 ? std::nullopt : std::optional(static_cast<float>(sum / static_cast<double>(count)));
}

/// What missing values become; nothing: the median.
std::optional<float> choose_imputed(const data::Dataset& rows, std::size_t feature, const ColumnChoice& choice) {
  const Impute how = choice.impute.value_or(rows.is_text(feature) ? Impute::kMostFrequent : Impute::kMedian);
  if (rows.is_text(feature) && how != Impute::kMostFrequent) {
    throw data::DataError(
        fmt::format("{}: column \"{}\" is text, so its missing values can only become the most_frequent", rows.file,
                    rows.feature_names[feature]));
  }
  if (how == Impute::kMostFrequent) return most_frequent(rows.columns[feature]);
  if (how == Impute::kMean) return mean_of(rows.columns[feature]);
  return how == Impute::kConstant ? choice.value : std::nullopt;
}

std::string imputed_by(const Preparation& preparation, std::size_t feature, const ColumnChoice& choice) {
  const float value = preparation.inputs[feature].imputed;
  const std::vector<std::string>& names = preparation.categories[feature];
  if (!names.empty()) {
    return fmt::format("the most frequent, {}", value < 0 ? "a rare one" : names[static_cast<std::size_t>(value)]);
  }
  constexpr const char* kWords[] = {"median", "mean", "most frequent", "constant"};
  return fmt::format("the {} {:.6g}", kWords[static_cast<int>(choice.impute.value_or(Impute::kMedian))], value);
}

/// Adds columns, one feature after another, and says what it did.
class Builder {
 public:
  Builder(const data::Dataset& rows, Preparation& preparation) : rows_(rows), preparation_(preparation) {}

  void add(std::size_t feature, const ColumnChoice& choice) {
    const Scale scale = choice.scale.value_or(Scale::kStandard);
    if (rows_.is_text(feature)) {
      if (choice.transform || choice.clip) fail(feature, "is text: transform and clip are for numbers");
      add_text(feature, choice, scale);
      if (choice.unknown == Unknown::kRefuse) refuse_unknown(feature);
    } else {
      add_number(feature, choice, scale);
    }
    const FeatureStatistics& statistics = preparation_.inputs[feature];
    if (choice.indicator != true) return;
    if (statistics.missing == 0) {
      note(feature, "no value is missing, so there is nothing to indicate");
      return;
    }
    preparation_.columns.push_back({Column::Kind::kMissing, feature, statistics.name + " is missing", scale});
    note(feature, "a column says where it is missing");
  }

 private:
  [[noreturn]] void fail(std::size_t feature, const std::string& what) const {
    throw data::DataError(fmt::format("{}: column \"{}\" {}", rows_.file, rows_.feature_names[feature], what));
  }

  void note(std::size_t feature, const std::string& what) {
    preparation_.notes.push_back(fmt::format("{}: {}", rows_.feature_names[feature], what));
  }

  void add_text(std::size_t feature, const ColumnChoice& choice, Scale scale) {
    const std::vector<std::string>& names = preparation_.categories[feature];
    const std::string& name = rows_.feature_names[feature];
    if (choice.encode == Encode::kOrdinal) {
      Column column{Column::Kind::kOrdinal, feature, name, scale};
      column.unknown = preparation_.inputs[feature].imputed;
      preparation_.columns.push_back(column);
      note(feature, fmt::format("{} categories, ordinal: {}", names.size(), fmt::join(names, " < ")));
      return;
    }
    for (std::size_t k = 0; k < names.size(); ++k) {
      Column column{Column::Kind::kCategory, feature, fmt::format("{}={}", name, names[k]), scale};
      column.category = k;
      preparation_.columns.push_back(column);
    }
    const bool all = preparation_.inputs[feature].minimum >= 0;
    note(feature, fmt::format("{} categories{}, one-hot", names.size(), all ? "" : " (the most frequent)"));
  }

  /// Where training has categories without a name of their own, its rows would be refused.
  void refuse_unknown(std::size_t feature) {
    if (preparation_.inputs[feature].minimum < 0) {
      fail(feature,
           fmt::format("has other categories than the {} that are known, so unknown refuse would refuse training "
                       "rows; encode ordinal knows all, as an order does that names all",
                       preparation_.categories[feature].size()));
    }
    preparation_.refusing.push_back(feature);
    note(feature, "an unknown category refuses the row");
  }

  void add_number(std::size_t feature, const ColumnChoice& choice, Scale scale) {
    const FeatureStatistics& statistics = preparation_.inputs[feature];
    Column column{Column::Kind::kNumber, feature, statistics.name, scale};
    std::vector<float> values = rows_.columns[feature];
    if (choice.clip) {
      column.low = static_cast<float>(quantile(values, choice.clip->first));
      column.high = static_cast<float>(quantile(values, choice.clip->second));
      for (float& value : values) value = std::isnan(value) ? value : std::clamp(value, column.low, column.high);
      note(feature, fmt::format("kept in {:.6g} to {:.6g}", column.low, column.high));
    }
    const Shape shape = choice.transform.value_or(Shape::kNone);
    if (shape == Shape::kYeoJohnson) column.transform = yeo_johnson(values);
    if (shape == Shape::kLog1p) {
      if (*std::min_element(values.begin(), values.end(), [](float a, float b) { return a < b; }) <= -1) {
        fail(feature, "has values of -1 or below, of which log1p knows nothing; yeo-johnson does");
      }
      column.transform.shape = shape;
      column.low = std::max(column.low, statistics.minimum);  // nothing says what it would be below
    }
    if (shape != Shape::kNone) {
      const std::string name =
          shape == Shape::kLog1p ? "log1p" : fmt::format("Yeo-Johnson, lambda {:.4g}", column.transform.lambda);
      note(feature,
           fmt::format("{} (skewness {:.2g} -> {:.2g})", name, skewness(values), skewness(values, column.transform)));
    }
    if (shape != Shape::kNone) standardize(values, column);
    preparation_.columns.push_back(column);
  }

  static void standardize(const std::vector<float>& values, Column& column) {
    double count = 0, sum = 0, squares = 0;
    const auto each = [&](const auto& add) {
      for (const float value : values) {
        if (!std::isnan(value)) add(column.transform(value));
      }
    };
    each([&](double value) { ++count, sum += value; });
    column.center = sum / count;
    each([&](double value) { squares += (value - column.center) * (value - column.center); });
    if (squares > 0) column.spread = std::sqrt(squares / count);
  }

  const data::Dataset& rows_;
  Preparation& preparation_;
};

/// The spread that learning is to take for 1, in the column's values; 0: none.
double unit_of(const FeatureStatistics& statistics, const std::vector<float>& values, const Column& column) {
  switch (column.scale) {
    case Scale::kStandard: return statistics.deviation;
    case Scale::kMinMax: return double{statistics.maximum} - double{statistics.minimum};
    case Scale::kRobust: return quantile(values, 0.75) - quantile(values, 0.25);
    case Scale::kNone: break;
  }
  return 1 / column.spread;
}

}  // namespace

double Column::operator()(double value) const {
  switch (kind) {
    case Kind::kNumber: return (transform(std::clamp(value, double{low}, double{high})) - center) / spread;
    case Kind::kCategory: return value == static_cast<double>(category) ? 1 : 0;
    case Kind::kOrdinal: return value < 0 ? unknown : value;
    case Kind::kMissing: break;
  }
  return 0;
}

bool Preparation::is_plain() const {
  return !projection &&
         std::all_of(columns.begin(), columns.end(), [](const Column& column) { return column.is_as_it_is(); });
}

data::Dataset with_categories(const data::Dataset& rows, const std::vector<std::vector<std::string>>& categories) {
  data::Dataset dataset = rows;
  for (std::size_t i = 0; i < categories.size(); ++i) {
    if (!rows.is_text(i) || rows.names[i] == categories[i]) continue;
    std::vector<float> places;
    for (const std::string& name : rows.names[i]) {
      const auto found = std::find(categories[i].begin(), categories[i].end(), name);
      places.push_back(found == categories[i].end() ? -1.0F : static_cast<float>(found - categories[i].begin()));
    }
    for (float& value : dataset.columns[i]) {
      if (!std::isnan(value)) value = places[static_cast<std::size_t>(value)];
    }
    dataset.names[i] = categories[i];
  }
  return dataset;
}

namespace {

data::Dataset made_columns(const Preparation& preparation, const data::Dataset& rows) {
  const data::Dataset dataset = with_categories(rows, preparation.categories);
  data::Dataset made;
  made.file = rows.file;
  made.target = rows.target;
  made.group = rows.group;
  for (const Column& column : preparation.columns) {
    made.feature_names.push_back(column.name);
    std::vector<float>& values = made.columns.emplace_back();
    const float imputed = preparation.inputs[column.feature].imputed;
    for (const float value : dataset.columns[column.feature]) {
      const bool missing = std::isnan(value);
      values.push_back(column.kind == Column::Kind::kMissing ? (missing ? 1.0F : 0.0F)
                                                             : static_cast<float>(column(missing ? imputed : value)));
    }
    std::vector<double>& exact = made.exact.emplace_back();
    const bool kept = column.feature < dataset.exact.size() && column.kind == Column::Kind::kNumber;
    for (const double value : kept ? dataset.exact[column.feature] : std::vector<double>()) {
      exact.push_back(column(std::isnan(value) ? imputed : value));
    }
  }
  made.names.resize(made.columns.size());
  return made;
}

std::vector<FeatureStatistics> describe_made(const Preparation& preparation, const data::Dataset& columns) {
  std::vector<FeatureStatistics> statistics = preparation.is_plain() ? preparation.inputs : describe(columns);
  for (std::size_t i = 0; i < statistics.size(); ++i) {
    // What is imputed or clipped may be no whole number; counts stay counts.
    const Column& column = preparation.columns[i];
    const bool as_it_is = column.kind == Column::Kind::kNumber && column.transform.shape == Shape::kNone;
    if (as_it_is) statistics[i].integers = preparation.inputs[column.feature].integers;
    const double unit = unit_of(statistics[i], columns.columns[i], column);
    if (!statistics[i].constant && unit > 0) statistics[i].stretch = statistics[i].deviation / unit;
  }
  return statistics;
}

/// Learns the projection of columns that are known, and says how much of them it keeps.
void add_projection(Preparation& preparation, const data::Dataset& rows, const Components& wanted) {
  const data::Dataset columns = made_columns(preparation, rows);
  preparation.projection = learn_projection(columns, describe_made(preparation, columns), wanted);
  const Projection& found = *preparation.projection;
  const std::size_t count = found.shares.size();
  const std::string lack = count < wanted.count ? fmt::format(" ({} were asked for, no more vary)", wanted.count) : "";
  preparation.notes.push_back(fmt::format("{} principal component{} of {} columns{}, {:.4g} of the variance", count,
                                          count == 1 ? "" : "s", columns.columns.size(), lack, found.share()));
}

}  // namespace

data::Dataset columns_of(const Preparation& preparation, const data::Dataset& rows) {
  const data::Dataset made = made_columns(preparation, rows);
  return preparation.projection ? project(*preparation.projection, made) : made;
}

std::vector<FeatureStatistics> describe_columns(const Preparation& preparation, const data::Dataset& columns) {
  return preparation.projection ? describe_components(columns) : describe_made(preparation, columns);
}

void keep_within(Preparation& preparation, std::size_t index, float low, float high) {
  Column& column = preparation.columns[index];
  const FeatureStatistics& feature = preparation.inputs[column.feature];
  column.low = low;
  column.high = high;
  preparation.notes.push_back(
      fmt::format("{}: values from {:.6g} to {:.6g} would leave codes too coarse for most of them; kept in {:.6g} to "
                  "{:.6g} here and on the device",
                  column.name, feature.minimum, feature.maximum, low, high));
}

void add_octaves(Preparation& preparation, std::size_t index) {
  preparation.columns[index].by_table = true;
  Column octaves = preparation.columns[index];
  octaves.by_table = false;
  octaves.name += " by octaves";
  octaves.transform.shape = Shape::kOctaves;
  preparation.notes.push_back(fmt::format(
      "{}: spans so many decades that codes would leave most rows alike; coded by octaves, of which a column is "
      "added",
      preparation.columns[index].name));
  preparation.columns.push_back(std::move(octaves));
}

Preparation learn_preparation(const data::Dataset& rows, const Choices& choices) {
  Preparation preparation;
  preparation.categories = choose_categories(rows, choices);
  const data::Dataset dataset = with_categories(rows, preparation.categories);
  std::vector<std::optional<float>> imputed;
  for (std::size_t i = 0; i < dataset.columns.size(); ++i) {
    imputed.push_back(choose_imputed(dataset, i, choices.of(dataset.feature_names[i])));
  }
  preparation.inputs = describe(dataset, imputed);
  Builder builder(dataset, preparation);
  for (std::size_t i = 0; i < dataset.columns.size(); ++i) {
    const ColumnChoice choice = choices.of(dataset.feature_names[i]);
    preparation.imputed_by.push_back(imputed_by(preparation, i, choice));
    builder.add(i, choice);
  }
  if (choices.components) add_projection(preparation, rows, *choices.components);
  return preparation;
}

}  // namespace nuthatch::prepare
