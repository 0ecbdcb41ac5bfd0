#include "prepare/labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_map>
#include <utility>

#include "data/decimal.hpp"
#include "data/first_few.hpp"

namespace nuthatch::prepare {
namespace {

/// What the score words' exponents reach with room to spare.
constexpr double kLargestTarget = 1e18;

/// As all are numbers: by value, exactly, and of one value by text.
void sort_by_value(std::vector<std::string>& names) {
  std::vector<std::pair<data::Decimal, std::string>> numbers;
  numbers.reserve(names.size());
  for (std::string& name : names) numbers.emplace_back(*data::parse_decimal(name), std::move(name));
  std::sort(numbers.begin(), numbers.end());
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = std::move(numbers[i].second);
}

std::string place(const data::Dataset& dataset, std::size_t label) {
  const data::Target& target = *dataset.target;
  return fmt::format("{}: line {}, column \"{}\"", dataset.file, target.first_line[label], target.name);
}

}  // namespace

std::vector<std::string> class_names(const data::Dataset& dataset, const std::string& for_values) {
  constexpr std::size_t kMostClasses = 65535;
  std::vector<std::string> names = dataset.target->labels;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const bool numbers = std::all_of(names.begin(), names.end(),
                                   [](const std::string& name) { return data::parse_decimal(name).has_value(); });
  if (numbers) sort_by_value(names);
  if (names.size() < 2) {
    throw data::DataError(fmt::format(
        "{}: column \"{}\" has one class only (\"{}\"); a classifier needs rows of two classes or more: choose "
        "another --target, or add rows of another class{}",
        dataset.file, dataset.target->name, names.empty() ? "" : names.front(),
        numbers ? fmt::format("; for a quantity use {}", for_values) : ""));
  }
  if (names.size() > kMostClasses || (names.size() * 2 > dataset.rows() && names.size() > 100)) {
    throw data::DataError(fmt::format("{}: column \"{}\" has {} different labels in {} rows: it looks like {}",
                                      dataset.file, dataset.target->name, names.size(), dataset.rows(),
                                      numbers ? fmt::format("a quantity, not a class; use {}", for_values)
                                              : "a name or an identifier, not a class; choose another --target"));
  }
  return names;
}

std::vector<std::int32_t> class_indices(const data::Dataset& dataset, const std::vector<std::string>& names) {
  const data::Target& target = *dataset.target;
  std::unordered_map<std::string, std::int32_t> index;
  for (const std::string& name : names) index.emplace(name, static_cast<std::int32_t>(index.size()));
  std::vector<std::int32_t> of_label;
  for (std::size_t label = 0; label < target.labels.size(); ++label) {
    const auto found = index.find(target.labels[label]);
    if (found == index.end()) {
      throw data::DataError(
          fmt::format("{}: label \"{}\" is not one of the model's {} classes ({}); "
                      "correct it or leave the row out",
                      place(dataset, label), target.labels[label], names.size(), data::first_few(names, 10)));
    }
    of_label.push_back(found->second);
  }
  std::vector<std::int32_t> indices;
  indices.reserve(target.ids.size());
  for (const std::uint32_t id : target.ids) indices.push_back(of_label[id]);
  return indices;
}

bool looks_continuous(const data::Dataset& dataset, const data::Notation& notation) {
  constexpr std::size_t kMostClasses = 20;
  bool fractions = false;
  for (const std::string& label : dataset.target->labels) {
    const std::optional<double> value = data::parse_number(label, notation);
    if (!value) return false;
    fractions = fractions || *value != std::floor(*value);
  }
  return fractions || dataset.target->labels.size() > kMostClasses;
}

std::vector<double> target_values(const data::Dataset& dataset, bool decimal_comma, const std::string& for_classes) {
  const data::Target& target = *dataset.target;
  std::vector<double> of_label;
  for (std::size_t label = 0; label < target.labels.size(); ++label) {
    const std::optional<double> value = data::parse_number(target.labels[label], decimal_comma);
    if (!value) {
      const std::string other = data::read_by(target.labels[label], {decimal_comma});
      throw data::DataError(
          fmt::format("{}: \"{}\" is not a number that regression can learn; use {}, or correct the value{}",
                      place(dataset, label), target.labels[label], for_classes, other.empty() ? "" : "; " + other));
    }
    if (std::abs(*value) > kLargestTarget) {
      throw data::DataError(fmt::format("{}: \"{}\" is larger than {:g}; divide the column by a constant",
                                        place(dataset, label), target.labels[label], kLargestTarget));
    }
    if (*value == 0 && data::parse_decimal(target.labels[label], decimal_comma) != data::Decimal()) {
      throw data::DataError(
          fmt::format("{}: \"{}\" is closer to 0 than a number can be; multiply the column by a constant",
                      place(dataset, label), target.labels[label]));
    }
    of_label.push_back(*value);
  }
  std::vector<double> values;
  values.reserve(target.ids.size());
  for (const std::uint32_t id : target.ids) values.push_back(of_label[id]);
  return values;
}

}  // namespace nuthatch::prepare
