#include "prepare/choices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "data/csv.hpp"
#include "data/first_few.hpp"
#include "data/nearest.hpp"
#include "data/number.hpp"

namespace nuthatch::prepare {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void fail(const std::string& place, const std::string& what) {
  throw data::DataError(fmt::format("{}: {}", place, what));
}

/// A word of a list, by its place in it: the enumeration's order.
template <class Enum>
Enum word(const Json& json, const std::string& place, const std::vector<std::string>& words) {
  const auto found = json.is_string() ? std::find(words.begin(), words.end(), json.get<std::string>()) : words.end();
  if (found == words.end()) fail(place, fmt::format("{} is none of {}", json.dump(), fmt::join(words, ", ")));
  return static_cast<Enum>(found - words.begin());
}

float number(const Json& json, const std::string& place) {
  const auto value = json.is_number() ? data::to_float32(json.get<double>()) : std::nullopt;
  if (!value) fail(place, fmt::format("{} is not a number of float32", json.dump()));
  return *value;
}

std::pair<double, double> quantiles(const Json& json, const std::string& place) {
  const bool two = json.is_array() && json.size() == 2 && json[0].is_number() && json[1].is_number();
  const std::pair<double, double> pair =
      two ? std::pair(json[0].get<double>(), json[1].get<double>()) : std::pair(0., 0.);
  if (!two || !(0 <= pair.first && pair.first < pair.second && pair.second <= 1)) {
    fail(place, fmt::format("{} are not two quantiles, as in [0.01, 0.99]", json.dump()));
  }
  return pair;
}

std::vector<std::string> texts(const Json& json, const std::string& place) {
  std::vector<std::string> all;
  for (const Json& each : json.is_array() ? json : Json::array()) {
    if (each.is_string() && std::find(all.begin(), all.end(), each.get<std::string>()) == all.end()) {
      all.push_back(each.get<std::string>());
    }
  }
  if (all.empty() || all.size() != json.size())
    fail(place, fmt::format("{} is not a list of different texts", json.dump()));
  return all;
}

Components components_of(const Json& json, const std::string& place) {
  const auto found = json.is_number() ? to_components(json.get<double>()) : std::nullopt;
  if (!found) {
    fail(place,
         fmt::format("{} is neither a number of components, as 8, nor a share of the variance, as 0.95", json.dump()));
  }
  return *found;
}

void set(const std::string& key, const Json& json, const std::string& place, ColumnChoice& choice) {
  if (key == "impute")
    choice.impute = word<Impute>(json, place, {"median", "mean", "most_frequent", "constant"});
  else if (key == "value")
    choice.value = number(json, place);
  else if (key == "indicator")
    choice.indicator = json.is_boolean() ? json.get<bool>() : (fail(place, "give true or false"), false);
  else if (key == "transform")
    choice.transform = word<Shape>(json, place, {"none", "log1p", "yeo-johnson"});
  else if (key == "clip")
    choice.clip = quantiles(json, place);
  else if (key == "scale")
    choice.scale = word<Scale>(json, place, {"standard", "min-max", "robust", "none"});
  else if (key == "encode")
    choice.encode = word<Encode>(json, place, {"one-hot", "ordinal"});
  else if (key == "order")
    choice.order = texts(json, place);
  else if (key == "unknown")
    choice.unknown = word<Unknown>(json, place, {"none", "refuse"});
  else
    fail(place, "is none of impute, value, indicator, transform, clip, scale, encode, order, unknown");
}

/// Adds to what is already chosen.
void set_all(const Json& json, const std::string& place, ColumnChoice& choice) {
  if (!json.is_object()) fail(place, "give an object, as in {\"impute\": \"mean\"}");
  if (json.contains("impute")) choice.value.reset();
  if (json.contains("encode")) choice.order.clear();
  for (const auto& [key, value] : json.items()) set(key, value, place + "." + key, choice);
  const bool constant = choice.impute == Impute::kConstant;
  if (constant != choice.value.has_value()) {
    fail(place, constant ? "impute constant needs a value" : "value belongs to impute constant");
  }
  if (!choice.order.empty() && choice.encode != Encode::kOrdinal) fail(place, "order belongs to encode ordinal");
}

}  // namespace

ColumnChoice Choices::of(const std::string& column) const {
  const auto found = columns.find(column);
  return found == columns.end() ? all : found->second;
}

std::optional<Components> to_components(double number) {
  if (number > 0 && number < 1) return Components{0, number};
  const bool whole = number >= 1 && number <= 65535 && std::floor(number) == number;
  return whole ? std::optional(Components{static_cast<std::size_t>(number), 0}) : std::nullopt;
}

Choices parse_choices(const std::string& text, const std::string& file) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    fail(file, fmt::format("is no JSON: {}", error.what()));
  }
  if (!json.is_object()) fail(file, "give an object with columns, all, pca, or several of them");
  for (const auto& [key, value] : json.items()) {
    if (key != "columns" && key != "all" && key != "pca") {
      fail(fmt::format("{}: {}", file, key), "is none of columns, all, pca");
    }
  }
  Choices choices;
  if (json.contains("pca")) choices.components = components_of(json["pca"], file + ": pca");
  if (json.contains("all")) set_all(json["all"], file + ": all", choices.all);
  if (!json.contains("columns")) return choices;
  if (!json["columns"].is_object()) fail(file + ": columns", "give an object with a name a column");
  for (const auto& [name, value] : json["columns"].items()) {
    ColumnChoice& choice = choices.columns.emplace(name, choices.all).first->second;
    set_all(value, fmt::format("{}: columns.{}", file, name), choice);
  }
  return choices;
}

void check_columns(const Choices& choices, const std::vector<std::string>& names, const std::string& file) {
  for (const auto& [name, choice] : choices.columns) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string* nearest = data::nearest_name(name, names);
    fail(fmt::format("{}: columns.{}", file, name),
         nearest == nullptr ? fmt::format("there is no such feature; there are {}", data::first_few(names))
                            : fmt::format("there is no such feature. Did you mean \"{}\"?", *nearest));
  }
}

}  // namespace nuthatch::prepare
